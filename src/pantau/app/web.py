"""The web process: pages, lists, stills, health, accounts, and the edge before the media server."""

import asyncio
import socket
from contextlib import AsyncExitStack

from pantau.app.accounts import Accounts, open_accounts
from pantau.app.cameras import add_missing_configured, synchronise_configured
from pantau.app.foundation import Foundation, lay_foundation
from pantau.app.house import House, open_house
from pantau.app.lists import site_lists, stream_lists
from pantau.app.pages import Papers, build_pages
from pantau.app.rest import ADDRESSES, load_rest
from pantau.app.running import Running
from pantau.app.sights import Sights, health_pages
from pantau.app.site import allow_tiles, site_files
from pantau.app.viewing import giving_cookies
from pantau.app.vitals import VitalsKeeper
from pantau.core.listening import address_of, listen
from pantau.core.supervisor import Supervisor
from pantau.operations.heard import HeardRoute
from pantau.operations.taking_vitals import of_cache, of_database, of_sign_ins, of_traffic
from pantau.settings import CameraSettings
from pantau.viewers.following import is_followed
from pantau.web.assets import Assets
from pantau.web.exchange import ASGIApp, Choice, Route
from pantau.web.fast_lane import FastLane
from pantau.web.headers import PageSources, SecurityHeaders
from pantau.web.late import LateApplication
from pantau.web.server import ServerOptions, serve


async def run_web(
    running: Running,
    *,
    demo: tuple[CameraSettings, ...] = (),
    listen_fd: int | None = None,
    is_whole: bool = False,
) -> None:
    """Serve until stopped; ready when connections are accepted.

    `listen_fd` is a listening socket that the parent keeps open across our restarts.  Where the
    worker's part comes later (`is_whole`), what is wrong with the settings must show now.
    """
    settings, clock, supervisor = running.settings, running.clock, running.supervisor
    listener = (
        listen(settings.host, settings.port)
        if listen_fd is None
        else socket.socket(fileno=listen_fd)
    )
    address = settings.public_url or address_of(listener)
    vitals = VitalsKeeper(running)
    vitals.add(lambda: {"address": address_of(listener)})
    vitals.start()
    async with AsyncExitStack() as closing:
        base = await lay_foundation(settings, clock=clock, supervisor=supervisor, closing=closing)
        configure = synchronise_configured if is_whole else add_missing_configured
        await configure(settings, base.database, base.sealer, clock=clock, demo=demo)
        accounts = await open_accounts(base, supervisor=supervisor, closing=closing)
        is_ready = asyncio.Event()
        lane = await build_web(
            base,
            accounts,
            supervisor,
            closing,
            stopping=running.stopping,
            is_ready=is_ready,
            vitals=vitals,
        )
        await _offer_first_sign_in(running, accounts, address)

        async def tell() -> None:
            await running.ready(f"Pantau web is ready on {address}")
            is_ready.set()

        def say_ready() -> None:
            supervisor.spawn("web.ready", tell)

        await serve(
            lane,
            listener,
            stopping=running.stopping,
            options=ServerOptions(
                drain_s=settings.drain_s, is_followed=lambda: is_followed(settings.sockets_dir)
            ),
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
    is_ready: asyncio.Event | None = None,
    vitals: VitalsKeeper | None = None,
) -> FastLane:
    """Join the parts and start their services; `closing` gets what must be closed at the end.

    What visitors watch with is ready when this returns; endpoints and operators' pages are loaded
    when somebody asks for one.  Endless answers end once `stopping` is set.  What nobody waits for
    is done after `is_ready`.
    """
    house = await open_house(base, accounts, supervisor, closing)
    papers = build_pages(house)
    supervisor.spawn("web.assets", lambda: _keep_assets(papers.assets, is_ready))
    cache, clients = house.cache, house.doors.clients
    lists, listed_prefixes = stream_lists(
        house.sights.catalogue, house.sights.streaming.entrance, cache, base, supervisor
    )

    def load() -> ASGIApp:
        return load_rest(
            house,
            papers,
            lane.traffic,
            is_stopping=lambda: stopping is not None and stopping.is_set(),
        )

    lane = FastLane(
        LateApplication(load, addresses=ADDRESSES),
        exact={
            **papers.lite.around({**lists, **_exact(house, papers, stopping)}),
            **house.sights.streaming.viewing.writings(),
        },
        prefixes=papers.lite.around({**listed_prefixes, **_prefixes(house, papers)}),
        clients=clients,
        headers=_headers(house, papers),
        problems=papers.problems,
        guard=house.doors.guard,
    )
    if vitals is not None:
        vitals.add(lambda: of_database(base.database))
        vitals.add(lambda: of_sign_ins(base.trail.seen, accounts.signing_in.attempts))
        vitals.add(lambda: {**of_traffic(lane.traffic), **of_cache(cache)})
    await cache.warm_up()
    return lane


async def _keep_assets(assets: Assets, is_ready: asyncio.Event | None) -> None:
    if is_ready is not None:
        await is_ready.wait()
    await asyncio.to_thread(assets.shelve_in_thread)
    await asyncio.to_thread(assets.compress_in_thread)


def _exact(house: House, papers: Papers, stopping: asyncio.Event | None) -> dict[str, Route]:
    cache = house.cache
    health = health_pages(
        house.base,
        house.sights.monitor,
        is_stopping=lambda: stopping is not None and stopping.is_set(),
    )
    return {
        **site_lists(cache, house.base, papers.assets),
        **health.routes(),
        **HeardRoute(house.base.settings.sockets_dir, house.doors.clients).exact(),
        **cache.counted(house.managing.health.routes()),
        **cache.counted(papers.status.exact()),
        **papers.films.exact(),
        **cache.counted(house.community.routes()),
        **house.sponsoring.routes(cache),
        **giving_cookies(cache.counted(papers.portal.exact()), house.doors.clients),
        **cache.counted(papers.app.exact()),
        **cache.counted(papers.text_list.exact()),
        **papers.lite.exact(),
        **papers.sharing.exact(),
    }


def _prefixes(house: House, papers: Papers) -> dict[str, Route | Choice]:
    clients = house.doors.clients
    return {
        **_streams(house.sights),
        **site_files(house.base),
        **papers.sharing.prefixes(),
        **house.cache.counted(papers.app.prefixes()),
        **house.replaying.prefixes(),
        **house.cache.counted(papers.status.prefixes()),
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
