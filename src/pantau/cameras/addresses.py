"""Addresses of cameras taken apart as people paste them, and written in one way.

What is stored is always `Address.text`: there the login is percent-encoded, so that everybody who
reads it later finds the same user, password, host and port.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30}):(//)?(.*)", re.DOTALL)
_PLACE: Final = re.compile(
    r"(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([^:\[\]\s@/?#%]+))(?::(\d{0,5}))?"
)
_UNWRITABLE: Final = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_DEFAULT_PORTS: Final = {"rtsp": 554, "rtsps": 322, "http": 80, "ws": 80, "https": 443, "wss": 443}
_WITHOUT_HOST: Final = frozenset({"file", "testcard"})
MASK: Final = "***"


@dataclass(frozen=True, slots=True)
class Address:
    """Where something is, and the login for it."""

    scheme: str
    host: str
    """In lower case and without brackets; empty for `file:` and `testcard:`."""
    port: int | None
    rest: str = field(repr=False)
    """Path, query and fragment as they were written: cameras compare them byte by byte."""
    user: str = field(default="", repr=False)
    password: str | None = field(default=None, repr=False)
    hides_password: bool = False
    """Whether the mask stood in the place of the password."""

    @property
    def origin(self) -> tuple[str, str, int | None]:
        """What it is that a login is good for."""
        return self.scheme, self.host, self.port or _DEFAULT_PORTS.get(self.scheme)

    @property
    def text(self) -> str:
        """The address with its login."""
        password = None if self.password is None else quote(self.password, safe="")
        return self._written(password)

    def with_password_as(self, shown: str) -> str:
        """Return the address with `shown` where it has a password."""
        return self._written(None if self.password is None else shown)

    def _written(self, password: str | None) -> str:
        if self.scheme in _WITHOUT_HOST:
            return f"{self.scheme}:{self.rest}"
        login = quote(self.user, safe="")
        if password is not None:
            login += f":{password}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{login}{'@' if login else ''}{host}{port}{self.rest}"


def address_of(written: str) -> Address:
    """Read an address; raises ValueError with a sentence that does not repeat it.

    `@`, `:`, `?`, `#` and `%` need no escape in passwords, and `/` needs none where the host that
    follows is an address or a name with a dot.
    """
    written = written.strip()
    if _UNWRITABLE.search(written):
        raise ValueError("An address holds no spaces and no control characters.")
    parts = _SCHEME.fullmatch(written)
    if parts is None:
        raise ValueError("An address begins with rtsp://, http:// or the like.")
    scheme = parts[1].lower()
    if scheme in _WITHOUT_HOST:
        return Address(scheme, "", None, (parts[2] or "") + parts[3])
    if parts[2] is None:
        raise ValueError("An address begins with rtsp://, http:// or the like.")
    login, place, rest = _taken_apart(parts[3])
    found = _PLACE.fullmatch(place)
    if found is None:
        raise ValueError("The address has no proper host and port.")
    port = int(found[3]) if found[3] else None
    if port is not None and not 0 < port <= 0xFFFF:
        raise ValueError("The port must be a number from 1 to 65535.")
    user, colon, password = login.partition(":")
    return Address(
        scheme,
        (found[1] or found[2]).lower(),
        port,
        rest,
        unquote(user),
        unquote(password) if colon else None,
        hides_password=bool(colon) and password == MASK,
    )


def host_literal(host: str) -> str | None:
    """Return the IP address that `host` is, however it is written; None for a name."""
    bare = host.partition("%")[0].rstrip(".")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    if bare == "localhost" or bare.endswith(".localhost"):
        return "127.0.0.1"
    if re.fullmatch(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}", bare):
        # The resolver takes 127.1, 0x7f000001 and 2130706433 for 127.0.0.1.
        try:
            return socket.inet_ntoa(socket.inet_aton(bare))
        except OSError:
            return None
    return None


def _taken_apart(body: str) -> tuple[str, str, str]:
    """Return login, host with port, and the rest of what follows `://`."""
    slash = body.find("/")
    authority = body if slash < 0 else body[:slash]
    at = authority.rfind("@")
    usual = _split_at(body, at)
    if _is_certain(usual[1]):
        return usual
    for later in range(max(slash, 0), len(body)):
        # A slash in the password: the login goes on beyond it.
        if body[later] == "@" and ":" in body[:later]:
            other = _split_at(body, later)
            if _is_certain(other[1]):
                return other
    return usual


def _split_at(body: str, at: int) -> tuple[str, str, str]:
    login, after = ("", body) if at < 0 else (body[:at], body[at + 1 :])
    end = re.search(r"[/?#]", after)
    return (
        (login, after, "") if end is None else (login, after[: end.start()], after[end.start() :])
    )


def _is_certain(place: str) -> bool:
    found = _PLACE.fullmatch(place)
    if found is None:
        return False
    return found[1] is not None or "." in found[2] or found[2].lower() == "localhost"
