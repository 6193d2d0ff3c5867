"""Views in and out of the database: those that are over, and notes of those in progress."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, case, delete, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute

from pantau.db.base import Base
from pantau.db.database import Reading, Writing
from pantau.db.inserting import inserting
from pantau.viewers.models import (
    LongerViewRow,
    OpenViewRow,
    PlayFailureRow,
    PlayQualityRow,
    ViewGlanceRow,
    ViewHistoryRow,
)
from pantau.viewers.views import KeptView, PastView, Today

_AT_A_TIME: Final = 500
_FULL: Final = 2**31 - 1
"""What a counter of 32 bits holds."""
_NOTED: Final = frozenset(field.name for field in fields(PastView)) - {"created_at"}


@dataclass(frozen=True, slots=True)
class Glances:
    """How many stayed for less than five seconds."""

    people: int = 0
    bots: int = 0


async def add_past_views(writing: Writing, views: Sequence[PastView]) -> None:
    """Add views; about 20 µs each in batches of a thousand.

    One whose `view_id` is there already makes that row longer instead: two nodes may both have seen
    the end of a view when they could not hear each other.  Its begin stays, and how much longer it
    became stands in `longer_views`, since it may have been counted already.
    """
    named = [asdict(view) for view in views if view.view_id is not None]
    others = [asdict(view) for view in views if view.view_id is None]
    if others:
        await writing.session.execute(insert(ViewHistoryRow), others)
    if named:
        table = ViewHistoryRow
        stretched = await _stretched(writing, named)
        adding = inserting(writing, table)
        new = adding.excluded
        longer = adding.on_conflict_do_update(
            index_elements=[table.view_id],
            set_={
                "ended_at": _greater(table.ended_at, new.ended_at),
                "duration_s": _greater(table.duration_s, new.duration_s),
            },
        )
        await writing.session.execute(longer, named)
        if stretched:
            await writing.session.execute(insert(LongerViewRow), stretched)
        await forget_open(writing, [str(values["view_id"]) for values in named])
    if views:
        writing.changed("viewers")


async def _stretched(
    writing: Writing, named: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, int]]:
    """Return how much longer `named` make rows that are there already."""
    lasts: dict[str, int] = {}
    for values in named:
        view_id = str(values["view_id"])
        lasts[view_id] = max(int(values["duration_s"]), lasts.get(view_id, 0))
    table, stretched, asked = ViewHistoryRow, list[Mapping[str, int]](), list(lasts)
    for at in range(0, len(asked), _AT_A_TIME):
        some = asked[at : at + _AT_A_TIME]
        there = await writing.session.execute(
            select(table.id, table.view_id, table.duration_s).where(table.view_id.in_(some))
        )
        stretched += [
            {"view_row_id": number, "was_s": was_s, "is_s": lasts[view_id]}
            for number, view_id, was_s in there
            if view_id is not None and lasts[view_id] > was_s
        ]
    return stretched


async def note_open(writing: Writing, views: Sequence[PastView], *, noted_at: datetime) -> None:
    """Note views in progress, each once; `ended_at` is how far they have come."""
    if not views:
        return
    adding = inserting(writing, OpenViewRow)
    new = adding.excluded
    renewed = adding.on_conflict_do_update(
        index_elements=[OpenViewRow.view_id],
        set_={name: new[name] for name in ("ended_at", "duration_s", "node", "noted_at")},
    )
    rows = [
        {name: value for name, value in asdict(view).items() if name in _NOTED}
        | {"noted_at": noted_at}
        for view in views
    ]
    await writing.session.execute(renewed, rows)


async def forget_open(writing: Writing, view_ids: Sequence[str]) -> None:
    """Delete the notes of these views."""
    for at in range(0, len(view_ids), _AT_A_TIME):
        some = view_ids[at : at + _AT_A_TIME]
        await writing.session.execute(delete(OpenViewRow).where(OpenViewRow.view_id.in_(some)))


async def left_open(work: Reading, *, before: datetime, limit: int) -> Sequence[PastView]:
    """Return views that nobody has noted since `before`: their process is gone."""
    found = await work.session.scalars(
        select(OpenViewRow)
        .where(OpenViewRow.noted_at < before)
        .order_by(OpenViewRow.noted_at)
        .limit(limit)
    )
    return [
        PastView(**{name: getattr(row, name) for name in _NOTED}, created_at=row.noted_at)
        for row in found
    ]


async def add_glances(writing: Writing, glances: Mapping[tuple[int, datetime], Glances]) -> None:
    """Add to what was counted, by camera and hour."""
    rows = [
        {"camera_id": camera_id, "hour_at": hour_at, "people": seen.people, "bots": seen.bots}
        for (camera_id, hour_at), seen in glances.items()
    ]
    await add_up(
        writing,
        ViewGlanceRow,
        rows,
        keys=(ViewGlanceRow.camera_id, ViewGlanceRow.hour_at),
        sums=(ViewGlanceRow.people, ViewGlanceRow.bots),
    )


async def add_up(
    writing: Writing,
    table: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    keys: Sequence[InstrumentedAttribute[Any]],
    sums: Sequence[InstrumentedAttribute[int]],
) -> None:
    """Add `rows` to counters that may be there already.

    A counter that is full stays so: visitors tell what is counted, and one that the database
    refused would keep everything else from being written.
    """
    if not rows:
        return
    adding = inserting(writing, table)
    summed = adding.on_conflict_do_update(
        index_elements=list(keys),
        set_={column.key: _sum(column, adding.excluded[column.key]) for column in sums},
    )
    small = {column.key for column in sums if _is_small(column)}
    bounded = [
        {name: min(value, _FULL) if name in small else value for name, value in row.items()}
        for row in rows
    ]
    await writing.session.execute(summed, bounded)


def _is_small(column: InstrumentedAttribute[int]) -> bool:
    return not isinstance(column.type, BigInteger)


def _sum(column: InstrumentedAttribute[int], more: ColumnElement[int]) -> ColumnElement[int]:
    if not _is_small(column):
        return column + more
    return case((column > _FULL - more, _FULL), else_=column + more)


async def past_views(
    work: Reading,
    *,
    limit: int,
    offset: int,
    camera_id: int | None,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
) -> Sequence[KeptView]:
    """Return views of people, by their begin and then their number, the newest first.

    Of those that began at `from_at` or later and before `until_at`, where these are given.
    """
    table = ViewHistoryRow
    query = select(table).where(~table.is_bot)
    if camera_id is not None:
        query = query.where(table.camera_id == camera_id)
    if from_at is not None:
        query = query.where(table.started_at >= from_at)
    if until_at is not None:
        query = query.where(table.started_at < until_at)
    found = await work.session.scalars(
        query.order_by(table.started_at.desc(), table.id.desc()).limit(limit).offset(offset)
    )
    return [
        KeptView(**{field.name: getattr(row, field.name) for field in fields(KeptView)})
        for row in found
    ]


async def figures_since(work: Reading, since: datetime) -> Today:
    """Return what views of people that began at `since` or later come to."""
    table = ViewHistoryRow
    row = (
        await work.session.execute(
            select(
                func.count(table.visitor.distinct()),
                func.count(),
                func.coalesce(func.sum(table.duration_s), 0),
            ).where(table.started_at >= since, ~table.is_bot)
        )
    ).one()
    return Today(unique_visitors=row[0], views=row[1], watch_s=int(row[2]))


async def visitors_among(
    work: Reading, visitors: Collection[str], *, since: datetime
) -> frozenset[str]:
    """Return those of `visitors` who have a view that began at `since` or later."""
    table, known, asked = ViewHistoryRow, set[str](), sorted(visitors)
    for at in range(0, len(asked), _AT_A_TIME):
        some = asked[at : at + _AT_A_TIME]
        known.update(
            await work.session.scalars(
                select(table.visitor)
                .distinct()
                .where(table.started_at >= since, ~table.is_bot, table.visitor.in_(some))
            )
        )
    return frozenset(known)


async def forget_addresses(writing: Writing, *, before: datetime, limit: int) -> int:
    """Empty addresses of views that ended before; return of how many.  At most `limit`."""
    table = ViewHistoryRow
    old = (
        select(table.id)
        .where(table.ip_address != "", table.ended_at < before)
        .order_by(table.ended_at)
        .limit(limit)
    )
    done = await writing.session.execute(
        update(table)
        .where(table.id.in_(old.scalar_subquery()))
        .values(ip_address="", user_agent=None)
        .returning(table.id)
    )
    return len(done.all())


async def delete_views(writing: Writing, *, before: datetime, limit: int) -> int:
    """Delete views that began before; return how many.  At most `limit`."""
    table = ViewHistoryRow
    old = select(table.id).where(table.started_at < before).order_by(table.started_at).limit(limit)
    done = await writing.session.execute(
        delete(table).where(table.id.in_(old.scalar_subquery())).returning(table.id)
    )
    return len(done.all())


async def delete_hours(writing: Writing, *, before: datetime) -> None:
    """Delete what was counted by the hour before."""
    for table in (ViewGlanceRow, PlayQualityRow, PlayFailureRow):
        await writing.session.execute(delete(table).where(table.hour_at < before))


def _greater(one: Any, other: Any) -> Any:
    # Not greatest(): SQLite calls it max.
    return case((one >= other, one), else_=other)
