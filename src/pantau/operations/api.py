"""`/api/cache`, its doubles under `/api/admin`, the pool's statistics and `/metrics`."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from pantau.accounts.client import client_of
from pantau.accounts.trail import actor_at
from pantau.audit.actors import Actor
from pantau.core.metrics import CONTENT_TYPE, Exposition
from pantau.db.statistics import PoolStatistics
from pantau.operations.cache_control import CacheControl
from pantau.operations.schemas import (
    CacheStatisticsAnswer,
    Cleared,
    ClearedAnswer,
    ClearedCount,
    Invalidated,
    Pattern,
    PoolAnswer,
    statistics_of,
)
from pantau.web.access import admins
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import refusals
from pantau.web.principal import Principal

_LOOK = admins("metrics:read")
_DROP = admins("cache:write")
_REFUSED = refusals(401, 403, 429)
_REFUSED_DROP = refusals(400, 401, 403, 429, 503)
_EXPOSED: dict[int | str, dict[str, Any]] = {
    **_REFUSED,
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
}
_DROPPED = "The cache is empty; answers are built anew as they are asked for."


def cache_endpoints(control: CacheControl, clients: ClientAddresses) -> tuple[APIRouter, ...]:
    """Return the endpoints that show and empty the response cache."""
    documented, admin = Endpoints("/api/cache", tag="cache"), Endpoints("/api/admin", tag="cache")

    async def actor(
        request: Request, principal: Annotated[Principal, Depends(current_principal)]
    ) -> Actor:
        return actor_at(client_of(request.scope, clients), principal)

    @documented.get("/stats", access=_LOOK, responses=_REFUSED)
    @admin.get("/cache/stats", access=_LOOK, responses=_REFUSED)
    async def stats() -> CacheStatisticsAnswer:
        """Statistics of the cache of this process."""
        return CacheStatisticsAnswer(data=statistics_of(control.stats()))

    @documented.post("/invalidate", access=_DROP, responses=_REFUSED_DROP)
    async def invalidate(wanted: Pattern, by: Annotated[Actor, Depends(actor)]) -> Invalidated:
        """Drop the answers whose path begins with `pattern`, in every process."""
        count = await control.invalidate(wanted.pattern, by=by)
        return Invalidated(message=f"Dropped {count} cached answers.", count=count)

    @documented.post("/clear", access=_DROP, responses=_REFUSED_DROP)
    async def clear(by: Annotated[Actor, Depends(actor)]) -> Cleared:
        """Drop every answer, in every process."""
        await control.clear(by=by)
        return Cleared(message=_DROPPED)

    @admin.post("/cache/clear", access=_DROP, responses=_REFUSED_DROP)
    async def clear_and_count(by: Annotated[Actor, Depends(actor)]) -> ClearedAnswer:
        """Drop every answer, in every process, and tell how many this one had."""
        count = await control.clear(by=by)
        return ClearedAnswer(message=_DROPPED, data=ClearedCount(cleared=count))

    return documented.router, admin.router


def statistics_endpoints(
    pool: Callable[[], PoolStatistics], exposition: Exposition
) -> tuple[APIRouter, ...]:
    """Return the endpoints for those who watch over the hub."""
    admin, plain = Endpoints("/api/admin", tag="operations"), Endpoints("", tag="operations")

    @admin.get("/database/stats", access=_LOOK, responses=_REFUSED)
    async def database_stats() -> PoolAnswer:
        """What the pool of database connections of this process did."""
        return PoolAnswer(data=pool().as_reference())

    @plain.get("/metrics", access=_LOOK, response_class=Response, responses=_EXPOSED)
    async def metrics() -> Response:
        """All metrics of this hub as this process knows them, in the text format of Prometheus."""
        return Response(await exposition.prepared_text(), headers={"content-type": CONTENT_TYPE})

    return admin.router, plain.router
