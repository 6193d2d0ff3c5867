"""Clips and time-lapses: ordering one, following it, fetching it, deleting it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, TypeAlias
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, Path, Query, Request, Response

from pantau.admin.camera_words import Mark
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.recordings_figures import Figures
from pantau.admin.recordings_holds import camera_and_span
from pantau.admin.recordings_moments import moment_of, typed_moment, written_moment
from pantau.admin.recordings_needs import RecordingServices, offered
from pantau.admin.recordings_rules import whole_number
from pantau.admin.typed import Typed, read_typed
from pantau.admin.wording import Wording
from pantau.core.errors import Conflict, Exhausted, Forbidden, Invalid, NotFound
from pantau.core.ids import CameraId
from pantau.recordings.exports.links import MOST_DOWNLOADS, MOST_HOURS
from pantau.recordings.exports.models import (
    FASTEST,
    SLOWEST,
    ClipLink,
    Export,
    ExportKind,
    ExportState,
    ExportWish,
)
from pantau.web.access import operators
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal

EXPORTS: Final = "/admin/recordings/exports"
_PAGE: Final = 30
_MINUTES: Final = 10
_SPEED: Final = 60
_LINK_HOURS: Final = (1, 24, 72, 168)
_LINK_USUAL: Final = 24
_FIELDS: Final = ("camera", "from", "to", "kind", "speed")
_LINK_FIELDS: Final = ("hours", "max_downloads")
_Who = Annotated[Principal, Depends(current_principal)]
_ExportId: TypeAlias = Annotated[str, Path(max_length=64)]
_Text = Annotated[str, Query(max_length=100)]
_Refused: TypeAlias = Invalid | Conflict | Forbidden | Exhausted | NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """A finished file."""

    name: str
    address: str
    size: str
    sha256: str
    began_at: datetime
    ended_at: datetime
    length: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownExport:
    """A line of the list, and the head of a page."""

    export: Export
    what: str
    state: Mark
    began_at: datetime
    ended_at: datetime
    length: str
    is_over: bool
    per_cent: int
    size: str
    error: str
    files: Sequence[ShownFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLink:
    """A link to an export."""

    link: ClipLink
    state: str
    is_good: bool


class ExportPages:
    """The exports of this hub."""

    def __init__(self, frame: Frame, services: RecordingServices) -> None:
        self._frame = frame
        self._services = services

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        every, may = "/recordings/exports", operators()
        one = f"{every}/{{export_id}}"
        add.get(every, access=may, **HIDDEN)(self.show_all)
        add.post(every, access=may, **HIDDEN)(self.order)
        add.get(one, access=may, **HIDDEN)(self.show)
        add.post(f"{one}/cancel", access=may, **HIDDEN)(self.cancel)
        add.get(f"{one}/delete", access=may, **HIDDEN)(self.ask_to_delete)
        add.post(f"{one}/delete", access=may, **HIDDEN)(self.delete)
        add.post(f"{one}/links", access=may, **HIDDEN)(self.share)
        add.post(f"{one}/links/{{link_id}}/revoke", access=may, **HIDDEN)(self.revoke)

    async def show_all(
        self, request: Request, who: _Who, cursor: Annotated[str, Query(max_length=1000)] = ""
    ) -> Response:
        """List them, below the form for another one; an address may fill that in."""
        asked = request.query_params
        typed = Typed([(name, asked.get(name, "")[:100]) for name in _FIELDS])
        return await self._list(request, who, self._filled(typed), cursor=cursor)

    async def order(self, request: Request, who: _Who) -> Response:
        """Order an export."""
        typed = await read_typed(request)
        try:
            camera_id, wish = self._wish(typed)
            export = await self._services.exports.ask(
                camera_id, wish, by=self._frame.asker(request)
            )
        except (Invalid, Conflict, Forbidden, Exhausted, NotFound) as problem:
            return await self._list(request, who, typed, problem=problem)
        speak = self._frame.wording(request)
        text = speak("The clip of %(name)s was ordered.") % {"name": export.camera_name}
        return self._frame.go(request, path_of(export.id), Said(text))

    async def show(self, export_id: _ExportId, request: Request, who: _Who) -> Response:
        """Show one with its files and links."""
        return await self._page(request, who, export_id)

    async def cancel(self, export_id: _ExportId, request: Request) -> Response:
        """Stop making one."""
        speak = self._frame.wording(request)
        try:
            export = await self._services.exports.cancel(export_id, by=self._frame.asker(request))
        except Conflict as problem:
            return self._frame.go(request, EXPORTS, Said(speak.sentence(problem.sentence), "warn"))
        return self._frame.go(request, path_of(export.id), Said(speak("The clip was cancelled.")))

    async def ask_to_delete(self, export_id: _ExportId, request: Request, who: _Who) -> Response:
        """Ask before it is deleted; for browsers without a script."""
        export = await self._services.exports.one(export_id, by=who)
        return self._frame.draw(request, "recordings_export_delete.html", {"export": export})

    async def delete(self, export_id: _ExportId, request: Request) -> Response:
        """Delete one with its files and links."""
        await self._services.exports.delete(export_id, by=self._frame.asker(request))
        speak = self._frame.wording(request)
        return self._frame.go(request, EXPORTS, Said(speak("The clip was deleted.")))

    async def share(self, export_id: _ExportId, request: Request, who: _Who) -> Response:
        """Make a link to one and show it, this once."""
        typed, speak = await read_typed(request), self._frame.wording(request)
        hours, most = typed.text("hours"), typed.text("max_downloads")
        try:
            link, token = await self._services.links.make(
                export_id,
                hours=whole_number(hours, "hours", most=MOST_HOURS) or _LINK_USUAL,
                max_downloads=whole_number(most, "max_downloads", most=MOST_DOWNLOADS),
                by=self._frame.asker(request),
            )
        except (Invalid, Conflict) as problem:
            values = {
                "mistakes": speak.mistakes(problem, known=_LINK_FIELDS),
                "hours": hours,
                "max_downloads": most,
            }
            look = Look(
                status=problem.status, here=path_of(export_id) if _is_plain(export_id) else EXPORTS
            )
            return await self._page(request, who, export_id, values=values, look=look)
        shown: dict[str, object] = {
            "export": await self._services.exports.one(export_id, by=who),
            "link": link,
            "address": _whole(self._services.link_address(token), request),
        }
        return self._frame.draw(
            request, "recordings_link_made.html", shown, Look(here=path_of(link.export_id))
        )

    async def revoke(
        self, export_id: _ExportId, link_id: RowNumber, request: Request, who: _Who
    ) -> Response:
        """End a link."""
        export = await self._services.exports.one(export_id, by=who)
        await self._services.links.revoke(export.id, link_id, by=self._frame.asker(request))
        speak = self._frame.wording(request)
        said = Said(speak("The link no longer works."))
        return self._frame.go(request, path_of(export.id), said)

    async def _list(
        self,
        request: Request,
        who: Principal,
        typed: Typed,
        *,
        cursor: str = "",
        problem: _Refused | None = None,
    ) -> Response:
        speak = self._frame.wording(request)
        found, next_cursor = await self._services.exports.listed(by=who, limit=_PAGE, cursor=cursor)
        kind = typed.text("kind")
        values = {
            "rows": [self._shown(each, speak) for each in found],
            "next_url": f"{EXPORTS}?{urlencode({'cursor': next_cursor})}" if next_cursor else "",
            "is_first": not cursor,
            "typed": typed,
            "kind": kind if kind in set(ExportKind) else ExportKind.CLIP.value,
            "cameras": offered(self._services, who),
            "is_asked": bool(typed.text("camera")) or problem is not None,
            "slowest": SLOWEST,
            "fastest": FASTEST,
            "mistakes": {} if problem is None else speak.mistakes(problem, known=_FIELDS),
        }
        look = Look(status=problem.status if problem else 200, here=EXPORTS if problem else "")
        return self._frame.draw(request, "recordings_exports.html", values, look)

    async def _page(
        self,
        request: Request,
        who: Principal,
        export_id: str,
        *,
        values: Mapping[str, object] | None = None,
        look: Look | None = None,
    ) -> Response:
        speak, services = self._frame.wording(request), self._services
        export = await services.exports.one(export_id, by=who)
        links = await services.links.of(export.id, by=who)
        now = services.clock.now()
        drawn = {
            "row": self._shown(export, speak),
            "export": export,
            "camera": services.cameras.by_id(CameraId(export.camera_id)),
            "manifest": services.manifest_address(export),
            "links": [_shown_link(each, now, speak) for each in links],
            "every_hours": _link_hours(speak),
            "hours": str(_LINK_USUAL),
            "max_downloads": "",
            **(values or {}),
        }
        return self._frame.draw(request, "recordings_export.html", drawn, look)

    def _filled(self, typed: Typed) -> Typed:
        """Return the form with what is usual where an address said nothing."""
        zone, now = self._frame.pages.site.zone, self._services.clock.now().replace(second=0)
        usual = {
            "camera": "",
            "from": written_moment(now - timedelta(minutes=_MINUTES), zone),
            "to": written_moment(now, zone),
            "kind": ExportKind.CLIP.value,
            "speed": str(_SPEED),
        }
        said = {name: typed.text(name) or value for name, value in usual.items()}
        for name in ("from", "to"):
            said[name] = _local(said[name], zone) or usual[name]
        return Typed(list(said.items()))

    def _wish(self, typed: Typed) -> tuple[int, ExportWish]:
        camera_id, span = camera_and_span(typed, self._frame.pages.site.zone)
        kind = ExportKind.TIMELAPSE if typed.text("kind") == "timelapse" else ExportKind.CLIP
        speed = 1
        if kind is ExportKind.TIMELAPSE:
            speed = (
                whole_number(typed.text("speed"), "speed", least=SLOWEST, most=FASTEST) or _SPEED
            )
        return camera_id, ExportWish(span, kind, speed)

    def _shown(self, export: Export, speak: Wording) -> ShownExport:
        fig = Figures(speak)
        what = speak("Clip")
        if export.kind is ExportKind.TIMELAPSE:
            what = speak("Time-lapse, %(speed)s times faster") % {"speed": export.speed}
        return ShownExport(
            export=export,
            what=what,
            state=_state(export, speak),
            began_at=moment_of(export.span.from_ms),
            ended_at=moment_of(export.span.to_ms),
            length=fig.lasting((export.span.to_ms - export.span.from_ms) / 1000),
            is_over=export.state.is_over,
            per_cent=min(100, export.progress // 10),
            # Before it is done there is a guess only.
            size=fig.size(export.size_bytes) if export.state is ExportState.DONE else "",
            error=speak.sentence(export.error) if export.error else "",
            files=[
                ShownFile(
                    name=each.name,
                    address=self._services.file_address(export, each.name),
                    size=fig.size(each.size_bytes),
                    sha256=each.sha256,
                    began_at=moment_of(each.span.from_ms),
                    ended_at=moment_of(each.span.to_ms),
                    length=fig.lasting(each.duration_ms / 1000),
                )
                for each in export.files
            ]
            if export.state is ExportState.DONE
            else (),
        )


def _whole(address: str, request: Request) -> str:
    """Return an address that can be handed on, also where the settings do not say where we are.

    The form was sent from one of our own pages, so its origin is where this hub is reached.
    """
    origin = request.headers.get("origin", "")
    is_known = address.startswith("/") and origin.startswith(("http://", "https://"))
    return f"{origin}{address}" if is_known else address


def path_of(export_id: str) -> str:
    """Return the address of an export's page."""
    return f"{EXPORTS}/{export_id}"


