"""Fetches playlists and segments from an HLS origin that is not ours: MediaMTX 1.9 and later."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

import aiohttp
from yarl import URL

from pantau.core.errors import Exhausted, Problem
from pantau.streaming.origin_problems import (
    CAUSE_HEADER,
    bad_origin,
    no_origin,
    problem_of,
    slow_origin,
)

_CONNECT_S: Final = 2.0
_MOST_REDIRECTS: Final = 3
_MOST_SESSIONS: Final = 4096
_READ_BYTES: Final = 256 * 1024
_SESSION_IN_URI: Final = re.compile(rb"([?&])session=([A-Za-z0-9-]{1,64})(&?)")


@dataclass(frozen=True, slots=True)
class OriginAddress:
    """Where the origin listens, as a URL such as MediaMTX's."""

    url: str
    secret: str | None = field(default=None, repr=False)
    """`hlsCDNSecret` of MediaMTX 1.18.1 and later; without it, the edge keeps one session per
    stream there."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One file of one stream."""

    path: str
    name: str
    query: str = ""
    timeout_s: float = 10.0
    most_bytes: int = 32 * 1024 * 1024

    @property
    def is_playlist(self) -> bool:
        return self.name.endswith(".m3u8")


class OriginClient:
    """One pool of kept-alive connections.  Loop only; an async context manager.

    The edge is the origin's only viewer: it follows the cookie check of MediaMTX itself and keeps
    the session, as cookie or as `?session=`, to itself.  So no visitor ever holds a cookie of the
    origin, visitors share what they watch, and one visitor's cookie cannot reach another.
    """

    is_foreign: Final = True
    """Whether queries other than those of blocking reload may mean something there."""

    def __init__(self, address: OriginAddress, *, most_connections: int = 256) -> None:
        self.address = address
        self._most_connections = most_connections
        self._http: aiohttp.ClientSession | None = None
        self._sessions: dict[str, _OriginSession] = {}

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._most_connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=True,
            read_bufsize=_READ_BYTES,
            headers={"Accept-Encoding": "identity", "User-Agent": "Pantau"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def fetch(self, ask: Ask, *, count: Callable[[int], None]) -> bytes:
        """Return the whole body; `count` hears of every piece, and may refuse it by raising.

        Raises `NotFound` for a file that is not there, `Unavailable` with the camera's own cause
        where there is no picture, and `Exhausted` for a body above `ask.most_bytes`.
        """
        try:
            async with asyncio.timeout(ask.timeout_s):
                status, body = await self._get(ask, count)
                if status == HTTPStatus.UNAUTHORIZED and ask.path in self._sessions:
                    del self._sessions[ask.path]
                    # MediaMTX forgets a session after 30 s without requests.
                    if not ask.name.startswith("index."):
                        await self._get(Ask(ask.path, "index.m3u8"), lambda _: None)
                    status, body = await self._get(ask, count)
        except TimeoutError as error:
            raise slow_origin() from error
        except (aiohttp.ClientError, OSError) as error:
            raise no_origin() from error
        if isinstance(body, Problem):
            raise body
        return body

    async def _get(self, ask: Ask, count: Callable[[int], None]) -> tuple[int, bytes | Problem]:
        if self._http is None:
            raise RuntimeError("the origin client is not open")
        session = self._sessions.get(ask.path) or _OriginSession()
        url = self._url(ask, session)
        for _ in range(_MOST_REDIRECTS + 1):
            headers = session.headers(self.address.secret)
            async with self._http.get(url, headers=headers, allow_redirects=False) as response:
                if response.cookies:
                    session.cookies.update(
                        {name: morsel.value for name, morsel in response.cookies.items()}
                    )
                if response.status in {301, 302, 303, 307, 308}:
                    url = self._follow(url, response.headers.get("Location", ""))
                    continue
                if response.status != HTTPStatus.OK:
                    cause = response.headers.get(CAUSE_HEADER, "")
                    problem = problem_of(response.status, cause, is_playlist=ask.is_playlist)
                    return response.status, problem
                body = await _read(response, ask, count)
            if ask.is_playlist:
                body, found = _take_session_out(body)
                session.secret = found or session.secret
                self._keep(ask.path, session)
            return HTTPStatus.OK, body
        return HTTPStatus.LOOP_DETECTED, bad_origin("It redirects in a circle.")

    def _url(self, ask: Ask, session: "_OriginSession") -> URL:
        query = ask.query
        if session.secret and not ask.name.startswith("index."):
            query += ("&" if query else "") + f"session={session.secret}"
        text = f"{self.address.url.rstrip('/')}/{ask.path}/{ask.name}"
        return URL(f"{text}?{query}" if query else text, encoded=True)

    def _follow(self, url: URL, location: str) -> URL:
        try:
            target = url.join(URL(location, encoded=True))
        except ValueError as error:
            raise bad_origin("Its redirect leads nowhere.") from error
        if not location or target.origin() != url.origin():
            # The origin is one server that the operator named; it may not send us elsewhere.
            raise bad_origin("It redirects to another server.")
        return target

    def _keep(self, path: str, session: "_OriginSession") -> None:
        if not session.cookies and session.secret is None:
            return
        if len(self._sessions) >= _MOST_SESSIONS:
            self._sessions.pop(next(iter(self._sessions)))
        self._sessions[path] = session


@dataclass(slots=True)
class _OriginSession:
    """What identifies the edge to a MediaMTX for one stream."""

    cookies: dict[str, str] = field(default_factory=dict)
    secret: str | None = None

    def headers(self, bearer: str | None) -> dict[str, str]:
        headers = {}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        return headers


async def _read(response: aiohttp.ClientResponse, ask: Ask, count: Callable[[int], None]) -> bytes:
    declared = response.content_length or 0
    pieces: list[bytes] = []
    size_bytes = 0
    too_large = Exhausted(
        "stream.file_too_large", "The media server sent a file larger than the edge may keep."
    )
    if declared > ask.most_bytes:
        response.close()
        raise too_large
    async for piece in response.content.iter_any():
        size_bytes += len(piece)
        if size_bytes > ask.most_bytes:
            response.close()
            raise too_large
        count(len(piece))
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _take_session_out(playlist: bytes) -> tuple[bytes, str | None]:
    """Return the playlist as everybody may see it, and the session that stood in its addresses."""
    found = _SESSION_IN_URI.search(playlist)
    if found is None:
        return playlist, None

    def without(match: re.Match[bytes]) -> bytes:
        return match[1] if match[3] else b""

    return _SESSION_IN_URI.sub(without, playlist), found[2].decode()
