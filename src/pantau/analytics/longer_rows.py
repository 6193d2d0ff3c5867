"""Views that became longer after they had been written down, in and out of the database."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, select

from pantau.analytics.values import COUNTS_FROM_S, QUICK_BELOW_S
from pantau.db.database import Reading, Writing
from pantau.viewers.models import LongerViewRow, ViewHistoryRow

_A_DAY: Final = timedelta(days=1, hours=2)
"""No local day is longer, however its clock is set."""


async def longer_after(reading: Reading, longer_id: int, *, limit: int) -> Sequence[Any]:
    """Return what became longer, in its order, with what is counted of the view.

    `id` is the view's; None where the view itself is gone.
    """
    longer, view = LongerViewRow, ViewHistoryRow
    found = await reading.session.execute(
        select(
            longer.id.label("longer_id"),
            longer.was_s,
            longer.is_s,
            view.id,
            view.camera_id,
            view.camera_name,
            view.visitor,
            view.device_type,
            view.started_at,
            view.is_bot,
        )
        .outerjoin(view, view.id == longer.view_row_id)
        .where(longer.id > longer_id)
        .order_by(longer.id)
        .limit(limit)
    )
    return found.all()


async def other_quick_views(reading: Reading, row: Any) -> Sequence[Any]:
    """Return short looks of the same visitor around the view `row`, as they are now."""
    view = ViewHistoryRow
    if not row.visitor:
        return ()
    found = await reading.session.execute(
        select(view.id, view.started_at).where(
            view.started_at > row.started_at - _A_DAY,
            view.started_at < row.started_at + _A_DAY,
            view.visitor == row.visitor,
            view.id != row.id,
            ~view.is_bot,
            view.duration_s >= COUNTS_FROM_S,
            view.duration_s < QUICK_BELOW_S,
        )
    )
    return found.all()


async def forget_longer(writing: Writing, up_to_id: int) -> None:
    """Delete what has been taken up."""
    longer = LongerViewRow
    await writing.session.execute(delete(longer).where(longer.id <= up_to_id))
