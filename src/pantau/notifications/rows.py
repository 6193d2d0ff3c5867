"""The tables of alerts: where they go, which go there, how far each has got."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Index, Integer, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime
from pantau.db.sealed_columns import sealed_as

ADDRESS_PURPOSE = "alerts.target"
_EMPTY = text("''")
_ZERO = text("0")


class TargetRow(Base):
    """Where messages go."""

    __tablename__ = "alert_targets"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    form: Mapped[str] = mapped_column(String(16))
    schema: Mapped[str] = mapped_column(String(32))
    shown: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2))
    enabled: Mapped[bool] = mapped_column(Boolean)
    purpose: Mapped[str] = mapped_column(String(16), server_default=_EMPTY)
    sealed: Mapped[str] = mapped_column(Text, info=sealed_as(ADDRESS_PURPOSE, row="key"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_ok_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_fault: Mapped[str] = mapped_column(String(300), server_default=_EMPTY)
    last_fault_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RuleRow(Base):
    """Who hears of what; empty lists mean any."""

    __tablename__ = "alert_rules"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    enabled: Mapped[bool] = mapped_column(Boolean)
    kinds: Mapped[list[str]] = mapped_column(JSON)
    area_ids: Mapped[list[int]] = mapped_column(JSON)
    camera_ids: Mapped[list[int]] = mapped_column(JSON)
    target_ids: Mapped[list[int]] = mapped_column(JSON)
    tells_recovery: Mapped[bool] = mapped_column(Boolean)
    quiet_from_min: Mapped[int | None] = mapped_column(SmallInteger)
    quiet_until_min: Mapped[int | None] = mapped_column(SmallInteger)
    critical_passes: Mapped[bool] = mapped_column(Boolean)
    down_after_s: Mapped[int | None] = mapped_column(Integer)
    up_after_s: Mapped[int | None] = mapped_column(Integer)
    purpose: Mapped[str] = mapped_column(String(16), server_default=_EMPTY)
    since_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WindowsRow(Base):
    """One row: how alerts behave where a rule says nothing else."""

    __tablename__ = "alert_windows"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    down_after_s: Mapped[int] = mapped_column(Integer)
    up_after_s: Mapped[int] = mapped_column(Integer)
    gather_s: Mapped[int] = mapped_column(Integer)
    fleet_percent: Mapped[int] = mapped_column(Integer)
    remind_hours: Mapped[int] = mapped_column(Integer)


class MutedCameraRow(Base):
    """A camera that nobody wants to hear of (lesson H08)."""

    __tablename__ = "alert_muted_cameras"

    camera_id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)


class MaintenanceRow(Base):
    """A time in which nothing is told of what is worked on."""

    __tablename__ = "alert_maintenance"
    __table_args__ = (Index(None, "ended_at"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    scope: Mapped[str] = mapped_column(String(8))
    subject_id: Mapped[int | None] = mapped_column(Number)
    reason: Mapped[str] = mapped_column(String(200))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(100))


class SightRow(Base):
    """What the worker saw last of something that lasts: windows go on over its restart (H01)."""

    __tablename__ = "alert_sights"

    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    is_bad: Mapped[bool] = mapped_column(Boolean)
    since_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cause: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class ToldRow(Base):
    """That a rule has said that something is bad; gone when its end was told as well."""

    __tablename__ = "alert_told"

    rule_id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_silent: Mapped[bool] = mapped_column(Boolean)
    cause: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    announced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WatermarkRow(Base):
    """How far a source of happenings was read."""

    __tablename__ = "alert_watermarks"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    text: Mapped[str] = mapped_column(String(200))


class ItemRow(Base):
    """One thing to be told to one target; `message_id` is empty until a message takes it."""

    __tablename__ = "alert_items"
    __table_args__ = (
        Index(None, "target_id", "key", unique=True),
        Index(None, "message_id"),
        Index(None, "created_at"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    target_id: Mapped[int] = mapped_column(Number)
    key: Mapped[str] = mapped_column(String(200))
    rule_id: Mapped[int | None] = mapped_column(Number)
    kind: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(64))
    edge: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    began_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cause: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_held: Mapped[bool] = mapped_column(Boolean)
    is_after_maintenance: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    message_id: Mapped[int | None] = mapped_column(Number)


class MessageRow(Base):
    """One message to one target, word for word as it is sent."""

    __tablename__ = "alert_messages"
    __table_args__ = (Index(None, "state", "target_id", "id"), Index(None, "created_at"))

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    target_id: Mapped[int] = mapped_column(Number)
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    edge_count: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(8))
    is_drill: Mapped[bool] = mapped_column(Boolean)
    tries: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fault: Mapped[str] = mapped_column(String(300), server_default=_EMPTY)
