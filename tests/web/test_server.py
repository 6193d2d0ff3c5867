"""The life of the server: how it begins, and how it leaves."""

import asyncio
import signal
import socket
from pathlib import Path

import pytest

from pantau.web.exchange import HotRequest, Receive, Reply, Route, Scope, Send
from tests.support.waiting import until
from tests.web.http_peer import Visitor, serving, visiting

pytestmark = pytest.mark.anyio


async def test_requests_in_progress_are_finished_before_leaving() -> None:
    go_on = asyncio.Event()

    async def wait(_: HotRequest) -> Reply:
        await go_on.wait()
        return Reply(200, b"finished")

    asked = asyncio.Event()

    def hot(request: HotRequest) -> "asyncio.Future[Reply]":
        asked.set()
        return asyncio.ensure_future(wait(request))

    server = serving(exact={"/a": Route(hot)})
    port = await server.__aenter__()
    async with visiting(port) as visitor:
        await visitor.say(b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n")
        await asked.wait()
        leaving = asyncio.create_task(server.__aexit__(None, None, None))
        await until(lambda: is_closed(port))
        go_on.set()
        answer = await visitor.hear()
        assert answer.body == b"finished"
        assert answer.header("connection") == "close"
        await leaving


async def test_who_does_not_finish_in_time_is_cut_off() -> None:
    started = asyncio.Event()

    async def forever(scope: Scope, receive: Receive, send: Send) -> None:
        started.set()
        await asyncio.Event().wait()

    async with serving(forever, drain_s=0.1) as port, visiting(port) as visitor:
        await visitor.say(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
        await started.wait()
        # Leaving the server's block is what is tested: it has its own deadline.


async def test_who_has_just_connected_is_answered_still() -> None:
    server = serving(exact={"/a": Route(lambda _: Reply(200, b"still here"))})
    port = await server.__aenter__()
    async with visiting(port) as visitor:
        await visitor.ask("/a")
    async with visiting(port) as visitor, visiting(port) as silent:
        leaving = asyncio.create_task(server.__aexit__(None, None, None))
        await until(lambda: is_closed(port))
        answer = await visitor.ask("/a")
        assert answer.body == b"still here"
        assert await visitor.hear_the_end() == b""
        assert await silent.hear_the_end() == b""
        await leaving


async def test_idle_visitors_do_not_delay_leaving() -> None:
    async with serving(exact={"/a": Route(lambda _: Reply(200))}, drain_s=60) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await Visitor(reader, writer).ask("/a")
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_signals_stay_ours() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    async with serving():
        during = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    assert during == before


async def test_visitors_who_come_and_go_leave_nothing_open() -> None:
    async with serving(exact={"/a": Route(lambda _: Reply(200, b"a"))}) as port:
        async with visiting(port) as visitor:
            await visitor.ask("/a")
        before = open_files()
        for _ in range(200):
            async with visiting(port) as visitor:
                await visitor.say(b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n")
        await until(lambda: open_files() <= before + 2)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def is_closed(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
