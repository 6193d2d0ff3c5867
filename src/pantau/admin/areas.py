"""Areas: the list along the hierarchy, adding one, saving, joining, moving cameras, deleting."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response

from pantau.admin.coordinates import typed_coordinates
from pantau.admin.flashes import Said, Undo
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.typed import Typed, checked, read_typed
from pantau.areas.editing import AreaEditing
from pantau.areas.inputs import AreaInput, AreaUpdate
from pantau.areas.models import Area
from pantau.areas.values import FIELDS, AreaView
from pantau.core.errors import Conflict, Forbidden, Invalid
from pantau.core.names import natural_key
from pantau.web.access import operators, viewers
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal

AREAS: Final = "/admin/areas"
_MOST_SEARCH: Final = 100
_LONG: Final = 2_000
_FORM: Final = ("name", "description", "kecamatan", "kelurahan", "rw", "rt", "slug")
_KNOWN: Final = (*_FORM, "latitude", "longitude", "into")
_Who = Annotated[Principal, Depends(current_principal)]
_Refused = Invalid | Conflict | Forbidden


class AreaPages:
    """The pages of areas."""

    def __init__(self, frame: Frame, *, areas: AreaEditing) -> None:
        self._frame = frame
        self._areas = areas

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        one, look, write = "/areas/{area_id}", viewers(), operators()
        add.get("/areas", access=look, **HIDDEN)(self.show_all)
        add.get("/areas/new", access=write, **HIDDEN)(self.ask)
        add.post("/areas/new", access=write, **HIDDEN)(self.add)
        add.get(one, access=look, **HIDDEN)(self.show)
        add.post(one, access=write, **HIDDEN)(self.change)
        for name, ask, do in (
            ("merge", self.ask_to_merge, self.merge),
            ("move", self.ask_to_move, self.move),
            ("delete", self.ask_to_delete, self.delete),
        ):
            add.get(f"{one}/{name}", access=write, **HIDDEN)(ask)
            add.post(f"{one}/{name}", access=write, **HIDDEN)(do)

    async def show_all(
        self, request: Request, who: _Who, q: Annotated[str, Query(max_length=200)] = ""
    ) -> Response:
        """List them along the hierarchy."""
        query = " ".join(q.replace("\0", "").split())[:_MOST_SEARCH]
        every = await self._areas.all()
        found = [view for view in every if _fits(view.area, query.casefold())]
        values = {
            "groups": [(place, list(views)) for place, views in groupby(found, key=_place)],
            "query": query,
            "count": len(every),
            "may_add": who.role != "viewer" and who.area_ids is None,
            "may_change": who.may_change_area if who.role != "viewer" else _never,
        }
        return self._frame.draw(request, "areas.html", values)

    async def ask(self, request: Request) -> Response:
        """Show the form for a new area."""
        return await self._form(request, Typed())

    async def add(self, request: Request) -> Response:
        """Add an area."""
        typed = await read_typed(request)
        try:
            body = checked(AreaInput, _fields(typed))
            view = await self._areas.add(body.as_draft(), by=self._frame.asker(request))
        except (Invalid, Forbidden) as problem:
            return await self._form(request, typed, problem)
        text = self._frame.wording(request)("%(name)s was added.") % {"name": view.area.name}
        return self._frame.go(request, _path(view.area.id), Said(text))

    async def show(self, area_id: RowNumber, request: Request, who: _Who) -> Response:
        """Show an area, with the form for those who may change it."""
        return await self._page(request, who, await self._areas.one(area_id))

    async def change(self, area_id: RowNumber, request: Request, who: _Who) -> Response:
        """Save the form."""
        typed = await read_typed(request)
        before = await self._areas.one(area_id)
        speak = self._frame.wording(request)
        try:
            body = checked(AreaUpdate, _fields(typed))
            after = await self._areas.change(
                area_id, body.as_draft(), body.model_fields_set, by=self._frame.asker(request)
            )
        except (Invalid, Conflict, Forbidden) as problem:
            return await self._page(request, who, before, typed=typed, problem=problem)
        if after.area == before.area:
            said = Said(speak("There was nothing to save."))
        else:
            text = speak("%(name)s was saved.") % {"name": after.area.name}
            said = Said(text, undo=Undo(_path(area_id), _pairs(before.area)))
        return self._frame.go(request, _path(area_id), said)

    async def ask_to_merge(self, area_id: RowNumber, request: Request, who: _Who) -> Response:
        """Ask which area it is joined with; for browsers without a script."""
        return await self._question(request, who, "area_merge.html", area_id)

    async def merge(self, area_id: RowNumber, request: Request, who: _Who) -> Response:
        """Join it with another one."""
        typed = await read_typed(request)
        before = await self._areas.one(area_id)
        try:
            view, moved = await self._areas.merge(
                area_id, _chosen(typed), by=self._frame.asker(request)
            )
        except (Invalid, Conflict, Forbidden) as problem:
            return await self._question(request, who, "area_merge.html", area_id, problem)
        speak = self._frame.wording(request)
        text = speak("%(name)s is now part of %(other)s.") % {
            "name": before.area.name,
            "other": view.area.name,
        }
        text += " " + speak.ngettext(
            "%(num)s camera was moved.", "%(num)s cameras were moved.", len(moved.moved)
        )
        return self._frame.go(request, _path(view.area.id), Said(text))

    async def ask_to_move(self, area_id: RowNumber, request: Request, who: _Who) -> Response:
        """Ask where its cameras go; for browsers without a script."""
        return await self._question(request, who, "area_move.html", area_id)

    async def move(self, area_id: RowNumber, request: Request, who: _Who) -> Response:
        """Move its cameras."""
        typed = await read_typed(request)
        try:
            moved = await self._areas.move_cameras(
                area_id, _chosen(typed) or None, by=self._frame.asker(request)
            )
        except (Invalid, Conflict, Forbidden) as problem:
            return await self._question(request, who, "area_move.html", area_id, problem)
        speak = self._frame.wording(request)
        text = speak.ngettext(
            "%(num)s camera was moved.", "%(num)s cameras were moved.", len(moved.moved)
        )
        if moved.kept:
            text += " " + speak.ngettext(
                "%(num)s camera of the settings stayed.",
                "%(num)s cameras of the settings stayed.",
                moved.kept,
            )
        return self._frame.go(request, _path(area_id), Said(text))

    async def ask_to_delete(self, area_id: RowNumber, request: Request, who: _Who) -> Response:
        """Ask before it is deleted; for browsers without a script."""
        return await self._question(request, who, "area_delete.html", area_id)

    async def delete(self, area_id: RowNumber, request: Request, who: _Who) -> Response:
        """Delete an area that has no cameras."""
        view = await self._areas.one(area_id)
        try:
            await self._areas.delete(area_id, by=self._frame.asker(request))
        except (Invalid, Conflict, Forbidden) as problem:
            return await self._question(request, who, "area_delete.html", area_id, problem)
        text = self._frame.wording(request)("%(name)s was deleted.") % {"name": view.area.name}
        return self._frame.go(request, AREAS, Said(text))

    async def _form(
        self, request: Request, typed: Typed, problem: _Refused | None = None
    ) -> Response:
        values = {**_shown(typed), **_suggested(await self._areas.all())}
        return self._frame.draw(
            request, "area_new.html", values | self._mistakes(request, problem), _look(problem)
        )

    async def _page(
        self,
        request: Request,
        who: Principal,
        view: AreaView,
        *,
        typed: Typed | None = None,
        problem: _Refused | None = None,
    ) -> Response:
        every = await self._areas.all()
        may = who.role != "viewer" and who.may_change_area(view.area.id)
        values = {
            "view": view,
            "area": view.area,
            "may_change": may,
            "others": _others(every, view.area, who),
            "may_empty": who.may_change_area(None),
            **_shown(typed or Typed(_pairs(view.area))),
            **_suggested(every),
        }
        look = _look(problem, here=_path(view.area.id))
        return self._frame.draw(
            request, "area.html", values | self._mistakes(request, problem), look
        )

    async def _question(
        self,
        request: Request,
        who: Principal,
        template: str,
        area_id: int,
        problem: _Refused | None = None,
    ) -> Response:
        view = await self._areas.one(area_id)
        values = {
            "view": view,
            "area": view.area,
            "others": _others(await self._areas.all(), view.area, who),
            "may_empty": who.may_change_area(None),
        }
        return self._frame.draw(
            request, template, values | self._mistakes(request, problem), _look(problem)
        )

    def _mistakes(self, request: Request, problem: _Refused | None) -> dict[str, object]:
        speak = self._frame.wording(request)
        return {"mistakes": {} if problem is None else speak.mistakes(problem, known=_KNOWN)}


def _look(problem: _Refused | None, here: str = "") -> Look:
    return Look(status=200 if problem is None else problem.status, here=here)


def _fields(typed: Typed) -> Mapping[str, object]:
    latitude, longitude = typed_coordinates(
        typed.text("latitude", most=_LONG), typed.text("longitude", most=_LONG)
    )
    fields: dict[str, object] = {name: typed.text(name, most=_LONG) for name in _FORM}
    fields |= {"latitude": latitude, "longitude": longitude}
    fields["description"] = typed.secret("description", most=_LONG)
    return fields


def _shown(typed: Typed) -> dict[str, object]:
    return {name: typed.text(name, most=_LONG) for name in FIELDS}


def _suggested(views: Iterable[AreaView]) -> dict[str, object]:
    areas = [view.area for view in views]
    return {
        "kecamatans": sorted({area.kecamatan for area in areas if area.kecamatan}),
        "kelurahans": sorted({area.kelurahan for area in areas if area.kelurahan}),
        "start": _start(areas),
    }


def _start(areas: Sequence[Area]) -> str:
    """Return the middle of the areas for a map that has no point yet."""
    points = [
        (area.latitude, area.longitude)
        for area in areas
        if area.latitude is not None and area.longitude is not None
    ]
    if not points:
        return ""
    latitude = sum(point[0] for point in points) / len(points)
    longitude = sum(point[1] for point in points) / len(points)
    return f"{latitude:.5f},{longitude:.5f},13"


def _others(views: Iterable[AreaView], own: Area, who: Principal) -> Sequence[Area]:
    others = (view.area for view in views if view.area.id != own.id)
    return sorted(
        (area for area in others if who.may_change_area(area.id)),
        key=lambda area: natural_key(area.name),
    )


def _pairs(area: Area) -> tuple[tuple[str, str], ...]:
    """Return the form that makes an area what it is."""
    values = ((name, getattr(area, name)) for name in FIELDS)
    return tuple((name, "" if value is None else str(value)) for name, value in values)


def _chosen(typed: Typed) -> int:
    """Return the number of the area that was chosen; 0 for none."""
    return min(typed.numbers("into"), default=0)


def _place(view: AreaView) -> tuple[str, str]:
    return view.area.kecamatan or "", view.area.kelurahan or ""


def _fits(area: Area, query: str) -> bool:
    parts = (area.name, area.kecamatan, area.kelurahan, area.description)
    rows = (f"rw {area.rw}" if area.rw else "", f"rt {area.rt}" if area.rt else "")
    return any(query in (part or "").casefold() for part in (*parts, *rows))


def _never(_: int) -> bool:
    return False


def _path(area_id: int) -> str:
    return f"{AREAS}/{area_id}"
