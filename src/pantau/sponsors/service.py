"""Sponsors, their packages and cameras: what admins do, one transaction each, on the record.

A camera belongs to a sponsor by carrying its name, so whatever changes a sponsor changes what its
cameras carry in the same transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, tzinfo
from typing import Any, Final

from pantau.audit.actors import Actor
from pantau.audit.events import AdminAction
from pantau.audit.trail import AuditTrail
from pantau.cameras.stored import SponsorPackage
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Invalid, NotFound
from pantau.core.pictures import Picture
from pantau.db.database import Database, Reading, Writing
from pantau.site import pictures
from pantau.sponsors import repository
from pantau.sponsors.board import picture_key
from pantau.sponsors.values import PACKAGES, Package, Sponsor, SponsorDraft, Stats

MOST: Final = 500
LOGO_PX: Final = 400
_PERSONAL: Final = ("contact_name", "contact_email", "contact_phone", "notes")
Cameras = Mapping[str, list[int]]
"""Numbers of cameras by the name of the sponsor that they carry."""


class Sponsors:
    """Raises NotFound, Invalid with a `field`, Conflict; whoever calls it has looked who asks."""

    def __init__(
        self,
        database: Database,
        *,
        trail: AuditTrail,
        clock: Clock,
        zone: Callable[[], tzinfo],
    ) -> None:
        self._database = database
        self._trail = trail
        self._clock = clock
        self._zone = zone

    def today(self) -> date:
        """Return the day that it is in the hub's zone: schedules go by it."""
        return self._clock.now().astimezone(self._zone()).date()

    async def every(self) -> Sequence[Sponsor]:
        """Return all of them, by name."""
        async with self._database.read() as reading:
            return await repository.every(reading)

    async def one(self, number: int) -> Sponsor:
        """Return one."""
        async with self._database.read() as reading:
            return await _found(reading, number)

    async def cameras(self) -> Cameras:
        """Return which cameras carry which name."""
        found: dict[str, list[int]] = {}
        async with self._database.read() as reading:
            for each in await repository.cameras_with_sponsor(reading):
                found.setdefault(each.name, []).append(each.camera_id)
        return found

    async def packages(self) -> Mapping[SponsorPackage, Package]:
        """Return what every package costs and holds, the smallest first."""
        async with self._database.read() as reading:
            return await repository.packages(reading)

    async def stats(self) -> Stats:
        """Return sponsors in numbers, as they are today."""
        return counted(await self.every(), self.today())

    async def add(self, draft: SponsorDraft, *, by: Actor, has_price: bool = True) -> Sponsor:
        """Add one; without a price of its own it pays that of its package."""
        _check_days(draft)
        if picture_key(draft.logo):
            # Keys come from uploads alone: nobody shows what others uploaded.
            raise _not_uploaded()
        async with self._database.write() as writing:
            every = await repository.every(writing)
            if len(every) >= MOST:
                raise Conflict("sponsors.too_many", "There are 500 sponsors. Delete an old one.")
            _check_name(draft.name, every)
            if not has_price:
                known = await repository.packages(writing)
                draft = replace(draft, price=known[draft.package].price)
            now = self._clock.now()
            number = await repository.add(writing, draft, at=now)
            await repository.carry_on(writing, draft.name, draft, at=now)
            after = await _found(writing, number)
            await self._trail.record(
                writing,
                by,
                AdminAction.SPONSOR_CREATED,
                target=_target(after),
                after=_told(after),
            )
        return after

    async def change(self, number: int, given: Mapping[str, Any], *, by: Actor) -> Sponsor:
        """Change the fields that are given, by the names of `SponsorDraft`."""
        if not given:
            raise Invalid("sponsors.nothing", "Name at least one field.", field="body")
        async with self._database.write() as writing:
            before = await _found(writing, number)
            draft = replace(_draft(before), **given)
            _check_days(draft)
            _check_name(draft.name, await repository.every(writing), own=number)
            if picture_key(draft.logo) and draft.logo != before.logo:
                raise _not_uploaded()
            await self._check_room(writing, before, draft)
            return await self._save(writing, before, draft, by)

    async def show_logo(self, number: int, picture: Picture, *, by: Actor) -> Sponsor:
        """Show a picture, made anew of an upload, as the logo of a sponsor."""
        async with self._database.write() as writing:
            before = await _found(writing, number)
            key = await pictures.keep(writing, picture)
            draft = replace(_draft(before), logo=pictures.picture_path(key))
            return await self._save(writing, before, draft, by)

    async def delete(self, number: int, *, by: Actor) -> None:
        """Delete one with its logo; its cameras have no sponsor then."""
        async with self._database.write() as writing:
            before = await _found(writing, number)
            await repository.remove(writing, number)
            await repository.carry_on(writing, before.name, None, at=self._clock.now())
            await _forget_logo(writing, before.logo)
            await self._trail.record(
                writing,
                by,
                AdminAction.SPONSOR_DELETED,
                target=_target(before),
                before=_told(before),
            )

    async def assign(self, camera_id: int, number: int, *, by: Actor) -> Sponsor:
        """Have a sponsor pay for a camera, instead of whoever did; Conflict where it has enough."""
        async with self._database.write() as writing:
            name, before = await _camera(writing, camera_id)
            sponsor = await repository.one(writing, number)
            if sponsor is None:
                raise NotFound("sponsors.unknown", "There is no such sponsor.", field="sponsor_id")
            if before == sponsor.name:
                return sponsor
            package = (await repository.packages(writing))[sponsor.package]
            has = await repository.count_cameras(writing, sponsor.name, beside=camera_id)
            if has >= package.quota:
                raise _full(has, package)
            await repository.give_camera(writing, camera_id, sponsor, at=self._clock.now())
            await self._trail.record(
                writing,
                by,
                AdminAction.SPONSOR_ASSIGNED,
                target=f"camera {camera_id} ({name})",
                before={"sponsor": before},
                after={"sponsor": sponsor.name},
            )
        return sponsor

    async def take_off(self, camera_id: int, *, by: Actor) -> None:
        """Have nobody pay for a camera any more."""
        async with self._database.write() as writing:
            name, before = await _camera(writing, camera_id)
            if before is None:
                raise NotFound("sponsors.none", "This camera has no sponsor.", field="camera_id")
            await repository.give_camera(writing, camera_id, None, at=self._clock.now())
            await self._trail.record(
                writing,
                by,
                AdminAction.SPONSOR_REMOVED,
                target=f"camera {camera_id} ({name})",
                before={"sponsor": before},
                after={"sponsor": None},
            )

    async def put_package(self, package: Package, *, by: Actor) -> Package:
        """Set what a package costs and holds; cameras that are above it stay."""
        async with self._database.write() as writing:
            before = (await repository.packages(writing))[package.package]
            if before != package:
                await repository.put_package(writing, package)
                await self._trail.record(
                    writing,
                    by,
                    AdminAction.SPONSOR_UPDATED,
                    target=f"package {package.package}",
                    before=asdict(before),
                    after=asdict(package),
                )
        return package

    async def _check_room(self, writing: Writing, before: Sponsor, draft: SponsorDraft) -> None:
        """Refuse a smaller package than its cameras need; raises Conflict."""
        if draft.package == before.package:
            return
        package = (await repository.packages(writing))[draft.package]
        has = await repository.count_cameras(writing, before.name, beside=0)
        if has > package.quota:
            raise _full(has, package)

    async def _save(
        self, writing: Writing, before: Sponsor, draft: SponsorDraft, by: Actor
    ) -> Sponsor:
        if draft == _draft(before):
            return before
        now = self._clock.now()
        await repository.change(writing, before.id, draft, at=now)
        await repository.carry_on(writing, before.name, draft, at=now)
        if draft.name != before.name:
            await repository.carry_on(writing, draft.name, draft, at=now)
        if draft.logo != before.logo:
            await _forget_logo(writing, before.logo)
        after = await _found(writing, before.id)
        await self._trail.record(
            writing,
            by,
            AdminAction.SPONSOR_UPDATED,
            target=_target(after),
            before=_told(before),
            after=_told(after, before=before),
        )
        return after


