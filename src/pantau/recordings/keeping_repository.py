"""Segments as whoever keeps footage asks for them: the oldest first, in pages, walking indexes."""

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from pantau.db.database import Reading
from pantau.recordings.keeping_values import Footage
from pantau.recordings.models import SegmentState, Span
from pantau.recordings.rows import RecorderRow, SegmentRow
from pantau.recordings.run_rows import LONGEST_MS

_TABLE: Final = SegmentRow.__table__.c
_FOOTAGE: Final = tuple(_TABLE[name] for name in Footage._fields)
_BEFORE_EVERYTHING: Final = -(2**53)


class Written(NamedTuple):
    """What was recorded of one camera to one place in a stretch of time."""

    camera_id: int
    place: str
    size_bytes: int
    covered_ms: int
    """How much time that is; what overlaps counts twice."""
    oldest_ms: int
    """Where the first of it begins, maybe before the stretch."""


class Used(NamedTuple):
    """What lies on one place of one camera."""

    camera_id: int
    place: str
    segments: int
    size_bytes: int


async def oldest_local(reading: Reading) -> dict[int, int]:
    """Return where the oldest footage on a disk of ours begins, by camera, removed ones too."""
    # From camera to camera along the index instead of through all of it.
    first = select(func.min(_TABLE.camera_id).label("id")).where(_TABLE.is_local)
    cameras = first.cte("cameras", recursive=True)
    further = select(func.min(_TABLE.camera_id)).where(
        _TABLE.is_local, _TABLE.camera_id > cameras.c.id
    )
    cameras = cameras.union_all(select(further.scalar_subquery()).where(cameras.c.id.is_not(None)))
    oldest = select(func.min(_TABLE.start_ms)).where(
        _TABLE.is_local, _TABLE.camera_id == cameras.c.id
    )
    query = select(cameras.c.id, oldest.scalar_subquery()).where(cameras.c.id.is_not(None))
    found = await reading.session.execute(query)
    return {int(camera_id): int(start_ms) for camera_id, start_ms in found}


async def local_of(
    reading: Reading,
    camera_id: int,
    *,
    before_ms: int | None = None,
    after_ms: int = _BEFORE_EVERYTHING,
    limit: int,
) -> list[Footage]:
    """Return footage of a camera on our disks that begins after one moment and before another."""
    query = select(*_FOOTAGE).where(
        _TABLE.is_local, _TABLE.camera_id == camera_id, _TABLE.start_ms > after_ms
    )
    if before_ms is not None:
        query = query.where(_TABLE.start_ms < before_ms)
    return await _all(reading, query.order_by(_TABLE.start_ms).limit(limit))


async def local_on(
    reading: Reading,
    places: Collection[str],
    *,
    after: tuple[int, int] = (_BEFORE_EVERYTHING, 0),
    limit: int,
) -> list[Footage]:
    """Return footage on some places after an end and a number, whichever camera's."""
    found: list[Footage] = []
    for place in places:
        # One by one: each walks its part of the index.
        query = select(*_FOOTAGE).where(_TABLE.is_local, _TABLE.place == place, _after(after))
        query = query.order_by(_TABLE.end_ms, _TABLE.id).limit(limit)
        found += await _all(reading, query)
    return sorted(found, key=lambda each: (each.end_ms, each.id))[:limit]


async def local_of_cameras(
    reading: Reading,
    cameras: Collection[int],
    *,
    after: tuple[int, int] = (_BEFORE_EVERYTHING, 0),
    limit: int,
) -> list[Footage]:
    """Return footage of some cameras on our disks after an end and a number."""
    query = select(*_FOOTAGE).where(_TABLE.is_local, _TABLE.camera_id.in_(cameras), _after(after))
    return await _all(reading, query.order_by(_TABLE.end_ms, _TABLE.id).limit(limit))


async def archived_before(
    reading: Reading,
    before_ms: int,
    *,
    after: tuple[int, int] = (_BEFORE_EVERYTHING, 0),
    limit: int,
) -> list[Footage]:
    """Return footage of which an archive has a copy and that ended before a moment."""
    query = select(*_FOOTAGE).where(
        _TABLE.archived_place.is_not(None), _TABLE.end_ms < before_ms, _after(after)
    )
    return await _all(reading, query.order_by(_TABLE.end_ms, _TABLE.id).limit(limit))


