"""What the endpoints for operators take and give, field by field."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from pantau.core.shapes import Shape
from pantau.web.response_cache import CacheStats, EndpointStats

_AS_CLIENTS_KNOW_IT = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class EndpointHits(Shape):
    """How one cached endpoint does."""

    model_config = _AS_CLIENTS_KNOW_IT

    path: str
    ttl_s: Annotated[float | None, Field(alias="ttlSeconds")]
    """Nothing where the answer is rebuilt when data changes, and never waited for."""
    hits: int
    misses: int
    hit_rate: str
    hit_rate_hour: Annotated[str, Field(alias="hitRate1h")]
    hit_rate_day: Annotated[str, Field(alias="hitRate24h")]
    entries: int
    bytes: int


class CacheStatistics(Shape):
    """The response cache of the process that answers."""

    model_config = _AS_CLIENTS_KNOW_IT

    hits: int
    misses: int
    sets: int
    deletes: int
    invalidations: int
    hit_rate: str
    hit_rate_hour: Annotated[str, Field(alias="hitRate1h")]
    hit_rate_day: Annotated[str, Field(alias="hitRate24h")]
    size: int
    bytes: int
    keys: list[str]
    endpoints: list[EndpointHits]


class CacheStatisticsAnswer(Shape):
    """Answer of `GET /api/cache/stats`."""

    success: bool = True
    data: CacheStatistics


class Pattern(Shape):
    """What to drop: the beginning of a path."""

    model_config = ConfigDict(extra="forbid")

    pattern: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Invalidated(Shape):
    """Answer of `POST /api/cache/invalidate`."""

    success: bool = True
    message: str
    count: int


class Cleared(Shape):
    """Answer of `POST /api/cache/clear`."""

    success: bool = True
    message: str


class ClearedCount(Shape):
    """How many answers were dropped."""

    cleared: int


class ClearedAnswer(Shape):
    """Answer of `POST /api/admin/cache/clear`."""

    success: bool = True
    message: str
    data: ClearedCount


class PoolAnswer(Shape):
    """Answer of `GET /api/admin/database/stats`."""

    success: bool = True
    data: dict[str, int | float | bool | str]


def statistics_of(stats: CacheStats) -> CacheStatistics:
    """Return the statistics as clients know them."""
    return CacheStatistics(
        hits=stats.total.hits,
        misses=stats.total.misses,
        sets=stats.sets,
        deletes=stats.deletes,
        invalidations=stats.invalidations,
        hit_rate=stats.total.rate,
        hit_rate_hour=stats.hour.rate,
        hit_rate_day=stats.day.rate,
        size=len(stats.keys),
        bytes=stats.size_bytes,
        keys=list(stats.keys),
        endpoints=[_endpoint(each) for each in stats.endpoints],
    )


def _endpoint(stats: EndpointStats) -> EndpointHits:
    return EndpointHits(
        path=stats.path,
        ttl_s=stats.ttl_s,
        hits=stats.total.hits,
        misses=stats.total.misses,
        hit_rate=stats.total.rate,
        hit_rate_hour=stats.hour.rate,
        hit_rate_day=stats.day.rate,
        entries=stats.entries,
        bytes=stats.size_bytes,
    )
