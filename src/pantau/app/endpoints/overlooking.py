"""The hub at one moment and over time: what pages and endpoints tell of it."""

from collections.abc import Sequence
from typing import Final, NoReturn

from fastapi import APIRouter

from pantau.admin.analytics import AnalyticsPages, AnalyticsServices
from pantau.admin.overview import Measures
from pantau.admin.pages import MakePages
from pantau.admin.performance import PerformancePages
from pantau.analytics.service import Analytics
from pantau.app.areas import area_service
from pantau.app.foundation import Foundation
from pantau.app.house import House
from pantau.audit.reading import AuditReader
from pantau.operations.dashboard import Dashboard, Sources
from pantau.operations.dashboard_api import DashboardApi
from pantau.operations.performance_api import PerformanceApi
from pantau.operations.processes import Processes

_MEDIA_SILENT_S: Final = 10.0


class Overlooking:
    """What tells how the hub is; pages and endpoints use the same."""

    def __init__(self, house: House, analytics: Analytics) -> None:
        self._house = house
        self._analytics = analytics
        self._dashboard: Final = Dashboard(_sources(house))

    def routers(self) -> tuple[APIRouter, ...]:
        """Return the endpoints."""
        base = self._house.base
        return (
            DashboardApi(self._dashboard, zone=base.site.zone).endpoints.router,
            PerformanceApi(self._house.processes, base.clock).endpoints.router,
        )

    def measures(self) -> Measures:
        """Return what the overview shows."""
        house = self._house
        return Measures(
            health=house.sights.monitor.report,
            pool=house.base.database.stats,
            cache=house.cache.stats,
            dashboard=self._dashboard,
            last_hour=house.machine.last_hour,
            short=self._analytics.short,
        )

    def pages(self) -> tuple[MakePages, ...]:
        """Return the pages about watching and about how everything does."""
        house = self._house
        services = AnalyticsServices(
            analytics=self._analytics,
            history=house.sights.streaming.viewing.viewers,
            catalogue=house.sights.catalogue,
        )
        processes, clock = house.processes, house.base.clock
        return (
            lambda frame: AnalyticsPages(frame, services),
            lambda frame: PerformancePages(frame, processes=processes, clock=clock),
        )


def described_dashboard(base: Foundation) -> tuple[APIRouter, ...]:
    """Return the endpoints where nothing runs, for the description of the API."""
    processes = Processes(base.settings.sockets_dir, base.clock)
    return (
        DashboardApi(_Nobody(), zone=base.site.zone).endpoints.router,
        PerformanceApi(processes, base.clock).endpoints.router,
    )


def _sources(house: House) -> Sources:
    base, sights, footage = house.base, house.sights, house.replaying.footage
    viewers = sights.streaming.viewing.viewers
    areas, reader = area_service(base), AuditReader(base.database)

    async def count_areas() -> int:
        return len(await areas.public())

    def is_media_connected() -> bool:
        ago_s = sights.states.answered_ago_s
        return ago_s is not None and ago_s <= _MEDIA_SILENT_S

    return Sources(
        catalogue=sights.catalogue,
        paths=lambda: sights.states.reports,
        is_media_connected=is_media_connected,
        sessions=viewers.live,
        counts=viewers.counts,
        areas=count_areas,
        recent=reader.recent,
        machine=house.machine.now,
        recorders=lambda: footage.recording.book.known,
        storage=footage.keeping.storage,
        storage_alarms=footage.keeping.alarms,
        health_alarms=lambda: house.managing.health.book.recent_alarms,
        health=sights.monitor.report,
        cache=house.cache.stats,
        pool=base.database.stats,
        now=base.clock.now,
    )


class _Nobody:
    """Knows nothing and is not asked."""

    async def snapshot(self) -> NoReturn:
        raise RuntimeError("a description asks nothing")

    async def recent(self, limit: int = 10) -> Sequence[NoReturn]:
        raise RuntimeError(f"a description asks for no {limit} entries")
