"""Rows of sponsors and packages.

Which cameras a sponsor pays for stands in the cameras: those that carry its name.
"""

from datetime import date, datetime
from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Date, Float, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime

NAME_LENGTH: Final = 100
"""As much as the column of cameras holds."""
LINK_LENGTH: Final = 500
CONTACT_LENGTH: Final = 200
PHONE_LENGTH: Final = 50
NOTES_LENGTH: Final = 2000


class SponsorRow(Base):
    """A sponsor."""

    __tablename__ = "sponsors"
    __table_args__ = (
        CheckConstraint("package IN ('bronze', 'silver', 'gold')", name="package"),
        # Numbers stand in the trail: one that was given is never given again.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    logo: Mapped[str] = mapped_column(String(LINK_LENGTH))
    """The address of a picture of the site, or a https address that somebody noted."""
    url: Mapped[str] = mapped_column(String(LINK_LENGTH))
    package: Mapped[str] = mapped_column(String(16))
    price: Mapped[float | None] = mapped_column(Float)
    active: Mapped[bool] = mapped_column(Boolean)
    start_on: Mapped[date | None] = mapped_column(Date)
    end_on: Mapped[date | None] = mapped_column(Date)
    contact_name: Mapped[str] = mapped_column(String(CONTACT_LENGTH))
    contact_email: Mapped[str] = mapped_column(String(CONTACT_LENGTH))
    contact_phone: Mapped[str] = mapped_column(String(PHONE_LENGTH))
    notes: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SponsorPackageRow(Base):
    """What a package costs and holds, where somebody changed it."""

    __tablename__ = "sponsor_packages"
    __table_args__ = (CheckConstraint("package IN ('bronze', 'silver', 'gold')", name="package"),)

    package: Mapped[str] = mapped_column(String(16), primary_key=True)
    price: Mapped[float] = mapped_column(Float)
    quota: Mapped[int] = mapped_column(Integer)
