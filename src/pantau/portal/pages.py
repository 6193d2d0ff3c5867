"""The public pages as routes of the fast lane."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from pantau.cameras.models import PublicCamera
from pantau.cameras.service import Catalogue
from pantau.core.errors import NotFound
from pantau.portal.beside import NOTHING, Beside
from pantau.portal.frames import frame_origin
from pantau.portal.problem_page import ProblemPage
from pantau.portal.sitemap import base_of, robots, sitemap
from pantau.portal.tiles import watch_url
from pantau.portal.wall import WallQuery, parse_query, wall_news, wall_values
from pantau.portal.watch import camera_number, watch_values
from pantau.ui.i18n import COOKIE, LANGUAGES, Language
from pantau.ui.render import Pages
from pantau.ui.visitor import Visitor, visitor_of_scope
from pantau.web.assets import PREFIX, Assets
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import Header, HotRequest, Reply, Route
from pantau.web.headers import allow_frame
from pantau.web.snapshot import Encoded

_HTML: Final = b"text/html; charset=utf-8"
_JSON: Final = b"application/json; charset=utf-8"
_XML: Final = b"application/xml; charset=utf-8"
_TEXT: Final = b"text/plain; charset=utf-8"
_VARY: Final[Header] = (b"vary", b"Accept-Language, Cookie")
_FAVOURITES: Final = "pantau_favourites"
_MOST_KEPT: Final = 512
_YEAR_S: Final = 31_536_000


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
    ) -> None:
        self._catalogue = catalogue
        self._pages = pages
        self._clients = clients or ClientAddresses()
        self._public_url = public_url
        self._beside = beside
        self.assets = assets
        self._kept: dict[tuple[object, ...], tuple[object, Encoded]] = {}
        self._seen_version = -1
        self._seen: tuple[object, ...] = ()
        self._cameras: Sequence[PublicCamera] = ()
        self.problem_page: Final = ProblemPage(pages)

    def exact(self) -> dict[str, Route]:
        """Return the routes for whole addresses."""
        return {
            "/": Route(self.wall),
            "/sitemap.xml": Route(self.sitemap),
            "/robots.txt": Route(self.robots, limit="misses"),
            "/favicon.ico": Route(self.icon, limit="misses"),
            **{
                f"/wall.{each}.json": Route(partial(self.news, each), limit="misses")
                for each in LANGUAGES
            },
        }

    def prefixes(self) -> dict[str, Route]:
        """Return the routes for beginnings of addresses."""
        return {
            "/kamera/": Route(self.watch),
            "/k/": Route(self.watch),
            PREFIX: Route(self.assets.serve, limit="misses"),
        }

    def wall(self, request: HotRequest) -> Reply:
        """Answer with the wall."""
        visitor = visitor_of_scope(request.scope)
        if not request.query:
            draw = partial(self._draw_wall, WallQuery())
            stamp = None if self._beside is None else self._beside.stamp()
            return self._keep("wall", visitor.language, 0, draw, stamp=stamp).reply(request)
        query = parse_query(request.query, visitor.cookies.get(_FAVOURITES, ""))
        self._refresh()
        return self._page_once(request, visitor, self._draw_wall(query, visitor.language))

    def news(self, language: Language, request: HotRequest) -> Reply:
        """Answer an open wall that asks what changed."""
        return self._keep("news", language, 0, self._draw_news, content_type=_JSON).reply(request)

    def watch(self, request: HotRequest) -> Reply:
        """Answer with one camera's page, at its one true address."""
        number = camera_number(request.rest)
        camera = None if number is None else self._catalogue.public_by_id(number)
        if camera is None:
            raise NotFound("camera.unknown", "There is no such camera.")
        if request.path != watch_url(camera):
            return _moved(watch_url(camera), request.query)
        if camera.embed_url:
            allow_frame(request.scope, frame_origin(camera.embed_url))
        visitor = visitor_of_scope(request.scope)
        stamp = None if self._beside is None else self._beside.stamp_of(camera)
        draw = partial(self._draw_watch, camera)
        page = self._keep("watch", visitor.language, camera.id, draw, stamp=stamp)
        if not visitor.asked:
            return page.reply(request)
        return self._page_once(request, visitor, page.body)

    def sitemap(self, request: HotRequest) -> Reply:
        """Answer search engines."""
        base = base_of(request, self._clients, self._public_url)
        if base != self._public_url:
            # Kept under every name that a visitor may invent it would fill the memory.
            return Encoded(sitemap(self._catalogue.public(), base), content_type=_XML).reply(
                request
            )
        page = self._keep(
            "sitemap", "id", 0, lambda _: sitemap(self._cameras, base), content_type=_XML
        )
        return page.reply(request)

    def icon(self, request: HotRequest) -> Reply:
        """Answer browsers that ask for an icon without having read a page."""
        own = self._pages.site.icon
        return _moved(own, b"") if own else self.assets.serve_plain("logo.svg", request)

    def robots(self, request: HotRequest) -> Reply:
        """Answer robots."""
        base = base_of(request, self._clients, self._public_url)
        return Encoded(robots(base), content_type=_TEXT).reply(request)

    def _draw_wall(self, query: WallQuery, language: Language) -> bytes:
        values = wall_values(self._cameras, query, self._pages, language)
        values["public_url"] = self._public_url
        if self._beside is not None:
            areas = {place.id: place.name for place in values["areas"]}
            values |= self._beside.of_wall(query.area_id, language, areas)
        return self._pages.render("portal/wall.html", language, {**NOTHING, **values})

    def _draw_news(self, language: Language) -> bytes:
        news = wall_news(self._cameras, self._pages, language)
        return json.dumps(news, ensure_ascii=False, separators=(",", ":")).encode()

    def _draw_watch(self, camera: PublicCamera, language: Language) -> bytes:
        values = watch_values(camera, self._cameras, self._pages, language)
        values["public_url"] = self._public_url
        if self._beside is not None:
            values |= self._beside.of_camera(camera, language, self._pages.texts[language])
        return self._pages.render("portal/watch.html", language, {**NOTHING, **values})

    def _page_once(self, request: HotRequest, visitor: Visitor, body: bytes) -> Reply:
        headers: tuple[Header, ...] = (_VARY,)
        if visitor.asked:
            headers = (*headers, _remember_language(visitor.language))
        page = Encoded(
            body, content_type=_HTML, cache_control=b"private, no-cache", headers=headers
        )
        return page.reply(request)

    def _keep(
        self,
        kind: str,
        language: Language,
        number: int,
        draw: Callable[[Language], bytes],
        content_type: bytes = _HTML,
        *,
        stamp: object = None,
    ) -> Encoded:
        """Return a page, drawn anew where `stamp` is another one than when it was kept."""
        self._refresh()
        key = (kind, language, number)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        page = Encoded(draw(language), content_type=content_type, headers=(_VARY,))
        self._kept[key] = (stamp, page)
        return page

    def _refresh(self) -> None:
        """Forget kept pages when something that they show has changed.

        The catalogue's version also moves when a camera was merely looked at again, and labels such
        as "yesterday" change with the date alone.
        """
        now = (self._pages.today(), self._pages.site)
        if self._catalogue.version == self._seen_version and self._seen[:2] == now:
            return
        self._cameras = self._catalogue.public()
        seen = (*now, *(_visible(camera) for camera in self._cameras))
        self._seen_version = self._catalogue.version
        if seen != self._seen:
            self._seen = seen
            self._kept.clear()


def _visible(camera: PublicCamera) -> tuple[object, ...]:
    return (
        camera.id,
        camera.slug,
        camera.stream_key,
        camera.name,
        camera.description,
        camera.location,
        camera.area_id,
        camera.area_name,
        camera.latitude,
        camera.longitude,
        camera.status,
        camera.state,
        camera.since_at,
        camera.video_codec,
        camera.thumbnail_at is None,
        camera.is_online,
        camera.player,
        camera.embed_url,
        camera.showing,
        camera.delay_s,
        camera.enable_recording,
        camera.stream_revision,
    )


def _remember_language(language: Language) -> Header:
    value = f"{COOKIE}={language}; Path=/; Max-Age={_YEAR_S}; SameSite=Lax"
    return b"set-cookie", value.encode()


def _moved(address: str, query: bytes) -> Reply:
    target = address.encode("ascii") + (b"?" + query if query else b"")
    # The words in the address change when a camera is renamed, so no cache may keep this for ever.
    headers = ((b"location", target), (b"cache-control", b"no-cache"))
    return Reply(308, headers=headers)
