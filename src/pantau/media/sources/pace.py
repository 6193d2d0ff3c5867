"""Plays stored packets at the speed at which a camera would have sent them."""

import threading
from dataclasses import dataclass, field
from typing import Final

from pantau.core.clock import Clock
from pantau.media.errors import Cause, SourceError

_OUT_OF_STEP_S: Final = 10.0
"""Media time this far from the plan has jumped; the plan starts afresh instead of waiting."""


@dataclass(slots=True)
class Pace:
    """Waiting that another thread can cut short."""

    clock: Clock
    _stopped: threading.Event = field(default_factory=threading.Event)
    _plan_s: float | None = None

    def wait_in_thread(self, media_s: float) -> None:
        """Block until `media_s` is due, counted from the first call; never when it is late."""
        now_s = self.clock.mono_s()
        if self._plan_s is None:
            self._plan_s = now_s - media_s
        ahead_s = self._plan_s + media_s - now_s
        if abs(ahead_s) > _OUT_OF_STEP_S:
            self._plan_s, ahead_s = now_s - media_s, 0.0
        self.rest_in_thread(ahead_s)

    def rest_in_thread(self, duration_s: float) -> None:
        """Block for `duration_s`; raises `SourceError` as soon as `stop` is called."""
        if self._stopped.is_set() or (
            duration_s > 0 and self.clock.wait_in_thread(self._stopped, duration_s)
        ):
            raise SourceError(Cause.CLOSED, "ended by us")

    def stop(self) -> None:
        """Make every wait raise from here on.  Any thread."""
        self._stopped.set()
