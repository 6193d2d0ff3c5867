"""Units of work: `read()` cannot write, `write()` commits once and then tells what changed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from pantau.core.clock import Clock
from pantau.db.changes import Changes, Topic
from pantau.db.place import Place

_BUSY_MS: Final = 5000


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
    """One writer and a pool of readers.  Loop only."""

    def __init__(self, *, reader: AsyncEngine, writer: AsyncEngine, changes: Changes) -> None:
        self._reader = reader
        self._writer = writer
        self._readings = async_sessionmaker(reader, expire_on_commit=False)
        self._writings = async_sessionmaker(writer, expire_on_commit=False)
        self.changes: Final = changes

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reading]:
        """Give a unit of work that sees everything committed before it began."""
        async with self._readings() as session:
            yield Reading(session)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writing]:
        """Give the one writer; keep the block short and wait for nothing else inside it."""
        async with self._writings() as session, session.begin():
            writing = Writing(session)
            yield writing
        for topic in sorted(writing.topics):
            self.changes.tell(topic)

    async def close(self) -> None:
        """Close every connection."""
        await self._reader.dispose()
        await self._writer.dispose()


def open_database(
    place: Place,
    *,
    clock: Clock,
    changes: Changes | None = None,
    readers: int = 5,
    wait_s: float = 5.0,
) -> Database:
    """Return the database at `place`; nothing is connected yet.

    Whoever finds no free connection within `wait_s` is refused with Unavailable.
    """
    reader = create_async_engine(place.url, pool_size=readers, max_overflow=0, pool_timeout=wait_s)
    writer = create_async_engine(place.url, pool_size=1, max_overflow=0, pool_timeout=wait_s)
    if place.is_sqlite:
        event.listen(reader.sync_engine, "connect", lambda raw, _: _prepare(raw, read_only=True))
        event.listen(writer.sync_engine, "connect", lambda raw, _: _prepare(raw, read_only=False))
    return Database(reader=reader, writer=writer, changes=changes or Changes())


def _prepare(raw: Any, *, read_only: bool) -> None:
    cursor = raw.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    if read_only:
        cursor.execute("PRAGMA query_only=ON")
    cursor.close()
