"""What pages of the hub ask for first: names, texts and the map, as routes of the fast lane."""

from collections.abc import Callable, Mapping
from typing import Final

from pydantic import BaseModel

from pantau.site.schemas import (
    BrandingAnswer,
    LandingAnswer,
    MapCenterAnswer,
    public_branding,
    public_landing,
    public_map_center,
)
from pantau.site.service import SiteService
from pantau.site.values import SiteValues
from pantau.web.exchange import Route
from pantau.web.hot_paths import HotPath
from pantau.web.response_cache import ResponseCache, Ttl

BRANDING: Final = "/api/branding/public"
MAP_CENTER: Final = "/api/settings/map-center"
LANDING: Final = "/api/settings/landing-page"

DOCUMENTED: Final = (
    HotPath(BRANDING, "Names, texts and looks of the hub", "site", BrandingAnswer),
    HotPath(MAP_CENTER, "Where maps begin", "site", MapCenterAnswer),
    HotPath(LANDING, "Texts of the first page", "site", LandingAnswer),
)
_ANSWERS: Final[Mapping[str, Callable[[SiteValues], BaseModel]]] = {
    BRANDING: lambda values: BrandingAnswer(data=public_branding(values.branding)),
    MAP_CENTER: lambda values: MapCenterAnswer(data=public_map_center(values.map_center)),
    LANDING: lambda values: LandingAnswer(data=public_landing(values.landing)),
}


def site_routes(site: SiteService, cache: ResponseCache) -> Mapping[str, Route]:
    """Return the routes for whole addresses."""

    def route(path: str, answer: Callable[[SiteValues], BaseModel]) -> Route:
        async def build(_: Mapping[str, str]) -> bytes:
            return answer(await site.values()).model_dump_json().encode()

        return cache.endpoint(path, ttl=Ttl.VERY_LONG, tags=("site",), build=build)

    return {path: route(path, answer) for path, answer in _ANSWERS.items()}
