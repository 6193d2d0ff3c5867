"""Takes addresses of the web apart, and says which of them lead out of our own network."""

import socket
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from pantau.media.errors import Cause, SourceError
from pantau.media.sources.net.address import Address

_PORTS: Final = {"http": 80, "https": 443}
_MOST_URL: Final = 4_096


def parse_web_address(url: str) -> Address:
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


def peer_of(connection: socket.socket) -> str:
    """Return the address at the other end; empty when there is none any more."""
    try:
        return str(connection.getpeername()[0])
    except (OSError, IndexError):
        return ""
