"""How much is watched, as pages and endpoints tell it."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter

from pantau.analytics.api import AnalyticsApi
from pantau.analytics.exporting import Exporter
from pantau.analytics.live import LiveFeed
from pantau.analytics.service import Analytics, Watching
from pantau.analytics.values import CameraStates
from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.operations.dashboard import counted
from pantau.web.client_address import ClientAddresses
from pantau.web.principal import Resolver


def analytics_of(base: Foundation, catalogue: Catalogue, watching: Watching) -> Analytics:
    """Return it; starts nothing."""

    def states() -> CameraStates:
        # The same counting as on the dashboard.
        found = counted(catalogue)
        return CameraStates(
            total=found.total,
            online=found.online,
            offline=found.offline,
            maintenance=found.maintenance,
        )

    return Analytics(
        base.database,
        watching=watching,
        camera_states=states,
        camera_names=_names_of(catalogue),
        zone=base.site.zone,
        clock=base.clock,
    )


def analytics_router(
    base: Foundation,
    catalogue: Catalogue,
    analytics: Analytics,
    *,
    clients: ClientAddresses,
    resolver: Resolver,
    is_stopping: Callable[[], bool],
) -> APIRouter:
    """Return the endpoints; live streams end once `is_stopping`."""
    exporter = Exporter(
        base.database,
        trail=base.trail,
        camera_names=_names_of(catalogue),
        zone=base.site.zone,
        clock=base.clock,
    )
    api = AnalyticsApi(
        analytics,
        feed=LiveFeed(analytics, is_stopping=is_stopping, clock=base.clock),
        exporter=exporter,
        resolver=resolver,
        clients=clients,
    )
    return api.endpoints.router


def _names_of(catalogue: Catalogue) -> Callable[[], Mapping[int, str]]:
    return lambda: {int(camera.id): camera.name for camera in catalogue.all()}
