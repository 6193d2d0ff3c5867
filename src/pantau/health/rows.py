"""The tables of camera health: what is believed, what was, alarms, and who wants a check now."""

from datetime import datetime

from sqlalchemy import Index, Integer, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime


class CameraHealthRow(Base):
    """What is believed of a camera.  No foreign key: the worker tidies up after deletions."""

    __tablename__ = "camera_health"

    camera_id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(16))
    cause: Mapped[str] = mapped_column(String(32))
    since_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Written with changes, and about every ten minutes."""
    alive_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    gone_since_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    gone_looks: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    failures: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class CameraHealthSpanRow(Base):
    """A stretch of time in one state for one cause.  The open one of a camera has no end."""

    __tablename__ = "camera_health_spans"
    __table_args__ = (
        Index("ix_camera_health_spans_camera_id_began_at", "camera_id", "began_at"),
        Index("ix_camera_health_spans_ended_at", "ended_at"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    camera_id: Mapped[int] = mapped_column(Number)
    state: Mapped[str] = mapped_column(String(16))
    cause: Mapped[str] = mapped_column(String(32))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class HealthAlarmRow(Base):
    """Something on our own side that made many cameras unknowable, as one alarm."""

    __tablename__ = "health_alarms"
    __table_args__ = (Index("ix_health_alarms_began_at", "began_at"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cameras: Mapped[int] = mapped_column(Integer)
    """How many were affected."""
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[str] = mapped_column(String(100), server_default=text("''"))


class HealthCheckRow(Base):
    """Somebody wants a camera to be checked now; the worker takes the row away."""

    __tablename__ = "health_checks"

    camera_id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class HealthWatchRow(Base):
    """One row: until when the worker has watched.  What came after is unknown, not fine."""

    __tablename__ = "health_watch"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    watched_until_at: Mapped[datetime] = mapped_column(UtcDateTime)
