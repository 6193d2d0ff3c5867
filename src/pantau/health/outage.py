"""Tells when it is our own network that fails: most cameras of several hosts at once.  Pure."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from pantau.core.ids import CameraId
from pantau.health import causes
from pantau.health.verdict import Look

_PART_ALIVE: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageRules:
    """When failures are our own."""

    window_s: float = 90.0
    least_cameras: int = 5
    least_hosts: int = 3
    most_s: float = 1_800.0
    """After that they are believed: a city can lose its power."""


@dataclass(slots=True)
class Outage:
    """Remembers the last looks at cameras, host by host.

    Only cameras that were up, or new failures, count: a hundred that are offline for weeks say
    nothing about this minute.
    """

    rules: OutageRules = field(default_factory=OutageRules)
    since_mono: float | None = None
    _last: dict[CameraId, tuple[float, str, bool]] = field(default_factory=dict)
    _over_until_mono: float = float("-inf")

    @property
    def is_on(self) -> bool:
        """Whether our own side is at fault."""
        return self.since_mono is not None

    def note(self, camera_id: CameraId, host: str, look: Look, *, was_up: bool) -> None:
        """Remember a look."""
        if look.is_alive:
            self._last[camera_id] = (look.mono, host, True)
        elif was_up and look.cause in causes.OF_THE_NETWORK:
            self._last[camera_id] = (look.mono, host, False)
        elif look.cause not in causes.OF_THE_NETWORK:
            # Whoever refuses a login has been reached.
            self._last[camera_id] = (look.mono, host, True)

    def judge(self, now_mono: float) -> bool:
        """Return whether our own side is at fault at this moment.  O(cameras looked at)."""
        begins_mono = now_mono - self.rules.window_s
        self._last = {id_: last for id_, last in self._last.items() if last[0] >= begins_mono}
        failing = Counter(host for _, host, is_alive in self._last.values() if not is_alive)
        alive = {host for _, host, is_alive in self._last.values() if is_alive}
        if self.since_mono is None:
            is_bad = (
                failing.total() >= self.rules.least_cameras
                and len(failing) >= self.rules.least_hosts
                and len(alive) <= _PART_ALIVE * len(alive | failing.keys())
            )
            if is_bad and now_mono >= self._over_until_mono:
                self.since_mono = now_mono
        elif now_mono - self.since_mono >= self.rules.most_s:
            self.since_mono = None
            self._over_until_mono = now_mono + self.rules.most_s
        elif self._has_recovered(failing, alive):
            self.since_mono = None
        return self.is_on

    def _has_recovered(self, failing: Counter[str], alive: set[str]) -> bool:
        since_mono = self.since_mono
        assert since_mono is not None
        fresh = {host for mono, host, ok in self._last.values() if ok and mono > since_mono}
        return len(fresh) >= 2 and len(fresh) > _PART_ALIVE * len(alive | failing.keys())
