"""How much is watched: counted in the worker, told by every web process."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from fastapi import APIRouter

from pantau.analytics.api import AnalyticsApi
from pantau.analytics.exporting import Exporter
from pantau.analytics.live import LiveFeed
from pantau.analytics.popular import Popular
from pantau.analytics.roll_rows import count_views
from pantau.analytics.roller import Roller
from pantau.analytics.service import Analytics, Watching
from pantau.analytics.values import CameraStates
from pantau.app.foundation import Foundation, lay_foundation
from pantau.cameras.service import Catalogue
from pantau.core.clock import SystemClock
from pantau.core.supervisor import Service, Supervisor
from pantau.operations.dashboard import counted
from pantau.settings import Settings
from pantau.web.client_address import ClientAddresses
from pantau.web.principal import Resolver


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What one web process tells; pages and endpoints use the same."""

    base: Foundation
    analytics: Analytics
    exporter: Exporter

    def router(
        self, clients: ClientAddresses, resolver: Resolver, *, is_stopping: Callable[[], bool]
    ) -> APIRouter:
        """Return the endpoints; live streams end once `is_stopping`."""
        api = AnalyticsApi(
            self.analytics,
            feed=LiveFeed(self.analytics, is_stopping=is_stopping, clock=self.base.clock),
            exporter=self.exporter,
            resolver=resolver,
            clients=clients,
        )
        return api.endpoints.router


def numbers_of(base: Foundation, catalogue: Catalogue, watching: Watching) -> Numbers:
    """Return it; starts nothing."""

    def names() -> Mapping[int, str]:
        return {int(camera.id): camera.name for camera in catalogue.all()}

    def states() -> CameraStates:
        # The same counting as on the dashboard.
        found = counted(catalogue)
        return CameraStates(
            total=found.total,
            online=found.online,
            offline=found.offline,
            maintenance=found.maintenance,
        )

    return Numbers(
        base=base,
        analytics=Analytics(
            base.database,
            watching=watching,
            camera_states=states,
            camera_names=names,
            zone=base.site.zone,
            clock=base.clock,
        ),
        exporter=Exporter(
            base.database,
            trail=base.trail,
            camera_names=names,
            zone=base.site.zone,
            clock=base.clock,
        ),
    )


def open_popular(base: Foundation, supervisor: Supervisor) -> Popular:
    """Return what is popular, read by a service soon and then now and then."""
    popular = Popular(base.database, base.clock, base.site.zone)
    supervisor.add(Service("analytics.popular", popular.run))
    return popular


def roller_of(base: Foundation) -> Roller:
    """Return who counts; starts nothing."""
    return Roller(
        base.database,
        zone=base.site.zone,
        history_days=lambda: base.site.now().viewers.history_days,
        clock=base.clock,
    )


def start_counting(base: Foundation, supervisor: Supervisor) -> None:
    """Count views, in the worker."""
    supervisor.add(Service("analytics.roller", roller_of(base).run))


async def recount(settings: Settings, tell: Callable[[int, int], None]) -> int:
    """Count everything again, beside a running server or without one; return how many views.

    `tell` hears how many are done, and of how many.  Raises FoundationError and Problem.
    """
    clock = SystemClock()
    supervisor = Supervisor(clock)
    async with AsyncExitStack() as closing:
        closing.push_async_callback(supervisor.stop, deadline_s=2.0)
        base = await lay_foundation(settings, clock=clock, supervisor=supervisor, closing=closing)
        roller = roller_of(base)
        newest_id = await roller.recount()
        async with base.database.read() as reading:
            views = await count_views(reading)

        def hear(counted_id: int) -> None:
            tell(min(counted_id, newest_id), newest_id)

        await roller.catch_up(hear)
    return views
