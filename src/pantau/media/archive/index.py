"""The index beside a recording: which bytes hold which second.  Only ever appended to.

A head, then one record of fixed length for each fragment, each with a checksum: what a crash has
torn off is recognised, and what comes before it stays good.
"""

import json
import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from pantau.media.packets import VIDEO_TIME_BASE

_MAGIC: Final = b"PNTX"
_VERSION: Final = 1
_HEAD: Final = struct.Struct(">4sHHI")
"""Magic, version, length and CRC-32 of the JSON that follows."""
_RECORD: Final = struct.Struct(">QIQIiHHI")
"""Offset, size, media time, duration, wall time, flags, zero, CRC-32 of what is before it."""
_KEY: Final = 1
_CLOSING: Final = 2
_MILLISECOND: Final = VIDEO_TIME_BASE // 1000


class Ending(StrEnum):
    """Why a file ended where it did."""

    BOUNDARY = "boundary"
    """The wall clock reached the next file's time."""
    PARAMETERS = "parameters"
    """The camera changed what it sends."""
    SOURCE_ENDED = "source_ended"
    STOPPED = "stopped"
    """Somebody decided so."""
    DISK = "disk"
    CRASHED = "crashed"
    """Nobody closed it; finished afterwards."""


_ENDINGS: Final = (None, *Ending)
"""By their numbers in a closing record; only ever added to."""


@dataclass(frozen=True, slots=True)
class IndexHead:
    """What is true of the whole file."""

    camera_id: int
    start_ms: int
    """Wall time at which media time 0 arrived, Unix milliseconds; the file is named after it."""
    init_offset: int
    init_size: int
    """Where `ftyp` and `moov` for the fragments are; after closing they are hidden in `mdat`."""
    codecs: str
    """As in `EXT-X-STREAM-INF`: `avc1.64001f,mp4a.40.2`."""
    width_px: int
    height_px: int
    has_audio: bool


class Fragment(NamedTuple):
    """One `moof` and its `mdat`; times in ticks of `VIDEO_TIME_BASE` from the file's beginning."""

    offset: int
    size: int
    at_ticks: int
    duration_ticks: int
    wall_ms: int
    """When its first picture arrived, by the wall clock, milliseconds after `start_ms`."""
    is_key: bool
    """Whether its first picture can be decoded alone."""

    @property
    def at_ms(self) -> int:
        return self.at_ticks // _MILLISECOND

    @property
    def end_ms(self) -> int:
        return (self.at_ticks + self.duration_ticks) // _MILLISECOND


@dataclass(frozen=True, slots=True)
class Index:
    """An index as far as it is whole."""

    head: IndexHead
    fragments: tuple[Fragment, ...]
    closed_bytes: int | None
    """The size of the finished file; None: still being written, or torn by a crash."""
    ending: Ending | None = None
    """Why it ended, once it is closed."""

    @property
    def duration_ms(self) -> int:
        return self.fragments[-1].end_ms if self.fragments else 0

    @property
    def end_bytes(self) -> int:
        """Where the last fragment ends."""
        if not self.fragments:
            return self.head.init_offset + self.head.init_size
        return self.fragments[-1].offset + self.fragments[-1].size


class BrokenIndexError(ValueError):
    """Not an index, or one whose head is torn."""


def head_bytes(head: IndexHead) -> bytes:
    """Return the beginning of an index."""
    text = json.dumps(
        {
            "camera": head.camera_id,
            "start_ms": head.start_ms,
            "init": [head.init_offset, head.init_size],
            "codecs": head.codecs,
            "size_px": [head.width_px, head.height_px],
            "sound": head.has_audio,
        },
        separators=(",", ":"),
    ).encode()
    return _HEAD.pack(_MAGIC, _VERSION, len(text), zlib.crc32(text)) + text


def fragment_bytes(fragment: Fragment) -> bytes:
    """Return the record of one fragment."""
    return _record(fragment, _KEY if fragment.is_key else 0)


def closing_bytes(size_bytes: int, ending: Ending | None = None) -> bytes:
    """Return the last record: the file is finished and this large, and why it ended."""
    number = _ENDINGS.index(ending)
    return _record(Fragment(0, number, size_bytes, 0, 0, is_key=False), _CLOSING)


def read_index(data: bytes) -> Index:
    """Return what is whole of an index, up to the first record that is not.

    Raises `BrokenIndexError` when not even the head is.
    """
    head, at = _read_head(data)
    fragments: list[Fragment] = []
    closed_bytes: int | None = None
    ending: Ending | None = None
    end_bytes = head.init_offset + head.init_size
    while closed_bytes is None and at + _RECORD.size <= len(data):
        offset, size, ticks, length, wall_ms, flags, _, crc = _RECORD.unpack_from(data, at)
        if zlib.crc32(data[at : at + _RECORD.size - 4]) != crc:
            break
        at += _RECORD.size
        if flags & _CLOSING:
            closed_bytes = ticks
            ending = _ENDINGS[size] if size < len(_ENDINGS) else None
            continue
        fragment = Fragment(offset, size, ticks, length, wall_ms, is_key=bool(flags & _KEY))
        if fragment.offset < end_bytes:
            break
        end_bytes = fragment.offset + fragment.size
        fragments.append(fragment)
    return Index(head, tuple(fragments), closed_bytes, ending)


def _record(fragment: Fragment, flags: int) -> bytes:
    offset, size, at_ticks, duration_ticks, wall_ms, _ = fragment
    wall_ms = max(-(2**31), min(2**31 - 1, wall_ms))
    whole = _RECORD.pack(offset, size, at_ticks, duration_ticks, wall_ms, flags, 0, 0)[:-4]
    return whole + struct.pack(">I", zlib.crc32(whole))


def _read_head(data: bytes) -> tuple[IndexHead, int]:
    if len(data) < _HEAD.size:
        raise BrokenIndexError("too short for an index")
    magic, version, length, crc = _HEAD.unpack_from(data)
    text = data[_HEAD.size : _HEAD.size + length]
    if magic != _MAGIC or version != _VERSION or len(text) != length or zlib.crc32(text) != crc:
        raise BrokenIndexError("not an index of ours, or torn")
    try:
        return _head_of(json.loads(text)), _HEAD.size + length
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenIndexError("an index without what belongs into it") from error


def _head_of(given: dict[str, Any]) -> IndexHead:
    return IndexHead(
        camera_id=int(given["camera"]),
        start_ms=int(given["start_ms"]),
        init_offset=int(given["init"][0]),
        init_size=int(given["init"][1]),
        codecs=str(given["codecs"]),
        width_px=int(given["size_px"][0]),
        height_px=int(given["size_px"][1]),
        has_audio=bool(given["sound"]),
    )
