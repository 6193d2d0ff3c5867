"""What is decided about one camera's footage, beside on or off and for how long."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from pantau.core.errors import Invalid
from pantau.recordings.models import PlaybackMode

MOST_WINDOWS: Final = 14
MOST_PREVIEW_MINUTES: Final = 525_600
MOST_QUOTA_BYTES: Final = 2**50
_WEEK_DAYS: Final = 7
_ALWAYS: Final = "[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordWindow:
    """A part of the week in which a camera is recorded, in the zone of the site."""

    days: frozenset[int]
    """ISO numbers of the days on which it begins, Monday is 1."""
    begins: time
    ends: time
    """At or before `begins`: on the following day.  Equal to it: a whole day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRules:
    """Of a camera about which nothing was decided, these are the rules."""

    playback: PlaybackMode = PlaybackMode.INHERIT
    preview_minutes: int | None = None
    """None: what holds for the whole hub."""
    quota_bytes: int | None = None
    """None: as much as it wants."""
    schedule: tuple[RecordWindow, ...] = ()
    """When it is recorded; empty: always."""
    sound: bool = True


def check_rules(rules: RecordingRules) -> None:
    """Raise Invalid, with the field, for what cannot be."""
    minutes, quota = rules.preview_minutes, rules.quota_bytes
    if minutes is not None and not 1 <= minutes <= MOST_PREVIEW_MINUTES:
        raise _out_of("preview_minutes", MOST_PREVIEW_MINUTES)
    if quota is not None and not 1 <= quota <= MOST_QUOTA_BYTES:
        raise _out_of("quota_bytes", MOST_QUOTA_BYTES)
    if len(rules.schedule) > MOST_WINDOWS:
        raise Invalid(
            "recordings.schedule",
            f"A schedule has at most {MOST_WINDOWS} windows.",
            field="schedule",
        )
    for window in rules.schedule:
        if not window.days or not window.days <= frozenset(range(1, _WEEK_DAYS + 1)):
            raise Invalid(
                "recordings.schedule", "Days are numbers from 1, Monday, to 7.", field="schedule"
            )


def is_on(schedule: Sequence[RecordWindow], now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a schedule says that a camera is recorded at `now`."""
    if not schedule:
        return True
    local = now.astimezone(zone)
    return any(_holds(window, local) for window in schedule)


def _holds(window: RecordWindow, local: datetime) -> bool:
    today, moment = local.isoweekday(), local.time().replace(second=0, microsecond=0)
    if window.begins < window.ends:
        return today in window.days and window.begins <= moment < window.ends
    yesterday = (today - 2) % _WEEK_DAYS + 1
    return (today in window.days and moment >= window.begins) or (
        yesterday in window.days and moment < window.ends
    )


@lru_cache(maxsize=1_024)
def schedule_from(text: str) -> tuple[RecordWindow, ...]:
    """Return the windows that stand in `text`, the same objects for the same text."""
    if text == _ALWAYS:
        return ()
    return tuple(
        RecordWindow(
            days=frozenset(window["days"]),
            begins=time.fromisoformat(window["begins"]),
            ends=time.fromisoformat(window["ends"]),
        )
        for window in json.loads(text)
    )


def schedule_text(schedule: Sequence[RecordWindow]) -> str:
    """Return `schedule` as it is kept; equal schedules are equal texts."""
    return json.dumps(
        [
            {
                "days": sorted(window.days),
                "begins": window.begins.isoformat(timespec="minutes"),
                "ends": window.ends.isoformat(timespec="minutes"),
            }
            for window in schedule
        ]
    )


def _out_of(field: str, most: int) -> Invalid:
    return Invalid("recordings.number", f"This is a whole number from 1 to {most}.", field=field)