async def touching(reading: Reading, camera_id: int, span: Span, *, limit: int) -> list[Footage]:
    """Return footage of a camera that touches a span, wherever it is, the oldest first."""
    query = select(*_FOOTAGE).where(
        _TABLE.camera_id == camera_id,
        _TABLE.start_ms < span.to_ms,
        _TABLE.start_ms > span.from_ms - LONGEST_MS,
        or_(
            _TABLE.end_ms > span.from_ms,
            _TABLE.start_ms >= span.from_ms,
            _TABLE.state == SegmentState.OPEN,
        ),
    )
    return await _all(reading, query.order_by(_TABLE.start_ms).limit(limit))


async def by_number(reading: Reading, numbers: Sequence[int]) -> dict[int, Footage]:
    """Return segments that are there still."""
    query = select(*_FOOTAGE).where(_TABLE.id.in_(numbers))
    return {each.id: each for each in await _all(reading, query)}


async def used(reading: Reading) -> list[Used]:
    """Return what lies where; reads every row."""
    query = (
        select(_TABLE.camera_id, _TABLE.place, func.count(), func.sum(_TABLE.size_bytes))
        .where(_TABLE.is_local)
        .group_by(_TABLE.camera_id, _TABLE.place)
    )
    found = await reading.session.execute(query)
    return [Used(int(a), str(b), int(c), int(d)) for a, b, c, d in found]


async def written(reading: Reading, span: Span) -> list[Written]:
    """Return what was finished within a span, by camera and place."""
    query = (
        select(
            _TABLE.camera_id,
            _TABLE.place,
            func.sum(_TABLE.size_bytes),
            func.sum(_TABLE.duration_ms),
            func.min(_TABLE.start_ms),
        )
        .where(
            _TABLE.end_ms > span.from_ms,
            _TABLE.end_ms <= span.to_ms,
            _TABLE.state != SegmentState.OPEN,
        )
        .group_by(_TABLE.camera_id, _TABLE.place)
    )
    found = await reading.session.execute(query)
    return [Written(int(a), str(b), int(c), int(d), int(e)) for a, b, c, d, e in found]


async def being_written(reading: Reading) -> dict[str, float]:
    """Return how many bytes a second recorders say they write, by place."""
    query = (
        select(_TABLE.place, func.sum(RecorderRow.bytes_per_s))
        # The words of the partial index.
        .where(_TABLE.state != SegmentState.CLOSED, _TABLE.state == SegmentState.OPEN)
        .join(RecorderRow, RecorderRow.camera_id == _TABLE.camera_id)
        .group_by(_TABLE.place)
    )
    found = await reading.session.execute(query)
    return {str(place): float(rate) for place, rate in found}


async def newest_end(reading: Reading) -> int | None:
    """Return when the newest footage ended; None: there is none."""
    found: int | None = await reading.session.scalar(select(func.max(_TABLE.end_ms)))
    return found


async def has_any(reading: Reading, camera_id: int) -> bool:
    """Tell whether there is any footage of a camera."""
    query = select(_TABLE.id).where(_TABLE.camera_id == camera_id).limit(1)
    return await reading.session.scalar(query) is not None


async def count_after(reading: Reading, at_ms: int, *, most: int = 1_000) -> int:
    """Return how many segments end after a moment, counted up to `most`."""
    some = select(_TABLE.id).where(_TABLE.end_ms > at_ms).limit(most).subquery()
    return int(await reading.session.scalar(select(func.count()).select_from(some)) or 0)


def _after(after: tuple[int, int]) -> ColumnElement[bool]:
    end_ms, number = after
    return and_(
        _TABLE.end_ms >= end_ms,
        or_(_TABLE.end_ms > end_ms, _TABLE.id > number),
    )


async def _all(reading: Reading, query: Select[Any]) -> list[Footage]:
    found = await reading.session.execute(query)
    return [
        each._replace(state=SegmentState(each.state), is_local=bool(each.is_local))
        for each in map(Footage._make, found)
    ]
