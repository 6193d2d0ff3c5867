"""What lies in a folder of recordings, and in what state: the evidence that rows are made from.

Everything here blocks and belongs into a thread of the place.  Nothing is ever changed.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from pantau.media.archive import locks
from pantau.media.archive.index import BrokenIndexError, Index, read_index
from pantau.media.archive.naming import (
    INDEX_SUFFIX,
    VIDEO_SUFFIX,
    folder,
    index_key,
    start_of,
    video_key,
)
from pantau.recordings.extents import end_of
from pantau.recordings.models import EndCause, SegmentState, Span
from pantau.recordings.repository import Draft
from pantau.recordings.run_rows import LONGEST_MS
from pantau.recordings.storage.local import LocalPlace

DAY_MS: Final = 86_400_000
_EPOCH: Final = date(1970, 1, 1)
_MOST_INDEX_BYTES: Final = 16 * 2**20


class Day(NamedTuple):
    """One folder: a camera's files of one UTC day."""

    camera_id: int
    number: int
    """Days since 1970."""

    @property
    def key(self) -> PurePosixPath:
        return folder(self.camera_id, self.number * DAY_MS)

    @property
    def span(self) -> Span:
        return Span(self.number * DAY_MS, (self.number + 1) * DAY_MS)


class Sighting(NamedTuple):
    """A video as the listing of its folder shows it."""

    start_ms: int
    size_bytes: int
    has_index: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """One folder."""

    videos: dict[int, Sighting]
    """By where they begin."""
    foreign: int
    """Files that are not ours: never touched."""


class Found(StrEnum):
    """What a look at one file says."""

    WRITING = "writing"
    """Somebody holds its lock."""
    CLOSED = "closed"
    CRASHED = "crashed"
    """Nobody writes it, and nobody closed it."""
    EMPTY = "empty"
    """Nobody writes it, and it never held a picture."""
    UNREADABLE = "unreadable"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Look:
    """What one file is, as a row would say it."""

    found: Found
    draft: Draft


def cameras_in(place: LocalPlace) -> list[int]:
    """Return the cameras that have a folder; raises OSError."""
    with place.folder_in_thread(PurePosixPath()) as root, os.scandir(root) as listing:
        return sorted(
            int(item.name)
            for item in listing
            if _is_number(item.name) and item.is_dir(follow_symlinks=False)
        )


def days_in(place: LocalPlace, camera_id: int) -> list[Day]:
    """Return the folders of one camera, the newest first; raises OSError."""
    with (
        place.folder_in_thread(PurePosixPath(str(camera_id))) as inside,
        os.scandir(inside) as listing,
    ):
        found = [
            number
            for item in listing
            if (number := _day_number(item.name)) is not None and item.is_dir(follow_symlinks=False)
        ]
    return [Day(camera_id, number) for number in sorted(found, reverse=True)]


def changed_ns(place: LocalPlace, day: Day) -> int | None:
    """Return when names in a folder last changed, nanoseconds; None: there is no such folder."""
    try:
        with place.folder_in_thread(day.key) as inside:
            return os.fstat(inside).st_mtime_ns
    except (FileNotFoundError, NotADirectoryError):
        return None


def listed(place: LocalPlace, day: Day) -> Listing:
    """Return what lies in a folder; nothing where there is none.  Raises OSError."""
    videos: dict[int, int] = {}
    indexes: set[int] = set()
    foreign = 0
    try:
        with place.folder_in_thread(day.key) as inside, os.scandir(inside) as listing:
            for item in listing:
                suffix = PurePosixPath(item.name).suffix
                start_ms = start_of(item.name.removesuffix(suffix))
                is_ours = (
                    start_ms is not None
                    and day.span.from_ms <= start_ms < day.span.to_ms
                    and suffix in {VIDEO_SUFFIX, INDEX_SUFFIX}
                    and item.is_file(follow_symlinks=False)
                )
                if not is_ours or start_ms is None:
                    foreign += 1
                elif suffix == INDEX_SUFFIX:
                    indexes.add(start_ms)
                else:
                    videos[start_ms] = item.stat(follow_symlinks=False).st_size
    except (FileNotFoundError, NotADirectoryError):
        # A file that left while we looked is seen to be gone the next time.
        if not place.root.is_dir():
            raise
    seen = {at: Sighting(at, size, at in indexes) for at, size in videos.items()}
    return Listing(seen, foreign)


