"""Brings a database to today's tables: under a lock, after a backup, in one transaction."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from pantau.core.clock import Clock
from pantau.core.errors import NotFound, Unavailable
from pantau.db.copying import copy_file
from pantau.db.engines import plain_engine, upgrading_engine
from pantau.db.errors import BUSY, translated, translated_connecting
from pantau.db.place import Place, sqlite_place
from pantau.db.reach import Reach, reach_of
from pantau.migrations.locks import file_lock, server_lock
from pantau.migrations.revisions import STEPS, Standing, standing_of, stored_step
from pantau.migrations.stepping import check_references, take_steps

log = structlog.get_logger()

BACKUP_FOLDER: Final = "backups"
_MOST_BACKUPS: Final = 5
_LOCK_MS: Final = 3000
_ATTEMPTS: Final = 30
_AGAIN_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was done; `before` is None for a database that had no tables."""

    before: str | None
    after: str
    backup: Path | None = None

    @property
    def did_nothing(self) -> bool:
        """Tell whether the tables were today's already."""
        return self.before == self.after


async def upgrade(place: Place, *, backups_dir: Path, clock: Clock, steps: Path = STEPS) -> Upgrade:
    """Make the database if there is none, and take the steps that it lacks: all or none.

    A SQLite file is first copied to `backups_dir`.  Several processes may do this at once: one
    does, the others wait.  Raises Unavailable when it fails, when the database is away, or
    when that is one of a newer Pantau.
    """
    standing = await read_standing(place, clock=clock, steps=steps)
    if not standing.lacks_steps:
        return _nothing_done(standing)
    async with alone_at(place, clock) as connection:
        standing = await standing_of(connection, steps)
        if not standing.lacks_steps:
            return _nothing_done(standing)
        backup = None
        if place.is_sqlite and standing.stored is not None:
            at = clock.now().strftime("%Y%m%dT%H%M%SZ")
            backup = backups_dir / f"before-{standing.newest}-{at}.db"
            await _back_up(connection, backup)
        await _take_steps(place, standing, steps, clock)
    log.info("database_upgraded", before=standing.stored, after=standing.newest, backup=backup)
    return Upgrade(standing.stored, standing.newest, backup)


async def read_standing(place: Place, *, clock: Clock, steps: Path = STEPS) -> Standing:
    """Return how far the database is, without making one.

    Raises Unavailable when it is away, or that of a newer Pantau.
    """
    if place.file is None:
        async with _connected(place) as connection:
            return await standing_of(connection, steps)
    if not place.file.exists():
        return Standing.of_nothing(steps)
    async with file_lock(place.file, shared=True, clock=clock), _connected(place) as connection:
        return await standing_of(connection, steps)


@dataclass(frozen=True, slots=True)
class Meeting:
    """How a database is met by whoever may be of an older or of a newer release."""

    stored: str
    reach: Reach | None

    def lets(self, step: str) -> bool:
        """Tell whether the release that came with `step` can use the database as it is."""
        if self.stored <= step:
            return True
        return self.reach is not None and self.reach.oldest_release <= step


async def meet(place: Place, *, clock: Clock) -> Meeting:
    """Return how far a database is, also one that this Pantau does not understand.

    Raises NotFound where there is none, and Unavailable when it is away.
    """
    if place.file is not None and not place.file.exists():
        raise NotFound("database.none", f"There is no database yet: {place.file} is missing.")
    async with alone_at(place, clock) as connection:
        stored = await stored_step(connection)
        if stored is None:
            raise NotFound("database.none", "There is nothing in the database yet.")
        return Meeting(stored, await reach_of(connection))


async def step_aside(file: Path, revision: str = "head", *, steps: Path = STEPS) -> None:
    """Bring a SQLite file that nobody uses, and that may be missing, up to `revision`."""
    engine = upgrading_engine(sqlite_place(file))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(take_steps, steps, revision)
            await check_references(connection)
    finally:
        await engine.dispose()


@asynccontextmanager
async def alone_at(place: Place, clock: Clock) -> AsyncIterator[AsyncConnection]:
    """Give a connection while nobody else takes steps; makes a SQLite file that is missing."""
    if place.file is None:
        async with _connected(place) as connection, server_lock(connection, clock=clock):
            yield connection
        return
    async with file_lock(place.file, shared=False, clock=clock):
        # SQLite would make it readable for everybody, and its companions follow it.
        os.close(os.open(place.file, os.O_RDWR | os.O_CREAT, 0o600))
        async with _connected(place) as connection:
            yield connection


@asynccontextmanager
async def _connected(place: Place) -> AsyncIterator[AsyncConnection]:
    with translated_connecting():
        async with plain_engine(place).connect() as connection:
            yield connection


async def _back_up(connection: AsyncConnection, target: Path) -> None:
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        await copy_file(connection, target)
    except (OSError, SQLAlchemyError) as error:
        raise Unavailable(
            "database.no_backup",
            f"The backup before the upgrade could not be written to {target.parent}: "
            f"{getattr(error, 'orig', error)}. Nothing was changed; make room there first.",
        ) from error
    kept = sorted(target.parent.glob("before-*.db"), key=lambda file: file.stem.rpartition("-")[2])
    for old in kept[:-_MOST_BACKUPS]:
        # Not the one that was just made, also where somebody has set the clock back.
        if old != target:
            old.unlink(missing_ok=True)


def _nothing_done(standing: Standing) -> Upgrade:
    if standing.is_ahead:
        # Another release has been here, and its tables are ours with something added.
        log.info("database_ahead", step=standing.stored, ours=standing.newest)
    stored = standing.stored or standing.newest
    return Upgrade(stored, stored)


async def _take_steps(place: Place, standing: Standing, steps: Path, clock: Clock) -> None:
    for attempt in range(_ATTEMPTS):
        try:
            await _take_steps_once(place, steps)
        except SQLAlchemyError as error:
            if _is_held_up(error) and attempt + 1 < _ATTEMPTS:
                log.warning("database_upgrade_held_up", attempt=attempt + 1)
                await clock.sleep(_AGAIN_S)
                continue
            raise Unavailable(
                "database.upgrade_failed",
                f"The upgrade of the database from step {standing.stored or 'nothing'} to "
                f"{standing.newest} failed, and changed nothing: {getattr(error, 'orig', error)}",
            ) from error
        return


async def _take_steps_once(place: Place, steps: Path) -> None:
    engine = upgrading_engine(place)
    try:
        async with engine.begin() as connection:
            if not place.is_sqlite:
                # Whoever waits for a table keeps everybody waiting who comes after: rather again.
                await connection.execute(text(f"SET LOCAL lock_timeout = {_LOCK_MS}"))
            await connection.run_sync(take_steps, steps)
            if place.is_sqlite:
                await check_references(connection)
    finally:
        await engine.dispose()


def _is_held_up(error: SQLAlchemyError) -> bool:
    try:
        with translated():
            raise error
    except Unavailable as problem:
        return problem.code == BUSY
    except SQLAlchemyError:
        return False
