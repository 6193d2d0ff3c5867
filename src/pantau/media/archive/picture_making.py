"""Decodes pictures out of recordings, in a process of its own: cameras may send anything."""

import contextlib
import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

import av
from av.packet import Packet as CodedPacket
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from pantau.media import codecs
from pantau.media.archive.cutting import Taken, cut_of, runs_or_none
from pantau.media.archive.footage import Footage
from pantau.media.archive.index import Fragment
from pantau.media.archive.reading import BrokenRecordingError, index_of
from pantau.media.archive.samples import described
from pantau.media.errors import SourceError
from pantau.media.packets import VIDEO_TIME_BASE, Tracks
from pantau.media.stills import StillForm, encoded_in_thread, scaled_in_thread

_PER_MS: Final = VIDEO_TIME_BASE // 1000
_TIME_BASE: Final = Fraction(1, VIDEO_TIME_BASE)
_MOST_PICTURES: Final = 900
"""How far from its key frame a picture may be: half a minute at 30 a second.  Behind that the last
one that is reached is shown."""
_MOST_BYTES: Final = 64 << 20
_MOST_PX: Final = 8192
_MOST_TILES: Final = 400
_COLUMNS: Final = 10
_DECODERS: Final[dict[str, Literal["h264", "hevc"]]] = {"h264": "h264", "h265": "hevc"}
_BLACK_LUMA: Final = 16
_NO_CHROMA: Final = 128


class NoPictureError(Exception):
    """There is none at this moment."""


@dataclass(frozen=True, slots=True)
class Still:
    """One picture and its media time in the file."""

    data: bytes
    at_ms: int
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """Small pictures in rows; the first is of the file's beginning, then one every `every_ms`."""

    data: bytes
    columns: int
    tile_px: tuple[int, int]
    tiles: int
    every_ms: int