def order_path(camera_id: int, begin: datetime, end: datetime) -> str:
    """Return the address of the form, filled in."""
    span = {"from": begin.isoformat(), "to": end.isoformat()}
    return f"{EXPORTS}?{urlencode({'camera': camera_id, **span})}"


def _state(export: Export, speak: Wording) -> Mark:
    if export.cancel_asked and not export.state.is_over:
        return Mark(speak("Being cancelled"), "clock")
    return {
        ExportState.QUEUED: Mark(speak("Waits for its turn"), "clock"),
        ExportState.RUNNING: Mark(speak("Being made"), "again", "on"),
        ExportState.DONE: Mark(speak("Ready")),
        ExportState.FAILED: Mark(speak("Failed"), "warn", "bad"),
        ExportState.CANCELLED: Mark(speak("Cancelled")),
        ExportState.EXPIRED: Mark(speak("Its time is over")),
    }[export.state]


def _shown_link(link: ClipLink, now: datetime, speak: Wording) -> ShownLink:
    is_used_up = link.max_downloads is not None and link.downloads >= link.max_downloads
    if link.revoked_at is not None:
        state = speak("Revoked")
    elif link.expires_at <= now:
        state = speak("Its time is over")
    elif is_used_up:
        state = speak("Fetched as often as allowed")
    else:
        state = ""
    return ShownLink(link=link, state=state, is_good=not state)


def _link_hours(speak: Wording) -> Mapping[int, str]:
    fig = Figures(speak)
    return {each: fig.kept(each) for each in _LINK_HOURS}


def _local(written: str, zone: ZoneInfo) -> str:
    """Return a moment of an address as a field of the form takes it; nothing for what is none."""
    try:
        found = typed_moment(written, zone, "from")
    except Invalid:
        return ""
    return "" if found is None else written_moment(found, zone)


def _is_plain(export_id: str) -> bool:
    return export_id.isascii() and export_id.isalnum()
