"""Reads and writes of what the archive has a copy of."""

from dataclasses import dataclass

from sqlalchemy import and_, or_, select, update

from pantau.db.database import Reading, Writing
from pantau.recordings.models import SegmentState
from pantau.recordings.rows import SegmentRow


@dataclass(frozen=True, slots=True)
class Uncopied:
    """A finished file that no archive has."""

    id: int
    camera_id: int
    start_ms: int
    end_ms: int
    place: str


async def uncopied(
    work: Reading, *, from_ms: int, after: tuple[int, int], limit: int
) -> list[Uncopied]:
    """Return finished local files that end after `from_ms`, and after the end and number `after`.

    Oldest first, so that whoever goes on after the last one misses nothing.
    """
    row = SegmentRow
    end_ms, number = after
    found = await work.session.execute(
        select(row.id, row.camera_id, row.start_ms, row.end_ms, row.place)
        .where(
            # Where copying has got to, so that what was copied is not looked at again each time.
            row.end_ms >= max(from_ms + 1, end_ms),
            or_(row.end_ms > end_ms, and_(row.end_ms == end_ms, row.id > number)),
            row.state == SegmentState.CLOSED,
            row.archived_place.is_(None),
            row.is_local,
        )
        .order_by(row.end_ms, row.id)
        .limit(limit)
    )
    return [Uncopied(*each) for each in found]


async def note_copy(work: Writing, segment_id: int, place: str) -> None:
    """Remember that `place` has a copy."""
    await work.session.execute(
        update(SegmentRow).where(SegmentRow.id == segment_id).values(archived_place=place)
    )
