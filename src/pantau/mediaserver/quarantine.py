"""Cameras that crashed a process: parked for a while, then tried again where they hurt nobody."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from pantau.core.clock import Clock

FIRST_PARK_S: Final = 600.0
MOST_PARK_S: Final = 6 * 3600.0


@dataclass(slots=True)
class _Case:
    order: Any
    times: int = 0
    parked_until_mono: float | None = None
    until_at: datetime | None = None


@dataclass(slots=True)
class Quarantine:
    """Who is parked, and who was and must live apart.

    A camera that caused a crash is suspected for as long as its order stays the same; with another
    source it starts with a clean sheet.  Every further crash doubles the time.
    """

    clock: Clock
    _cases: dict[str, _Case] = field(default_factory=dict)

    def park(self, path: str, order: Any) -> float:
        """Park `path` for the crash it caused; return for how long."""
        case = self._cases.setdefault(path, _Case(order))
        case.times += 1
        park_s: float = min(MOST_PARK_S, FIRST_PARK_S * 2.0 ** min(case.times - 1, 16))
        case.parked_until_mono = self.clock.mono_s() + park_s
        case.until_at = self.clock.now() + timedelta(seconds=park_s)
        return park_s

    def is_parked(self, path: str) -> bool:
        """Whether nothing may be pulled for `path`."""
        case = self._cases.get(path)
        return case is not None and case.parked_until_mono is not None

    def is_suspect(self, path: str) -> bool:
        """Whether `path` must not share a shard with cameras that never crashed one."""
        return path in self._cases

    def until_at(self, path: str) -> datetime | None:
        """Return when a parked path is tried again."""
        return self._cases[path].until_at if self.is_parked(path) else None

    def see_order(self, path: str, order: Any) -> None:
        """Acquit `path` when it is now something else than what crashed."""
        case = self._cases.get(path)
        if case is not None and case.order != order:
            del self._cases[path]

    def forget(self, path: str) -> None:
        """Drop the case of a path that was removed."""
        self._cases.pop(path, None)

    def release(self) -> list[str]:
        """Return the paths whose time is over; they count as tried from here on."""
        now_mono = self.clock.mono_s()
        due = [
            path
            for path, case in self._cases.items()
            if case.parked_until_mono is not None and case.parked_until_mono <= now_mono
        ]
        for path in due:
            self._cases[path].parked_until_mono = None
            self._cases[path].until_at = None
        return due
