"""One row per topic that counts its changes: how a process notices what another one wrote."""

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base


class ChangeCounterRow(Base):
    """How often a topic changed; rows appear with the first change."""

    __tablename__ = "change_counters"

    topic: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
