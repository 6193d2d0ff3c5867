"""Asks owners' servers for playlists and pieces: every wait, size and hop has a limit."""

import re
import ssl
import zlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self
from urllib.parse import unquote, urlsplit

import aiohttp
from yarl import URL

from pantau.cameras.models import CameraSource
from pantau.core.networks import EVERYTHING, AddressPolicy
from pantau.media.sources.net.http_get import HARMLESS_HEADERS
from pantau.streaming.relay.evidence import Outcome
from pantau.streaming.relay.failures import RelayFailure
from pantau.streaming.relay.guard import (
    RefusedAddressError,
    elsewhere,
    guarded_session,
    refuse_behind_proxy,
)
from pantau.streaming.relay.links import host_of, origin_of, resolved
from pantau.streaming.relay.targets import Span

_MOST_REDIRECTS: Final = 4
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# Some servers refuse whoever does not look like a browser (lesson M23).
_AGENT: Final = "Mozilla/5.0 (compatible; Pantau)"
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HEADER_TEXT: Final = re.compile(r"[\t\x20-\x7e\x80-\uffff]{0,4096}")
_OUR_HEADERS: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "range", "transfer-encoding", "te"}
)
_START_OF_RANGE: Final = re.compile(r"bytes (\d{1,16})-")
_OUTCOMES: Final[Mapping[int, Outcome]] = {
    401: Outcome.REFUSED,
    403: Outcome.REFUSED,
    404: Outcome.GONE,
    407: Outcome.REFUSED,
    410: Outcome.GONE,
    429: Outcome.BUSY,
    451: Outcome.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body, and the address that it came from in the end."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Route:
    """How the server of one source is asked."""

    home: str = field(repr=False)
    """The host that the operator named."""
    origin: str = field(repr=False)
    """Scheme, host and port that its login is for."""
    trusted: bool
    tls: bool | ssl.SSLContext
    proxy: URL | None = field(repr=False)
    login: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)

    def headers_for(self, url: str, span: Span | None) -> dict[str, str]:
        """Return what to send; secrets go to the server alone that they are for."""
        is_home = origin_of(url) == self.origin
        headers = {"User-Agent": _AGENT, "Accept": "*/*"}
        for name, text in self.headers:
            if is_home or name in HARMLESS_HEADERS:
                # Whatever the case in which somebody wrote it, it replaces ours.
                headers = {held: said for held, said in headers.items() if held.lower() != name}
                headers[name] = text
        headers["Accept-Encoding"] = "identity"
        if self.login and is_home and "authorization" not in headers:
            headers["Authorization"] = self.login
        if span is not None:
            headers["Range"] = f"bytes={span[0]}-{span[0] + span[1] - 1}"
        return headers


def route_of(source: CameraSource) -> tuple[str, Route] | None:
    """Return the address of a source without its login, and how it is asked; None: no web address.

    Headers that would break the exchange, or cannot be sent, are left out.
    """
    url = resolved("", source.url)
    if url is None:
        return None
    parts = urlsplit(source.url.strip())
    login = ""
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        login = f"Basic {b64encode(pair.encode()).decode()}"
    headers = tuple(
        (name.lower(), text)
        for name, text in source.headers
        if _HEADER_NAME.fullmatch(name)
        and _HEADER_TEXT.fullmatch(text)
        and name.lower() not in _OUR_HEADERS
    )
    return url, Route(
        home=host_of(url),
        origin=origin_of(url),
        trusted=source.trusted,
        tls=_careless_tls() if source.tls == "insecure" else True,
        proxy=URL(source.proxy) if source.proxy else None,
        login=login,
        headers=headers,
    )


