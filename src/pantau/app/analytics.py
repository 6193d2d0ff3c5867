"""How much is watched, as every web process tells it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter

from pantau.analytics.api import AnalyticsApi
from pantau.analytics.exporting import Exporter
from pantau.analytics.live import LiveFeed
from pantau.analytics.popular import Popular
from pantau.analytics.service import Analytics, Watching
from pantau.analytics.values import CameraStates
from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.operations.dashboard import counted
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
