"""Who watched what, when that is over."""

from datetime import datetime

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime


class ViewHistoryRow(Base):
    """One person's watching of one camera, from its begin to its last sign of life."""

    __tablename__ = "view_history"
    __table_args__ = (
        Index("ix_view_history_camera_id_started_at", "camera_id", "started_at"),
        Index("ix_view_history_started_at", "started_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    camera_id: Mapped[int | None] = mapped_column(Number)
    """No reference: what was watched stays true when the camera is gone."""
    camera_name: Mapped[str | None] = mapped_column(String(100))
    ip_address: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str | None] = mapped_column(Text)
    device_type: Mapped[str | None] = mapped_column(String(32))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    duration_s: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
