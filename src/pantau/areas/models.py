"""The areas that cameras belong to, as rows and as what others work with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import CheckConstraint, Float, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from pantau.core.ids import AreaId
from pantau.db.base import Base, Number, UtcDateTime

AreaKeeper = Literal["settings", "operator"]
NAME_LENGTH: Final = 100
PLACE_LENGTH: Final = 100
SLUG_LENGTH: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A place in the hierarchy kecamatan › kelurahan › RW › RT."""

    id: AreaId
    name: str
    slug: str = ""
    """In addresses; its own, and it stays when the name changes."""
    description: str | None = None
    rt: str | None = None
    rw: str | None = None
    kelurahan: str | None = None
    kecamatan: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    managed_by: AreaKeeper = "operator"
    removed_at: datetime | None = None
    """When the last camera of the settings left it: in no list, its number kept for its return."""
    created_at: datetime


class AreaRow(Base):
    """An area."""

    __tablename__ = "areas"
    __table_args__ = (
        CheckConstraint("managed_by IN ('settings', 'operator')", name="managed_by"),
        Index("ix_areas_kecamatan", "kecamatan"),
        Index("uq_areas_slug", "slug", unique=True),
        # Numbers stand in links: one that was given is never given again.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), server_default=text("''"))
    description: Mapped[str | None] = mapped_column(Text)
    rt: Mapped[str | None] = mapped_column(String(PLACE_LENGTH))
    rw: Mapped[str | None] = mapped_column(String(PLACE_LENGTH))
    kelurahan: Mapped[str | None] = mapped_column(String(PLACE_LENGTH))
    kecamatan: Mapped[str | None] = mapped_column(String(PLACE_LENGTH))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    managed_by: Mapped[str] = mapped_column(String(16))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
