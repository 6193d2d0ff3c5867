"""What a `moof` and an init segment say: samples with sizes and times, tracks with their codecs."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from pantau.media.archive.layout import BrokenRecordingError
from pantau.media.codecs import audio_track, parameter_sets_from_extradata, video_track
from pantau.media.errors import SourceError
from pantau.media.packets import VIDEO_TIME_BASE, Tracks

_NOT_SYNC: Final = 0x00010000
_MOST_CHILDREN: Final = 64
_VIDEO_ENTRY_BYTES: Final = 86
_AUDIO_ENTRY_BYTES: Final = 36
_VIDEO_ENTRIES: Final[dict[bytes, tuple[Literal["h264", "h265"], bytes]]] = {
    b"avc1": ("h264", b"avcC"),
    b"avc3": ("h264", b"avcC"),
    b"hvc1": ("h265", b"hvcC"),
    b"hev1": ("h265", b"hvcC"),
}


class Part(NamedTuple):
    """A box within bytes that are in memory: its kind, where its body begins, where it ends."""

    kind: bytes
    body: int
    end: int


class Run(NamedTuple):
    """Neighbouring samples of one track; all sequences have the same length, at least one."""

    track_id: int
    dts: int
    """Of the first, in ticks of the track."""
    offset: int
    """Of the first byte, from the beginning of the `moof`."""
    sizes: Sequence[int]
    durations: Sequence[int]
    shown_later: Sequence[int]
    """How much later than decoded each is shown."""
    keys: Sequence[bool]

    @property
    def duration(self) -> int:
        return sum(self.durations)


@dataclass(frozen=True, slots=True)
class InitTrack:
    """One track of an init segment."""

    track_id: int
    rate_hz: int
    """Ticks a second."""
    handler: bytes
    """`vide` or `soun`."""
    entry: bytes
    """Its sample description, which says everything that a decoder must know."""
    defaults: tuple[int, int, int]
    """Duration, size and flags of samples that do not say their own."""


@dataclass(frozen=True, slots=True)
class InitTracks:
    """What an init segment describes."""

    video: InitTrack
    audio: InitTrack | None

    def of(self, track_id: int) -> InitTrack | None:
        """Return the track of this number."""
        for track in (self.video, self.audio):
            if track is not None and track.track_id == track_id:
                return track
        return None


def parts(data: bytes, begin: int, end: int) -> Iterator[Part]:
    """Yield the boxes between two places; raises `BrokenRecordingError` where one does not fit."""
    at = begin
    for _ in range(_MOST_CHILDREN):
        if at >= end:
            return
        if at + 8 > end:
            raise BrokenRecordingError("half a box")
        size, kind = struct.unpack_from(">I4s", data, at)
        if not 8 <= size <= end - at:
            raise BrokenRecordingError("a box of impossible length")
        yield Part(kind, at + 8, at + size)
        at += size
    raise BrokenRecordingError("too many boxes")


def runs_of(moof: bytes, tracks: InitTracks) -> list[Run]:
    """Return the runs of samples of a `moof`; raises `BrokenRecordingError`.

    Offsets count from the beginning of the `moof`; whether they lie in the file is for the caller.
    """
    found: list[Run] = []
    try:
        for box in parts(moof, 8, len(moof)):
            if box.kind == b"traf":
                found += _runs_of_track(moof, box, tracks)
    except (struct.error, IndexError) as error:
        raise BrokenRecordingError("a fragment that ends too early") from error
    return found


@lru_cache(maxsize=64)
def init_tracks(init: bytes) -> InitTracks:
    """Return the tracks of an init segment of ours; raises `BrokenRecordingError`."""
    try:
        found = _init_tracks(init)
    except (struct.error, IndexError) as error:
        raise BrokenRecordingError("an init segment that ends too early") from error
    video = [track for track in found if track.handler == b"vide"]
    audio = [track for track in found if track.handler == b"soun"]
    if len(video) != 1 or len(audio) > 1:
        raise BrokenRecordingError("not one video track")
    if video[0].rate_hz != VIDEO_TIME_BASE:
        raise BrokenRecordingError("video that counts in other ticks than ours")
    return InitTracks(video[0], audio[0] if audio else None)


def described(init: bytes) -> Tracks:
    """Return what an init segment says of the codecs; raises `BrokenRecordingError`."""
    tracks = init_tracks(init)
    try:
        codec, config = _VIDEO_ENTRIES[tracks.video.entry[4:8]]
        extradata = _inner(tracks.video.entry, _VIDEO_ENTRY_BYTES, config)
        video = video_track(codec, parameter_sets_from_extradata(codec, extradata))
        if tracks.audio is None:
            return Tracks(video)
        esds = _inner(tracks.audio.entry, _AUDIO_ENTRY_BYTES, b"esds")
        return Tracks(video, audio_track(_audio_config(esds)))
    except (SourceError, KeyError, IndexError) as error:
        raise BrokenRecordingError("tracks that cannot be described") from error


def _runs_of_track(moof: bytes, traf: Part, tracks: InitTracks) -> list[Run]:
    head, at_ticks, runs = None, None, []
    for box in parts(moof, traf.body, traf.end):
        if box.kind == b"tfhd":
            head = _track_head(moof, box, tracks)
        elif box.kind == b"tfdt":
            wide = moof[box.body] == 1
            (at_ticks,) = struct.unpack_from(">Q" if wide else ">I", moof, box.body + 4)
        elif box.kind == b"trun":
            if head is None or at_ticks is None:
                raise BrokenRecordingError("samples without a track or a time")
            run = _run(moof, box, at_ticks, head)
            if run is not None:
                runs.append(run)
                at_ticks += run.duration
    return runs


def _track_head(moof: bytes, box: Part, tracks: InitTracks) -> tuple[int, int, int, int]:
    """Return track, default duration, size and flags."""
    word, track_id = struct.unpack_from(">II", moof, box.body)
    track = tracks.of(track_id)
    if track is None:
        raise BrokenRecordingError("samples of a track that is not described")
    at, (duration, size, flags) = box.body + 8, track.defaults
    if word & 0x01:
        raise BrokenRecordingError("offsets that depend on where the file was written")
    at += 4 if word & 0x02 else 0
    if word & 0x08:
        (duration,) = struct.unpack_from(">I", moof, at)
        at += 4
    if word & 0x10:
        (size,) = struct.unpack_from(">I", moof, at)
        at += 4
    if word & 0x20:
        (flags,) = struct.unpack_from(">I", moof, at)
    return track_id, duration, size, flags


def _run(moof: bytes, box: Part, dts: int, head: tuple[int, int, int, int]) -> Run | None:
    track_id, *defaults = head
    word, count = struct.unpack_from(">II", moof, box.body)
    at, offset, first = box.body + 8, 0, None
    if word & 0x01:
        (offset,) = struct.unpack_from(">i", moof, at)
        at += 4
    if word & 0x04:
        (first,) = struct.unpack_from(">I", moof, at)
        at += 4
    given = [bool(word & bit) for bit in (0x100, 0x200, 0x400, 0x800)]
    wide = sum(given)
    if not count:
        return None
    if at + 4 * wide * count > box.end or (not wide and count > 1 << 16):
        raise BrokenRecordingError("a table that is longer than its box")
    if offset < len(moof):
        raise BrokenRecordingError("samples that lie before their own description")
    table = struct.unpack_from(f">{wide * count}I", moof, at)
    columns: list[Sequence[int]] = []
    for number, is_given in enumerate(given):
        default = defaults[number] if number < len(defaults) else 0
        columns.append(table[_column(given, number) :: wide] if is_given else (default,) * count)
    durations, sizes, flags, later = columns
    keys = [not flag & _NOT_SYNC for flag in flags]
    if first is not None:
        keys[0] = not first & _NOT_SYNC
    if moof[box.body] and given[3]:
        later = [value - (1 << 32) if value >> 31 else value for value in later]
    return Run(track_id, dts, offset, sizes, durations, later, keys)


def _column(given: Sequence[bool], number: int) -> int:
    """Return in which column of the table a value stands."""
    return sum(given[:number])


def _init_tracks(init: bytes) -> list[InitTrack]:
    moov = next((box for box in parts(init, 0, len(init)) if box.kind == b"moov"), None)
    if moov is None:
        raise BrokenRecordingError("no moov")
    defaults: dict[int, tuple[int, int, int]] = {}
    traks: list[Part] = []
    for box in parts(init, moov.body, moov.end):
        if box.kind == b"trak":
            traks.append(box)
        elif box.kind == b"mvex":
            for child in parts(init, box.body, box.end):
                if child.kind == b"trex":
                    track_id, _, *rest = struct.unpack_from(">5I", init, child.body + 4)
                    defaults[track_id] = (rest[0], rest[1], rest[2])
    return [_init_track(init, trak, defaults) for trak in traks]


def _init_track(init: bytes, trak: Part, defaults: dict[int, tuple[int, int, int]]) -> InitTrack:
    tkhd = child_of(init, trak, b"tkhd")
    mdia = child_of(init, trak, b"mdia")
    mdhd = child_of(init, mdia, b"mdhd")
    hdlr = child_of(init, mdia, b"hdlr")
    stbl = child_of(init, child_of(init, mdia, b"minf"), b"stbl")
    stsd = child_of(init, stbl, b"stsd")
    (track_id,) = struct.unpack_from(">I", init, tkhd.body + (20 if init[tkhd.body] else 12))
    (rate_hz,) = struct.unpack_from(">I", init, mdhd.body + (20 if init[mdhd.body] else 12))
    if not rate_hz:
        raise BrokenRecordingError("a track without a time base")
    return InitTrack(
        track_id,
        rate_hz,
        handler=init[hdlr.body + 8 : hdlr.body + 12],
        entry=init[stsd.body + 8 : stsd.end],
        defaults=defaults.get(track_id, (0, 0, 0)),
    )


def child_of(data: bytes, parent: Part, kind: bytes) -> Part:
    """Return the first box of a kind within another; raises `BrokenRecordingError`."""
    for box in parts(data, parent.body, parent.end):
        if box.kind == kind:
            return box
    raise BrokenRecordingError(f"no {kind.decode('ascii', 'replace')}")


def _inner(entry: bytes, begin: int, kind: bytes) -> bytes:
    if len(entry) < begin:
        raise BrokenRecordingError("a sample description that ends too early")
    (size,) = struct.unpack_from(">I", entry, 0)
    found = child_of(entry, Part(entry[4:8], begin, min(size, len(entry))), kind)
    return entry[found.body : found.end]


def _audio_config(esds: bytes) -> bytes:
    """Return the AudioSpecificConfig in an `esds` (ISO 14496-1, 7.2.6)."""
    at = 4
    for tag, fixed in ((0x03, 3), (0x04, 13), (0x05, 0)):
        if esds[at] != tag:
            raise BrokenRecordingError("audio that is not described as AAC")
        at += 1
        length = 0
        for _ in range(4):
            byte = esds[at]
            at += 1
            length = length << 7 | byte & 0x7F
            if not byte & 0x80:
                break
        if tag == 0x05:
            return esds[at : at + length]
        at += fixed
    raise BrokenRecordingError("audio without a configuration")
