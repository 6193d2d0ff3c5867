"""Views that are not counted yet, and what they add, in and out of the database."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Table, delete, select
from sqlalchemy import func as sql

from pantau.analytics.counting import CameraSums, Known, Seen, Sums, busiest
from pantau.analytics.rows import (
    CameraDayRow,
    CameraMonthRow,
    CameraRow,
    CameraVisitorRow,
    DayRow,
    DeviceRow,
    HourRow,
    TopVisitorRow,
    VisitorRow,
)
from pantau.db.base import Base
from pantau.db.database import Reading, Writing
from pantau.viewers.models import ViewHistoryRow

_AT_A_TIME: Final = 500
"""Visitors that are asked for in one statement."""
_Item = TypeVar("_Item")


async def views_after(reading: Reading, counted_id: int, *, limit: int) -> Sequence[Any]:
    """Return the next views by row number, with only what is counted of them."""
    view = ViewHistoryRow
    found = await reading.session.execute(
        select(
            view.id,
            view.camera_id,
            view.camera_name,
            view.visitor,
            view.device_type,
            view.started_at,
            view.duration_s,
            view.is_bot,
        )
        .where(view.id > counted_id)
        .order_by(view.id)
        .limit(limit)
    )
    return found.all()


async def camera_names(reading: Reading) -> dict[int, str]:
    """Return the names in the counts by key."""
    found = await reading.session.execute(select(CameraRow.key, CameraRow.name))
    return dict(found.all())


async def known_visitors(reading: Reading, keys: Iterable[tuple[int, str]]) -> Known:
    """Return what is known already of these visitors of these days."""
    by_day: dict[int, list[str]] = defaultdict(list)
    for day, visitor in keys:
        by_day[day].append(visitor)
    known = Known()
    row, pair = VisitorRow, CameraVisitorRow
    for day, visitors in by_day.items():
        for some in _pieces(visitors):
            found = await reading.session.execute(
                select(
                    row.visitor,
                    row.sessions,
                    row.watch_s,
                    row.cameras,
                    row.hours,
                    row.has_bounced,
                    row.last_s,
                ).where(row.day == day, row.visitor.in_(some))
            )
            known.visitors.update(((day, each[0]), Seen(*each[1:])) for each in found)
            pairs = await reading.session.execute(
                select(pair.visitor, pair.camera).where(pair.day == day, pair.visitor.in_(some))
            )
            known.cameras.update((day, visitor, camera) for visitor, camera in pairs)
    return known


async def top_visitors(reading: Reading, days: Iterable[int]) -> dict[int, dict[str, Seen]]:
    """Return the busiest visitors of days as they are kept."""
    row = TopVisitorRow
    kept: dict[int, dict[str, Seen]] = defaultdict(dict)
    for some in _pieces(list(days)):
        found = await reading.session.execute(
            select(row.day, row.visitor, row.sessions, row.watch_s, row.cameras, row.last_s).where(
                row.day.in_(some)
            )
        )
        for day, visitor, sessions, watch_s, cameras, last_s in found:
            kept[day][visitor] = Seen(sessions, watch_s, cameras, last_s=last_s)
    return kept


async def add_names(writing: Writing, names: Mapping[int, str]) -> None:
    """Keep names by key, the newest."""
    await _NAME.execute(writing, list(names.items()))


async def add_sums(writing: Writing, sums: Sums) -> None:
    """Add what a batch of views adds; who was seen is replaced."""
    await _DAY.execute(
        writing,
        [
            (
                day,
                each.sessions,
                each.watch_s,
                each.longest_s,
                each.visitors,
                each.new_visitors,
                each.bounced_visitors,
                each.robots,
                each.short,
            )
            for day, each in sums.days.items()
        ],
    )
    await _HOUR.execute(
        writing, [(*key, each.sessions, each.visitors) for key, each in sums.hours.items()]
    )
    await _DEVICE.execute(writing, [(*key, sessions) for key, sessions in sums.devices.items()])
    await _CAMERA_DAY.execute(writing, _of_cameras(sums.cameras))
    await _CAMERA_MONTH.execute(writing, _of_cameras(sums.months()))
    await _VISITOR.execute(
        writing,
        [
            (
                *key,
                seen.sessions,
                seen.watch_s,
                seen.cameras,
                seen.hours,
                seen.has_bounced,
                seen.last_s,
            )
            for key, seen in sorted(sums.visitors.items(), key=_key)
        ],
    )
    # In the order of the table, so that neighbours are written together.
    await _PAIR.execute(writing, sorted(sums.pairs))


async def put_top_visitors(
    writing: Writing, sums: Sums, kept: Mapping[int, Mapping[str, Seen]]
) -> None:
    """Let the visitors of a batch take their places among the busiest of their days."""
    candidates: dict[int, dict[str, Seen]] = defaultdict(dict)
    for (day, visitor), seen in sums.visitors.items():
        candidates[day][visitor] = seen
    row = TopVisitorRow
    for day, seen_on in candidates.items():
        before = kept.get(day, {})
        best = busiest({**before, **seen_on})
        if len(best) == len(before) and all(name not in seen_on for name, _ in best):
            continue
        await writing.session.execute(delete(row).where(row.day == day))
        await _TOP_VISITOR.execute(
            writing,
            [
                (day, visitor, seen.sessions, seen.watch_s, seen.cameras, seen.last_s)
                for visitor, seen in best
            ],
        )


async def count_views(reading: Reading) -> int:
    """Return how many views are kept.  Goes through all of them."""
    return await reading.session.scalar(select(sql.count()).select_from(ViewHistoryRow)) or 0


async def highest_view(reading: Reading) -> int:
    """Return the highest row number of a view; 0 for none."""
    return await reading.session.scalar(select(sql.max(ViewHistoryRow.id))) or 0


def _of_cameras(sums: Mapping[tuple[int, int], CameraSums]) -> list[tuple[object, ...]]:
    return [
        (*key, each.sessions, each.watch_s, each.visitors, each.quick, each.engaged)
        for key, each in sums.items()
    ]


def _key(each: tuple[tuple[int, str], Seen]) -> tuple[int, str]:
    return each[0]


class _Upsert:
    """Makes rows, or changes those that are there.

    Straight to the driver: for ten thousand rows SQLAlchemy takes longer than the database.  So
    values must be what both drivers take as they are, in the order of the table's columns.
    """

    def __init__(self, of: type[Base], changes: Callable[[Table, str], str]) -> None:
        table = _table(of)
        names = [column.name for column in table.columns]
        keys = [column.name for column in table.primary_key.columns]
        sets = [f"{name} = {changes(table, name)}" for name in names if name not in keys]
        then = f"UPDATE SET {', '.join(sets)}" if sets else "NOTHING"
        # Only names of our own tables come into the text.
        self._begin: Final = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES "  # noqa: S608
        self._end: Final = f" ON CONFLICT ({', '.join(keys)}) DO {then}"
        self._count: Final = len(names)

    async def execute(self, writing: Writing, rows: Sequence[tuple[object, ...]]) -> None:
        """Do it for `rows`."""
        if not rows:
            return
        connection = await writing.session.connection()
        is_sqlite = connection.dialect.name == "sqlite"
        marks = ("?" if is_sqlite else f"${number}" for number in range(1, self._count + 1))
        statement = f"{self._begin}({', '.join(marks)}){self._end}"
        await connection.exec_driver_sql(statement, list(rows))


def _added(table: Table, name: str) -> str:
    here = f"{table.name}.{name}"
    if name == "longest_s":
        return f"CASE WHEN excluded.{name} > {here} THEN excluded.{name} ELSE {here} END"
    return f"{here} + excluded.{name}"


def _replaced(_table: Table, name: str) -> str:
    return f"excluded.{name}"


def _table(of: type[Base]) -> Table:
    table = of.__table__
    assert isinstance(table, Table)
    return table


def _pieces(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    rest = iter(items)
    while piece := list(islice(rest, _AT_A_TIME)):
        yield piece


_DAY: Final = _Upsert(DayRow, _added)
_HOUR: Final = _Upsert(HourRow, _added)
_DEVICE: Final = _Upsert(DeviceRow, _added)
_CAMERA_DAY: Final = _Upsert(CameraDayRow, _added)
_CAMERA_MONTH: Final = _Upsert(CameraMonthRow, _added)
_NAME: Final = _Upsert(CameraRow, _replaced)
_VISITOR: Final = _Upsert(VisitorRow, _replaced)
_PAIR: Final = _Upsert(CameraVisitorRow, _replaced)
_TOP_VISITOR: Final = _Upsert(TopVisitorRow, _replaced)