def counted(sponsors: Sequence[Sponsor], today: date) -> Stats:
    """Return `sponsors` in numbers, as they are on that day."""
    shown = [each for each in sponsors if each.state_on(today) == "now"]
    soon = [each for each in shown if each.ends_soon(today)]
    return Stats(
        total=len(sponsors),
        active=len(shown),
        by_package={name: sum(each.package == name for each in shown) for name in PACKAGES},
        monthly_revenue=sum(each.price or 0.0 for each in shown),
        expiring_soon=tuple(sorted(soon, key=lambda each: (each.end_on or today, each.id))),
    )


async def _found(reading: Reading, number: int) -> Sponsor:
    found = await repository.one(reading, number)
    if found is None:
        raise NotFound("sponsors.unknown", "There is no such sponsor.")
    return found


async def _camera(reading: Reading, camera_id: int) -> tuple[str, str | None]:
    found = await repository.sponsor_of_camera(reading, camera_id)
    if found is None:
        raise NotFound("camera.unknown", "There is no such camera.", field="camera_id")
    return found


async def _forget_logo(writing: Writing, logo: str) -> None:
    key = picture_key(logo)
    if key:
        await pictures.drop(writing, key)


def _check_days(draft: SponsorDraft) -> None:
    if draft.start_on and draft.end_on and draft.start_on > draft.end_on:
        raise Invalid("sponsors.span", "It has to end after it began.", field="end_date")


def _check_name(name: str, every: Sequence[Sponsor], *, own: int = 0) -> None:
    if any(each.name.casefold() == name.casefold() and each.id != own for each in every):
        raise Conflict("sponsors.name_taken", "There is a sponsor of this name.", field="name")


def _not_uploaded() -> Invalid:
    return Invalid("sponsors.logo", "Upload the logo on the page of the sponsor.", field="logo")


def _full(has: int, package: Package) -> Conflict:
    return Conflict(
        "sponsors.quota",
        f"This sponsor has {has} cameras, and its package is for {package.quota}.",
        cameras=has,
        quota=package.quota,
    )


def _draft(sponsor: Sponsor) -> SponsorDraft:
    return SponsorDraft(
        **{name: getattr(sponsor, name) for name in SponsorDraft.__dataclass_fields__}
    )


def _told(sponsor: Sponsor, *, before: Sponsor | None = None) -> dict[str, object]:
    """Return it for the trail, which is never erased: so without what is told of persons."""
    told = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(_draft(sponsor)).items()
    }
    for name in _PERSONAL:
        was = told[name] if before is None else getattr(before, name)
        told[name] = ("given" if was == told[name] else "given anew") if told[name] else ""
    return told


def _target(sponsor: Sponsor) -> str:
    return f"sponsor {sponsor.id} ({sponsor.name})"
