"""What a backup holds, as people know it: tables of the database by what is in them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Say = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One kind of what the hub keeps, and how many there are."""

    name: str
    here: int
    there: int
    """In the backup."""


def content_words(_: Say) -> Sequence[tuple[str, Sequence[str]]]:
    """Return what tables hold, in words, what matters most first; small ones are told together."""
    return (
        (_("Cameras"), ("cameras",)),
        (_("Areas"), ("areas",)),
        (_("Users"), ("users",)),
        (_("Areas that users run"), ("user_areas",)),
        (_("API keys"), ("api_keys",)),
        (_("Playback access"), ("playback_tokens",)),
        *_of_recordings(_),
        *_of_visitors(_),
        *_of_the_site(_),
        *_of_watching(_),
        (_("Audit trail"), ("audit_entries", "audit_head")),
        (_("Who is signed in"), ("sessions", "first_run_links", "playback_devices")),
        (_("Recovery codes and former passwords"), ("recovery_codes", "password_history")),
        (_("Backups made, and their plan"), ("backup_runs", "backup_plan")),
        (_("Imports"), ("camera_imports", "camera_import_rows", "import_marks")),
        (
            _("Notes of the hub itself"),
            ("change_counters", "media_server_reports", "media_server_requests"),
        ),
    )


def contents(tables: Iterable[tuple[str, int, int]], say: Say) -> list[Content]:
    """Return in words of what there is more or less than here; of a table without, its name."""
    counts = {name: (here, there) for name, here, there in tables}
    found = []
    for word, names in content_words(say):
        rows = [counts.pop(name) for name in names if name in counts]
        if rows:
            here, there = sum(each[0] for each in rows), sum(each[1] for each in rows)
            found.append(Content(name=word, here=here, there=there))
    found += [Content(name=name, here=rows[0], there=rows[1]) for name, rows in counts.items()]
    return found


def _of_recordings(_: Say) -> Sequence[tuple[str, Sequence[str]]]:
    return (
        (_("Catalogue of recordings"), ("recording_segments",)),
        (_("Rules of recording"), ("recording_rules", "recording_area_quotas")),
        (_("Held footage"), ("recording_holds",)),
        (_("Clips"), ("recording_exports",)),
        (_("Links to clips"), ("clip_links",)),
        (_("Deleted footage"), ("recording_deletions",)),
        (
            _("How recording went"),
            (
                "recording_commands",
                "recording_leases",
                "recording_notes",
                "recording_restarts",
                "recording_shadow_looks",
                "recording_shadows",
                "recording_states",
            ),
        ),
    )


def _of_visitors(_: Say) -> Sequence[tuple[str, Sequence[str]]]:
    return (
        (_("Views"), ("view_history", "open_views", "longer_views", "view_glances")),
        (_("How playing went"), ("play_failures", "play_quality")),
        (
            _("Analytics"),
            (
                "analytics_camera_days",
                "analytics_camera_months",
                "analytics_camera_visitors",
                "analytics_cameras",
                "analytics_days",
                "analytics_devices",
                "analytics_hours",
                "analytics_play_days",
                "analytics_play_months",
                "analytics_state",
                "analytics_top_visitors",
                "analytics_visitors",
                "visitor_salts",
            ),
        ),
        (_("Feedback"), ("feedbacks",)),
        (_("Votes for cameras"), ("camera_votes", "camera_vote_totals")),
    )


def _of_the_site(_: Say) -> Sequence[tuple[str, Sequence[str]]]:
    return (
        (_("Announcements"), ("announcements",)),
        (_("What is said about cameras"), ("camera_notices",)),
        (_("Sponsors"), ("sponsors",)),
        (_("Packages"), ("sponsor_packages",)),
        (_("Settings"), ("site_values",)),
        (_("Logo and pictures"), ("site_pictures",)),
    )


def _of_watching(_: Say) -> Sequence[tuple[str, Sequence[str]]]:
    return (
        (_("Targets of alerts"), ("alert_targets",)),
        (_("Rules of alerts"), ("alert_rules",)),
        (_("How alerts behave"), ("alert_windows", "alert_muted_cameras", "alert_maintenance")),
        (
            _("Alerts that were sent"),
            ("alert_items", "alert_messages", "alert_sights", "alert_told", "alert_watermarks"),
        ),
        (
            _("Health of cameras"),
            (
                "camera_health",
                "camera_health_spans",
                "health_alarms",
                "health_checks",
                "health_watch",
            ),
        ),
        (_("Events of cameras"), ("camera_events",)),
    )
