"""The relay goes where it may and nowhere else, and no answer makes it wait or swell."""

import asyncio
import gzip
import socket
import ssl
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import trustme
from aiohttp import web
from aiohttp.resolver import ThreadedResolver

from pantau.core.errors import NotFound, Problem
from pantau.core.networks import policy_of
from pantau.streaming.relay.guard import elsewhere
from pantau.streaming.relay.limits import RelayLimits
from tests.streaming.relay.owner import (
    LOOPBACK,
    Owner,
    Relay,
    listening,
    media,
    names_in,
    owned,
    relay_to,
)

pytestmark = pytest.mark.anyio

NOBODY = policy_of(())
METADATA = "http://169.254.169.254/latest/meta-data"
LIVE: dict[str, str | bytes] = {"/live/index.m3u8": media(), "/live/seg0.ts": b"zero"}


async def code_of(relay: Relay, name: str = "index.m3u8") -> str:
    with pytest.raises(Problem) as caught:
        await relay.bytes_of(name)
    assert "169.254" not in caught.value.sentence
    return caught.value.code


@pytest.mark.parametrize(
    "url",
    [METADATA, "http://127.0.0.1:1/x.m3u8", "http://[::1]:1/x.m3u8", "http://localhost:1/x.m3u8",
     "http://[::ffff:127.0.0.1]:1/x", "http://0.0.0.0:1/x", "http://100.100.100.200/x"],
)  # fmt: skip
async def test_addresses_that_cameras_may_not_have_are_not_dialled(url: str) -> None:
    async with relay_to(url, policy=NOBODY) as relay:
        assert await code_of(relay) == "stream.relay_not_allowed"


@pytest.mark.parametrize("url", ["http://2130706433/x", "http://127.1/x", "http://0x7f.0.0.1/x"])
async def test_odd_spellings_of_addresses_lead_nowhere(url: str) -> None:
    async with relay_to(url, policy=NOBODY) as relay:
        assert (await code_of(relay)).startswith("stream.relay_")


async def test_what_stands_in_the_settings_may_lead_anywhere() -> None:
    async with owned(LIVE, policy=NOBODY, trusted=True) as (_, relay):
        assert await relay.bytes_of(names_in(await relay.get())[0]) == b"zero"


