"""Hubs with something of everything in them, and what is compared of two of them."""

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Table,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.types import TypeDecorator

from pantau.accounts.models import SessionRow, UserRow
from pantau.audit.actors import CONSOLE
from pantau.audit.chain import ChainKey
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.audit.verification import ChainReport, Verifier
from pantau.audit.witness import FILE_NAME, Witness
from pantau.backups.carrying_out import carry_out, told_of
from pantau.backups.making import Label, Made, make_archive, read_parts
from pantau.backups.people import People
from pantau.backups.protection import Lock, Unlock
from pantau.backups.restoring import SECRET_FILES, Hub, Preview, installation_id, prepare
from pantau.backups.snapshot import kept_tables, snapshot_of
from pantau.backups.staging import Result, Staging, Wanted
from pantau.cameras.models import CameraSource
from pantau.cameras.repository import insert_cameras
from pantau.cameras.stored import StoredCamera
from pantau.core.sealing import Sealer, keyring
from pantau.core.signing import derive_key, installation_secret
from pantau.db.database import Database
from pantau.db.place import Place
from pantau.migrations.revisions import STEPS, known_revisions
from pantau.migrations.stepping import take_steps
from pantau.migrations.upgrade import step_aside
from pantau.tables import metadata
from tests.support.cameras import camera
from tests.support.clock import START, HandWoundClock
from tests.support.database import opened

CHEAP = 4
"""What trying a passphrase costs in tests of other things."""
LOCK = Lock(passphrase="a long passphrase", work=CHEAP)
UNLOCK = Unlock(passphrase="a long passphrase")
SOURCE = "rtsp://admin:geheim@10.0.0.1/"
DIFFICULT: dict[type, Any] = {
    Boolean: True,
    DateTime: datetime(2026, 3, 29, 1, 59, 59, 123456, UTC) + timedelta(hours=7),
    Date: date(2026, 3, 29),
    JSON: {"é": [1, None, "\u2028"]},
    LargeBinary: bytes(range(256)),
    Float: 0.1 + 0.2,
    Integer: 1,
}
_SKIPPED = {"audit_entries", "audit_head", "change_counters", "users", "cameras"}


@dataclass(frozen=True)
class CopiedTables:
    """The steps of this Pantau; the newest is copied from one that was taken already."""

    template: Path
    revisions: tuple[str, ...] = tuple(known_revisions())

    async def make(self, file: Path, revision: str) -> None:
        if revision == self.revisions[-1]:
            shutil.copy(self.template, file)
        else:
            await step_aside(file, revision)

    async def upgrade(self, file: Path) -> None:
        await step_aside(file)

    async def make_on_server(self, connection: AsyncConnection, revision: str) -> None:
        await connection.run_sync(take_steps, STEPS, revision)


