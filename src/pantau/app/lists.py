"""Everything public that is ready before anybody asks: lists, texts, the configuration."""

from collections.abc import Callable, Mapping

from pantau.app.areas import area_service
from pantau.app.edge import Entrance
from pantau.app.foundation import Foundation
from pantau.areas.public import area_routes
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.db.changes import TOPICS
from pantau.operations.configuration import ConfigurationRoutes, looks_of
from pantau.site.api import site_routes
from pantau.streaming.api import StreamRoutes, StreamTickets
from pantau.streaming.snapshots import StreamSnapshots
from pantau.web.assets import Assets
from pantau.web.exchange import Route
from pantau.web.response_cache import ResponseCache


def open_cache(base: Foundation, supervisor: Supervisor) -> ResponseCache:
    """Return the cache of this process, emptied part by part as things change."""
    limits = base.settings.cache
    cache = ResponseCache(
        clock=base.clock,
        spawn=supervisor.spawn,
        most_entries=limits.most_entries,
        most_bytes=limits.most_bytes,
    )
    supervisor.add(Service("web.response_cache", cache.run))
    for topic in TOPICS:
        base.database.changes.on(topic, forgetting(cache, topic))
    # The snapshot follows a moment after the database: an answer made between the two is old.
    base.site.on_change(forgetting(cache, "site"))
    return cache


def forgetting(cache: ResponseCache, topic: str) -> Callable[[], None]:
    """Return what has `cache` forget everything that rests on `topic`."""

    def forget() -> None:
        cache.invalidate_tag(topic)

    return forget


def stream_lists(
    catalogue: Catalogue,
    entrance: Entrance,
    cache: ResponseCache,
    base: Foundation,
    supervisor: Supervisor,
) -> tuple[dict[str, Route], dict[str, Route]]:
    """Return the exact and the prefix routes of cameras and streams."""
    public_url = base.settings.public_url
    snapshots = StreamSnapshots(catalogue, clock=base.clock, public_url=public_url)
    supervisor.add(Service("streaming.snapshots", snapshots.run))
    tickets = StreamTickets(
        catalogue,
        entrance.visitors,
        entrance.tokens,
        public_url=public_url,
        hotlinks=entrance.hotlinks,
    )
    routes = StreamRoutes(snapshots, tickets)
    rebuild = snapshots.rebuild
    return (
        cache.counted(routes.exact(), rebuild=rebuild),
        cache.counted(routes.prefixes(), rebuild=rebuild),
    )


def site_lists(cache: ResponseCache, base: Foundation, assets: Assets) -> Mapping[str, Route]:
    """Return the routes of areas, texts and the configuration."""
    settings = base.settings
    areas = area_service(base)
    site = base.site
    looks = looks_of(site, icon_url=assets.url("logo.svg"))
    configuration = ConfigurationRoutes(
        cache, looks=looks, public_url=settings.public_url, clock=base.clock
    )
    return {**area_routes(areas, cache), **site_routes(site, cache), **configuration.exact()}
