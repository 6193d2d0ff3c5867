"""The form for a camera, new or known, and a look at its source before it is saved."""

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import Request, Response

from pantau.admin.camera import path_of
from pantau.admin.camera_fields import (
    change_of,
    fields_of,
    has_password,
    new_fields,
    shown_address,
    source_change_of,
    window_numbers,
    with_settings,
)
from pantau.admin.camera_probe import Line, ShownProbe, shown_probe
from pantau.admin.camera_recording import recorder_line
from pantau.admin.camera_words import duration, kinds, showings, visibilities
from pantau.admin.cameras import AreaPoint, CameraServices, may_change, sorted_areas
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.typed import Typed, read_typed
from pantau.admin.wording import Wording
from pantau.cameras.capabilities import SourceKind, kind_of
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.changes import MOST_RECORDING_HOURS
from pantau.cameras.stored import StoredCamera
from pantau.core.errors import Conflict, Forbidden, Invalid, Problem, Unavailable
from pantau.web.access import operators
from pantau.web.endpoints import Endpoints
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal, principal_of

FIELDS: Final = (
    "private_rtsp_url",
    "kind",
    "transport",
    "relay",
    "tls",
    "headers",
    "proxy",
    "snapshot_url",
    "name",
    "location",
    "description",
    "group_name",
    "area_id",
    "latitude",
    "longitude",
    "status",
    "video_codec",
    "visibility",
    "delay_s",
    "schedule",
    "enable_recording",
    "recording_duration_hours",
    "sponsor_name",
    "sponsor_logo",
    "sponsor_url",
    "sponsor_package",
)
_DELAYS_S: Final = (0, 30, 60, 120, 300, 600, 900, 1800, 3600)
_NEAR: Final = 13
_OURS: Final = frozenset({SourceKind.FILE, SourceKind.TESTCARD})
"""Kinds that nobody chooses: they are there for trying out."""
PART: Final = "x-pantau-part"
"""Header of scripts that want the answer for their part of the page only."""


class CameraFormPages:
    """Adding and changing cameras."""

    def __init__(self, frame: Frame, services: CameraServices) -> None:
        self._frame = frame
        self._services = services

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        may = operators()
        add.get("/cameras/new", access=may, **HIDDEN)(self.ask)
        add.post("/cameras/new", access=may, **HIDDEN)(self.add)
        add.post("/cameras/new/look", access=may, **HIDDEN)(self.look_at_new)
        add.get("/cameras/{camera_id}/edit", access=may, **HIDDEN)(self.edit)
        add.post("/cameras/{camera_id}/edit", access=may, **HIDDEN)(self.save)
        add.post("/cameras/{camera_id}/look", access=may, **HIDDEN)(self.look_at_known)

    async def ask(self, request: Request) -> Response:
        """Show the form for a new camera."""
        return await self._form(request, None, new_fields(self._services.access.clock.now()))

    async def add(self, request: Request) -> Response:
        """Add a camera."""
        typed = await read_typed(request)
        try:
            stored = await self._services.editor.create(
                change_of(typed, None), by=self._frame.asker(request)
            )
        except (Invalid, Conflict, Forbidden) as problem:
            return await self._form(request, None, typed, problem=problem)
        text = self._frame.wording(request)("%(name)s was added.") % {"name": stored.camera.name}
        return self._frame.go(request, path_of(stored.camera.id), Said(text))

    async def edit(self, camera_id: RowNumber, request: Request) -> Response:
        """Show the form of a camera."""
        stored = await self._mine(camera_id, request)
        return await self._form(request, stored, fields_of(stored))

    async def save(self, camera_id: RowNumber, request: Request) -> Response:
        """Save a camera."""
        typed = await read_typed(request)
        before = await self._mine(camera_id, request)
        speak = self._frame.wording(request)
        try:
            after = await self._services.editor.change(
                camera_id, change_of(typed, before), by=self._frame.asker(request)
            )
        except (Invalid, Conflict, Forbidden) as problem:
            return await self._form(request, before, typed, problem=problem)
        text = speak("%(name)s was saved.") % {"name": after.camera.name}
        if after == before:
            text = speak("There was nothing to save.")
        return self._frame.go(request, path_of(camera_id), Said(text))

    async def look_at_new(self, request: Request) -> Response:
        """Look at the source that was typed."""
        return await self._look(request, None)

    async def look_at_known(self, camera_id: RowNumber, request: Request) -> Response:
        """Look at the source that was typed, with the stored password where none was."""
        return await self._look(request, await self._mine(camera_id, request))

    async def _look(self, request: Request, before: StoredCamera | None) -> Response:
        typed = await read_typed(request)
        speak = self._frame.wording(request)
        problem: Problem | None = None
        try:
            probe = await self._probe(request, typed, before, speak)
        except (Invalid, Conflict, Forbidden, Unavailable) as refused:
            problem = refused
            probe = ShownProbe(is_ok=False, lines=(Line("bad", speak.sentence(refused.sentence)),))
        if request.headers.get(PART) == "probe":
            return self._frame.draw(request, "_probe.html", {"probe": probe})
        return await self._form(request, before, typed, probe=probe, problem=problem)

    async def _probe(
        self, request: Request, typed: Typed, before: StoredCamera | None, speak: Wording
    ) -> ShownProbe:
        services = self._services
        known = None if before is None else before.camera
        source = await services.editor.candidate(
            source_change_of(typed, before),
            by=self._frame.asker(request),
            camera_id=None if known is None else known.id,
        )
        is_same = known is not None and known.source == source
        report = await services.prober.look(
            source,
            is_trusted=is_same and before is not None and before.managed_by != "operator",
            stream_key=known.stream_key if is_same and known is not None else "",
        )
        return shown_probe(report, speak)

    async def _mine(self, camera_id: int, request: Request) -> StoredCamera:
        """Return a camera that this operator may change; raises NotFound and Forbidden."""
        stored = await self._services.editor.one(camera_id)
        if not may_change(principal_of(request.scope), stored.camera.area_id):
            raise Forbidden("cameras.area", "This camera is in an area of somebody else.")
        return stored

    async def _form(
        self,
        request: Request,
        stored: StoredCamera | None,
        typed: Typed,
        *,
        probe: ShownProbe | None = None,
        problem: Problem | None = None,
    ) -> Response:
        speak, who = self._frame.wording(request), principal_of(request.scope)
        areas = await sorted_areas(self._services)
        typed = typed if stored is None else with_settings(typed, stored)
        here = "/admin/cameras/new" if stored is None else f"{path_of(stored.camera.id)}/edit"
        values = {
            "stored": stored,
            "typed": typed,
            "address": shown_address(typed),
            "here": here,
            "look_at": f"{here}/look" if stored is None else f"{path_of(stored.camera.id)}/look",
            "has_password": stored is not None and has_password(stored),
            "is_in_settings": stored is not None and stored.managed_by == "settings",
            "areas": _offered(areas, who, typed.text("area_id")),
            "needs_area": who.area_ids is not None,
            "start": _start(areas, typed, who),
            "numbers": window_numbers(typed),
            "capabilities": None if stored is None else capabilities_for(stored.camera.source),
            "most_hours": MOST_RECORDING_HOURS,
            "recorder": stored and await recorder_line(self._services, stored.camera.id, speak),
            "probe": probe,
            **_choices(typed, speak),
            "mistakes": {} if problem is None else speak.mistakes(problem, known=FIELDS),
        }
        look = Look(status=200 if problem is None else problem.status, here=here)
        return self._frame.draw(request, "camera_form.html", values, look)


