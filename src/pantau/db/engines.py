"""Connections as Pantau wants them: who may write, how a transaction begins, how long to wait."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from pantau.db.place import Place

Begin: TypeAlias = Callable[[AsyncSession, int], Awaitable[None]]
"""Begins a transaction; waits so many milliseconds at most for writers of other processes."""

_WAIT_MS: Final = "pantau_wait_ms"
_ANSWER_S: Final = 60.0
"""After this a PostgreSQL server that took a statement counts as lost."""
_INTERRUPTIONS: Final = 250
_INTERRUPT_EVERY_S: Final = 0.02
_WRITER_LOCK: Final = 0x70616E746175
"""The advisory lock that makes PostgreSQL let one writer in at a time, as SQLite does."""


def reader_engine(place: Place, *, readers: int, wait_s: float) -> AsyncEngine:
    """Return connections that cannot write, and whose transactions see one state throughout."""
    if place.is_sqlite:
        return _sqlite(place, begin="BEGIN", pragmas="PRAGMA query_only=ON;", size=readers)
    return create_async_engine(
        place.url,
        isolation_level="REPEATABLE READ",
        connect_args=_postgresql_arguments(wait_s, default_transaction_read_only="on"),
        **_pool_arguments(readers),
        pool_pre_ping=True,
    )


def writer_engine(place: Place, *, wait_s: float) -> AsyncEngine:
    """Return the one connection that writes."""
    if place.is_sqlite:
        return _sqlite(place, begin="BEGIN IMMEDIATE", pragmas="", size=1)
    return create_async_engine(
        place.url,
        connect_args=_postgresql_arguments(wait_s),
        **_pool_arguments(1),
        pool_pre_ping=True,
    )


def plain_engine(place: Place) -> AsyncEngine:
    """Return connections outside of any pool and of any transaction: for looking after it."""
    if place.is_sqlite:
        engine = create_async_engine(
            place.url, poolclass=NullPool, connect_args={"isolation_level": None}
        )
        event.listen(engine.sync_engine, "connect", lambda raw, _: _prepare(raw, ""))
        return engine
    return create_async_engine(
        place.url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args=_postgresql_arguments(_ANSWER_S),
    )


def upgrading_engine(place: Place) -> AsyncEngine:
    """Return the connection that changes tables, in one transaction that keeps writers out.

    SQLite rebuilds a table by copying and dropping it, which foreign keys would forbid; whoever
    uses this checks them before the commit.
    """
    if place.is_sqlite:
        return _sqlite(place, begin="BEGIN IMMEDIATE", pragmas="PRAGMA foreign_keys=OFF;", size=1)
    arguments = _postgresql_arguments(_ANSWER_S)
    # A step over a large table takes what it takes.
    del arguments["command_timeout"]
    return create_async_engine(place.url, poolclass=NullPool, connect_args=arguments)


async def begin_reading(session: AsyncSession, wait_ms: int) -> None:  # noqa: ARG001 - see Begin
    """Begin a transaction that only reads."""
    await session.connection()


async def begin_writing_file(session: AsyncSession, wait_ms: int) -> None:
    """Begin the one transaction that may write to a SQLite file."""
    await session.connection(execution_options={_WAIT_MS: wait_ms})


async def begin_writing_server(session: AsyncSession, wait_ms: int) -> None:
    """Begin the one transaction that may write to a PostgreSQL server.

    One at a time is what SQLite gives by itself: whoever writes has read the newest state,
    whatever it read, and keeps it until the end.
    """
    await session.execute(
        text("SELECT set_config('lock_timeout', :ms, true), pg_advisory_xact_lock(:lock)"),
        {"ms": str(max(1, wait_ms)), "lock": _WRITER_LOCK},
    )


def _sqlite(place: Place, *, begin: str, pragmas: str, size: int) -> AsyncEngine:
    # Only now: it loads the driver, which who has a server does without.
    from pantau.db.driver_threads import DriverThreads  # noqa: PLC0415

    # The driver begins transactions late and by itself unless it is told to leave that alone.
    threads = DriverThreads()
    arguments = {"isolation_level": None, "async_creator_fn": threads.connect}
    engine = create_async_engine(place.url, connect_args=arguments, **_pool_arguments(size))

    def on_begin(connection: Connection) -> None:
        wait_ms = connection.get_execution_options().get(_WAIT_MS)
        if wait_ms is not None:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(wait_ms)}")
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", lambda raw, _: _prepare(raw, pragmas))
    event.listen(engine.sync_engine, "begin", on_begin)
    event.listen(engine.sync_engine.pool, "invalidate", _interrupt)
    event.listen(engine.sync_engine, "engine_disposed", threads.ended)
    return engine


def _prepare(raw: Any, pragmas: str) -> None:
    script = (
        "PRAGMA busy_timeout=5000;"
        "PRAGMA journal_mode=WAL;"
        "PRAGMA synchronous=NORMAL;"
        "PRAGMA foreign_keys=ON;" + pragmas
    )
    raw.run_async(lambda connection: connection.executescript(script))


def _interrupt(raw: Any, _record: object, _error: object) -> None:
    # A request that was cancelled leaves its statement running in the driver's thread, and closing
    # waits for that thread.
    raw.run_async(_end_statement)


async def _end_statement(connection: Any) -> None:
    ended = asyncio.shield(_roll_back(connection))
    # Again and again: an interruption that comes before the thread has begun is none.
    for _ in range(_INTERRUPTIONS):
        await connection.interrupt()
        await asyncio.wait([ended], timeout=_INTERRUPT_EVERY_S)
        if ended.done():
            return


async def _roll_back(connection: Any) -> None:
    with contextlib.suppress(sqlite3.Error):
        await connection.rollback()


def _pool_arguments(size: int) -> dict[str, Any]:
    # The gate before the pool lets no more in than there are connections: nobody waits here.
    return {"pool_size": size, "max_overflow": 0, "pool_timeout": 1.0}


def _postgresql_arguments(wait_s: float, **server_settings: str) -> dict[str, Any]:
    return {
        "timeout": wait_s,
        "command_timeout": _ANSWER_S,
        "server_settings": {"application_name": "pantau", **server_settings},
    }
