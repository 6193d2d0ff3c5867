"""The values that an operator sets about the site: one row per key."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime


class SiteValueRow(Base):
    """One value that differs from its default."""

    __tablename__ = "site_values"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    description: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[int | None] = mapped_column(Number)
    """Number of the user.  No reference: deleting a person must not be stopped by a colour."""


class SitePictureRow(Base):
    """A picture that pages show, as we wrote it; never changed, only replaced by another."""

    __tablename__ = "site_pictures"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    width_px: Mapped[int]
    height_px: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)
