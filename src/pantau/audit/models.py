"""Rows of the audit trail."""

from datetime import datetime

from sqlalchemy import Index, Integer, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime


class AuditEntryRow(Base):
    """One thing that happened; never changed, and deleted from the oldest end only.

    No foreign key leads to people: an entry outlives them and keeps their name.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index(None, "at"),
        Index(None, "name", "id"),
        Index(None, "username", "id"),
        Index(None, "address", "id"),
        Index(None, "user_id", "id"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    """Place in the chain: without gaps."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(64))
    actor_kind: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[int | None] = mapped_column(Number)
    username: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(300))
    endpoint: Mapped[str] = mapped_column(String(200))
    target: Mapped[str] = mapped_column(String(200))
    details: Mapped[str] = mapped_column(Text)
    """JSON in its canonical form, because its bytes are part of the hash."""
    count: Mapped[int] = mapped_column(Integer)
    """How often it happened within the minute that the entry stands for."""
    hash: Mapped[str] = mapped_column(String(64))
    """HMAC over the entry and the hash of the one before it."""


class AuditHeadRow(Base):
    """The one row that says where the chain begins and ends; writers queue up for it."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    last_id: Mapped[int] = mapped_column(Number)
    last_hash: Mapped[str] = mapped_column(String(64))
    anchor_id: Mapped[int] = mapped_column(Number)
    """The last entry that retention took away; 0: none."""
    anchor_hash: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(64))
    """HMAC over the rest, so that nobody can shorten the chain by changing this row."""
