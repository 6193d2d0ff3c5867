"""Opens an archive that a stranger may have made, and reads it without believing anything.

Everything here blocks: run it in a thread.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Final

from pantau.backups.manifest import (
    MANIFEST,
    MOST_MANIFEST_BYTES,
    SUMS,
    FileEntry,
    Manifest,
    TableEntry,
    damaged,
    read_manifest,
)
from pantau.backups.models import ProtectionKind
from pantau.backups.plain_tar import Member, TarReader
from pantau.backups.protection import Unlock, protection_of, unlock_file
from pantau.core.errors import Exhausted, Invalid

_BLOCK: Final = 256 * 1024
_LONGEST_LINE: Final = 64 * 1024 * 1024
_MOST_SUMS_BYTES: Final = 1024 * 1024
_BEGINNING: Final = 256


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive whose members are all there and unchanged; its plain tar is at `plain`."""

    plain: Path
    manifest: Manifest
    protection: ProtectionKind
    members: dict[str, Member]

    def file(self, name: str) -> bytes | None:
        """Return a file of the hub, where the archive holds it."""
        entry = next((each for each in self.manifest.files if each.name == name), None)
        if entry is None:
            return None
        with self.plain.open("rb") as source:
            return _whole(source, self.members[entry.member])

    @contextmanager
    def lines(self, table: TableEntry) -> Iterator[Iterator[bytes]]:
        """Give the lines of a table; raises Invalid when they are not what the manifest says."""
        with self.plain.open("rb") as source:
            yield _lines(source, self.members[table.member], table)


def open_archive(file: Path, unlock: Unlock, *, work: Path) -> Archive:
    """Unlock `file` into the folder `work` and check that every member is as it was made.

    Raises Invalid with what is wrong.
    """
    try:
        with file.open("rb") as source:
            protection = protection_of(source.read(_BEGINNING))
    except OSError as error:
        raise Invalid(
            "backup.unreadable", f"{file} cannot be read: {error.strerror}.", field="file"
        ) from error
    plain = file
    if protection != "none":
        plain = work / "plain.tar"
        unlock_file(file, plain, unlock, protection)
    with plain.open("rb") as source:
        manifest, members = _checked(source)
    return Archive(plain, manifest, protection, members)


def check_rows(archive: Archive) -> None:
    """Read all lines of all tables once; raises Invalid when they are not as they were made."""
    for table in archive.manifest.tables:
        with archive.lines(table) as lines:
            for _ in lines:
                pass


def check_room(archive: Archive, free_bytes: int) -> None:
    """Raise Exhausted where the tables would not fit: a small file can hold a lot of nothing."""
    needed_bytes = archive.manifest.table_bytes * 2
    if needed_bytes > free_bytes:
        raise Exhausted(
            "backup.no_room",
            f"Restoring needs {needed_bytes // 2**20} MiB of room, and there are "
            f"{free_bytes // 2**20} MiB.",
        )


def _checked(source: BinaryIO) -> tuple[Manifest, dict[str, Member]]:
    tar = TarReader(source)
    first = tar.following(MANIFEST)
    if first.size_bytes > MOST_MANIFEST_BYTES:
        raise damaged("its manifest is too long")
    manifest = read_manifest(_whole(source, first))
    members = {MANIFEST: first}
    for name in manifest.members():
        members[name] = tar.following(name)
    tar.end()
    for entry in manifest.files:
        _check_file(source, members[entry.member], entry)
    if members[SUMS].size_bytes > _MOST_SUMS_BYTES:
        raise damaged("its list of sums is too long")
    told = _whole(source, members[SUMS]).decode("ascii", "replace")
    if told != _sums(source, members, (MANIFEST, *manifest.members()[:-1])):
        raise damaged("a sum does not fit: something in it was changed")
    return manifest, members


def _check_file(source: BinaryIO, member: Member, entry: FileEntry) -> None:
    if member.size_bytes != entry.bytes:
        raise damaged(f"{entry.member} has another size than its manifest says")
    if hashlib.sha256(_whole(source, member)).hexdigest() != entry.sha256:
        raise damaged(f"the sum of {entry.member} does not fit")


def _sums(source: BinaryIO, members: dict[str, Member], names: Sequence[str]) -> str:
    lines = []
    for name in names:
        total = hashlib.sha256()
        source.seek(members[name].offset)
        left_bytes = members[name].size_bytes
        while left_bytes:
            block = source.read(min(_BLOCK, left_bytes))
            if not block:
                raise damaged(f"{name} is cut off")
            total.update(block)
            left_bytes -= len(block)
        lines.append(f"{total.hexdigest()}  {name}\n")
    return "".join(lines)


def _whole(source: BinaryIO, member: Member) -> bytes:
    source.seek(member.offset)
    return source.read(member.size_bytes)


class _Part:
    """The bytes of one member as a file that ends where the member ends."""

    def __init__(self, source: BinaryIO, member: Member) -> None:
        self._source = source
        self._left_bytes = member.size_bytes
        source.seek(member.offset)

    def read(self, size: int = -1) -> bytes:
        wanted = self._left_bytes if size < 0 else min(size, self._left_bytes)
        data = self._source.read(wanted)
        self._left_bytes -= len(data)
        return data


def _lines(source: BinaryIO, member: Member, table: TableEntry) -> Iterator[bytes]:
    part: IO[bytes] = _Part(source, member)  # type: ignore[assignment]  # gzip only reads
    total = hashlib.sha256()
    rows, left_bytes = 0, table.bytes
    try:
        with gzip.GzipFile(fileobj=part, mode="rb") as unpacked:
            # One byte more than there may be tells that there is more, without reading it all.
            while line := unpacked.readline(min(left_bytes + 1, _LONGEST_LINE)):
                left_bytes -= len(line)
                rows += 1
                if left_bytes < 0 or rows > table.rows or not line.endswith(b"\n"):
                    raise damaged(f"{table.member} is not what the manifest says")
                total.update(line)
                yield line
    except (OSError, EOFError, zlib.error) as error:
        raise damaged(f"{table.member} cannot be unpacked") from error
    if rows != table.rows or left_bytes or total.hexdigest() != table.sha256:
        raise damaged(f"{table.member} is not what the manifest says")
