"""The public pages as routes of the fast lane."""

from functools import partial
from typing import Final

from pantau.cameras.models import PublicCamera
from pantau.cameras.service import Catalogue
from pantau.core.errors import NotFound
from pantau.portal.addresses import moved
from pantau.portal.audience import Audience, nobody
from pantau.portal.beside import NOTHING, Beside
from pantau.portal.frames import frame_origin
from pantau.portal.kept_pages import KeptPages
from pantau.portal.problem_page import ProblemPage
from pantau.portal.sitemap import base_of, robots, sitemap
from pantau.portal.tiles import watch_url
from pantau.portal.wall_pages import WallPages
from pantau.portal.watch import camera_number, watch_values
from pantau.ui.i18n import Language
from pantau.ui.render import Pages
from pantau.ui.visitor import visitor_of_scope
from pantau.web.assets import PREFIX, Assets
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.headers import allow_frame
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
    ) -> None:
        self._catalogue = catalogue
        self._pages = pages
        self._clients = clients or ClientAddresses()
        self._public_url = public_url
        self._beside = beside
        self.assets = assets
        self.audience: Final = audience or Audience(nobody, pages.now)
        """Who watches now, for every public page."""
        self.kept: Final = KeptPages(catalogue, pages)
        self._wall = WallPages(
            self.kept, pages, self.audience, public_url=public_url, beside=beside
        )
        self.problem_page: Final = ProblemPage(pages)

    def exact(self) -> dict[str, Route]:
        """Return the routes for whole addresses."""
        return {
            **self._wall.exact(),
            "/sitemap.xml": Route(self.sitemap),
            "/robots.txt": Route(self.robots, limit="misses"),
            "/favicon.ico": Route(self.icon, limit="misses"),
        }

    def prefixes(self) -> dict[str, Route]:
        """Return the routes for beginnings of addresses."""
        return {
            "/kamera/": Route(self.watch),
            "/k/": Route(self.watch),
            **self._wall.prefixes(),
            PREFIX: Route(self.assets.serve, limit="misses"),
        }

    def watch(self, request: HotRequest) -> Reply:
        """Answer with one camera's page, at its one true address."""
        number = camera_number(request.rest)
        camera = None if number is None else self._catalogue.public_by_id(number)
        if camera is None:
            raise NotFound("camera.unknown", "There is no such camera.")
        if request.path != watch_url(camera):
            return moved(watch_url(camera), request.query)
        if camera.embed_url:
            allow_frame(request.scope, frame_origin(camera.embed_url))
        visitor = visitor_of_scope(request.scope)
        stamp = None if self._beside is None else self._beside.stamp_of(camera)
        draw = partial(self._draw_watch, camera)
        page = self.kept.keep("watch", visitor.language, camera.id, draw, stamp=stamp)
        if not visitor.asked:
            return page.reply(request)
        return self.kept.once(request, visitor, page.body)

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

    def _draw_watch(self, camera: PublicCamera, language: Language) -> bytes:
        values = watch_values(camera, self.kept.cameras(), self._pages, language)
        values["public_url"] = self._public_url
        if self._beside is not None:
            values |= self._beside.of_camera(camera, language, self._pages.texts[language])
        return self._pages.render("portal/watch.html", language, {**NOTHING, **values})
