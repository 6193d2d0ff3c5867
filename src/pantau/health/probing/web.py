"""Asks HTTP sources: whether a playlist moves, whether the first bytes are a picture."""

import asyncio
import contextlib
import errno
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from socket import AddressFamily
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from pantau.cameras.models import CameraSource
from pantau.core.networks import is_public
from pantau.health import causes
from pantau.health.probing.answers import ProbeAnswer, failure, gone
from pantau.health.probing.dialling import Dialler, resetting_socket
from pantau.media.errors import Cause, SourceError
from pantau.media.sources.net.auth import Login, best_challenge
from pantau.media.sources.net.http_get import HARMLESS_HEADERS
from pantau.media.sources.net.web_address import parse_web_address

_MOST_REDIRECTS: Final = 3
_MOST_LOGINS: Final = 2
_HUNG_UP: Final = frozenset({errno.ECONNRESET, errno.EPIPE})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# Some origins refuse whoever does not look like a browser (lesson M23).
_AGENT: Final = "Mozilla/5.0 (compatible; Pantau)"


class RefusedError(Exception):
    """The source answered with a status that is an answer in itself."""

    def __init__(self, answer: ProbeAnswer) -> None:
        super().__init__(answer.cause)
        self.answer = answer


class _NotAllowedError(OSError):
    """A name that leads where sources may not lead."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A body that is coming in, from where it came in the end."""

    url: str
    content_type: str
    body: aiohttp.StreamReader

    async def read(self, most_bytes: int, *, least_bytes: int = 0) -> bytes:
        """Return the body up to `most_bytes`; it is enough when `least_bytes` have come."""
        read = bytearray()
        while len(read) < most_bytes and (not least_bytes or len(read) < least_bytes):
            piece = await self.body.read(most_bytes - len(read))
            if not piece:
                break
            read += piece
        return bytes(read)


