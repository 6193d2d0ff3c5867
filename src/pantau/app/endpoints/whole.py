"""All of it, joined to one application of the framework."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI

from pantau.app.accounts import Accounts
from pantau.app.community import Community
from pantau.app.doors import Doors
from pantau.app.endpoints.accounts import account_routers
from pantau.app.endpoints.alerts import alerts_of
from pantau.app.endpoints.analytics import analytics_of, analytics_router
from pantau.app.endpoints.api import build_api
from pantau.app.endpoints.cameras import managing_routers
from pantau.app.endpoints.community import community_forms, community_routers
from pantau.app.endpoints.footage import footage_routers, link_router
from pantau.app.endpoints.operators import operators_pages
from pantau.app.endpoints.overlooking import Overlooking
from pantau.app.endpoints.releases import release_desk, release_router
from pantau.app.endpoints.site import site_routers, sponsor_routers
from pantau.app.endpoints.viewers import viewer_router
from pantau.app.footage import Footage
from pantau.app.foundation import Foundation
from pantau.app.house import House
from pantau.app.managing import Managing
from pantau.app.pages import Papers
from pantau.app.sponsors import Sponsoring
from pantau.core.metrics import Exposition
from pantau.notifications.alerts import Alerts
from pantau.operations.api import cache_endpoints, statistics_endpoints
from pantau.operations.cache_control import CacheControl
from pantau.operations.metrics import Measuring, Sources
from pantau.operations.release.desk import ReleaseDesk
from pantau.web.endpoints import add_routes
from pantau.web.response_cache import ResponseCache
from pantau.web.traffic import Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What most endpoints are made of, of a hub that runs or of one that is only described."""

    base: Foundation
    accounts: Accounts
    doors: Doors
    cache: ResponseCache
    exposition: Exposition
    managing: Managing
    alerts: Alerts
    footage: Footage
    community: Community
    sponsoring: Sponsoring


def whole_application(
    house: House, papers: Papers, traffic: Traffic, *, is_stopping: Callable[[], bool]
) -> FastAPI:
    """Return the application, and let operators' pages draw their refusals from now on."""
    base, doors, catalogue = house.base, house.doors, house.sights.catalogue
    viewing = house.sights.streaming.viewing
    alerts, releases = alerts_of(base, catalogue), release_desk(base)
    analytics = analytics_of(base, catalogue, viewing.viewers)
    overlooking = Overlooking(house, analytics)
    measuring = Measuring(_measured(house, traffic, releases))
    operators = operators_pages(
        house, papers.pages, alerts=alerts, overlooking=overlooking, releases=releases
    )
    footage = house.replaying.footage
    api = build_api(papers.problems)
    add_routes(
        api,
        (
            *routers_of(
                Parts(
                    base=base,
                    accounts=house.accounts,
                    doors=doors,
                    cache=house.cache,
                    exposition=Exposition(measuring, prepare=measuring.prepare),
                    managing=house.managing,
                    alerts=alerts,
                    footage=footage,
                    community=house.community,
                    sponsoring=house.sponsoring,
                )
            ),
            viewer_router(viewing),
            analytics_router(
                base,
                catalogue,
                analytics,
                clients=doors.clients,
                resolver=house.accounts.signing_in.resolver,
                is_stopping=is_stopping,
            ),
            *overlooking.routers(),
            release_router(releases),
            link_router(footage, papers.pages, doors),
            *community_forms(house.community, papers.pages, doors),
            operators.endpoints.router,
        ),
    )
    papers.refusals.draw = operators.refusals(papers.refusals.draw)
    return api


def routers_of(parts: Parts) -> tuple[APIRouter, ...]:
    """Return the endpoints that need nothing that runs."""
    base, clients = parts.base, parts.doors.clients
    return (
        *account_routers(base, parts.accounts, parts.doors),
        *site_routers(base, parts.accounts, clients),
        *managing_routers(parts.managing, parts.alerts, clients),
        *footage_routers(parts.footage, clients),
        *community_routers(parts.community, clients),
        *cache_endpoints(CacheControl(parts.cache, base.database, base.trail), clients),
        *statistics_endpoints(base.database.stats, parts.exposition),
        *sponsor_routers(parts.sponsoring, clients),
    )


def _measured(house: House, traffic: Traffic, releases: ReleaseDesk) -> Sources:
    sights, footage = house.sights, house.replaying.footage
    return Sources(
        cache=house.cache,
        pool=house.base.database.stats,
        traffic=traffic,
        catalogue=sights.catalogue,
        presence=sights.streaming.presence,
        edge=sights.streaming.edge,
        monitor=sights.monitor,
        events=house.base.trail,
        recorders=lambda: footage.recording.book.known,
        storage=footage.keeping.storage,
        machine=house.machine.now,
        processes=house.processes,
        clock=house.base.clock,
        releases=releases.figures,
    )
