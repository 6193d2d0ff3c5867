"""Which site a request comes from, and what pages of other sites may do here."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import Header, HotRequest, Scope

_PORT: Final = re.compile(rb":\d+\Z")
_EXPOSED: Final = (
    b"ETag, Retry-After, X-Cache, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, "
    b"X-Request-ID"
)
_VARY: Final[Header] = (b"vary", b"Origin")
PREFLIGHT_HEADERS: Final = (
    b"Authorization, Content-Type, If-Match, If-None-Match, If-Range, Range, "
    b"X-API-Key, X-CSRF-Token, X-Playback-Token, X-Requested-With"
)
PREFLIGHT: Final[tuple[Header, ...]] = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
    (b"access-control-allow-headers", PREFLIGHT_HEADERS),
    (b"access-control-max-age", b"7200"),
)


class Origins:
    """Judges `Origin` against our own host and the configured sites.  Pure.

    `allowed` is `settings.allowed_origins`; `public_url` is where visitors reach the hub.
    """

    def __init__(
        self, allowed: Sequence[str], clients: ClientAddresses, *, public_url: str = ""
    ) -> None:
        self._clients = clients
        self._own = _origin_of(public_url)
        self._granted: dict[bytes, tuple[Header, ...]] = {
            origin.lower().encode(): (
                (b"access-control-allow-origin", origin.lower().encode()),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-expose-headers", _EXPOSED),
                _VARY,
            )
            for origin in allowed
        }

    @property
    def exist(self) -> bool:
        """Tell whether any other site is configured; if not, no answer depends on `Origin`."""
        return bool(self._granted)

    @property
    def granted(self) -> "dict[bytes, tuple[Header, ...]]":
        """What the answers to pages of each configured site carry."""
        return self._granted

    def headers_for(self, scope: Scope) -> tuple[Header, ...]:
        """Return what the answer must say about other sites; nothing where none is configured."""
        return self._granted.get(origin_of(scope), (_VARY,)) if self._granted else ()

    def is_allowed(self, request: HotRequest) -> bool:
        """Tell whether the request comes from a page of a configured site."""
        return request.header(b"origin").lower() in self._granted

    def is_foreign(self, request: HotRequest) -> bool:
        """Tell whether a page of a site that is neither ours nor configured sent this."""
        origin = request.header_or_none(b"origin")
        if origin is None:
            return False
        return not (self.is_allowed(request) or self._is_own(request, origin.lower()))

    def knows(self, request: HotRequest, origin: bytes) -> bool:
        """Tell whether `origin`, in lower case, is our own or that of a configured site."""
        return origin in self._granted or self._is_own(request, origin)

    def is_write_from_elsewhere(self, request: HotRequest) -> bool:
        """Tell the same of a write, also where the browser sends no `Origin`."""
        if self.is_foreign(request):
            return True
        crosses = request.header(b"sec-fetch-site") == b"cross-site"
        return crosses and not self.is_allowed(request)

    def _is_own(self, request: HotRequest, origin: bytes) -> bool:
        _, separator, authority = origin.partition(b"://")
        if not separator:
            return False
        # What the browser itself says, which no script can change.
        if request.header(b"sec-fetch-site") == b"same-origin" or origin == self._own:
            return True
        # Without the scheme: a proxy that takes TLS off need not tell us (lesson X02).
        host = request.header(b"host").lower()
        if authority == host:
            return True
        if not self._clients.comes_from_proxy(request.scope):
            return False
        forwarded = request.header(b"x-forwarded-host").rpartition(b",")[2].strip().lower()
        if authority == forwarded:
            return True
        # nginx's $host leaves the port out.
        return _PORT.sub(b"", authority) == host


def origin_of(scope: Scope) -> bytes:
    """Return the request's `Origin`, or nothing."""
    value: bytes
    for name, value in scope["headers"]:
        if name == b"origin":
            return value.lower()
    return b""


def _origin_of(url: str) -> bytes:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower().encode() if url else b""
