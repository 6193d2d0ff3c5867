"""Units of work: `read()` cannot write, `write()` commits once and then tells what changed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from pantau.core.clock import Clock
from pantau.core.errors import Problem
from pantau.db import change_counters, engines
from pantau.db.changes import Changes, Topic
from pantau.db.errors import translated
from pantau.db.outage import Outage, Use
from pantau.db.place import Place
from pantau.db.pool import Pool
from pantau.db.slow_statements import SlowStatements
from pantau.db.statistics import PoolStatistics

log = structlog.get_logger()

_REPLICA_LAG_S: Final = 5.0
"""How long a replica is not asked for what was just written."""
_NEVER: Final = float("-inf")
_OPENED: Final = "[ConnectionPool] Initialized with max {} read connections"
"""These words, and not the name of an event: operators of such hubs look for them."""

_wrote_mono: ContextVar[float] = ContextVar("wrote_mono", default=_NEVER)


class Reading:
    """A unit of work that only reads.  `session` is SQLAlchemy's; use it in repositories only."""

    def __init__(self, session: AsyncSession) -> None:
        self.session: Final = session


class Writing(Reading):
    """A unit of work that commits when its block ends well, and rolls back when it does not."""

    def __init__(self, session: AsyncSession) -> None:
        super().__init__(session)
        self.topics: Final[set[Topic]] = set()

    def changed(self, topic: Topic) -> None:
        """Have `topic` told to every process after the commit."""
        self.topics.add(topic)


class Database:
    """One writer and a pool of readers.  Loop only.

    Where there is a replica, readers use it, except for a few seconds after a write of the same
    task or a change of anything: then they ask the server that was written to.
    """

    def __init__(
        self,
        place: Place,
        *,
        writer: Pool,
        readers: Pool,
        replica: Pool | None,
        changes: Changes,
        slow: SlowStatements,
        clock: Clock,
    ) -> None:
        self.place: Final = place
        self.changes: Final = changes
        self.slow: Final = slow
        self.outage: Final = Outage(clock)
        self._writer = writer
        self._readers = readers
        self._replica = replica
        self._clock = clock
        self._changed_mono = _NEVER

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reading]:
        """Give a unit of work that sees everything committed before it began, and one state only.

        Raises Unavailable when no connection is free in time.
        """
        pool = self._reading_pool()
        with self._noting("reading"):
            session = await pool.take()
            try:
                with translated():
                    yield Reading(session)
            finally:
                await asyncio.shield(pool.give_back(session))

    @asynccontextmanager
    async def write(self, *, within_s: float | None = None) -> AsyncIterator[Writing]:
        """Give the one writer; keep the block short and wait for nothing else inside it.

        What it reads stays true until it commits: no other process writes meanwhile.  A commit
        that has begun is carried to its end, and told, even when the caller is cancelled.
        Raises Unavailable when the writer is not free in time, which `within_s` can prolong.
        """
        with self._noting("writing"):
            session = await self._writer.take(within_s=within_s)
            work = Writing(session)
            is_good = False
            try:
                with translated():
                    yield work
                    is_good = True
                _wrote_mono.set(self._clock.mono_s())
            finally:
                end = self._commit(work) if is_good else self._writer.give_back(session)
                await asyncio.shield(end)

    def heard(self, topic: Topic, counted: int) -> None:
        """Tell listeners of the `counted`th change of `topic`, unless they know."""
        if self.changes.tell_up_to(topic, counted):
            self._changed_mono = self._clock.mono_s()

    def stats(self) -> PoolStatistics:
        """Return what the pools did up to here.  Costs no query."""
        reading = [self._readers] if self._replica is None else [self._readers, self._replica]
        pools = [self._writer, *reading]
        return PoolStatistics(
            read_hits=sum(pool.hits for pool in reading),
            read_misses=sum(pool.opened for pool in reading),
            write_hits=self._writer.hits,
            write_misses=self._writer.opened,
            total_queries=sum(pool.queries for pool in pools),
            read_pool_size=sum(pool.open_connections for pool in reading),
            read_pool_in_use=sum(pool.in_use for pool in reading),
            read_pool_available=sum(
                max(0, pool.open_connections - pool.in_use) for pool in reading
            ),
            write_connection_active=self._writer.open_connections > 0,
            pool_waits_total=sum(pool.waited for pool in pools),
            pool_exhausted_total=sum(pool.noticed for pool in reading),
            pool_timeouts_total=sum(pool.timed_out for pool in pools),
            read_waits=tuple(
                sum(each) for each in zip(*(pool.waits.counts for pool in reading), strict=True)
            ),
            write_waits=tuple(self._writer.waits.counts),
            read_wait_s=sum(pool.waits.sum_s for pool in reading),
            write_wait_s=self._writer.waits.sum_s,
            longest_wait_s=max(pool.longest_wait_s for pool in pools),
        )

    async def close(self) -> None:
        """Close every connection."""
        for pool in (self._readers, self._replica, self._writer):
            if pool is not None:
                await pool.close()

    @contextmanager
    def _noting(self, use: Use) -> Iterator[None]:
        try:
            yield
        except Problem as problem:
            self.outage.failed(use, problem)
            raise
        self.outage.worked(use)

    async def _commit(self, work: Writing) -> None:
        try:
            with translated():
                counted = await change_counters.count(
                    work.session, work.topics, can_notify=not self.place.is_sqlite
                )
                began_mono = self._clock.mono_s()
                await work.session.commit()
                self.slow.note("COMMIT", self._clock.mono_s() - began_mono)
        finally:
            await self._writer.give_back(work.session)
        for topic, number in counted.items():
            self.heard(topic, number)

    def _reading_pool(self) -> Pool:
        if self._replica is None:
            return self._readers
        last_mono = max(_wrote_mono.get(), self._changed_mono)
        is_fresh = self._clock.mono_s() - last_mono < _REPLICA_LAG_S
        return self._readers if is_fresh else self._replica


def open_database(
    place: Place,
    *,
    clock: Clock,
    changes: Changes | None = None,
    readers: int = 5,
    wait_s: float = 5.0,
    slow_s: float = 0.1,
) -> Database:
    """Return the migrated database at `place`; nothing is connected yet.

    Whoever finds no free connection within `wait_s` is refused with Unavailable; statements that
    take `slow_s` are remembered.
    """
    slow = SlowStatements(clock=clock, threshold_s=slow_s)
    begin_writing = engines.begin_writing_file if place.is_sqlite else engines.begin_writing_server

    def reading(of: Place) -> Pool:
        engine = engines.reader_engine(of, readers=readers, wait_s=wait_s)
        slow.watch(engine.sync_engine)
        begin = engines.begin_reading
        return Pool(engine, begin=begin, size=readers, wait_s=wait_s, clock=clock)

    writing = engines.writer_engine(place, wait_s=wait_s)
    slow.watch(writing.sync_engine)
    database = Database(
        place,
        writer=Pool(
            writing,
            begin=begin_writing,
            size=1,
            wait_s=wait_s,
            clock=clock,
        ),
        readers=reading(place),
        replica=reading(Place(place.read_url)) if place.read_url else None,
        changes=changes or Changes(),
        slow=slow,
        clock=clock,
    )
    opened = _OPENED.format(readers)
    log.info(opened)
    return database
