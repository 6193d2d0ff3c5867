"""Announcements: what operators write."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from typing import Final

from pantau.accounts.users.asker import Asker
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Forbidden, Invalid, NotFound
from pantau.core.pictures import Picture
from pantau.db.database import Database, Reading, Writing
from pantau.notices import repository
from pantau.notices.values import Announcement, Draft
from pantau.site import pictures

MOST: Final = 200
MOST_PICTURE_PX: Final = 1200
AreaExists = Callable[[int], Awaitable[bool]]


class Announcements:
    """Raises NotFound, Forbidden (for others than one's areas), Invalid with a `field`, Conflict.

    `area_exists` tells whether an area is there.
    """

    def __init__(
        self,
        database: Database,
        *,
        catalogue: Catalogue,
        area_exists: AreaExists,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._area_exists = area_exists
        self._trail = trail
        self._clock = clock

    async def every(self) -> Sequence[Announcement]:
        """Return all of them in the order in which they are shown."""
        async with self._database.read() as reading:
            return await repository.every(reading)

    async def one(self, number: int) -> Announcement:
        """Return one."""
        async with self._database.read() as reading:
            return await self._found(reading, number)

    def may_change(self, announcement: Draft, by: Asker) -> bool:
        """Tell whether it is only about what somebody runs."""
        who = by.principal
        if announcement.target == "all":
            return who.area_ids is None
        if announcement.target == "area":
            return who.may_change_area(announcement.area_id)
        number = announcement.camera_id
        camera = None if number is None else self._catalogue.by_id(number)
        return who.area_ids is None or (camera is not None and who.may_change_area(camera.area_id))

    async def add(self, draft: Draft, *, picture: Picture | None = None, by: Asker) -> Announcement:
        """Add one, with a picture made anew."""
        draft = await self._checked(draft, by)
        async with self._database.write() as writing:
            if len(await repository.every(writing)) >= MOST:
                raise Conflict(
                    "announcements.too_many", "There are 200 announcements. Delete an old one."
                )
            draft = await _with_picture(writing, draft, picture, before="")
            number = await repository.add(writing, draft, at=self._clock.now())
            after = await self._found(writing, number)
            await self._trail.record(
                writing,
                by.actor,
                Action.CREATE_ANNOUNCEMENT,
                target=_target(after),
                after=_told(after),
            )
        return after

    async def change(
        self, number: int, draft: Draft, *, picture: Picture | None = None, by: Asker
    ) -> Announcement:
        """Replace everything about one; a picture that is not named any more is forgotten."""
        draft = await self._checked(draft, by)
        async with self._database.write() as writing:
            before = await self._found(writing, number)
            self._check_right(before, by)
            draft = await _with_picture(writing, draft, picture, before=before.picture)
            if _written(before) == asdict(draft):
                return before
            await repository.change(writing, number, draft, at=self._clock.now())
            after = await self._found(writing, number)
            await self._trail.record(
                writing,
                by.actor,
                Action.UPDATE_ANNOUNCEMENT,
                target=_target(after),
                before=_told(before),
                after=_told(after),
            )
        return after

    async def delete(self, number: int, *, by: Asker) -> None:
        """Delete one with its picture."""
        async with self._database.write() as writing:
            before = await self._found(writing, number)
            self._check_right(before, by)
            await repository.remove(writing, number)
            if before.picture:
                await pictures.drop(writing, before.picture)
            await self._trail.record(
                writing,
                by.actor,
                Action.DELETE_ANNOUNCEMENT,
                target=_target(before),
                before=_told(before),
            )

    async def _checked(self, draft: Draft, by: Asker) -> Draft:
        if draft.from_at and draft.to_at and draft.from_at >= draft.to_at:
            raise Invalid("announcements.span", "It has to end after it began.", field="ends_at")
        if not draft.on_wall and not draft.on_watch:
            raise Invalid(
                "announcements.nowhere",
                "Choose at least one page on which it is shown.",
                field="on_wall",
            )
        draft = replace(
            draft,
            area_id=draft.area_id if draft.target == "area" else None,
            camera_id=draft.camera_id if draft.target == "camera" else None,
        )
        if draft.target == "area" and not (
            draft.area_id is not None and await self._area_exists(draft.area_id)
        ):
            raise Invalid("announcements.area", "Choose an area.", field="area_id")
        if draft.target == "camera" and (
            draft.camera_id is None or self._catalogue.by_id(draft.camera_id) is None
        ):
            raise Invalid("announcements.camera", "Choose a camera.", field="camera_id")
        self._check_right(draft, by)
        return draft

    def _check_right(self, draft: Draft, by: Asker) -> None:
        if not self.may_change(draft, by):
            raise Forbidden(
                "announcements.area",
                "You may announce something for your areas and their cameras only.",
                field="target",
            )

    async def _found(self, reading: Reading, number: int) -> Announcement:
        found = await repository.one(reading, number)
        if found is None:
            raise NotFound("announcements.unknown", "There is no such announcement.")
        return found


async def _with_picture(
    writing: Writing, draft: Draft, picture: Picture | None, *, before: str
) -> Draft:
    if picture is not None:
        draft = replace(draft, picture=await pictures.keep(writing, picture))
    elif draft.picture != before:
        # Keys come from uploads alone: nobody names what others uploaded.
        draft = replace(draft, picture="")
    if before and draft.picture != before:
        await pictures.drop(writing, before)
    return draft


def _written(announcement: Announcement) -> dict[str, object]:
    whole = asdict(announcement)
    return {name: whole[name] for name in Draft.__dataclass_fields__}


def _told(announcement: Announcement) -> dict[str, object]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in _written(announcement).items()
    }


def _target(announcement: Announcement) -> str:
    return f"announcement {announcement.id} ({announcement.title_id})"
