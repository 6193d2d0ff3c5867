"""The numbers of a period out of the roll-ups: a few sums over small tables, whatever was watched.

The only thing that is read of the views themselves is the newest few of a period, by their index.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select

from pantau.analytics.periods import Days, Period
from pantau.analytics.playing import PlaySums
from pantau.analytics.rows import (
    CameraDayRow,
    CameraMonthRow,
    CameraRow,
    DayRow,
    DeviceRow,
    HourRow,
    PlayDayRow,
    PlayMonthRow,
    TopVisitorRow,
)
from pantau.analytics.values import (
    COUNTS_FROM_S,
    MOST_VISITORS,
    CameraFigures,
    DayFigures,
    DeviceFigures,
    HeatCell,
    PastSession,
    PlayFigures,
    Totals,
    VisitorFigures,
    percentage,
    rounded,
)
from pantau.db.database import Reading
from pantau.viewers.models import ViewHistoryRow

_WATCHED: Final = ("sessions", "watch_s", "visitors", "quick", "engaged")
_PLAYED: Final = tuple(PlaySums.__dataclass_fields__)


async def totals(reading: Reading, days: Days, played: Mapping[int, PlaySums]) -> Totals:
    """Return the sums of days; `played` has those who only glanced."""
    row = DayRow
    adding = (
        row.sessions,
        row.visitors,
        row.watch_s,
        row.new_visitors,
        row.bounced_visitors,
        row.robots,
        row.short,
    )
    found = await reading.session.execute(
        select(
            func.coalesce(func.max(row.longest_s), 0).label("longest_s"),
            *(func.coalesce(func.sum(each), 0).label(each.key) for each in adding),
        ).where(_among(row.day, days))
    )
    sums = {name: int(value) for name, value in found.mappings().one().items()}
    sums["robots"] += sum(each.robot_glances for each in played.values())
    sums["short"] += sum(each.glances for each in played.values())
    return Totals(**sums)


async def by_day(reading: Reading, days: Days) -> list[DayFigures]:
    """Return the days on which somebody watched, the oldest first."""
    row = DayRow
    found = await reading.session.execute(
        select(row.day, row.sessions, row.visitors, row.watch_s)
        .where(_among(row.day, days), row.sessions > 0)
        .order_by(row.day)
    )
    return [
        DayFigures(day=date.fromordinal(day), sessions=sessions, visitors=visitors, watch_s=watch_s)
        for day, sessions, visitors, watch_s in found
    ]


async def heat(reading: Reading, days: Days) -> list[HeatCell]:
    """Return hours of weekdays in which somebody watched, in order; 0 is Sunday."""
    row = HourRow
    weekday = (row.day % 7).label("weekday")
    found = await reading.session.execute(
        select(weekday, row.hour, func.sum(row.sessions), func.sum(row.visitors))
        .where(_among(row.day, days))
        .group_by(weekday, row.hour)
        .order_by(weekday, row.hour)
    )
    return [
        HeatCell(weekday=weekday, hour=hour, sessions=int(sessions), visitors=int(visitors))
        for weekday, hour, sessions, visitors in found
    ]


async def devices(reading: Reading, days: Days) -> list[DeviceFigures]:
    """Return kinds of devices, the most frequent first."""
    row = DeviceRow
    found = await reading.session.execute(
        select(row.device, func.sum(row.sessions))
        .where(_among(row.day, days))
        .group_by(row.device)
        .order_by(func.sum(row.sessions).desc(), row.device)
    )
    counted = [(device, int(sessions)) for device, sessions in found]
    whole = sum(sessions for _, sessions in counted)
    return [
        DeviceFigures(device=device, sessions=sessions, percent=percentage(sessions, whole))
        for device, sessions in counted
    ]


async def played(
    reading: Reading, days: Days, *, is_everything: bool = False
) -> dict[int, PlaySums]:
    """Return how playing went, by camera."""
    query = _by_camera(None if is_everything else days, PlayDayRow, PlayMonthRow, _PLAYED)
    found = await reading.session.execute(query)
    return {each[0]: PlaySums(*map(int, each[1:])) for each in found}


async def cameras(
    reading: Reading,
    period: Period,
    playing: Mapping[int, PlaySums],
    current_names: Mapping[int, str],
) -> list[CameraFigures]:
    """Return every camera that was watched, the most watched first."""
    stored = await reading.session.execute(select(CameraRow.key, CameraRow.name))
    names = {**dict(stored.all()), **current_names}
    found = await reading.session.execute(
        _by_camera(
            None if period.is_everything else period.days, CameraDayRow, CameraMonthRow, _WATCHED
        )
    )
    counted = [
        _camera(key, names.get(key, ""), map(int, sums), playing.get(key)) for key, *sums in found
    ]
    return sorted(
        counted,
        key=lambda each: (
            -each.sessions,
            each.name,
            -1 if each.camera_id is None else each.camera_id,
        ),
    )


async def busiest(reading: Reading, days: Days) -> list[VisitorFigures]:
    """Return the busiest visitors of single days."""
    row = TopVisitorRow
    found = await reading.session.execute(
        select(row.day, row.visitor, row.sessions, row.cameras, row.watch_s, row.last_s)
        .where(_among(row.day, days))
        .order_by(row.sessions.desc(), row.watch_s.desc(), row.visitor, row.day.desc())
        .limit(MOST_VISITORS)
    )
    return [
        VisitorFigures(
            day=date.fromordinal(day),
            visitor=visitor,
            sessions=sessions,
            cameras=cameras,
            watch_s=watch_s,
            last_at=datetime.fromtimestamp(last_s, UTC),
        )
        for day, visitor, sessions, cameras, watch_s, last_s in found
    ]


async def recent(
    reading: Reading,
    moments: tuple[datetime, datetime],
    current_names: Mapping[int, str],
    *,
    limit: int,
) -> list[PastSession]:
    """Return the newest views of people that began in between, by their begin."""
    view = ViewHistoryRow
    from_at, until_at = moments
    found = await reading.session.scalars(
        select(view)
        .where(
            view.started_at >= from_at,
            view.started_at < until_at,
            view.is_bot.is_(False),
            view.duration_s >= COUNTS_FROM_S,
        )
        .order_by(view.started_at.desc(), view.id.desc())
        .limit(limit)
    )
    return [past_session(each, current_names) for each in found]


def past_session(view: ViewHistoryRow, current_names: Mapping[int, str]) -> PastSession:
    """Return a view as pages tell of it: with the name that its camera has today."""
    name = current_names.get(view.camera_id) if view.camera_id is not None else None
    return PastSession(
        id=view.id,
        camera_id=view.camera_id,
        camera_name=name or view.camera_name or "",
        visitor=view.visitor,
        address=view.ip_address or "",
        device=view.device_type or "unknown",
        delivery=view.delivery,
        started_at=view.started_at,
        ended_at=view.ended_at,
        duration_s=max(0, view.duration_s),
    )


def _camera(key: int, name: str, sums: Any, play: PlaySums | None) -> CameraFigures:
    watched = dict(zip(_WATCHED, sums, strict=True))
    return CameraFigures(
        camera_id=key if key >= 0 else None,
        name=name,
        **watched,
        playing=PlayFigures() if play is None else _playing(play),
    )


def _playing(play: PlaySums) -> PlayFigures:
    return PlayFigures(
        starts=play.starts,
        average_start_ms=rounded(play.start_ms, play.starts),
        stalls=play.stalls,
        stalled_ms=play.stalled_ms,
        refused=play.refused,
        failed=play.failed,
    )


def _by_camera(
    days: Days | None, day: type[Any], month: type[Any], names: Sequence[str]
) -> Select[Any]:
    """Return the sums of cameras; without days of all there are, by months, which are few."""
    row: Any = month if days is None else day
    query = select(row.camera, *(func.sum(getattr(row, name)) for name in names))
    if days is not None:
        query = query.where(_among(day.day, days))
    return query.group_by(row.camera)


def _among(column: Any, days: Days) -> ColumnElement[bool]:
    among: ColumnElement[bool] = column.between(days.first_on.toordinal(), days.last_on.toordinal())
    return among
