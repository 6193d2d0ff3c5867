"""Restores: an archive is looked at, its database built aside, and then put in place as a whole."""

import asyncio
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from pantau.audit.chain import ChainKey
from pantau.audit.verification import Verifier
from pantau.audit.witness import FILE_NAME as WITNESS
from pantau.audit.witness import Witness
from pantau.backups import scratch
from pantau.backups.making import Label
from pantau.backups.manifest import Manifest
from pantau.backups.people import Accounts, Differences, accounts_of, compare
from pantau.backups.protection import Unlock
from pantau.backups.reading import Archive, check_room, open_archive
from pantau.backups.snapshot import counting
from pantau.backups.staging import Prepared, Staging
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Invalid
from pantau.core.key_file import KeyFileError, read_keys
from pantau.core.signing import derive_key
from pantau.db.base import Base
from pantau.db.database import Database, Reading, open_database
from pantau.db.place import Place, sqlite_place
from pantau.db.sealed_columns import prefixes_in, sealed_columns

SECRET: Final = "secret.key"  # noqa: S105 - the name of a file
KEYS: Final = "sealing.keys"
SECRET_FILES: Final = (SECRET, KEYS)
_INSTALLATION: Final = "what backups call this installation"


class Schema(Protocol):
    """Makes databases of this Pantau and of earlier ones."""

    @property
    def revisions(self) -> tuple[str, ...]:
        """All steps in their order."""
        ...

    async def make(self, file: Path, revision: str) -> None:
        """Make an empty database as it was at `revision`."""
        ...

    async def upgrade(self, file: Path) -> None:
        """Bring it to what this Pantau needs."""
        ...

    async def make_on_server(self, connection: AsyncConnection, revision: str) -> None:
        """Make the tables of `revision` where there are none, in the transaction that is open."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """The installation that backups are made of and brought to."""

    place: Place
    data_dir: Path
    tables: tuple[Table, ...]
    plain_files: tuple[str, ...]
    """Of the data folder; keys are not among them."""
    schema: Schema
    label: Label
    clock: Clock

    @property
    def newest(self) -> str:
        """The step of `tables`."""
        return self.schema.revisions[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a restore would do."""

    prepared: Prepared
    people: Differences
    rows_here: tuple[tuple[str, int, int], ...]
    """Tables whose number of rows would change: name, here, there."""
    is_same_installation: bool
    is_older: bool
    unreadable_secrets: int
    trail: str
    """What is wrong with the audit trail in it; empty: it is whole."""


def installation_id(secret: bytes) -> str:
    """Return what backups call an installation; tells nothing about its secret."""
    return derive_key(secret, _INSTALLATION).hex()[:32]


async def prepare(hub: Hub, staging: Staging, file: Path, unlock: Unlock) -> Preview:
    """Look at `file` and make everything ready beside; nothing of the hub is changed.

    Call it in `staging.alone()`.  Raises Invalid and Exhausted with what is wrong.
    """
    await asyncio.to_thread(staging.clear)
    is_good = False
    try:
        archive = await asyncio.to_thread(open_archive, file, unlock, work=staging.folder)
        _check_revision(archive.manifest, hub.schema.revisions)
        free_bytes = (await asyncio.to_thread(shutil.disk_usage, staging.folder)).free
        check_room(archive, free_bytes)
        _check_keys(archive.manifest, hub.data_dir)
        await hub.schema.make(staging.database, archive.manifest.revision)
        await asyncio.to_thread(scratch.load, archive, staging.database)
        if archive.manifest.revision != hub.schema.revisions[-1]:
            await hub.schema.upgrade(staging.database)
        await asyncio.to_thread(_stage_files_in_thread, archive, staging, hub)
        prepared = Prepared(
            token=secrets.token_hex(16),
            manifest=archive.manifest,
            protection=archive.protection,
            prepared_at=hub.clock.now(),
            source=file.name[:500],
        )
        await asyncio.to_thread(staging.put_prepared, prepared)
        preview = await preview_of(hub, staging, prepared)
        is_good = True
        return preview
    finally:
        (staging.folder / "plain.tar").unlink(missing_ok=True)
        if not is_good:
            await asyncio.to_thread(staging.drop)


async def preview_of(hub: Hub, staging: Staging, prepared: Prepared) -> Preview:
    """Return what carrying out what lies ready would do now."""
    here, ours = await _here(hub)
    database = open_database(sqlite_place(staging.database), clock=hub.clock, readers=1)
    try:
        async with database.read() as work:
            there = await accounts_of(work)
            theirs = await _counts(work, hub.tables)
            unreadable = await _unreadable(work, staging, hub.data_dir)
        trail = await _trail(database, staging, hub.data_dir)
    finally:
        await database.close()
    return Preview(
        prepared=prepared,
        people=compare(here, there),
        rows_here=tuple(
            (table.name, our_rows, their_rows)
            for table, our_rows, their_rows in zip(hub.tables, ours, theirs, strict=True)
            if our_rows != their_rows
        ),
        is_same_installation=prepared.manifest.installation == _installation_of(hub.data_dir),
        is_older=prepared.manifest.revision != hub.schema.revisions[-1],
        unreadable_secrets=unreadable,
        trail=trail,
    )


