"""Restores of this installation, by whoever is alone with it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

import pantau
from pantau.app.cameras import SECRET_FILE
from pantau.app.database import database_place
from pantau.app.folder_use import alone_in_folder, only_one_ends_restore
from pantau.audit.witness import FILE_NAME as WITNESS_FILE
from pantau.backups.carrying_out import carry_on, carry_out
from pantau.backups.making import Label
from pantau.backups.restoring import Hub, installation_id
from pantau.backups.rolling_back import carry_out_roll_back
from pantau.backups.snapshot import kept_tables
from pantau.backups.staging import Result, Staging
from pantau.cameras.configured import AREA_NUMBERS, CAMERA_NUMBERS
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Problem
from pantau.db.engines import plain_engine
from pantau.db.errors import translated_connecting
from pantau.db.place import Place
from pantau.migrations.revisions import STEPS, known_revisions
from pantau.migrations.stepping import take_steps
from pantau.migrations.upgrade import BACKUP_FOLDER, meet, step_aside, upgrade
from pantau.settings import Settings
from pantau.tables import ON_ROLL_BACK, metadata

_LEAVE_WITHIN_S: Final = 30.0
PLAIN_FILES: Final = (WITNESS_FILE, CAMERA_NUMBERS, AREA_NUMBERS)
_OTHERS: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pantau'"
    " AND datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of our tables, taken aside."""

    revisions: tuple[str, ...]

    async def make(self, file: Path, revision: str) -> None:
        """Make an empty database as it was at `revision`."""
        await step_aside(file, revision)

    async def upgrade(self, file: Path) -> None:
        """Bring it to what this Pantau needs."""
        await step_aside(file)

    async def make_on_server(self, connection: AsyncConnection, revision: str) -> None:
        """Make the tables of `revision` where there are none, in the transaction that is open."""
        await connection.run_sync(take_steps, STEPS, revision)


def hub_of(settings: Settings, clock: Clock) -> Hub:
    """Return what backups are made of and brought to; raises Invalid."""
    secret = settings.data_dir / SECRET_FILE
    return Hub(
        place=database_place(settings),
        data_dir=settings.data_dir,
        tables=kept_tables(metadata),
        plain_files=PLAIN_FILES,
        schema=Steps(tuple(known_revisions())),
        label=Label(
            app_version=pantau.__version__,
            hub=settings.site.name,
            installation=installation_id(secret.read_bytes()) if secret.exists() else "0" * 32,
        ),
        clock=clock,
    )


async def restore_now(settings: Settings, clock: Clock, *, within_s: float) -> Result:
    """Carry out what lies ready, alone; raises Conflict when somebody still uses the hub."""
    staging = Staging(settings.data_dir)
    async with alone_in_folder(settings.data_dir, clock, within_s=within_s):
        hub = hub_of(settings, clock)
        await check_alone_at(hub.place)
        await bring_up(hub, clock)
        return await carry_out(hub, staging)


async def roll_back_now(settings: Settings, clock: Clock, *, within_s: float) -> Result:
    """Go back to the wanted snapshot, alone; raises Conflict when somebody still uses the hub.

    The tables are taken as they are: whoever goes back may be of the older or the newer release.
    """
    staging = Staging(settings.data_dir)
    async with alone_in_folder(settings.data_dir, clock, within_s=within_s):
        hub = hub_of(settings, clock)
        await check_alone_at(hub.place)
        stored = (await meet(hub.place, clock=clock)).stored
        decisions = {name: decided.keep for name, decided in ON_ROLL_BACK.items()}
        return await carry_out_roll_back(hub, staging, decisions, stored=stored)


async def carry_out_wanted(settings: Settings, clock: Clock) -> Result:
    """Do what was decided, for a family that has just ended its processes.

    Says why it could not.
    """
    staging = Staging(settings.data_dir)
    wanted = staging.wanted()
    begin = restore_now if wanted is None or wanted.roll_back is None else roll_back_now
    try:
        return await begin(settings, clock, within_s=_LEAVE_WITHIN_S)
    except Problem as problem:
        if wanted is not None and not staging.is_committed:
            result = Result(
                token=wanted.token,
                ok=False,
                sentence=problem.sentence,
                finished_at=clock.now(),
            )
            await asyncio.to_thread(staging.put_result, result)
        raise


async def bring_up(hub: Hub, clock: Clock) -> None:
    """Bring the tables to today's, where there are any, as a start does."""
    if hub.place.file is None or hub.place.file.exists():
        await upgrade(hub.place, backups_dir=hub.data_dir / BACKUP_FOLDER, clock=clock)


async def carry_on_restore(settings: Settings, clock: Clock) -> None:
    """End a restore that was interrupted; whoever starts meanwhile waits."""
    staging = Staging(settings.data_dir)
    async with only_one_ends_restore(settings.data_dir, clock):
        await carry_on(hub_of(settings, clock), staging)


async def check_alone_at(place: Place) -> None:
    """Raise Conflict while Pantau on another machine uses the same PostgreSQL database."""
    if place.file is not None:
        return
    with translated_connecting():
        async with plain_engine(place).connect() as connection:
            others = int(await connection.scalar(_OTHERS) or 0)
    if others:
        raise Conflict(
            "backup.in_use",
            f"Another Pantau uses this database ({others} connections). Stop all of them first, "
            "on every machine.",
        )
