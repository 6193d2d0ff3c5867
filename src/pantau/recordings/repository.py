"""Segments in and out of the database.  Everything by camera walks the one unique index."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    RowMapping,
    Select,
    delete,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from pantau.db.database import Reading, Writing
from pantau.db.inserting import inserting
from pantau.recordings.models import EndCause, Segment, SegmentState, Span
from pantau.recordings.rows import SegmentRow
from pantau.recordings.run_rows import PLAYABLE, within

WRITE_ERRORS: Final = (DBAPIError,)
"""What one row can be refused with that another one is not."""
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A segment without a number yet."""

    camera_id: int
    start_ms: int
    end_ms: int
    duration_ms: int
    size_bytes: int
    place: str
    state: SegmentState
    cause: EndCause | None = None
    fragments: int = 0
    codecs: str = ""
    width_px: int = 0
    height_px: int = 0
    has_audio: bool = False
    attempts: int = 0
    next_attempt_ms: int | None = None


class Known(NamedTuple):
    """What the indexer compares with a file."""

    id: int
    camera_id: int
    start_ms: int
    end_ms: int
    size_bytes: int
    place: str
    state: SegmentState
    fragments: int
    attempts: int
    next_attempt_ms: int | None
    is_local: bool


_TABLE: Final = SegmentRow.__table__.c


async def segments(
    reading: Reading,
    camera_id: int,
    span: Span,
    *,
    newest_first: bool = True,
    limit: int | None = None,
    states: Collection[SegmentState] | None = None,
) -> list[Segment]:
    """Return segments that touch a span; an open one whatever its row says of its end.

    Without `states` those that hold something to play.
    """
    allowed = PLAYABLE if states is None else _TABLE.state.in_(states)
    order = _TABLE.start_ms.desc() if newest_first else _TABLE.start_ms
    query = select(SegmentRow.__table__).where(within([camera_id], span), allowed)
    found = await reading.session.execute(query.order_by(order).limit(limit))
    return [_segment(row) for row in found.mappings()]


async def open_of(reading: Reading, camera_ids: Collection[int], span: Span) -> list[Segment]:
    """Return segments of some cameras that are being written and may touch a span."""
    # Found in the covering index: otherwise every row of the span is looked at.
    ids = select(_TABLE.id).where(within(camera_ids, span), _TABLE.state == SegmentState.OPEN)
    found = await reading.session.execute(
        select(SegmentRow.__table__).where(_TABLE.id.in_(ids)).order_by(_TABLE.start_ms)
    )
    return [_segment(row) for row in found.mappings()]


async def segment_at(reading: Reading, camera_id: int, start_ms: int) -> Segment | None:
    """Return the segment that begins at that moment."""
    query = select(SegmentRow.__table__).where(
        _TABLE.camera_id == camera_id, _TABLE.start_ms == start_ms
    )
    row = (await reading.session.execute(query)).mappings().one_or_none()
    return None if row is None else _segment(row)


async def extent(reading: Reading, camera_id: int) -> Span | None:
    """Return from when to when there is footage of a camera."""
    of_camera = select(_TABLE.start_ms, _TABLE.end_ms).where(
        _TABLE.camera_id == camera_id, PLAYABLE
    )
    oldest = (await reading.session.execute(of_camera.order_by(_TABLE.start_ms).limit(1))).first()
    newest = (
        await reading.session.execute(of_camera.order_by(_TABLE.start_ms.desc()).limit(1))
    ).first()
    if oldest is None or newest is None:
        return None
    return Span(oldest.start_ms, max(oldest.end_ms, newest.end_ms))


async def last_good_ends(reading: Reading, camera_ids: Iterable[int]) -> dict[int, int]:
    """Return when the last closed segment of each camera ended."""
    ends: dict[int, int] = {}
    for camera_id in camera_ids:
        query = (
            select(_TABLE.end_ms)
            .where(_TABLE.camera_id == camera_id, _TABLE.state == SegmentState.CLOSED)
            .order_by(_TABLE.start_ms.desc())
            .limit(1)
        )
        end_ms = await reading.session.scalar(query)
        if end_ms is not None:
            ends[camera_id] = int(end_ms)
    return ends


async def known_between(
    reading: Reading, camera_id: int, span: Span, *, place: str | None = None
) -> list[Known]:
    """Return every row of a camera that begins within a span."""
    query = _known().where(
        _TABLE.camera_id == camera_id,
        _TABLE.start_ms >= span.from_ms,
        _TABLE.start_ms < span.to_ms,
    )
    if place is not None:
        query = query.where(_TABLE.place == place)
    return _as_known(await reading.session.execute(query))


async def days_known(reading: Reading, *, day_ms: int) -> list[tuple[str, int, int]]:
    """Return place, camera and number of every day of which there is a row of a local file."""
    number = _TABLE.start_ms // day_ms
    query = select(_TABLE.place, _TABLE.camera_id, number).where(_TABLE.is_local).distinct()
    found = await reading.session.execute(query)
    return [(str(place), int(camera_id), int(day)) for place, camera_id, day in found]


