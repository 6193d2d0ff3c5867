"""Who is refused while still sending hears so, and cannot hold the connection by sending on."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from pantau.web.connection import ConnectionLimits
from pantau.web.exchange import HotRequest, Reply, Route
from tests.support.waiting import PATIENCE_S, until
from tests.web.http_peer import Visitor, serving, visiting

pytestmark = pytest.mark.anyio

HUGE = 512 * 1024 * 1024
HEAD = "POST {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n"
TARGETS = ["/hot", "/slow"]
FOREVER_S = 3_600.0


def refuse(_: HotRequest) -> Reply:
    return Reply(403, b"no")


@pytest.fixture
async def patient() -> AsyncIterator[int]:
    limits = ConnectionLimits(linger_s=FOREVER_S)
    async with serving(exact={"/hot": Route(refuse)}, limits=limits) as port:
        yield port


def head(target: str, size_bytes: int = HUGE) -> bytes:
    return HEAD.format(target, size_bytes).encode()


async def is_cut_off(visitor: Visitor, piece: bytes) -> None:
    """Send until nobody takes it any more."""

    async def go_on() -> None:
        while True:
            await visitor.say(piece)
            await asyncio.sleep(0.01)

    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(ConnectionError):
            await go_on()


@pytest.mark.parametrize("target", TARGETS)
async def test_an_answer_before_the_body_is_heard_by_who_sends_on(
    patient: int, target: str
) -> None:
    async with visiting(patient) as visitor:
        await visitor.say(head(target) + b"x" * 100)
        answer = await visitor.hear()
        assert answer.header("connection") == "close"
        for _ in range(10):
            await visitor.say(b"x" * 50_000)
            await asyncio.sleep(0)
        # The end of what we say, and no reset.
        assert await visitor.hear_the_end() == b""


@pytest.mark.parametrize("target", TARGETS)
async def test_one_that_has_sent_everything_is_not_waited_for(patient: int, target: str) -> None:
    async with visiting(patient) as visitor:
        await visitor.say(head(target, 3) + b"abc")
        await visitor.hear()
        await is_cut_off(visitor, b"x")


async def test_nothing_is_answered_after_the_last_answer(patient: int) -> None:
    async with visiting(patient) as visitor:
        await visitor.say(head("/hot", 3) + b"a")
        assert (await visitor.hear()).status == 405
        await visitor.say(b"bc" + head("/hot", 0))
        assert await visitor.hear_the_end() == b""


@pytest.mark.parametrize("target", TARGETS)
async def test_nobody_holds_a_connection_by_sending_slowly(target: str) -> None:
    limits = ConnectionLimits(linger_s=0.1)
    async with (
        serving(exact={"/hot": Route(refuse)}, limits=limits) as port,
        visiting(port) as visitor,
    ):
        await visitor.say(head(target))
        await visitor.hear()
        await is_cut_off(visitor, b"x")


async def test_of_an_endless_body_only_so_much_is_read() -> None:
    limits = ConnectionLimits(linger_s=FOREVER_S, linger_bytes=100_000)
    async with serving(exact={"/hot": Route(refuse)}, limits=limits) as port:
        with socket.create_connection(("127.0.0.1", port)) as visitor:
            visitor.setblocking(False)
            await asyncio.get_running_loop().sock_sendall(visitor, head("/hot"))
            sent_bytes, turns_without = 0, 0

            def is_stuck() -> bool:
                nonlocal sent_bytes, turns_without
                try:
                    sent_bytes += visitor.send(b"x" * 65_536)
                    turns_without = 0
                except BlockingIOError:
                    turns_without += 1
                return turns_without > 50

            await until(is_stuck)
            assert sent_bytes < 64 * 1024 * 1024
