"""The edge's own client against engines that misbehave, over real unix sockets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pantau.core.errors import Exhausted, NotFound, Problem, Unavailable
from pantau.streaming.engine_client import EngineClient
from pantau.streaming.origin_client import Ask

pytestmark = pytest.mark.anyio

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SEGMENT = Ask("cam1", "ab_seg1.mp4", timeout_s=45.0, most_bytes=1_000_000)
BODY = bytes(range(256)) * 2000


def answer(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


@asynccontextmanager
async def engine(serve: Serve) -> AsyncIterator[tuple[EngineClient, list[bytes]]]:
    """Give a client before a server that does what `serve` says, and the requests it heard."""
    heard: list[bytes] = []
    writers: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with contextlib.suppress(ConnectionError):
            while head := await _head(reader):
                heard.append(head)
                await serve(reader, writer)

    with TemporaryDirectory(prefix="wire") as folder:
        socket = Path(folder) / "hls.sock"
        server = await asyncio.start_unix_server(connected, str(socket))
        try:
            async with EngineClient(socket, most_connections=4) as client:
                yield client, heard
        finally:
            for writer in writers:
                writer.close()
            server.close()
            await server.wait_closed()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def saying(*texts: bytes, then_close: bool = False) -> Serve:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for text in texts:
            writer.write(text)
            await writer.drain()
            await asyncio.sleep(0)
        if then_close:
            writer.close()

    return serve


async def fetched(client: EngineClient, ask: Ask = SEGMENT) -> bytes | Problem:
    try:
        return await client.fetch(ask, count=lambda _: None)
    except Problem as problem:
        return problem


async def test_a_body_arrives_whole_however_it_is_cut() -> None:
    whole = answer(BODY)
    for cut in (1, 16, 17, 40, len(whole) - len(BODY), len(whole) - 1):
        async with engine(saying(whole[:cut], whole[cut:])) as (client, _):
            assert await fetched(client) == BODY


async def test_every_byte_is_counted_once() -> None:
    async with engine(saying(answer(BODY))) as (client, _):
        counted: list[int] = []
        await client.fetch(SEGMENT, count=counted.append)
        assert sum(counted) == len(BODY)


async def test_the_next_fetch_takes_the_same_connection() -> None:
    peers: set[object] = set()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.add(writer)
        writer.write(answer(BODY))

    async with engine(serve) as (client, heard):
        for _ in range(3):
            assert await fetched(client) == BODY
        assert len(heard) == 3
        assert len(peers) == 1


async def test_a_connection_that_died_meanwhile_is_replaced() -> None:
    async with engine(saying(answer(b"one"), then_close=True)) as (client, heard):
        assert await fetched(client) == b"one"
        assert await fetched(client) == b"one"
        assert len(heard) == 2


async def test_an_empty_body_is_a_body() -> None:
    async with engine(saying(answer(b""))) as (client, _):
        assert await fetched(client) == b""


async def test_answers_of_several_fetches_are_not_mixed_up() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(heard[-1].split()[1]))

    async with engine(serve) as (client, heard):
        asks = [Ask("cam1", f"ab_seg{n}.mp4") for n in range(40)]
        bodies = await asyncio.gather(*(fetched(client, ask) for ask in asks))
        assert bodies == [f"/cam1/{ask.name}".encode() for ask in asks]


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay",
        b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"x" * 20_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\nbroken off",
    ],
)
async def test_what_is_no_answer_is_no_origin(text: bytes) -> None:
    async with engine(saying(text, then_close=True)) as (client, _):
        problem = await fetched(client)
        assert isinstance(problem, Unavailable)
        assert problem.code == "stream.no_origin"


async def test_bytes_that_nobody_asked_for_end_the_connection() -> None:
    said = asyncio.Event()
    peers: set[object] = set()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.add(writer)
        writer.write(answer(b"one"))
        await asyncio.sleep(0.02)
        writer.write(answer(b"surprise"))
        await writer.drain()
        said.set()

    async with engine(serve) as (client, _):
        assert await fetched(client) == b"one"
        await said.wait()
        await asyncio.sleep(0.02)
        assert await fetched(client) == b"one"
        assert len(peers) == 2


async def test_a_file_that_is_too_large_is_refused_by_its_length_alone() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n"
    async with engine(saying(head)) as (client, _):
        problem = await fetched(client)
        assert isinstance(problem, Exhausted)


async def test_who_counts_may_refuse() -> None:
    def refuse(_: int) -> None:
        raise Exhausted("edge.full", "No memory is left.")

    async with engine(saying(answer(BODY))) as (client, _):
        with pytest.raises(Exhausted) as caught:
            await client.fetch(SEGMENT, count=refuse)
        assert caught.value.code == "edge.full"
        assert await fetched(client) == BODY


async def test_the_cause_of_a_dark_camera_is_passed_on() -> None:
    text = answer(b"", "404 Not Found", "X-Pantau-Cause: login_refused\r\n")
    async with engine(saying(text)) as (client, _):
        problem = await fetched(client, Ask("cam1", "index.m3u8"))
        assert isinstance(problem, Unavailable)
        assert problem.code == "stream.login_refused"
        assert isinstance(await fetched(client), NotFound)


async def test_a_late_answer_never_reaches_the_next_fetch() -> None:
    release, gone = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(heard) == 1:
            await release.wait()
            if await reader.read() == b"":
                gone.set()
            writer.write(answer(b"late"))
        else:
            writer.write(answer(b"right"))

    async with engine(serve) as (client, heard):
        problem = await fetched(client, Ask("cam1", "ab_seg1.mp4", timeout_s=0.05))
        assert isinstance(problem, Unavailable)
        assert problem.code == "stream.slow_origin"
        release.set()
        assert await fetched(client) == b"right"
        # The connection on which it might have come is closed at once, not left lying about.
        await asyncio.wait_for(gone.wait(), 45)


async def test_more_fetches_than_connections_wait_for_their_turn() -> None:
    at_once = most = 0

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        writer.write(answer(b"ok"))

    async with engine(serve) as (client, _):
        bodies = await asyncio.gather(*(fetched(client) for _ in range(12)))
        assert bodies == [b"ok"] * 12
        assert most == 4
