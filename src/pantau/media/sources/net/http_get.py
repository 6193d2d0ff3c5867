"""Fetches over HTTP what cameras and HLS origins offer: every wait and every size has a limit."""

import contextlib
import http.client
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import quote, urljoin, urlsplit

from pantau.core.clock import Clock
from pantau.core.networks import is_public
from pantau.media.errors import Cause, SourceError
from pantau.media.sources.base import SourceConfig
from pantau.media.sources.net.address import Address
from pantau.media.sources.net.auth import Login, best_challenge
from pantau.media.sources.net.dial import Patience, Trust, dial, secure
from pantau.media.sources.net.http_body import PatientBody, Stream
from pantau.media.sources.net.proxy import Proxy, is_public_target
from pantau.media.sources.net.web_address import parse_web_address, peer_of

_MOST_REDIRECTS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# Some origins refuse whoever does not look like a browser (lesson M23).
_AGENT: Final = "Mozilla/5.0 (compatible; Pantau)"
_CAUSES: Final = {
    401: Cause.LOGIN_REFUSED,
    403: Cause.LOGIN_REFUSED,
    404: Cause.NOT_FOUND,
    410: Cause.NOT_FOUND,
    429: Cause.BUSY,
    503: Cause.BUSY,
}
HARMLESS_HEADERS: Final = frozenset(
    {"user-agent", "referer", "origin", "accept", "accept-language"}
)
"""Headers of the operator that other hosts may see too: no secret is in them."""
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f]")
_PLAIN: Final = "/?#[]@!$&'()*+,;=:%~"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body, and the address it came from in the end."""

    url: str
    content_type: str
    data: bytes


class HttpGetter:
    """Asks for things at one source, with its login, over one connection that is used again.

    One thread.  Redirects are followed, and other hosts asked, only where they cannot lead into
    our own network: to the configured host, or to public addresses.
    """

    def __init__(
        self,
        config: SourceConfig,
        *,
        clock: Clock,
        is_interrupted: Callable[[], bool],
        count_bytes: Callable[[int], None],
    ) -> None:
        self._config = config
        self._clock = clock
        self._is_interrupted = is_interrupted
        self._count_bytes = count_bytes
        self._home = parse_web_address(config.url)
        self._proxy = Proxy(config.proxy) if config.proxy else None
        if any(_UNFIT.search(name + value) for name, value in config.headers):
            raise SourceError(Cause.UNSUPPORTED, "a header that HTTP cannot carry")
        self._login = Login(self._home.user, self._home.password)
        self._connection: tuple[tuple[str, int, bool], socket.socket] | None = None

    def get(
        self, url: str, *, most_bytes: int, timeout_s: float, span: tuple[int, int] | None = None
    ) -> Fetched:
        """Fetch a whole body; `span` is (offset, length) of the part wanted.

        Raises `SourceError`.
        """
        with self.stream(url, timeout_s=timeout_s, span=span) as stream:
            pieces = []
            left = most_bytes
            while piece := stream.read(min(65_536, left + 1)):
                left -= len(piece)
                if left < 0:
                    raise SourceError(Cause.TOO_LARGE, f"more than {most_bytes} bytes")
                pieces.append(piece)
        data = b"".join(pieces)
        if span is not None and stream.status == 200:  # an origin that knows no ranges
            data = data[span[0] : span[0] + span[1]]
        return Fetched(stream.url, stream.content_type, data)

    @contextlib.contextmanager
    def stream(
        self, url: str, *, timeout_s: float, span: tuple[int, int] | None = None
    ) -> Iterator[Stream]:
        """Open a body for reading; the connection is used again if it was read to its end."""
        patience = Patience(self._clock, self._is_interrupted, timeout_s)
        stream = self._open(url, patience, span)
        try:
            yield stream
        finally:
            if not stream.is_reusable:
                self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection[1].close()
            self._connection = None

    def _open(self, url: str, patience: Patience, span: tuple[int, int] | None) -> Stream:
        redirects = refusals = 0
        while True:
            stream = self._ask(url, patience, span)
            status = stream.status
            if status == 401 and refusals < 2 and self._take_challenge(stream):
                refusals += 1
            elif status in _REDIRECTS:
                redirects += 1
                target = stream.header("Location")
                if not target or redirects > _MOST_REDIRECTS:
                    self.close()
                    raise SourceError(Cause.REDIRECTED, "redirected too often")
                url = urljoin(url, target)
            elif status in {200, 206}:
                return stream
            else:
                self.close()
                cause = Cause.CLOSED if status >= 500 else Cause.NOT_MEDIA
                raise SourceError(_CAUSES.get(status, cause), f"HTTP {status}")
            # What such answers say is never read: it may be endless.
            self.close()

    def _ask(self, url: str, patience: Patience, span: tuple[int, int] | None) -> Stream:
        address = parse_web_address(url)
        was_used = self._is_open_to(address)
        try:
            return self._ask_once(url, address, patience, span)
        except SourceError as error:
            self.close()
            if not was_used or error.cause is not Cause.CLOSED or self._is_interrupted():
                raise
        # The peer closed the connection between two requests, as it may at any time.
        return self._ask_once(url, address, patience, span)

    def _ask_once(
        self, url: str, address: Address, patience: Patience, span: tuple[int, int] | None
    ) -> Stream:
        connection = self._connected(address, patience)
        request = self._request(address, span)
        body = PatientBody(connection, patience, self._count_bytes)
        try:
            connection.sendall(request)
            response = http.client.HTTPResponse(cast("socket.socket", body), method="GET")
            response.begin()
        except (http.client.HTTPException, ValueError) as error:
            self.close()
            gone = isinstance(error, http.client.RemoteDisconnected)
            cause = Cause.CLOSED if gone else Cause.NOT_MEDIA
            raise SourceError(cause, "the answer is not HTTP") from error
        except OSError as error:
            self.close()
            raise SourceError(Cause.CLOSED, "the connection broke") from error
        return Stream(url, response, body)

    def _request(self, address: Address, span: tuple[int, int] | None) -> bytes:
        parts = urlsplit(address.request_url)
        target = quote(parts.path or "/", safe=_PLAIN)
        if parts.query:
            target += "?" + quote(parts.query, safe=_PLAIN)
        is_relayed = self._proxy is not None and not address.is_tls
        asked = f"http://{parts.netloc}{target}" if is_relayed else target
        fields = {"User-Agent": _AGENT, "Accept": "*/*", **self._own_headers(address)}
        lines = [f"GET {asked} HTTP/1.1", f"Host: {parts.netloc}", "Accept-Encoding: identity"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        if self._proxy is not None and is_relayed and self._proxy.proof:
            lines.append(f"Proxy-Authorization: {self._proxy.proof}")
        if span is not None:
            lines.append(f"Range: bytes={span[0]}-{span[0] + span[1] - 1}")
        if self._is_home(address):
            proof = self._login.header("GET", target)
            lines += [f"Authorization: {proof}"] if proof else []
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _own_headers(self, address: Address) -> dict[str, str]:
        is_home = self._is_home(address)
        return {
            name.title(): value
            for name, value in self._config.headers
            if is_home or name.lower() in HARMLESS_HEADERS
        }

    def _take_challenge(self, stream: Stream) -> bool:
        challenge = best_challenge(stream.headers)
        is_home = self._is_home(parse_web_address(stream.url))
        if challenge is None or not self._login.is_given or not is_home:
            return False
        if self._login.challenge is not None and not challenge.is_stale:
            return False
        self._login.take(challenge)
        return True

    def _connected(self, address: Address, patience: Patience) -> socket.socket:
        if self._connection is not None and self._is_open_to(address):
            return self._connection[1]
        self.close()
        connection = self._dial(address, patience)
        self._connection = (address.place, connection)
        return connection

    def _dial(self, address: Address, patience: Patience) -> socket.socket:
        fingerprint = self._config.tls_fingerprint if self._is_home(address) else ""
        trust = Trust(fingerprint, strict=self._config.tls == "strict")
        policy, is_abroad = self._config.policy, address.host != self._home.host
        astray = SourceError(Cause.REDIRECTED, "led to another address of this network")
        if self._proxy is None:
            connection = dial(address, trust=trust, policy=policy, patience=patience)
            if is_abroad and not is_public(peer_of(connection)):
                connection.close()
                raise astray
            return connection
        if is_abroad and not is_public_target(address, patience):
            raise astray
        connection = self._proxy.connect(address, patience=patience, policy=policy)
        return secure(connection, address, trust, patience) if address.is_tls else connection

    def _is_open_to(self, address: Address) -> bool:
        return self._connection is not None and self._connection[0] == address.place

    def _is_home(self, address: Address) -> bool:
        return address.place == self._home.place
