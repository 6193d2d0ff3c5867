"""The one crossing from the threads of the engine to its event loop."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from pantau.core.clock import Clock

log = structlog.get_logger()

_MOST_WAITING: Final = 1_024
_LOOK_AGAIN_S: Final = 0.1
_MOST_PATIENCE_S: Final = 5.0

Call = Callable[[], None]


class Handoff:
    """Runs calls that threads post on the loop, in order, many for one wake-up.

    Bounded: when the loop is too busy to empty it, threads wait; after some seconds the call is
    dropped, counted and the poster told.
    """

    def __init__(self, *, clock: Clock, most_waiting: int = _MOST_WAITING) -> None:
        self._loop = asyncio.get_running_loop()
        self.clock = clock
        self._most_waiting = most_waiting
        self._calls: deque[Call] = deque()
        self._lock = threading.Lock()
        self._is_scheduled = False
        self._has_room = threading.Event()
        self._has_room.set()
        self.dropped = 0

    def post_in_thread(self, call: Call) -> bool:
        """Have `call` run on the loop; False when it was dropped.  Any thread but the loop's."""
        started_mono = self.clock.mono_s()
        while not self._put(call):
            self.clock.wait_in_thread(self._has_room, _LOOK_AGAIN_S)
            if self.clock.mono_s() - started_mono > _MOST_PATIENCE_S:
                self.dropped += 1
                return False
        return True

    def _put(self, call: Call) -> bool:
        with self._lock:
            if len(self._calls) >= self._most_waiting:
                self._has_room.clear()
                return False
            self._calls.append(call)
            if self._is_scheduled:
                return True
            self._is_scheduled = True
        try:
            self._loop.call_soon_threadsafe(self._run)
        except RuntimeError:  # the loop is closed: the process is ending
            log.debug("handoff_after_the_end")
        return True

    def _run(self) -> None:
        with self._lock:
            calls, self._calls = self._calls, deque()
            self._is_scheduled = False
            self._has_room.set()
        self._run_all(calls)

    def _run_all(self, calls: deque[Call]) -> None:
        try:
            while calls:
                calls.popleft()()
        finally:
            if calls:  # one raised, which the loop reports; those behind it still run
                self._loop.call_soon(self._run_all, calls)
