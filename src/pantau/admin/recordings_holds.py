"""Held footage: what nothing deletes, why and until when; holding some, and releasing it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request, Response

from pantau.admin.cameras import may_change
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.recordings_figures import Figures
from pantau.admin.recordings_moments import moment_of, typed_moment, unix_ms, written_moment
from pantau.admin.recordings_needs import RECORDINGS, RecordingServices, camera_name, offered
from pantau.admin.recordings_rows import page_of
from pantau.admin.typed import Typed, read_typed
from pantau.admin.wording import Wording
from pantau.core.errors import Conflict, Forbidden, Invalid, NotFound
from pantau.core.ids import CameraId
from pantau.recordings.keeping_values import Hold
from pantau.recordings.models import Span
from pantau.web.access import operators
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal

HOLDS: Final = f"{RECORDINGS}/holds"
_PAGE: Final = 50
_FIELDS: Final = ("camera", "from", "to", "reason", "until")
_MOST_REASON: Final = 500
_Who = Annotated[Principal, Depends(current_principal)]
_Text = Annotated[str, Query(max_length=20)]
_Refused = Invalid | Conflict | Forbidden | NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownHold:
    """A line of the list."""

    hold: Hold
    camera: str
    began_at: datetime
    ended_at: datetime
    length: str
    is_active: bool
    end: str
    """Why it holds nothing any more; empty while it does."""
    may_release: bool


class HoldPages:
    """The holds."""

    def __init__(self, frame: Frame, services: RecordingServices) -> None:
        self._frame = frame
        self._services = services

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        every, may = "/recordings/holds", operators()
        add.get(every, access=may, **HIDDEN)(self.show)
        add.post(every, access=may, **HIDDEN)(self.hold)
        add.get(f"{every}/{{hold_id}}/release", access=may, **HIDDEN)(self.ask_to_release)
        add.post(f"{every}/{{hold_id}}/release", access=may, **HIDDEN)(self.release)

    async def show(
        self, request: Request, who: _Who, *, show: _Text = "", page: _Text = ""
    ) -> Response:
        """List them, below the form for another one; an address may fill that in."""
        asked, zone = request.query_params, self._frame.pages.site.zone
        said = {name: asked.get(name, "")[:100] for name in ("camera", "from", "to")}
        for name in ("from", "to"):
            said[name] = _local(said[name], zone)
        typed = Typed(list(said.items()))
        return await self._page(request, who, typed, also_ended=show == "all", page=page)

    async def hold(self, request: Request, who: _Who) -> Response:
        """Hold footage."""
        typed, speak = await read_typed(request), self._frame.wording(request)
        zone = self._frame.pages.site.zone
        try:
            camera_id, span = camera_and_span(typed, zone)
            hold = await self._services.keeping.hold(
                camera_id,
                span,
                reason=typed.text("reason", most=_MOST_REASON + 1),
                until_at=typed_moment(typed.text("until"), zone, "until"),
                by=self._frame.asker(request),
            )
        except (Invalid, Conflict, Forbidden, NotFound) as problem:
            return await self._page(request, who, typed, problem=problem)
        text = speak("Footage of %(name)s is held: nothing deletes it.") % {
            "name": camera_name(self._services, hold.camera_id, speak)
        }
        return self._frame.go(request, HOLDS, Said(text))

    async def ask_to_release(self, hold_id: RowNumber, request: Request, who: _Who) -> Response:
        """Ask before footage may be deleted again; for browsers without a script."""
        holds = await self._services.keeping.holds(by=who)
        hold = next((each for each in holds if each.id == hold_id), None)
        if hold is None:
            raise NotFound("recordings.unknown_hold", "There is no such hold.")
        row = self._shown(hold, who, self._frame.wording(request))
        return self._frame.draw(request, "recordings_release.html", {"row": row})

    async def release(self, hold_id: RowNumber, request: Request) -> Response:
        """Let footage go its way again."""
        speak = self._frame.wording(request)
        try:
            await self._services.keeping.release(hold_id, by=self._frame.asker(request))
        except Conflict as problem:
            return self._frame.go(request, HOLDS, Said(speak.sentence(problem.sentence), "warn"))
        text = speak("The hold was released. What is older than its camera keeps may go now.")
        return self._frame.go(request, HOLDS, Said(text))

    async def _page(
        self,
        request: Request,
        who: Principal,
        typed: Typed,
        *,
        also_ended: bool = False,
        page: str = "",
        problem: _Refused | None = None,
    ) -> Response:
        speak = self._frame.wording(request)
        found = await self._services.keeping.holds(by=who, also_ended=also_ended)
        part, where = page_of(found, page, _PAGE)
        kept = {"show": "all"} if also_ended else {}
        values = {
            "rows": [self._shown(each, who, speak) for each in part],
            "page": where,
            "address": lambda page: f"{HOLDS}?{urlencode({**kept, 'page': page})}",
            "also_ended": also_ended,
            "typed": typed,
            "reason": typed.text("reason", most=_MOST_REASON),
            "is_asked": bool(typed.text("camera")) or problem is not None,
            "cameras": offered(self._services, who),
            "mistakes": {} if problem is None else speak.mistakes(problem, known=_FIELDS),
        }
        look = Look(status=problem.status if problem else 200, here=HOLDS if problem else "")
        return self._frame.draw(request, "recordings_holds.html", values, look)

    def _shown(self, hold: Hold, who: Principal, speak: Wording) -> ShownHold:
        camera = self._services.cameras.by_id(CameraId(hold.camera_id))
        is_active = hold.is_active(self._services.clock.now())
        end = ""
        if hold.released_at is not None:
            end = speak("Released by %(name)s") % {"name": hold.released_by}
        elif not is_active:
            end = speak("Its time is over")
        return ShownHold(
            hold=hold,
            camera=camera_name(self._services, hold.camera_id, speak),
            began_at=moment_of(hold.span.from_ms),
            ended_at=moment_of(hold.span.to_ms),
            length=Figures(speak).lasting((hold.span.to_ms - hold.span.from_ms) / 1000),
            is_active=is_active,
            end=end,
            may_release=is_active and may_change(who, camera.area_id if camera else None),
        )


def camera_and_span(typed: Typed, zone: ZoneInfo) -> tuple[int, Span]:
    """Return what the fields camera, from and to say; raises Invalid, naming the field."""
    camera = typed.text("camera")
    if not camera.isascii() or not camera.isdecimal() or len(camera) > 18:
        raise Invalid("form.camera", "Choose a camera.", field="camera")
    return int(camera), typed_span(typed, zone)


def typed_span(typed: Typed, zone: ZoneInfo) -> Span:
    """Return what the fields from and to say; raises Invalid, naming the field."""
    begin = typed_moment(typed.text("from"), zone, "from")
    end = typed_moment(typed.text("to"), zone, "to")
    if begin is None or end is None:
        field = "from" if begin is None else "to"
        raise Invalid("form.moment", "Give date and time.", field=field)
    if end <= begin:
        raise Invalid("form.span", "The end must come after the beginning.", field="to")
    return Span(unix_ms(begin), unix_ms(end))


def _local(written: str, zone: ZoneInfo) -> str:
    """Return a moment of an address as a field takes it; nothing for what is none."""
    try:
        found = typed_moment(written, zone, "from")
    except Invalid:
        return ""
    return "" if found is None else written_moment(found, zone)
