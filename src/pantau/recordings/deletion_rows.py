"""Deletions in and out of the database: written down before they happen, ended afterwards.

What is not done yet stands in the table too, so that whoever comes after a crash ends it: no
segment is ever gone without a reason, and none has two.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, delete, insert, select, update

from pantau.db.database import Reading, Writing
from pantau.db.paging import Key, Keyset, Page
from pantau.recordings.keeping_values import Deletion, Doomed, Extent
from pantau.recordings.models import Reason, SegmentState, Span
from pantau.recordings.rows import DeletionRow, SegmentRow

_TABLE: Final = DeletionRow.__table__.c
_AT_ONCE: Final = 500
_MOST_EXPIRED: Final = 5_000
_PAGES: Final[Keyset[DeletionRow]] = Keyset(
    Key(DeletionRow.at, datetime, descending=True), Key(DeletionRow.id, int, descending=True)
)


class Pending(NamedTuple):
    """A deletion that is not done."""

    id: int
    segment_id: int
    camera_id: int
    start_ms: int
    end_ms: int
    place: str
    reason: Reason
    extent: Extent
    actor: str


async def write_down(
    writing: Writing, doomed: Sequence[Doomed], *, actor: str, at: datetime
) -> None:
    """Note what is about to go; none of it may be noted already."""
    rows = [
        {
            "camera_id": footage.camera_id,
            "start_ms": footage.start_ms,
            "end_ms": footage.end_ms,
            "size_bytes": footage.size_bytes,
            "place": footage.place,
            "reason": reason.value,
            "actor": actor[:100],
            "at": at,
            "segment_id": footage.id,
            "extent": extent.value,
            "is_done": False,
        }
        for footage, extent, reason in doomed
    ]
    if rows:
        await writing.session.execute(insert(DeletionRow), rows)


async def pending(
    reading: Reading, *, after: int = 0, limit: int, numbers: Collection[int] | None = None
) -> list[Pending]:
    """Return what is noted and not done, by number; of some segments, or of all."""
    query = (
        select(*(_TABLE[name] for name in Pending._fields))
        .where(~_TABLE.is_done, _TABLE.id > after)
        .order_by(_TABLE.id)
        .limit(limit)
    )
    if numbers is not None:
        query = query.where(_TABLE.segment_id.in_(numbers))
    found = await reading.session.execute(query)
    return [
        each._replace(reason=Reason(each.reason), extent=Extent(each.extent))
        for each in map(Pending._make, found)
    ]


async def noted(reading: Reading, segments: Sequence[int]) -> set[int]:
    """Return those of some segments that are noted and not done."""
    found: set[int] = set()
    for some in _parts(segments):
        query = select(_TABLE.segment_id).where(~_TABLE.is_done, _TABLE.segment_id.in_(some))
        found |= {int(number) for number in await reading.session.scalars(query)}
    return found


async def end(
    writing: Writing, done: Sequence[Pending], *, vanished: Collection[int], at: datetime
) -> None:
    """Have what went be gone: rows leave, and the log says why.

    `vanished` are numbers of those whose file was not there before.
    """
    whole = [each for each in done if each.extent is Extent.ALL]
    await _forget(writing, [each.segment_id for each in whole])
    told = await _told_already(writing, [each for each in whole if each.id in vanished])
    await drop(writing, told)
    whole = [each for each in whole if each.id not in told]
    for is_vanished in (False, True):
        numbers = [each.id for each in whole if (each.id in vanished) == is_vanished]
        values: dict[str, Any] = {"is_done": True, "at": at}
        if is_vanished:
            values["reason"] = Reason.VANISHED.value
        for some in _parts(numbers):
            await writing.session.execute(
                update(DeletionRow).where(DeletionRow.id.in_(some)).values(**values)
            )
    for extent, left in _LEFT.items():
        parts = [each for each in done if each.extent is extent]
        for some in _parts([each.segment_id for each in parts]):
            await writing.session.execute(
                update(SegmentRow).where(SegmentRow.id.in_(some)).values(**left)
            )
        await drop(writing, [each.id for each in parts])
    if done:
        writing.changed("recordings")


_LEFT: Final[dict[Extent, dict[str, Any]]] = {
    # Somebody may have missed the file before its row could say where it is.
    Extent.LOCAL: {"is_local": False, "state": SegmentState.CLOSED.value},
    Extent.ARCHIVED: {"archived_place": None},
}
"""What a row says when a part of its segment went."""


async def drop(writing: Writing, numbers: Sequence[int]) -> None:
    """Take back what was noted and did not happen."""
    for some in _parts(numbers):
        await writing.session.execute(
            delete(DeletionRow).where(DeletionRow.id.in_(some), ~DeletionRow.is_done)
        )


async def expire(writing: Writing, *, before_at: datetime) -> int:
    """Delete some entries of the log that are older than that; return how many, 0: none left."""
    old = (
        select(DeletionRow.id)
        .where(DeletionRow.at < before_at, DeletionRow.is_done)
        .order_by(DeletionRow.at)
        .limit(_MOST_EXPIRED)
    )
    done = await writing.session.execute(
        delete(DeletionRow).where(DeletionRow.id.in_(old)).returning(DeletionRow.id)
    )
    return len(done.all())


async def page(
    reading: Reading,
    *,
    cameras: Collection[int] | None = None,
    reason: Reason | None = None,
    touching: Span | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[Deletion]:
    """Return what is gone, the newest first; `touching` is about the footage."""
    query: Select[Any] = select(DeletionRow).where(DeletionRow.is_done)
    if cameras is not None:
        query = query.where(DeletionRow.camera_id.in_(cameras))
    if reason is not None:
        query = query.where(DeletionRow.reason == reason.value)
    if touching is not None:
        query = query.where(
            DeletionRow.start_ms < touching.to_ms, DeletionRow.end_ms > touching.from_ms
        )
    found = await _PAGES.page(reading, query, limit=limit, cursor=cursor)
    return Page(tuple(_deletion(row) for row in found.rows), found.next_cursor)


async def _told_already(reading: Reading, vanished: Sequence[Pending]) -> list[int]:
    """Return numbers of those whose segment the log has already: a row came back without a file."""
    told: list[int] = []
    for each in vanished:
        query = select(_TABLE.id).where(
            _TABLE.camera_id == each.camera_id,
            _TABLE.start_ms == each.start_ms,
            _TABLE.is_done,
        )
        if await reading.session.scalar(query.limit(1)) is not None:
            told.append(each.id)
    return told


async def _forget(writing: Writing, numbers: Sequence[int]) -> None:
    for some in _parts(numbers):
        await writing.session.execute(delete(SegmentRow).where(SegmentRow.id.in_(some)))


def _parts(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[first : first + _AT_ONCE] for first in range(0, len(numbers), _AT_ONCE)]


def _deletion(row: DeletionRow) -> Deletion:
    return Deletion(
        id=row.id,
        camera_id=row.camera_id,
        span=Span(row.start_ms, row.end_ms),
        size_bytes=row.size_bytes,
        place=row.place,
        reason=Reason(row.reason),
        actor=row.actor,
        at=row.at,
    )
