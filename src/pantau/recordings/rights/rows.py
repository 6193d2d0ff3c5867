"""The tables of playback tokens, their devices, shared clips, and of when a camera was hidden."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime


class ShadowRow(Base):
    """A time during which the public could not see a camera live, and so cannot replay it."""

    __tablename__ = "recording_shadows"
    __table_args__ = (
        Index("ix_recording_shadows_camera_id_began_ms", "camera_id", "began_ms"),
        Index("ix_recording_shadows_ended_ms", "ended_ms"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    camera_id: Mapped[int] = mapped_column(Number)
    began_ms: Mapped[int] = mapped_column(Number)
    ended_ms: Mapped[int | None] = mapped_column(Number)
    """None: still so."""
    dark: Mapped[int] = mapped_column(Integer)
    """For whom, a `Dark`; a number that nobody knows is for all."""


class ShadowLookRow(Base):
    """Up to when shadows are known: one row, of the last look of any worker."""

    __tablename__ = "recording_shadow_looks"

    id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    looked_ms: Mapped[int] = mapped_column(Number)


class TokenRow(Base):
    """A playback token.  Only its hash is kept."""

    __tablename__ = "playback_tokens"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    label: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    prefix: Mapped[str] = mapped_column(String(16))
    scope: Mapped[str] = mapped_column(String(16))
    """all, selected or area."""
    camera_ids: Mapped[str] = mapped_column(Text, server_default="[]")
    """JSON; of scope selected."""
    area_ids: Mapped[str] = mapped_column(Text, server_default="[]")
    """JSON; of scope area.  Which cameras these are is asked at each use."""
    window_hours: Mapped[int] = mapped_column(Integer)
    """How far back it reaches."""
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    max_devices: Mapped[int] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(String(500), server_default=sql("''"))
    uses: Mapped[int] = mapped_column(Integer, server_default="0")
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[str] = mapped_column(String(100), server_default=sql("''"))


class DeviceRow(Base):
    """A browser that activated a token; its cookie is kept as a hash."""

    __tablename__ = "playback_devices"
    __table_args__ = (Index("ix_playback_devices_token_id", "token_id"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    token_id: Mapped[int] = mapped_column(
        Number, ForeignKey("playback_tokens.id", ondelete="CASCADE")
    )
    session_hash: Mapped[str] = mapped_column(String(64), unique=True)
    ip_address: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str] = mapped_column(String(32), server_default=sql("''"))


class ClipLinkRow(Base):
    """A link to one exported clip, for whoever has it."""

    __tablename__ = "clip_links"
    __table_args__ = (Index("ix_clip_links_export_id", "export_id"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    export_id: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    prefix: Mapped[str] = mapped_column(String(16))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    max_downloads: Mapped[int | None] = mapped_column(Integer)
    downloads: Mapped[int] = mapped_column(Integer, server_default="0")
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
