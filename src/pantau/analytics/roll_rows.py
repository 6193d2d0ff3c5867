"""Views that are not counted yet, and what they add, in and out of the database.

Statements are written by hand: they are carried out for thousands of rows at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Table, TextClause, bindparam, delete, insert, select, text
from sqlalchemy import func as sql

from pantau.analytics.counting import Known, Seen, Sums, busiest
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
                    row.last_at,
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
            select(row.day, row.visitor, row.sessions, row.watch_s, row.cameras, row.last_at).where(
                row.day.in_(some)
            )
        )
        for day, visitor, sessions, watch_s, cameras, last_at in found:
            kept[day][visitor] = Seen(sessions, watch_s, cameras, last_at=last_at)
    return kept


async def add_names(writing: Writing, names: Mapping[int, str]) -> None:
    """Keep names by key, the newest."""
    await _many(writing, _NAME, ({"key": key, "name": name} for key, name in names.items()))


async def add_sums(writing: Writing, sums: Sums) -> None:
    """Add what a batch of views adds; who was seen is replaced."""
    await _many(writing, _DAY, ({"day": day, **asdict(each)} for day, each in sums.days.items()))
    await _many(
        writing,
        _HOUR,
        ({"day": day, "hour": hour, **asdict(each)} for (day, hour), each in sums.hours.items()),
    )
    await _many(
        writing,
        _DEVICE,
        (
            {"day": day, "device": device, "sessions": sessions}
            for (day, device), sessions in sums.devices.items()
        ),
    )
    await _many(
        writing,
        _CAMERA_DAY,
        ({"day": day, "camera": key, **asdict(each)} for (day, key), each in sums.cameras.items()),
    )
    await _many(
        writing,
        _CAMERA_MONTH,
        (
            {"month": month, "camera": key, **asdict(each)}
            for (month, key), each in sums.months().items()
        ),
    )
    await _many(writing, _VISITOR, (_visitor(*each) for each in sorted(sums.visitors.items())))
    await _many(
        writing,
        _PAIR,
        (
            {"day": day, "visitor": visitor, "camera": camera}
            for day, visitor, camera in sorted(sums.pairs)
        ),
    )


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
        await writing.session.execute(
            insert(row),
            [
                {
                    "day": day,
                    "visitor": visitor,
                    "sessions": seen.sessions,
                    "watch_s": seen.watch_s,
                    "cameras": seen.cameras,
                    "last_at": seen.last_at,
                }
                for visitor, seen in best
            ],
        )


async def highest_view(reading: Reading) -> int:
    """Return the highest row number of a view; 0 for none."""
    return await reading.session.scalar(select(sql.max(ViewHistoryRow.id))) or 0


def _visitor(key: tuple[int, str], seen: Seen) -> dict[str, object]:
    return {"day": key[0], "visitor": key[1], **asdict(seen)}


async def _many(writing: Writing, statement: TextClause, values: Iterable[dict[str, Any]]) -> None:
    rows = list(values)
    if rows:
        await writing.session.execute(statement, rows)


def _adding(of: type[Base], *, highest: str = "") -> TextClause:
    """Return the statement that makes a row, or adds to the one that is there."""
    table, names = _table(of), [column.name for column in of.__table__.columns]
    keys = [column.name for column in table.primary_key.columns]
    sums = [name for name in names if name not in keys]
    changes = [
        f"{name} = CASE WHEN excluded.{name} > {table.name}.{name} "
        f"THEN excluded.{name} ELSE {table.name}.{name} END"
        if name == highest
        else f"{name} = {table.name}.{name} + excluded.{name}"
        for name in sums
    ]
    return _upsert(of, changes)


def _replacing(of: type[Base]) -> TextClause:
    """Return the statement that makes a row, or replaces the one that is there."""
    keys = {column.name for column in _table(of).primary_key.columns}
    names = [column.name for column in of.__table__.columns if column.name not in keys]
    return _upsert(of, [f"{name} = excluded.{name}" for name in names])


def _upsert(of: type[Base], changes: Sequence[str]) -> TextClause:
    table = _table(of)
    names = [column.name for column in table.columns]
    keys = ", ".join(column.name for column in table.primary_key.columns)
    then = f"UPDATE SET {', '.join(changes)}" if changes else "NOTHING"
    # Only names of our own tables come into the text.
    statement = (
        f"INSERT INTO {table.name} ({', '.join(names)}) "  # noqa: S608
        f"VALUES ({', '.join(f':{name}' for name in names)}) ON CONFLICT ({keys}) DO {then}"
    )
    return text(statement).bindparams(
        *(bindparam(column.name, type_=column.type) for column in table.columns)
    )


def _table(of: type[Base]) -> Table:
    table = of.__table__
    assert isinstance(table, Table)
    return table


def _pieces(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    rest = iter(items)
    while piece := list(islice(rest, _AT_A_TIME)):
        yield piece


_DAY: Final = _adding(DayRow, highest="longest_s")
_HOUR: Final = _adding(HourRow)
_DEVICE: Final = _adding(DeviceRow)
_CAMERA_DAY: Final = _adding(CameraDayRow)
_CAMERA_MONTH: Final = _adding(CameraMonthRow)
_NAME: Final = _replacing(CameraRow)
_VISITOR: Final = _replacing(VisitorRow)
_PAIR: Final = _upsert(CameraVisitorRow, ())
