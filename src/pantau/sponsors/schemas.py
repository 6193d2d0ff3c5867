"""What the API of sponsors gives, field by field: to the public only what its models name (X07)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from pydantic import ConfigDict

from pantau.cameras.models import CameraStatus, PublicCamera
from pantau.cameras.stored import SponsorPackage
from pantau.core.shapes import Shape
from pantau.sponsors.board import ShownSponsor
from pantau.sponsors.values import Package, Sponsor, State, Stats

Flag = Literal[0, 1]
"""Existing clients compare with these."""


class _Output(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PublicSponsor(_Output):
    """What anybody may know of a sponsor that is shown."""

    id: int
    name: str
    logo: str | None
    """Address of an uploaded picture."""
    url: str | None
    package: SponsorPackage


class SponsorsAnswer(_Output):
    """Answer of `GET /api/sponsors/active`."""

    success: Literal[True] = True
    data: list[PublicSponsor]


class SponsoredCamera(_Output):
    """A public camera and who pays for it."""

    id: int
    slug: str
    name: str
    location: str
    area_id: int | None
    area_name: str | None
    status: CameraStatus
    sponsor_name: str
    sponsor_logo: str | None
    sponsor_url: str | None
    sponsor_package: SponsorPackage | None


class SponsoredCamerasAnswer(_Output):
    """Answer of `GET /api/sponsors/cameras`."""

    success: Literal[True] = True
    data: list[SponsoredCamera]


class SponsorOutput(_Output):
    """A sponsor, for admins."""

    id: int
    name: str
    logo: str | None
    url: str | None
    package: SponsorPackage
    price: float | None
    active: Flag
    start_date: date | None
    end_date: date | None
    contact_name: str | None
    contact_email: str | None
    contact_phone: str | None
    notes: str | None
    state: State
    """Whether it is shown today."""
    camera_ids: list[int]
    """The cameras that carry its name."""
    created_at: datetime
    updated_at: datetime


class StatsOutput(_Output):
    """Sponsors in numbers, as they are today."""

    total_sponsors: int
    active_sponsors: int
    bronze_count: int
    silver_count: int
    gold_count: int
    monthly_revenue: float
    expiring_soon: list[SponsorOutput]
    """Those that end within seven days."""


class PackageOutput(_Output):
    """What a package costs a month, and for how many cameras it is."""

    package: SponsorPackage
    price: float
    quota: int


class AssignedOutput(_Output):
    """Who pays for a camera."""

    camera_id: int
    sponsor_id: int
    sponsor_name: str


def public_sponsor(shown: ShownSponsor) -> PublicSponsor:
    """Return what anybody may know."""
    return PublicSponsor(
        id=shown.id or 0,
        name=shown.name,
        logo=shown.logo or None,
        url=shown.url or None,
        package=shown.package or "bronze",
    )


def sponsored_camera(camera: PublicCamera, shown: ShownSponsor) -> SponsoredCamera:
    """Return a camera with its sponsor."""
    return SponsoredCamera(
        id=camera.id,
        slug=camera.slug,
        name=camera.name,
        location=camera.location,
        area_id=camera.area_id,
        area_name=camera.area_name,
        status=camera.status,
        sponsor_name=shown.name,
        sponsor_logo=shown.logo or None,
        sponsor_url=shown.url or None,
        sponsor_package=shown.package,
    )


def sponsor_output(
    sponsor: Sponsor, today: date, cameras: Mapping[str, list[int]]
) -> SponsorOutput:
    """Return all of it; `cameras` are the numbers of cameras by the name that they carry."""
    return SponsorOutput(
        id=sponsor.id,
        name=sponsor.name,
        logo=sponsor.logo or None,
        url=sponsor.url or None,
        package=sponsor.package,
        price=sponsor.price,
        active=1 if sponsor.active else 0,
        start_date=sponsor.start_on,
        end_date=sponsor.end_on,
        contact_name=sponsor.contact_name or None,
        contact_email=sponsor.contact_email or None,
        contact_phone=sponsor.contact_phone or None,
        notes=sponsor.notes or None,
        state=sponsor.state_on(today),
        camera_ids=cameras.get(sponsor.name, []),
        created_at=sponsor.created_at,
        updated_at=sponsor.updated_at,
    )


def stats_output(stats: Stats, today: date, cameras: Mapping[str, list[int]]) -> StatsOutput:
    """Return the numbers."""
    return StatsOutput(
        total_sponsors=stats.total,
        active_sponsors=stats.active,
        bronze_count=stats.by_package["bronze"],
        silver_count=stats.by_package["silver"],
        gold_count=stats.by_package["gold"],
        monthly_revenue=stats.monthly_revenue,
        expiring_soon=[sponsor_output(each, today, cameras) for each in stats.expiring_soon],
    )


def package_output(package: Package) -> PackageOutput:
    """Return a package."""
    return PackageOutput(package=package.package, price=package.price, quota=package.quota)
