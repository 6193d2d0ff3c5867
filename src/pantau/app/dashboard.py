"""The dashboard: the machine watched in the web process, and the hub at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from fastapi import APIRouter

from pantau.admin.analytics import AnalyticsPages, AnalyticsServices
from pantau.admin.overview import Measures
from pantau.admin.pages import MakePages
from pantau.admin.performance import PerformancePages
from pantau.analytics.service import Analytics
from pantau.app.areas import area_service
from pantau.app.footage import Footage
from pantau.app.foundation import Foundation
from pantau.app.health import Health
from pantau.app.sights import Sights
from pantau.audit.reading import AuditReader
from pantau.core.supervisor import Service, Supervisor
from pantau.operations.dashboard import Dashboard, Sources
from pantau.operations.dashboard_api import DashboardApi
from pantau.operations.machine_watch import MachineWatch
from pantau.operations.performance_api import PerformanceApi
from pantau.operations.processes import Processes
from pantau.web.response_cache import ResponseCache

_MEDIA_SILENT_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlooking:
    """What tells how the hub is; pages and endpoints use the same."""

    base: Foundation
    sights: Sights
    cache: ResponseCache
    dashboard: Dashboard
    watch: MachineWatch
    processes: Processes

    def routers(self) -> tuple[APIRouter, ...]:
        """Return the endpoints."""
        return (
            DashboardApi(self.dashboard, zone=self.base.site.zone).endpoints.router,
            PerformanceApi(self.processes, self.base.clock).endpoints.router,
        )

    def measures(self, analytics: Analytics) -> Measures:
        """Return what the overview shows."""
        return Measures(
            health=self.sights.monitor.report,
            pool=self.base.database.stats,
            cache=self.cache.stats,
            dashboard=self.dashboard,
            last_hour=self.watch.last_hour,
            short=analytics.short,
        )

    def pages(self, analytics: Analytics) -> tuple[MakePages, ...]:
        """Return the pages about watching and about how everything does."""
        services = AnalyticsServices(
            analytics=analytics,
            history=self.sights.streaming.viewing.viewers,
            catalogue=self.sights.catalogue,
        )
        return (
            lambda frame: AnalyticsPages(frame, services),
            lambda frame: PerformancePages(frame, processes=self.processes, clock=self.base.clock),
        )


def open_overlooking(
    base: Foundation,
    sights: Sights,
    cache: ResponseCache,
    supervisor: Supervisor,
    *,
    footage: Footage,
    health: Health,
) -> Overlooking:
    """Return it with the machine being watched."""
    viewers = sights.streaming.viewing.viewers
    watch = MachineWatch(
        base.clock,
        folders=_folders(base),
        viewers=lambda: sum(viewers.counts().values()),
    )
    supervisor.add(Service("operations.machine", watch.run))
    sources = _sources(base, sights, cache, watch, footage=footage, health=health)
    return Overlooking(
        base=base,
        sights=sights,
        cache=cache,
        dashboard=Dashboard(sources),
        watch=watch,
        processes=Processes(base.settings.sockets_dir, base.clock),
    )


def described_dashboard(base: Foundation) -> tuple[APIRouter, ...]:
    """Return the endpoints where nothing runs, for the description of the API."""
    processes = Processes(base.settings.sockets_dir, base.clock)
    return (
        DashboardApi(_Nobody(), zone=base.site.zone).endpoints.router,
        PerformanceApi(processes, base.clock).endpoints.router,
    )


def _sources(
    base: Foundation,
    sights: Sights,
    cache: ResponseCache,
    watch: MachineWatch,
    *,
    footage: Footage,
    health: Health,
) -> Sources:
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
        machine=watch.now,
        recorders=lambda: footage.recording.book.known,
        storage=footage.keeping.storage,
        storage_alarms=footage.keeping.alarms,
        health_alarms=lambda: health.book.recent_alarms,
        health=sights.monitor.report,
        cache=cache.stats,
        pool=base.database.stats,
        now=base.clock.now,
    )


class _Nobody:
    """Knows nothing and is not asked."""

    async def snapshot(self) -> NoReturn:
        raise RuntimeError("a description asks nothing")

    async def recent(self, limit: int = 10) -> Sequence[NoReturn]:
        raise RuntimeError(f"a description asks for no {limit} entries")


def _folders(base: Foundation) -> dict[str, Path]:
    settings = base.settings
    return {"data": settings.data_dir, **{str(each): each for each in settings.recordings.dirs}}
