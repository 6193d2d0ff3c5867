"""Alarms in and out of the database."""

from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from pantau.db.database import Reading, Writing
from pantau.health.rows import HealthAlarmRow
from pantau.health.values import Alarm, AlarmKind


async def begin(
    writing: Writing, kind: AlarmKind, *, at: datetime, cameras: int, again_within: timedelta
) -> bool:
    """Begin an alarm unless one of its kind is on already; return whether.

    One that ended less than `again_within` ago goes on: what comes and goes is one alarm.
    """
    row = HealthAlarmRow
    found = await writing.session.execute(
        select(row.id, row.ended_at).where(row.kind == kind.value).order_by(row.id.desc()).limit(1)
    )
    last = found.first()
    if last is not None and last.ended_at is None:
        return False
    if last is not None and at - last.ended_at <= again_within:
        await writing.session.execute(
            update(row).where(row.id == last.id).values(ended_at=None, cameras=cameras)
        )
    else:
        await writing.session.execute(
            insert(row).values(kind=kind.value, began_at=at, ended_at=None, cameras=cameras)
        )
    writing.changed("health")
    return True


async def end(writing: Writing, kind: AlarmKind, *, at: datetime) -> bool:
    """End the alarm of a kind, if one is on; return whether."""
    row = HealthAlarmRow
    done = await writing.session.execute(
        update(row)
        .where(row.kind == kind.value, row.ended_at.is_(None))
        .values(ended_at=at)
        .returning(row.id)
    )
    if not done.all():
        return False
    writing.changed("health")
    return True


async def newest(
    reading: Reading, *, limit: int, touching_at: datetime | None = None
) -> list[Alarm]:
    """Return alarms, the newest first; only those that were on at or after `touching_at`."""
    row = HealthAlarmRow
    query = select(row).order_by(row.began_at.desc(), row.id.desc()).limit(limit)
    if touching_at is not None:
        query = query.where(row.ended_at.is_(None) | (row.ended_at >= touching_at))
    found = await reading.session.scalars(query)
    return [_alarm(one) for one in found]


async def one(reading: Reading, alarm_id: int) -> Alarm | None:
    """Return an alarm."""
    found = await reading.session.get(HealthAlarmRow, alarm_id)
    return None if found is None else _alarm(found)


async def acknowledge(writing: Writing, alarm_id: int, *, at: datetime, by: str) -> None:
    """Note who saw an alarm, and when."""
    row = HealthAlarmRow
    await writing.session.execute(
        update(row).where(row.id == alarm_id).values(acknowledged_at=at, acknowledged_by=by[:100])
    )
    writing.changed("health")


def _alarm(row: HealthAlarmRow) -> Alarm:
    return Alarm(
        id=row.id,
        kind=row.kind,
        began_at=row.began_at,
        ended_at=row.ended_at,
        cameras=row.cameras,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
    )
