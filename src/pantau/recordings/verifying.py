"""Reads every recording again and tells where catalogue, index and file do not say the same."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from pantau.core.clock import Clock
from pantau.db.database import Database
from pantau.media.archive import reading
from pantau.media.archive.index import BrokenIndexError, Index, read_index
from pantau.media.archive.naming import index_key, video_key
from pantau.media.packets import VIDEO_TIME_BASE
from pantau.recordings import repository
from pantau.recordings.disks import Disks
from pantau.recordings.models import SegmentState
from pantau.recordings.repository import Known
from pantau.recordings.sightings import DAY_MS, Day, Found, Look
from pantau.recordings.storage.base import StorageError
from pantau.recordings.storage.local import LocalPlace

_FRESH_MS: Final = 60_000
"""What was begun or closed so shortly ago may not be in the catalogue yet."""
_CLOSE_TICKS: Final = VIDEO_TIME_BASE // 1000
_MOST_INDEX_BYTES: Final = 16 * 2**20


class Kind(StrEnum):
    """What does not agree."""

    UNKNOWN_FILE = "unknown_file"
    """There is a file and no row."""
    NO_FILE = "no_file"
    """There is a row and no file."""
    STATE = "state"
    """The row says closed and the file is not, or the other way round."""
    SIZE = "size"
    LENGTH = "length"
    """Row and index differ about when it ends, or about how many fragments it has."""
    NO_INDEX = "no_index"
    """The index is missing or torn."""
    BOXES = "boxes"
    """What stands in the index is not what is in the file."""
    UNREADABLE = "unreadable"
    PLACE_AWAY = "place_away"
    """A whole folder cannot be looked at."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not agree."""

    kind: Kind
    place: str
    key: str
    """Below the folder of the place."""
    detail: str = ""


@dataclass(slots=True)
class Verified:
    """What was looked at, and what was found."""

    files: int = 0
    bytes: int = 0
    open: int = 0
    damaged: int = 0
    """Files that cannot be put in order, and are known to be so."""
    missing: int = 0
    """Rows of files that are known to be gone."""
    differences: list[Difference] = field(default_factory=list)


Tell = Callable[[int, int], None]


async def verify(
    database: Database,
    disks: Disks,
    clock: Clock,
    *,
    tell: Tell = lambda _done, _total: None,
) -> Verified:
    """Look at everything once; changes nothing.  A worker may run meanwhile."""
    verified = Verified()
    there = await disks.present()
    for name in disks.away(there):
        verified.differences.append(Difference(Kind.PLACE_AWAY, name, ""))
    async with database.read() as work:
        known = await repository.days_known(work, day_ms=DAY_MS)
    days = {(name, Day(camera_id, number)) for name, camera_id, number in known}
    for name, place in there.items():
        days |= {(name, day) for day in await disks.days(place)}
    named = {name for name, _ in days} - there.keys() - set(disks.away(there))
    verified.differences += [Difference(Kind.PLACE_AWAY, name, "") for name in sorted(named)]
    folders = sorted((name, day) for name, day in days if name in there)
    for done, (name, day) in enumerate(folders):
        tell(done, len(folders))
        async for difference, may_pass in _of_folder(database, disks, there[name], day, verified):
            if not (may_pass and await _is_fresh(there[name], difference.key, clock)):
                verified.differences.append(difference)
    tell(len(folders), len(folders))
    return verified


async def _of_folder(
    database: Database, disks: Disks, place: LocalPlace, day: Day, verified: Verified
) -> AsyncIterator[tuple[Difference, bool]]:
    """Yield differences, and whether each passes by itself where its file is fresh."""
    listing = await disks.listed(place, day)
    if listing is None:
        yield Difference(Kind.UNREADABLE, place.name, str(day.key)), False
        return
    async with database.read() as work:
        known = await repository.known_between(work, day.camera_id, day.span)
    rows = {row.start_ms: row for row in known}
    for start_ms in sorted(listing.videos.keys() | rows.keys()):
        row = rows.get(start_ms)
        if start_ms not in listing.videos and (row is None or row.place != place.name):
            continue
        look = await disks.looked_at(place, day.camera_id, start_ms)
        key = str(video_key(day.camera_id, start_ms))
        if look is None:
            yield Difference(Kind.UNREADABLE, place.name, key), False
            continue
        may_pass = row is None or row.state is SegmentState.OPEN
        for kind, detail in _of_row(row, look, place.name, verified):
            yield Difference(kind, place.name, key, detail), may_pass
        if look.found is Found.CLOSED:
            for kind, detail in await _of_file(place, day.camera_id, start_ms):
                yield Difference(kind, place.name, key, detail), False


