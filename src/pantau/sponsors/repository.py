"""Sponsors, packages, and what cameras carry of them, in and out of the database."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from pantau.cameras.rows import CameraRow
from pantau.cameras.stored import SponsorPackage
from pantau.db.database import Reading, Writing
from pantau.site.models import SitePictureRow
from pantau.sponsors.rows import SponsorPackageRow, SponsorRow
from pantau.sponsors.values import (
    DEFAULT_PACKAGES,
    PACKAGES,
    CameraSponsor,
    Package,
    Sponsor,
    SponsorDraft,
)


async def every(reading: Reading) -> list[Sponsor]:
    """Return all of them, by name."""
    found = await reading.session.scalars(select(SponsorRow))
    return sorted((_sponsor(row) for row in found), key=lambda each: each.name.casefold())


async def one(reading: Reading, number: int) -> Sponsor | None:
    """Return one."""
    found = await reading.session.scalars(select(SponsorRow).where(SponsorRow.id == number))
    row = found.one_or_none()
    return None if row is None else _sponsor(row)


async def add(writing: Writing, draft: SponsorDraft, *, at: datetime) -> int:
    """Add one; return its number."""
    values = {**asdict(draft), "created_at": at, "updated_at": at}
    added = await writing.session.execute(
        insert(SponsorRow).values(values).returning(SponsorRow.id)
    )
    writing.changed("sponsors")
    return added.scalar_one()


async def change(writing: Writing, number: int, draft: SponsorDraft, *, at: datetime) -> None:
    """Replace what somebody wrote."""
    values = {**asdict(draft), "updated_at": at}
    await writing.session.execute(update(SponsorRow).where(SponsorRow.id == number).values(values))
    writing.changed("sponsors")


async def remove(writing: Writing, number: int) -> None:
    """Delete one."""
    await writing.session.execute(delete(SponsorRow).where(SponsorRow.id == number))
    writing.changed("sponsors")


async def packages(reading: Reading) -> Mapping[SponsorPackage, Package]:
    """Return what every package costs and holds, the smallest first."""
    found = await reading.session.scalars(select(SponsorPackageRow))
    changed = {row.package: row for row in found}
    return {
        name: Package(package=name, price=changed[name].price, quota=changed[name].quota)
        if name in changed
        else DEFAULT_PACKAGES[name]
        for name in PACKAGES
    }


async def put_package(writing: Writing, package: Package) -> None:
    """Replace one."""
    row = SponsorPackageRow
    await writing.session.execute(delete(row).where(row.package == package.package))
    await writing.session.execute(insert(row).values(asdict(package)))
    writing.changed("sponsors")


async def cameras_with_sponsor(reading: Reading) -> list[CameraSponsor]:
    """Return what cameras carry, by number; also of those that are disabled."""
    cameras = CameraRow.__table__.c
    query = (
        select(
            cameras.id,
            cameras.sponsor_name,
            cameras.sponsor_logo,
            cameras.sponsor_url,
            cameras.sponsor_package,
        )
        .where(
            cameras.sponsor_name.is_not(None),
            cameras.sponsor_name != "",
            cameras.removed_at.is_(None),
        )
        .order_by(cameras.id)
    )
    return [
        CameraSponsor(
            camera_id=row.id,
            name=row.sponsor_name,
            logo=row.sponsor_logo or "",
            url=row.sponsor_url or "",
            package=row.sponsor_package,
        )
        for row in await reading.session.execute(query)
    ]


async def sponsor_of_camera(reading: Reading, camera_id: int) -> tuple[str, str | None] | None:
    """Return the name of a camera and that of its sponsor; None where there is no such camera."""
    row = CameraRow
    query = select(row.name, row.sponsor_name).where(row.id == camera_id, row.removed_at.is_(None))
    found = (await reading.session.execute(query)).one_or_none()
    return None if found is None else (found[0], found[1] or None)


async def count_cameras(reading: Reading, name: str, *, beside: int) -> int:
    """Return how many cameras carry that name, `beside` one."""
    row = CameraRow
    query = select(func.count()).where(
        row.sponsor_name == name, row.removed_at.is_(None), row.id != beside
    )
    return await reading.session.scalar(query) or 0


async def give_camera(
    writing: Writing, camera_id: int, sponsor: SponsorDraft | None, *, at: datetime
) -> None:
    """Have a camera carry a sponsor, or none."""
    values = {**_carried(sponsor), "updated_at": at}
    await writing.session.execute(update(CameraRow).where(CameraRow.id == camera_id).values(values))
    writing.changed("cameras")


async def carry_on(
    writing: Writing, name: str, sponsor: SponsorDraft | None, *, at: datetime
) -> None:
    """Have the cameras that carry `name` carry `sponsor` as it is then, or none."""
    values = {**_carried(sponsor), "updated_at": at}
    done = await writing.session.execute(
        update(CameraRow).where(CameraRow.sponsor_name == name).values(values)
    )
    if getattr(done, "rowcount", 0):
        writing.changed("cameras")


async def picture_sizes(reading: Reading, keys: Collection[str]) -> Mapping[str, tuple[int, int]]:
    """Return width and height in pixels of those pictures that there are."""
    row = SitePictureRow
    query = select(row.key, row.width_px, row.height_px).where(row.key.in_(keys))
    found = await reading.session.execute(query)
    return {key: (width_px, height_px) for key, width_px, height_px in found}


def _carried(sponsor: SponsorDraft | None) -> dict[str, Any]:
    return {
        "sponsor_name": sponsor.name if sponsor else None,
        "sponsor_logo": (sponsor.logo if sponsor else "") or None,
        "sponsor_url": (sponsor.url if sponsor else "") or None,
        "sponsor_package": sponsor.package if sponsor else None,
    }


def _sponsor(row: SponsorRow) -> Sponsor:
    return Sponsor(**{each.name: getattr(row, each.name) for each in fields(Sponsor)})