def looked_at(place: LocalPlace, camera_id: int, start_ms: int) -> Look:
    """Return what one file is.

    Holds its lock for that moment, so that nobody closes it between two glances.
    """
    key = video_key(camera_id, start_ms)
    unknown = Draft(
        camera_id=camera_id,
        start_ms=start_ms,
        end_ms=start_ms,
        duration_ms=0,
        size_bytes=0,
        place=place.name,
        state=SegmentState.DAMAGED,
    )
    try:
        # Walked without following links first; a lock is taken by path.
        with place.open_in_thread(key) as video:
            size_bytes = os.fstat(video).st_size
        unknown = replace(unknown, size_bytes=size_bytes)
        with locks.held(place.root / key) as is_mine:
            size_bytes = (place.root / key).lstat().st_size
            unknown = replace(unknown, size_bytes=size_bytes)
            return _judged(unknown, _index(place, camera_id, start_ms), is_writing=not is_mine)
    except (FileNotFoundError, NotADirectoryError):
        return Look(Found.GONE, unknown)
    except OSError:
        return Look(Found.UNREADABLE, unknown)


def being_written(
    place: LocalPlace, files: Iterable[tuple[int, int]]
) -> frozenset[tuple[int, int]]:
    """Return those of some files, by camera and beginning, that somebody holds the lock of."""
    held = set()
    for camera_id, start_ms in files:
        # Whatever is wrong with one of them, a closer look tells.
        with suppress(OSError):
            if locks.is_being_written(place.root / video_key(camera_id, start_ms)):
                held.add((camera_id, start_ms))
    return frozenset(held)


def drafted(unknown: Draft, index: Index, state: SegmentState, cause: EndCause | None) -> Draft:
    """Return `unknown` with what its index says, as far as the file reaches."""
    whole = tuple(each for each in index.fragments if each.offset + each.size <= unknown.size_bytes)
    kept = replace(index, fragments=whole)
    head = index.head
    return replace(
        unknown,
        end_ms=min(end_of(kept), unknown.start_ms + LONGEST_MS),
        duration_ms=kept.duration_ms,
        state=state,
        cause=cause,
        fragments=len(whole),
        codecs=head.codecs[:100],
        width_px=head.width_px,
        height_px=head.height_px,
        has_audio=head.has_audio,
    )


def _judged(unknown: Draft, index: Index | None, *, is_writing: bool) -> Look:
    size_bytes = unknown.size_bytes
    is_its_own = index is not None and (
        (index.head.camera_id, index.head.start_ms) == (unknown.camera_id, unknown.start_ms)
    )
    if index is None or not is_its_own:
        if is_writing:
            return Look(Found.WRITING, replace(unknown, state=SegmentState.OPEN))
        found = Found.CRASHED if size_bytes else Found.EMPTY
        return Look(found, replace(unknown, cause=EndCause.CRASHED))
    if is_writing:
        return Look(Found.WRITING, drafted(unknown, index, SegmentState.OPEN, None))
    # What stands behind the end of a closed file does no harm to it.
    is_closed = index.closed_bytes is not None and index.closed_bytes <= size_bytes
    if is_closed and index.fragments:
        ending = EndCause(index.ending.value) if index.ending else None
        return Look(Found.CLOSED, drafted(unknown, index, SegmentState.CLOSED, ending))
    draft = drafted(unknown, index, SegmentState.DAMAGED, EndCause.CRASHED)
    is_empty = not index.fragments and size_bytes <= index.head.init_offset + index.head.init_size
    return Look(Found.EMPTY if is_empty else Found.CRASHED, draft)


def _index(place: LocalPlace, camera_id: int, start_ms: int) -> Index | None:
    try:
        with place.open_in_thread(index_key(camera_id, start_ms)) as beside:
            return read_index(os.pread(beside, _MOST_INDEX_BYTES, 0))
    except (FileNotFoundError, NotADirectoryError, BrokenIndexError):
        return None


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 16 and str(int(name)) == name


def _day_number(name: str) -> int | None:
    try:
        on = datetime.strptime(name, "%Y-%m-%d").date()  # noqa: DTZ007 - a date
    except ValueError:
        return None
    return (on - _EPOCH) // timedelta(days=1) if on.isoformat() == name else None
