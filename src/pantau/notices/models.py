"""Rows of announcements and of what is said about cameras."""

from datetime import datetime
from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime

TITLE_LENGTH: Final = 120
TEXT_LENGTH: Final = 2000
LINE_LENGTH: Final = 200
PURPOSE_LENGTH: Final = 500


class AnnouncementRow(Base):
    """An announcement."""

    __tablename__ = "announcements"
    __table_args__ = (
        CheckConstraint("severity IN ('info', 'warning')", name="severity"),
        CheckConstraint("target IN ('all', 'area', 'camera')", name="target"),
        # Browsers remember by number what was dismissed: none is given twice.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    title_id: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    title_en: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    text_id: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(String(16))
    picture: Mapped[str] = mapped_column(String(64))
    link: Mapped[str] = mapped_column(String(500))
    from_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    to_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    target: Mapped[str] = mapped_column(String(16))
    area_id: Mapped[int | None] = mapped_column(Number)
    camera_id: Mapped[int | None] = mapped_column(Number)
    on_wall: Mapped[bool] = mapped_column(Boolean)
    on_watch: Mapped[bool] = mapped_column(Boolean)
    is_dismissible: Mapped[bool] = mapped_column(Boolean)
    position: Mapped[int] = mapped_column(Integer)
    enabled: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CameraNoticeRow(Base):
    """What is said of the cameras of one scope; what is empty comes from the wider scope."""

    __tablename__ = "camera_notices"
    __table_args__ = (CheckConstraint("scope IN ('hub', 'area', 'camera')", name="scope"),)

    scope: Mapped[str] = mapped_column(String(16), primary_key=True)
    subject_id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    """Number of the area or camera; 0 of the hub."""
    owner: Mapped[str] = mapped_column(String(LINE_LENGTH))
    purpose: Mapped[str] = mapped_column(String(PURPOSE_LENGTH))
    retention: Mapped[str] = mapped_column(String(LINE_LENGTH))
    contact: Mapped[str] = mapped_column(String(LINE_LENGTH))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
