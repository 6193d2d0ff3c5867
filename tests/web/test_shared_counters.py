"""A server that is away, silent or new again never opens the door and never breaks a request."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import structlog
from redis.asyncio import Redis

from pantau.web.shared_counters import SharedCounters
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio


class Relay:
    """Stands between us and the server, and can fall silent or hang up."""

    def __init__(self, url: str = "") -> None:
        self.url = ""
        self.is_silent = not url
        self.heard = 0
        """How many connections were made."""
        self._behind = urlsplit(url)
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard += 1
        self._writers.append(writer)
        if self.is_silent:
            await reader.read()
        else:
            behind = self._behind
            inner, outer = await (
                asyncio.open_unix_connection(behind.path)
                if behind.scheme == "unix"
                else asyncio.open_connection(behind.hostname, behind.port)
            )
            self._writers.append(outer)
            await asyncio.gather(self._copy(reader, outer), self._copy(inner, writer))
        writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            if not self.is_silent:
                writer.write(data)
        writer.close()

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.close()
        self._writers.clear()


@contextlib.asynccontextmanager
async def relaying(url: str = "") -> AsyncIterator[Relay]:
    """Relay to the server at `url`; without one, accept connections and never say anything."""
    relay = Relay(url)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    async with server:
        relay.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
        yield relay
        relay.hang_up()


@contextlib.asynccontextmanager
async def counting(
    url: str, clock: HandWoundClock, *, answers_within_s: float | None = None
) -> AsyncIterator[SharedCounters]:
    counters = SharedCounters(url, clock, answers_within_s=answers_within_s)
    try:
        yield counters
    finally:
        await counters.close()


async def spend(counters: SharedCounters, times: int) -> int:
    answers = [await counters.reserve("a", limit=5, within_s=60) for _ in range(times)]
    return sum(answer.allowed for answer in answers)


async def test_without_the_server_this_process_counts_alone_and_says_so_once() -> None:
    clock = HandWoundClock()
    with structlog.testing.capture_logs() as said:
        async with counting("redis://127.0.0.1:1/0", clock) as counters:
            assert await spend(counters, 8) == 5
            clock.wind(9)
            assert await spend(counters, 8) == 0
            assert await counters.count("a", within_s=60) == 5
            await counters.give_back("a", within_s=60)
            assert await spend(counters, 2) == 1
            await counters.forget("a")
            assert await spend(counters, 8) == 5
    assert [line["event"] for line in said] == ["shared_counters_unreachable"]


async def test_a_silent_server_holds_up_one_request_and_not_the_next() -> None:
    clock = HandWoundClock()
    async with relaying() as relay, counting(relay.url, clock, answers_within_s=1) as counters:
        async with asyncio.timeout(45):
            assert await spend(counters, 1) == 1
        assert not counters.answers
        relay.hang_up()
        heard = relay.heard
        assert await spend(counters, 100) == 4
        assert relay.heard == heard


async def test_when_the_server_falls_silent_nobody_begins_again_until_it_answers(
    valkey_url: str,
) -> None:
    clock = HandWoundClock()
    with structlog.testing.capture_logs() as said:
        async with (
            relaying(valkey_url) as relay,
            counting(relay.url, clock, answers_within_s=5) as counters,
        ):
            assert await spend(counters, 4) == 4
            assert counters.answers
            relay.is_silent = True
            assert await spend(counters, 4) == 1
            assert not counters.answers
            relay.is_silent = False
            clock.wind(6)
            assert await spend(counters, 4) == 1
            assert counters.answers
    assert [line["event"] for line in said] == [
        "shared_counters_unreachable",
        "shared_counters_answered_again",
    ]


async def test_a_restart_of_the_server_between_two_requests_is_not_noticed(valkey_url: str) -> None:
    clock = HandWoundClock()
    with structlog.testing.capture_logs() as said:
        async with relaying(valkey_url) as relay, counting(relay.url, clock) as counters:
            assert await spend(counters, 2) == 2
            relay.hang_up()
            assert await spend(counters, 4) == 3
            assert counters.answers
    assert said == []


async def test_addresses_of_valkey_are_understood(valkey_url: str) -> None:
    clock = HandWoundClock()
    async with relaying(valkey_url) as relay:
        url = relay.url.replace("redis://", "valkey://")
        async with counting(url, clock) as counters:
            assert await spend(counters, 1) == 1
            assert counters.answers


async def test_counts_leave_the_server_by_themselves(valkey_url: str) -> None:
    clock = HandWoundClock()
    async with counting(valkey_url, clock) as counters, Redis.from_url(valkey_url) as server:
        await counters.reserve("a", limit=5, within_s=60)
        keys = [key async for key in server.scan_iter("pantau:count:*")]
        assert len(keys) == 1
        assert 59_000 < await server.pttl(keys[0]) <= 60_000
