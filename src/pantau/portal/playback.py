"""The page on which a camera's footage is found and replayed."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, Protocol
from zoneinfo import ZoneInfo

from pantau.cameras.models import PublicCamera
from pantau.cameras.service import Catalogue
from pantau.core.errors import NotFound
from pantau.portal.playback_days import HOUR_MS, day_span, month_span
from pantau.portal.playback_values import (
    Known,
    calendar_date,
    playback_values,
    shown_moment,
)
from pantau.portal.playback_wish import Wish, parse_wish
from pantau.portal.tiles import watch_url
from pantau.portal.watch import camera_number, stream_of, view_of
from pantau.recordings.models import Reach, Span
from pantau.ui.i18n import COOKIE
from pantau.ui.render import Pages
from pantau.ui.visitor import Visitor, visitor_of_scope
from pantau.web.client_address import ClientAddresses
from pantau.web.csrf import CsrfTokens, csrf_cookie
from pantau.web.exchange import Header, HotRequest, Reply, Route
from pantau.web.snapshot import Encoded

PREFIX: Final = "/rekaman/"
_HTML: Final = b"text/html; charset=utf-8"
_VARY: Final[Header] = (b"vary", b"Accept-Language, Cookie")
_YEAR_S: Final = 31_536_000
_AROUND_MS: Final = 6 * HOUR_MS
"""How far around a moment without footage the page looks for some."""
_SLUG_OF_REMOVED: Final = "kamera"

Recorder = Literal["", "paused", "off"]
"""What a visitor is told: nothing, no room on the disk, not recorded any more."""


def playback_url(camera_id: int, slug: str) -> str:
    """Return the one true address of a camera's footage; `?t=` and a UTC second name a moment."""
    return f"{PREFIX}{camera_id}-{slug}"


class Rights(Protocol):
    """Whoever decides what somebody may replay."""

    def reach(self, request: HotRequest, camera_id: int) -> Awaitable[Reach]:
        """Return what of this camera, which may not even be there, whoever asks may replay."""
        ...


