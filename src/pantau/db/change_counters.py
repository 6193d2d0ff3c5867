"""One row per topic that counts its changes: how a process notices what another one wrote."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import BigInteger, String, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base
from pantau.db.changes import Topic

CHANNEL: Final = "pantau_changes"
"""Where PostgreSQL tells who listens that the counters moved."""
COUNTED: Final = "SELECT topic, value FROM change_counters"


class ChangeCounterRow(Base):
    """How often a topic changed; rows appear with the first change."""

    __tablename__ = "change_counters"

    topic: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


_COUNT: Final = text(
    "INSERT INTO change_counters (topic, value) VALUES (:topic, 1) "
    "ON CONFLICT (topic) DO UPDATE SET value = change_counters.value + 1 RETURNING value"
)
_NOTIFY: Final = text(f"NOTIFY {CHANNEL}")


async def count(
    session: AsyncSession, topics: Iterable[Topic], *, can_notify: bool
) -> dict[Topic, int]:
    """Count one change of each of `topics` in this transaction; return their counters."""
    counted: dict[Topic, int] = {}
    for topic in sorted(topics):
        counted[topic] = (await session.execute(_COUNT, {"topic": topic})).scalar_one()
    if counted and can_notify:
        await session.execute(_NOTIFY)
    return counted
