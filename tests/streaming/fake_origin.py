"""An HLS origin that does what a test tells it, and the edge before it: HTTP on both sides."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import web

from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.cameras.visitors import Visitors
from pantau.core.clock import SystemClock
from pantau.core.supervisor import Supervisor
from pantau.streaming.edge import Doors, Edge, EdgeLimits
from pantau.streaming.engine_client import EngineClient
from pantau.streaming.hotlink import HotlinkGate
from pantau.streaming.known_streams import KnownStreams
from pantau.streaming.origin_client import OriginAddress, OriginClient
from pantau.streaming.tokens import StreamTokens, stream_tokens
from pantau.viewers.presence import Presence, PresenceRules
from pantau.viewers.visitors import Salted
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import Route
from pantau.web.origins import Origins
from pantau.web.principal import Resolver
from tests.support.cameras import camera
from tests.support.clock import HandWoundClock
from tests.web.http_peer import serving

PLAYLIST = b"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\nab_seg1.mp4\n"
LOW_LATENCY = PLAYLIST + b"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5\n"
SEGMENT = bytes(range(256)) * 400
KEY = "0b0c1d2e-0000-4000-8000-000000000001"

Reaction = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FakeOrigin:
    """Counts what it is asked; files answer with bytes, or wait until a test lets them."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {
            "index.m3u8": PLAYLIST,
            "ab_seg1.mp4": SEGMENT,
            "ab_init.mp4": b"init",
        }
        self.asked: Counter[str] = Counter()
        self.requests: list[web.Request] = []
        self.reactions: dict[str, Reaction] = {}
        self.gates: dict[str, asyncio.Event] = {}

    def hold(self, name: str) -> asyncio.Event:
        """Let nobody have this file before the returned event is set."""
        self.gates[name] = asyncio.Event()
        return self.gates[name]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        self.asked[request.path_qs] += 1
        self.requests.append(request)
        if name in self.gates:
            await self.gates[name].wait()
        if name in self.reactions:
            return await self.reactions[name](request)
        if name not in self.files:
            return web.Response(status=404, headers={"X-Pantau-Cause": "not_found"})
        return web.Response(body=self.files[name])


@dataclass
class Setting:
    """What a test of the edge can reach."""

    origin: FakeOrigin
    edge: Edge
    port: int
    clock: HandWoundClock
    presence: Presence
    catalogue: Catalogue
    tokens: StreamTokens
    address: OriginAddress
    socket: Path | None

    def url(self, name: str, key: str = KEY) -> str:
        return f"/hls/{key}/{name}"

    def change(self, **changes: Any) -> Camera:
        """Have the first camera be like this; the second stays what it is."""
        first = first_camera(**changes)
        self.catalogue.replace([first, second_camera()])
        return first


def first_camera(**changes: Any) -> Camera:
    return camera(1, **{"stream_key": KEY, **changes})


def second_camera() -> Camera:
    return camera(2, stream_key="second")


@asynccontextmanager
async def listening(origin: FakeOrigin, where: Path | None) -> AsyncIterator[OriginAddress]:
    application = web.Application()
    application.router.add_get("/{rest:.*}", origin.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    try:
        if where is not None:
            await web.UnixSite(runner, str(where)).start()
            yield OriginAddress("http://media")
        else:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield OriginAddress(f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        for gate in origin.gates.values():
            gate.set()
        await runner.cleanup()


@asynccontextmanager
async def edge_before(
    origin: FakeOrigin,
    *,
    limits: EdgeLimits | None = None,
    foreign: bool = False,
    secret: str | None = None,
    resolver: Resolver | None = None,
    embedders: tuple[str, ...] = (),
) -> AsyncIterator[Setting]:
    clock = HandWoundClock()
    supervisor = Supervisor(SystemClock())
    rules = PresenceRules(counts_after_s=0)
    presence = Presence(clock, salted=Salted(b"salt", "2026-03-01"), rules=rules)
    catalogue = Catalogue([first_camera(), second_camera()], clock=clock)
    tokens = stream_tokens(b"s" * 32, clock)
    gate = HotlinkGate(Origins((), ClientAddresses(())), embedders)
    with TemporaryDirectory(prefix="edge") as folder:
        where = None if foreign else Path(folder) / "hls.sock"
        async with listening(origin, where) as found:
            address = OriginAddress(found.url, secret)
            opened = OriginClient(address) if where is None else EngineClient(where)
            async with opened as client:
                streams = KnownStreams(catalogue, lambda _: client)
                edge = Edge(
                    find=streams.find,
                    doors=Doors(catalogue.access, Visitors(resolver, tokens.level_of), gate),
                    touch=presence.touch,
                    spawn=supervisor.spawn,
                    clock=clock,
                    limits=limits,
                )
                streams.forget = edge.forget
                prefixes = {"/hls/": Route(edge.handle, cross_origin=True)}
                async with serving(prefixes=prefixes, drain_s=1.0) as port:
                    yield Setting(
                        origin, edge, port, clock, presence, catalogue, tokens, address, where
                    )
                await supervisor.stop(deadline_s=2.0)
