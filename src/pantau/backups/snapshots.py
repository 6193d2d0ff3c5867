"""The database as it is before a release is changed: a file and a manifest in a folder.

Of SQLite a copy of the file, of a PostgreSQL server the portable rows that backups hold.  Neither
has keys in it, and both stay in the data folder, in which the keys lie anyway.
"""

import asyncio
import fcntl
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, ConfigDict, Field, ValidationError

from pantau.backups.making import Parts, make_archive, sum_of
from pantau.backups.protection import Lock
from pantau.backups.restoring import Hub
from pantau.backups.server_tables import our_server_tables
from pantau.backups.snapshot import snapshot_of
from pantau.backups.staging import sync_folder, write_whole
from pantau.core.errors import Exhausted, Invalid, NotFound, Unavailable
from pantau.core.shapes import Shape
from pantau.db.copying import copy_file
from pantau.db.engines import plain_engine
from pantau.db.errors import translated_connecting

FOLDER: Final = "snapshots"
_NAME: Final = re.compile(r"snapshot-\d{8}T\d{6}Z-\d{4}(-\d+)?\.(db|tar)", re.ASCII)
_LOCK: Final = ".lock"
_MANIFEST: Final = ".json"
_SPARE_BYTES: Final = 8 * 2**20
_STEP: Final = "SELECT version_num FROM alembic_version"


