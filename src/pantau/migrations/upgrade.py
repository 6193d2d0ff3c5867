"""Brings a database to today's tables: under a lock, after a backup, in one transaction."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.db.copying import copy_file
from pantau.db.engines import plain_engine, upgrading_engine
from pantau.db.errors import translated_connecting
from pantau.db.place import Place, sqlite_place
from pantau.migrations.locks import file_lock, server_lock
from pantau.migrations.revisions import STEPS, Standing, standing_of

log = structlog.get_logger()

BACKUP_FOLDER: Final = "backups"
_MOST_BACKUPS: Final = 5


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
    if standing.is_newest:
        return Upgrade(standing.stored, standing.newest)
    async with _alone(place, clock) as connection:
        standing = await standing_of(connection, steps)
        if standing.is_newest:
            return Upgrade(standing.stored, standing.newest)
        backup = None
        if place.is_sqlite and standing.stored is not None:
            at = clock.now().strftime("%Y%m%dT%H%M%SZ")
            backup = backups_dir / f"before-{standing.newest}-{at}.db"
            await _back_up(connection, backup)
        await _take_steps(place, standing, steps)
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


async def step_aside(file: Path, revision: str = "head", *, steps: Path = STEPS) -> None:
    """Bring a SQLite file that nobody uses, and that may be missing, up to `revision`."""
    engine = upgrading_engine(sqlite_place(file))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_run_alembic, steps, revision)
            await _check_references(connection)
    finally:
        await engine.dispose()


@asynccontextmanager
async def _alone(place: Place, clock: Clock) -> AsyncIterator[AsyncConnection]:
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
        old.unlink(missing_ok=True)


async def _take_steps(place: Place, standing: Standing, steps: Path) -> None:
    engine = upgrading_engine(place)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_run_alembic, steps)
            if place.is_sqlite:
                await _check_references(connection)
    except SQLAlchemyError as error:
        raise Unavailable(
            "database.upgrade_failed",
            f"The upgrade of the database from step {standing.stored or 'nothing'} to "
            f"{standing.newest} failed, and changed nothing: {getattr(error, 'orig', error)}",
        ) from error
    finally:
        await engine.dispose()


def _run_alembic(connection: Connection, steps: Path, revision: str = "head") -> None:
    # Loading it takes longer than everything else that a start does with the database.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(steps).replace("%", "%%"))
    command.upgrade(config, revision)


async def _check_references(connection: AsyncConnection) -> None:
    broken = (await connection.execute(text("PRAGMA foreign_key_check"))).first()
    if broken is not None:
        raise Unavailable(
            "database.upgrade_failed",
            f"The upgrade would leave a row of {broken[0]} without the row of {broken[2]} that it "
            "belongs to, so nothing was changed. Report this.",
        )
