"""Changing areas: adding, saving, deleting, joining two, and moving cameras between them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from pantau.areas.models import Area
from pantau.areas.repository import all_areas, delete_area, insert_areas, update_areas
from pantau.areas.values import (
    NO_CAMERAS,
    AreaCameras,
    AreaDraft,
    AreaView,
    By,
    Moved,
    key_of,
    told,
)
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Forbidden, Invalid, NotFound
from pantau.core.ids import AreaId
from pantau.core.slugs import free_slug
from pantau.db.database import Database, Reading, Writing
from pantau.db.numbers import highest_number

_SETTINGS: Final = (
    "Cameras of pantau.toml or of the demo name this area. Change it there, or take them out first."
)


class CamerasOfAreas(Protocol):
    """What areas need of the cameras, which know of areas and not the other way round."""

    async def counted(self, reading: Reading) -> Mapping[AreaId, AreaCameras]:
        """Return how many cameras each area has that has any."""
        ...

    async def move(
        self, writing: Writing, leaving: AreaId, into: AreaId | None, *, at: datetime
    ) -> Moved:
        """Put the cameras of an area into another one, or into none; the settings' stay."""
        ...


class AreaRights(Protocol):
    """What areas need of the accounts: who may change which."""

    async def pass_on(self, writing: Writing, leaving: AreaId, into: AreaId) -> None:
        """Give whoever may change `leaving` the same right on `into`."""
        ...


