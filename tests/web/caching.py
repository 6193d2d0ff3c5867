"""A response cache under test: what it builds, how often, and what visitors get."""

import asyncio
import inspect
from collections.abc import Mapping

from pantau.core.supervisor import Supervisor
from pantau.web.exchange import Reply, Route
from pantau.web.response_cache import ResponseCache, Ttl
from tests.support.clock import HandWoundClock
from tests.support.requests import hot

BODY = b'{"success":true,"data":[' + b'"area",' * 100 + b"0]}"


class Source:
    """What an endpoint is built from: counts builds, waits where told to, fails where told to."""

    def __init__(self, body: bytes = BODY) -> None:
        self.body = body
        self.builds = 0
        self.asked: list[dict[str, str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None

    async def build(self, parameters: Mapping[str, str]) -> bytes:
        self.builds += 1
        self.asked.append(dict(parameters))
        body = self.body
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return body


class House:
    def __init__(self, *, most_entries: int = 100, most_bytes: int = 2**20) -> None:
        self.clock = HandWoundClock()
        self.cache = ResponseCache(
            clock=self.clock,
            spawn=Supervisor(self.clock).spawn,
            most_entries=most_entries,
            most_bytes=most_bytes,
        )
        self.source = Source()

    def route(
        self,
        path: str = "/api/areas/public",
        *,
        ttl: Ttl = Ttl.LONG,
        tags: tuple[str, ...] = ("areas",),
        parameters: tuple[str, ...] = (),
    ) -> Route:
        return self.cache.endpoint(
            path, ttl=ttl, tags=tags, build=self.source.build, parameters=parameters
        )


async def ask(
    route: Route, path: str = "/api/areas/public", *, query: str = "", **headers: str
) -> Reply:
    answer = route.handler(hot(path, query=query, **headers))
    reply = await answer if inspect.isawaitable(answer) else answer
    assert isinstance(reply, Reply)
    return reply


def x_cache(reply: Reply) -> str:
    return dict(reply.headers)[b"x-cache"].decode()
