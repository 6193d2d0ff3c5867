"""The public pages about how the hub does: now, over three months, area by area, one camera."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import parse_qs

from pantau.cameras.models import PublicCamera
from pantau.core.errors import NotFound
from pantau.health.figures import Figures
from pantau.health.public_days import PublicDays, Stretch
from pantau.health.status import Status
from pantau.portal.addresses import moved, numbered
from pantau.portal.sharing.sitemap import base_of
from pantau.portal.status.feed import PATH as FEED_PATH
from pantau.portal.status.feed import TYPE as FEED_TYPE
from pantau.portal.status.feed import feed
from pantau.portal.status.values import (
    CAMERA_PREFIX,
    PATH,
    area_values,
    camera_url,
    camera_values,
    status_values,
)
from pantau.ui.i18n import COOKIE, Language
from pantau.ui.render import Pages
from pantau.ui.site import Site
from pantau.ui.visitor import Visitor, visitor_of_scope
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import Header, HotRequest, Reply, Route
from pantau.web.snapshot import Encoded

_HTML: Final = b"text/html; charset=utf-8"
_VARY: Final[Header] = (b"vary", b"Accept-Language, Cookie")
_YEAR_S: Final = 31_536_000
_MOST_KEPT: Final = 256
_MOST_FIELDS: Final = 20


class StatusNews(Protocol):
    """Whoever knows the status."""

    @property
    def status(self) -> Status:
        """The newest one."""
        ...

    @property
    def days(self) -> PublicDays:
        """Three months of everything public."""
        ...

    @property
    def cameras_version(self) -> int:
        """A number that grows when anything about a camera changed: who is gone is gone at once."""
        ...

    def camera(self, camera_id: int) -> PublicCamera | None:
        """Return a public camera."""
        ...

    def cameras_of(self, area_id: int | None) -> Sequence[PublicCamera]:
        """Return the public cameras of an area, or those without one."""
        ...

    def days_of(self, camera_id: int) -> Stretch:
        """Return the days of one camera."""
        ...

    def since_of(self, camera: PublicCamera) -> datetime:
        """Return since when a camera has been as it is."""
        ...

    def figures_of(self, camera_id: int) -> Figures:
        """Return the figures of one camera."""
        ...


class StatusPage:
    """Answers with the pages; drawn once for everybody who reads the same language.  Loop only."""

    def __init__(
        self,
        news: StatusNews,
        pages: Pages,
        *,
        clients: ClientAddresses | None = None,
        public_url: str = "",
    ) -> None:
        self._news = news
        self._pages = pages
        self._clients = clients or ClientAddresses()
        self._public_url = public_url
        self._of: tuple[Status, Site, int] | None = None
        self._kept: dict[tuple[str, int, Language], Encoded] = {}

    def exact(self) -> dict[str, Route]:
        """Return the routes for whole addresses."""
        return {PATH: Route(self.show), FEED_PATH: Route(self.feed)}

    def prefixes(self) -> dict[str, Route]:
        """Return the route for one camera."""
        return {CAMERA_PREFIX: Route(self.show_camera)}

    def show(self, request: HotRequest) -> Reply:
        """Answer with the page of everything, or of the area that the address names."""
        visitor = visitor_of_scope(request.scope)
        area = self._area(request.query) if b"area=" in request.query else None
        if area is None:
            return self._answer(request, visitor, ("all", 0), self._draw)
        return self._answer(request, visitor, ("area", area), lambda to: self._draw_area(area, to))

    def show_camera(self, request: HotRequest) -> Reply:
        """Answer with one camera's page, at its one true address."""
        number = numbered(request.rest)
        camera = None if number is None else self._news.camera(number)
        if camera is None:
            raise NotFound("camera.unknown", "There is no such camera.")
        if request.path != camera_url(camera):
            return moved(camera_url(camera), request.query)
        visitor = visitor_of_scope(request.scope)
        return self._answer(
            request, visitor, ("camera", camera.id), lambda to: self._draw_camera(camera, to)
        )

    def feed(self, request: HotRequest) -> Reply:
        """Answer programs that follow the status."""
        language = visitor_of_scope(request.scope).language
        base = base_of(request, self._clients, self._public_url)
        if base != self._public_url:
            # Kept under every name that somebody may invent it would fill the memory.
            return self._feed(language, base).reply(request)
        return self._keep(("feed", 0, language), lambda: self._feed(language, base)).reply(request)

    def _feed(self, language: Language, base: str) -> Encoded:
        body = feed(self._news.status, self._pages, language, base)
        return Encoded(body, content_type=FEED_TYPE, headers=(_VARY,))

    def _area(self, query: bytes) -> int | None:
        """Return the area that is named, if it has public cameras; 0: those without an area."""
        try:
            fields = parse_qs(query.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
        except ValueError:
            return None
        number = numbered(fields.get("area", [""])[-1])
        if number is None or not self._news.cameras_of(number or None):
            return None
        # The status follows the cameras within a second: what it does not know yet is not shown.
        known = any(each.id == (number or None) for each in self._news.status.areas)
        return number if known else None

    def _answer(
        self,
        request: HotRequest,
        visitor: Visitor,
        what: tuple[str, int],
        draw: Callable[[Language], bytes],
    ) -> Reply:
        language = visitor.language
        page = self._keep(
            (*what, language),
            lambda: Encoded(draw(language), content_type=_HTML, headers=(_VARY,)),
        )
        if not visitor.asked:
            return page.reply(request)
        value = f"{COOKIE}={language}; Path=/; Max-Age={_YEAR_S}; SameSite=Lax"
        return Encoded(
            page.body,
            content_type=_HTML,
            cache_control=b"private, no-cache",
            headers=(_VARY, (b"set-cookie", value.encode())),
        ).reply(request)

    def _keep(self, key: tuple[str, int, Language], make: Callable[[], Encoded]) -> Encoded:
        """Return what is kept for as long as the status and the site stay as they are."""
        of = (self._news.status, self._pages.site, self._news.cameras_version)
        if self._of is None or self._of[0] is not of[0] or self._of[1:] != of[1:]:
            self._kept.clear()
            self._of = of
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            kept = self._kept[key] = make()
        return kept

    def _draw(self, language: Language) -> bytes:
        values = status_values(self._news.status, self._news.days, self._pages, language)
        return self._pages.render("portal/status.html", language, values)

    def _draw_area(self, area: int, language: Language) -> bytes:
        members = [
            (camera, self._news.days_of(camera.id))
            for camera in self._news.cameras_of(area or None)
        ]
        values = area_values(members, self._news.status, self._news.days, self._pages, language)
        return self._pages.render("portal/status_area.html", language, values)

    def _draw_camera(self, camera: PublicCamera, language: Language) -> bytes:
        values = camera_values(
            camera,
            self._news.days_of(camera.id),
            self._news.figures_of(camera.id),
            self._news.since_of(camera),
            days=self._news.days,
            pages=self._pages,
            language=language,
        )
        return self._pages.render("portal/status_camera.html", language, values)