class WebClient:
    """Sends GET to sources, each by its own profile: headers, proxy, certificate.  Loop only.

    Redirects are followed by hand: every step is judged, and leads from a source that is in our own
    network to its own host only.
    """

    def __init__(self, dialler: Dialler) -> None:
        self._dialler = dialler
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def close(self) -> None:
        """Give the connections back."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    @contextlib.asynccontextmanager
    async def get(self, source: CameraSource, url: str) -> AsyncIterator[Opened]:
        """Open `url` for `source`; raises `SourceError` or `RefusedError`."""
        home = parse_web_address(source.url)
        login = Login(home.user, home.password)
        redirects = logins = 0
        while True:
            address = parse_web_address(url)
            await self._judge(source, address.host, address.port, home=home.host)
            response = await self._send(
                source, address.request_url, login, address.place == home.place
            )
            try:
                if response.status in _REDIRECTS and redirects < _MOST_REDIRECTS:
                    redirects += 1
                    url = urljoin(url, response.headers.get("Location", ""))
                    continue
                if response.status == 401 and logins < _MOST_LOGINS:
                    challenge = best_challenge(response.headers.items())
                    if challenge is not None and login.is_given and address.place == home.place:
                        logins += 1
                        login.take(challenge)
                        continue
                if response.status not in {200, 206}:
                    raise RefusedError(_meaning(response.status))
                kind = response.headers.get("Content-Type", "").lower()
                yield Opened(str(response.url), kind, response.content)
                return
            finally:
                response.close()

    async def _judge(self, source: CameraSource, host: str, port: int, *, home: str) -> None:
        places = await self._places(source, host, port)
        if host == home or source.trusted:
            return
        # A stranger's playlist must not make us ask around in our own network.
        if not all(is_public(str(place[1][0])) for place in places):
            raise SourceError(Cause.REDIRECTED, "led to another address of this network")

    async def _places(
        self, source: CameraSource, host: str, port: int
    ) -> tuple[tuple[AddressFamily, tuple[object, ...]], ...]:
        try:
            return await self._dialler.places(host, port, is_trusted=source.trusted)
        except SourceError as error:
            # Behind a proxy the name may mean nothing here.
            if source.proxy and error.cause is Cause.UNREACHABLE:
                return ()
            raise

    async def _send(
        self,
        source: CameraSource,
        url: str,
        login: Login,
        is_home: bool,  # noqa: FBT001
    ) -> aiohttp.ClientResponse:
        headers = {"User-Agent": _AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
        headers |= {
            name: value
            for name, value in source.headers
            if is_home or name.lower() in HARMLESS_HEADERS
        }
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        proof = login.header("GET", target) if is_home else None
        if proof is not None:
            headers["Authorization"] = proof
        try:
            return await self._session(is_trusted=source.trusted).get(
                url,
                headers=headers,
                allow_redirects=False,
                proxy=source.proxy or None,
                ssl=_certificates(source),
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise SourceError(_cause_of(error), "no answer over HTTP") from None

    def _session(self, *, is_trusted: bool) -> aiohttp.ClientSession:
        session = self._sessions.get(is_trusted)
        if session is None:
            connector = aiohttp.TCPConnector(
                resolver=_JudgingResolver(self._dialler, is_trusted=is_trusted),
                use_dns_cache=False,
                force_close=True,
                limit=0,
                socket_factory=lambda info: resetting_socket(info[0]),
            )
            session = aiohttp.ClientSession(
                connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            )
            self._sessions[is_trusted] = session
        return session


class _JudgingResolver(AbstractResolver):
    """Gives the client only addresses that were judged, so that they are the ones dialled."""

    def __init__(self, dialler: Dialler, *, is_trusted: bool) -> None:
        self._dialler = dialler
        self._is_trusted = is_trusted

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_UNSPEC
    ) -> list[ResolveResult]:
        try:
            places = await self._dialler.places(host, port, is_trusted=self._is_trusted)
        except SourceError as error:
            if error.cause is Cause.NOT_ALLOWED:
                raise _NotAllowedError from error
            raise OSError from error
        return [
            ResolveResult(
                hostname=host, host=str(place[0]), port=port, family=kind, proto=0, flags=0
            )
            for kind, place in places
            if family in {AddressFamily.AF_UNSPEC, kind}
        ]

    async def close(self) -> None:
        """Nothing is kept open."""


def _certificates(source: CameraSource) -> bool | aiohttp.Fingerprint:
    if source.tls_fingerprint:
        plain = source.tls_fingerprint.replace(":", "").replace(" ", "")
        with contextlib.suppress(ValueError):
            return aiohttp.Fingerprint(bytes.fromhex(plain))
    return source.tls != "insecure"


def _cause_of(error: Exception) -> Cause:
    if isinstance(error, aiohttp.ClientConnectorError) and error.os_error is not None:
        return _cause_of_dialling(error.os_error)
    if isinstance(error, aiohttp.ServerFingerprintMismatch | aiohttp.ClientSSLError):
        return Cause.INSECURE
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError):
        return Cause.CLOSED
    if isinstance(error, aiohttp.ClientOSError) and error.errno in _HUNG_UP:
        return Cause.CLOSED
    is_nonsense = isinstance(error, aiohttp.ClientResponseError | ValueError)
    return Cause.NOT_MEDIA if is_nonsense else Cause.UNREACHABLE


def _cause_of_dialling(error: OSError) -> Cause:
    if isinstance(error, _NotAllowedError):
        return Cause.NOT_ALLOWED
    if isinstance(error, ssl.SSLError):
        return Cause.INSECURE
    return Cause.REFUSED if isinstance(error, ConnectionRefusedError) else Cause.UNREACHABLE


def _meaning(status: int) -> ProbeAnswer:
    if status in {404, 410}:
        return gone(causes.GONE)
    if status == 401:
        return failure(Cause.LOGIN_REFUSED)
    if status in {403, 451}:
        # Maybe we asked wrongly: a status that says nothing of the stream itself (lesson M23).
        return failure(causes.FORBIDDEN)
    if status in {429, 503}:
        return failure(Cause.BUSY)
    if status in _REDIRECTS:
        return failure(Cause.REDIRECTED)
    return failure(causes.SERVER_ERROR if status >= 500 else Cause.NOT_MEDIA)


def broken_off(error: Exception) -> ProbeAnswer:
    """Return what an error in the middle of a body means."""
    is_slow = isinstance(error, asyncio.TimeoutError)
    return failure(Cause.TIMED_OUT if is_slow else Cause.CLOSED)
