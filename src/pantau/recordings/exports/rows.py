"""The table of clips and time-lapses."""

from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, String, Text, false
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime


class ExportRow(Base):
    """One export, from asked for to expired."""

    __tablename__ = "recording_exports"
    __table_args__ = (
        Index("ix_recording_exports_state", "state"),
        Index("ix_recording_exports_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random; part of its address."""
    camera_id: Mapped[int] = mapped_column(Number)
    camera_name: Mapped[str] = mapped_column(String(100))
    from_ms: Mapped[int] = mapped_column(Number)
    to_ms: Mapped[int] = mapped_column(Number)
    kind: Mapped[str] = mapped_column(String(16))
    """clip or timelapse."""
    speed: Mapped[int] = mapped_column(Integer, server_default="1")
    """Of a time-lapse: how many times faster."""
    state: Mapped[str] = mapped_column(String(16))
    """queued, running, done, failed, cancelled or expired."""
    progress: Mapped[int] = mapped_column(Integer, server_default="0")
    """Per thousand of what is recorded in the span."""
    error: Mapped[str] = mapped_column(String(500), server_default=sql("''"))
    size_bytes: Mapped[int] = mapped_column(Number, server_default="0")
    """What its files take; until it is done: what they will take at most, as far as is known."""
    manifest: Mapped[str] = mapped_column(Text, server_default=sql("''"))
    """JSON: files with size, SHA-256 and span, and the segments that they are made of."""
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    """How often it was begun."""
    cancel_asked: Mapped[bool] = mapped_column(Boolean, server_default=false())
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
