"""How far the counting has got, in and out of the database."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from sqlalchemy import func, insert, select, update

from pantau.analytics.rows import AnalyticsStateRow
from pantau.db.database import Reading, Writing
from pantau.viewers.models import ViewHistoryRow

_ONLY: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """See `AnalyticsStateRow`."""

    zone: str
    counted_id: int = 0
    longer_id: int = 0
    recount_id: int = 0
    is_clearing: bool = False
    kept_day: int = 0
    kept_s: int = 0
    visitors_day: int = 0
    played_day: int = 0

    @property
    def is_recount(self) -> bool:
        """Whether everything is being counted again."""
        return self.is_clearing or self.counted_id < self.recount_id

    def day_of(self, day: int, started_s: int) -> int:
        """Return where a view of that day is counted: never among days it must stay out of.

        Only around the end of the days that stay, after another zone was chosen, is that another
        day: there a few hours belong to the neighbour.
        """
        if started_s >= self.kept_s:
            return max(day, self.kept_day + 1)
        return min(day, self.kept_day)

    def has_counted(self, view_id: int, started_s: int) -> bool:
        """Tell whether a view is in the days that a recount leaves as they were."""
        return view_id <= self.recount_id and started_s < self.kept_s

    def is_in(self, view_id: int, started_s: int) -> bool:
        """Tell whether a view is in the counts."""
        return view_id <= self.counted_id or self.has_counted(view_id, started_s)


async def stored_state(reading: Reading) -> State | None:
    """Return how far the counting has got; nothing before it ever began."""
    row = (await reading.session.execute(select(*_columns()))).one_or_none()
    return None if row is None else State(**dict(zip(State.__dataclass_fields__, row, strict=True)))


async def begin(writing: Writing, state: State) -> None:
    """Keep the first state."""
    await writing.session.execute(insert(AnalyticsStateRow).values(id=_ONLY, **asdict(state)))


async def advance(writing: Writing, known: State, **changes: Any) -> State | None:
    """Change the state and return it; nothing, and no change, unless it was still `known`.

    Before anything else is written: whoever counted meanwhile has counted the same views.
    """
    changed = replace(known, **changes)
    row = AnalyticsStateRow
    told = await writing.session.execute(
        update(row)
        .where(*(getattr(row, name) == value for name, value in asdict(known).items()))
        .values(**asdict(changed))
    )
    return changed if getattr(told, "rowcount", 0) == 1 else None


async def views_behind(reading: Reading, counted_id: int) -> int:
    """Return about how many views are in no number yet: how far the row numbers are ahead."""
    newest = await reading.session.scalar(select(func.max(ViewHistoryRow.id)))
    return max(0, (newest or 0) - counted_id)


def _columns() -> list[Any]:
    return [getattr(AnalyticsStateRow, name) for name in State.__dataclass_fields__]
