"""Watches the sweep itself: who looks at everything must not stop in silence (lessons M13, D20)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from pantau.core.clock import Clock
from pantau.health.values import AlarmKind

_LOOK_EVERY_S: Final = 10.0
SILENT_S: Final = 60.0
"""A sweep takes well under a second; so late, something holds it."""
WAITING_S: Final = 1_800.0
"""So long no probe may be due: hosts with more than a thousand cameras that nobody watches."""


class Swept(Protocol):
    """The part of the sweep that is needed here."""

    completed_mono: float | None

    def late_s(self) -> float:
        """Return for how long the longest waiting probe has been due."""
        ...


class Alarms(Protocol):
    """Who writes alarms."""

    @property
    def begin_alarm(self) -> Callable[..., Awaitable[bool]]: ...
    @property
    def end_alarm(self) -> Callable[[AlarmKind], Awaitable[bool]]: ...


@dataclass(slots=True)
class Watchdog:
    """Raises the alarm of the sweep.  Loop only; it shares nothing with the sweep's own loop."""

    sweep: Swept
    alarms: Alarms
    clock: Clock
    _began_mono: float | None = None
    _told: bool | None = None

    async def run(self) -> None:
        """Look again and again; never returns."""
        while True:
            await self.look()
            await self.clock.sleep(_LOOK_EVERY_S)

    async def look(self) -> None:
        """Begin or end the alarm."""
        now_mono = self.clock.mono_s()
        if self._began_mono is None:
            self._began_mono = now_mono
        completed_mono = self.sweep.completed_mono or self._began_mono
        is_late = now_mono - completed_mono > SILENT_S or self.sweep.late_s() > WAITING_S
        if is_late is self._told:
            return
        if is_late:
            is_written = await self.alarms.begin_alarm(AlarmKind.SWEEP_LATE, cameras=0)
        else:
            is_written = await self.alarms.end_alarm(AlarmKind.SWEEP_LATE)
        if is_written:
            self._told = is_late
