"""Somebody else's HLS server on loopback that does what a test tells it, and relays before it."""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from pantau.cameras.models import Camera, CameraSource
from pantau.core.clock import SystemClock
from pantau.core.errors import Problem
from pantau.core.networks import AddressPolicy, policy_of
from pantau.core.supervisor import Supervisor
from pantau.streaming.origin_client import Ask
from pantau.streaming.relay.limits import RelayLimits
from pantau.streaming.relay.origin import RelayOrigin
from tests.support.cameras import camera, key_of

SECRET = b"n" * 32
LOOPBACK = policy_of(("127.0.0.0/8", "::1/128"))
Reaction = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ShiftedClock(SystemClock):
    """The machine's clock, set forward by hand; nobody waits for pauses."""

    def __init__(self) -> None:
        self.shift_s = 0.0

    def mono_s(self) -> float:
        return super().mono_s() + self.shift_s

    async def sleep(self, duration_s: float) -> None:
        await asyncio.sleep(0)

    def wait_in_thread(self, event: threading.Event, duration_s: float) -> bool:
        return event.wait(duration_s)


def media(first: int = 0, *, count: int = 3, target_s: int = 2, token: str = "") -> str:
    """Return a playlist of `count` segments from number `first` on."""
    query = f"?token={token}" if token else ""
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{target_s}"]
    lines += [f"#EXT-X-MEDIA-SEQUENCE:{first}"]
    for number in range(first, first + count):
        lines += [f"#EXTINF:{target_s}.0,", f"seg{number}.ts{query}"]
    return "\n".join(lines) + "\n"


LIVE: dict[str, str | bytes] = {
    "/live/index.m3u8": media(),
    "/live/seg0.ts": b"zero",
    "/live/seg1.ts": b"one",
}


@dataclass
class Owner:
    """Files by path; anything else is 404.  Counts what it is asked, with the query."""

    files: dict[str, str | bytes] = field(default_factory=dict)
    reactions: dict[str, Reaction] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    requests: list[web.Request] = field(default_factory=list)
    url: str = ""
    """Where it listens, without a slash at the end."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked[request.path_qs] += 1
        self.requests.append(request)
        if request.path in self.reactions:
            return await self.reactions[request.path](request)
        body = self.files.get(request.path)
        if body is None:
            return web.Response(status=404, text="nothing at owner.example/secret")
        return web.Response(body=body if isinstance(body, bytes) else body.encode())

    def times(self, path: str) -> int:
        return sum(count for asked, count in self.asked.items() if asked.partition("?")[0] == path)

    def fails(self, path: str, status: int) -> None:
        async def failing(_: web.Request) -> web.StreamResponse:
            return web.Response(status=status, text="Internal error at owner.example/secret")

        self.reactions[path] = failing


@dataclass
class Relay:
    """One relay, as a web process has it."""

    origin: RelayOrigin
    clock: ShiftedClock
    cameras: dict[str, Camera]

    async def get(self, name: str = "index.m3u8", query: str = "", *, timeout_s: float = 45) -> str:
        return (await self.bytes_of(name, query, timeout_s=timeout_s)).decode()

    async def bytes_of(self, name: str, query: str = "", *, timeout_s: float = 45) -> bytes:
        ask = Ask(key_of(1), name, query, timeout_s=timeout_s)
        return await self.origin.fetch(ask, count=lambda _: None)

    def wind(self, duration_s: float) -> None:
        self.clock.shift_s += duration_s


@asynccontextmanager
async def listening(owner: Owner) -> AsyncIterator[Owner]:
    application = web.Application()
    application.router.add_get("/{rest:.*}", owner.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        owner.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield owner
    finally:
        await runner.cleanup()


@asynccontextmanager
async def relay_to(
    url: str,
    *,
    policy: AddressPolicy = LOOPBACK,
    limits: RelayLimits | None = None,
    number: int = 1,
    **source: Any,
) -> AsyncIterator[Relay]:
    clock = ShiftedClock()
    supervisor = Supervisor(SystemClock())
    found = camera(number, source=CameraSource(url, kind="hls", relay=True, **source))
    cameras = {key_of(1): found}
    async with AsyncExitStack() as closing:
        origin = await closing.enter_async_context(
            RelayOrigin(
                find=cameras.get,
                key=SECRET,
                policy=policy,
                clock=clock,
                spawn=supervisor.spawn,
                limits=limits,
            )
        )
        yield Relay(origin, clock, cameras)
        await supervisor.stop(deadline_s=2.0)


@asynccontextmanager
async def owned(
    files: Mapping[str, str | bytes], *, root: str = "/live/index.m3u8", **options: Any
) -> AsyncIterator[tuple[Owner, Relay]]:
    """Give an owner with `files` and a relay of its stream."""
    async with (
        listening(Owner(dict(files))) as owner,
        relay_to(owner.url + root, **options) as relay,
    ):
        yield owner, relay


def names_in(playlist: str) -> list[str]:
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]


def random_bytes(size: int, *, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


async def problem_of(relay: Relay, name: str = "index.m3u8") -> Problem:
    with pytest.raises(Problem) as caught:
        await relay.bytes_of(name)
    return caught.value