async def unsettled(reading: Reading, state: SegmentState, *, limit: int) -> list[Known]:
    """Return rows of a state other than closed, the newest first."""
    # The words of the partial index, so that PostgreSQL and SQLite take it.
    query = _known().where(_TABLE.state != SegmentState.CLOSED, _TABLE.state == state)
    return _as_known(
        await reading.session.execute(query.order_by(_TABLE.start_ms.desc()).limit(limit))
    )


async def due_repairs(reading: Reading, *, now_ms: int, limit: int) -> list[Known]:
    """Return damaged rows whose time has come: those tried least first, of them the newest."""
    query = _known().where(
        _TABLE.state != SegmentState.CLOSED,
        _TABLE.state == SegmentState.DAMAGED,
        _TABLE.next_attempt_ms <= now_ms,
    )
    order = (_TABLE.attempts, _TABLE.start_ms.desc())
    return _as_known(await reading.session.execute(query.order_by(*order).limit(limit)))


async def insert_many(writing: Writing, drafts: Sequence[Draft], *, at: datetime) -> int:
    """Add segments; those of a camera and moment that are there already stay.  Return how many."""
    added = 0
    for first in range(0, len(drafts), _AT_ONCE):
        values = [_values(draft, at) for draft in drafts[first : first + _AT_ONCE]]
        connection = await writing.session.connection()
        adding = inserting(writing, SegmentRow).on_conflict_do_nothing()
        done = await connection.execute(adding.returning(_TABLE.id), values)
        added += len(done.all())
    if added:
        writing.changed("recordings")
    return added


async def revise(writing: Writing, segment_id: int, was: SegmentState, draft: Draft) -> bool:
    """Have a row say what `draft` does, if its state is still `was`; return whether it was."""
    values = _values(draft, None)
    done = await writing.session.execute(
        update(SegmentRow)
        .where(SegmentRow.id == segment_id, SegmentRow.state == was)
        .values(values)
        .returning(SegmentRow.id)
    )
    is_done = done.first() is not None
    if is_done:
        writing.changed("recordings")
    return is_done


async def note_state(
    writing: Writing, segment_id: int, was: SegmentState, now: SegmentState
) -> bool:
    """Change the state of a row, if it is still `was`; return whether it was."""
    done = await writing.session.execute(
        update(SegmentRow)
        .where(SegmentRow.id == segment_id, SegmentRow.state == was)
        .values(state=now)
        .returning(SegmentRow.id)
    )
    is_done = done.first() is not None
    if is_done:
        writing.changed("recordings")
    return is_done


async def note_attempt(
    writing: Writing, segment_id: int, *, attempts: int, next_attempt_ms: int | None
) -> None:
    """Remember how often a damaged file was tried, and when it is tried again."""
    await writing.session.execute(
        update(SegmentRow)
        .where(SegmentRow.id == segment_id)
        .values(attempts=attempts, next_attempt_ms=next_attempt_ms)
    )


async def rearm_repairs(writing: Writing, *, now_ms: int) -> None:
    """Have every damaged file tried again from the beginning."""
    await writing.session.execute(
        update(SegmentRow)
        .where(SegmentRow.state == SegmentState.DAMAGED)
        .values(attempts=0, next_attempt_ms=now_ms)
    )


async def forget(writing: Writing, segment_ids: Sequence[int]) -> int:
    """Delete rows; for whoever deletes their files.  Return how many there were."""
    gone = 0
    for first in range(0, len(segment_ids), _AT_ONCE):
        numbers = segment_ids[first : first + _AT_ONCE]
        done = await writing.session.execute(
            delete(SegmentRow).where(SegmentRow.id.in_(numbers)).returning(SegmentRow.id)
        )
        gone += len(done.all())
    if gone:
        writing.changed("recordings")
    return gone


def _known() -> Select[Any]:
    return select(*(_TABLE[name] for name in Known._fields))


def _as_known(found: Any) -> list[Known]:
    rows = [Known._make(row) for row in found]
    return [row._replace(state=SegmentState(row.state)) for row in rows]


def _values(draft: Draft, at: datetime | None) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(draft, name) for name in Draft.__slots__}
    values["state"] = draft.state.value
    values["cause"] = None if draft.cause is None else draft.cause.value
    if at is not None:
        values["created_at"] = at
    return values


def _segment(row: RowMapping) -> Segment:
    # Of what left the disk, the archive's copy is the one to read.
    place = row["place"] if row["is_local"] else row["archived_place"] or row["place"]
    return Segment(
        id=row["id"],
        camera_id=row["camera_id"],
        start_ms=row["start_ms"],
        end_ms=row["end_ms"],
        duration_ms=row["duration_ms"],
        size_bytes=row["size_bytes"],
        place=place,
        state=SegmentState(row["state"]),
        cause=None if row["cause"] is None else EndCause(row["cause"]),
        codecs=row["codecs"],
        width_px=row["width_px"],
        height_px=row["height_px"],
        has_audio=row["has_audio"],
    )