class TakenSnapshot(Shape):
    """A snapshot that is whole."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    """What it is called by: the name of its file."""
    kind: Literal["sqlite", "rows"]
    """A database file, or the portable rows of a server."""
    step: Annotated[str, Field(pattern=r"^\d{4}$")]
    """How far the tables were."""
    build: str
    """Which build of Pantau was running, as whoever asked for it says."""
    version: str
    taken_at: AwareDatetime
    number: Annotated[int, Field(ge=1)]
    """Each has a higher one than those before it, whatever the clock said."""
    size_bytes: int
    sha256: str
    file: Annotated[Path, Field(exclude=True)] = Path()
    """Where it lies."""


async def take(hub: Hub, *, build: str, version: str) -> TakenSnapshot:
    """Keep the database as it is at this moment; nobody waits for it.

    Raises NotFound where there is none yet, Exhausted without room, and Unavailable.
    """
    folder = hub.data_dir / FOLDER
    if hub.place.file is not None and not hub.place.file.exists():
        raise NotFound("database.none", f"There is no database yet: {hub.place.file} is missing.")
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    with _alone(folder):
        if hub.place.file is not None:
            file, step = await _copied(hub, hub.place.file, folder)
        else:
            file, step = await _rows(hub, folder)
        return await asyncio.to_thread(_finish_in_thread, hub, file, step, build, version)


def listed(data_dir: Path) -> tuple[TakenSnapshot, ...]:
    """Return all snapshots that are whole, the newest first; blocks."""
    found = (_read(path) for path in (data_dir / FOLDER).glob(f"snapshot-*{_MANIFEST}"))
    whole = (each for each in found if each is not None and each.file.exists())
    return tuple(sorted(whole, key=lambda each: each.number, reverse=True))


def find(data_dir: Path, name: str) -> TakenSnapshot:
    """Return the snapshot called `name`; raises NotFound, and Invalid for one that is damaged.

    Blocks for as long as it takes to read the file once.
    """
    wanted = Path(name).name
    for each in listed(data_dir):
        if each.name == wanted:
            if sum_of(each.file) != each.sha256:
                raise Invalid("database.snapshot_damaged", f"The snapshot {wanted} is damaged.")
            return each
    raise NotFound("database.no_snapshot", f"There is no snapshot called {wanted}.")


def prune(data_dir: Path, *, keep: int, needed: Collection[str]) -> tuple[str, ...]:
    """Delete all but the newest `keep` and those `needed`; return what is gone.  Blocks.

    What a snapshot that was never finished has left goes too.
    """
    folder = data_dir / FOLDER
    if not folder.exists():
        return ()
    with _alone(folder):
        whole = [each.name for each in listed(data_dir)]
        kept = {*whole[: max(keep, 1)], *(Path(name).name for name in needed)}
        gone = [name for name in whole if name not in kept]
        for name in gone:
            # The manifest first: without it there is no snapshot.
            (folder / f"{name}{_MANIFEST}").unlink(missing_ok=True)
            (folder / name).unlink(missing_ok=True)
        for path in folder.iterdir():
            if _is_left_over(path, kept):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        return tuple(gone)


def _is_left_over(path: Path, kept: Collection[str]) -> bool:
    name = path.name.removeprefix(".").removesuffix(".partial").removesuffix(_MANIFEST)
    return _NAME.fullmatch(name) is not None and name not in kept


async def _copied(hub: Hub, database: Path, folder: Path) -> tuple[Path, str]:
    await asyncio.to_thread(_check_room_in_thread, database, folder)
    with translated_connecting():
        async with plain_engine(hub.place).connect() as connection:
            draft = folder / f".snapshot-{os.getpid()}.partial"
            try:
                await copy_file(connection, draft)
                step = await asyncio.to_thread(_checked_step_in_thread, draft)
                target = await asyncio.to_thread(_free_name, hub, folder, step, "db")
                draft.replace(target)
            except OSError as error:
                raise Unavailable(
                    "database.no_snapshot_made",
                    f"The snapshot cannot be written to {folder}: {error.strerror or error}.",
                ) from error
            finally:
                draft.unlink(missing_ok=True)
    return target, step


async def _rows(hub: Hub, folder: Path) -> tuple[Path, str]:
    tables = await our_server_tables(hub)
    async with snapshot_of(hub.place, tables) as snapshot:
        target = await asyncio.to_thread(_free_name, hub, folder, snapshot.revision, "tar")
        await make_archive(
            snapshot, target, label=hub.label, parts=Parts, lock=Lock(), now=hub.clock.now()
        )
        return target, snapshot.revision


def _check_room_in_thread(database: Path, folder: Path) -> None:
    parts = (database, database.with_name(database.name + "-wal"))
    needed_bytes = sum(part.stat().st_size for part in parts if part.exists()) + _SPARE_BYTES
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise Exhausted(
            "database.no_room",
            f"A snapshot of the database needs {needed_bytes / 2**20:.0f} MiB in {folder}, and "
            f"{free_bytes / 2**20:.0f} MiB are free. Make room there.",
        )


def _checked_step_in_thread(file: Path) -> str:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
        found = copy.execute("PRAGMA integrity_check(1)").fetchone()
        if found != ("ok",):
            raise Unavailable(
                "database.damaged",
                f"The database is damaged ({found[0]}): a snapshot of it would be of no use. Run "
                "pantau database check, and restore a backup.",
            )
        try:
            return str(copy.execute(_STEP).fetchone()[0])
        except (sqlite3.OperationalError, TypeError) as error:
            raise NotFound("database.none", "There is nothing in the database yet.") from error


def _free_name(hub: Hub, folder: Path, step: str, ending: str) -> Path:
    stem = f"snapshot-{hub.clock.now():%Y%m%dT%H%M%SZ}-{step}"
    path, number = folder / f"{stem}.{ending}", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.{ending}"
    return path


def _finish_in_thread(hub: Hub, file: Path, step: str, build: str, version: str) -> TakenSnapshot:
    file.chmod(0o600)
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
    sync_folder(file.parent)
    taken = TakenSnapshot(
        name=file.name,
        kind="sqlite" if file.suffix == ".db" else "rows",
        step=step,
        build=build[:64],
        version=version[:64],
        taken_at=hub.clock.now(),
        number=max((each.number for each in listed(hub.data_dir)), default=0) + 1,
        size_bytes=file.stat().st_size,
        sha256=sum_of(file),
        file=file.absolute(),
    )
    write_whole(file.with_name(file.name + _MANIFEST), taken.model_dump_json(indent=1))
    return taken


def _read(path: Path) -> TakenSnapshot | None:
    try:
        told = TakenSnapshot.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError):
        return None
    if path.name != told.name + _MANIFEST or not _NAME.fullmatch(told.name):
        return None
    return told.model_copy(update={"file": path.with_name(told.name).absolute()})


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep others from taking or deleting snapshots meanwhile; raises Unavailable."""
    opened = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(opened, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unavailable(
                "database.snapshot_busy", "A snapshot is being taken. Try again in a moment."
            ) from error
        yield
