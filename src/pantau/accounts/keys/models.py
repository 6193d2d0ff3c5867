"""Rows of API keys."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime


class ApiKeyRow(Base):
    """One key; revoked ones stay, so that the record of who could do what is whole."""

    __tablename__ = "api_keys"
    # The trail names keys by their numbers: one that was given is never given again.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 in hex; 256 random bits need no slow hash."""
    prefix: Mapped[str] = mapped_column(String(8))
    """The beginning of the key, by which its owner recognises it; too short to guess the rest."""
    client_name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(String(500), default="")
    scopes: Mapped[str] = mapped_column(String(1000))
    """Sorted, with spaces between."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
