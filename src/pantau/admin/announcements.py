"""Announcements: the list with what each is at this moment, writing one, looking before saving."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final

from fastapi import Depends, Request, Response

from pantau.admin.announcement_form import FIELDS, draft_of, read_form, shown, values_of
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.typed import Typed
from pantau.admin.wording import Wording
from pantau.areas.schemas import PublicArea
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Forbidden, Invalid
from pantau.core.names import natural_key
from pantau.core.pictures import Picture, reencoded
from pantau.notices.service import MOST_PICTURE_PX, Announcements
from pantau.notices.values import Announcement, Draft
from pantau.site.pictures import picture_path
from pantau.ui.markdown import rendered
from pantau.web.access import operators, viewers
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal

PAGE: Final = "/admin/announcements"
ListAreas = Callable[[], Awaitable[Sequence[PublicArea]]]
_Who = Annotated[Principal, Depends(current_principal)]
_Refused = Invalid | Conflict | Forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementServices:
    """What the pages need."""

    announcements: Announcements
    catalogue: Catalogue
    areas: ListAreas
    clock: Clock


class AnnouncementPages:
    """The pages."""

    def __init__(self, frame: Frame, services: AnnouncementServices) -> None:
        self._frame = frame
        self._announcements = services.announcements
        self._catalogue = services.catalogue
        self._areas = services.areas
        self._clock = services.clock

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        one, write = "/announcements/{announcement_id}", operators()
        add.get("/announcements", access=viewers(), **HIDDEN)(self.show_all)
        add.get("/announcements/new", access=write, **HIDDEN)(self.ask)
        add.post("/announcements/new", access=write, **HIDDEN)(self.add)
        add.get(one, access=write, **HIDDEN)(self.show)
        add.post(one, access=write, **HIDDEN)(self.change)
        add.get(f"{one}/delete", access=write, **HIDDEN)(self.ask_to_delete)
        add.post(f"{one}/delete", access=write, **HIDDEN)(self.delete)

    async def show_all(self, request: Request, who: _Who) -> Response:
        """List them in the order in which visitors see them."""
        every, now = await self._announcements.every(), self._clock.now()
        by = self._frame.asker(request)
        may_write = who.role != "viewer"
        places = await self._places()
        speak = self._frame.wording(request)
        values = {
            "rows": [
                (
                    each,
                    each.state_at(now),
                    self._place(each, places, speak),
                    may_write and self._announcements.may_change(each, by),
                )
                for each in every
            ],
            "states": _states(speak),
            "may_write": may_write,
        }
        return self._frame.draw(request, "announcements.html", values)

    async def ask(self, request: Request) -> Response:
        """Show the form for a new one."""
        typed = shown(None, self._frame.pages.site.zone)
        return await self._form(request, typed, None)

    async def add(self, request: Request) -> Response:
        """Add it, or show how it would look."""
        return await self._save(request, None)

    async def show(self, announcement_id: RowNumber, request: Request) -> Response:
        """Show the form of one."""
        one = await self._announcements.one(announcement_id)
        typed = shown(one, self._frame.pages.site.zone)
        return await self._form(request, typed, one, preview=one)

    async def change(self, announcement_id: RowNumber, request: Request) -> Response:
        """Save it, or show how it would look."""
        return await self._save(request, await self._announcements.one(announcement_id))

    async def ask_to_delete(self, announcement_id: RowNumber, request: Request) -> Response:
        """Ask before it is deleted; for browsers without a script."""
        one = await self._announcements.one(announcement_id)
        return self._frame.draw(request, "announcement_delete.html", {"one": one})

    async def delete(self, announcement_id: RowNumber, request: Request) -> Response:
        """Delete it."""
        one = await self._announcements.one(announcement_id)
        try:
            await self._announcements.delete(announcement_id, by=self._frame.asker(request))
        except Forbidden as problem:
            typed = shown(one, self._frame.pages.site.zone)
            return await self._form(request, typed, one, problem=problem)
        text = self._frame.wording(request)("%(name)s was deleted.") % {"name": one.title_id}
        return self._frame.go(request, PAGE, Said(text))

    async def _save(self, request: Request, one: Announcement | None) -> Response:
        typed, uploaded = await read_form(request)
        zone, by = self._frame.pages.site.zone, self._frame.asker(request)
        kept = "" if one is None else one.picture
        try:
            draft = draft_of(typed, zone, picture=kept)
            if typed.is_checked("preview"):
                return await self._form(request, typed, one, preview=draft)
            picture = await _picture(uploaded)
            if one is None:
                saved = await self._announcements.add(draft, picture=picture, by=by)
            else:
                saved = await self._announcements.change(one.id, draft, picture=picture, by=by)
        except (Invalid, Conflict, Forbidden) as problem:
            return await self._form(request, typed, one, problem=problem)
        text = self._frame.wording(request)("%(name)s was saved.") % {"name": saved.title_id}
        return self._frame.go(request, PAGE, Said(text))

    async def _form(
        self,
        request: Request,
        typed: Typed,
        one: Announcement | None,
        *,
        preview: Draft | None = None,
        problem: _Refused | None = None,
    ) -> Response:
        speak, now = self._frame.wording(request), self._clock.now()
        areas = [(area.id, area.name) for area in await self._areas()]
        cameras = [(int(camera.id), camera.name) for camera in self._catalogue.all()]
        values = {
            "one": one,
            "typed": values_of(typed),
            "areas": areas,
            "cameras": sorted(cameras, key=lambda pair: natural_key(pair[1])),
            "picture": "" if one is None else picture_path(one.picture),
            "preview": [] if preview is None else _previews(preview),
            "state": "" if one is None else _states(speak)[one.state_at(now)],
            "mistakes": {} if problem is None else speak.mistakes(problem, known=FIELDS),
        }
        here = PAGE + ("/new" if one is None else f"/{one.id}")
        look = Look(status=200 if problem is None else problem.status, here=here)
        return self._frame.draw(request, "announcement.html", values, look)

    async def _places(self) -> Mapping[int, str]:
        return {area.id: area.name for area in await self._areas()}

    def _place(self, one: Announcement, areas: Mapping[int, str], speak: Wording) -> str:
        if one.target == "area":
            return areas.get(one.area_id or 0) or speak("an area that is gone")
        if one.target == "camera":
            camera = self._catalogue.by_id(one.camera_id or 0)
            return speak("a camera that is gone") if camera is None else camera.name
        return speak("Everywhere")


async def _picture(uploaded: bytes) -> Picture | None:
    if not uploaded:
        return None
    make = partial(reencoded, uploaded, field="picture", most_px=MOST_PICTURE_PX)
    return await asyncio.to_thread(make)


def _previews(draft: Draft) -> list[tuple[str, str, object]]:
    """Return title and text in each language that there is."""
    both = (("id", draft.title_id, draft.text_id), ("en", draft.title_en, draft.text_en))
    return [(language, title, rendered(text)) for language, title, text in both if title]


def _states(speak: Wording) -> Mapping[str, str]:
    return {
        "now": speak("To be seen now"),
        "planned": speak("Planned"),
        "over": speak("Over"),
        "off": speak("Switched off"),
    }
