"""The web process: pages, lists, stills, health, and the edge before the media server."""

import socket
from contextlib import AsyncExitStack
from typing import Final
from zoneinfo import ZoneInfo

from pantau.app.api import build_api
from pantau.app.cameras import catalogue_of
from pantau.app.edge import build_edge
from pantau.app.running import Running
from pantau.app.worker import SHELF_FOLDER, media_server_client
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.listening import address_of, listen
from pantau.core.supervisor import Service, Supervisor
from pantau.health import probes
from pantau.health.api import HealthPages
from pantau.health.monitor import Monitor, Part
from pantau.mediaserver.process import HLS_SOCKET
from pantau.portal.pages import Portal
from pantau.settings import CameraSettings, Settings
from pantau.streaming.api import StreamRoutes
from pantau.streaming.live_states import LiveStates
from pantau.streaming.snapshots import StreamSnapshots
from pantau.thumbnails.service import Thumbnails
from pantau.thumbnails.shelf import Shelf
from pantau.thumbnails.stills import StillClient
from pantau.ui.files import read_assets
from pantau.ui.render import Pages, Site
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import Route
from pantau.web.fast_lane import FastLane
from pantau.web.headers import PageSources, SecurityHeaders
from pantau.web.problems import Problems
from pantau.web.server import ServerOptions, serve

_DATA_PREFIXES: Final = ("/api/", "/hls/", "/health")


async def run_web(
    running: Running,
    *,
    demo: tuple[CameraSettings, ...] = (),
    listen_fd: int | None = None,
) -> None:
    """Serve until stopped; ready when connections are accepted.

    `listen_fd` is a listening socket that the parent keeps open across our restarts.
    """
    settings = running.settings
    listener = (
        listen(settings.host, settings.port)
        if listen_fd is None
        else socket.socket(fileno=listen_fd)
    )
    address = address_of(listener)
    catalogue = catalogue_of(settings, clock=running.clock, demo=demo)
    async with AsyncExitStack() as closing:
        lane = await build_web(settings, catalogue, running.clock, running.supervisor, closing)

        def say_ready() -> None:
            running.supervisor.spawn(
                "web.ready", lambda: running.ready(f"Pantau web is ready on {address}")
            )

        await serve(
            lane,
            listener,
            stopping=running.stopping,
            options=ServerOptions(drain_s=settings.drain_s),
            on_listening=say_ready,
        )


async def build_web(
    settings: Settings,
    catalogue: Catalogue,
    clock: Clock,
    supervisor: Supervisor,
    closing: AsyncExitStack,
) -> FastLane:
    """Join the parts and start their services; `closing` gets what must be closed at the end."""
    server = media_server_client(settings)
    closing.push_async_callback(server.close)
    states = LiveStates(server, catalogue, clock)
    supervisor.add(Service("streaming.live_states", states.run))
    snapshots = StreamSnapshots(catalogue, clock=clock, public_url=settings.public_url)
    supervisor.add(Service("streaming.snapshots", snapshots.run))

    clients = ClientAddresses(settings.trusted_proxies)
    assets = read_assets()
    pages = Pages(
        assets=assets,
        site=Site(
            name=settings.site.name, place=settings.site.place, zone=ZoneInfo(settings.timezone)
        ),
        now=clock.now,
    )
    portal = Portal(catalogue=catalogue, pages=pages, assets=assets)
    problems = Problems(portal.problem_page, data_prefixes=_DATA_PREFIXES)
    headers = SecurityHeaders(clients, PageSources(scripts=(assets.import_map_source,)))
    streams = StreamRoutes(snapshots)
    exact = {
        **streams.exact(),
        **_health(settings, states, clock, supervisor).routes(),
        **portal.exact(),
    }
    edge = await build_edge(settings, catalogue, clock, supervisor, closing)
    prefixes = {
        **streams.prefixes(),
        "/hls/": Route(edge.handle, cross_origin=True, limit="misses"),
        "/api/thumbnails/": Route(
            _thumbnails(settings, catalogue, clock, supervisor, closing).handle,
            cross_origin=True,
            limit="misses",
        ),
        **portal.prefixes(),
    }
    return FastLane(
        build_api(problems),
        exact=exact,
        prefixes=prefixes,
        clients=clients,
        headers=headers,
        problems=problems,
    )


def _thumbnails(
    settings: Settings,
    catalogue: Catalogue,
    clock: Clock,
    supervisor: Supervisor,
    closing: AsyncExitStack,
) -> Thumbnails:
    stills = StillClient(str(settings.sockets_dir / HLS_SOCKET))
    closing.push_async_callback(stills.close)
    thumbnails = Thumbnails(
        catalogue,
        stills,
        clock=clock,
        spawn=supervisor.spawn,
        fresh_s=settings.thumbnails.fresh_s,
    )
    thumbnails.load(Shelf(settings.data_dir / SHELF_FOLDER))
    return thumbnails


def _health(
    settings: Settings, states: LiveStates, clock: Clock, supervisor: Supervisor
) -> HealthPages:
    monitor = Monitor(
        [
            Part(
                "media_server",
                probes.media_server(lambda: states.answered_ago_s),
                essential=True,
            ),
            Part("worker", probes.worker(settings.sockets_dir, clock), essential=False),
            Part("disk", probes.disk(settings.data_dir), essential=False),
        ],
        clock=clock,
    )
    supervisor.add(Service("health.monitor", monitor.run))
    return HealthPages(
        monitor,
        clock=clock,
        timezone=settings.timezone,
        # The fast lane puts headers on every answer; the other three guards do not exist here.
        security={
            "rateLimiting": False,
            "apiKeyValidation": False,
            "csrfProtection": False,
            "securityHeaders": True,
        },
    )
