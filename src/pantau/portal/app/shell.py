"""The portal as an app: its service worker, the page without a network, manifests and icons."""

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, cast

from pantau.core.errors import NotFound
from pantau.portal.app.manifest import admin_manifest, portal_manifest
from pantau.portal.kept_pages import HTML, JSON
from pantau.site.app_icons import SIDES_PX, App, Shape, app_icon
from pantau.ui.i18n import Language, speech_of
from pantau.ui.render import Pages
from pantau.ui.site import Site
from pantau.ui.visitor import visitor_of_scope
from pantau.web.assets import PREFIX, Assets
from pantau.web.exchange import Answer, Header, HotRequest, Reply, Route
from pantau.web.snapshot import Encoded

WORKER: Final = "/sw.js"
OFFLINE: Final = "/luring"
VERSION: Final = "/versi.json"
NEVER: Final = ("/api", "/hls", "/admin", "/metrics", "/health", "/gambar", "/sematkan", "/putar")
"""What the worker leaves to the browser, whatever is asked there (lesson X06)."""
_SCRIPT: Final = b"text/javascript; charset=utf-8"
_MANIFEST: Final = b"application/manifest+json"
_PNG: Final = b"image/png"
_A_DAY: Final = b"public, max-age=86400"
_VARY: Final[Header] = (b"vary", b"Accept-Language, Cookie")
_ICON: Final = re.compile(r"(portal|admin)-(any|maskable)-([0-9]{3})\.png")
_MOST_KEPT: Final = 64
OwnIcon = Callable[[], Awaitable[bytes | None]]


class AppShell:
    """Answers for everything that makes the portal an app.  Loop only.

    `own_icon` gives the operator's icon as PNG, if there is one.  All of it rests on the site and
    the build alone: it is made anew when the site becomes another.
    """

    def __init__(self, pages: Pages, assets: Assets, own_icon: OwnIcon) -> None:
        self._pages = pages
        self._assets = assets
        self._own_icon = own_icon
        self._of: Site | None = None
        self._kept: dict[tuple[object, ...], Encoded] = {}
        self._drawing = asyncio.Lock()

    def exact(self) -> dict[str, Route]:
        """Return the routes for whole addresses."""
        return {
            WORKER: Route(self.worker, limit="misses"),
            OFFLINE: Route(self.offline),
            VERSION: Route(self.version, limit="misses"),
        }

    def prefixes(self) -> dict[str, Route]:
        """Return the routes for beginnings of addresses."""
        return {
            "/app.": Route(partial(self.manifest, "portal"), limit="misses"),
            "/admin.": Route(partial(self.manifest, "admin"), limit="misses"),
            "/ikon/": Route(self.icon, limit="misses"),
        }

    def worker(self, request: HotRequest) -> Reply:
        """Answer with the service worker, or with the one that ends all before it."""
        return self._keep(("worker",), self._draw_worker, _SCRIPT).reply(request)

    def offline(self, request: HotRequest) -> Reply:
        """Answer with the page that stands in for all others where there is no network."""
        language = visitor_of_scope(request.scope).language
        draw = partial(self._draw_offline, language)
        return self._keep(("offline", language), draw, HTML, _VARY).reply(request)

    def version(self, request: HotRequest) -> Reply:
        """Answer an open page that asks which build runs."""

        def draw() -> bytes:
            return json.dumps({"build": self._assets.build}).encode()

        return self._keep(("version",), draw, JSON).reply(request)

    def manifest(self, app: App, request: HotRequest) -> Reply:
        """Answer with a manifest: `id.webmanifest` after the beginning names its language."""
        language, _, rest = request.rest.partition(".")
        if rest != "webmanifest" or language not in self._pages.texts:
            raise NotFound("manifest.unknown", "There is no such manifest.")
        draw = partial(self._draw_manifest, app, language)
        return self._keep(("manifest", app, language), draw, _MANIFEST).reply(request)

    def icon(self, request: HotRequest) -> Answer:
        """Answer with an icon."""
        asked = _ICON.fullmatch(request.rest)
        if asked is None or int(asked[3]) not in SIDES_PX:
            raise NotFound("icon.unknown", "There is no such icon.")
        kept = self._found(("icon", asked[0]))
        if kept is not None:
            return kept.reply(request)
        return self._draw_icon(asked, request)

    def icon_version(self) -> str:
        """Return what changes the addresses of icons when they become others."""
        site = self._pages.site
        return hashlib.sha256(f"{site.icon} {site.colour}".encode()).hexdigest()[:8]

    def _draw_worker(self) -> bytes:
        if not self._pages.site.has_app:
            return self._assets.body("sw_end.js")
        pages = [self._draw_offline(language) for language in sorted(self._pages.texts)]
        names = ("offline-page.css", "js/early.js", "js/offline.js")
        files = [*map(self._assets.url, names), *filter(None, [self._pages.site.theme])]
        told = {
            # What the shell holds names its cache; the build alone would leave out the site's name.
            "shell": hashlib.sha256(b"".join([*pages, *map(str.encode, files)])).hexdigest()[:12],
            "offline": OFFLINE,
            "files": files,
            "assets": PREFIX,
            "never": NEVER,
            "build": self._assets.build,
        }
        text = json.dumps(told, separators=(",", ":"))
        return f"const BUILD = {text};\n".encode() + self._assets.body("sw.js")

    def _draw_offline(self, language: Language) -> bytes:
        return self._pages.render("portal/offline.html", language, {})

    def _draw_manifest(self, app: App, language: Language) -> bytes:
        draw = portal_manifest if app == "portal" else admin_manifest
        texts, speech = self._pages.texts[language], speech_of(language)
        return draw(self._pages.site, speech, texts, version=self.icon_version())

    async def _draw_icon(self, asked: re.Match[str], request: HotRequest) -> Reply:
        # One at a time: they are asked for together, and each costs tens of milliseconds.
        async with self._drawing:
            kept = self._found(("icon", asked[0]))
            if kept is not None:
                return kept.reply(request)
            site = self._pages.site
            data = await asyncio.to_thread(
                app_icon,
                await self._own_icon(),
                app=cast("App", asked[1]),
                shape=cast("Shape", asked[2]),
                side_px=int(asked[3]),
                colour=site.colour,
            )
        page = Encoded(data, content_type=_PNG, cache_control=_A_DAY)
        if site is self._pages.site:
            self._kept["icon", asked[0]] = page
        return page.reply(request)

    def _found(self, key: tuple[object, ...]) -> Encoded | None:
        if self._of is not self._pages.site or len(self._kept) > _MOST_KEPT:
            self._of = self._pages.site
            self._kept.clear()
        return self._kept.get(key)

    def _keep(
        self,
        key: tuple[object, ...],
        draw: Callable[[], bytes],
        content_type: bytes,
        *headers: Header,
    ) -> Encoded:
        page = self._found(key)
        if page is None:
            page = Encoded(draw(), content_type=content_type, headers=headers)
            self._kept[key] = page
        return page
