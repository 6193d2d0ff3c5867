"""Takes the steps to today's tables on a copy, and says what came of it; the hub runs meanwhile."""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from pantau.core.clock import Clock
from pantau.core.errors import Exhausted, Unavailable
from pantau.core.passing_folder import passing_folder
from pantau.db.copying import copy_file
from pantau.db.engines import plain_engine, upgrading_engine
from pantau.db.errors import translated_connecting
from pantau.db.place import Place, sqlite_place
from pantau.migrations.revisions import STEPS, Standing, known_revisions
from pantau.migrations.server_copy import copied_tables, size_of_tables
from pantau.migrations.shapes import Shape, shape_of, what_breaks
from pantau.migrations.stepping import check_references, oldest_release_of, take_steps
from pantau.migrations.upgrade import alone_at, read_standing

PREFIX: Final = "rehearsal-"
_TIMES: Final = 2
"""A copy, and as much again for a step that builds its largest table anew."""
_SPARE_BYTES: Final = 8 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What an upgrade would do."""

    before: str | None
    """The step of the database; None: it has no tables."""
    after: str
    steps: tuple[str, ...]
    """The steps that would be taken, in order; none: there is nothing to do."""
    seconds: float
    """How long they took on the copy, without the copying."""
    copied_bytes: int
    oldest_release: str
    """The oldest step whose release could use the database afterwards."""
    breaks: tuple[str, ...]
    """Why the release that uses the database today could not go on, as sentences."""

    @property
    def previous_goes_on(self) -> bool:
        """Tell whether the release of today works with the database afterwards."""
        return not self.breaks


@dataclass(frozen=True, slots=True)
class _Taken:
    before: Shape
    after: Shape
    seconds: float
    copied_bytes: int


async def rehearse(
    place: Place, *, scratch_dir: Path, clock: Clock, steps: Path = STEPS
) -> Rehearsal:
    """Take the steps that the database at `place` lacks on a copy of it, and forget the copy.

    A SQLite file is copied into the folder `scratch_dir`; the tables of a PostgreSQL server are
    copied beside themselves, in one transaction that is rolled back.  Nobody waits for either, and
    nothing is left behind.  Raises Exhausted where there is no room, and Unavailable with why a
    step failed.
    """
    standing = await read_standing(place, clock=clock, steps=steps)
    if not standing.lacks_steps:
        return _nothing_to_do(standing, steps)
    try:
        if place.file is None:
            taken = await _on_server(place, standing, steps, clock)
        else:
            taken = await _on_file(place.file, standing, steps, clock, scratch_dir)
    except SQLAlchemyError as error:
        raise Unavailable(
            "database.rehearsal_failed",
            f"The upgrade from step {standing.stored or 'nothing'} to {standing.newest} would "
            f"fail: {getattr(error, 'orig', error)}. Nothing was changed.",
        ) from error
    oldest = oldest_release_of(steps)
    known = known_revisions(steps)
    return Rehearsal(
        before=standing.stored,
        after=standing.newest,
        steps=tuple(step for step in known if step > (standing.stored or "")),
        seconds=taken.seconds,
        copied_bytes=taken.copied_bytes,
        oldest_release=oldest,
        breaks=_breaks(standing.stored, oldest, taken),
    )


def _breaks(stored: str | None, oldest: str, taken: _Taken) -> tuple[str, ...]:
    if stored is None:
        return ()
    found = what_breaks(taken.before, taken.after)
    if stored >= oldest:
        return found
    said = f"A step says that only releases from step {oldest} on understand the tables."
    return (said, *found)


def _nothing_to_do(standing: Standing, steps: Path) -> Rehearsal:
    return Rehearsal(
        before=standing.stored,
        after=standing.stored or standing.newest,
        steps=(),
        seconds=0.0,
        copied_bytes=0,
        oldest_release=oldest_release_of(steps),
        breaks=(),
    )


async def _on_file(
    file: Path, standing: Standing, steps: Path, clock: Clock, scratch_dir: Path
) -> _Taken:
    needed = await asyncio.to_thread(check_room, file, scratch_dir)
    async with passing_folder(scratch_dir, prefix=PREFIX) as folder:
        copy = folder / "pantau.db"
        if standing.stored is not None:
            with translated_connecting():
                async with plain_engine(sqlite_place(file)).connect() as connection:
                    await copy_file(connection, copy)
        engine = upgrading_engine(sqlite_place(copy))
        try:
            async with engine.begin() as connection:
                taken = await connection.run_sync(_taken, steps, clock, needed)
                await check_references(connection)
        finally:
            await engine.dispose()
    return taken


def check_room(file: Path, folder: Path) -> int:
    """Return how large the database in `file` is; raises Exhausted; blocks."""
    parts = (file, file.with_name(file.name + "-wal"))
    size_bytes = sum(part.stat().st_size for part in parts if part.exists())
    needed_bytes = _TIMES * size_bytes + _SPARE_BYTES
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise Exhausted(
            "database.no_room",
            f"A copy of the database needs {needed_bytes / 2**20:.0f} MiB in {folder}, and "
            f"{free_bytes / 2**20:.0f} MiB are free. Make room there.",
        )
    return size_bytes


async def _on_server(place: Place, standing: Standing, steps: Path, clock: Clock) -> _Taken:
    engine = upgrading_engine(place)
    try:
        # A real upgrade would wait for the tables that are read here, and everybody for it.
        async with alone_at(place, clock):
            with translated_connecting():
                connection = await engine.connect()
            try:
                return await _in_passing(connection, standing, steps, clock)
            finally:
                await connection.rollback()
                await connection.close()
    finally:
        await engine.dispose()


async def _in_passing(
    connection: AsyncConnection, standing: Standing, steps: Path, clock: Clock
) -> _Taken:
    await connection.execution_options(isolation_level="REPEATABLE READ")
    size_bytes = await connection.run_sync(size_of_tables)
    await connection.run_sync(copied_tables, steps, standing.stored)
    return await connection.run_sync(_taken, steps, clock, size_bytes)


def _taken(connection: Connection, steps: Path, clock: Clock, size_bytes: int) -> _Taken:
    before = shape_of(connection)
    began_mono = clock.mono_s()
    take_steps(connection, steps)
    seconds = clock.mono_s() - began_mono
    return _Taken(before, shape_of(connection), seconds, size_bytes)
