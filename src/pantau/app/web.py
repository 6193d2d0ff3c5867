"""The web process: pages, lists, stills, health, accounts, and the edge before the media server."""

import asyncio
import socket
from contextlib import AsyncExitStack

from fastapi import APIRouter

from pantau.app.accounts import Accounts, open_accounts
from pantau.app.analytics import numbers_of
from pantau.app.api import build_api
from pantau.app.cameras import add_missing_configured
from pantau.app.community import open_community
from pantau.app.dashboard import open_overlooking
from pantau.app.doors import api_routers, build_doors
from pantau.app.edge import build_entrance
from pantau.app.footage import open_footage
from pantau.app.foundation import Foundation, lay_foundation
from pantau.app.lists import forgetting, open_cache, site_lists, stream_lists
from pantau.app.managing import open_managing
from pantau.app.pages import House, Papers, build_pages
from pantau.app.running import Running
from pantau.app.sights import Sights, health_pages, open_sights
from pantau.app.site import allow_tiles, site_files
from pantau.app.sponsors import open_sponsoring
from pantau.app.viewing import giving_cookies
from pantau.core.listening import address_of, listen
from pantau.core.metrics import Exposition
from pantau.core.supervisor import Supervisor
from pantau.operations.metrics import Measuring, Sources
from pantau.settings import CameraSettings
from pantau.web.endpoints import add_routes
from pantau.web.exchange import Choice, Route
from pantau.web.fast_lane import FastLane
from pantau.web.headers import PageSources, SecurityHeaders
from pantau.web.response_cache import ResponseCache
from pantau.web.server import ServerOptions, serve


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
        lane = await build_web(base, accounts, supervisor, closing, stopping=running.stopping)
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
        # Past the log, which would mask the token.  Where stdout is kept, so is the link: it works
        # once, for a day, and every start of the web process ends the one before.
        running.output.write(
            "info", f"First sign-in, for one person, within 24 hours: {address}{path}"
        )


async def build_web(
    base: Foundation,
    accounts: Accounts,
    supervisor: Supervisor,
    closing: AsyncExitStack,
    *,
    stopping: asyncio.Event | None = None,
) -> FastLane:
    """Join the parts and start their services; `closing` gets what must be closed at the end.

    Everything public is ready when this returns.  Endless answers end once `stopping` is set.
    """
    doors = build_doors(base, accounts)
    entrance = build_entrance(base, accounts.signing_in.resolver, doors.origins)
    sights = await open_sights(base, entrance, supervisor, closing)
    cache = open_cache(base, supervisor)
    # Schedules and cut-offs end by the clock, which no change in the database tells of.
    sights.catalogue.on_cameras(forgetting(cache, "cameras"))
    managing = await open_managing(base, sights, supervisor, closing)
    replaying = await open_footage(
        base,
        sights.catalogue,
        accounts,
        managing.editing,
        doors.clients,
        supervisor=supervisor,
        closing=closing,
        touch=sights.streaming.presence.touch_replay,
    )
    community = await open_community(
        base,
        sights.catalogue,
        supervisor,
        counters=accounts.counters,
        clients=doors.clients,
    )
    house = House(
        base=base,
        accounts=accounts,
        doors=doors,
        sights=sights,
        cache=cache,
        managing=managing,
        replaying=replaying,
        community=community,
        sponsoring=await open_sponsoring(base, sights.catalogue, supervisor),
        numbers=numbers_of(base, sights.catalogue, sights.streaming.viewing.viewers),
        overlooking=open_overlooking(
            base,
            sights,
            cache,
            supervisor,
            footage=replaying.footage,
            health=managing.health,
        ),
    )
    papers = build_pages(house)
    lists, listed_prefixes = stream_lists(sights.catalogue, entrance, cache, base, supervisor)
    api = build_api(papers.problems)
    lane = FastLane(
        api,
        exact={**lists, **_exact(house, papers)},
        prefixes={**listed_prefixes, **_prefixes(house, papers)},
        clients=doors.clients,
        headers=_headers(house, papers),
        problems=papers.problems,
        guard=doors.guard,
    )
    exposition = Exposition(Measuring(_measured(base, sights, cache, lane)))
    routers = api_routers(
        base,
        accounts,
        doors,
        cache=cache,
        exposition=exposition,
        managing=managing,
        footage=replaying.footage,
        community=community,
    )
    further = _further_routers(house, stopping)
    add_routes(api, (*routers, *further, *papers.links, papers.admin.endpoints.router))
    await cache.warm_up()
    return lane


def _further_routers(house: House, stopping: asyncio.Event | None) -> tuple[APIRouter, ...]:
    clients = house.doors.clients
    return (
        *house.sponsoring.routers(clients),
        house.sights.streaming.viewing.router(clients),
        house.numbers.router(
            clients,
            house.accounts.signing_in.resolver,
            is_stopping=lambda: stopping is not None and stopping.is_set(),
        ),
        house.overlooking.router(),
    )


def _exact(house: House, papers: Papers) -> dict[str, Route]:
    cache = house.cache
    return {
        **site_lists(cache, house.base, papers.assets),
        **health_pages(house.base, house.sights.monitor).routes(),
        **cache.counted(house.managing.health.routes()),
        **cache.counted(papers.status.exact()),
        **cache.counted(house.community.routes()),
        **house.sponsoring.routes(cache),
        **cache.counted(papers.portal.exact()),
    }


def _prefixes(house: House, papers: Papers) -> dict[str, Route | Choice]:
    clients = house.doors.clients
    return {
        **_streams(house.sights),
        **site_files(house.base),
        **house.replaying.prefixes(),
        **giving_cookies(papers.playback.prefixes(), clients),
        **giving_cookies(house.cache.counted(papers.portal.prefixes()), clients),
    }


def _headers(house: House, papers: Papers) -> SecurityHeaders:
    sources = PageSources(scripts=(papers.assets.import_map_source,))
    headers = SecurityHeaders(house.doors.clients, sources, origins=house.doors.origins)
    allow_tiles(house.base.site, headers, sources)
    return headers


def _streams(sights: Sights) -> dict[str, Route]:
    edge, thumbnails = sights.streaming.edge, sights.thumbnails
    return {
        "/hls/": Route(edge.handle, cross_origin=True, limit="misses"),
        "/api/thumbnails/": Route(thumbnails.handle, cross_origin=True, limit="misses"),
    }


def _measured(base: Foundation, sights: Sights, cache: ResponseCache, lane: FastLane) -> Sources:
    return Sources(
        cache=cache,
        pool=base.database.stats,
        traffic=lane.traffic,
        catalogue=sights.catalogue,
        presence=sights.streaming.presence,
        edge=sights.streaming.edge,
        monitor=sights.monitor,
        events=base.trail,
    )
