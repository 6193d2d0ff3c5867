"""Who sends something, without anybody being able to tell who that is."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final

from pantau.core.clock import Clock
from pantau.web.client_address import ClientAddresses, limit_key
from pantau.web.cookies import cookie_of, set_cookie
from pantau.web.exchange import Scope

VOTER_COOKIE: Final = "pantau_voter"
_YEAR_S: Final = 31_536_000
_COOKIE: Final = re.compile(r"[0-9a-f]{32}")
_MOST_AGENT: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A visitor as limits see one; nothing in it can be turned back into an address."""

    visitor: str
    """Address and browser: many may stand behind one address."""
    line: str
    """The address, or the /64 of one line; empty where a proxy does not tell whose it is."""
    kept: str
    """What is stored beside a message."""


class Senders:
    """Makes hashes with a key of this installation; `key` is derived from its secret."""

    def __init__(self, key: bytes, clients: ClientAddresses) -> None:
        self._key = key
        self._clients = clients

    def of(self, scope: Scope) -> Sender:
        """Return who sends a request."""
        agent = b""
        for name, value in scope["headers"]:
            if name == b"user-agent":
                agent = value
        named = self._clients.named(scope)
        line = limit_key(self._clients.of(scope))
        return Sender(
            visitor=self.hashed("visitor", line, agent[:_MOST_AGENT].decode("latin-1")),
            line="" if named is None else self.hashed("line", line),
            kept=self.hashed("sender", line),
        )

    def hashed(self, *parts: str) -> str:
        """Return 32 hex digits."""
        text = "\0".join(parts).encode("utf-8", "surrogateescape")
        return hmac.digest(self._key, text, hashlib.sha256)[:16].hex()

    def voter(self, scope: Scope) -> tuple[str, str]:
        """Return the hash of the voter, and the cookie to set; empty where there is a good one."""
        held = cookie_of(scope, VOTER_COOKIE)
        cookie = ""
        if not _COOKIE.fullmatch(held):
            held = secrets.token_hex(16)
            is_https = self._clients.scheme(scope) == "https"
            cookie = set_cookie(VOTER_COOKIE, held, max_age_s=_YEAR_S, is_https=is_https)
        return self.hashed("voter", held), cookie


class FormStamps:
    """Tells how long somebody had a form before it came back: programs are done at once."""

    LEAST_S: Final = 3.0

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def issue(self) -> str:
        """Return what a form carries."""
        opened = str(int(self._clock.unix_s() * 1000))
        return f"{opened}.{self._mac(opened)}"

    def is_hasty(self, stamp: str) -> bool:
        """Tell whether the form came back too soon, or with a stamp that is not ours."""
        opened, _, mac = stamp.partition(".")
        if not opened.isascii() or not opened.isdigit() or len(opened) > 15:
            return True
        if not hmac.compare_digest(mac.encode("utf-8", "replace"), self._mac(opened).encode()):
            return True
        return self._clock.unix_s() - int(opened) / 1000 < self.LEAST_S

    def _mac(self, opened: str) -> str:
        return hmac.digest(self._key, opened.encode(), hashlib.sha256)[:12].hex()
