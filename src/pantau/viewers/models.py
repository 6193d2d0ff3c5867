"""Who watched what, when that is over; how it played; and the salts that make people numbers."""

from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime
from pantau.db.sealed_columns import sealed_as


class ViewHistoryRow(Base):
    """One person's watching of one camera, from its begin to its last sign of life."""

    __tablename__ = "view_history"
    __table_args__ = (
        Index("ix_view_history_camera_id_started_at", "camera_id", "started_at"),
        Index("ix_view_history_started_at", "started_at"),
        Index("uq_view_history_view_id", "view_id", unique=True),
        Index(
            "ix_view_history_addresses",
            "ended_at",
            # PostgreSQL's is in the step: see recordings/rows.py.
            sqlite_where=text("ip_address <> ''"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    camera_id: Mapped[int | None] = mapped_column(Number)
    """No reference: what was watched stays true when the camera is gone."""
    camera_name: Mapped[str | None] = mapped_column(String(100))
    ip_address: Mapped[str] = mapped_column(String(64))
    """Empty unless the operator keeps addresses; emptied when they have been kept long enough."""
    user_agent: Mapped[str | None] = mapped_column(Text)
    """Kept and emptied together with the address."""
    device_type: Mapped[str | None] = mapped_column(String(32))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    duration_s: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    view_id: Mapped[str | None] = mapped_column(String(32))
    """The view's own name: a row that comes twice, from two nodes, is one.  None: imported."""
    visitor: Mapped[str] = mapped_column(String(32), server_default=text("''"))
    """Hex; the same for one person on one day, and never again."""
    delivery: Mapped[str] = mapped_column(String(16), server_default="live")
    browser: Mapped[str] = mapped_column(String(32), server_default=text("''"))
    node: Mapped[str] = mapped_column(String(64), server_default=text("''"))
    """The machine that counted it."""
    is_bot: Mapped[bool] = mapped_column(Boolean, server_default=false())
    """Crawlers, link previews, monitors: kept apart, in no number about viewers."""


class LongerViewRow(Base):
    """That a view which was written down already became longer: for whoever had counted it.

    Whoever counts views takes these up, in their order, and deletes them.
    """

    __tablename__ = "longer_views"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    view_row_id: Mapped[int] = mapped_column(Number)
    """Its row in `view_history`, which may be gone by now."""
    was_s: Mapped[int] = mapped_column(Integer)
    is_s: Mapped[int] = mapped_column(Integer)


class OpenViewRow(Base):
    """A view in progress, as it was when it was last noted: what is left of it after a crash."""

    __tablename__ = "open_views"
    __table_args__ = (Index("ix_open_views_noted_at", "noted_at"),)

    view_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    camera_id: Mapped[int | None] = mapped_column(Number)
    camera_name: Mapped[str | None] = mapped_column(String(100))
    ip_address: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str | None] = mapped_column(Text)
    device_type: Mapped[str | None] = mapped_column(String(32))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Its last sign of life so far."""
    duration_s: Mapped[int] = mapped_column(Integer)
    visitor: Mapped[str] = mapped_column(String(32))
    delivery: Mapped[str] = mapped_column(String(16))
    browser: Mapped[str] = mapped_column(String(32))
    node: Mapped[str] = mapped_column(String(64))
    is_bot: Mapped[bool] = mapped_column(Boolean)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ViewGlanceRow(Base):
    """How many looked at a camera for less than five seconds, hour by hour: in no other number."""

    __tablename__ = "view_glances"

    camera_id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    hour_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    people: Mapped[int] = mapped_column(Integer)
    bots: Mapped[int] = mapped_column(Integer)


class PlayQualityRow(Base):
    """How one camera played for people, hour by hour, as their browsers told."""

    __tablename__ = "play_quality"

    camera_id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    hour_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    plays: Mapped[int] = mapped_column(Integer)
    """Reports, with or without a picture."""
    starts: Mapped[int] = mapped_column(Integer)
    """Reports of players that showed a picture."""
    start_ms: Mapped[int] = mapped_column(Number)
    """From the tap to the first picture, over all starts."""
    starts_within_1s: Mapped[int] = mapped_column(Integer)
    starts_within_2s: Mapped[int] = mapped_column(Integer)
    starts_within_4s: Mapped[int] = mapped_column(Integer)
    starts_within_8s: Mapped[int] = mapped_column(Integer)
    """Each of these without those before it; what took longer is in none."""
    stalls: Mapped[int] = mapped_column(Integer)
    stalled_ms: Mapped[int] = mapped_column(Number)
    played_ms: Mapped[int] = mapped_column(Number)
    codec_refusals: Mapped[int] = mapped_column(Integer)


class PlayFailureRow(Base):
    """How often playing a camera ended for a cause, hour by hour."""

    __tablename__ = "play_failures"

    camera_id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    hour_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    cause: Mapped[str] = mapped_column(String(16), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)


class VisitorSaltRow(Base):
    """The secret of one day; without it nobody can tell whom a number of that day meant."""

    __tablename__ = "visitor_salts"

    on_day: Mapped[str] = mapped_column(String(10), primary_key=True)
    """The calendar day of the hub's zone, such as 2026-03-01."""
    salt_sealed: Mapped[str] = mapped_column(Text, info=sealed_as("viewers.salt", row="on_day"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
