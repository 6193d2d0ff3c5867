"""Where things stand in a recording: the header, the init segment, and one fragment after another.

Reads what somebody may have torn, filled with zeros or put there by hand: every size is checked
against the file before it is believed.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from pantau.media.archive.index import Fragment, Index

_BOX: Final = struct.Struct(">I4s")
_LARGE: Final = struct.Struct(">Q")
_LARGE_BYTES: Final = _BOX.size + _LARGE.size
_MOST_HEADER_BYTES: Final = 4096
_MOST_INIT_BYTES: Final = 1 << 20
_MOST_MOOF_BYTES: Final = 8 << 20
_MOST_FREE_BOXES: Final = 4
_MOST_FRAGMENTS: Final = 100_000
"""An hour in fragments of a second is 3,600."""


class BrokenRecordingError(ValueError):
    """Not a recording of ours, or one without a single whole fragment."""


class Box(NamedTuple):
    """One box: `offset` and `size` with its header, which takes `head` bytes."""

    kind: bytes
    offset: int
    size: int
    head: int

    @property
    def end(self) -> int:
        return self.offset + self.size

    @property
    def body(self) -> int:
        return self.offset + self.head


class Span(NamedTuple):
    """Bytes of a file."""

    offset: int
    size: int

    @property
    def end(self) -> int:
        return self.offset + self.size


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of one file are."""

    seal_offset: int
    """Where the header stands that says at last how much media there is."""
    init: Span
    sealed_end: int | None
    """Where the media ends by that header; None: it was never written."""
    moov: Span | None
    """The `moov` for ordinary players, behind the media of a sealed file."""


class OpenFile:
    """A file that is read at any place.  Use it as a context; blocks; raises OSError."""

    def __init__(self, file: Path) -> None:
        self._fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        self.size = os.fstat(self._fd).st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close it, once."""
        os.close(self._fd)

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly these bytes; raises `BrokenRecordingError` where there are fewer."""
        data = os.pread(self._fd, size, offset) if size else b""
        while len(data) < size:
            more = os.pread(self._fd, size - len(data), offset + len(data))
            if not more:
                raise BrokenRecordingError("the file is shorter than it says")
            data += more
        return data

    def box(self, offset: int) -> Box | None:
        """Return the box at `offset`, whole or not; None: there is none, or it has no sense."""
        if offset + _BOX.size > self.size:
            return None
        size, kind = _BOX.unpack(self.read(offset, _BOX.size))
        if size == 1:
            if offset + _LARGE_BYTES > self.size:
                return None
            (size,) = _LARGE.unpack(self.read(offset + _BOX.size, _LARGE.size))
            return Box(kind, offset, size, _LARGE_BYTES) if size >= _LARGE_BYTES else None
        return Box(kind, offset, size, _BOX.size) if size >= _BOX.size else None


def layout_of(file: OpenFile) -> Layout:
    """Find the parts of a file; raises `BrokenRecordingError` when not even the init is there."""
    first = file.box(0)
    if first is None or first.kind != b"ftyp" or first.size > _MOST_HEADER_BYTES:
        raise BrokenRecordingError("no MP4 file")
    at, box = first.end, file.box(first.end)
    for _ in range(_MOST_FREE_BOXES):
        if box is None or box.kind != b"free" or box.size > _MOST_HEADER_BYTES:
            break
        at, box = box.end, file.box(box.end)
    sealed_end: int | None = None
    if box is not None and box.kind == b"mdat":
        # A file that was cut short afterwards is read like one that was never sealed.
        at, sealed_end = box.body, box.end if box.end <= file.size else None
    init = _init_at(file, at)
    moov = file.box(sealed_end) if sealed_end is not None else None
    whole = moov is not None and moov.kind == b"moov" and moov.end <= file.size
    return Layout(
        first.end, init, sealed_end, Span(moov.offset, moov.size) if moov and whole else None
    )


def fragments_in(file: OpenFile, layout: Layout, *, start: int | None = None) -> Iterator[Span]:
    """Yield the fragments that are whole, `moof` with `mdat`, up to the first that is not.

    `start`: where one begins or the last known one ends; None: at the beginning.
    """
    limit = file.size if layout.sealed_end is None else layout.sealed_end
    at = layout.init.end if start is None else start
    for _ in range(_MOST_FRAGMENTS):
        span = fragment_at(file, at, limit)
        if span is None:
            return
        yield span
        at = span.end


def fragment_at(file: OpenFile, at: int, limit: int) -> Span | None:
    """Return the fragment that begins at `at` and ends at `limit` at the latest; None: none."""
    head = file.box(at)
    if head is None or head.kind != b"moof" or head.size > _MOST_MOOF_BYTES:
        return None
    body = file.box(head.end) if head.end < limit else None
    if body is None or body.kind != b"mdat" or body.end > limit:
        return None
    return Span(at, body.end - at)


def moof_of(file: OpenFile, fragment: Span | Fragment) -> bytes:
    """Return the `moof` at the beginning of a fragment; raises `BrokenRecordingError`."""
    head = file.box(fragment.offset)
    if head is None or head.kind != b"moof" or head.size > min(_MOST_MOOF_BYTES, fragment.size):
        raise BrokenRecordingError("a fragment is not where it should be")
    return file.read(head.offset, head.size)


def init_of(file: OpenFile, index: Index) -> bytes:
    """Return the init segment that an index names; raises `BrokenRecordingError`."""
    head = index.head
    if not 0 < head.init_size <= _MOST_INIT_BYTES or head.init_offset < 0:
        raise BrokenRecordingError("an init segment of impossible length")
    return file.read(head.init_offset, head.init_size)


def _init_at(file: OpenFile, at: int) -> Span:
    begin, box = at, file.box(at)
    if box is not None and box.kind == b"ftyp" and box.size <= _MOST_HEADER_BYTES:
        box = file.box(box.end)
    if box is None or box.kind != b"moov" or box.size > _MOST_INIT_BYTES or box.end > file.size:
        raise BrokenRecordingError("no init segment")
    return Span(begin, box.end - begin)