class Footage(Protocol):
    """Whoever knows what was recorded; everything is cut to what `reach` lets somebody see."""

    def runs(self, camera_id: int, span: Span, reach: Reach) -> Awaitable[Sequence[Span]]:
        """Return the stretches with footage within `span`, in order."""
        ...

    def days(
        self, camera_id: int, span: Span, reach: Reach, zone: ZoneInfo
    ) -> Awaitable[Mapping[date, int]]:
        """Return how many milliseconds of each day of `zone` within `span` there are."""
        ...

    def extent(self, camera_id: int, reach: Reach) -> Awaitable[Span | None]:
        """Return from when to when there is footage; None: there is none."""
        ...

    def name(self, camera_id: int) -> Awaitable[str | None]:
        """Return what a camera that was removed was called; None: it left no footage."""
        ...

    def recorder(self, camera_id: int) -> Awaitable[Recorder]:
        """Return why nothing is being recorded although it should be."""
        ...


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whose footage it is; `camera` is None of one that was removed."""

    id: int
    name: str
    slug: str
    camera: PublicCamera | None

    @property
    def url(self) -> str:
        return playback_url(self.id, self.slug)


class PlaybackPages:
    """Answers with the page.  Drawn for each visitor: what they may see differs.  Loop only."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        pages: Pages,
        rights: Rights,
        footage: Footage,
        csrf: CsrfTokens,
        clients: ClientAddresses,
        access_s: float = 3600.0,
    ) -> None:
        self._catalogue = catalogue
        self._pages = pages
        self._rights = rights
        self._footage = footage
        self._csrf = csrf
        self._clients = clients
        self._access_s = access_s

    def exact(self) -> dict[str, Route]:
        """Return the routes for whole addresses."""
        return {}

    def prefixes(self) -> dict[str, Route]:
        """Return the route for what follows PREFIX."""
        return {PREFIX: Route(self.show)}

    async def show(self, request: HotRequest) -> Reply:
        """Answer with one camera's page, at its one true address."""
        number = camera_number(request.rest)
        if number is None:
            raise _unknown()
        reach = await self._rights.reach(request, number)
        subject = await self._subject(number, reach)
        if request.path != subject.url:
            return _moved(subject.url, request.query)
        visitor = visitor_of_scope(request.scope)
        values = await self._values(subject, reach, request.query, visitor)
        cookies: list[str] = []
        if reach.is_operator:
            token, is_fresh = self._csrf.for_page(request.scope)
            is_https = self._clients.scheme(request.scope) == "https"
            if is_fresh:
                cookies.append(csrf_cookie(token, is_https=is_https))
            values["csrf"] = token
        if visitor.asked:
            cookies.append(f"{COOKIE}={visitor.language}; Path=/; Max-Age={_YEAR_S}; SameSite=Lax")
        html = self._pages.render("portal/playback.html", visitor.language, values)
        # Nobody between us and the visitor keeps it: it holds what this one may see (lesson X12).
        return Encoded(
            html,
            content_type=_HTML,
            cache_control=b"private, no-store",
            headers=(_VARY, *((b"set-cookie", cookie.encode("latin-1")) for cookie in cookies)),
        ).reply(request)

    async def _subject(self, number: int, reach: Reach) -> _Subject:
        camera = self._catalogue.public_by_id(number)
        if camera is None and (reach.spans or reach.is_operator):
            known = self._catalogue.by_id(number)
            camera = None if known is None else self._catalogue.published(known)
        if camera is not None:
            return _Subject(camera.id, camera.name, camera.slug, camera)
        name = await self._footage.name(number) if reach.is_operator else None
        if name is None:
            raise _unknown()
        return _Subject(number, name, _SLUG_OF_REMOVED, None)

    async def _values(
        self, subject: _Subject, reach: Reach, query: bytes, visitor: Visitor
    ) -> dict[str, Any]:
        is_denied = not reach.spans
        extent = None if is_denied else await self._footage.extent(subject.id, reach)
        now_ms = int(self._pages.now().timestamp() * 1000)
        known = Known(reach, extent, now_ms)
        wish = parse_wish(query, self._pages.site.zone)
        values: dict[str, Any] = {
            "subject": subject,
            "state": "denied" if is_denied else "empty" if extent is None else "ready",
            "is_operator": reach.is_operator,
            "recorder": "" if is_denied else await self._footage.recorder(subject.id),
            "access_s": int(self._access_s),
            "csrf": "",
            **_live_values(subject.camera),
        }
        if extent is not None:
            values |= await self._moments(subject.id, wish, known, visitor)
        return values

    async def _moments(
        self, camera_id: int, wish: Wish, known: Known, visitor: Visitor
    ) -> dict[str, Any]:
        zone = self._pages.site.zone
        asked_day = day_span(calendar_date(wish, known, zone), zone)
        around = asked_day
        if wish.at_ms is not None:
            around = Span(
                min(asked_day.from_ms, wish.at_ms - _AROUND_MS),
                max(asked_day.to_ms, wish.at_ms + _AROUND_MS),
            )
        runs = await self._footage.runs(camera_id, around, known.reach)
        shown = shown_moment(wish, known, runs, asked_day)
        on = calendar_date(Wish(at_ms=shown.at_ms), known, zone)
        day = day_span(on, zone)
        if day.from_ms < around.from_ms or day.to_ms > around.to_ms:
            runs = await self._footage.runs(camera_id, day, known.reach)
        days = await self._footage.days(camera_id, month_span(on, zone), known.reach, zone)
        return playback_values(shown, wish, known, runs, days, self._pages, visitor.language)


def _live_values(camera: PublicCamera | None) -> dict[str, Any]:
    if camera is None:
        return {"watch_url": "", "stream": None, "codec": ""}
    is_playable = view_of(camera) == "player"
    return {
        "watch_url": watch_url(camera),
        "stream": stream_of(camera) if is_playable else None,
        "codec": camera.video_codec or "",
    }


def _unknown() -> NotFound:
    return NotFound("camera.unknown", "There is no such camera.")


def _moved(address: str, query: bytes) -> Reply:
    target = address.encode("ascii") + (b"?" + query if query else b"")
    # The words in the address change when a camera is renamed, so no cache may keep this for ever.
    return Reply(308, headers=((b"location", target), (b"cache-control", b"no-store")))