def _choices(typed: Typed, speak: Wording) -> Mapping[str, object]:
    """Return what the lists of the form offer; what is stored is always among it."""
    written = typed.text("delay_s")
    delay_s = int(written) if written.isdecimal() else 0
    kind = typed.text("kind")
    return {
        "kind": kind or kind_of(typed.text("private_rtsp_url", most=500)) or "",
        "kinds": {
            each.value: word
            for each, word in kinds(speak).items()
            if each not in _OURS or each.value == kind
        },
        "delays": {
            each: duration(each, speak) if each else speak("Live, no delay")
            for each in sorted({*_DELAYS_S, delay_s})
        },
        "visibilities": visibilities(speak),
        "showings": showings(speak),
        "days": day_names(speak),
        "statuses": {
            "active": speak("In service"),
            "maintenance": speak("Maintenance"),
            "offline": speak("Declared offline"),
        },
    }


def day_names(speak: Wording) -> Mapping[int, tuple[str, str]]:
    """Return the days of the week, short and in full, by their ISO number."""
    names = (
        (speak("Mon"), speak("Monday")),
        (speak("Tue"), speak("Tuesday")),
        (speak("Wed"), speak("Wednesday")),
        (speak("Thu"), speak("Thursday")),
        (speak("Fri"), speak("Friday")),
        (speak("Sat"), speak("Saturday")),
        (speak("Sun"), speak("Sunday")),
    )
    return dict(enumerate(names, 1))


def _offered(areas: Sequence[AreaPoint], who: Principal, chosen: str) -> list[AreaPoint]:
    return [area for area in areas if who.may_change_area(area.id) or str(area.id) == chosen]


def _start(areas: Sequence[AreaPoint], typed: Typed, who: Principal) -> str:
    """Return where a map without a point begins: the area's middle, or that of any area."""
    chosen = typed.text("area_id")
    placed = [area for area in areas if area.latitude is not None and area.longitude is not None]
    first = next((area for area in placed if str(area.id) == chosen), None) or next(
        (area for area in placed if who.may_change_area(area.id)), None
    )
    return "" if first is None else f"{first.latitude},{first.longitude},{_NEAR}"
