"""Holds and quotas of areas in and out of the database."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update

from pantau.db.database import Reading, Writing
from pantau.recordings.keeping_values import Hold
from pantau.recordings.models import Span
from pantau.recordings.rows import AreaQuotaRow, HoldRow

MOST_LISTED: Final = 1_000


async def active(
    reading: Reading, *, at: datetime, cameras: Collection[int] | None = None
) -> dict[int, list[Span]]:
    """Return what is held, by camera."""
    query = select(HoldRow.camera_id, HoldRow.from_ms, HoldRow.to_ms).where(_is_active(at))
    if cameras is not None:
        query = query.where(HoldRow.camera_id.in_(cameras))
    held: dict[int, list[Span]] = {}
    for camera_id, from_ms, to_ms in await reading.session.execute(query):
        held.setdefault(int(camera_id), []).append(Span(int(from_ms), int(to_ms)))
    return held


async def count_active(reading: Reading, *, at: datetime) -> int:
    """Return how many holds there are."""
    query = select(func.count()).select_from(HoldRow).where(_is_active(at))
    return int(await reading.session.scalar(query) or 0)


async def listed(
    reading: Reading, *, at: datetime, cameras: Collection[int] | None, also_ended: bool
) -> list[Hold]:
    """Return holds, the newest first; `also_ended` those too that hold nothing any more."""
    query = select(HoldRow).order_by(HoldRow.id.desc()).limit(MOST_LISTED)
    if cameras is not None:
        query = query.where(HoldRow.camera_id.in_(cameras))
    if not also_ended:
        query = query.where(_is_active(at))
    return [_hold(row) for row in await reading.session.scalars(query)]


async def one(reading: Reading, hold_id: int) -> Hold | None:
    """Return a hold."""
    row = await reading.session.get(HoldRow, hold_id, populate_existing=True)
    return None if row is None else _hold(row)


async def add(
    writing: Writing,
    camera_id: int,
    span: Span,
    *,
    reason: str,
    until_at: datetime | None,
    by: str,
    at: datetime,
) -> int:
    """Hold footage; return the number of the hold."""
    values: dict[str, Any] = {
        "camera_id": camera_id,
        "from_ms": span.from_ms,
        "to_ms": span.to_ms,
        "reason": reason,
        "created_by": by[:100],
        "created_at": at,
        "until_at": until_at,
    }
    done = await writing.session.execute(insert(HoldRow).values(values).returning(HoldRow.id))
    writing.changed("recordings")
    return int(done.scalar_one())


async def release(writing: Writing, hold_id: int, *, by: str, at: datetime) -> None:
    """End a hold."""
    await writing.session.execute(
        update(HoldRow).where(HoldRow.id == hold_id).values(released_at=at, released_by=by[:100])
    )
    writing.changed("recordings")


async def forget_ended(writing: Writing, *, before_at: datetime) -> int:
    """Delete holds that ended before that; return how many."""
    done = await writing.session.execute(
        delete(HoldRow)
        .where(or_(HoldRow.released_at < before_at, HoldRow.until_at < before_at))
        .returning(HoldRow.id)
    )
    return len(done.all())


async def area_quotas(reading: Reading) -> dict[int, int]:
    """Return how much the cameras of an area may keep together, by area."""
    found = await reading.session.execute(select(AreaQuotaRow.__table__))
    return {int(row["area_id"]): int(row["quota_bytes"]) for row in found.mappings()}


async def save_area_quota(writing: Writing, area_id: int, quota_bytes: int | None) -> None:
    """Limit an area that is there; None: not any more."""
    await writing.session.execute(delete(AreaQuotaRow).where(AreaQuotaRow.area_id == area_id))
    if quota_bytes is not None:
        await writing.session.execute(
            insert(AreaQuotaRow).values(area_id=area_id, quota_bytes=quota_bytes)
        )
    writing.changed("recordings")


def _is_active(at: datetime) -> ColumnElement[bool]:
    return and_(
        HoldRow.released_at.is_(None), or_(HoldRow.until_at.is_(None), HoldRow.until_at > at)
    )


def _hold(row: HoldRow) -> Hold:
    return Hold(
        id=row.id,
        camera_id=row.camera_id,
        span=Span(row.from_ms, row.to_ms),
        reason=row.reason,
        created_by=row.created_by,
        created_at=row.created_at,
        until_at=row.until_at,
        released_at=row.released_at,
        released_by=row.released_by,
    )
