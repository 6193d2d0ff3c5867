"""Cameras and web servers made of bytes: polite ones, and all the others."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

SDP = b"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
DIGEST = 'Digest realm="cam", nonce="{nonce}", algorithm=MD5'

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter, "Peer"], Awaitable[None]]


@dataclass
class Peer:
    """A server; `heads` are the requests that it got."""

    port: int = 0
    heads: list[str] = field(default_factory=list)
    connections: int = 0
    was_reset: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the other side ended a connection with a reset."""


@asynccontextmanager
async def peer(serve: Serve) -> AsyncIterator[Peer]:
    """Listen on loopback until the block ends."""
    told = Peer()
    tasks: set[asyncio.Task[object]] = set()
    writers: list[asyncio.StreamWriter] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.connections += 1
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        writers.append(writer)
        try:
            await serve(reader, writer, told)
        except ConnectionResetError:
            told.was_reset.set()
        except (asyncio.IncompleteReadError, BrokenPipeError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    told.port = server.sockets[0].getsockname()[1]
    try:
        yield told
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        if tasks:
            await asyncio.wait(tasks, timeout=10)


async def head(reader: asyncio.StreamReader, told: Peer) -> str:
    """Return the next request."""
    text = (await reader.readuntil(b"\r\n\r\n")).decode()
    told.heads.append(text)
    return text


def answering(status: str, *headers: str, body: bytes = b"", protocol: str = "RTSP/1.0") -> Serve:
    """Return a server that gives one answer to everything."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, told: Peer) -> None:
        while True:
            await head(reader, told)
            writer.write(answer(status, *headers, body=body, protocol=protocol))
            await writer.drain()

    return serve


def answer(status: str, *headers: str, body: bytes = b"", protocol: str = "RTSP/1.0") -> bytes:
    lines = [f"{protocol} {status}", "CSeq: 1", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def camera_with_login(*, closes_after_401: bool = False, refuses: bool = False) -> Serve:
    """Return a camera that wants a Digest login; its nonce belongs to the camera, not the line."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, told: Peer) -> None:
        while True:
            asked = await head(reader, told)
            if "Authorization: Digest" in asked and not refuses:
                writer.write(answer("200 OK", "Content-Type: application/sdp", body=SDP))
                await writer.drain()
                continue
            challenge = DIGEST.format(nonce="abc")
            writer.write(answer("401 Unauthorized", f"WWW-Authenticate: {challenge}"))
            await writer.drain()
            if closes_after_401:
                return

    return serve


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter, told: Peer) -> None:
    """Accept, read, and never say a word."""
    while data := await reader.read(1 << 16):
        told.heads.append(data.decode("latin-1"))


async def resetting(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: Peer) -> None:
    """Accept and reset."""
    line: socket.socket = writer.get_extra_info("socket")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def half_open(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Peer) -> None:
    """Close the sending side at once, and keep the other one open."""
    writer.write_eof()
    with suppress(ConnectionError):
        await reader.read()


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, told: Peer) -> None:
    """Answer a byte at a time, for ever: first a status, then a header without an end."""
    protocol = "RTSP/1.0" if "RTSP" in await head(reader, told) else "HTTP/1.1"
    writer.write(f"{protocol} 200 OK\r\nX: ".encode())
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.02)
