"""The table of cameras."""

from datetime import datetime
from typing import Final, Literal

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime
from pantau.db.sealed_columns import sealed_as

CameraKeeper = Literal["settings", "demo", "operator"]
CONFIGURED_KEEPERS: Final[tuple[CameraKeeper, ...]] = ("settings", "demo")
SOURCE_PURPOSE: Final = "camera.source"
"""What camera addresses are sealed for."""
SOURCE_MORE_PURPOSE: Final = "camera.source_more"
"""What headers, proxies and addresses of stills are sealed for."""


class CameraRow(Base):
    """A camera.  Whether it is live is measured, never stored."""

    __tablename__ = "cameras"
    __table_args__ = (
        CheckConstraint("managed_by IN ('settings', 'demo', 'operator')", name="managed_by"),
        CheckConstraint("status IN ('active', 'maintenance', 'offline')", name="status"),
        CheckConstraint(
            "sponsor_package IN ('bronze', 'silver', 'gold')",
            name="sponsor_package",
        ),
        Index("ix_cameras_area_id", "area_id"),
        # Numbers stand in links: one that was given is never given again.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    stream_key: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    source_sealed: Mapped[str] = mapped_column(Text, info=sealed_as(SOURCE_PURPOSE))
    """The address with its password."""
    source_kind: Mapped[str | None] = mapped_column(String(16))
    source_transport: Mapped[str] = mapped_column(String(16))
    source_encode: Mapped[bool] = mapped_column(Boolean)
    source_tls_fingerprint: Mapped[str] = mapped_column(String(64))
    source_relay: Mapped[bool] = mapped_column(Boolean, server_default=false())
    source_tls: Mapped[str] = mapped_column(String(16), server_default="strict")
    source_more_sealed: Mapped[str | None] = mapped_column(
        Text, info=sealed_as(SOURCE_MORE_PURPOSE)
    )
    """JSON of headers, proxy and address of a still, where there is any."""
    stream_revision: Mapped[int] = mapped_column(Integer, server_default="0")
    description: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(Text)
    group_name: Mapped[str | None] = mapped_column(String(100))
    area_id: Mapped[int | None] = mapped_column(Number, ForeignKey("areas.id", ondelete="SET NULL"))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    enabled: Mapped[bool] = mapped_column(Boolean)
    status: Mapped[str] = mapped_column(String(16))
    on_demand: Mapped[bool] = mapped_column(Boolean)
    low_latency: Mapped[bool] = mapped_column(Boolean)
    is_tunnel: Mapped[bool] = mapped_column(Boolean)
    enable_recording: Mapped[bool] = mapped_column(Boolean)
    recording_duration_hours: Mapped[int] = mapped_column(Integer)
    """0: what holds for the whole hub."""
    video_codec: Mapped[str | None] = mapped_column(String(8))
    """What the operator announces; what is measured stands in the observation."""
    sponsor_name: Mapped[str | None] = mapped_column(String(100))
    sponsor_logo: Mapped[str | None] = mapped_column(String(500))
    sponsor_url: Mapped[str | None] = mapped_column(String(500))
    sponsor_package: Mapped[str | None] = mapped_column(String(16))
    visibility: Mapped[str] = mapped_column(String(16), server_default="public")
    cut_off_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cut_off_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cut_off_reason: Mapped[str] = mapped_column(String(500), server_default=text("''"))
    cut_off_by: Mapped[str] = mapped_column(String(100), server_default=text("''"))
    delay_s: Mapped[int] = mapped_column(Integer, server_default="0")
    still_only: Mapped[bool] = mapped_column(Boolean, server_default=false())
    schedule: Mapped[str] = mapped_column(Text, server_default="[]")
    """JSON of `decisions.Window`s; `[]`: none."""
    import_id: Mapped[int | None] = mapped_column(Number)
    managed_by: Mapped[str] = mapped_column(String(16))
    configured_as: Mapped[str | None] = mapped_column(String(100), unique=True)
    """The name in the settings by which this row is found again; None: an operator's own.

    An operator's row with such a name was the demo's once: the demo must not bring it back.
    """
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it left the settings: gone for everybody, but number and key stay reserved for it."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CameraEventRow(Base):
    """One line of what happened to a camera.  It outlives the camera."""

    __tablename__ = "camera_events"
    __table_args__ = (
        Index("ix_camera_events_camera_id_id", "camera_id", "id"),
        Index("ix_camera_events_at", "at"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    camera_id: Mapped[int] = mapped_column(Number)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(32))
    """A `cameras.lifecycle.Kind`."""
    actor: Mapped[str] = mapped_column(String(100))
    details: Mapped[str] = mapped_column(Text)
    """JSON; addresses in it are masked."""
