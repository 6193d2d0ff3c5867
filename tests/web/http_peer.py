"""A visitor made of bytes, and a server to visit: real sockets on both sides."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from pantau.core.listening import listen
from pantau.web.client_address import ClientAddresses
from pantau.web.connection import ConnectionLimits
from pantau.web.exchange import ASGIApp, Receive, Route, Scope, Send
from pantau.web.fast_lane import FastLane
from pantau.web.headers import PageSources, SecurityHeaders
from pantau.web.problems import ErrorPage, Problems
from pantau.web.server import ServerOptions, serve

PATIENCE_S = 45.0


@dataclass(frozen=True)
class Answer:
    """One response as it came over the wire."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        values = self.headers(name)
        assert len(values) <= 1, f"{name} is there {len(values)} times"
        return values[0] if values else ""

    def headers(self, name: str) -> list[str]:
        return [value for field, value in self.fields if field == name.lower()]


class Visitor:
    """One connection that says exactly the bytes it is told to say."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def hear(self, *, to: str = "GET") -> Answer:
        """Read one response; `to` is the method it answers, as HEAD has no body."""
        async with asyncio.timeout(PATIENCE_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            status_line, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
            fields = tuple(
                (name.lower(), value.strip())
                for name, _, value in (line.partition(":") for line in lines)
            )
            length = dict(fields).get("content-length")
            chunked = dict(fields).get("transfer-encoding") == "chunked"
            body = b""
            status = int(status_line.split()[1])
            if to != "HEAD" and status not in {204, 304}:
                if chunked:
                    body = await self._chunks()
                elif length is not None:
                    body = await self.reader.readexactly(int(length))
            return Answer(status, fields, body)

    async def hear_the_end(self) -> bytes:
        """Read what is left until the server closes."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.read()

    async def ask(
        self, target: str, method: str = "GET", *, body: str = "", **headers: str
    ) -> Answer:
        fields = {"host": "hub.example", **headers}
        if body:
            fields["content-length"] = str(len(body.encode()))
        lines = "".join(f"{name.replace('_', '-')}: {text}\r\n" for name, text in fields.items())
        head = f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
        await self.say(head + body.encode())
        return await self.hear(to=method)

    async def _chunks(self) -> bytes:
        body = b""
        while size := int(await self.reader.readline(), 16):
            body += await self.reader.readexactly(size)
            await self.reader.readline()
        await self.reader.readline()
        return body


@asynccontextmanager
async def visiting(port: int) -> AsyncIterator[Visitor]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Visitor(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await writer.wait_closed()


async def no_app(scope: Scope, receive: Receive, send: Send) -> None:
    """Stand where an application would be, and know one page."""
    body = f"slow {scope['method']} {scope['path']}".encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(
    app: ASGIApp = no_app,
    *,
    exact: Mapping[str, Route] | None = None,
    prefixes: Mapping[str, Route] | None = None,
    trusted: tuple[str, ...] = (),
    page: ErrorPage | None = None,
    sources: PageSources | None = None,
    limits: ConnectionLimits | None = None,
    drain_s: float = 5.0,
) -> AsyncIterator[int]:
    """Run the real server around a fast lane; yields its port."""
    clients = ClientAddresses(trusted)
    lane = FastLane(
        app,
        exact=exact or {},
        prefixes=prefixes or {},
        clients=clients,
        headers=SecurityHeaders(clients, sources),
        problems=Problems(page, data_prefixes=("/api/", "/hls/")),
    )
    async with serving_lane(lane, limits=limits, drain_s=drain_s) as port:
        yield port


@asynccontextmanager
async def serving_lane(
    lane: FastLane, *, limits: ConnectionLimits | None = None, drain_s: float = 5.0
) -> AsyncIterator[int]:
    stopping, listening = asyncio.Event(), asyncio.Event()
    listener = listen("127.0.0.1", 0)
    port: int = listener.getsockname()[1]
    options = ServerOptions(drain_s=drain_s, limits=limits or ConnectionLimits())
    running = asyncio.create_task(
        serve(
            lane,
            listener,
            stopping=stopping,
            options=options,
            on_listening=listening.set,
        )
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            await listening.wait()
        yield port
    finally:
        stopping.set()
        async with asyncio.timeout(PATIENCE_S):
            await running
