"""What `pantau doctor` measures in the database and the data folder; it changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnExpressionArgument, func, select, text

from pantau.app.cameras import SECRET_FILE
from pantau.app.database import database_place
from pantau.app.foundation import SEALING_FILE
from pantau.audit.trail import AuditTrail
from pantau.backups.models import Run
from pantau.backups.service import Backups
from pantau.cameras.rows import CameraRow
from pantau.core.clock import SystemClock
from pantau.core.errors import Problem
from pantau.core.key_file import KeyFileError, read_keys
from pantau.core.sealing import Sealer
from pantau.core.signing import derive_key, installation_secret
from pantau.db.database import Database, open_database
from pantau.db.engines import plain_engine
from pantau.db.errors import translated_connecting
from pantau.db.examining import damage
from pantau.db.place import FILE_NAME
from pantau.db.sealed_columns import prefixes_in, sealed_columns
from pantau.migrations.upgrade import read_standing
from pantau.operations.doctor import Finding, databases, fine, wrong
from pantau.operations.doctor.clocks import check_second_clock
from pantau.settings import Settings
from pantau.tables import metadata

_PROCESSES: Final = 3
"""Web, worker, and one more while one replaces another."""
_NOT_YET: Final = "not looked at: Pantau has not run here with this version yet"
_FIRST: Final = "Repair the database first: pantau database check."


def moments_of_files(settings: Settings, package: Path) -> Mapping[str, datetime]:
    """Return when what must lie in the past was written, by what it is."""
    files = {
        "this program": package / "__init__.py",
        "the database": settings.data_dir / FILE_NAME,
        "the database's log": settings.data_dir / f"{FILE_NAME}-wal",
        "the witness of the audit trail": settings.data_dir / "audit.witness",
    }
    return {
        what: datetime.fromtimestamp(file.stat().st_mtime, UTC)
        for what, file in files.items()
        if file.exists()
    }


def look_at_database(settings: Settings) -> Finding:
    """Say whether the database answers and is sound; reads all of it."""

    async def steps() -> tuple[str | None, str]:
        standing = await read_standing(database_place(settings), clock=SystemClock())
        return standing.stored, standing.newest

    return databases.check_database(
        "PostgreSQL" if settings.database.url else FILE_NAME,
        steps=lambda: asyncio.run(steps()),
        damage=lambda: asyncio.run(damage(database_place(settings))),
    )


async def look_at_server(settings: Settings) -> list[Finding]:
    """Say how a PostgreSQL server fits, and whether its clock agrees."""
    clock = SystemClock()
    try:
        with translated_connecting():
            async with plain_engine(database_place(settings)).connect() as connection:
                row = (await connection.execute(text(_FACTS))).one()
                now = clock.now()
    except Problem as problem:
        return [wrong("database server", problem.sentence, "docs/guide/database.md tells more.")]
    facts = databases.ServerFacts(
        version=int(row.version) // 10_000,
        most_connections=int(row.most) - int(row.reserved),
        used_connections=int(row.used),
        now=row.now,
    )
    needed = _PROCESSES * (settings.database.readers + 2)
    return [
        databases.check_server(facts, needed=needed),
        check_second_clock(now, facts.now, whose="the database server's clock"),
    ]


_FACTS: Final = """
SELECT current_setting('server_version_num') AS version,
       current_setting('max_connections') AS most,
       current_setting('superuser_reserved_connections') AS reserved,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
       clock_timestamp() AS now
"""


async def number_of_cameras(settings: Settings) -> int:
    """Return how many cameras the hub has: those of the settings until the database answers."""
    # What the settings have more joins at the next start.
    return max(await _counted(settings), len(settings.cameras))


async def number_of_recorded_cameras(settings: Settings) -> int:
    """Return how many cameras are to be recorded; 0 until the database answers."""
    return await _counted(settings, CameraRow.enable_recording, CameraRow.enabled)


async def _counted(settings: Settings, *wanted: ColumnExpressionArgument[bool]) -> int:
    try:
        async with _reading(settings) as database:
            if database is None:
                return 0
            async with database.read() as work:
                query = select(func.count(CameraRow.id)).where(CameraRow.removed_at.is_(None))
                return await work.session.scalar(query.where(*wanted)) or 0
    except Problem:
        # Of a database that does not answer the check of databases tells.
        return 0


async def look_at_keys(settings: Settings) -> Finding:
    """Say whether the keys of the data folder open what the database holds."""
    file = settings.data_dir / SEALING_FILE
    try:
        known = {key.id for key in read_keys(file).keys} if file.exists() else set()
    except KeyFileError as error:
        return wrong("keys", str(error), "docs/guide/secrets.md tells how to get them back.")
    try:
        async with _reading(settings) as database:
            if database is None:
                return fine("keys", _NOT_YET)
            return databases.check_keys(known, await _used_keys(database))
    except Problem as problem:
        return wrong("keys", f"cannot be compared: {problem.sentence}", _FIRST)


async def _used_keys(database: Database) -> set[str]:
    async with database.read() as work:
        prefixes = [
            prefix
            for column in sealed_columns(metadata)
            for prefix in await prefixes_in(work, column)
        ]
    # A prefix is `v1.<key>.`: as long as needed to tell the key, not to tell a secret.
    return {prefix.split(".")[1] for prefix in prefixes if prefix.count(".") == 2}


async def look_at_backups(settings: Settings) -> Finding:
    """Say how old the newest backup is, and where it is."""
    clock = SystemClock()
    try:
        async with _reading(settings) as database:
            if database is None:
                return fine("backup", _NOT_YET)
            service = _backups(settings, database, clock)
            state = await service.state()
            done = [run for run in await service.runs() if run.state == "done"]
    except (Problem, KeyFileError) as problem:
        return wrong("backup", f"nobody can tell: {problem}", _FIRST)
    newest = max(done, key=lambda run: run.finished_at or run.asked_at, default=None)
    facts = databases.BackupFacts(
        is_planned=state.enabled,
        is_overdue=state.is_overdue,
        last_success_at=(newest.finished_at or newest.asked_at) if newest else None,
        last_problem=state.last_problem,
        places=_places(newest),
        beyond=_is_beyond(newest, settings.data_dir),
    )
    return databases.check_backup(facts, clock.now())


def _backups(settings: Settings, database: Database, clock: SystemClock) -> Backups:
    key = derive_key(installation_secret(settings.data_dir / SECRET_FILE), "audit")
    return Backups(
        database,
        sealer=Sealer(read_keys(settings.data_dir / SEALING_FILE)),
        trail=AuditTrail(database, key=key, clock=clock),
        clock=clock,
        folder=settings.data_dir / "backups",
    )


def _places(run: Run | None) -> tuple[str, ...]:
    if run is None:
        return ()
    brought = tuple(each.place for each in run.deliveries if not each.problem)
    return brought or (run.folder,)


def _is_beyond(run: Run | None, data_dir: Path) -> bool:
    if run is None:
        return False
    if any(each.to != "directory" and not each.problem for each in run.deliveries):
        return True
    folder = Path(run.folder)
    return folder.exists() and folder.stat().st_dev != data_dir.stat().st_dev


@asynccontextmanager
async def _reading(settings: Settings) -> AsyncIterator[Database | None]:
    """Open the database as it is; None where it lacks steps, for it is not upgraded by looking."""
    clock = SystemClock()
    place = database_place(settings)
    standing = await read_standing(place, clock=clock)
    if standing.stored is None or standing.lacks_steps:
        yield None
        return
    database = open_database(place, clock=clock, readers=1)
    try:
        yield database
    finally:
        await database.close()
