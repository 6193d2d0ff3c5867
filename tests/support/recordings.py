"""Small recordings as a recorder leaves them: whole, being written, or torn by a crash.

Their fragments are real pictures, one second each.  The last `moov` of a whole one is a stub: for
players that read files from beginning to end use the recorder's own writer.
"""

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Literal

import av

from pantau.media.archive.index import (
    Ending,
    Fragment,
    IndexHead,
    closing_bytes,
    fragment_bytes,
    head_bytes,
)
from pantau.media.archive.naming import index_key, video_key
from pantau.media.codecs.init import init_segment
from pantau.media.codecs.video import codec_string, parameter_sets_from_extradata, video_track
from pantau.media.live.fragments import TrackSamples, fragment
from pantau.media.packets import VIDEO_TIME_BASE, Packet, Tracks
from tests.media.clips import RATE, clip

Shape = Literal["closed", "open"]
_FTYP = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"isom", 512, b"isom", b"mp41")
_FREE = struct.pack(">I4sQ", 16, b"free", 0)
_TICKS = VIDEO_TIME_BASE // RATE


@dataclass(frozen=True)
class Recorded:
    """One recording on disk."""

    video: Path
    index: Path
    start_ms: int
    fragments: tuple[Fragment, ...]
    size_bytes: int

    @property
    def end_ms(self) -> int:
        return self.start_ms + (self.fragments[-1].end_ms if self.fragments else 0)


@lru_cache(maxsize=1)
def second() -> tuple[Tracks, tuple[Packet, ...]]:
    """One second of moving grey at 25 pictures a second, the first a key picture."""
    with av.open(BytesIO(clip(seconds=1.0, size=(160, 96), key_every=RATE)), "r") as opened:
        stream = opened.streams.video[0]
        extradata = stream.codec_context.extradata or b""
        track = video_track("h264", parameter_sets_from_extradata("h264", extradata))
        packets = tuple(
            Packet(
                is_video=True,
                pts=number * _TICKS,
                dts=number * _TICKS,
                is_keyframe=packet.is_keyframe,
                data=bytes(packet),
                received_unix_s=number / RATE,
            )
            for number, packet in enumerate(each for each in opened.demux(stream) if each.size)
        )
    return Tracks(track), packets


def write_recording(
    root: Path,
    camera_id: int,
    start_ms: int,
    *,
    seconds: int = 3,
    shape: Shape = "closed",
    has_index: bool = True,
    ending: Ending = Ending.BOUNDARY,
) -> Recorded:
    """Write a recording below `root`; nobody holds its lock.

    `open` is one that nobody closed: what a recorder that was killed leaves.
    """
    tracks, _ = second()
    init = init_segment(tracks)
    video = root / video_key(camera_id, start_ms)
    index = root / index_key(camera_id, start_ms)
    video.parent.mkdir(parents=True, exist_ok=True)
    head = IndexHead(
        camera_id=camera_id,
        start_ms=start_ms,
        init_offset=len(_FTYP) + len(_FREE),
        init_size=len(init),
        codecs=codec_string(tracks.video),
        width_px=tracks.video.width_px,
        height_px=tracks.video.height_px,
        has_audio=False,
    )
    data = bytearray(_FTYP + _FREE + init)
    fragments: list[Fragment] = []
    for number in range(seconds):
        one = _fragment(number)
        fragments.append(_described(number, len(data), len(one)))
        data += one
    records = [head_bytes(head), *map(fragment_bytes, fragments)]
    if shape == "closed":
        hidden = len(data) - len(_FTYP)
        data[len(_FTYP) : len(_FTYP) + 16] = struct.pack(">I4sQ", 1, b"mdat", hidden)
        data += struct.pack(">I4s", 8, b"moov")
        records.append(closing_bytes(len(data), ending))
    video.write_bytes(data)
    if has_index:
        index.write_bytes(b"".join(records))
    return Recorded(video, index, start_ms, tuple(fragments), len(data))


def append_second(recorded: Recorded) -> Recorded:
    """Write one more second to an open recording, as its recorder does."""
    number, size_bytes = len(recorded.fragments), recorded.size_bytes
    one = _fragment(number)
    described = _described(number, size_bytes, len(one))
    with recorded.video.open("ab") as video:
        video.write(one)
    with recorded.index.open("ab") as index:
        index.write(fragment_bytes(described))
    return Recorded(
        recorded.video,
        recorded.index,
        recorded.start_ms,
        (*recorded.fragments, described),
        size_bytes + len(one),
    )


def close_recording(recorded: Recorded, ending: Ending = Ending.BOUNDARY) -> Recorded:
    """Close an open recording, as its recorder does."""
    hidden = recorded.size_bytes - len(_FTYP)
    with recorded.video.open("r+b") as video:
        video.seek(0, os.SEEK_END)
        video.write(struct.pack(">I4s", 8, b"moov"))
        video.seek(len(_FTYP))
        video.write(struct.pack(">I4sQ", 1, b"mdat", hidden))
    size_bytes = recorded.size_bytes + 8
    with recorded.index.open("ab") as index:
        index.write(closing_bytes(size_bytes, ending))
    return Recorded(
        recorded.video, recorded.index, recorded.start_ms, recorded.fragments, size_bytes
    )


@contextmanager
def being_written(video: Path) -> Iterator[None]:
    """Hold the lock that a recorder holds."""
    descriptor = os.open(video, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


@lru_cache(maxsize=64)
def _fragment(number: int) -> bytes:
    _, packets = second()
    shift = number * VIDEO_TIME_BASE
    moved = [each._replace(pts=each.pts + shift, dts=each.dts + shift) for each in packets]
    return fragment(number + 1, [TrackSamples(1, moved, [_TICKS] * len(moved))])


def _described(number: int, offset: int, size: int) -> Fragment:
    at_ticks = number * VIDEO_TIME_BASE
    return Fragment(offset, size, at_ticks, VIDEO_TIME_BASE, number * 1000, is_key=True)
