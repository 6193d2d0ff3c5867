"""`/api/config`: what a client must know before it can do anything, and the web app manifest."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from pantau import __version__
from pantau.core.clock import Clock
from pantau.core.shapes import Shape
from pantau.site.editing import ICON_PX, SMALL_ICON_PX
from pantau.site.pictures import picture_path
from pantau.site.service import SiteService
from pantau.web.exchange import Route
from pantau.web.hot_paths import HotPath
from pantau.web.response_cache import ResponseCache, Ttl

_MANIFEST_TYPE: Final = "application/manifest+json"
_TAG: Final = "site"
_UNNAMED: Final = "Pantau"
_SHORT_NAME_CHARS: Final = 12
"""What fits below an icon on a phone."""
_PAPER: Final = "#f6f8f9"
"""What pages lie on in the light theme (`ui/static/tokens.css`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppLooks:
    """What the installed web app looks like; colours as `#rrggbb`."""

    name: str
    short_name: str
    description: str = ""
    theme_color: str
    background_color: str
    icon_url: str
    """Address of our SVG: it fits every size."""
    own_icons: Mapping[int, str] = field(default_factory=dict)
    """The operator's icons, which are PNG, by their side in px; instead of ours."""
    language: str = "id"


def looks_of(site: SiteService, *, icon_url: str) -> Callable[[], Awaitable[AppLooks]]:
    """Return the question how the site looks now."""

    async def ask() -> AppLooks:
        values = await site.values()
        branding, pictures = values.branding, values.pictures
        name = branding.company_name or _UNNAMED
        sides = {SMALL_ICON_PX: pictures.small_icon, ICON_PX: pictures.icon}
        return AppLooks(
            name=name,
            short_name=name[:_SHORT_NAME_CHARS].strip(),
            description=branding.company_description,
            theme_color=branding.primary_color,
            background_color=_PAPER,
            icon_url=icon_url,
            own_icons={side: picture_path(key, "png") for side, key in sides.items() if key},
        )

    return ask


class PublicConfiguration(Shape):
    """Where the API is; empty texts mean the address that the client came from."""

    apiUrl: str  # noqa: N815 - the names that existing clients know
    frontendDomain: str  # noqa: N815
    serverIp: str  # noqa: N815
    portPublic: str  # noqa: N815
    protocol: str
    wsProtocol: str  # noqa: N815
    timestamp: str


class PublicConfigurationAnswer(Shape):
    """Answer of `GET /api/config/public`."""

    success: bool = True
    data: PublicConfiguration


class Version(Shape):
    """What runs here."""

    name: str
    version: str
    environment: str
    timestamp: str


class VersionAnswer(Shape):
    """Answer of `GET /api/config/version`."""

    success: bool = True
    data: Version


DOCUMENTED: Final = (
    HotPath("/api/config/public", "Where the API is", "config", PublicConfigurationAnswer),
    HotPath("/api/config/version", "What runs here", "config", VersionAnswer),
    HotPath("/api/config/manifest", "Web app manifest", "config", _MANIFEST_TYPE),
)


class ConfigurationRoutes:
    """Answers through the response cache; `looks` is asked when the site has changed."""

    def __init__(
        self,
        cache: ResponseCache,
        *,
        looks: Callable[[], Awaitable[AppLooks]],
        public_url: str,
        clock: Clock,
    ) -> None:
        self._cache = cache
        self._looks = looks
        self._public_url = public_url
        self._clock = clock

    def exact(self) -> dict[str, Route]:
        """Return the routes for whole addresses."""
        endpoint = self._cache.endpoint
        return {
            "/api/config/public": endpoint(
                "/api/config/public", ttl=Ttl.SHORT, tags=(), build=self._public
            ),
            "/api/config/version": endpoint(
                "/api/config/version", ttl=Ttl.SHORT, tags=(_TAG,), build=self._version
            ),
            "/api/config/manifest": endpoint(
                "/api/config/manifest",
                ttl=Ttl.HOUR,
                tags=(_TAG,),
                build=self._manifest,
                content_type=_MANIFEST_TYPE.encode(),
                cache_control=b"public, max-age=3600",
            ),
        }

    async def _public(self, _: Mapping[str, str]) -> bytes:
        # Only what the operator wrote down: an address taken from a visitor's Host header would be
        # kept and told to everybody.
        parts = urlsplit(self._public_url)
        is_https = parts.scheme == "https"
        port = parts.port or (443 if is_https else 80)
        host = parts.hostname or ""
        is_address = ":" in host or host.replace(".", "").isdigit()
        data = PublicConfiguration(
            apiUrl=self._public_url,
            frontendDomain="" if is_address else host,
            serverIp=host if is_address else "",
            portPublic=str(port) if host else "",
            protocol="https" if is_https else "http",
            wsProtocol="wss" if is_https else "ws",
            timestamp=self._now(),
        )
        return PublicConfigurationAnswer(data=data).model_dump_json().encode()

    async def _version(self, _: Mapping[str, str]) -> bytes:
        looks = await self._looks()
        data = Version(
            name=looks.name,
            version=__version__,
            environment="production",
            timestamp=self._now(),
        )
        return VersionAnswer(data=data).model_dump_json().encode()

    async def _manifest(self, _: Mapping[str, str]) -> bytes:
        looks = await self._looks()
        manifest = {
            "id": "/",
            "name": looks.name,
            "short_name": looks.short_name,
            "description": looks.description,
            "lang": looks.language,
            "dir": "ltr",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "theme_color": looks.theme_color,
            "background_color": looks.background_color,
            "icons": _icons(looks),
        }
        return json.dumps(manifest, ensure_ascii=False, separators=(",", ":")).encode()

    def _now(self) -> str:
        return self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _icons(looks: AppLooks) -> list[dict[str, str]]:
    own = [
        {"src": url, "sizes": f"{side}x{side}", "type": "image/png", "purpose": "any"}
        for side, url in looks.own_icons.items()
    ]
    ours = {"src": looks.icon_url, "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    return own or [ours]