async def inspected(file: Path, unlock: Unlock, *, work: Path) -> Archive:
    """Return what is in an archive, every sum of which fits; raises Invalid."""
    return await asyncio.to_thread(open_archive, file, unlock, work=work)


def secret_in(staging: Staging, data_dir: Path) -> bytes:
    """Return the secret that the hub has after the restore; blocks."""
    brought = staging.files / SECRET
    own = data_dir / SECRET
    return brought.read_bytes() if brought.exists() else own.read_bytes()


def _check_revision(manifest: Manifest, known: tuple[str, ...]) -> None:
    if manifest.revision > known[-1]:
        raise Invalid(
            "backup.newer",
            f"This backup is one of a newer Pantau: its tables are at step {manifest.revision}, "
            f"and this one knows {known[-1]}. Install Pantau {manifest.app_version} or newer, and "
            "restore it there.",
            field="file",
        )
    if manifest.revision not in known:
        raise Invalid(
            "backup.revision",
            f"This backup is at step {manifest.revision}, which there never was.",
            field="file",
        )


def _check_keys(manifest: Manifest, data_dir: Path) -> None:
    if manifest.has_secrets:
        names = {file.name for file in manifest.files}
        missing = sorted(set(SECRET_FILES) - names)
        if missing:
            raise Invalid("backup.keys", f"This backup lacks {missing[0]}.", field="file")
        return
    if manifest.installation != _installation_of(data_dir):
        raise Invalid(
            "backup.no_keys",
            "This backup is not locked, so it holds no keys, and it comes from another "
            f"installation: nothing that is sealed in it could be read here. Put the {SECRET} and "
            f"the {KEYS} of that installation into {data_dir} first, while Pantau is stopped.",
            field="file",
        )


def _installation_of(data_dir: Path) -> str:
    try:
        return installation_id((data_dir / SECRET).read_bytes())
    except OSError:
        return ""


def _stage_files_in_thread(archive: Archive, staging: Staging, hub: Hub) -> None:
    wanted = {*hub.plain_files, *SECRET_FILES}
    for entry in archive.manifest.files:
        if entry.name not in wanted:
            raise Invalid(
                "backup.files",
                f"This backup holds a file that Pantau does not know: {entry.name}.",
                field="file",
            )
        if entry.name in SECRET_FILES and not archive.manifest.has_secrets:
            raise Invalid(
                "backup.keys", "This backup holds keys it does not speak of.", field="file"
            )
        data = archive.file(entry.name)
        assert data is not None
        path = staging.files / entry.name
        path.write_bytes(data)
        path.chmod(0o600)
    if archive.manifest.has_secrets:
        secret = (staging.files / SECRET).read_bytes()
        if installation_id(secret) != archive.manifest.installation:
            raise _bad_keys("The secret in this backup is another's.")
        try:
            read_keys(staging.files / KEYS)
        except KeyFileError as error:
            raise Invalid(
                "backup.keys", "The keys in this backup are damaged.", field="file"
            ) from error


def _bad_keys(sentence: str) -> Invalid:
    return Invalid("backup.keys", sentence, field="file")


async def _here(hub: Hub) -> tuple[Accounts, tuple[int, ...]]:
    if hub.place.file is not None and not hub.place.file.exists():
        return Accounts((), ()), (0,) * len(hub.tables)
    database = open_database(hub.place, clock=hub.clock, readers=1)
    try:
        async with database.read() as work:
            return await accounts_of(work), await _counts(work, hub.tables)
    finally:
        await database.close()


async def _counts(work: Reading, tables: Sequence[Table]) -> tuple[int, ...]:
    return tuple((await work.session.execute(counting(tables))).one())


async def _unreadable(work: Reading, staging: Staging, data_dir: Path) -> int:
    keys: set[str] = set()
    for path in (staging.files / KEYS, data_dir / KEYS):
        if path.exists():
            try:
                keys |= {key.id for key in read_keys(path).keys}
            except KeyFileError as error:
                raise Conflict("backup.keys", str(error)) from error
    readable = {f"v1.{key}." for key in keys}
    total = 0
    for column in sealed_columns(Base.metadata):
        for prefix, count in (await prefixes_in(work, column)).items():
            total += count if prefix not in readable else 0
    return total


async def _trail(database: Database, staging: Staging, data_dir: Path) -> str:
    key = derive_key(secret_in(staging, data_dir), "audit")
    brought = staging.files / WITNESS
    witness = Witness(brought, ChainKey(key)) if brought.exists() else None
    report = await Verifier(database, key=key, witness=witness).verify()
    return "" if report.found is None else report.found.message
