"""`/api/areas/public` and `/filters`: two routes of the fast lane, for everybody."""

from collections.abc import Mapping
from typing import Final

from pantau.areas.schemas import AreaFilters, AreaList
from pantau.areas.service import AreaService
from pantau.web.exchange import Route
from pantau.web.hot_paths import HotPath
from pantau.web.response_cache import ResponseCache, Ttl

PUBLIC: Final = "/api/areas/public"
FILTERS: Final = "/api/areas/filters"

DOCUMENTED: Final = (
    HotPath(PUBLIC, "Areas with their numbers of cameras", "areas", AreaList),
    HotPath(FILTERS, "What lists of cameras can be narrowed by", "areas", AreaFilters),
)


def area_routes(areas: AreaService, cache: ResponseCache) -> Mapping[str, Route]:
    """Return the routes for whole addresses."""

    async def public(_: Mapping[str, str]) -> bytes:
        return AreaList(data=await areas.public()).model_dump_json().encode()

    async def filters(_: Mapping[str, str]) -> bytes:
        return AreaFilters(data=await areas.filters()).model_dump_json().encode()

    return {
        PUBLIC: cache.endpoint(PUBLIC, ttl=Ttl.LONG, tags=("areas", "cameras"), build=public),
        FILTERS: cache.endpoint(FILTERS, ttl=Ttl.VERY_LONG, tags=("areas",), build=filters),
    }