def still(video: Path, at_ms: int, *, width_px: int, form: StillForm) -> Still:
    """Return the picture shown at that media time, or the last of the file.

    Raises `NoPictureError`, `BrokenRecordingError`, `SourceError` and OSError.  Decodes everything
    from the key frame on.
    """
    with Footage(video, index_of(video)) as footage:
        at_ms = max(0, min(at_ms, footage.index.duration_ms - 1))
        frame, shown = _shown_at(footage, at_ms)
    width = max(2, min(width_px, frame.width) // 2 * 2)
    height = max(2, round(frame.height * width / frame.width / 2) * 2)
    data = encoded_in_thread(scaled_in_thread(frame, width, height, form=form), form=form)
    return Still(data, max(0, shown // _PER_MS), width, height)


def sheet(video: Path, *, every_ms: int, most_px: tuple[int, int], form: StillForm) -> Sheet:
    """Return small pictures of a whole file, each within `most_px`, made of key frames.

    Raises as `still` does.  Decodes one key frame for each tile.
    """
    with Footage(video, index_of(video)) as footage:
        duration_ms = footage.index.duration_ms
        every_ms = max(every_ms, math.ceil(duration_ms / _MOST_TILES))
        tiles = max(1, math.ceil(duration_ms / every_ms))
        tracks = described(footage.init)
        size_px = _fitting(tracks, most_px)
        drawn = list(_tiles(footage, tracks, [n * every_ms for n in range(tiles)], size_px, form))
    if all(tile is None for tile in drawn):
        raise NoPictureError
    columns = min(_COLUMNS, tiles)
    data = encoded_in_thread(_joined(drawn, columns, size_px, form), form=form)
    return Sheet(data, columns, size_px, tiles, every_ms)


def _shown_at(footage: Footage, at_ms: int) -> tuple[VideoFrame, int]:
    """Decode from the key frame on; return the picture and when it is shown, in ticks."""
    cut = cut_of(footage, at_ms, at_ms + 1)
    if cut is None:
        # Before its first picture, which may be shown a little later than decoded.
        cut = cut_of(footage, at_ms, footage.index.duration_ms + 1)
    if cut is None:
        raise NoPictureError
    tracks = described(footage.init)
    best: VideoFrame | None = None
    for frame in _decoded(_decoder(tracks), _coded(footage, cut.fragments(), tracks)):
        if best is not None and (frame.pts or 0) > at_ms * _PER_MS:
            break
        if not frame.is_corrupt:
            best = frame
    if best is None:
        raise BrokenRecordingError("no picture that can be decoded")
    return best, best.pts or 0


def _coded(
    footage: Footage, taken: Iterable[Taken], tracks: Tracks
) -> "Iterator[CodedPacket[Stream]]":
    """Yield coded pictures as decoders want them, the parameter sets before the first."""
    left, left_bytes = _MOST_PICTURES, _MOST_BYTES
    head = codecs.nals_to_annexb(tracks.video.parameter_sets)
    for fragment, video, _ in taken:
        for run in video:
            dts, offset = run.dts, fragment.offset + run.offset
            for size, duration, later in zip(
                run.sizes, run.durations, run.shown_later, strict=True
            ):
                left, left_bytes = left - 1, left_bytes - size
                if left < 0 or left_bytes < 0:
                    return
                with contextlib.suppress(SourceError):
                    coded = codecs.sample_to_annexb(footage.read(offset, size))
                    packet: CodedPacket[Stream] = av.Packet(head + coded)
                    packet.dts, packet.pts, packet.time_base = dts, dts + later, _TIME_BASE
                    yield packet
                    head = b""
                dts, offset = dts + duration, offset + size


def _decoder(tracks: Tracks) -> VideoCodecContext:
    video = tracks.video
    if video.width_px > _MOST_PX or video.height_px > _MOST_PX:
        raise BrokenRecordingError("pictures too large to be decoded here")
    decoder = VideoCodecContext.create(_DECODERS[video.codec], "r")
    decoder.thread_count = 1
    return decoder


def _decoded(
    decoder: VideoCodecContext, packets: "Iterable[CodedPacket[Stream]]"
) -> Iterator[VideoFrame]:
    for packet in packets:
        # One damaged picture does not hide those after it.
        with contextlib.suppress(av.error.FFmpegError):
            yield from decoder.decode(packet)
    with contextlib.suppress(av.error.FFmpegError):
        yield from decoder.decode(None)


def _tiles(
    footage: Footage,
    tracks: Tracks,
    moments_ms: Sequence[int],
    size_px: tuple[int, int],
    form: StillForm,
) -> Iterator[VideoFrame | None]:
    """Yield the small picture of each moment; None: there is none that can be decoded yet."""
    keys = [one for one in footage.fragments if one.is_key]
    begins = [one.at_ms for one in keys]
    last: Fragment | None = None
    drawn: VideoFrame | None = None
    for moment_ms in moments_ms if keys else ():
        key = keys[max(0, bisect_right(begins, moment_ms) - 1)]
        if key is not last:
            last, frame = key, _key_frame(footage, key, tracks)
            if frame is not None:
                drawn = scaled_in_thread(frame, *size_px, form=form)
        yield drawn


def _key_frame(footage: Footage, fragment: Fragment, tracks: Tracks) -> VideoFrame | None:
    """Return the first picture of a fragment, decoded; None: it cannot be."""
    runs = runs_or_none(footage, fragment)
    if runs is None or not runs.video:
        return None
    first = runs.video[0]
    alone = first._replace(
        sizes=first.sizes[:1],
        durations=first.durations[:1],
        shown_later=first.shown_later[:1],
        keys=first.keys[:1],
    )
    taken = [Taken(fragment, (alone,), ())]
    frames = _decoded(_decoder(tracks), _coded(footage, taken, tracks))
    return next((frame for frame in frames if not frame.is_corrupt), None)


def _fitting(tracks: Tracks, most_px: tuple[int, int]) -> tuple[int, int]:
    """Return the size of a tile: the picture's shape within `most_px`, in even numbers."""
    width, height = tracks.video.width_px, tracks.video.height_px
    share = min(most_px[0] / width, most_px[1] / height, 1.0)
    return max(2, round(width * share / 2) * 2), max(2, round(height * share / 2) * 2)


def _joined(
    tiles: Sequence[VideoFrame | None], columns: int, size_px: tuple[int, int], form: StillForm
) -> VideoFrame:
    rows = math.ceil(len(tiles) / columns)
    width, height = size_px
    whole = VideoFrame(width * columns, height * rows, "yuvj420p" if form == "jpeg" else "yuv420p")
    for number, plane in enumerate(whole.planes):
        fill = _NO_CHROMA if number else _BLACK_LUMA
        pixels = bytearray([fill]) * plane.buffer_size
        wide, high = (width // 2, height // 2) if number else (width, height)
        for place, tile in enumerate(tiles):
            if tile is None:
                continue
            source = tile.planes[number]
            drawn = bytes(source)
            row, column = divmod(place, columns)
            for line in range(high):
                at = (row * high + line) * plane.line_size + column * wide
                begin = line * source.line_size
                pixels[at : at + wide] = drawn[begin : begin + wide]
        plane.update(bytes(pixels))
    return whole
