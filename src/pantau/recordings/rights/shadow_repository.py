"""Shadows in the database."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from sqlalchemy import delete, func, or_, select, update

from pantau.db.database import Reading, Writing
from pantau.recordings.models import FOREVER, Span
from pantau.recordings.rights.darkness import Began, Ended, Turn
from pantau.recordings.rights.rows import ShadowLookRow, ShadowRow
from pantau.recordings.rights.values import Dark, Shadow

_ONE: Final = 1
_KNOWN: Final = frozenset(int(dark) for dark in Dark)


DecidedSince: TypeAlias = Callable[[Reading, datetime], Awaitable[Collection[int]]]
"""Returns the cameras of which it was decided since then who sees them."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where whoever looks at darkness goes on from; the fields are the parameters of `DarkBook`."""

    under_way: Mapping[int, Dark]
    looked_ms: int | None
    unsure: Collection[int]


async def stand_of(work: Reading, decided_since: DecidedSince) -> Stand:
    """Return what was written last."""
    looked = await last_look_ms(work)
    unsure: Collection[int] = ()
    if looked is not None:
        unsure = await decided_since(work, datetime.fromtimestamp(looked / 1000, UTC))
    return Stand(under_way=await under_way(work), looked_ms=looked, unsure=unsure)


@dataclass(frozen=True, slots=True)
class KeptShadow:
    """A shadow with its number; one that is under way lasts for ever."""

    id: int
    camera_id: int
    shadow: Shadow

    @property
    def is_open(self) -> bool:
        return self.shadow.span.to_ms >= FOREVER.to_ms


async def last_look_ms(work: Reading) -> int | None:
    """Return up to when shadows are known; None: nobody ever looked."""
    return await work.session.scalar(
        select(ShadowLookRow.looked_ms).where(ShadowLookRow.id == _ONE)
    )


async def under_way(work: Reading) -> Mapping[int, Dark]:
    """Return how dark it is, by camera."""
    rows = await work.session.execute(
        select(ShadowRow.camera_id, func.max(ShadowRow.dark))
        .where(ShadowRow.ended_ms.is_(None))
        .group_by(ShadowRow.camera_id)
    )
    return {camera_id: _dark(dark) for camera_id, dark in rows}


async def shadows_since(
    work: Reading, *, after_id: int = 0, open_ids: Collection[int] = ()
) -> Sequence[KeptShadow]:
    """Return those with a greater number, and those of `open_ids`: only these can have changed."""
    rows = await work.session.scalars(
        select(ShadowRow)
        .where(or_(ShadowRow.id > after_id, ShadowRow.id.in_(tuple(open_ids))))
        .order_by(ShadowRow.id)
    )
    return [_kept(row) for row in rows]


async def write_turns(work: Writing, turns: Iterable[Turn], *, looked_ms: int) -> None:
    """Write what began and ended, in order, and up to when that is known."""
    for turn in turns:
        if isinstance(turn, Ended):
            await work.session.execute(
                update(ShadowRow)
                .where(ShadowRow.camera_id == turn.camera_id, ShadowRow.ended_ms.is_(None))
                .values(ended_ms=turn.at_ms)
            )
        else:
            work.session.add(_row(turn))
            await work.session.flush()
    updated = await work.session.scalar(
        update(ShadowLookRow)
        .where(ShadowLookRow.id == _ONE)
        .values(looked_ms=looked_ms)
        .returning(ShadowLookRow.id)
    )
    if updated is None:
        work.session.add(ShadowLookRow(id=_ONE, looked_ms=looked_ms))
        await work.session.flush()


async def prune(work: Writing, *, before_ms: int) -> None:
    """Forget what ended before."""
    await work.session.execute(delete(ShadowRow).where(ShadowRow.ended_ms < before_ms))


def _row(turn: Began) -> ShadowRow:
    return ShadowRow(camera_id=turn.camera_id, began_ms=turn.at_ms, dark=int(turn.dark))


def _kept(row: ShadowRow) -> KeptShadow:
    end_ms = FOREVER.to_ms if row.ended_ms is None else row.ended_ms
    shadow = Shadow(Span(row.began_ms, end_ms), _dark(row.dark))
    return KeptShadow(row.id, row.camera_id, shadow)


def _dark(number: int) -> Dark:
    # What a later version wrote and this one does not know is dark for all.
    return Dark(number) if number in _KNOWN else Dark.ALL
