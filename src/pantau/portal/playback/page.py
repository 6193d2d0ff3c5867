"""The page on which a camera's footage is found and replayed."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol

from pantau.cameras.models import PublicCamera
from pantau.cameras.service import Catalogue
from pantau.core.errors import NotFound
from pantau.portal.addresses import numbered
from pantau.portal.playback.days import HOUR_MS, day_span, local_date, month_span
from pantau.portal.playback.values import (
    Known,
    Recorded,
    calendar_date,
    playback_values,
    shown_moment,
)
from pantau.portal.playback.wish import Wish, parse_wish
from pantau.portal.tiles import PLAYBACK_PREFIX, playback_url, watch_url
from pantau.portal.watch.page import stream_of, view_of
from pantau.recordings.models import Reach, Span
from pantau.recordings.rights.links import PAGE as CODE_PAGE
from pantau.ui.i18n import COOKIE
from pantau.ui.render import Pages
from pantau.ui.visitor import Visitor, visitor_of_scope
from pantau.web.client_address import ClientAddresses
from pantau.web.csrf import CsrfTokens, csrf_cookie
from pantau.web.exchange import Header, HotRequest, Reply, Route
from pantau.web.snapshot import Encoded

PREFIX: Final = PLAYBACK_PREFIX
_HTML: Final = b"text/html; charset=utf-8"
_VARY: Final[Header] = (b"vary", b"Accept-Language, Cookie")
_YEAR_S: Final = 31_536_000
_AROUND_MS: Final = 6 * HOUR_MS
"""How far around a moment without footage the page looks for some."""
_FAR_MS: Final = 31 * 24 * HOUR_MS
"""And where it finds none; of what lies farther only the ends are known."""
_SLUG_OF_REMOVED: Final = "kamera"


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

    def days(self, camera_id: int, on: date, reach: Reach) -> Awaitable[Mapping[date, int]]:
        """Return how many milliseconds there are of each day in the month of `on`."""
        ...

    def extent(self, camera_id: int, reach: Reach) -> Awaitable[Span | None]:
        """Return from when to when there is footage; None: there is none."""
        ...

    def is_paused(self, camera_id: int) -> bool:
        """Tell whether its recorder waits for room on the disk."""
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
        number = numbered(request.rest)
        if number is None:
            raise _unknown()
        reach = await self._rights.reach(request, number)
        visitor = visitor_of_scope(request.scope)
        extent = await self._footage.extent(number, reach) if reach.spans else None
        subject = self._subject(number, reach, extent, visitor)
        if request.path != subject.url:
            return _moved(subject.url, request.query)
        values = self._around(subject, reach, extent)
        if extent is not None:
            known = Known(reach, extent, int(self._pages.now().timestamp() * 1000))
            wish = parse_wish(request.query, self._pages.site.zone)
            values |= await self._moments(subject.id, wish, known, visitor)
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

    def _subject(
        self, number: int, reach: Reach, extent: Span | None, visitor: Visitor
    ) -> _Subject:
        camera = self._catalogue.public_by_id(number)
        if camera is None and reach.spans:
            known = self._catalogue.by_id(number)
            camera = None if known is None else self._catalogue.published(known)
        if camera is not None:
            return _Subject(camera.id, camera.name, camera.slug, camera)
        if extent is None or not reach.is_operator:
            raise _unknown()
        name = self._pages.texts[visitor.language].gettext("Camera %(number)s")
        return _Subject(number, name % {"number": number}, _SLUG_OF_REMOVED, None)

    def _around(self, subject: _Subject, reach: Reach, extent: Span | None) -> dict[str, Any]:
        camera = subject.camera
        is_playable = camera is not None and view_of(camera) == "player"
        return {
            "subject": subject,
            "state": "denied" if not reach.spans else "empty" if extent is None else "ready",
            "is_operator": reach.is_operator,
            "is_paused": bool(reach.spans) and self._footage.is_paused(subject.id),
            "access_s": int(self._access_s),
            "csrf": "",
            "code_url": CODE_PAGE,
            "watch_url": watch_url(camera) if camera is not None else "",
            "stream": stream_of(camera) if camera is not None and is_playable else None,
            "codec": (camera.video_codec or "") if camera is not None else "",
        }

    async def _moments(
        self, camera_id: int, wish: Wish, known: Known, visitor: Visitor
    ) -> dict[str, Any]:
        zone = self._pages.site.zone
        asked_day = day_span(calendar_date(wish, known, zone), zone)
        near = asked_day
        if wish.at_ms is not None:
            near = Span(
                min(asked_day.from_ms, wish.at_ms - _AROUND_MS),
                max(asked_day.to_ms, wish.at_ms + _AROUND_MS),
            )
        runs = await self._footage.runs(camera_id, near, known.reach)
        if not runs:
            far = Span(max(0, near.from_ms - _FAR_MS), near.to_ms + _FAR_MS)
            runs = await self._footage.runs(camera_id, far, known.reach)
        shown = shown_moment(wish, known, runs, asked_day)
        on = local_date(shown.at_ms, zone)
        recorded = Recorded(
            await self._footage.runs(camera_id, day_span(on, zone), known.reach),
            await self._footage.days(camera_id, on, known.reach),
            await self._days_around(camera_id, on, known),
        )
        return playback_values(
            shown, wish, known, recorded, pages=self._pages, language=visitor.language
        )

    async def _days_around(
        self, camera_id: int, on: date, known: Known
    ) -> tuple[date | None, date | None]:
        """Return the last day with footage before the month of `on`, and the first one after."""
        zone, extent = self._pages.site.zone, known.extent
        month = month_span(on, zone)
        before = after = None
        if extent is not None and extent.from_ms < month.from_ms:
            asked = Span(max(0, month.from_ms - _FAR_MS), month.from_ms)
            runs = await self._footage.runs(camera_id, asked, known.reach)
            before = local_date(runs[-1].to_ms - 1 if runs else extent.from_ms, zone)
        if extent is not None and extent.to_ms > month.to_ms:
            asked = Span(month.to_ms, month.to_ms + _FAR_MS)
            runs = await self._footage.runs(camera_id, asked, known.reach)
            after = local_date(runs[0].from_ms if runs else extent.to_ms - 1, zone)
        return before, after


def _unknown() -> NotFound:
    return NotFound("camera.unknown", "There is no such camera.")


def _moved(address: str, query: bytes) -> Reply:
    target = address.encode("ascii") + (b"?" + query if query else b"")
    # The words in the address change when a camera is renamed, so no cache may keep this for ever.
    return Reply(308, headers=((b"location", target), (b"cache-control", b"no-store")))
