"""Reads recordings by their boxes: what is in a file, whether it is whole, and how to finish it."""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pantau.media.archive.index import (
    BrokenIndexError,
    Ending,
    Fragment,
    Index,
    IndexHead,
    closing_bytes,
    fragment_bytes,
    head_bytes,
    read_index,
)
from pantau.media.archive.layout import (
    BrokenRecordingError,
    Layout,
    OpenFile,
    Span,
    fragment_at,
    fragments_in,
    layout_of,
    moof_of,
)
from pantau.media.archive.naming import INDEX_SUFFIX, start_of
from pantau.media.archive.sample_tables import SampleTable, moov
from pantau.media.archive.samples import InitTracks, Run, described, init_tracks, runs_of
from pantau.media.codecs import codec_strings
from pantau.media.packets import VIDEO_TIME_BASE

__all__ = ["BrokenRecordingError", "finish", "index_of", "is_whole", "rebuild_index"]

_MOST_INDEX_BYTES: Final = 64 << 20
_SEAL: Final = struct.Struct(">I4sQ")
_SEARCH_BYTES: Final = 1 << 20
_MOST_GUESSES: Final = 10_000
_MOST_WHOLE: Final = 100_000
_LONGEST_SILENCE: Final = 7_200 * VIDEO_TIME_BASE
"""A file lasts an hour at most."""


def rebuild_index(
    file: Path, *, camera_id: int | None = None, start_ms: int | None = None
) -> Index:
    """Return the index of a video by its own boxes, as far as it is whole.

    Camera and beginning come from the path where they are not given.  `wall_ms` is the media time.
    Raises `BrokenRecordingError` and OSError.  Blocks.
    """
    with OpenFile(file) as opened:
        return _rebuilt(opened, layout_of(opened), _named(file, camera_id, start_ms)).index


def index_of(file: Path) -> Index:
    """Return the index beside a video, or one made from the video where that is torn or missing.

    Raises `BrokenRecordingError` and OSError.  Blocks.
    """
    return _beside(file) or rebuild_index(file)


def is_whole(file: Path) -> bool:
    """Tell whether a file was closed properly: sealed, its `moov` there, its index saying so.

    Bytes that somebody put behind its end are nobody's footage and change nothing.  Raises
    OSError.  Blocks; reads some kilobytes.
    """
    index = _beside(file)
    if index is None or index.closed_bytes is None:
        return False
    with OpenFile(file) as opened:
        try:
            layout = layout_of(opened)
        except BrokenRecordingError:
            return False
        return (
            layout.moov is not None
            and index.closed_bytes == layout.moov.end <= opened.size
            and index.end_bytes <= layout.moov.offset
        )


def finish(file: Path) -> Index:
    """Close a recording that nobody writes any more; call it with the lock on the file held.

    Cuts off a torn fragment, never a whole one; whole files stay as they are.  May be interrupted
    at any moment and called again.  Returns its index, which is whole then.  Raises
    `BrokenRecordingError` where there is nothing to save, and OSError.  Blocks.
    """
    known, named = _beside(file), _named(file, None, None)
    if known is not None and (known.head.camera_id, known.head.start_ms) != named:
        known = None  # another file's: it says nothing about this one
    with OpenFile(file) as opened:
        layout = layout_of(opened)
        rebuilt = _rebuilt(opened, layout, named)
        init = opened.read(*layout.init)
    index = _with_known_times(rebuilt.index, known)
    if not index.fragments:
        raise BrokenRecordingError("not one whole fragment")
    if layout.moov is None:
        closed_bytes = _seal(file, layout, rebuilt.end_bytes, moov(init, rebuilt.tables))
        index = replace(index, closed_bytes=closed_bytes, ending=Ending.CRASHED)
    elif known is not None and known.ending is not None:
        index = replace(index, ending=known.ending)
    if index != known:
        _write_index(file.with_suffix(INDEX_SUFFIX), index)
    return index


def _beside(file: Path) -> Index | None:
    try:
        with file.with_suffix(INDEX_SUFFIX).open("rb") as stored:
            return read_index(stored.read(_MOST_INDEX_BYTES))
    except (FileNotFoundError, BrokenIndexError):
        return None


def _named(file: Path, camera_id: int | None, start_ms: int | None) -> tuple[int, int]:
    """Return camera and beginning, by the path where they are not given."""
    if start_ms is None:
        start_ms = start_of(file.stem)
    if camera_id is None:
        folder = file.absolute().parent.parent.name
        camera_id = int(folder) if folder.isascii() and folder.isdigit() else None
    if start_ms is None or camera_id is None:
        raise BrokenRecordingError("not named like one of ours")
    return camera_id, start_ms


@dataclass(frozen=True, slots=True)
class _Rebuilt:
    index: Index
    tables: dict[int, SampleTable]
    end_bytes: int
    """Where the last whole fragment ends, also one that no index can tell of."""


