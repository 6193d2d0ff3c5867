"""Every table of every domain, and what becomes of it when a release is rolled back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pantau.accounts import models as _accounts  # noqa: F401
from pantau.accounts.keys import models as _keys  # noqa: F401
from pantau.analytics import rows as _analytics  # noqa: F401
from pantau.areas import models as _areas  # noqa: F401
from pantau.audit import append_only as _audit  # noqa: F401
from pantau.backups import rows as _backups  # noqa: F401
from pantau.cameras import rows as _cameras  # noqa: F401
from pantau.cameras.importing import models as _imports  # noqa: F401
from pantau.db import change_counters as _change_counters  # noqa: F401
from pantau.db.base import Base
from pantau.feedback import models as _feedback  # noqa: F401
from pantau.health import rows as _health  # noqa: F401
from pantau.notices import models as _notices  # noqa: F401
from pantau.notifications import rows as _notifications  # noqa: F401
from pantau.operations.reference_import import models as _reference_import  # noqa: F401
from pantau.recordings import rows as _recordings  # noqa: F401
from pantau.recordings.exports import rows as _exports  # noqa: F401
from pantau.recordings.rights import rows as _rights  # noqa: F401
from pantau.site import models as _site  # noqa: F401
from pantau.sponsors import rows as _sponsors  # noqa: F401
from pantau.streaming import media_report_rows as _media_reports  # noqa: F401
from pantau.viewers import models as _viewers  # noqa: F401

metadata = Base.metadata


@dataclass(frozen=True, slots=True)
class OnRollBack:
    """What becomes of a table's rows when the tables are those of an earlier release again.

    Rows that are there stay and rows that are gone stay away, always.  `merge`: a value that only
    the steps between have changed is as it was before them; for what people arrange.  `now`: every
    value is as it is; for what happened, of which the snapshot knows too little.
    """

    keep: Literal["now", "merge"]
    what: str
    """In words, for whoever decides; equal for tables that belong together."""


_FOOTAGE: Final = OnRollBack("now", "footage: what was recorded, deleted, held and exported")
_VIEWS: Final = OnRollBack("now", "views, visitors and how playing went")
_COUNTS: Final = OnRollBack("now", "analytics")
_TRAIL: Final = OnRollBack("now", "the audit trail")
_TOLD: Final = OnRollBack("now", "alerts: what was seen, sent and is still to be sent")
_HEALTH: Final = OnRollBack("now", "health of cameras, events and alarms")
_FEEDBACK: Final = OnRollBack("now", "messages and votes of viewers")
_SIGNED_IN: Final = OnRollBack("now", "sessions, links and codes")
_RUNNING: Final = OnRollBack("now", "what processes tell each other")
_BACKUPS: Final = OnRollBack("now", "backups made and data imported")
_CAMERAS: Final = OnRollBack("merge", "cameras, areas and rules of recording")
_PEOPLE: Final = OnRollBack("merge", "people, API keys and playback rights")
_SITE: Final = OnRollBack("merge", "settings, texts, pictures, announcements and sponsors")
_ALERTING: Final = OnRollBack("merge", "where alerts go, and when")

ON_ROLL_BACK: Final[Mapping[str, OnRollBack]] = {
    "alert_items": _TOLD,
    "alert_maintenance": _ALERTING,
    "alert_messages": _TOLD,
    "alert_muted_cameras": _ALERTING,
    "alert_rules": _ALERTING,
    "alert_sights": _TOLD,
    "alert_targets": _ALERTING,
    "alert_told": _TOLD,
    "alert_watermarks": _TOLD,
    "alert_windows": _ALERTING,
    "analytics_camera_days": _COUNTS,
    "analytics_camera_months": _COUNTS,
    "analytics_camera_visitors": _COUNTS,
    "analytics_cameras": _COUNTS,
    "analytics_days": _COUNTS,
    "analytics_devices": _COUNTS,
    "analytics_hours": _COUNTS,
    "analytics_play_days": _COUNTS,
    "analytics_play_months": _COUNTS,
    "analytics_state": _COUNTS,
    "analytics_top_visitors": _COUNTS,
    "analytics_visitors": _COUNTS,
    "announcements": _SITE,
    "api_keys": _PEOPLE,
    "areas": _CAMERAS,
    "audit_entries": _TRAIL,
    "audit_head": _TRAIL,
    "backup_plan": _SITE,
    "backup_runs": _BACKUPS,
    "camera_events": _HEALTH,
    "camera_health": _HEALTH,
    "camera_health_spans": _HEALTH,
    "camera_import_rows": _BACKUPS,
    "camera_imports": _BACKUPS,
    "camera_notices": _SITE,
    "camera_vote_totals": _FEEDBACK,
    "camera_votes": _FEEDBACK,
    "cameras": _CAMERAS,
    "change_counters": _RUNNING,
    "clip_links": _FOOTAGE,
    "feedbacks": _FEEDBACK,
    "first_run_links": _SIGNED_IN,
    "health_alarms": _HEALTH,
    "health_checks": _HEALTH,
    "health_watch": _HEALTH,
    "import_marks": _BACKUPS,
    "longer_views": _VIEWS,
    "media_server_reports": _RUNNING,
    "media_server_requests": _RUNNING,
    "open_views": _VIEWS,
    "password_history": _SIGNED_IN,
    "play_failures": _VIEWS,
    "play_quality": _VIEWS,
    "playback_devices": _SIGNED_IN,
    "playback_tokens": _PEOPLE,
    "recording_area_quotas": _CAMERAS,
    "recording_commands": _FOOTAGE,
    "recording_deletions": _FOOTAGE,
    "recording_exports": _FOOTAGE,
    "recording_holds": _FOOTAGE,
    "recording_leases": _RUNNING,
    "recording_notes": _FOOTAGE,
    "recording_restarts": _FOOTAGE,
    "recording_rules": _CAMERAS,
    "recording_segments": _FOOTAGE,
    "recording_shadow_looks": _FOOTAGE,
    "recording_shadows": _FOOTAGE,
    "recording_states": _FOOTAGE,
    "recovery_codes": _SIGNED_IN,
    "sessions": _SIGNED_IN,
    "site_pictures": _SITE,
    "site_values": _SITE,
    "sponsor_packages": _SITE,
    "sponsors": _SITE,
    "user_areas": _PEOPLE,
    "users": _PEOPLE,
    "view_glances": _VIEWS,
    "view_history": _VIEWS,
    "visitor_salts": _VIEWS,
}
"""Of every table, in the order of names; a table that is missing here fails a test."""
