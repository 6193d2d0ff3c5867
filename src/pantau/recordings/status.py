"""How recorders are: what the worker found, as everybody else knows it."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from pantau.core.clock import Clock
from pantau.db.database import Database
from pantau.recordings import recorder_rows
from pantau.recordings.recorders import WORKER_SILENT, RecorderState, RecorderStatus

STALE: Final = timedelta(seconds=180)
"""Who says nothing for so long is not there: the worker writes every minute."""
_AT_MOST_EVERY_S: Final = 1.0
_AT_LEAST_EVERY_S: Final = 60.0


class RecorderBook:
    """Follows what the worker writes.  Loop only; `known` is immutable from outside."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._changed = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []
        self.known: Mapping[int, RecorderState] = {}
        database.changes.on("recordings", self._changed.set)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have `listener` called when the status of any recorder has changed."""
        self._listeners.append(listener)

    async def follow(self) -> None:
        """Take over every change, a burst of them at once; never returns."""
        while True:
            await self.refresh()
            await self._clock.sleep(_AT_MOST_EVERY_S)
            with contextlib.suppress(TimeoutError):
                # Also when nothing is told: that nobody says anything is news after a while.
                async with asyncio.timeout(_AT_LEAST_EVERY_S):
                    await self._changed.wait()
            self._changed.clear()

    async def refresh(self) -> None:
        """Know what the database says at this moment."""
        known = await self.seen()
        before, self.known = self.known, known
        if {n: s.status for n, s in before.items()} != {n: s.status for n, s in known.items()}:
            for listener in self._listeners:
                listener()

    async def seen(self) -> Mapping[int, RecorderState]:
        """Return every recorder with its newest evidence, which tells nobody."""
        async with self._database.read() as reading:
            known = await recorder_rows.all_states(reading)
        return {number: self._judged(state) for number, state in known.items()}

    async def seen_of(self, camera_id: int) -> RecorderState | None:
        """Return one of them."""
        return (await self.seen()).get(camera_id)

    def status_of(self, camera_id: int) -> RecorderStatus:
        """Return the status of a recorder; costs nothing."""
        state = self.known.get(camera_id)
        return RecorderStatus.UNKNOWN if state is None else state.status

    def _judged(self, state: RecorderState) -> RecorderState:
        if self._clock.now() - state.seen_at <= STALE:
            return state
        return replace(
            state, status=RecorderStatus.UNKNOWN, cause=WORKER_SILENT, since_at=state.seen_at
        )