@dataclass
class FullHub:
    """One installation: a database, a data folder, and what backups need to know of both."""

    place: Place
    data_dir: Path
    template: Path
    tables: tuple[Table, ...] = kept_tables(metadata)

    def __post_init__(self) -> None:
        self.clock = HandWoundClock()
        self.data_dir.mkdir(exist_ok=True)
        self.secret = installation_secret(self.data_dir / "secret.key")
        self.sealer = Sealer(keyring(self.data_dir / "sealing.keys"))

    @property
    def hub(self) -> Hub:
        secret = (self.data_dir / "secret.key").read_bytes()
        return Hub(
            place=self.place,
            data_dir=self.data_dir,
            tables=self.tables,
            plain_files=(FILE_NAME,),
            schema=CopiedTables(self.template),
            label=Label(app_version="1", hub="Tirtasari", installation=installation_id(secret)),
            clock=self.clock,
        )

    @property
    def staging(self) -> Staging:
        return Staging(self.data_dir)

    async def fill(self) -> None:
        """Put a row into every table, and some entries into the trail."""
        async with opened(self.place) as database:
            await self._fill(database)

    async def _fill(self, database: Database) -> None:
        trail = AuditTrail(database, key=self.audit_key, clock=self.clock)
        async with database.write() as work:
            for number in (1, 2):
                work.session.add(person(number))
            await work.session.flush()
            stored = StoredCamera(
                camera=camera(3, source=CameraSource(SOURCE)), created_at=START, updated_at=START
            )
            await insert_cameras(work, [stored], sealer=self.sealer)
            await self._more_rows(work.session)
            for number in range(3):
                await trail.record(work, CONSOLE, Action.LOGIN, target=f"user {number}")

    async def _more_rows(self, session: Any) -> None:
        for table in kept_tables(metadata):
            if table.name not in _SKIPPED:
                await session.execute(table.insert().values(row_for(table)))
        # Somebody is signed in.
        await session.execute(update(SessionRow).values(ended_at=None))

    @property
    def audit_key(self) -> bytes:
        return derive_key((self.data_dir / "secret.key").read_bytes(), "audit")

    async def back_up(self, target: Path, lock: Lock = LOCK) -> Made:
        async with snapshot_of(self.place, self.hub.tables) as snapshot:
            return await make_archive(
                snapshot,
                target,
                label=self.hub.label,
                parts=lambda: read_parts(
                    self.data_dir,
                    plain=(FILE_NAME,),
                    secret=SECRET_FILES,
                    with_secrets=lock.kind != "none",
                ),
                lock=lock,
                now=self.clock.now(),
            )

    async def prepare(self, file: Path, unlock: Unlock = UNLOCK) -> Preview:
        with self.staging.alone():
            return await prepare(self.hub, self.staging, file, unlock)

    async def restore(
        self, file: Path, unlock: Unlock = UNLOCK, *, people: People = "keep"
    ) -> Result:
        preview = await self.prepare(file, unlock)
        self.decide(preview, people)
        return await self.carry_out()

    async def carry_out(self) -> Result:
        return await carry_out(self.hub, self.staging)

    def decide(self, preview: Preview, people: People = "keep") -> None:
        self.staging.put_wanted(
            Wanted(token=preview.prepared.token, people=people, actor=told_of(CONSOLE))
        )

    async def verify(self) -> ChainReport:
        async with opened(self.place) as database:
            witness = Witness(self.data_dir / FILE_NAME, ChainKey(self.audit_key))
            return await Verifier(database, key=self.audit_key, witness=witness).verify()

    async def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all rows of all tables, comparable between databases."""
        engine = create_async_engine(self.place.url)
        found = {}
        async with engine.connect() as connection:
            for table in kept_tables(metadata):
                keys = list(table.primary_key.columns)
                rows = await connection.execute(select(table).order_by(*keys))
                found[table.name] = [tuple(row) for row in rows]
        await engine.dispose()
        return found


def person(number: int, *, name: str = "", role: str = "admin", password: str = "") -> UserRow:
    return UserRow(
        id=number,
        username=name or f"Orang-{number}",
        password_hash=password or f"$argon2id${number}",
        role=role,
        created_at=START,
    )


def row_for(table: Table) -> dict[str, Any]:
    """Return a row with something difficult in every column."""
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.info.get("sealed"):
            values[column.name] = None if column.nullable else ""
            continue
        if column.foreign_keys:
            target = next(iter(column.foreign_keys)).column
            values[column.name] = {"users": 1, "cameras": 3}.get(target.table.name, 1)
            continue
        values[column.name] = _value(column)
    return values


def _value(column: Any) -> Any:
    type_ = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    for kind, value in DIFFICULT.items():
        if isinstance(type_, kind):
            return value
    checks = [str(rule.sqltext) for rule in column.table.constraints if hasattr(rule, "sqltext")]
    for check in checks:
        if check.startswith(f"{column.name} IN ("):
            return check.split("'")[1]
    length = getattr(type_, "length", None) or 60
    return "Ünï “x” \u2603 \t\n'\";--\\ 😀"[: min(length, 24)]
