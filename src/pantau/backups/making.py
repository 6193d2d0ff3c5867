"""Makes an archive: a snapshot, the files of the hub, packed, summed up, and locked."""

import asyncio
import errno
import gzip
import hashlib
import io
import os
import shutil
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

from sqlalchemy import Table

from pantau.backups.manifest import (
    FORMAT,
    MANIFEST,
    MOST_FILE_BYTES,
    SUMS,
    VERSION,
    ColumnEntry,
    FileEntry,
    Manifest,
    TableEntry,
)
from pantau.backups.plain_tar import TarWriter
from pantau.backups.portable import columns_of, line_of
from pantau.backups.protection import Lock, lock_file
from pantau.backups.snapshot import Snapshot
from pantau.core.errors import Exhausted, Unavailable

Tell: TypeAlias = Callable[[int, int], Awaitable[None]]
"""Is told how many rows are in, of how many."""

_COMPRESSION: Final = 5
_BLOCK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What an archive says of where it comes from."""

    app_version: str
    hub: str
    installation: str


@dataclass(frozen=True, slots=True)
class Made:
    """An archive that is whole and has its name."""

    file: Path
    size_bytes: int
    sha256: str
    manifest: Manifest


@dataclass(slots=True)
class _Packed:
    entry: TableEntry
    file: Path


@dataclass(slots=True)
class Parts:
    """What goes in besides tables."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    has_secrets: bool = False


@dataclass(frozen=True, slots=True)
class _Whole:
    manifest: Manifest
    packed: Sequence[_Packed]
    held: Parts


async def tell_nobody(_done: int, _total: int) -> None:
    """Tell nobody."""


async def make_archive(
    snapshot: Snapshot,
    target: Path,
    *,
    label: Label,
    parts: Callable[[], Parts],
    lock: Lock,
    now: datetime,
    tell: Tell = tell_nobody,
) -> Made:
    """Write `target` and return what it is; it has its name only when it is whole.

    `parts` is called in a thread when the snapshot stands.  Needs room for three times the
    result beside `target`.  Raises Exhausted where there is none.
    """
    work = target.with_name(f".{target.name}.partial")
    with _explained(target):
        await asyncio.to_thread(_begin_in_thread, work)
        try:
            held = await asyncio.to_thread(parts)
            total, done = await snapshot.count(), 0
            packed: list[_Packed] = []
            for number, table in enumerate(snapshot.tables):
                packing = _Packing(table, work / f"{number}.gz")
                try:
                    async for rows in snapshot.rows(table):
                        await asyncio.to_thread(packing.add_in_thread, rows)
                        done += len(rows)
                        await tell(done, total)
                finally:
                    await asyncio.to_thread(packing.close_in_thread)
                packed.append(packing.packed(await snapshot.highest(table)))
            manifest = _manifest(snapshot, packed, held, label, now)
            return await asyncio.to_thread(
                _join_in_thread, work, target, _Whole(manifest, packed, held), lock
            )
        finally:
            await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)


class _Packing:
    """One table on its way into a file; who waited for a thread may leave before it ends."""

    def __init__(self, table: Table, file: Path) -> None:
        self._table = table
        self._columns: tuple[ColumnEntry, ...] = columns_of(table)
        self._file = file
        self._sum = hashlib.sha256()
        self._rows = 0
        self._bytes = 0
        self._out: gzip.GzipFile | None = None
        self._raw: BinaryIO | None = None
        self._turn = threading.Lock()
        self._is_closed = False

    def add_in_thread(self, rows: Sequence[Sequence[Any]]) -> None:
        data = b"".join(line_of(self._columns, row) + b"\n" for row in rows)
        with self._turn:
            if self._is_closed:
                return
            self._sum.update(data)
            self._rows += len(rows)
            self._bytes += len(data)
            self._opened().write(data)

    def close_in_thread(self) -> None:
        with self._turn:
            self._is_closed = True
            try:
                self._opened().close()
            finally:
                if self._raw is not None:
                    self._raw.close()

    def packed(self, highest: int) -> _Packed:
        entry = TableEntry(
            name=self._table.name,
            columns=self._columns,
            rows=self._rows,
            bytes=self._bytes,
            sha256=self._sum.hexdigest(),
            highest=highest,
        )
        return _Packed(entry, self._file)

    def _opened(self) -> gzip.GzipFile:
        if self._out is None:
            # No name and no time: equal tables make equal bytes.
            self._raw = self._file.open("wb")
            self._out = gzip.GzipFile("", "wb", _COMPRESSION, self._raw, mtime=0)
        return self._out


