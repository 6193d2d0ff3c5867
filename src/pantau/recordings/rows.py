"""The tables of footage.  Moments are Unix milliseconds: a million rows are compared as numbers.

Conditions of indexes are said for SQLite alone: who says one for PostgreSQL loads all that is there
for it, 21 modules and 3 MB in every hub.  The steps that make the tables have both.
"""

from datetime import datetime

from sqlalchemy import (
    Boolean,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    true,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime


class SegmentRow(Base):
    """One file of one camera.  It outlives the camera, until retention comes for it."""

    __tablename__ = "recording_segments"
    __table_args__ = (
        UniqueConstraint("camera_id", "start_ms"),
        Index("ix_recording_segments_end_ms", "end_ms"),
        # Runs and totals are told from this alone, without looking at a million rows.
        Index(
            "ix_recording_segments_runs",
            "camera_id",
            "start_ms",
            "end_ms",
            "size_bytes",
            "state",
            "fragments",
        ),
        # What lies where is counted from this alone, in its order.
        Index(
            "ix_recording_segments_used",
            "camera_id",
            "place",
            "size_bytes",
            sqlite_where=sql("is_local = 1"),
        ),
        # What ages, fills a disk and expires in the archive, each the oldest first.
        Index(
            "ix_recording_segments_local",
            "camera_id",
            "start_ms",
            "place",
            sqlite_where=sql("is_local = 1"),
        ),
        Index(
            "ix_recording_segments_on_place",
            "place",
            "end_ms",
            "id",
            sqlite_where=sql("is_local = 1"),
        ),
        Index(
            "ix_recording_segments_archived",
            "end_ms",
            "id",
            sqlite_where=sql("archived_place IS NOT NULL"),
        ),
        Index(
            "ix_recording_segments_unsettled",
            "state",
            sqlite_where=sql("state <> 'closed'"),
        ),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    camera_id: Mapped[int] = mapped_column(Number)
    start_ms: Mapped[int] = mapped_column(Number)
    end_ms: Mapped[int] = mapped_column(Number)
    duration_ms: Mapped[int] = mapped_column(Number)
    size_bytes: Mapped[int] = mapped_column(Number)
    place: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    """A `SegmentState`."""
    cause: Mapped[str | None] = mapped_column(String(16))
    """An `EndCause`."""
    fragments: Mapped[int] = mapped_column(Integer)
    codecs: Mapped[str] = mapped_column(String(100))
    width_px: Mapped[int] = mapped_column(Integer)
    height_px: Mapped[int] = mapped_column(Integer)
    has_audio: Mapped[bool] = mapped_column(Boolean)
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    """How often a damaged file was tried."""
    next_attempt_ms: Mapped[int | None] = mapped_column(Number)
    """When it is tried again; None: not any more (lesson R14)."""
    archived_place: Mapped[str | None] = mapped_column(String(32))
    """The object store that has a copy."""
    is_local: Mapped[bool] = mapped_column(Boolean, server_default=true())
    """Whether `place` still has it; False: only the archive does."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DeletionRow(Base):
    """One segment that was deleted, and why.  Kept for 90 days.

    Until `is_done` it is what is about to happen: whoever finds it after a crash ends it.
    """

    __tablename__ = "recording_deletions"
    __table_args__ = (
        Index("ix_recording_deletions_at", "at"),
        Index("ix_recording_deletions_camera_id_start_ms", "camera_id", "start_ms"),
        Index(
            "uq_recording_deletions_pending",
            "segment_id",
            unique=True,
            sqlite_where=sql("is_done = 0"),
        ),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    camera_id: Mapped[int] = mapped_column(Number)
    start_ms: Mapped[int] = mapped_column(Number)
    end_ms: Mapped[int] = mapped_column(Number)
    size_bytes: Mapped[int] = mapped_column(Number)
    place: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(16))
    """A `Reason`."""
    actor: Mapped[str] = mapped_column(String(100), server_default=sql("''"))
    """Who asked for it; empty: the worker by its rules."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    segment_id: Mapped[int] = mapped_column(Number)
    extent: Mapped[str] = mapped_column(String(16))
    """A `keeping_values.Extent`; of what is done always all: only then footage is gone."""
    is_done: Mapped[bool] = mapped_column(Boolean)


class HoldRow(Base):
    """Footage that nothing deletes."""

    __tablename__ = "recording_holds"
    __table_args__ = (Index("ix_recording_holds_camera_id_from_ms", "camera_id", "from_ms"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    camera_id: Mapped[int] = mapped_column(Number)
    from_ms: Mapped[int] = mapped_column(Number)
    to_ms: Mapped[int] = mapped_column(Number)
    reason: Mapped[str] = mapped_column(String(500))
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it ends by itself; None: when somebody releases it."""
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    released_by: Mapped[str] = mapped_column(String(100), server_default=sql("''"))


class RuleRow(Base):
    """What operators decided about one camera's footage, beside on or off and for how long."""

    __tablename__ = "recording_rules"

    camera_id: Mapped[int] = mapped_column(
        Number, ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    playback: Mapped[str] = mapped_column(String(16), server_default="inherit")
    """A `PlaybackMode`."""
    preview_minutes: Mapped[int | None] = mapped_column(Integer)
    """None: what holds for the whole hub."""
    quota_bytes: Mapped[int | None] = mapped_column(Number)
    schedule: Mapped[str] = mapped_column(Text, server_default="[]")
    """JSON of the windows in which it records; `[]`: always."""
    sound: Mapped[bool] = mapped_column(Boolean, server_default=true())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AreaQuotaRow(Base):
    """How much all cameras of an area may keep together."""

    __tablename__ = "recording_area_quotas"

    area_id: Mapped[int] = mapped_column(
        Number, ForeignKey("areas.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    quota_bytes: Mapped[int] = mapped_column(Number)


class RecorderRow(Base):
    """What the worker last saw of one recorder."""

    __tablename__ = "recording_states"

    camera_id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    status: Mapped[str] = mapped_column(String(16))
    """A `recorders.RecorderStatus`."""
    cause: Mapped[str] = mapped_column(String(32), server_default=sql("''"))
    since_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_segment_ms: Mapped[int | None] = mapped_column(Number)
    """When the last good segment ended: the evidence."""
    last_fragment_ms: Mapped[int | None] = mapped_column(Number)
    bytes_per_s: Mapped[float] = mapped_column(Float, server_default="0")
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RestartRow(Base):
    """One time that a recorder stopped without being told to, or was restarted."""

    __tablename__ = "recording_restarts"
    __table_args__ = (
        Index("ix_recording_restarts_camera_id_id", "camera_id", "id"),
        Index("ix_recording_restarts_restart_at", "restart_at"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    camera_id: Mapped[int] = mapped_column(Number)
    reason: Mapped[str] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(String(500), server_default=sql("''"))
    restart_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recovered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    success: Mapped[bool] = mapped_column(Boolean)


class CommandRow(Base):
    """What somebody asked a recorder to do; never coalesced away (lesson R26)."""

    __tablename__ = "recording_commands"
    __table_args__ = (Index("ix_recording_commands_done_at", "done_at"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    camera_id: Mapped[int] = mapped_column(Number)
    action: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(100))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(500), server_default=sql("''"))


class LeaseRow(Base):
    """Who may delete; one worker at a time."""

    __tablename__ = "recording_leases"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until_ms: Mapped[int] = mapped_column(Number)


class NoteRow(Base):
    """What the worker tells its next start and the pages."""

    __tablename__ = "recording_notes"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    """JSON."""
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
