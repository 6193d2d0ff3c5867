"""What is said about a camera, about those of an area, and about all: one form for each."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Final

from fastapi import Depends, Request, Response

from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.typed import Typed, checked, read_typed
from pantau.areas.schemas import PublicArea
from pantau.cameras.service import Catalogue
from pantau.core.errors import Forbidden, Invalid, NotFound
from pantau.notices.camera_notices import HUB, CameraNotices
from pantau.notices.inputs import NoticeInput
from pantau.notices.notice_rows import Key
from pantau.notices.values import NoticeTexts
from pantau.web.access import operators, viewers
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal

PAGE: Final = "/admin/camera-notices"
_FIELDS: Final = ("owner", "purpose", "retention", "contact")
_LONG: Final = 2_000
_Who = Annotated[Principal, Depends(current_principal)]


class CameraNoticePages:
    """The pages."""

    def __init__(
        self,
        frame: Frame,
        *,
        notices: CameraNotices,
        catalogue: Catalogue,
        areas: Callable[[], Awaitable[Sequence[PublicArea]]],
    ) -> None:
        self._frame = frame
        self._notices = notices
        self._catalogue = catalogue
        self._areas = areas

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        look, write = viewers(), operators()
        add.get("/camera-notices", access=look, **HIDDEN)(self.show_hub)
        add.post("/camera-notices", access=write, **HIDDEN)(self.change_hub)
        area = "/camera-notices/areas/{area_id}"
        add.get(area, access=look, **HIDDEN)(self.show_area)
        add.post(area, access=write, **HIDDEN)(self.change_area)
        camera = "/cameras/{camera_id}/notice"
        add.get(camera, access=look, **HIDDEN)(self.show_camera)
        add.post(camera, access=write, **HIDDEN)(self.change_camera)

    async def show_hub(self, request: Request, who: _Who) -> Response:
        """Show what holds for every camera, and the way to areas."""
        return await self._page(request, who, HUB)

    async def change_hub(self, request: Request, who: _Who) -> Response:
        """Save it."""
        return await self._save(request, who, HUB)

    async def show_area(self, area_id: RowNumber, request: Request, who: _Who) -> Response:
        """Show what holds for the cameras of an area."""
        return await self._page(request, who, ("area", area_id))

    async def change_area(self, area_id: RowNumber, request: Request, who: _Who) -> Response:
        """Save it."""
        return await self._save(request, who, ("area", area_id))

    async def show_camera(self, camera_id: RowNumber, request: Request, who: _Who) -> Response:
        """Show what holds for a camera."""
        return await self._page(request, who, ("camera", camera_id))

    async def change_camera(self, camera_id: RowNumber, request: Request, who: _Who) -> Response:
        """Save it."""
        return await self._save(request, who, ("camera", camera_id))

    async def _save(self, request: Request, who: Principal, key: Key) -> Response:
        typed = await read_typed(request)
        try:
            fields = {name: typed.secret(name, most=_LONG) for name in _FIELDS}
            texts = checked(NoticeInput, fields).as_texts()
            await self._notices.put(key, texts, by=self._frame.asker(request))
        except (Invalid, Forbidden) as problem:
            return await self._page(request, who, key, typed=typed, problem=problem)
        speak = self._frame.wording(request)
        return self._frame.go(request, _path(key), Said(speak("The notice was saved.")))

    async def _page(
        self,
        request: Request,
        who: Principal,
        key: Key,
        *,
        typed: Typed | None = None,
        problem: Invalid | Forbidden | None = None,
    ) -> Response:
        written = await self._notices.written(key)
        areas = [(area.id, area.name) for area in await self._areas()]
        scope, number = key
        speak = self._frame.wording(request)
        may_change = who.role != "viewer" and who.may_change_area(self._area_of(key))
        values = {
            "scope": scope,
            "name": self._name(key, dict(areas)),
            "back": f"/admin/cameras/{number}" if scope == "camera" else PAGE,
            "texts": _shown(written, typed),
            "wider": self._notices.wider(key),
            "areas": areas if scope == "hub" else [],
            "may_change": may_change,
            "mistakes": {} if problem is None else speak.mistakes(problem, known=_FIELDS),
        }
        look = Look(status=200 if problem is None else problem.status, here=_path(key))
        return self._frame.draw(request, "camera_notice.html", values, look)

    def _area_of(self, key: Key) -> int | None:
        scope, number = key
        if scope == "area":
            return number
        camera = self._catalogue.by_id(number) if scope == "camera" else None
        return None if camera is None else camera.area_id

    def _name(self, key: Key, areas: dict[int, str]) -> str:
        scope, number = key
        if scope == "hub":
            return ""
        if scope == "area":
            return areas.get(number, "")
        camera = self._catalogue.by_id(number)
        if camera is None:
            raise NotFound("cameras.unknown", "There is no such camera.")
        return camera.name


def _shown(written: NoticeTexts, typed: Typed | None) -> dict[str, str]:
    if typed is not None:
        return {name: typed.secret(name, most=_LONG) for name in _FIELDS}
    return {name: getattr(written, name) for name in _FIELDS}


def _path(key: Key) -> str:
    scope, number = key
    if scope == "hub":
        return PAGE
    return f"{PAGE}/areas/{number}" if scope == "area" else f"/admin/cameras/{number}/notice"
