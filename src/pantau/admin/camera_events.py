"""What happened to a camera, in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pantau.admin.entries import Change, changes_of, shown_value
from pantau.admin.wording import Wording
from pantau.cameras.lifecycle import CameraEvent, Kind


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


def shown_event(event: CameraEvent, speak: Wording) -> ShownEvent:
    """Return an event in the reader's words."""
    details = event.details
    return ShownEvent(
        at=event.at,
        what=event_words(speak)[event.kind],
        who=event.actor,
        changes=changes_of(details),
        facts=tuple(
            (name, shown_value(value))
            for name, value in details.items()
            if name not in {"before", "after", "changed"} and value not in (None, "", [])
        ),
    )
