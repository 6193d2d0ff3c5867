"""A bounded set of connections with a queue before it: first come, first served, by a deadline."""

import asyncio
import contextlib
from typing import Any, Final

import structlog
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.pool import QueuePool

from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.core.histograms import Histogram
from pantau.db.engines import Begin
from pantau.db.errors import BUSY, busy, translated_connecting

log = structlog.get_logger()

_CLOSE_S: Final = 5.0
NOTICED_S: Final = 0.1
"""From here on whoever waits notices it: what takes a tenth of a second no longer feels immediate.

It is more than twice the slowest target of an answer (40 ms).  Shorter waits are what a queue is
for: measured with ten viewers on a machine with too little to do it with, readers came free after
5 to 60 ms, hundreds of times, and a larger pool would only have had them wait for the processor.
"""


class Pool:
    """Gives sessions whose transaction has begun.  Loop only.

    Every session that was taken must be given back, once; `give_back` may be shielded.
    """

    def __init__(
        self, engine: AsyncEngine, *, begin: Begin, size: int, wait_s: float, clock: Clock
    ) -> None:
        self._engine = engine
        self._begin = begin
        self._free = asyncio.Semaphore(size)
        self._wait_s = wait_s
        self._clock = clock
        self._is_closed = False
        self.size: Final = size
        self.in_use = 0
        self.taken = 0
        """How many sessions were given out."""
        self.opened = 0
        """How many connections were made."""
        self.queries = 0
        self.waited = 0
        """How many requests found every connection in use."""
        self.noticed = 0
        """How many of them waited noticeably, or in vain."""
        self.timed_out = 0
        self.waits = Histogram()
        self.longest_wait_s = 0.0
        event.listen(engine.sync_engine, "connect", self._on_connect)
        event.listen(engine.sync_engine, "before_cursor_execute", self._on_query)

    @property
    def open_connections(self) -> int:
        """How many connections there are at the moment, in use or not."""
        pool = self._engine.sync_engine.pool
        assert isinstance(pool, QueuePool)
        return pool.checkedin() + pool.checkedout()

    @property
    def hits(self) -> int:
        """How many sessions were given an open connection."""
        return max(0, self.taken - self.opened)

    async def take(self, *, within_s: float | None = None) -> AsyncSession:
        """Wait for a free connection and begin a transaction.

        Raises Unavailable when there is none within `wait_s`, or `within_s` where that is given,
        or when the database is away.
        """
        left_s = await self._admit(self._wait_s if within_s is None else within_s)
        session = AsyncSession(self._engine, expire_on_commit=False)
        is_begun = False
        try:
            with translated_connecting():
                await self._begin(session, int(left_s * 1000))
            is_begun = True
        except Unavailable as problem:
            if problem.code == BUSY:
                self.timed_out += 1
            raise
        finally:
            if not is_begun:
                await asyncio.shield(self.give_back(session))
        self.taken += 1
        return session

    async def give_back(self, session: AsyncSession) -> None:
        """Roll back what was not committed, and let the next one in when that is done."""
        try:
            async with asyncio.timeout(_CLOSE_S):
                await session.close()
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            # The driver has thrown the connection away; the next one to come opens another.
            log.info("database_connection_dropped", cause=str(error))
        finally:
            self.in_use -= 1
            self._free.release()

    async def close(self) -> None:
        """Close every connection, those in use as soon as they are given back; give no more."""
        if self._is_closed:
            return
        self._is_closed = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                for _ in range(self.size):
                    await self._free.acquire()
        await self._engine.dispose()

    async def _admit(self, wait_s: float) -> float:
        """Return how much of the deadline is left."""
        if self._is_closed:
            raise Unavailable("database.closed", "This process is stopping. Try again.")
        if not self._free.locked():
            await self._free.acquire()
            self.in_use += 1
            return wait_s
        self.waited += 1
        began_mono = self._clock.mono_s()
        try:
            async with asyncio.timeout(wait_s):
                await self._free.acquire()
        except TimeoutError as error:
            self.timed_out += 1
            raise busy(wait_s) from error
        finally:
            waited_s = self._clock.mono_s() - began_mono
            self.waits.note(waited_s)
            self.noticed += waited_s >= min(NOTICED_S, wait_s)
            self.longest_wait_s = max(self.longest_wait_s, waited_s)
        self.in_use += 1
        return max(0.0, wait_s - waited_s)

    def _on_connect(self, *_: Any) -> None:
        self.opened += 1

    def _on_query(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            self.queries += 1
