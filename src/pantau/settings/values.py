"""What a value of the settings may look like."""

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

_SOURCE_SCHEMES: Final = ("rtsp", "rtsps", "http", "https", "ws", "wss", "file", "testcard")
_SERVER: Final = re.compile(r"((\{s\}\.)?[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


def known_zone(name: str) -> str:
    """Return the name of a time zone that this machine knows."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("must be a time zone such as Asia/Jakarta or Asia/Makassar") from error
    return name


def http_address(url: str) -> str:
    """Return an http(s) address without a slash at its end; empty stays empty."""
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("must be an address such as http://127.0.0.1:9997")
    return url.rstrip("/")


def rtsp_address(url: str) -> str:
    """Return an RTSP address without a slash at its end; empty stays empty."""
    parts = urlsplit(url)
    is_fit = parts.scheme in {"rtsp", "rtsps"} and parts.hostname and not parts.query
    if url and not (is_fit and parts.port != 0):
        raise ValueError("must be an address such as rtsp://127.0.0.1:8554")
    return url.rstrip("/")


def database_address(url: str) -> str:
    """Return the address of a PostgreSQL database; empty stays empty."""
    parts = urlsplit(url)
    if url and (parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/")):
        raise ValueError("must be an address such as postgresql://pantau:secret@127.0.0.1/pantau")
    return url


def state_address(url: str) -> str:
    """Return the address of a Valkey or Redis; empty stays empty."""
    parts = urlsplit(url)
    if url and parts.scheme not in {"redis", "rediss", "unix", "valkey", "valkeys"}:
        raise ValueError("must be an address such as redis://127.0.0.1:6379/0")
    return url


def web_origin(written: str) -> str:
    """Return an origin: scheme and host of a site."""
    parts = urlsplit(written)
    bare = parts._replace(scheme="", netloc="").geturl().strip("/")
    if parts.scheme not in {"http", "https"} or not parts.hostname or bare:
        raise ValueError("must be an origin such as https://cctv.example.org, without a path")
    return f"{parts.scheme}://{parts.netloc}".lower()


def loopback_listener(address: str) -> str:
    """Return an address of this machine with a port; empty stays empty."""
    host, _, port = address.rpartition(":")
    if address and (host not in {"127.0.0.1", "[::1]", "localhost"} or not port.isdigit()):
        # The control API lists camera addresses with their passwords (lesson M07).
        raise ValueError("must be a loopback address with a port, such as 127.0.0.1:9997")
    return address


def network(written: str) -> str:
    """Return a network as CIDR; a single address is one too."""
    try:
        return str(ipaddress.ip_network(written, strict=False))
    except ValueError as error:
        raise ValueError("must be an address or a network such as 10.0.0.0/8") from error


def tile_address(written: str) -> str:
    """Return the pattern of map tiles; empty stays empty."""
    parts = urlsplit(written)
    if written and not (
        parts.scheme in {"http", "https"}
        # The server also stands in a policy header, where other letters would begin something else.
        and _SERVER.fullmatch(parts.netloc)
        and not any(ord(letter) <= 32 for letter in written)
        and all(part in written for part in ("{z}", "{x}", "{y}"))
    ):
        raise ValueError("must be an http(s) address that holds {z}, {x} and {y}")
    return written


def split(written: object) -> object:
    """Return the parts of a text with commas; other values as they are."""
    return [part.strip() for part in written.split(",")] if isinstance(written, str) else written


def camera_address(url: str) -> str:
    """Return the address of a camera."""
    parts = urlsplit(url)
    if parts.scheme not in _SOURCE_SCHEMES:
        raise ValueError(
            "must begin with rtsp://, rtsps://, http://, https://, ws://, wss://, file:// "
            "or testcard:"
        )
    if parts.scheme not in {"file", "testcard"} and not parts.hostname:
        raise ValueError("must name the camera's host")
    return url


class Table(BaseModel):
    """A table of the settings."""

    # Input is hidden in errors because one of the inputs is an address with a password.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
