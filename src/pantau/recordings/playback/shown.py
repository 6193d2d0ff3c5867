"""A file as one visitor may see it: what is hidden is filled, what is not there yet is cut off.

Every fragment stays at its offset.  A file of which something is hidden is a fragmented MP4, as it
was while it was written: its last `moov` tells of all of it, and is left out.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pantau.recordings.models import Reach, Segment
from pantau.recordings.playback.charts import Chart, Charts
from pantau.recordings.playback.doors import (
    NOBODY_KEEPS,
    kept,
    sees_all,
    unknown,
    visible,
    visible_fragments,
)
from pantau.recordings.playback.files import Source, Told
from pantau.recordings.playback.whereabouts import Whereabouts
from pantau.recordings.storage.base import StorageError

_BOX: Final = struct.Struct(">I4s")
_LARGE_BOX: Final = struct.Struct(">I4sQ")


@dataclass(frozen=True, slots=True)
class Shown:
    """How much of a file a visitor sees, and what it is called for caches."""

    size_bytes: int
    told: Told
    hidden: tuple[tuple[int, int], ...] | None
    """Stretches of bytes that are filled, in order; None: the file is sent as it is."""
    chart: Chart | None = None
    part_kept: bytes = NOBODY_KEEPS
    """`Cache-Control` of a part of it."""


class ShownFiles:
    """Opens files for visitors.  Loop only."""

    def __init__(self, charts: Charts, whereabouts: Whereabouts) -> None:
        self._charts = charts
        self._whereabouts = whereabouts

    async def look(self, segment: Segment, reach: Reach) -> Shown:
        """Return what of a file a visitor may see; raises `unknown()` where that is nothing."""
        chart = await self._charts.of(segment)
        if chart is None:
            return _without_chart(segment, reach)
        stretches = visible_fragments(chart, reach)
        if not stretches:
            raise unknown()
        cache_control = kept(reach)
        closed_bytes = chart.closed_bytes
        if closed_bytes is not None and stretches == (range(len(chart)),):
            told = Told(
                etag=b'"%x-%x"' % (chart.start_ms, closed_bytes),
                modified_s=(chart.start_ms + chart.duration_ms) // 1000,
                cache_control=cache_control,
            )
            return Shown(closed_bytes, told, None, chart, cache_control)
        hidden = tuple(_hidden(chart, stretches))
        size_bytes = chart.stretch(stretches[-1].start, stretches[-1].stop)[1]
        # Nobody keeps what will be longer a second later.
        told = Told(cache_control=NOBODY_KEEPS if closed_bytes is None else cache_control)
        return Shown(size_bytes, told, hidden, chart, cache_control)

    async def open_part(
        self, segment: Segment, shown: Shown, part: tuple[int, int]
    ) -> tuple[Source, Told]:
        """Open some bytes of the file, as if they were all; raises as `open` does.

        They never change, unlike the length of a file that is being written.
        """
        first, size_bytes = part
        if first + size_bytes > shown.size_bytes:
            raise unknown()
        whole = await self.open(segment, shown)
        return _Part(whole, first, size_bytes), Told(cache_control=shown.part_kept)

    async def open(self, segment: Segment, shown: Shown) -> Source:
        """Open the file; raises `unknown()` where it is gone, and `StorageError`."""
        try:
            source = await self._whereabouts.open(segment)
        except StorageError as error:
            if error.is_gone:
                self._charts.forget(segment.camera_id, segment.start_ms)
                raise unknown() from error
            raise
        if shown.hidden is None or shown.chart is None:
            return source
        try:
            head = await _head(source, shown.chart.head.init_offset)
        except StorageError:
            source.close()
            raise
        return _Masked(source, shown.size_bytes, head, shown.hidden)


class _Masked:
    """A file with stretches that are filled by `free` boxes, and a head that says fragments."""

    def __init__(
        self, source: Source, size_bytes: int, head: bytes, hidden: tuple[tuple[int, int], ...]
    ) -> None:
        self._source = source
        self._head = head
        self._hidden = hidden
        self.size_bytes: Final = size_bytes
        self.chunk_bytes: Final = source.chunk_bytes

    async def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes."""
        data = await self._source.read(offset, min(length, self.size_bytes - offset))
        end = offset + len(data)
        covers = [hole for hole in self._hidden if hole[0] < end and hole[1] > offset]
        if offset >= len(self._head) and not covers:
            return data
        masked = bytearray(data)
        _lay(masked, offset, 0, self._head)
        for first, stop in covers:
            inside = max(first, offset)
            masked[inside - offset : min(stop, end) - offset] = bytes(min(stop, end) - inside)
            _lay(masked, offset, first, _LARGE_BOX.pack(1, b"free", stop - first))
        return bytes(masked)

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()


class _Part:
    """Some bytes of a file."""

    def __init__(self, whole: Source, first: int, size_bytes: int) -> None:
        self._whole = whole
        self._first = first
        self.size_bytes: Final = size_bytes
        self.chunk_bytes: Final = whole.chunk_bytes

    async def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes."""
        return await self._whole.read(self._first + offset, min(length, self.size_bytes - offset))

    def close(self) -> None:
        """Let go of the file."""
        self._whole.close()


def _without_chart(segment: Segment, reach: Reach) -> Shown:
    """Return what is shown of a file that nobody has an index of: all of it or nothing."""
    if not sees_all(reach) and segment.span not in visible(segment, reach):
        raise unknown()
    return Shown(segment.size_bytes, Told(cache_control=kept(reach)), None)


def _hidden(chart: Chart, stretches: Sequence[range]) -> list[tuple[int, int]]:
    holes: list[tuple[int, int]] = []
    at = chart.init_end
    for shown in stretches:
        first, stop = chart.stretch(shown.start, shown.stop)
        if shown.start > 0 and first > at:
            holes.append((at, first))
        at = stop
    return holes


async def _head(source: Source, init_offset: int) -> bytes:
    """Return the bytes before the init segment as they are while a file is written."""
    first = await source.read(0, init_offset)
    size, kind = _BOX.unpack_from(first) if len(first) >= _BOX.size else (0, b"")
    brand = first[:size] if kind == b"ftyp" and size + _BOX.size <= init_offset else b""
    rest = init_offset - len(brand)
    if rest < _BOX.size:
        return brand
    return brand + _BOX.pack(rest, b"free") + bytes(rest - _BOX.size)


def _lay(data: bytearray, offset: int, at: int, patch: bytes) -> None:
    """Put `patch`, whose place in the file is `at`, over `data`, whose place is `offset`."""
    first, stop = max(at, offset), min(at + len(patch), offset + len(data))
    if first < stop:
        data[first - offset : stop - offset] = patch[first - at : stop - at]
