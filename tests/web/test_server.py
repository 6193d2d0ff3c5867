"""The server's life: where it listens, what it says when it cannot, how it leaves."""

import asyncio
import signal
import socket
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pantau.core.errors import Invalid, Unavailable
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Receive, Reply, Route, Scope, Send
from pantau.web.fast_lane import FastLane
from pantau.web.server import Listen, open_listener, serve
from tests.support.waiting import until
from tests.web.http_peer import Visitor, no_app, serving, visiting

pytestmark = pytest.mark.anyio


def lane() -> FastLane:
    hot = {"/a": Route(lambda _: Reply(200, b"a"))}
    return FastLane(no_app, exact=hot, prefixes={}, clients=ClientAddresses())


def test_a_taken_port_is_named_with_the_setting_that_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Unavailable, match=rf"Port {port} .* PANTAU_PORT") as refused:
            open_listener(Listen(port=port))
    assert refused.value.field == "port"


def test_an_address_of_another_machine_is_named_with_its_setting() -> None:
    with pytest.raises(Invalid, match=r"203\.0\.113\.1.*PANTAU_HOST"):
        open_listener(Listen(host="203.0.113.1", port=0))


async def test_a_unix_socket_is_served_and_removed() -> None:
    with TemporaryDirectory(prefix="web") as folder:
        path = Path(folder) / "web.sock"
        stopping = asyncio.Event()
        said: list[str] = []
        running = asyncio.create_task(
            serve(lane(), Listen(unix_path=path), stopping=stopping, on_listening=said.append)
        )
        await until(lambda: said)
        assert said == [f"unix:{path}"]
        reader, writer = await asyncio.open_unix_connection(str(path))
        assert (await Visitor(reader, writer).ask("/a")).body == b"a"
        writer.close()
        await writer.wait_closed()
        with pytest.raises(Unavailable, match="another process"):
            open_listener(Listen(unix_path=path))
        stopping.set()
        await running
        assert not path.exists()


def test_a_socket_left_by_a_killed_process_is_replaced() -> None:
    with TemporaryDirectory(prefix="web") as folder:
        path = Path(folder) / "web.sock"
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
        open_listener(Listen(unix_path=path)).close()


def test_a_file_in_the_way_is_not_removed() -> None:
    with TemporaryDirectory(prefix="web") as folder:
        path = Path(folder) / "web.sock"
        path.write_text("precious")
        with pytest.raises(Unavailable):
            open_listener(Listen(unix_path=path))
        assert path.read_text() == "precious"


async def test_a_socket_that_somebody_opened_before_is_taken_over() -> None:
    inherited = socket.create_server(("127.0.0.1", 0))
    port = inherited.getsockname()[1]
    stopping = asyncio.Event()
    said: list[str] = []
    running = asyncio.create_task(
        serve(
            lane(),
            Listen(inherited_fd=inherited.detach()),
            stopping=stopping,
            on_listening=said.append,
        )
    )
    await until(lambda: said)
    async with visiting(port) as visitor:
        assert (await visitor.ask("/a")).body == b"a"
    stopping.set()
    await running


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
