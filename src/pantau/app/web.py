"""The web process: pages, lists, stills, health, accounts, and the edge before the media server."""

import socket
from contextlib import AsyncExitStack
from typing import Final
from zoneinfo import ZoneInfo

from pantau.app.accounts import Accounts, open_accounts
from pantau.app.api import build_api
from pantau.app.cameras import add_missing_configured, catalogue_from
from pantau.app.doors import api_routers, build_doors
from pantau.app.edge import build_edge
from pantau.app.foundation import Foundation, lay_foundation
from pantau.app.lists import open_cache, site_lists, stream_lists
from pantau.app.running import Running
from pantau.app.worker import SHELF_FOLDER, media_server_client
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.listening import address_of, listen
from pantau.core.metrics import Exposition
from pantau.core.supervisor import Service, Supervisor
from pantau.db.liveness import Liveness
from pantau.health import probes
from pantau.health.api import HealthPages
from pantau.health.monitor import Monitor, Part
from pantau.mediaserver.process import HLS_SOCKET
from pantau.operations.metrics import Measuring, Sources
from pantau.portal.pages import Portal
from pantau.settings import CameraSettings, Settings
from pantau.streaming.live_states import LiveStates
from pantau.thumbnails.service import Thumbnails
from pantau.thumbnails.shelf import Shelf
from pantau.thumbnails.stills import StillClient
from pantau.ui.files import read_assets
from pantau.ui.render import Pages, Site
from pantau.web.assets import Assets
from pantau.web.endpoints import add_routes
from pantau.web.exchange import Route
from pantau.web.fast_lane import FastLane
from pantau.web.headers import PageSources, SecurityHeaders
from pantau.web.problems import Problems
from pantau.web.server import ServerOptions, serve

_DATA_PREFIXES: Final = ("/api/", "/hls/", "/health", "/metrics")


async def run_web(
    running: Running,
    *,
    demo: tuple[CameraSettings, ...] = (),
    listen_fd: int | None = None,
) -> None:
    """Serve until stopped; ready when connections are accepted.

    `listen_fd` is a listening socket that the parent keeps open across our restarts.
    """
    settings, clock, supervisor = running.settings, running.clock, running.supervisor
    listener = (
        listen(settings.host, settings.port)
        if listen_fd is None
        else socket.socket(fileno=listen_fd)
    )
    address = settings.public_url or address_of(listener)
    async with AsyncExitStack() as closing:
        base = await lay_foundation(settings, clock=clock, supervisor=supervisor, closing=closing)
        await add_missing_configured(settings, base.database, base.sealer, clock=clock, demo=demo)
        accounts = await open_accounts(base, supervisor=supervisor, closing=closing)
        lane = await build_web(base, accounts, supervisor, closing)
        await _offer_first_sign_in(running, accounts, address)

        def say_ready() -> None:
            supervisor.spawn(
                "web.ready", lambda: running.ready(f"Pantau web is ready on {address}")
            )

        await serve(
            lane,
            listener,
            stopping=running.stopping,
            options=ServerOptions(drain_s=settings.drain_s),
            on_listening=say_ready,
        )


async def _offer_first_sign_in(running: Running, accounts: Accounts, address: str) -> None:
    path = await accounts.signing_in.first_run.link_if_needed()
    if path is not None:
        # Not through the log: the link is a secret until it is used, and logs are kept.
        running.output.write(
            "info", f"First sign-in, for one person, within 24 hours: {address}{path}"
        )


async def build_web(
    base: Foundation, accounts: Accounts, supervisor: Supervisor, closing: AsyncExitStack
) -> FastLane:
    """Join the parts and start their services; `closing` gets what must be closed at the end.

    Everything public is ready when this returns.
    """
    settings, clock = base.settings, base.clock
    catalogue = await catalogue_from(base.database, None, clock=clock, supervisor=supervisor)
    server = media_server_client(settings)
    closing.push_async_callback(server.close)
    states = LiveStates(server, catalogue, clock)
    supervisor.add(Service("streaming.live_states", states.run))

    doors = build_doors(base, accounts)
    assets = read_assets()
    pages = _pages(settings, clock, assets)
    portal = Portal(catalogue=catalogue, pages=pages, assets=assets)
    problems = Problems(portal.problem_page, data_prefixes=_DATA_PREFIXES, on_event=doors.on_event)
    sources = PageSources(scripts=(assets.import_map_source,))
    cache = open_cache(base, supervisor)
    lists, listed_prefixes = stream_lists(catalogue, cache, base, supervisor)
    monitor = _monitor(base, states, supervisor)
    edge = await build_edge(settings, catalogue, clock, supervisor, closing)
    thumbnails = _thumbnails(settings, catalogue, clock, supervisor, closing)
    api = build_api(problems)
    lane = FastLane(
        api,
        exact={
            **lists,
            **site_lists(cache, base, assets),
            **_health(base, monitor, is_guarded=doors.guard is not None).routes(),
            **cache.counted(portal.exact()),
        },
        prefixes={
            **listed_prefixes,
            "/hls/": Route(edge.edge.handle, cross_origin=True, limit="misses"),
            "/api/thumbnails/": Route(thumbnails.handle, cross_origin=True, limit="misses"),
            **cache.counted(portal.prefixes()),
        },
        clients=doors.clients,
        headers=SecurityHeaders(doors.clients, sources, origins=doors.origins),
        problems=problems,
        guard=doors.guard,
    )
    known = Sources(
        cache=cache,
        pool=base.database.stats,
        traffic=lane.traffic,
        catalogue=catalogue,
        presence=edge.presence,
        edge=edge.edge,
        monitor=monitor,
        events=base.trail,
    )
    exposition = Exposition(Measuring(known))
    add_routes(api, api_routers(base, accounts, doors, cache=cache, exposition=exposition))
    await cache.warm_up()
    return lane


def _pages(settings: Settings, clock: Clock, assets: Assets) -> Pages:
    site = Site(
        name=settings.site.name, place=settings.site.place, zone=ZoneInfo(settings.timezone)
    )
    return Pages(assets=assets, site=site, now=clock.now)


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


def _monitor(base: Foundation, states: LiveStates, supervisor: Supervisor) -> Monitor:
    settings, clock = base.settings, base.clock
    monitor = Monitor(
        [
            Part(
                "media_server",
                probes.media_server(lambda: states.answered_ago_s),
                essential=True,
            ),
            Part("worker", probes.worker(settings.sockets_dir, clock), essential=False),
            # Viewers are served from memory: they notice nothing for a while.
            Part("database", probes.database(Liveness(base.database, clock).ask), essential=False),
            Part("disk", probes.disk(settings.data_dir), essential=False),
        ],
        clock=clock,
    )
    supervisor.add(Service("health.monitor", monitor.run))
    return monitor


def _health(base: Foundation, monitor: Monitor, *, is_guarded: bool) -> HealthPages:
    return HealthPages(
        monitor,
        clock=base.clock,
        timezone=base.settings.timezone,
        # One guard does all three; the fast lane itself puts headers on every answer.
        security={
            "rateLimiting": is_guarded,
            "apiKeyValidation": is_guarded,
            "csrfProtection": is_guarded,
            "securityHeaders": True,
        },
    )
