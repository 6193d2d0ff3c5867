"""How much room a disk has, in hours of recording, and what follows: decided from facts alone."""

from dataclasses import dataclass
from typing import Final

from pantau.recordings.keeping_values import Level

_HOUR_S: Final = 3600.0
_MOST_LOW: Final = 0.2
"""Of what footage may take: on a small disk four hours would be everything there is."""
_MOST_CRITICAL: Final = 0.05
_RESUMES: Final = 0.25
"""A recorder that paused goes on with a quarter more room than the reserve."""
_BAND: Final = 0.25
"""By how much more is freed than must be, so that it is not one file after the other for ever."""
_GROWN_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRules:
    """What stays free, in bytes and in hours of recording beyond them."""

    reserve_bytes: int
    low_hours: float
    critical_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One disk, as it was measured."""

    total_bytes: int
    free_bytes: int
    footage_bytes: int
    bytes_per_s: float

    @property
    def other_bytes(self) -> int:
        """What else lies there."""
        return max(0, self.total_bytes - self.free_bytes - self.footage_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What follows from a look."""

    level: Level
    need_bytes: int
    """What should be freed now; 0: nothing."""
    hours_left: float | None
    """Until recording pauses; None: nothing is written."""


def judged(look: Look, rules: GuardRules) -> Judgement:
    """Return how it is with a disk."""
    reserve = rules.reserve_bytes
    capacity = max(0, look.free_bytes + look.footage_bytes - reserve)
    hour_bytes = look.bytes_per_s * _HOUR_S
    critical = max(
        min(rules.critical_hours * hour_bytes, capacity * _MOST_CRITICAL), reserve * _RESUMES
    )
    low = max(min(rules.low_hours * hour_bytes, capacity * _MOST_LOW), critical + reserve / 8)
    room = look.free_bytes - reserve
    if room < 0:
        level = Level.RESERVE
    elif room < critical:
        level = Level.CRITICAL
    else:
        level = Level.LOW if room < low else Level.OK
    target = max(low * (1 + _BAND), low + reserve / 8)
    return Judgement(
        level=level,
        need_bytes=0 if level is Level.OK else max(0, round(target - room)),
        hours_left=max(0.0, room) / hour_bytes if hour_bytes > 0 else None,
    )


def is_filled_by_others(look: Look, *, level: Level, other_bytes_before: int) -> bool:
    """Tell whether something else than footage is to be blamed for a disk without room.

    Deleting footage does not help there for long (lesson R22): a person must look.
    """
    if level is Level.OK:
        return False
    grown = look.other_bytes - other_bytes_before
    return grown > look.total_bytes * _GROWN_SHARE or look.other_bytes > look.total_bytes / 2


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was freed at one look, to be compared with the next."""

    free_bytes: int
    freed_bytes: int
    at_mono: float


def had_effect(attempt: Attempt, look: Look, *, now_mono: float) -> bool:
    """Tell whether what was deleted made room: where it does not, more of it makes no sense.

    Snapshots keep deleted files, and so do programs that have them open.
    """
    written = look.bytes_per_s * (now_mono - attempt.at_mono)
    gained = look.free_bytes + written - attempt.free_bytes
    return gained >= attempt.freed_bytes / 4
