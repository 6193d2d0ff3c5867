"""The dashboard: the machine watched in the web process, and the hub at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter

from pantau.app.areas import area_service
from pantau.app.footage import Footage
from pantau.app.foundation import Foundation
from pantau.app.health import Health
from pantau.app.sights import Sights
from pantau.audit.reading import AuditReader
from pantau.core.supervisor import Service, Supervisor
from pantau.operations.dashboard import Dashboard, Sources
from pantau.operations.dashboard_api import DashboardApi
from pantau.operations.machine_watch import MachineWatch, Moment
from pantau.viewers.service import Viewers
from pantau.web.response_cache import ResponseCache

_MEDIA_SILENT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlooking:
    """What tells how the hub is; pages and endpoints use the same."""

    base: Foundation
    dashboard: Dashboard
    watch: MachineWatch

    def router(self) -> APIRouter:
        """Return the endpoint."""
        return DashboardApi(self.dashboard, zone=self.base.site.zone).endpoints.router

    def last_hour(self) -> Sequence[Moment]:
        """Return what was seen of the machine."""
        return self.watch.last_hour()


def overlooking_of(
    base: Foundation,
    sights: Sights,
    cache: ResponseCache,
    *,
    viewers: Viewers,
    footage: Footage,
    health: Health,
) -> Overlooking:
    """Return it; starts nothing."""
    watch = MachineWatch(
        base.clock,
        folders=_folders(base),
        viewers=lambda: sum(viewers.counts().values()),
    )
    areas, reader = area_service(base), AuditReader(base.database)

    async def count_areas() -> int:
        return len(await areas.public())

    def is_media_connected() -> bool:
        ago_s = sights.states.answered_ago_s
        return ago_s is not None and ago_s <= _MEDIA_SILENT_S

    sources = Sources(
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
    return Overlooking(base=base, dashboard=Dashboard(sources), watch=watch)


def start_watching(overlooking: Overlooking, supervisor: Supervisor) -> None:
    """Look at the machine from now on."""
    supervisor.add(Service("operations.machine", overlooking.watch.run))


def _folders(base: Foundation) -> dict[str, Path]:
    settings = base.settings
    return {"data": settings.data_dir, **{str(each): each for each in settings.recordings.dirs}}
