"""Messages in and out of the database."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, or_, select, true, update

from pantau.cameras.rows import CameraRow
from pantau.db.database import Reading, Writing
from pantau.feedback.models import FeedbackRow
from pantau.feedback.values import Feedback, Queue, Totals

_MOST_EXPIRED: Final = 2_000
Areas = Collection[int] | None
"""Areas whose cameras' messages somebody may see; None: every message."""


async def add(writing: Writing, values: dict[str, Any]) -> int:
    """Add a message; return its number."""
    added = await writing.session.execute(
        insert(FeedbackRow).values(values).returning(FeedbackRow.id)
    )
    writing.changed("feedback")
    return added.scalar_one()


async def add_all(writing: Writing, rows: Sequence[dict[str, Any]]) -> None:
    """Add messages that were written elsewhere."""
    if rows:
        await writing.session.execute(insert(FeedbackRow), list(rows))
        writing.changed("feedback")


async def waiting(reading: Reading) -> int:
    """Return how many messages nobody has read."""
    row = FeedbackRow
    query = (
        select(func.count()).select_from(row).where(row.is_spam.is_(False), row.status == "unread")
    )
    return (await reading.session.execute(query)).scalar_one()


async def drop_old_spam(writing: Writing, *, most: int) -> None:
    """Delete the oldest spam beyond `most`."""
    row = FeedbackRow
    kept = select(row.id).where(row.is_spam.is_(True)).order_by(row.id.desc()).limit(1)
    oldest = (await writing.session.execute(kept.offset(most))).scalar_one_or_none()
    if oldest is not None:
        await writing.session.execute(delete(row).where(row.is_spam.is_(True), row.id <= oldest))


async def one(reading: Reading, number: int, areas: Areas) -> Feedback | None:
    """Return a message that somebody may see."""
    query = select(FeedbackRow).where(FeedbackRow.id == number, _visible(areas))
    found = (await reading.session.scalars(query)).one_or_none()
    return None if found is None else _feedback(found)


async def some(
    reading: Reading, queue: Queue, areas: Areas, *, limit: int, offset: int
) -> tuple[list[Feedback], int]:
    """Return messages of a part of the inbox and how many it has.

    What is to be taken down and unsettled comes first, then the newest.
    """
    row = FeedbackRow
    chosen = and_(_visible(areas), _in(queue))
    count = await reading.session.execute(select(func.count()).select_from(row).where(chosen))
    urgent = case((and_(row.category == "privacy", row.status != "resolved"), 0), else_=1)
    order = (row.id.desc(),) if queue == "spam" else (urgent, row.created_at.desc(), row.id.desc())
    found = await reading.session.scalars(
        select(row).where(chosen).order_by(*order).limit(limit).offset(offset)
    )
    return [_feedback(each) for each in found], count.scalar_one()


async def newest(
    reading: Reading, status: str | None, areas: Areas, *, limit: int, offset: int
) -> tuple[list[Feedback], int]:
    """Return messages without spam, the newest first, and how many there are."""
    row = FeedbackRow
    chosen = and_(_visible(areas), row.is_spam.is_(False))
    if status is not None:
        chosen = and_(chosen, row.status == status)
    count = await reading.session.execute(select(func.count()).select_from(row).where(chosen))
    order = (row.created_at.desc(), row.id.desc())
    found = await reading.session.scalars(
        select(row).where(chosen).order_by(*order).limit(limit).offset(offset)
    )
    return [_feedback(each) for each in found], count.scalar_one()


async def totals(reading: Reading, areas: Areas) -> Totals:
    """Return how much waits, whatever part of it somebody looks at."""
    row = FeedbackRow
    query = (
        select(row.is_spam, row.status, row.category, func.count())
        .where(_visible(areas))
        .group_by(row.is_spam, row.status, row.category)
    )
    sums = dict.fromkeys(("total", "unread", "read", "resolved", "spam", "privacy"), 0)
    for is_spam, status, category, count in await reading.session.execute(query):
        if is_spam:
            sums["spam"] += count
            continue
        sums["total"] += count
        sums[status] += count
        if category == "privacy" and status != "resolved":
            sums["privacy"] += count
    return Totals(**sums)


async def change(writing: Writing, number: int, values: dict[str, Any]) -> None:
    """Change a message."""
    await writing.session.execute(
        update(FeedbackRow).where(FeedbackRow.id == number).values(values)
    )
    writing.changed("feedback")


async def remove(writing: Writing, number: int) -> None:
    """Delete a message."""
    await writing.session.execute(delete(FeedbackRow).where(FeedbackRow.id == number))
    writing.changed("feedback")


async def expire(writing: Writing, *, before_at: datetime, spam_before_at: datetime) -> int:
    """Delete some messages older than that; return how many, 0 when none is left."""
    row = FeedbackRow
    old = (
        select(row.id)
        .where(
            or_(
                row.created_at < before_at,
                and_(row.is_spam.is_(True), row.created_at < spam_before_at),
            )
        )
        .limit(_MOST_EXPIRED)
    )
    done = await writing.session.execute(delete(row).where(row.id.in_(old)).returning(row.id))
    count = len(done.all())
    if count:
        writing.changed("feedback")
    return count


async def of_camera(reading: Reading, camera_id: int) -> int:
    """Return how many messages about a camera wait to be settled."""
    row = FeedbackRow
    query = (
        select(func.count())
        .select_from(row)
        .where(row.camera_id == camera_id, row.is_spam.is_(False), row.status != "resolved")
    )
    return (await reading.session.execute(query)).scalar_one()


def _visible(areas: Areas) -> ColumnElement[bool]:
    if areas is None:
        return true()
    inside = select(CameraRow.id).where(CameraRow.area_id.in_(sorted(areas)))
    return FeedbackRow.camera_id.in_(inside)


def _in(queue: Queue) -> ColumnElement[bool]:
    row = FeedbackRow
    if queue == "spam":
        return row.is_spam.is_(True)
    good = row.is_spam.is_(False)
    if queue == "all":
        return good
    if queue == "privacy":
        return and_(good, row.category == "privacy", row.status != "resolved")
    return and_(good, row.status == queue)


def _feedback(row: FeedbackRow) -> Feedback:
    return Feedback(
        id=row.id,
        name=row.name,
        email=row.email,
        phone=row.phone,
        message=row.message,
        status=row.status,  # type: ignore[arg-type]  # the database checks it
        category=row.category,  # type: ignore[arg-type]  # the database checks it
        camera_id=row.camera_id,
        camera_name=row.camera_name,
        incident_at=row.incident_at,
        is_spam=row.is_spam,
        sender=row.sender,
        notes=row.notes,
        created_at=row.created_at,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
