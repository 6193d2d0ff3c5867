"""Writes the `moov` of an ordinary MP4 file: which sample is where, and when (ISO 14496-12, 8)."""

import struct
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from pantau.media.archive.layout import BrokenRecordingError
from pantau.media.archive.samples import Part, child_of, parts

MOVIE_RATE_HZ: Final = 90_000
"""Ticks a second of edit lists and of the whole film: no rounding against the video."""
_MOST_32: Final = 0xFFFFFFFF
_UNITY_RATE: Final = 0x00010000

Pieces: TypeAlias = list[bytes]
"""Bytes that stand one behind the other, not copied together before they are written."""


class SampleTable:
    """What is known of one track's samples; some bytes for each, however long the film.

    Times are ticks of the track, of any origin: the film begins where the earliest track does.
    """

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz: Final = rate_hz
        self.start: int | None = None
        """When the first sample is decoded; None: there is none."""
        self._end = 0
        self._sizes = array("I")
        self._durations = _Rows("I")
        self._later = _Rows("i")
        self._keys = array("I")
        self._are_all_keys = True
        self._chunks = array("Q")
        self._chunk_lengths: list[tuple[int, int]] = []
        self._first_shown_later = 0

    def __len__(self) -> int:
        return len(self._sizes)

    @property
    def end(self) -> int:
        """When the last sample ends, in ticks."""
        return self._end

    def add(
        self,
        at: int,
        offset: int,
        *,
        sizes: Sequence[int],
        durations: Sequence[int],
        shown_later: Sequence[int] | None = None,
        keys: Sequence[bool] | None = None,
    ) -> None:
        """Append samples that stand one behind the other from byte `offset` on.

        `at` is when the first is decoded: what lies between it and the end of the one before makes
        that one longer or shorter.  Without `keys` each can be decoded alone.
        """
        if not sizes:
            return
        if self.start is None:
            self.start = self._end = at
            self._first_shown_later = shown_later[0] if shown_later else 0
        elif at != self._end:
            self._stretch(at - self._end)
        number = len(self._sizes) + 1
        self._chunks.append(offset)
        if not self._chunk_lengths or self._chunk_lengths[-1][1] != len(sizes):
            self._chunk_lengths.append((len(self._chunks), len(sizes)))
        self._sizes.extend(sizes)
        self._durations.extend(durations)
        self._later.extend(shown_later or (0,) * len(sizes))
        if keys is not None:
            self._are_all_keys = self._are_all_keys and all(keys)
            self._keys.extend(number + i for i, is_key in enumerate(keys) if is_key)
        self._end += sum(durations)

    def shift(self, bytes_later: int) -> None:
        """Move all samples within the file, for a `moov` that comes to stand before them."""
        self._chunks = array("Q", (offset + bytes_later for offset in self._chunks))

    def stbl(self, stsd: Pieces) -> Pieces:
        """Return the sample table with this description of samples, a whole box."""
        boxes = [stsd, self._durations.box(b"stts", version=0)]
        if any(self._later.values):
            boxes.append(self._later.box(b"ctts", version=1 if min(self._later.values) < 0 else 0))
        if not self._are_all_keys:
            boxes.append(_box(b"stss", struct.pack(">II", 0, len(self._keys)), _big(self._keys)))
        rows = b"".join(struct.pack(">III", *row, 1) for row in self._chunk_lengths)
        boxes.append(_box(b"stsc", struct.pack(">II", 0, len(self._chunk_lengths)), rows))
        boxes.append(_box(b"stsz", struct.pack(">III", 0, 0, len(self._sizes)), _big(self._sizes)))
        count = struct.pack(">II", 0, len(self._chunks))
        if self._chunks and self._chunks[-1] > _MOST_32:
            boxes.append(_box(b"co64", count, _big(self._chunks)))
        else:
            boxes.append(_box(b"stco", count, _big(array("I", self._chunks))))
        return _box(b"stbl", *boxes)

    def edits(self, film_start: int) -> tuple[Pieces, int]:
        """Return the `edts` of a film that begins at `film_start` (film ticks), and the end.

        The end is that of this track in the film, in film ticks.  Sound and picture stay as they
        are in the fragments, to the tick: a track that begins with the film needs no edit, and gets
        none, as libav moves the first picture of an edited track to its beginning.
        """
        start, shown_later = self.start or 0, max(self._first_shown_later, 0)
        delay = self._film_ticks(start) - film_start
        length = self._film_ticks(self._end - start)
        if delay <= 0:
            return [], length + self._film_ticks(shown_later)
        delay += self._film_ticks(shown_later)
        rows = struct.pack(">QqI", delay, -1, _UNITY_RATE)
        rows += struct.pack(">QqI", length, shown_later, _UNITY_RATE)
        return _box(b"edts", _box(b"elst", struct.pack(">II", 1 << 24, 2), rows)), delay + length

    def film_start(self) -> int | None:
        """Return when the first sample is decoded, in film ticks; None: there is none."""
        return None if self.start is None else self._film_ticks(self.start)

    @property
    def ticks(self) -> int:
        """How long all samples last."""
        return self._end - (self.start or 0)

    def _film_ticks(self, ticks: int) -> int:
        return ticks * MOVIE_RATE_HZ // self.rate_hz

    def _stretch(self, ticks: int) -> None:
        """Have the last sample last longer by `ticks`, or shorter, but not less than a tick."""
        duration = self._durations.pop()
        changed = min(max(1, duration + ticks), _MOST_32)
        self._durations.extend((changed,))
        self._end += changed - duration


