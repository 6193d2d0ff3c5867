"""Makes films out of recordings, copying every byte: clips of any span, and time-lapses.

Blocks for as long as it takes; call it in a thread.
"""

import contextlib
import hashlib
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pantau.media.archive.films import (
    Film,
    Gap,
    Piece,
    Plan,
    Source,
    SplicingStoppedError,
    Unreadable,
    plan_clip,
    plan_timelapse,
)
from pantau.media.archive.layout import OpenFile
from pantau.media.archive.sample_tables import Pieces, moov_pieces

__all__ = ["Source", "Spliced", "Splicer", "SplicingStoppedError"]

_FTYP: Final = struct.pack(
    ">I4s4sI4s4s4s4s", 32, b"ftyp", b"isom", 0x200, b"isom", b"iso2", b"iso6", b"mp41"
)
_MDAT_BYTES: Final = 16
_BLOCK_BYTES: Final = 1 << 20
_PLANNING: Final = 50
"""What of a thousand the planning is."""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """One finished film."""

    file: Path
    size_bytes: int
    sha256: str
    from_ms: int
    """Unix milliseconds, as `to_ms`: what it shows, gaps included."""
    to_ms: int
    duration_ms: int
    gaps: Sequence[Gap]


@dataclass(frozen=True, slots=True)
class UsedSource:
    """One recording that a film is made of."""

    source: Source
    from_ms: int
    """Unix milliseconds, as `to_ms`: what of it is in the film."""
    to_ms: int
    size_bytes: int
    sha256: str | None
    """Of the whole file; None while it is being written."""
    used_offset: int
    used_bytes: int
    """From the first byte that is in the film to the last; these never change."""
    used_sha256: str


@dataclass(frozen=True, slots=True)
class Spliced:
    """What came of it."""

    files: Sequence[MadeFile]
    sources: Sequence[UsedSource]
    unreadable: Sequence[Unreadable]
    recorded_ms: int


@dataclass(slots=True)
class Splicer:
    """Makes one export.  Its callbacks are called in the thread that works."""

    sources: Sequence[Source]
    """By time."""
    folder: Path
    name_of: Callable[[int, int], str]
    """Told which film of how many (from 1), returns the name of its file."""
    is_wanted: Callable[[], bool] = lambda: True
    """Asked often; once it says no, `SplicingStoppedError` is raised and nothing is left behind."""
    on_progress: Callable[[int], None] = lambda _: None
    """Told per thousand of the recorded time."""
    _done_ms: int = 0

    def plan_in_thread(self, *, speed: int | None = None) -> Plan:
        """Return what is to be made: a clip, or with `speed` a time-lapse.

        Raises `SplicingStoppedError`.
        """

        def go_on(number: int) -> bool:
            self.on_progress(_PLANNING * number // max(1, len(self.sources)))
            return self.is_wanted()

        if speed is None:
            return plan_clip(self.sources, is_wanted=go_on)
        return plan_timelapse(self.sources, speed=speed, is_wanted=go_on)

    def make_in_thread(self, plan: Plan) -> Spliced:
        """Write the films of a plan; files appear under their names when they are whole.

        Raises `SplicingStoppedError`, `BrokenRecordingError` when a recording is not any more what
        it was at the planning, and OSError.
        """
        files: list[MadeFile] = []
        used: list[UsedSource] = []
        total_ms = max(1, plan.recorded_ms)
        self._done_ms = 0
        with contextlib.ExitStack() as undoing:
            for number, film in enumerate(plan.films, 1):
                file = self.folder / self.name_of(number, len(plan.films))
                made, sources = self._film(film, file, total_ms)
                undoing.callback(file.unlink, missing_ok=True)
                files.append(made)
                used += sources
            undoing.pop_all()
        return Spliced(files, used, plan.unreadable, plan.recorded_ms)

    def _film(self, film: Film, file: Path, total_ms: int) -> tuple[MadeFile, list[UsedSource]]:
        head = _head(film)
        part = file.with_name(f"{file.name}.part")
        digest, size_bytes = hashlib.sha256(), sum(map(len, head))
        used: list[UsedSource] = []
        with contextlib.ExitStack() as undoing:
            undoing.callback(part.unlink, missing_ok=True)
            with part.open("wb") as out:
                for piece_of_head in head:
                    out.write(piece_of_head)
                    digest.update(piece_of_head)
                head.clear()
                for piece in film.pieces:
                    with OpenFile(piece.source.video) as recording:
                        used.append(self._hashed(piece, recording))
                        for offset, size in piece.spans():
                            for block in self._blocks(recording, offset, size):
                                out.write(block)
                                digest.update(block)
                                size_bytes += len(block)
                    self._done_ms += piece.to_ms - piece.from_ms
                    self.on_progress(_PLANNING + (1000 - _PLANNING) * self._done_ms // total_ms)
                out.flush()
                os.fsync(out.fileno())
            part.replace(file)
            undoing.pop_all()
        video = next(iter(film.tables.values()))
        return (
            MadeFile(
                file,
                size_bytes,
                digest.hexdigest(),
                film.pieces[0].from_ms,
                film.pieces[-1].to_ms,
                video.ticks * 1000 // video.rate_hz,
                tuple(film.gaps),
            ),
            used,
        )

    def _hashed(self, piece: Piece, recording: OpenFile) -> UsedSource:
        """Say what a recording is; read before it is copied, so that it is read once from disk."""
        spans = list(piece.spans())
        begin = spans[0][0] if spans else 0
        end = max((offset + size for offset, size in spans), default=0)
        whole, used = hashlib.sha256(), hashlib.sha256()
        is_closed = piece.index.closed_bytes == recording.size
        for first, length in ((0, begin), (begin, end - begin), (end, recording.size - end)):
            is_used = first == begin
            if not is_closed and not is_used:
                continue
            for block in self._blocks(recording, first, length):
                whole.update(block)
                if is_used:
                    used.update(block)
        return UsedSource(
            source=piece.source,
            from_ms=piece.from_ms,
            to_ms=piece.to_ms,
            size_bytes=recording.size,
            sha256=whole.hexdigest() if is_closed else None,
            used_offset=begin,
            used_bytes=end - begin,
            used_sha256=used.hexdigest(),
        )

    def _blocks(self, recording: OpenFile, offset: int, size: int) -> Iterator[bytes]:
        end = offset + size
        while offset < end:
            if not self.is_wanted():
                raise SplicingStoppedError
            block = recording.read(offset, min(_BLOCK_BYTES, end - offset))
            offset += len(block)
            yield block


def _head(film: Film) -> Pieces:
    """Return everything before the first sample: a player may begin before it has the rest."""
    head: Pieces = []
    base = 0
    # Where samples are depends on how long this is, which depends, at 4 GiB, on where samples are.
    for _ in range(3):
        head.clear()
        head = [_FTYP, *moov_pieces(film.init, film.tables)]
        moved = sum(map(len, head)) + _MDAT_BYTES - base
        if not moved:
            break
        for table in film.tables.values():
            table.shift(moved)
        base += moved
    return [*head, struct.pack(">I4sQ", 1, b"mdat", _MDAT_BYTES + film.size_bytes)]
