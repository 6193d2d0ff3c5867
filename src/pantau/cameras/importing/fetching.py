"""A few bytes from somebody's server: every address judged, every wait and size limited."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin

from pantau.cameras.addresses import Address, address_of
from pantau.cameras.masking import origins
from pantau.core.networks import AddressPolicy
from pantau.media.sources.net.http_get import HARMLESS_HEADERS

_AGENT: Final = "Mozilla/5.0 (compatible; Pantau)"
_PORTS: Final = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}
_TLS: Final = frozenset({"https", "rtsps"})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS: Final = 3
_MOST_HEAD: Final = 32 * 1024
_MOST_SIZE_LINE: Final = 1_024


class LookError(Exception):
    """Nothing could be fetched; the message is a sentence without an address in it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: as much of the body as was wanted."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Connects to judged addresses only: what a name leads to is dialled, not asked twice."""

    policy: AddressPolicy
    is_tls_strict: bool = True
    home: str = ""
    """The address that `headers` are meant for."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @asynccontextmanager
    async def connected(
        self, address: Address
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """Give a connection; raises LookError.  The caller sets the deadline."""
        port = address.port or _PORTS.get(address.scheme, 0)
        ip = await self._judged(address.host, port)
        context = None
        if address.scheme in _TLS:
            context = ssl.create_default_context()
            if not self.is_tls_strict or address.scheme == "rtsps":
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            reader, writer = await asyncio.open_connection(
                ip,
                port,
                ssl=context,
                server_hostname=address.host if context else None,
                limit=_MOST_HEAD,
            )
        except ssl.SSLError as error:
            raise LookError("The certificate of the server is not good.") from error
        except OSError as error:
            raise LookError("Nobody answers at this address.") from error
        try:
            yield reader, writer
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            raise LookError("The server hung up.") from error
        finally:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    async def get(self, url: str, *, most_bytes: int) -> Answer:
        """Return the answer to a GET, redirects followed; raises LookError."""
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                address = address_of(url)
            except ValueError as error:
                raise LookError("The server sends to an address that cannot be read.") from error
            if address.scheme not in {"http", "https"}:
                raise LookError("The server sends to an address of another kind.")
            answer = await self._get_once(url, address, most_bytes)
            target = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not target:
                return answer
            url = urljoin(url, target)
        raise LookError("The server redirects too often.")

    async def _get_once(self, url: str, address: Address, most_bytes: int) -> Answer:
        async with self.connected(address) as (reader, writer):
            writer.write(self._request(address))
            status, headers = await read_head(reader, b"HTTP/")
            body = b""
            while len(body) < most_bytes:
                piece = await reader.read(min(65_536, most_bytes - len(body)))
                if not piece:
                    break
                body += piece
        if "chunked" in headers.get("transfer-encoding", "").lower():
            body = _without_chunks(body)
        return Answer(url, status, headers, body)

    def _request(self, address: Address) -> bytes:
        host = f"[{address.host}]" if ":" in address.host else address.host
        if address.port is not None:
            host += f":{address.port}"
        is_home = address.origin in origins(self.home)
        own = {
            name.lower(): (name, value)
            for name, value in self.headers
            if is_home or name.lower() in HARMLESS_HEADERS
        }
        own.setdefault("user-agent", ("User-Agent", _AGENT))
        if address.user:
            own.setdefault("authorization", ("Authorization", basic(address)))
        lines = "".join(f"{name}: {value}\r\n" for name, value in own.values())
        path = address.rest.partition("#")[0] or "/"
        path = path if path.startswith("/") else f"/{path}"
        # 1.0: a server that may not answer in chunks.
        text = f"GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: */*\r\n{lines}\r\n"
        return text.encode("utf-8", "replace")

    async def _judged(self, host: str, port: int) -> str:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
        except (OSError, UnicodeError) as error:
            raise LookError("The name of the server leads nowhere.") from error
        refused = ""
        for *_, place in found:
            ip = str(place[0])
            wrong = self.policy.why_not(ip)
            if wrong is None:
                return ip
            refused = wrong
        raise LookError(f"The address leads to a place that cameras may not have ({refused}).")


async def read_head(reader: asyncio.StreamReader, begins: bytes) -> tuple[int, Mapping[str, str]]:
    """Return status and headers of an answer in the way of HTTP; raises LookError."""
    first = await reader.readline()
    parts = first.split(None, 2)
    if not first.startswith(begins) or len(parts) < 2 or not parts[1].isdigit():
        raise LookError("What answers there speaks something else.")
    headers: dict[str, str] = {}
    size = 0
    while (line := (await reader.readline()).strip()) and size < _MOST_HEAD:
        size += len(line)
        name, _, value = line.decode("latin-1").partition(":")
        key = name.strip().lower()
        told = headers.get(key)
        headers[key] = value.strip() if told is None else f"{told}, {value.strip()}"
    return int(parts[1][:3]), headers


def basic(address: Address) -> str:
    """Return the header of a plain login."""
    login = f"{address.user}:{address.password or ''}".encode()
    return "Basic " + base64.b64encode(login).decode("ascii")


def _without_chunks(body: bytes) -> bytes:
    pieces: list[bytes] = []
    at = 0
    # By place: cutting off what was read would cost the square of it.
    while (end := body.find(b"\r\n", at, at + _MOST_SIZE_LINE)) > 0:
        try:
            size = int(body[at:end].partition(b";")[0], 16)
        except ValueError:
            break
        if size <= 0:
            break
        pieces.append(body[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
    return b"".join(pieces)
