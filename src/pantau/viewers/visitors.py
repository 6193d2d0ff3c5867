"""Who somebody is without telling who they are: a number that is good for one day.

The number is a keyed hash of address, browser and, where the browser sends it, a cookie of ours
that tells people behind one carrier's address apart.  Its key is forgotten with the day, so that
afterwards nobody can tell whose number it was, and nobody has the same one again.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final

from pantau.web.exchange import Header, HotRequest, Reply

COOKIE: Final = "pantau_visitor"
SALT_BYTES: Final = 32
_HASH_BYTES: Final = 16
_COOKIE_BYTES: Final = 12
_MARK: Final = COOKIE.encode() + b"="
_SHAPE: Final = re.compile(rb"(?:^|;[ \t]*)pantau_visitor=([A-Za-z0-9_-]{16})(?=[ \t]*(?:;|$))")
_PRIVATE: Final[Header] = (b"cache-control", b"private, no-cache")
_REPLACED: Final = frozenset({b"cache-control", b"content-length", b"content-type"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody, today."""

    number: bytes
    has_cookie: bool
    """Whether it is one browser for certain; else several people may have this number."""


class Salted:
    """Numbers of one day."""

    __slots__ = ("_hash", "on_day")

    def __init__(self, salt: bytes, on_day: str) -> None:
        self._hash = hashlib.blake2b(digest_size=_HASH_BYTES, key=salt)
        self.on_day = on_day

    def visitor(self, request: HotRequest) -> Visitor:
        """Return whose request it is.  About two microseconds."""
        cookie = cookie_of(request)
        return Visitor(self.number(request, cookie), bool(cookie))

    def number(self, request: HotRequest, cookie: bytes) -> bytes:
        """Return the number alone."""
        hashed = self._hash.copy()
        hashed.update(request.client_address.encode())
        # What separates is in neither of them, so that no two people read as one.
        hashed.update(b"\n")
        hashed.update(request.header(b"user-agent"))
        hashed.update(b"\n")
        hashed.update(cookie)
        return hashed.digest()

    def of_address(self, address: str) -> bytes:
        """Return the number of an address alone, for limits."""
        hashed = self._hash.copy()
        hashed.update(address.encode())
        return hashed.digest()


class PastVisitors:
    """Numbers for views that somebody else counted: their key is nowhere but in this object."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(SALT_BYTES)

    def of(self, on_day: str, address: str, user_agent: str) -> str:
        """Return the number of whoever had this address and browser on that day, in hex."""
        told = f"{on_day}\n{address}\n{user_agent}".encode("utf-8", "replace")
        return hashlib.blake2b(told, key=self._key, digest_size=_HASH_BYTES).hexdigest()


def cookie_of(request: HotRequest) -> bytes:
    """Return our cookie's value; nothing where it is missing or none of ours."""
    header = request.header(b"cookie")
    if not header or _MARK not in header:
        return b""
    found = _SHAPE.search(header)
    return found[1] if found else b""


def new_cookie(*, is_https: bool) -> bytes:
    """Return a `Set-Cookie` value: random, for as long as the browser is open, for us alone."""
    secure = "; Secure" if is_https else ""
    value = secrets.token_urlsafe(_COOKIE_BYTES)
    return f"{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax{secure}".encode()


def with_cookie(reply: Reply, *, is_https: bool) -> Reply:
    """Return the same answer with a new cookie, which no shared cache may give to others."""
    kept = tuple(pair for pair in reply.headers if pair[0] not in _REPLACED)
    content_type = next((value for name, value in reply.headers if name == b"content-type"), b"")
    return Reply(
        reply.status,
        reply.body,
        content_type=content_type,
        headers=(*kept, _PRIVATE, (b"set-cookie", new_cookie(is_https=is_https))),
        cross_origin=reply.cross_origin,
    )
