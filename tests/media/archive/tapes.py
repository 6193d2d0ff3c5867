"""Recordings as a recorder leaves them, written byte by byte from coded clips."""

import struct
from dataclasses import dataclass, field
from pathlib import Path

from pantau.media.archive import naming
from pantau.media.archive.index import (
    Ending,
    Fragment,
    Index,
    IndexHead,
    closing_bytes,
    fragment_bytes,
    head_bytes,
)
from pantau.media.archive.reading import finish
from pantau.media.live.parts import Part, RunBegun
from pantau.media.packets import VIDEO_TIME_BASE
from tests.media.live.coded import Coded, coded, cut

CAMERA = 7
START_MS = 1_772_352_000_000
FTYP = bytes.fromhex("0000001c6674797069736f6d0000020069736f6d69736f366d703431")
FREE = struct.pack(">I4s8x", 16, b"free")


@dataclass
class Tape:
    """One file and what was put into it."""

    video: Path
    source: Coded
    start_ms: int = START_MS
    fragments: list[Fragment] = field(default_factory=list)
    head: IndexHead | None = None

    @property
    def index_file(self) -> Path:
        return self.video.with_suffix(naming.INDEX_SUFFIX)

    @property
    def index(self) -> Index:
        assert self.head is not None
        return Index(self.head, tuple(self.fragments), None)


def open_tape(
    folder: Path,
    source: Coded | None = None,
    *,
    camera_id: int = CAMERA,
    start_ms: int = START_MS,
    part_s: float = 1.0,
) -> Tape:
    """Write a file that nobody has closed, with its index beside it."""
    source = source or coded(seconds=6.0, audio=True)
    video = folder / naming.video_key(camera_id, start_ms)
    video.parent.mkdir(parents=True, exist_ok=True)
    tape = Tape(video, source, start_ms)
    data, at_ticks = bytearray(FTYP + FREE), 0
    for event in cut(source, part_s=part_s):
        if isinstance(event, RunBegun):
            tape.head = IndexHead(
                camera_id=camera_id,
                start_ms=start_ms,
                init_offset=len(data),
                init_size=len(event.init),
                codecs=event.codecs,
                width_px=source.tracks.video.width_px,
                height_px=source.tracks.video.height_px,
                has_audio=source.tracks.audio is not None,
            )
            data += event.init
        elif isinstance(event, Part):
            ticks = round(event.duration_s * VIDEO_TIME_BASE)
            wall_ms = at_ticks // 90 + 3
            tape.fragments.append(
                Fragment(
                    len(data), len(event.data), at_ticks, ticks, wall_ms, is_key=event.independent
                )
            )
            data += event.data
            at_ticks += ticks
    video.write_bytes(data)
    write_index(tape)
    return tape


def write_index(tape: Tape, *, closed_bytes: int | None = None) -> None:
    assert tape.head is not None
    data = head_bytes(tape.head) + b"".join(map(fragment_bytes, tape.fragments))
    if closed_bytes is not None:
        data += closing_bytes(closed_bytes, Ending.BOUNDARY)
    tape.index_file.write_bytes(data)


def closed_tape(
    folder: Path,
    source: Coded | None = None,
    *,
    camera_id: int = CAMERA,
    start_ms: int = START_MS,
    part_s: float = 1.0,
) -> Tape:
    """Write a file that was closed at its time."""
    tape = open_tape(folder, source, camera_id=camera_id, start_ms=start_ms, part_s=part_s)
    closed_bytes = finish(tape.video).closed_bytes
    write_index(tape, closed_bytes=closed_bytes)
    return tape
