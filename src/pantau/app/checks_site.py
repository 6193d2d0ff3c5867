"""Goes the way that visitors go: to the public address, through whatever proxy stands there."""

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final
from urllib.parse import SplitResult, urljoin, urlsplit

from pantau.app.checks_running import is_health
from pantau.core.clock import SystemClock
from pantau.operations.doctor import Finding
from pantau.operations.doctor.clocks import check_second_clock
from pantau.operations.doctor.public_site import (
    CacheMarks,
    Heard,
    Reached,
    check_proxy_cache,
    check_proxy_headers,
    check_public_address,
)
from pantau.operations.heard import asking
from pantau.settings import Settings

_ANSWER_S: Final = 12.0
"""A camera that connects on demand needs ten seconds for its first picture."""
_MOST_BYTES: Final = 8 * 2**20
_LOOPBACK: Final = "127.0.0.1"
_TROUBLES: Final[Mapping[type[Exception], str]] = {
    ssl.SSLError: "what answers there speaks no TLS",
    socket.gaierror: "the name leads nowhere (no DNS record)",
    TimeoutError: "no answer",
    ConnectionRefusedError: "nothing listens there",
    HTTPException: "what answers there speaks no HTTP",
}
_MARKS: Final = ("X-Cache-Status", "CF-Cache-Status", "X-Proxy-Cache")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    response: HTTPResponse


def look_at_site(settings: Settings) -> list[Finding]:
    """Return findings about the public address, a second clock, headers and cache."""
    url = settings.public_url
    if not url:
        return [check_public_address(url, Reached())]
    way = _Way(urlsplit(url))
    reached, served_at = _reach(way)
    found = [check_public_address(url, reached)]
    if not reached.is_ours:
        return found
    if served_at is not None:
        now = SystemClock().now()
        found.append(check_second_clock(now, served_at, whose="the clock of the public address"))
    if way.is_direct(settings):
        return found
    return [
        *found,
        check_proxy_headers(url, _heard(way, settings)),
        check_proxy_cache(_marks(way)),
    ]


class _Way:
    """How to reach the site: by its name, or else the proxy on this machine under that name."""

    def __init__(self, parts: SplitResult) -> None:
        self.parts = parts
        self.is_local = False

    def is_direct(self, settings: Settings) -> bool:
        """Tell whether the public address is the hub's own, without any proxy."""
        return self.parts.scheme == "http" and self.port == settings.port

    @property
    def port(self) -> int:
        return self.parts.port or {"https": 443}.get(self.parts.scheme, 80)

    @contextmanager
    def open(self) -> Iterator[HTTPConnection]:
        """Give a connection; raises OSError."""
        host = self.parts.hostname or ""
        kind = HTTPSConnection if self.parts.scheme == "https" else HTTPConnection
        with closing(kind(host, self.port, timeout=_ANSWER_S)) as connection:
            plain = socket.create_connection(
                (_LOOPBACK if self.is_local else host, self.port), timeout=_ANSWER_S
            )
            is_tls = self.parts.scheme == "https"
            try:
                connection.sock = (
                    ssl.create_default_context().wrap_socket(plain, server_hostname=host)
                    if is_tls
                    else plain
                )
            except OSError:
                plain.close()
                raise
            yield connection

    def get(self, path: str) -> _Answer:
        """Return an answer; raises OSError or HTTPException."""
        with self.open() as connection:
            connection.request("GET", path, headers={"Host": self.parts.netloc})
            response = connection.getresponse()
            return _Answer(response.status, response.read(_MOST_BYTES), response)


def _reach(way: _Way) -> tuple[Reached, datetime | None]:
    trouble = ""
    for is_local in (False, True):
        way.is_local = is_local
        try:
            answer = way.get("/health")
        except (OSError, HTTPException) as error:
            trouble = trouble or _in_words(error)
            continue
        is_ours = is_health(_json(answer.body))
        if is_ours or not is_local:
            reached = Reached(locally=is_local, is_ours=is_ours)
            return reached, _date(answer.response.getheader("Date", ""))
    return Reached(trouble=trouble or "nothing of ours answers"), None


def _heard(way: _Way, settings: Settings) -> Heard | None:
    try:
        with asking(settings.sockets_dir) as path:
            answer = way.get(path)
        return Heard.model_validate_json(answer.body) if answer.status == 200 else None
    except (OSError, HTTPException, ValueError):
        return None


def _marks(way: _Way) -> CacheMarks:
    try:
        playlist = _first_playlist(way)
        if playlist is None:
            return CacheMarks()
        way.get(playlist)
        told = way.get(playlist)
        segment = _first_segment(playlist, told.body)
        if told.status != 200 or segment is None:
            return CacheMarks(playlist=_mark(told))
        way.get(segment)
        again = way.get(segment)
        return CacheMarks(segment=_mark(again), playlist=_mark(told), has_segment=True)
    except (OSError, HTTPException):
        return CacheMarks()


def _first_playlist(way: _Way) -> str | None:
    told = _json(way.get("/api/cameras/active").body)
    cameras = told.get("data") if isinstance(told, dict) else None
    for camera in cameras if isinstance(cameras, list) else []:
        key = camera.get("stream_key") if isinstance(camera, dict) else None
        if key and camera.get("status") == "active":
            return f"/hls/{key}/index.m3u8"
    return None


def _first_segment(playlist: str, body: bytes) -> str | None:
    names = [line for line in body.decode("utf-8", "replace").splitlines() if line]
    media = [line for line in names if not line.startswith("#") and ".m3u8" not in line]
    return urlsplit(urljoin(playlist, media[0])).path if media else None


def _mark(answer: _Answer) -> str:
    return next((told for name in _MARKS if (told := answer.response.getheader(name))), "")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None


def _in_words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}"
    known = next((words for kind, words in _TROUBLES.items() if isinstance(error, kind)), None)
    return known or getattr(error, "strerror", None) or type(error).__name__