def _rebuilt(file: OpenFile, layout: Layout, named: tuple[int, int]) -> _Rebuilt:
    """Return the index of a file and the tables of its samples."""
    init = file.read(*layout.init)
    tracks, about = init_tracks(init), described(init)
    head = IndexHead(
        camera_id=named[0],
        start_ms=named[1],
        init_offset=layout.init.offset,
        init_size=layout.init.size,
        codecs=codec_strings(about),
        width_px=about.video.width_px,
        height_px=about.video.height_px,
        has_audio=about.audio is not None,
    )
    tables = {
        track.track_id: SampleTable(track.rate_hz)
        for track in (tracks.video, tracks.audio)
        if track is not None
    }
    fragments: list[Fragment] = []
    origin: int | None = None
    end_bytes = layout.init.end
    for span, runs in _whole_fragments(file, layout, tracks):
        end_bytes = span.end
        fragment = _fragment(span, runs, tracks, origin or 0)
        if origin is None:
            origin = fragment.at_ticks
            fragment = fragment._replace(at_ticks=0, wall_ms=0)
        elif not 0 <= fragment.at_ticks - fragments[-1].at_ticks <= _LONGEST_SILENCE:
            continue  # a time that cannot be: everything after it would seem to come before
        fragments.append(fragment)
        for run in runs:
            tables[run.track_id].add(
                run.dts,
                span.offset + run.offset,
                sizes=run.sizes,
                durations=run.durations,
                shown_later=run.shown_later if run.track_id == tracks.video.track_id else None,
                keys=run.keys if run.track_id == tracks.video.track_id else None,
            )
    closed_bytes = None if layout.moov is None else layout.moov.end
    return _Rebuilt(Index(head, tuple(fragments), closed_bytes), tables, end_bytes)


def _whole_fragments(
    file: OpenFile, layout: Layout, tracks: InitTracks
) -> Iterator[tuple[Span, list[Run]]]:
    """Yield what can be read, also behind a place that cannot: a bad sector costs a second."""
    at: int | None = layout.init.end
    left = _MOST_WHOLE
    limit = file.size if layout.sealed_end is None else layout.sealed_end
    while at is not None and left > 0:
        for span in fragments_in(file, layout, start=at):
            at = span.end
            left -= 1
            try:
                runs = runs_of(moof_of(file, span), tracks)
            except BrokenRecordingError:
                continue
            inside = all(run.offset + sum(run.sizes) <= span.size for run in runs)
            if inside and any(run.track_id == tracks.video.track_id for run in runs):
                yield span, runs
        at = _next_fragment(file, at, limit)


def _next_fragment(file: OpenFile, start: int, limit: int) -> int | None:
    """Return where the next fragment begins, after `start`; None: there is none."""
    at, guesses = start + 1, 0
    while at + 8 <= limit:
        block = file.read(at, min(_SEARCH_BYTES, limit - at))
        found = block.find(b"moof", 4)
        while found >= 0:
            if fragment_at(file, at + found - 4, limit) is not None:
                return at + found - 4
            guesses += 1
            if guesses >= _MOST_GUESSES:
                return None
            found = block.find(b"moof", found + 4)
        at += max(1, len(block) - 7)
    return None


def _fragment(span: Span, runs: list[Run], tracks: InitTracks, origin: int) -> Fragment:
    video = [run for run in runs if run.track_id == tracks.video.track_id]
    at_ticks = video[0].dts - origin
    return Fragment(
        span.offset,
        span.size,
        at_ticks,
        sum(run.duration for run in video),
        at_ticks * 1000 // VIDEO_TIME_BASE,
        is_key=video[0].keys[0],
    )


def _with_known_times(index: Index, known: Index | None) -> Index:
    """Return `index` with the moments of the wall clock that are known, and those that follow."""
    if known is None:
        return index
    moments = {one.offset: one.wall_ms for one in known.fragments}
    fragments: list[Fragment] = []
    drift_ms = 0
    for fragment in index.fragments:
        wall_ms = moments.get(fragment.offset)
        if wall_ms is None:
            wall_ms = fragment.at_ms + drift_ms
        drift_ms = wall_ms - fragment.at_ms
        fragments.append(fragment._replace(wall_ms=wall_ms))
    head = replace(index.head, camera_id=known.head.camera_id, start_ms=known.head.start_ms)
    return replace(index, head=head, fragments=tuple(fragments))


def _seal(file: Path, layout: Layout, end: int, film: bytes) -> int:
    """Put the `moov` behind the media, then say in the header how much media there is.

    `end`: where the media ends.  In this order, each on the disk before the next: at every moment
    the file is one that can be read, by its fragments or by its `moov`.  Returns its size.
    """
    room = layout.init.offset - layout.seal_offset
    if room < _SEAL.size:
        raise BrokenRecordingError("no room for the header of the media")
    pad = room - _SEAL.size
    if 0 < pad < 8:
        raise BrokenRecordingError("no room for the header of the media")
    fd = os.open(file, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.ftruncate(fd, end)
        at = end
        while at < end + len(film):
            at += os.pwrite(fd, film[at - end :], at)
        os.fsync(fd)
        filler = struct.pack(">I4s", pad, b"free") + bytes(pad - 8) if pad else b""
        seal_at = layout.seal_offset + pad
        os.pwrite(fd, filler + _SEAL.pack(1, b"mdat", end - seal_at), layout.seal_offset)
        os.fsync(fd)
    finally:
        os.close(fd)
    return end + len(film)


def _write_index(file: Path, index: Index) -> None:
    """Replace an index by one that is whole, so that there is one at every moment."""
    data = bytearray(head_bytes(index.head))
    for fragment in index.fragments:
        data += fragment_bytes(fragment)
    if index.closed_bytes is not None:
        data += closing_bytes(index.closed_bytes, index.ending)
    part = file.with_suffix(".part")
    with part.open("wb") as stored:
        stored.write(data)
        stored.flush()
        os.fsync(stored.fileno())
    part.replace(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
