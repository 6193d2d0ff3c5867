"""Sponsors as others work with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, get_args

from pantau.cameras.stored import SponsorPackage

State = Literal["planned", "now", "over", "off"]
PACKAGES: Final[tuple[SponsorPackage, ...]] = get_args(SponsorPackage)
"""By rank, the smallest first."""
RANK: Final[Mapping[str | None, int]] = {None: 0} | {
    name: rank for rank, name in enumerate(PACKAGES, 1)
}
SOON: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class SponsorDraft:
    """Everything about a sponsor that somebody writes."""

    name: str
    logo: str = ""
    url: str = ""
    package: SponsorPackage = "bronze"
    price: float | None = None
    """A month, in rupiah; None: nothing was agreed."""
    active: bool = True
    start_on: date | None = None
    """The first day on which it is shown, in the hub's zone; None: at once."""
    end_on: date | None = None
    """The last one; None: until it is switched off."""
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sponsor(SponsorDraft):
    """A sponsor as it is kept."""

    id: int
    created_at: datetime
    updated_at: datetime

    def state_on(self, today: date) -> State:
        """Return whether it is shown on that day."""
        if not self.active:
            return "off"
        if self.end_on is not None and today > self.end_on:
            return "over"
        return "planned" if self.start_on is not None and today < self.start_on else "now"

    def ends_soon(self, today: date) -> bool:
        """Tell whether it is shown today and will not be in a week."""
        return (
            self.state_on(today) == "now"
            and self.end_on is not None
            and self.end_on - today <= SOON
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What a package costs a month and for how many cameras it is."""

    package: SponsorPackage
    price: float
    quota: int


DEFAULT_PACKAGES: Final[Mapping[SponsorPackage, Package]] = {
    "bronze": Package(package="bronze", price=500_000, quota=1),
    "silver": Package(package="silver", price=1_500_000, quota=3),
    "gold": Package(package="gold", price=3_000_000, quota=10),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSponsor:
    """Who pays for a camera, as the camera carries it."""

    camera_id: int
    name: str
    logo: str = ""
    url: str = ""
    package: SponsorPackage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Sponsors in numbers, as they are on one day."""

    total: int
    active: int
    """Those that are shown."""
    by_package: Mapping[SponsorPackage, int]
    """Of those that are shown."""
    monthly_revenue: float
    """What those that are shown pay."""
    expiring_soon: tuple[Sponsor, ...]
    """Those that end within a week, the first one first."""
