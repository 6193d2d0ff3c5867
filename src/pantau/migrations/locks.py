"""One process at a time changes tables; the others wait and find the work done."""

import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pantau.core.clock import Clock
from pantau.core.errors import Unavailable

_TRY_EVERY_S: Final = 0.05
_WAIT_S: Final = 120.0
"""Longer than any upgrade of a hub's database should take."""
_ADVISORY_LOCK: Final = 0x70616E7461


@asynccontextmanager
async def file_lock(database: Path, *, shared: bool, clock: Clock) -> AsyncIterator[None]:
    """Hold the lock beside a SQLite file: shared to look at it, alone to change its tables."""
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        opened = os.open(f"{database}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Unavailable(
            "database.unwritable",
            f"The database needs to write in {database.parent}: {error.strerror}. Give this user "
            "the folder, or choose another with PANTAU_DATA_DIR.",
        ) from error

    async def attempt() -> bool:
        try:
            fcntl.flock(opened, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    try:
        await _until(attempt, clock)
        yield
    finally:
        os.close(opened)


@asynccontextmanager
async def server_lock(connection: AsyncConnection, *, clock: Clock) -> AsyncIterator[None]:
    """Hold the lock in a PostgreSQL server, as long as `connection` lives at most."""
    key = {"key": _ADVISORY_LOCK}

    async def attempt() -> bool:
        asked = await connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key)
        return bool(asked.scalar_one())

    await _until(attempt, clock)
    try:
        yield
    finally:
        await connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)


async def _until(attempt: Callable[[], Awaitable[bool]], clock: Clock) -> None:
    deadline_mono = clock.mono_s() + _WAIT_S
    while not await attempt():
        if clock.mono_s() > deadline_mono:
            raise Unavailable(
                "database.locked",
                "Another Pantau has been changing the tables of this database for too long. "
                "Find out what it waits for, or end it; then start this one again.",
            )
        await clock.sleep(_TRY_EVERY_S)
