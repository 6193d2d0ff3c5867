"""The public pages as routes of the fast lane."""

from typing import Final

from pantau.cameras.service import Catalogue
from pantau.portal.addresses import moved
from pantau.portal.audience import Audience, nobody
from pantau.portal.beside import Beside
from pantau.portal.kept_pages import KeptPages
from pantau.portal.map.routes import MapPages
from pantau.portal.multi.page import MultiPage
from pantau.portal.problem_page import ProblemPage
from pantau.portal.sharing.legacy import Legacy
from pantau.portal.sharing.sitemap import base_of, robots, sitemap
from pantau.portal.wall.routes import WallPages
from pantau.portal.watch.routes import Told, WatchPages
from pantau.ui.render import Pages
from pantau.web.assets import PREFIX, Assets
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.snapshot import Encoded

_XML: Final = b"application/xml; charset=utf-8"
_TEXT: Final = b"text/plain; charset=utf-8"


class Portal:
    """Answers for every public page.  Loop only.

    Pages that are the same for everybody are kept encoded until something on them changes.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        pages: Pages,
        assets: Assets,
        clients: ClientAddresses | None = None,
        public_url: str = "",
        beside: Beside | None = None,
        audience: Audience | None = None,
        told: Told | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._pages = pages
        self._clients = clients or ClientAddresses()
        self._public_url = public_url
        self.assets = assets
        self.audience: Final = audience or Audience(nobody, pages.now)
        """Who watches now, for every public page."""
        self.kept: Final = KeptPages(catalogue, pages)
        self._wall = WallPages(
            self.kept,
            pages,
            self.audience,
            public_url=public_url,
            beside=beside,
            area_of=(told or Told()).area_of,
        )
        self._legacy = Legacy(catalogue, self.kept)
        self._map = MapPages(self.kept, pages, public_url=public_url)
        self._multi = MultiPage(self.kept, pages, assets)
        self._watch = WatchPages(
            self.kept,
            pages,
            self.audience,
            catalogue=catalogue,
            public_url=public_url,
            beside=beside,
            told=told,
        )
        self.problem_page: Final = ProblemPage(pages)

    def exact(self) -> dict[str, Route]:
        """Return the routes for whole addresses."""
        return {
            **self._wall.exact(),
            **self._legacy.exact(),
            "/": Route(self.first),
            **self._map.exact(),
            **self._multi.exact(),
            "/sitemap.xml": Route(self.sitemap),
            "/robots.txt": Route(self.robots, limit="misses"),
            "/favicon.ico": Route(self.icon, limit="misses"),
        }

    def prefixes(self) -> dict[str, Route]:
        """Return the routes for beginnings of addresses."""
        return {
            **self._watch.prefixes(),
            **self._wall.prefixes(),
            **self._legacy.prefixes(),
            **self._map.prefixes(),
            PREFIX: Route(self.assets.serve, limit="misses"),
        }

    def first(self, request: HotRequest) -> Reply:
        """Answer with the wall, or lead to what an old address of it means."""
        old = self._legacy.of_wall(request.query) if request.query else None
        return old or self._wall.wall(request)

    def sitemap(self, request: HotRequest) -> Reply:
        """Answer search engines."""
        base = base_of(request, self._clients, self._public_url)
        if base != self._public_url:
            # Kept under every name that a visitor may invent it would fill the memory.
            return Encoded(sitemap(self._catalogue.public(), base), content_type=_XML).reply(
                request
            )
        page = self.kept.keep(
            "sitemap", "id", 0, lambda _: sitemap(self.kept.cameras(), base), content_type=_XML
        )
        return page.reply(request)

    def icon(self, request: HotRequest) -> Reply:
        """Answer browsers that ask for an icon without having read a page."""
        own = self._pages.site.icon
        return moved(own, b"") if own else self.assets.serve_plain("logo.svg", request)

    def robots(self, request: HotRequest) -> Reply:
        """Answer robots."""
        base = base_of(request, self._clients, self._public_url)
        return Encoded(robots(base), content_type=_TEXT).reply(request)
