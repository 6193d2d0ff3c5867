"""One request and one answer of the hot path, as values without a framework."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Literal, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Header: TypeAlias = tuple[bytes, bytes]

BODYLESS: Final = frozenset({204, 304})


class Reply:
    """An immutable answer that may be sent to any number of visitors at once.

    `headers` have lower-case names and hold neither `content-length` nor what every answer gets
    (web.headers); without a `cache-control` nobody may keep the answer.  Encoding happens once, at
    construction: build replies when data changes, not when somebody asks.
    """

    __slots__ = (
        "body",
        "cross_origin",
        "headers",
        "is_html",
        "is_script",
        "status",
        "wire_head",
    )

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        *,
        content_type: bytes = b"",
        headers: tuple[Header, ...] = (),
        cross_origin: bool = False,
    ) -> None:
        own = headers
        if content_type:
            own = ((b"content-type", content_type), *own)
        if not any(name == b"cache-control" for name, _ in own):
            own = (*own, (b"cache-control", b"no-store"))
        if status not in BODYLESS:
            own = (*own, (b"content-length", b"%d" % len(body)))
        self.status = status
        self.body = body
        self.headers: tuple[Header, ...] = own
        self.cross_origin = cross_origin
        """Players and pages of other sites may use this answer, even where the route says no."""
        self.is_html = content_type.startswith(b"text/html")
        self.is_script = content_type.startswith(b"text/javascript")
        self.wire_head = _status_line(status) + b"".join(b"%s: %s\r\n" % pair for pair in own)


class Streamed:
    """An answer whose body is too long to be held: it comes piece by piece, as the visitor reads.

    `body` is iterated only where a body is wanted, and not to its end when the visitor leaves;
    `close` is called once in every case.  `headers` are those of a `Reply` with `content-length`.
    """

    __slots__ = ("body", "close", "cross_origin", "headers", "status")

    def __init__(
        self,
        status: int,
        body: AsyncIterator[bytes],
        *,
        headers: tuple[Header, ...],
        close: Callable[[], object],
        cross_origin: bool = False,
    ) -> None:
        self.status = status
        self.body = body
        self.headers = headers
        self.close = close
        self.cross_origin = cross_origin


class HotRequest:
    """What a handler of the fast lane may look at.  Loop only; lives as long as the request."""

    __slots__ = (
        "_headers",
        "_look_up_client",
        "began_mono",
        "method",
        "more_lines",
        "path",
        "request_id",
        "rest",
        "scope",
    )

    def __init__(
        self,
        scope: Scope,
        *,
        request_id: bytes,
        look_up_client: Callable[[Scope], str],
    ) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        """Decoded once and found harmless (web.targets)."""
        self.rest = ""
        """What follows the prefix that a handler was registered for."""
        self.request_id = request_id
        self.began_mono = 0.0
        """When the fast lane heard of it."""
        self.more_lines = b""
        """Header lines for the answer to this request alone, ready for the wire."""
        self._headers: dict[bytes, bytes] | None = None
        self._look_up_client = look_up_client

    @property
    def query(self) -> bytes:
        query: bytes = self.scope["query_string"]
        return query

    @property
    def client_address(self) -> str:
        """The visitor's address as the trusted proxies tell it, never what a visitor claims."""
        return self._look_up_client(self.scope)

    @property
    def is_gone(self) -> bool:
        """Whether the visitor has left, as far as the server knows."""
        told: Callable[[], bool] | None = self.scope.get("state", {}).get("is_gone")
        return told is not None and told()

    def header(self, name: bytes) -> bytes:
        """Return the value of the header with this lower-case name (the last of many), or b""."""
        return self.header_or_none(name) or b""

    def header_or_none(self, name: bytes) -> bytes | None:
        """Return the same, but tell an empty header from none."""
        headers = self._headers
        if headers is None:
            headers = self._headers = dict(self.scope["headers"])
        return headers.get(name)

    def repeats(self, name: bytes) -> bool:
        """Tell whether the header with this lower-case name is there more than once."""
        pairs: list[Header] = self.scope["headers"]
        if self._headers is not None and len(self._headers) == len(pairs):
            return False
        return sum(pair[0] == name for pair in pairs) > 1


Answer: TypeAlias = "Reply | Awaitable[Reply | Streamed]"
Handler: TypeAlias = Callable[[HotRequest], Answer]
"""Answers GET and HEAD; may raise `core.errors.Problem`.

What is known already is returned as a `Reply`, without a coroutine: that is the hot path.
"""


Limit: TypeAlias = Literal["reads", "misses", "none"]
"""What counts against the reads of one address: every answer, only what is not there, nothing."""


@dataclass(frozen=True, slots=True)
class Route:
    """A handler in the fast lane, for anybody."""

    handler: Handler
    cross_origin: bool = False
    """Whether pages of other sites may read the answers."""
    limit: Limit = "reads"
    passes_writes: bool = False
    """Whether other methods go to the application, which has endpoints at the same address."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Several routes below one prefix, beside endpoints of the application."""

    pick: Callable[[str], Route | None]
    """Returns the route by what follows the prefix; None: the application knows."""


def _status_line(status: int) -> bytes:
    return b"HTTP/1.1 %d %s\r\n" % (status, HTTPStatus(status).phrase.encode())
