"""Fetches over HTTP what cameras and HLS origins offer: every wait and every size has a limit."""

import contextlib
import http.client
import io
import ipaddress
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import quote, unquote, urljoin, urlsplit

from pantau.core.clock import Clock
from pantau.media.errors import Cause, SourceError
from pantau.media.sources.base import SourceConfig
from pantau.media.sources.rtsp.auth import Login, best_challenge
from pantau.media.sources.rtsp.dial import Patience, dial
from pantau.media.sources.rtsp.messages import Response
from pantau.media.sources.rtsp.url import Address

_MOST_REDIRECTS: Final = 3
_MOST_URL: Final = 4_096
_PORTS: Final = {"http": 80, "https": 443}
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
        self._home = _parts(config.url)
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
    ) -> Iterator["Stream"]:
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

    def _open(self, url: str, patience: Patience, span: tuple[int, int] | None) -> "Stream":
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

    def _ask(self, url: str, patience: Patience, span: tuple[int, int] | None) -> "Stream":
        address = _parts(url)
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
    ) -> "Stream":
        connection = self._connected(address, patience)
        request = self._request(address, span)
        body = _PatientBody(connection, patience, self._count_bytes)
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
        lines = [f"GET {target} HTTP/1.1", f"Host: {parts.netloc}", f"User-Agent: {_AGENT}"]
        lines += ["Accept: */*", "Accept-Encoding: identity"]
        if span is not None:
            lines.append(f"Range: bytes={span[0]}-{span[0] + span[1] - 1}")
        if self._is_home(address):
            proof = self._login.header("GET", target)
            lines += [f"Authorization: {proof}"] if proof else []
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _take_challenge(self, stream: "Stream") -> bool:
        headers = [(name.lower(), value) for name, value in stream.headers]
        challenge = best_challenge(Response(401, None, headers))
        is_home = self._is_home(_parts(stream.url))
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
        fingerprint = self._config.tls_fingerprint if self._is_home(address) else ""
        connection = dial(address, fingerprint=fingerprint, patience=patience)
        if address.host != self._home.host and not _is_public(connection):
            connection.close()
            raise SourceError(Cause.REDIRECTED, "led to another address of this network")
        self._connection = (_place(address), connection)
        return connection

    def _is_open_to(self, address: Address) -> bool:
        return self._connection is not None and self._connection[0] == _place(address)

    def _is_home(self, address: Address) -> bool:
        return _place(address) == _place(self._home)


class Stream:
    """A body that is coming in."""

    def __init__(self, url: str, response: http.client.HTTPResponse, body: "_PatientBody") -> None:
        self.url = url
        self.status = response.status
        self._response = response
        self._body = body

    @property
    def headers(self) -> list[tuple[str, str]]:
        """All headers as they came."""
        return self._response.getheaders()

    @property
    def content_type(self) -> str:
        """The media type in lower case, with its parameters."""
        return self.header("Content-Type").lower()

    @property
    def is_reusable(self) -> bool:
        """Whether the connection may carry another request."""
        is_read = self._response.isclosed() or self._response.length == 0
        return is_read and not self._response.will_close

    def header(self, name: str) -> str:
        """Return one header, or an empty text."""
        return self._response.getheader(name) or ""

    def wait_longer(self, patience: Patience) -> None:
        """Give what follows a deadline of its own."""
        self._body.patience = patience

    def read(self, most_bytes: int) -> bytes:
        """Return what comes next, nothing at the end; raises `SourceError`."""
        try:
            return self._response.read1(most_bytes)
        except http.client.IncompleteRead as error:
            raise SourceError(Cause.CLOSED, "the answer ended too early") from error
        except (http.client.HTTPException, ValueError) as error:
            raise SourceError(Cause.BROKEN, "the answer is not HTTP") from error
        except OSError as error:
            raise SourceError(Cause.CLOSED, "the connection broke") from error


class _PatientBody(io.RawIOBase):
    """What `http.client` takes for a socket; reading looks at the deadline every tick."""

    def __init__(
        self,
        connection: socket.socket,
        patience: Patience,
        count_bytes: Callable[[int], None],
    ) -> None:
        super().__init__()
        self._connection = connection
        self._count_bytes = count_bytes
        self.patience = patience

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self, 65_536)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while True:
            try:
                count = self._connection.recv_into(buffer)
            except (TimeoutError, BlockingIOError):
                self.patience.check(Cause.TIMED_OUT, "the answer did not come in time")
                continue
            self._count_bytes(count)
            self.patience.check(Cause.TIMED_OUT, "the answer did not come in time")
            return count


def _parts(url: str) -> Address:
    """Read an address; raises `SourceError` without repeating it."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = parts.hostname or ""
    except ValueError as error:
        raise SourceError(Cause.UNREACHABLE, "the address cannot be read") from error
    if parts.scheme not in _PORTS or not host or len(url) > _MOST_URL:
        raise SourceError(Cause.UNREACHABLE, "not an address of the web")
    shown_host = f"[{host}]" if ":" in host else host
    place = f"{shown_host}:{port}" if port else shown_host
    bare = parts._replace(netloc=quote(place, safe="[]:.%"), fragment="").geturl()
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    is_tls = parts.scheme == "https"
    return Address(host, port or _PORTS[parts.scheme], is_tls, bare, user, password)


def _place(address: Address) -> tuple[str, int, bool]:
    return address.host, address.port, address.is_tls


def _is_public(connection: socket.socket) -> bool:
    try:
        peer = ipaddress.ip_address(str(connection.getpeername()[0]).partition("%")[0])
    except (OSError, ValueError):
        return False
    mapped = getattr(peer, "ipv4_mapped", None)
    return bool((mapped or peer).is_global)
