"""What a web process knows of cameras: the list, their states, streams, stills, and its health."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from pantau.app.cameras import catalogue_from
from pantau.app.edge import Entrance, Streaming, build_edge
from pantau.app.foundation import Foundation
from pantau.app.health import sweep_part
from pantau.app.keeping import keeping_of, storage_part
from pantau.app.media_server import media_server_client
from pantau.app.stills import shown_stills
from pantau.cameras.carriers import is_opened_by_the_web
from pantau.cameras.service import Catalogue
from pantau.core.build import build_id
from pantau.core.supervisor import Service, Supervisor
from pantau.db.liveness import Liveness
from pantau.health import probes
from pantau.health.api import HealthPages
from pantau.health.monitor import Monitor, Part
from pantau.streaming.live_states import LiveStates
from pantau.streaming.media_server import MediaServerClient
from pantau.thumbnails.service import Thumbnails


@dataclass(frozen=True, slots=True, kw_only=True)
class Sights:
    """All of it, kept up to date by services."""

    catalogue: Catalogue
    streaming: Streaming
    thumbnails: Thumbnails
    monitor: Monitor
    server: MediaServerClient
    states: LiveStates


async def open_sights(
    base: Foundation, entrance: Entrance, supervisor: Supervisor, closing: AsyncExitStack
) -> Sights:
    """Return them with their services under way; `closing` gets what must be closed at the end."""
    settings, clock = base.settings, base.clock
    catalogue = await catalogue_from(
        base.database,
        base.sealer,
        clock=clock,
        supervisor=supervisor,
        zone=base.site.zone,
        opens=is_opened_by_the_web,
    )
    server = media_server_client(settings)
    closing.push_async_callback(server.close)
    states = LiveStates(server, catalogue, clock)
    supervisor.add(Service("streaming.live_states", states.run))
    return Sights(
        catalogue=catalogue,
        streaming=await build_edge(base, catalogue, entrance, supervisor, closing),
        thumbnails=shown_stills(base, catalogue, entrance.visitors, supervisor, closing),
        monitor=_monitor(base, catalogue, states, supervisor),
        server=server,
        states=states,
    )


def health_pages(
    base: Foundation, monitor: Monitor, *, is_stopping: Callable[[], bool]
) -> HealthPages:
    """Return `/health` and its relatives."""
    return HealthPages(
        monitor,
        clock=base.clock,
        zone=base.site.zone,
        # What the guard and the fast lane do to every request; tests/safety proves each effect.
        security={
            "rateLimiting": True,
            "apiKeyValidation": True,
            "csrfProtection": True,
            "securityHeaders": True,
        },
        build=build_id,
        is_stopping=is_stopping,
    )


def _monitor(
    base: Foundation, catalogue: Catalogue, states: LiveStates, supervisor: Supervisor
) -> Monitor:
    settings, clock = base.settings, base.clock
    monitor = Monitor(
        [
            Part(
                "media_server",
                probes.media_server(lambda: states.answered_ago_s),
                essential=True,
            ),
            Part("worker", probes.worker(settings.sockets_dir, clock), essential=False),
            sweep_part(base),
            storage_part(keeping_of(base, catalogue)),
            # Viewers are served from memory: they notice nothing for a while.
            Part("database", probes.database(Liveness(base.database, clock).ask), essential=False),
            Part("disk", probes.disk(settings.data_dir), essential=False),
        ],
        clock=clock,
    )
    supervisor.add(Service("health.monitor", monitor.run))
    return monitor
