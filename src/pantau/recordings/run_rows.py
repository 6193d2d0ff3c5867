"""Runs of footage and what they add up to, worked out in the database from one covering index.

A camera that begins anew every few seconds has a hundred thousand segments a month, so only runs
travel.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import CTE, ColumnElement, Select, and_, case, func, or_, select

from pantau.db.database import Reading
from pantau.recordings.models import SegmentState, Span
from pantau.recordings.rows import SegmentRow

LONGEST_MS: Final = 6 * 3_600_000
"""No segment is longer: where one that reaches into a span may begin."""


class Totals(NamedTuple):
    """What is kept of one camera."""

    segments: int
    size_bytes: int
    oldest_ms: int
    """Where its oldest segment begins."""
    newest_ms: int
    """Where its newest segment ends, as far as its row says."""


class Run(NamedTuple):
    """Footage without a gap."""

    from_ms: int
    to_ms: int
    segments: int
    size_bytes: int

    @property
    def span(self) -> Span:
        return Span(self.from_ms, self.to_ms)


class Lately(NamedTuple):
    """What was finished of one camera within a stretch of time that ends now."""

    camera_id: int
    size_bytes: int
    covered_ms: int
    """How much time that is; what overlaps counts twice."""
    oldest_ms: int
    """Where the first of it begins, maybe before the stretch."""


_TABLE: Final = SegmentRow.__table__.c
PLAYABLE: Final = and_(
    _TABLE.state != SegmentState.MISSING,
    or_(_TABLE.fragments > 0, _TABLE.state == SegmentState.OPEN),
)


def within(camera_ids: Collection[int], span: Span) -> ColumnElement[bool]:
    """Say that a segment of some cameras touches a span; an open one whatever its end."""
    return and_(
        _TABLE.camera_id.in_(camera_ids),
        _TABLE.start_ms < span.to_ms,
        _TABLE.start_ms > span.from_ms - LONGEST_MS,
        or_(_TABLE.end_ms > span.from_ms, _TABLE.state == SegmentState.OPEN),
    )


async def runs(
    reading: Reading, camera_id: int, span: Span, *, gap_ms: int, limit: int
) -> list[Run]:
    """Return the newest runs that touch a span, oldest first, whole as far as they reach.

    Segments at most `gap_ms` apart are one run.
    """
    found = _runs([camera_id], span, gap_ms).subquery()
    query = select(found).order_by(found.c.from_ms.desc()).limit(limit)
    rows = (await reading.session.execute(query)).all()
    return [Run(*map(int, row[1:])) for row in reversed(rows)]


async def runs_of(
    reading: Reading, camera_ids: Collection[int], span: Span, *, gap_ms: int, limit: int
) -> dict[int, list[Run]]:
    """Return the same of several cameras in one question; `limit` is for each of them."""
    found = _runs(camera_ids, span, gap_ms).subquery()
    place = func.row_number().over(partition_by=found.c.camera_id, order_by=found.c.from_ms.desc())
    ranked = select(found, place.label("place")).subquery()
    query = select(ranked).where(ranked.c.place <= limit).order_by(ranked.c.from_ms)
    runs_: dict[int, list[Run]] = {camera_id: [] for camera_id in camera_ids}
    for number, *run, _ in await reading.session.execute(query):
        runs_[int(number)].append(Run(*map(int, run)))
    return runs_


async def totals(reading: Reading, camera_id: int | None = None) -> dict[int, Totals]:
    """Return what is kept of each camera, of removed ones too.  Reads a line of each segment."""
    query: Select[Any] = select(
        _TABLE.camera_id,
        func.count(),
        func.sum(_TABLE.size_bytes),
        func.min(_TABLE.start_ms),
        func.max(_TABLE.end_ms),
    ).where(_TABLE.state != SegmentState.MISSING)
    if camera_id is not None:
        query = query.where(_TABLE.camera_id == camera_id)
    found = await reading.session.execute(query.group_by(_TABLE.camera_id))
    return {
        int(number): Totals(int(count), int(size), int(oldest), int(newest))
        for number, count, size, oldest, newest in found
    }


async def lately(
    reading: Reading, camera_ids: Sequence[int], *, since_ms: Sequence[int], now_ms: int
) -> list[list[Lately]]:
    """Return what some cameras finished since each of some moments; reads what is since the first.

    A camera of which nothing is in a stretch is not in its list.
    """
    columns: list[ColumnElement[Any]] = [_TABLE.camera_id]
    for moment in since_ms:
        is_since = _TABLE.end_ms > moment
        columns += [
            func.sum(case((is_since, _TABLE.size_bytes))),
            func.sum(case((is_since, _TABLE.end_ms - _TABLE.start_ms))),
            func.min(case((is_since, _TABLE.start_ms))),
        ]
    earliest = min(since_ms)
    query = (
        select(*columns)
        .where(
            _TABLE.camera_id.in_(camera_ids),
            _TABLE.start_ms > earliest - LONGEST_MS,
            _TABLE.end_ms > earliest,
            _TABLE.end_ms <= now_ms,
            _TABLE.state != SegmentState.OPEN,
        )
        .group_by(_TABLE.camera_id)
    )
    stretches: list[list[Lately]] = [[] for _ in since_ms]
    for number, *figures in await reading.session.execute(query):
        for stretch, first in zip(stretches, range(0, len(figures), 3), strict=True):
            size, covered, oldest = figures[first : first + 3]
            if oldest is not None:
                stretch.append(Lately(int(number), int(size), int(covered), int(oldest)))
    return stretches


def _runs(camera_ids: Collection[int], span: Span, gap_ms: int) -> Select[Any]:
    numbered = _numbered(camera_ids, span, gap_ms)
    return select(
        numbered.c.camera_id,
        func.min(numbered.c.start_ms).label("from_ms"),
        func.max(numbered.c.end_ms).label("to_ms"),
        func.count().label("segments"),
        func.sum(numbered.c.size_bytes).label("size_bytes"),
    ).group_by(numbered.c.camera_id, numbered.c.run)


def _numbered(camera_ids: Collection[int], span: Span, gap_ms: int) -> CTE:
    """Give every segment the number of its run within its camera."""
    ended = func.max(_TABLE.end_ms).over(
        partition_by=_TABLE.camera_id, order_by=_TABLE.start_ms, rows=(None, -1)
    )
    parts = (
        select(
            _TABLE.camera_id,
            _TABLE.start_ms,
            _TABLE.end_ms,
            _TABLE.size_bytes,
            case((_TABLE.start_ms - ended <= gap_ms, 0), else_=1).label("begins"),
        )
        .where(within(camera_ids, span), PLAYABLE)
        .cte("parts")
    )
    number = func.sum(parts.c.begins).over(
        partition_by=parts.c.camera_id, order_by=parts.c.start_ms, rows=(None, 0)
    )
    return select(
        parts.c.camera_id,
        parts.c.start_ms,
        parts.c.end_ms,
        parts.c.size_bytes,
        number.label("run"),
    ).cte("numbered")
