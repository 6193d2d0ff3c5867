"""One cached endpoint: its key, its single flight, and what happens when an answer gets old."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urlencode

from pantau.core.clock import Clock
from pantau.core.errors import Invalid, Problem, Unavailable
from pantau.web.exchange import HotRequest, Reply
from pantau.web.hit_rates import Tally
from pantau.web.kept_answers import Entry, KeptAnswers
from pantau.web.problems import GENERIC
from pantau.web.snapshot import Encoded

Build: TypeAlias = Callable[[Mapping[str, str]], Awaitable[bytes]]
Spawn: TypeAlias = Callable[[str, Callable[[], Awaitable[None]]], object]
Flight: TypeAlias = "asyncio.Future[Encoded | Problem]"

_HIT: Final = ((b"x-cache", b"HIT"),)
_BUILD_WITHIN_S: Final = 10.0
_RENEWED_WITHIN_S: Final = 30.0
"""How long after its end a used answer is still handed out while its successor is built."""
_MOST_QUERY_CHARS: Final = 1024
_MOST_VALUE_CHARS: Final = 100
_MOST_FLIGHTS: Final = 32
"""Builds at once of one endpoint with different parameters."""


@dataclass(slots=True)
class CachedEndpoint:
    """The handler of one path.  Loop only.

    However many ask for what is not there, `build` runs once; it belongs to nobody who waits, so a
    visitor who leaves ends nothing.  What fails is not kept and fails everybody who waits.
    """

    path: str
    ttl_s: float
    tags: frozenset[str]
    build: Build
    parameters: frozenset[str]
    content_type: bytes
    cache_control: bytes
    kept: KeptAnswers
    clock: Clock
    spawn: Spawn
    tally: Tally
    _flights: dict[str, Flight] = field(default_factory=dict)

    def handle(self, request: HotRequest) -> Reply | Awaitable[Reply]:
        """Answer from memory, or with a wait for the build."""
        sent: Mapping[str, str] = {}
        key = self.path
        if self.parameters and request.query:
            sent = self._declared(request.query)
            key = self._key(sent)
        entry = self.kept.use(key)
        if entry is None:
            return self._miss(key, sent, request)
        late_s = self.clock.mono_s() - entry.until_mono
        if late_s >= 0:
            if late_s >= _RENEWED_WITHIN_S or not entry.was_used:
                return self._miss(key, sent, request)
            if key not in self._flights:
                self._take_off(key, sent)
        entry.was_used = True
        self.tally.hits += 1
        return entry.encoded.reply(request)

    def forget_flights(self) -> None:
        """Have nothing kept of what is being built; whoever waits already gets it all the same."""
        self._flights.clear()

    async def warm_up(self) -> None:
        """Build the answer without parameters, unless it is there."""
        if self.path not in self.kept:
            await asyncio.shield(self._flights.get(self.path) or self._take_off(self.path, {}))

    async def _miss(self, key: str, sent: Mapping[str, str], request: HotRequest) -> Reply:
        self.tally.misses += 1
        landed = await asyncio.shield(self._flights.get(key) or self._take_off(key, sent))
        if isinstance(landed, Encoded):
            return _as_miss(landed.reply(request))
        last_good = self.kept.use(key)
        if last_good is not None and landed.status >= 500:
            return last_good.encoded.reply(request)
        raise _afresh(landed)

    def _take_off(self, key: str, sent: Mapping[str, str]) -> Flight:
        if len(self._flights) >= _MOST_FLIGHTS:
            raise Unavailable("cache.busy", "Too much is asked for at once.", retry_after_s=1)
        flight = self._flights[key] = asyncio.get_running_loop().create_future()
        self.spawn("cache.build", lambda: self._fly(key, sent, flight))
        return flight

    async def _fly(self, key: str, sent: Mapping[str, str], flight: Flight) -> None:
        landed: Encoded | Problem = Problem("internal", GENERIC)
        try:
            async with asyncio.timeout(_BUILD_WITHIN_S):
                body = await self.build(sent)
            landed = self._encoded(body).warm()
        except Problem as problem:
            landed = problem
        except TimeoutError:
            landed = Unavailable(
                "cache.too_slow", "This takes too long at the moment. Try again.", retry_after_s=5
            )
        finally:
            # An invalidation took the flight out: its answer may be older than the change.
            if self._flights.get(key) is flight:
                del self._flights[key]
                if isinstance(landed, Encoded):
                    until_mono = self.clock.mono_s() + self.ttl_s
                    self.kept.put(key, Entry(self.path, self.tags, landed, until_mono))
            if not flight.done():
                flight.set_result(landed)

    def _encoded(self, body: bytes) -> Encoded:
        return Encoded(
            body,
            content_type=self.content_type,
            cache_control=self.cache_control,
            headers=_HIT,
            cross_origin=True,
        )

    def _declared(self, query: bytes) -> Mapping[str, str]:
        if len(query) > _MOST_QUERY_CHARS:
            raise Invalid("request.query", "The query of this address is too long.")
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        sent = {name: text for name, text in pairs if name in self.parameters}
        for name, text in sent.items():
            if len(text) > _MOST_VALUE_CHARS:
                raise Invalid("request.parameter", "This value is too long.", field=name)
        return sent

    def _key(self, sent: Mapping[str, str]) -> str:
        return f"{self.path}?{urlencode(sorted(sent.items()))}" if sent else self.path


def _as_miss(reply: Reply) -> Reply:
    headers = tuple(
        (name, b"MISS" if name == b"x-cache" else text)
        for name, text in reply.headers
        if name != b"content-length"
    )
    return Reply(reply.status, reply.body, headers=headers, cross_origin=reply.cross_origin)


def _afresh(problem: Problem) -> Problem:
    # One exception raised for many visitors would grow a traceback with each of them.  A plain
    # Problem is a bug that was logged where it was built.
    return type(problem)(problem.code, problem.sentence, field=problem.field, **problem.facts)
