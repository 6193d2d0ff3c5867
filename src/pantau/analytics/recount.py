"""Counting everything again: what is removed first, what has to stay, and what is forgotten.

A zone has its own days, so another zone needs another count.  Days whose views are gone already
stay as they were counted.
"""

from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Table, delete, func, insert, select, tuple_

from pantau.analytics.counting import month_of
from pantau.analytics.periods import midnight
from pantau.analytics.rows import (
    CameraDayRow,
    CameraMonthRow,
    CameraVisitorRow,
    DayRow,
    DeviceRow,
    HourRow,
    TopVisitorRow,
    VisitorRow,
)
from pantau.analytics.state import State
from pantau.db.base import Base
from pantau.db.database import Reading, Writing
from pantau.viewers.models import ViewHistoryRow

AT_ONCE: Final = 2_000
"""Rows that are removed in one transaction: other writers wait meanwhile."""
_VISITORS: Final = (VisitorRow, CameraVisitorRow, TopVisitorRow)
_COUNTS: Final = (DayRow, HourRow, DeviceRow, CameraDayRow)


async def kept_days(reading: Reading, state: State) -> tuple[int, int]:
    """Return the last day that must stay as it was counted, and the moment at which it ends.

    Zeros where every day can be counted again.  Days of which views are gone must stay, and what
    is left of the oldest day may be a part of it.
    """
    view, kept = ViewHistoryRow, (state.kept_day, state.kept_s)
    since_at = datetime.fromtimestamp(state.kept_s, UTC)
    first = await reading.session.scalar(
        select(func.min(DayRow.day)).where(DayRow.day > state.kept_day)
    )
    if first is None:
        return kept
    zone = ZoneInfo(state.zone)
    oldest_at = await reading.session.scalar(
        select(func.min(view.started_at)).where(view.started_at >= since_at)
    )
    if oldest_at is None:
        last = await reading.session.scalar(select(func.max(DayRow.day))) or 0
    else:
        day = oldest_at.astimezone(zone).toordinal()
        last = state.day_of(day, int(oldest_at.timestamp()))
        if last <= first and await _is_whole(reading, first, since_at, zone):
            return kept
    ends_s = int(midnight(date.fromordinal(last + 1), zone).timestamp())
    return last, max(ends_s, state.kept_s)


async def clear_some(writing: Writing, state: State) -> bool:
    """Remove some of what is counted again; return whether that was the last of it."""
    for row in (*_VISITORS, *_COUNTS):
        if await _delete_some(writing, row, row.day > state.kept_day):
            return False
    await _months_anew(writing, state.kept_day)
    return True


async def forget_some(writing: Writing, *, before_day: int) -> bool:
    """Remove some of who was seen before that day; return whether that was the last of it."""
    for row in _VISITORS:
        if await _delete_some(writing, row, row.day < before_day):
            return False
    return True


async def _is_whole(reading: Reading, day: int, since_at: datetime, zone: ZoneInfo) -> bool:
    row, view = DayRow, ViewHistoryRow
    counted = await reading.session.scalar(
        select(row.sessions + row.robots + row.short).where(row.day == day)
    )
    until_at = midnight(date.fromordinal(day + 1), zone)
    there = await reading.session.scalar(
        select(func.count()).where(view.started_at >= since_at, view.started_at < until_at)
    )
    return (there or 0) >= (counted or 0)


async def _delete_some(writing: Writing, row: type[Any], condition: ColumnElement[bool]) -> int:
    keys = tuple(_table(row).primary_key.columns)
    some = select(*keys).where(condition).order_by(*keys).limit(AT_ONCE)
    told = await writing.session.execute(
        delete(row)
        .where(condition, tuple_(*keys).in_(some))
        .execution_options(synchronize_session=False)
    )
    return int(getattr(told, "rowcount", 0))


async def _months_anew(writing: Writing, kept_day: int) -> None:
    """Have months hold what the days that stay add up to."""
    month, day = CameraMonthRow, CameraDayRow
    first_day = month_of(kept_day) if kept_day else 0
    await writing.session.execute(delete(month).where(month.month >= first_day))
    if not kept_day:
        return
    sums = (day.sessions, day.watch_s, day.visitors, day.quick, day.engaged)
    found = await writing.session.execute(
        select(day.camera, *(func.sum(each).label(each.key) for each in sums))
        .where(day.day >= first_day, day.day <= kept_day)
        .group_by(day.camera)
    )
    rows = [{"month": first_day, **each} for each in found.mappings()]
    if rows:
        await writing.session.execute(insert(month), rows)


def _table(of: type[Base]) -> Table:
    table = of.__table__
    assert isinstance(table, Table)
    return table
