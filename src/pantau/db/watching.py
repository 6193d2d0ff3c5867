"""Hears what other processes changed, well within a second."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.db.change_counters import CHANNEL, COUNTED
from pantau.db.database import Database
from pantau.db.engines import plain_engine
from pantau.db.errors import translated_connecting, translated_driver

_LOOK_EVERY_S: Final = 0.25
"""A look at a SQLite file reads one number that the driver has in memory."""
_LISTEN_AT_MOST_S: Final = 5.0
"""A notification of PostgreSQL may be lost on its way through a connection pooler."""


class ChangeWatcher:
    """Tells the listeners of a database what others committed.  Run it as a supervised service."""

    def __init__(
        self, database: Database, *, clock: Clock, listen_at_most_s: float = _LISTEN_AT_MOST_S
    ) -> None:
        self._database = database
        self._clock = clock
        self._listen_at_most_s = listen_at_most_s

    async def begin(self) -> None:
        """Note where things stand: everything committed after this is told.

        Call it before the first read of what is kept in memory, and before `run`.
        """
        async with self._connected() as connection:
            for topic, counted in await self._counters(connection):
                self._database.changes.note(topic, counted)

    async def run(self) -> None:
        """Watch until cancelled; raises Unavailable when the database is lost."""
        try:
            with translated_driver(self._database.place):
                async with self._connected() as connection:
                    if self._database.place.is_sqlite:
                        await self._look(connection)
                    else:
                        await self._listen(connection)
        except Unavailable as problem:
            self._database.outage.failed("reading", problem)
            raise

    async def _look(self, connection: Any) -> None:
        before = None
        while True:
            # Moves with every commit of any other connection, and costs no look at a table.
            version = await connection.execute_fetchall("PRAGMA data_version")
            if version != before:
                before = version
                await self._catch_up(connection)
            await self._clock.sleep(_LOOK_EVERY_S)

    async def _listen(self, connection: Any) -> None:
        moved = asyncio.Event()

        def wake(*_: object) -> None:
            moved.set()

        await connection.add_listener(CHANNEL, wake)
        connection.add_termination_listener(wake)
        while True:
            moved.clear()
            await self._catch_up(connection)
            try:
                async with asyncio.timeout(self._listen_at_most_s):
                    await moved.wait()
            except TimeoutError:
                continue

    async def _catch_up(self, connection: Any) -> None:
        for topic, counted in await self._counters(connection):
            self._database.heard(topic, counted)

    async def _counters(self, connection: Any) -> Iterable[tuple[Any, int]]:
        if self._database.place.is_sqlite:
            rows = await connection.execute_fetchall(COUNTED)
        else:
            rows = await connection.fetch(COUNTED)
        return [(topic, counted) for topic, counted in rows]

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        """Give a connection of the driver itself: listening is not SQLAlchemy's business."""
        engine = plain_engine(self._database.place)
        with translated_connecting():
            connection = await engine.connect()
        try:
            yield (await connection.get_raw_connection()).driver_connection
        finally:
            await asyncio.shield(connection.close())