def read_parts(
    folder: Path, *, plain: Sequence[str], secret: Sequence[str], with_secrets: bool
) -> Parts:
    """Return the files that are in `folder`; blocks."""
    files = {}
    for name in (*plain, *(secret if with_secrets else ())):
        path = folder / name
        if path.exists():
            data = path.read_bytes()
            if len(data) > MOST_FILE_BYTES:
                raise Exhausted("backup.file_too_large", f"{path} is too large to be kept.")
            files[name] = data
    return Parts(files, with_secrets)


def sum_of(path: Path) -> str:
    """Return the SHA-256 of a file; blocks."""
    total = hashlib.sha256()
    with path.open("rb") as source:
        while block := source.read(_BLOCK):
            total.update(block)
    return total.hexdigest()


def _begin_in_thread(work: Path) -> None:
    work.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)


def _manifest(
    snapshot: Snapshot, packed: Sequence[_Packed], held: Parts, label: Label, now: datetime
) -> Manifest:
    files = (
        FileEntry(name=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
        for name, data in held.files.items()
    )
    return Manifest(
        format=FORMAT,
        version=VERSION,
        app_version=label.app_version,
        revision=snapshot.revision,
        created_at=now,
        hub=label.hub[:200],
        installation=label.installation,
        has_secrets=held.has_secrets,
        tables=tuple(each.entry for each in packed),
        files=tuple(files),
    )


def _join_in_thread(work: Path, target: Path, whole: _Whole, lock: Lock) -> Made:
    plain = work / "plain.tar"
    with plain.open("wb") as out:
        _write_tar(out, whole.manifest, whole.packed, whole.held)
    ready = plain
    if lock.kind != "none":
        ready = work / "locked"
        lock_file(plain, ready, lock)
        plain.unlink()
    ready.chmod(0o600)
    with ready.open("rb") as file:
        os.fsync(file.fileno())
    made = Made(target, ready.stat().st_size, sum_of(ready), whole.manifest)
    ready.replace(target)
    return made


def _write_tar(out: BinaryIO, manifest: Manifest, packed: Sequence[_Packed], held: Parts) -> None:
    tar = TarWriter(out, at_unix_s=int(manifest.created_at.timestamp()))
    lines: list[str] = []

    def add(name: str, source: BinaryIO, size_bytes: int, total: str) -> None:
        tar.add(name, source, size_bytes)
        lines.append(f"{total}  {name}\n")

    written = manifest.model_dump_json(indent=1).encode()
    add(MANIFEST, io.BytesIO(written), len(written), hashlib.sha256(written).hexdigest())
    for told in manifest.files:
        add(told.member, io.BytesIO(held.files[told.name]), told.bytes, told.sha256)
    for each in packed:
        with each.file.open("rb") as source:
            add(each.entry.member, source, each.file.stat().st_size, sum_of(each.file))
        each.file.unlink()
    sums = "".join(lines).encode()
    tar.add(SUMS, io.BytesIO(sums), len(sums))
    tar.close()


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Exhausted(
                "backup.no_room", f"There is no room for the backup in {target.parent}."
            ) from error
        raise Unavailable(
            "backup.unwritable",
            f"The backup cannot be written to {target.parent}: {error.strerror or error}.",
        ) from error
