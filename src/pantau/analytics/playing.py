"""How playing went and who only glanced, by day: added up anew from the hours that are kept.

Hours are those of UTC: where a zone is not whole hours from it, the hour over midnight belongs to
the day in which it began.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, insert, select

from pantau.analytics.counting import month_of
from pantau.analytics.periods import Days, local_day
from pantau.analytics.rows import PlayDayRow, PlayMonthRow
from pantau.analytics.state import advance, stored_state
from pantau.cameras.rows import CameraRow
from pantau.core.clock import Clock
from pantau.db.database import Database, Reading, Writing
from pantau.viewers.models import PlayFailureRow, PlayQualityRow, ViewGlanceRow

_DAYS_AT_ONCE: Final = 8


@dataclass(slots=True)
class PlaySums:
    """See `PlayDayRow`."""

    starts: int = 0
    start_ms: int = 0
    stalls: int = 0
    stalled_ms: int = 0
    refused: int = 0
    failed: int = 0
    glances: int = 0
    robot_glances: int = 0


_ByDay: TypeAlias = dict[int, dict[int, PlaySums]]
"""Of each day, of each camera."""


async def count_playing(database: Database, zone: ZoneInfo, *, clock: Clock) -> None:
    """Have the days up to today hold what their hours add up to.

    Yesterday is looked at again as well: a node may tell late.
    """
    today = local_day(clock.now(), zone).toordinal()
    while True:
        async with database.read() as reading:
            state = await stored_state(reading)
            if state is None or state.zone != zone.key or state.is_clearing:
                return
            first = max(state.played_day - 1, state.kept_day + 1)
            if state.played_day == state.kept_day:
                first = max(first, await _oldest_day(reading, zone, today))
            last = min(first + _DAYS_AT_ONCE - 1, today)
            counted = await _counted(reading, first, last, zone)
            stored = await _stored(reading, first, last)
        changed = {day for day in range(first, last + 1) if counted[day] != stored[day]}
        if changed or last != state.played_day:
            async with database.write() as writing:
                if await advance(writing, state, played_day=last) is None:
                    # Views were counted meanwhile: the next look finds the same hours.
                    return
                await _replace(writing, counted, changed)
                if changed:
                    writing.changed("analytics")
        if last >= today:
            return
        await clock.sleep(0)


async def _oldest_day(reading: Reading, zone: ZoneInfo, today: int) -> int:
    oldest = today
    for row in (PlayQualityRow, PlayFailureRow, ViewGlanceRow):
        at = await reading.session.scalar(select(func.min(row.hour_at)))
        if at is not None:
            oldest = min(oldest, local_day(at, zone).toordinal())
    return oldest


async def _counted(reading: Reading, first: int, last: int, zone: ZoneInfo) -> _ByDay:
    sums: _ByDay = defaultdict(lambda: defaultdict(PlaySums))
    quality, failure, glance = PlayQualityRow, PlayFailureRow, ViewGlanceRow
    for row in await _hours(reading, quality, first, last, zone):
        each = _of(sums, row, zone)
        each.starts += row.starts
        each.start_ms += row.start_ms
        each.stalls += row.stalls
        each.stalled_ms += row.stalled_ms
        each.refused += row.codec_refusals
    for row in await _hours(reading, failure, first, last, zone):
        _of(sums, row, zone).failed += row.failures
    for row in await _hours(reading, glance, first, last, zone):
        each = _of(sums, row, zone)
        each.glances += row.people
        each.robot_glances += row.bots
    return sums


async def _hours(
    reading: Reading, row: type[Any], first: int, last: int, zone: ZoneInfo
) -> Collection[Any]:
    from_at, until_at = Days(date.fromordinal(first), date.fromordinal(last)).moments(zone)
    # Camera by camera, which is how these tables are ordered.
    found = await reading.session.execute(
        select(row.__table__).where(
            row.camera_id.in_(select(CameraRow.id)),
            # An hour that is under way at midnight is sorted out below.
            row.hour_at >= from_at - timedelta(hours=1),
            row.hour_at < until_at,
        )
    )
    inside = range(first, last + 1)
    return [each for each in found if local_day(each.hour_at, zone).toordinal() in inside]


def _of(sums: _ByDay, row: Any, zone: ZoneInfo) -> PlaySums:
    return sums[local_day(row.hour_at, zone).toordinal()][row.camera_id]


async def _stored(reading: Reading, first: int, last: int) -> _ByDay:
    sums: _ByDay = defaultdict(dict)
    day = PlayDayRow
    names = PlaySums.__dataclass_fields__
    found = await reading.session.execute(
        select(day.day, day.camera, *(getattr(day, name) for name in names)).where(
            day.day >= first, day.day <= last
        )
    )
    for each in found:
        sums[each[0]][each[1]] = PlaySums(*each[2:])
    return sums


async def _replace(
    writing: Writing, counted: Mapping[int, Mapping[int, PlaySums]], changed: Collection[int]
) -> None:
    day, month = PlayDayRow, PlayMonthRow
    for each in sorted(changed):
        await writing.session.execute(delete(day).where(day.day == each))
        rows = [{"day": each, "camera": key, **asdict(s)} for key, s in counted[each].items()]
        if rows:
            await writing.session.execute(insert(day), rows)
    names = tuple(PlaySums.__dataclass_fields__)
    for first in sorted({month_of(each) for each in changed}):
        after = (date.fromordinal(first) + timedelta(days=32)).replace(day=1).toordinal()
        await writing.session.execute(delete(month).where(month.month == first))
        found = await writing.session.execute(
            select(day.camera, *(func.sum(getattr(day, name)).label(name) for name in names))
            .where(day.day >= first, day.day < after)
            .group_by(day.camera)
        )
        rows = [{"month": first, **each} for each in found.mappings()]
        if rows:
            await writing.session.execute(insert(month), rows)
