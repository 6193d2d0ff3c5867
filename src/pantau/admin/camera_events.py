"""What happened to a camera, in words."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pantau.admin.entries import Change, changes_of, shown_value
from pantau.admin.wording import Wording
from pantau.cameras.lifecycle import CameraEvent, Kind

_NEW: Final = frozenset({Kind.CREATED, Kind.IMPORTED})
_MAIN: Final = frozenset({"name", "host", "area_id", "location"})
_EMPTY: Final = frozenset({"", "–"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEvent:
    """One line; addresses in it are masked already."""

    at: datetime
    what: str
    who: str
    changes: tuple[Change, ...]
    facts: tuple[tuple[str, str], ...]


def event_words(_: Callable[[str], str]) -> Mapping[Kind, str]:
    """Return what each kind of event is called."""
    return {
        Kind.CREATED: _("Added"),
        Kind.IMPORTED: _("Came with an import"),
        Kind.CHANGED: _("Changed"),
        Kind.SOURCE_CHANGED: _("Another source"),
        Kind.ENABLED: _("Enabled"),
        Kind.DISABLED: _("Disabled"),
        Kind.KEY_ROTATED: _("Another stream key"),
        Kind.CUT_OFF: _("Cut off from the public"),
        Kind.RESTORED: _("Given back to the public"),
        Kind.ADOPTED: _("Taken over from the demo"),
        Kind.DELETED: _("Deleted"),
    }


def field_words(_: Callable[[str], str]) -> Mapping[str, str]:
    """Return what the fields of a camera are called; the others keep the name of the API."""
    return {
        "name": _("Name"),
        "host": _("Address"),
        "address": _("Address"),
        "area_id": _("Area"),
        "location": _("Place"),
        "description": _("Description"),
        "latitude": _("Latitude"),
        "longitude": _("Longitude"),
        "status": _("Announced state"),
        "enabled": _("Enabled"),
        "visibility": _("Who may see it"),
        "delay_s": _("How late the public sees it"),
        "still_only": _("Still pictures only"),
        "schedule": _("Weekly schedule"),
        "enable_recording": _("Recording"),
        "recording_duration_hours": _("Keep for how many hours"),
        "cut_off_reason": _("Reason"),
        "reason": _("Reason"),
        "cut_off_until": _("Until"),
        "until": _("Until"),
    }


def shown_event(event: CameraEvent, speak: Wording) -> ShownEvent:
    """Return an event in the reader's words; of a camera that was added, the main things only."""
    words = field_words(speak)
    changes = [
        Change(
            words.get(each.field, each.field),
            _plain(each.field, each.before, speak),
            _plain(each.field, each.after, speak),
        )
        for each in changes_of(event.details)
        if each.before != each.after
        and (event.kind not in _NEW or (each.field in _MAIN and each.after not in _EMPTY))
    ]
    return ShownEvent(
        at=event.at,
        what=event_words(speak)[event.kind],
        who=event.actor,
        changes=tuple(changes),
        facts=tuple(
            (words.get(name, name), shown_value(value))
            for name, value in event.details.items()
            if name not in {"before", "after", "changed"} and value not in (None, "", [])
        ),
    )


def _plain(field: str, value: str, speak: Wording) -> str:
    if field != "schedule" or not value.startswith("["):
        return value
    return speak.ngettext("%(num)s window", "%(num)s windows", len(json.loads(value)))