class _Rows:
    """A list in which values that follow one another are stored with how often they do."""

    def __init__(self, code: str) -> None:
        self.counts = array("I")
        self.values = array(code)

    def extend(self, values: Iterable[int]) -> None:
        for value in values:
            if self.values and self.values[-1] == value:
                self.counts[-1] += 1
            else:
                self.counts.append(1)
                self.values.append(value)

    def pop(self) -> int:
        """Take away the last value and return it."""
        value = self.values[-1]
        self.counts[-1] -= 1
        if not self.counts[-1]:
            self.counts.pop()
            self.values.pop()
        return value

    def box(self, kind: bytes, *, version: int) -> Pieces:
        rows = array("I", bytes(8 * len(self.counts)))
        rows[::2] = self.counts
        rows[1::2] = array("I", self.values.tobytes())
        return _box(kind, struct.pack(">II", version << 24, len(self.counts)), _big(rows))


def moov(init: bytes, tables: Mapping[int, SampleTable]) -> bytes:
    """Return the `moov` of a film: the tracks of an init segment with `tables`, by track number.

    Tracks without samples are left out.  Raises `BrokenRecordingError` for an init that is none.
    """
    return b"".join(moov_pieces(init, tables))


def moov_pieces(init: bytes, tables: Mapping[int, SampleTable]) -> Pieces:
    """Return the same in pieces, to be written one after the other: of a day they are 40 MB."""
    starts = [start for table in tables.values() if (start := table.film_start()) is not None]
    if not starts:
        raise BrokenRecordingError("a film without a picture")
    film_start = min(starts)
    outer = next((box for box in parts(init, 0, len(init)) if box.kind == b"moov"), None)
    if outer is None:
        raise BrokenRecordingError("no moov")
    head, traks, longest = b"", [], 0
    try:
        for box in parts(init, outer.body, outer.end):
            if box.kind == b"mvhd":
                head = init[box.body : box.end]
            elif box.kind == b"trak" and (made := _trak(init, box, tables, film_start)) is not None:
                traks.append(made[0])
                longest = max(longest, made[1])
    except (struct.error, IndexError) as error:
        raise BrokenRecordingError("an init segment that ends too early") from error
    return _box(b"moov", _mvhd(head, longest), *traks)


def _trak(
    init: bytes, trak: Part, tables: Mapping[int, SampleTable], film_start: int
) -> tuple[Pieces, int] | None:
    """Return the track as a box and how long it lasts in the film; None: it has no samples."""
    tkhd = child_of(init, trak, b"tkhd")
    (number,) = struct.unpack_from(">I", init, tkhd.body + (20 if init[tkhd.body] else 12))
    table = tables.get(number)
    if table is None or not len(table):
        return None
    edts, length = table.edits(film_start)
    mdia = child_of(init, trak, b"mdia")
    boxes = []
    for box in parts(init, mdia.body, mdia.end):
        body = init[box.body : box.end]
        if box.kind == b"mdhd":
            boxes.append(_mdhd(body, table))
        elif box.kind == b"minf":
            boxes.append(_minf(init, box, table))
        else:
            boxes.append(_box(box.kind, body))
    head = _tkhd(init[tkhd.body : tkhd.end], length)
    return _box(b"trak", head, edts, _box(b"mdia", *boxes)), length


def _minf(init: bytes, minf: Part, table: SampleTable) -> Pieces:
    boxes = []
    for box in parts(init, minf.body, minf.end):
        if box.kind == b"stbl":
            stsd = child_of(init, box, b"stsd")
            boxes.append(table.stbl(_box(b"stsd", init[stsd.body : stsd.end])))
        else:
            boxes.append(_box(box.kind, init[box.body : box.end]))
    return _box(b"minf", *boxes)


def _mvhd(body: bytes, duration: int) -> Pieces:
    return _box(b"mvhd", struct.pack(">IQQIQ", 1 << 24, 0, 0, MOVIE_RATE_HZ, duration), body[-80:])


def _tkhd(body: bytes, duration: int) -> Pieces:
    word = struct.unpack_from(">I", body)[0] & 0xFFFFFF
    (number,) = struct.unpack_from(">I", body, 20 if body[0] else 12)
    fixed = struct.pack(">IQQIIQ", 1 << 24 | word, 0, 0, number, 0, duration)
    return _box(b"tkhd", fixed, body[-60:])


def _mdhd(body: bytes, table: SampleTable) -> Pieces:
    return _box(
        b"mdhd", struct.pack(">IQQIQ", 1 << 24, 0, 0, table.rate_hz, table.ticks), body[-4:]
    )


def _box(kind: bytes, *bodies: bytes | Pieces) -> Pieces:
    pieces: Pieces = [b""]
    for body in bodies:
        pieces += [body] if isinstance(body, bytes) else body
    pieces[0] = struct.pack(">I4s", 8 + sum(map(len, pieces)), kind)
    return pieces


def _big(numbers: "array[int]") -> bytes:
    if sys.byteorder == "big":
        return numbers.tobytes()
    swapped = array(numbers.typecode, numbers)
    swapped.byteswap()
    return swapped.tobytes()