class AreaEditing:
    """Reads areas with the counts of operators, and changes them.  Loop only.

    Operators who are limited to areas change theirs only, and add none.
    """

    def __init__(
        self,
        database: Database,
        *,
        cameras: CamerasOfAreas,
        rights: AreaRights,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._cameras = cameras
        self._rights = rights
        self._trail = trail
        self._clock = clock

    async def all(self) -> Sequence[AreaView]:
        """Return every area in the order of lists."""
        async with self._database.read() as reading:
            areas = await all_areas(reading)
            counts = await self._cameras.counted(reading)
        return [
            AreaView(area, counts.get(area.id, NO_CAMERAS))
            for area in areas
            if area.removed_at is None
        ]

    async def one(self, area_id: int) -> AreaView:
        """Return an area; raises NotFound."""
        return _found(await self.all(), area_id)

    async def add(self, draft: AreaDraft, *, by: By) -> AreaView:
        """Add an area; raises Invalid for a name or a slug that is taken.

        One that the settings left behind under that name comes back with its number.
        """
        if by.principal.area_ids is not None:
            raise Forbidden(
                "areas.limited", "Your account is limited to some areas. Ask an admin to add one."
            )
        async with self._database.write() as writing:
            areas = await all_areas(writing)
            before = _free_name(draft.name, areas, own=None)
            number = before.id if before else AreaId(await highest_number(writing, "areas") + 1)
            area = Area(
                id=number,
                name=draft.name,
                slug=_slug(draft, number, areas),
                description=draft.description,
                rt=draft.rt,
                rw=draft.rw,
                kelurahan=draft.kelurahan,
                kecamatan=draft.kecamatan,
                latitude=draft.latitude,
                longitude=draft.longitude,
                managed_by="operator",
                created_at=self._clock.now(),
            )
            _check_place(area)
            await (update_areas if before else insert_areas)(writing, [area])
            await self._trail.record(
                writing, by.actor, Action.CREATE_AREA, target=_target(area), after=told(area)
            )
        return AreaView(area)

    async def change(
        self, area_id: int, draft: AreaDraft, given: Collection[str], *, by: By
    ) -> AreaView:
        """Save those fields of `draft` that were `given`; return the area as it is then.

        Raises Conflict where the settings give the name, and Invalid like `add`.
        """
        async with self._database.write() as writing:
            areas, view = await self._mine(writing, area_id, by)
            before = view.area
            after = replace(before, **{name: getattr(draft, name) for name in given})
            if "name" in given and after.name != before.name:
                if view.cameras.configured:
                    raise Conflict("area.in_settings", _SETTINGS, field="name")
                _free_name(after.name, areas, own=before.id)
                # The settings do not say this any more: they must not take it away either.
                after = replace(after, managed_by="operator")
            if "slug" in given:
                others = [area for area in areas if area.id != before.id]
                after = replace(
                    after, slug=_slug(replace(draft, name=after.name), before.id, others)
                )
            _check_place(after)
            if after == before:
                return view
            await update_areas(writing, [after])
            writing.changed("cameras")
            await self._trail.record(
                writing,
                by.actor,
                Action.UPDATE_AREA,
                target=_target(before),
                before=told(before),
                after=told(after),
            )
        return AreaView(after, view.cameras)

    async def delete(self, area_id: int, *, by: By) -> None:
        """Delete an area without cameras.  Operators who were limited to it may change less then.

        Raises Conflict for one that the settings name, Invalid for one with cameras.
        """
        async with self._database.write() as writing:
            _, view = await self._mine(writing, area_id, by)
            _check_free_of_settings(view)
            if view.cameras.every:
                raise Invalid(
                    "area.in_use",
                    "This area still has cameras. Move them or join it with another area first.",
                    cameras=view.cameras.every,
                )
            await delete_area(writing, view.area.id)
            writing.changed("accounts")
            await self._trail.record(
                writing,
                by.actor,
                Action.DELETE_AREA,
                target=_target(view.area),
                before=told(view.area),
            )

    async def merge(self, area_id: int, into: int, *, by: By) -> tuple[AreaView, Moved]:
        """Give the cameras of an area and the rights on it to another one, and delete it.

        Raises Conflict for one that the settings name, Invalid for a target that cannot be one.
        """
        async with self._database.write() as writing:
            areas, view = await self._mine(writing, area_id, by)
            target = await self._target_of(areas, view.area, into, by)
            _check_free_of_settings(view)
            moved = await self._cameras.move(writing, view.area.id, target.id, at=self._clock.now())
            await self._rights.pass_on(writing, view.area.id, target.id)
            await delete_area(writing, view.area.id)
            writing.changed("accounts")
            writing.changed("cameras")
            counts = await self._cameras.counted(writing)
            await self._trail.record(
                writing,
                by.actor,
                Action.MERGE_AREAS,
                target=_target(view.area),
                before=told(view.area),
                details={"into": _target(target), "cameras": list(moved.moved)},
            )
        return AreaView(target, counts.get(target.id, NO_CAMERAS)), moved

    async def move_cameras(self, area_id: int, into: int | None, *, by: By) -> Moved:
        """Put the cameras of an area into another one, or into none.

        Those of the settings stay; raises Conflict when all of them do.
        """
        async with self._database.write() as writing:
            areas, view = await self._mine(writing, area_id, by)
            target = None
            if into is not None:
                target = await self._target_of(areas, view.area, into, by)
            elif not by.principal.may_change_area(None):
                raise _not_yours()
            number = target.id if target else None
            moved = await self._cameras.move(writing, view.area.id, number, at=self._clock.now())
            if moved.kept and not moved.moved:
                raise Conflict("area.in_settings", _SETTINGS)
            if moved.moved:
                writing.changed("cameras")
                writing.changed("areas")
                await self._trail.record(
                    writing,
                    by.actor,
                    Action.CHANGE_CAMERAS,
                    target=_target(view.area),
                    details={
                        "into": _target(target) if target else "no area",
                        "cameras": list(moved.moved),
                    },
                )
        return moved

    async def _mine(self, writing: Writing, area_id: int, by: By) -> tuple[list[Area], AreaView]:
        areas = await all_areas(writing)
        counts = await self._cameras.counted(writing)
        area = next(
            (each for each in areas if each.id == area_id and each.removed_at is None), None
        )
        if area is None:
            raise _unknown()
        if not by.principal.may_change_area(area.id):
            raise _not_yours()
        return areas, AreaView(area, counts.get(area.id, NO_CAMERAS))

    async def _target_of(self, areas: Sequence[Area], leaving: Area, into: int, by: By) -> Area:
        target = next((each for each in areas if each.id == into and each.removed_at is None), None)
        if target is None:
            raise Invalid("area.unknown", "There is no such area.", field="into")
        if target.id == leaving.id:
            raise Invalid("area.same", "Choose another area than this one.", field="into")
        if not by.principal.may_change_area(target.id):
            raise _not_yours()
        return target


def _free_name(name: str, areas: Sequence[Area], *, own: AreaId | None) -> Area | None:
    """Return the removed area that had this name; raises Invalid when a present one has it."""
    key = key_of(name)
    same = [area for area in areas if key_of(area.name) == key and area.id != own]
    taken = next((area for area in same if area.removed_at is None or own is not None), None)
    if taken is not None:
        raise Invalid("area.name_taken", "There is an area of this name already.", field="name")
    return same[0] if same else None


def _slug(draft: AreaDraft, number: AreaId, areas: Sequence[Area]) -> str:
    taken = {area.slug for area in areas if area.id != number}
    if draft.slug is None:
        return free_slug(draft.name, number, taken, otherwise="area")
    if draft.slug in taken:
        raise Invalid("area.slug_taken", "Another area has this address already.", field="slug")
    return draft.slug


def _check_place(area: Area) -> None:
    if (area.latitude is None) != (area.longitude is None):
        missing = "longitude" if area.longitude is None else "latitude"
        raise Invalid(
            "area.half_a_place", "Give latitude and longitude, or neither.", field=missing
        )
    if area.latitude == 0 and area.longitude == 0:
        raise Invalid(
            "area.no_place",
            "0, 0 is a place in the sea. Leave both empty instead.",
            field="latitude",
        )


def _check_free_of_settings(view: AreaView) -> None:
    if view.cameras.configured:
        raise Conflict("area.in_settings", _SETTINGS)


def _found(views: Sequence[AreaView], area_id: int) -> AreaView:
    view = next((each for each in views if each.area.id == area_id), None)
    if view is None:
        raise _unknown()
    return view


def _unknown() -> NotFound:
    return NotFound("area.unknown", "There is no such area.")


def _not_yours() -> Forbidden:
    return Forbidden("areas.limited", "Your account is not for this area. Ask an admin.")


def _target(area: Area) -> str:
    return f"area {area.id} ({area.name})"