class Fetcher:
    """Three pools of connections: two for the servers that operators named, one for the others.

    Loop only; an async context manager.
    """

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        self._sessions = {
            "trusted": guarded_session(EVERYTHING.why_not),
            "named": guarded_session(self._policy.why_not),
            "elsewhere": guarded_session(elsewhere(self._policy)),
        }
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    async def get(
        self,
        url: str,
        route: Route,
        *,
        most_bytes: int,
        count: Callable[[int], None],
        span: Span | None = None,
    ) -> Fetched:
        """Return a whole body; the caller sets the deadline.

        `count` hears of every piece, and may refuse it by raising.  Raises `RelayFailure`.
        """
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                found = await self._get_once(url, route, most_bytes, count, span)
                if isinstance(found, bytes):
                    return Fetched(url, found)
                url = found
        except TimeoutError as error:
            # aiohttp's own: the deadline of the caller passes by as a cancellation.
            raise RelayFailure(Outcome.SLOW) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _failure_of(error) from error
        raise RelayFailure(Outcome.BROKEN)

    async def _get_once(
        self,
        url: str,
        route: Route,
        most_bytes: int,
        count: Callable[[int], None],
        span: Span | None,
    ) -> bytes | str:
        """Return the body, or where it is to be had."""
        is_home = host_of(url) == route.home
        if route.proxy is not None and not (is_home and route.trusted):
            judge = self._policy.why_not if is_home else elsewhere(self._policy)
            await refuse_behind_proxy(host_of(url), judge)
        async with self._session_for(url, route).get(
            URL(url, encoded=True),
            headers=route.headers_for(url, span),
            allow_redirects=False,
            ssl=route.tls,
            proxy=route.proxy,
        ) as response:
            try:
                return await self._take(response, url, most_bytes, count, span)
            finally:
                if not response.content.at_eof():
                    # What else it says is never read: it may be endless.
                    response.close()

    async def _take(
        self,
        response: aiohttp.ClientResponse,
        url: str,
        most_bytes: int,
        count: Callable[[int], None],
        span: Span | None,
    ) -> bytes | str:
        status = response.status
        if status in _REDIRECTS:
            target = resolved(url, response.headers.get("Location", ""))
            if target is None:
                raise RelayFailure(Outcome.BROKEN)
            return target
        if status == HTTPStatus.PARTIAL_CONTENT and span is not None:
            start = _START_OF_RANGE.match(response.headers.get("Content-Range", ""))
            if start is None or int(start[1]) != span[0]:
                raise RelayFailure(Outcome.BROKEN)
            span = None
        elif status != HTTPStatus.OK:
            outcome = Outcome.FAILING if status >= 500 else Outcome.BROKEN
            raise RelayFailure(_OUTCOMES.get(status, outcome))
        body = await _read(response, most_bytes, count)
        return body if span is None else _part_of(body, span)

    def _session_for(self, url: str, route: Route) -> aiohttp.ClientSession:
        if not self._sessions:
            raise RuntimeError("the relay is not open")
        if host_of(url) != route.home and route.proxy is None:
            return self._sessions["elsewhere"]
        return self._sessions["trusted" if route.trusted else "named"]


async def _read(
    response: aiohttp.ClientResponse, most_bytes: int, count: Callable[[int], None]
) -> bytes:
    if (response.content_length or 0) > most_bytes:
        raise _too_large()
    unpacker = _unpacker(response.headers.get("Content-Encoding", ""))
    pieces: list[bytes] = []
    left_bytes = most_bytes
    async for arrived in response.content.iter_any():
        piece = arrived if unpacker is None else _unpacked(unpacker, arrived, left_bytes)
        left_bytes -= len(piece)
        if left_bytes < 0:
            raise _too_large()
        count(len(piece))
        pieces.append(piece)
    if unpacker is not None and not unpacker.eof:
        raise RelayFailure(Outcome.BROKEN)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _unpacker(encoding: str) -> "zlib._Decompress | None":
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip" | "deflate":
            # Asked not to, some servers pack all the same.
            return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        case _:
            raise RelayFailure(Outcome.BROKEN)


def _unpacked(unpacker: "zlib._Decompress", packed: bytes, left_bytes: int) -> bytes:
    try:
        piece = unpacker.decompress(packed, left_bytes + 1)
    except zlib.error as error:
        raise RelayFailure(Outcome.BROKEN) from error
    if unpacker.unconsumed_tail:
        raise _too_large()
    return piece


def _part_of(body: bytes, span: Span) -> bytes:
    """Return what was wanted from a server that knows no ranges."""
    part = body[span[0] : span[0] + span[1]]
    if len(part) < span[1]:
        raise RelayFailure(Outcome.BROKEN)
    return part


def _too_large() -> RelayFailure:
    return RelayFailure(
        Outcome.BROKEN, code="too_large", sentence="The owner's server sends too much at once."
    )


def _failure_of(error: Exception) -> RelayFailure:
    cause: BaseException | None = getattr(error, "os_error", None) or error
    if isinstance(cause, RefusedAddressError):
        return RelayFailure(Outcome.NOT_ALLOWED)
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return RelayFailure(
            Outcome.UNREACHABLE,
            code="certificate",
            sentence="The owner's server does not prove who it is: its certificate is not good.",
        )
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return RelayFailure(
            Outcome.UNREACHABLE, code="proxy", sentence="The proxy does not let us through."
        )
    if isinstance(error, aiohttp.ClientResponseError | ValueError):
        return RelayFailure(Outcome.BROKEN)
    return RelayFailure(Outcome.UNREACHABLE)


@cache
def _careless_tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # Whoever accepts any certificate has an old server to deal with.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context