@pytest.mark.parametrize(
    "target", [METADATA, "http://127.0.0.2:1/", "http://10.0.0.1/", "//[fe80::1]/"]
)
async def test_no_redirect_leads_into_our_networks(target: str) -> None:
    async def moved(_: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": target})

    async with owned({}, policy=NOBODY, trusted=True) as (owner, relay):
        owner.reactions["/live/index.m3u8"] = moved
        assert await code_of(relay) == "stream.relay_not_allowed"
        # Nor one of a segment, later.
        relay.wind(60)
        del owner.reactions["/live/index.m3u8"]
        owner.files["/live/index.m3u8"] = media()
        owner.reactions["/live/seg0.ts"] = moved
        assert await code_of(relay, names_in(await relay.get())[0]) == "stream.relay_not_allowed"


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.7", "192.168.1.1", "127.0.0.9"])
async def test_no_playlist_leads_into_our_networks(host: str) -> None:
    text = f"#EXTM3U\n#EXTINF:2,\nhttp://{host}:1/secret.ts\n"
    async with owned({"/live/index.m3u8": text}, policy=NOBODY, trusted=True) as (_, relay):
        assert await code_of(relay, names_in(await relay.get())[0]) == "stream.relay_not_allowed"


def test_other_servers_are_public_ones_or_allowed() -> None:
    judge = elsewhere(policy_of(("10.1.0.0/16",)))
    assert judge("203.0.113.9") == "inside this network"
    assert judge("8.8.8.8") is None
    assert judge("10.1.2.3") is None
    assert judge("10.2.2.3") == "inside this network"
    assert judge("::ffff:192.168.0.1") == "inside this network"
    assert judge("169.254.169.254") is not None
    assert judge("not an address") is not None


async def test_a_name_that_leads_elsewhere_the_second_time_is_judged_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is judged is what is dialled: a name may change between two looks at it."""
    answers = iter((["127.0.0.1"], ["169.254.169.254"], ["169.254.169.254"]))

    async def resolve(self: object, host: str, port: int = 0, family: int = 0) -> list[object]:
        return [
            {"hostname": host, "host": address, "port": port, "family": socket.AF_INET,
             "proto": 0, "flags": socket.AI_NUMERICHOST}
            for address in next(answers)
        ]  # fmt: skip

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
    monkeypatch.setattr("pantau.streaming.relay.guard._NAMES_KEPT_S", 0)

    async def closing(request: web.Request) -> web.StreamResponse:
        response = web.Response(text=media())
        response.force_close()
        return response

    async with listening(Owner()) as owner:
        owner.reactions["/live/index.m3u8"] = closing
        url = owner.url.replace("127.0.0.1", "rebinding.example") + "/live/index.m3u8"
        async with relay_to(url) as relay:
            name = names_in(await relay.get())[0]
            assert await code_of(relay, name) == "stream.relay_not_allowed"
            assert "169.254.169.254" not in str(owner.asked)


# A proxy is a server that the operator named, and sees only what may be seen.


async def test_a_proxy_is_used_judged_and_not_sent_into_our_networks() -> None:
    async def passing(request: web.Request) -> web.StreamResponse:
        assert request.raw_path.startswith("http://cctv.example/")
        return web.Response(text=media())

    async with listening(Owner()) as proxy:
        proxy.reactions["/live/index.m3u8"] = passing
        async with relay_to("http://cctv.example/live/index.m3u8", proxy=proxy.url) as relay:
            assert len(names_in(await relay.get())) == 3
            assert proxy.requests[0].host == "cctv.example"
        async with relay_to(METADATA, proxy=proxy.url) as relay:
            assert await code_of(relay) == "stream.relay_not_allowed"
        url = "http://cctv.example/live/index.m3u8"
        async with relay_to(url, proxy=proxy.url, policy=NOBODY) as relay:
            assert await code_of(relay) == "stream.relay_not_allowed"
        assert len(proxy.requests) == 1


async def test_certificates_count_unless_the_operator_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=media())

    application = web.Application()
    application.router.add_get("/{rest:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    url = f"https://127.0.0.1:{runner.addresses[0][1]}/index.m3u8"
    try:
        async with relay_to(url) as relay:
            assert await code_of(relay) == "stream.relay_certificate"
        async with relay_to(url, tls="insecure") as relay:
            assert len(names_in(await relay.get())) == 3
    finally:
        await runner.cleanup()


# Hostile servers


async def test_redirects_in_a_circle_end() -> None:
    async def around(_: web.Request) -> web.StreamResponse:
        return web.Response(status=301, headers={"Location": "/live/index.m3u8"})

    async with owned({}) as (owner, relay):
        owner.reactions["/live/index.m3u8"] = around
        assert await code_of(relay) == "stream.relay_broken"
        assert owner.asked.total() == 5


def unpacking_to(size_bytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    chunk = b"#EXT-X-GAP\n" * 95_000
    packed = [packer.compress(b"#EXTM3U\n")]
    packed += [packer.compress(chunk) for _ in range(size_bytes // len(chunk))]
    return b"".join([*packed, packer.flush()])


async def test_a_small_answer_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = unpacking_to(200 * 1024 * 1024)

    async def bombing(_: web.Request) -> web.StreamResponse:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    async with owned({}) as (owner, relay):
        owner.reactions["/live/index.m3u8"] = bombing
        tracemalloc.start()
        try:
            assert await code_of(relay) == "stream.relay_too_large"
            assert tracemalloc.get_traced_memory()[1] < 16 * 1024 * 1024
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(media().encode(), mtime=0)),
        ("deflate", zlib.compress(media().encode())),
    ],
)
async def test_answers_that_are_packed_though_nobody_asked_are_unpacked(
    encoding: str, body: bytes
) -> None:
    async def packed(request: web.Request) -> web.StreamResponse:
        assert request.headers["Accept-Encoding"] == "identity"
        return web.Response(body=body, headers={"Content-Encoding": encoding})

    async with owned({}) as (owner, relay):
        owner.reactions["/live/index.m3u8"] = packed
        assert len(names_in(await relay.get())) == 3


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("br", b"x"), ("gzip", b"not gzip"), ("gzip", gzip.compress(b"x", mtime=0)[:-6])],
)
async def test_answers_that_cannot_be_unpacked_are_refused(encoding: str, body: bytes) -> None:
    async def packed(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers={"Content-Encoding": encoding})

    async with owned({}) as (owner, relay):
        owner.reactions["/live/index.m3u8"] = packed
        assert await code_of(relay) == "stream.relay_broken"


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[str]:
    """Serve raw bytes; whoever hangs up ends the talk."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/live/index.m3u8"
    finally:
        server.close()


async def endless_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n#EXTM3U\n")
    while True:
        writer.write(b"#EXT-X-GAP\n" * 1000)
        await writer.drain()


async def endless_headers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"x" * 10_000)
        await writer.drain()


async def not_http(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"RTSP/1.0 200 OK\r\n\r\n")


async def says_too_much(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n")
    await writer.drain()


async def breaks_off(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n#EXTM3U\n")
    await writer.drain()


async def hangs_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not reader.at_eof():
        writer.write(b"#")
        await writer.drain()
        await asyncio.sleep(0.02)


async def says_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize(
    ("talk", "code"),
    [
        (endless_body, "too_large"),
        (says_too_much, "too_large"),
        (endless_headers, "broken"),
        (not_http, "broken"),
        (breaks_off, "unreachable"),
        (hangs_up, "unreachable"),
        (drips, "slow"),
        (says_nothing, "slow"),
    ],
)
async def test_hostile_servers_end_in_a_cause(talk: Talk, code: str) -> None:
    limits = RelayLimits(playlist_timeout_s=0.5 if code == "slow" else 30)
    async with talking(talk) as url, relay_to(url, limits=limits) as relay:
        assert await code_of(relay) == f"stream.relay_{code}"


async def test_a_segment_larger_than_the_edge_takes_is_refused() -> None:
    async with owned(LIVE) as (owner, relay):
        name = names_in(await relay.get())[0]
        owner.files["/live/seg0.ts"] = b"x" * (33 * 1024 * 1024)
        assert await code_of(relay, name) == "stream.relay_too_large"


async def test_what_viewers_invent_reaches_nobody() -> None:
    async with owned(LIVE, policy=LOOPBACK) as (owner, relay):
        for name in ("seg0.ts", "..%2f..%2fetc.ts", "http:", "index2.m3u8"):
            with pytest.raises(NotFound):
                await relay.bytes_of(name)
        assert set(owner.asked) <= {"/live/index.m3u8"}
