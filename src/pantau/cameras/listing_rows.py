"""Whether the list of cameras changed since it was read."""

from typing import Final, TypeAlias

from sqlalchemy import select

from pantau.db.change_counters import ChangeCounterRow
from pantau.db.database import Reading

_TOPICS: Final = ("areas", "cameras")
Revision: TypeAlias = tuple[tuple[str, int], ...]


async def revision_of(reading: Reading) -> Revision:
    """Return what is another after every change of cameras or areas, whichever process made it."""
    found = await reading.session.execute(
        select(ChangeCounterRow.topic, ChangeCounterRow.value)
        .where(ChangeCounterRow.topic.in_(_TOPICS))
        .order_by(ChangeCounterRow.topic)
    )
    return tuple((topic, value) for topic, value in found)
