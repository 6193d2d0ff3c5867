"""Reads and writes tar files that hold plain files under known names, and nothing else.

Whatever else a tar can hold (links, devices, folders, long names, extensions) is refused where it
stands.  Everything here blocks: run it in a thread.
"""

import tarfile
from dataclasses import dataclass
from typing import BinaryIO, Final

from pantau.backups.manifest import damaged, not_ours
from pantau.core.errors import Exhausted

_BLOCK: Final = 512
_MOST_MEMBER_BYTES: Final = 8 * 1024**3 - 1
"""What eleven octal digits can say."""
_PLAIN: Final = (b"0", b"\0")
_KINDS: Final = {
    b"1": "a link",
    b"2": "a link",
    b"3": "a device",
    b"4": "a device",
    b"5": "a folder",
}


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a tar: where its bytes are."""

    name: str
    offset: int
    size_bytes: int


class TarWriter:
    """Writes members one after the other."""

    def __init__(self, target: BinaryIO, *, at_unix_s: int) -> None:
        self._tar = tarfile.TarFile(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT)
        self._at_unix_s = at_unix_s

    def add(self, name: str, source: BinaryIO, size_bytes: int) -> None:
        """Add `size_bytes` of `source`; raises Exhausted for what a tar cannot hold."""
        if size_bytes > _MOST_MEMBER_BYTES:
            raise Exhausted("backup.too_large", f"{name} is larger than a backup can hold.")
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size_bytes, 0o600, self._at_unix_s
        self._tar.addfile(info, source)

    def close(self) -> None:
        """Write the end."""
        self._tar.close()


class TarReader:
    """Reads the headers of a tar from its beginning to its end."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._at = 0
        self._size_bytes = source.seek(0, 2)

    def following(self, expected: str) -> Member:
        """Return the next member, which must have that name; raises Invalid."""
        self._source.seek(self._at)
        header = self._source.read(_BLOCK)
        if len(header) < _BLOCK or not header.strip(b"\0"):
            raise damaged(f"it ends before {expected}")
        member = _member(header, self._at + _BLOCK)
        if member.name != expected:
            raise not_ours(f"it holds {_shown(member.name)} where {expected} should be")
        padded = -(-member.size_bytes // _BLOCK) * _BLOCK
        self._at = member.offset + padded
        if self._at > self._size_bytes:
            raise damaged(f"{expected} is cut off")
        return member

    def end(self) -> None:
        """Make sure that nothing follows."""
        self._source.seek(self._at)
        rest = self._source.read(_BLOCK * 2)
        if len(rest) < _BLOCK * 2:
            raise damaged("its end is missing")
        while rest:
            if rest.strip(b"\0"):
                raise not_ours("something follows its last member")
            rest = self._source.read(1024 * 1024)


def _member(header: bytes, offset: int) -> Member:
    if header[257:262] != b"ustar":
        raise not_ours("it is no tar file")
    kind = header[156:157]
    name = header[:100].rstrip(b"\0").decode("ascii", "replace")
    if kind not in _PLAIN:
        raise not_ours(f"it holds {_KINDS.get(kind, 'something')} that is no plain file")
    told = header[148:156].strip(b" \0")
    counted = sum(header[:148]) + 8 * ord(" ") + sum(header[156:])
    size = header[124:136].strip(b" \0")
    if not told.isdigit() or not size.isdigit() or int(told, 8) != counted:
        raise damaged("a header in it does not fit")
    prefix = header[345:500].rstrip(b"\0")
    return Member(
        f"{prefix.decode('ascii', 'replace')}/{name}" if prefix else name, offset, int(size, 8)
    )


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:80] or "nothing"
