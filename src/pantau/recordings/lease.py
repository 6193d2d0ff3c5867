"""Of several workers only one deletes: the one that has the lease.

Whether it still has it is asked again in every transaction that begins a deletion, so that even
workers whose clocks disagree never delete the same file for two reasons.
"""

from typing import Final
from uuid import uuid4

import structlog

from pantau.core.clock import Clock
from pantau.db.database import Database, Reading
from pantau.recordings import keeping_rows
from pantau.recordings.keeping_rows import LeaseState

log = structlog.get_logger()

NAME: Final = "deleting"
LASTS_S: Final = 45.0
_RENEWED_S: Final = 10.0


class Lease:
    """One worker's view of the lease.  Loop only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._holder = uuid4().hex
        self._renewed_mono: float | None = None
        """When this worker wrote that it has it; None: it has not."""
        self._seen: LeaseState | None = None
        self._seen_mono = 0.0

    async def take(self) -> bool:
        """Take or keep the lease; return whether this worker has it."""
        now_mono = self._clock.mono_s()
        if self._renewed_mono is not None and now_mono - self._renewed_mono < _RENEWED_S:
            return True
        async with self._database.read() as reading:
            state = await keeping_rows.lease(reading, NAME)
        if not self._is_free(state):
            self._lost(state)
            return False
        async with self._database.write() as writing:
            # Another one may have been quicker.
            state = await keeping_rows.lease(writing, NAME)
            if not self._is_free(state):
                self._lost(state)
                return False
            until_ms = round((self._clock.unix_s() + LASTS_S) * 1000)
            await keeping_rows.take_lease(writing, NAME, LeaseState(self._holder, until_ms))
        if self._renewed_mono is None:
            log.info("recording_keeper_began")
        self._renewed_mono = now_mono
        return True

    async def is_mine(self, reading: Reading) -> bool:
        """Tell whether the database says, in this transaction, that this worker has it."""
        state = await keeping_rows.lease(reading, NAME)
        return state is not None and state.holder == self._holder

    async def give_back(self) -> None:
        """Let another worker begin at once."""
        if self._renewed_mono is not None:
            self._renewed_mono = None
            async with self._database.write() as writing:
                await keeping_rows.give_back(writing, NAME, self._holder)

    def _is_free(self, state: LeaseState | None) -> bool:
        """Tell whether nobody else has it.

        By how long nothing about it has changed, and not by what it says of clocks: those jump.
        """
        if state is None or state.holder == self._holder:
            return True
        now_mono = self._clock.mono_s()
        if state != self._seen:
            self._seen, self._seen_mono = state, now_mono
        return now_mono - self._seen_mono >= LASTS_S

    def _lost(self, state: LeaseState | None) -> None:
        if self._renewed_mono is not None and state is not None:
            log.warning("recording_keeper_superseded")
        self._renewed_mono = None