def _of_row(
    row: Known | None, look: Look, place: str, verified: Verified
) -> Iterator[tuple[Kind, str]]:
    """Yield what a row and its file do not agree about."""
    draft = look.draft
    if look.found is Found.GONE:
        if row is None or not row.is_local:
            return
        verified.missing += 1
        if row.state is not SegmentState.MISSING:
            yield Kind.NO_FILE, f"the row says {row.state}"
        return
    verified.files += 1
    verified.bytes += draft.size_bytes
    if row is None:
        yield Kind.UNKNOWN_FILE, f"{draft.size_bytes} bytes"
        return
    if look.found is Found.WRITING:
        verified.open += 1
        return
    if row.place != place:
        yield Kind.UNKNOWN_FILE, f"the catalogue knows another copy in {row.place}"
        return
    if row.state is SegmentState.DAMAGED and look.found is not Found.CLOSED:
        verified.damaged += 1
    elif row.state is not draft.state:
        yield Kind.STATE, f"the row says {row.state}, the file is {look.found}"
    if row.size_bytes != draft.size_bytes:
        yield Kind.SIZE, f"the row says {row.size_bytes}, the file has {draft.size_bytes} bytes"
    if (row.end_ms, row.fragments) != (draft.end_ms, draft.fragments):
        said = f"the row ends at {row.end_ms} with {row.fragments} fragments"
        yield Kind.LENGTH, f"{said}, the index at {draft.end_ms} with {draft.fragments}"


async def _of_file(place: LocalPlace, camera_id: int, start_ms: int) -> list[tuple[Kind, str]]:
    """Return what the index of a closed file and its boxes do not agree about."""
    try:
        return await place.in_thread(partial(_of_boxes, place, camera_id, start_ms))
    except StorageError as error:
        return [] if error.is_gone else [(Kind.UNREADABLE, str(error))]


def _of_boxes(place: LocalPlace, camera_id: int, start_ms: int) -> list[tuple[Kind, str]]:
    try:
        data = place.read_in_thread(index_key(camera_id, start_ms), 0, _MOST_INDEX_BYTES)
        index = read_index(data)
    except (FileNotFoundError, BrokenIndexError) as error:
        return [(Kind.NO_INDEX, str(error) if isinstance(error, BrokenIndexError) else "")]
    try:
        boxes = reading.rebuild_index(
            place.root / video_key(camera_id, start_ms), camera_id=camera_id, start_ms=start_ms
        )
    except reading.BrokenRecordingError as error:
        return [(Kind.BOXES, str(error))]
    return list(_compared(index, boxes))


def _compared(index: Index, boxes: Index) -> Iterator[tuple[Kind, str]]:
    if index.closed_bytes != boxes.closed_bytes:
        yield Kind.BOXES, f"it ends at {boxes.closed_bytes}, its index says {index.closed_bytes}"
    if len(index.fragments) != len(boxes.fragments):
        yield (
            Kind.BOXES,
            f"{len(boxes.fragments)} fragments, its index says {len(index.fragments)}",
        )
        return
    for number, (said, is_so) in enumerate(zip(index.fragments, boxes.fragments, strict=True)):
        is_same = (said.offset, said.size, said.is_key) == (is_so.offset, is_so.size, is_so.is_key)
        if not is_same or abs(said.at_ticks - is_so.at_ticks) > _CLOSE_TICKS:
            yield Kind.BOXES, f"fragment {number} is not where its index says"
            return


async def _is_fresh(place: LocalPlace, key: str, clock: Clock) -> bool:
    """Tell whether a file changed a moment ago: then the worker has not seen it yet."""

    def changed_ms() -> int:
        with place.open_in_thread(PurePosixPath(key)) as video:
            return os.fstat(video).st_mtime_ns // 1_000_000

    try:
        at_ms = await place.in_thread(changed_ms)
    except StorageError:
        return False
    return 0 <= clock.unix_s() * 1000 - at_ms < _FRESH_MS
