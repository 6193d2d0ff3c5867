"""Which credential a request carries; takes any bytes without raising."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from pantau.web.cookies import cookie_of
from pantau.web.exchange import Scope

ACCESS_COOKIE: Final = "token"
REFRESH_COOKIE: Final = "refreshToken"
_KEY: Final = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_MOST_CHARACTERS: Final = 512
"""Longer than anything we issue."""


@dataclass(frozen=True, slots=True)
class Sent:
    """`broken`: something was sent that cannot be a credential, or more than one."""

    kind: Literal["nothing", "token", "key", "broken"]
    text: str = ""


_NOTHING: Final = Sent("nothing")
_BROKEN: Final = Sent("broken")


def sent_in(scope: Scope) -> Sent:
    """Return the one credential that counts.

    A header that no page can be made to send without its script goes before the cookie, and where
    there is one the cookie never counts: such requests are exempt from the CSRF check.  Other
    schemes of `Authorization` are none of ours (a proxy may ask for a password of its own).
    """
    bearers: list[str] = []
    keys: list[str] = []
    for name, value in scope["headers"]:
        if name == b"x-api-key":
            keys.append(value.decode("latin-1").strip())
        elif name == b"authorization":
            scheme, _, rest = value.decode("latin-1").strip().partition(" ")
            if scheme.lower() == "bearer":
                bearers.append(rest.strip())
    if bearers or keys:
        return _explicit(bearers, keys)
    token = cookie_of(scope, ACCESS_COOKIE)
    return _bounded("token", token) if token else _NOTHING


def _explicit(bearers: list[str], keys: list[str]) -> Sent:
    if len(bearers or keys) > 1:
        return _BROKEN
    if bearers:
        # Many programs, Prometheus among them, can send a secret only so.  No token looks like a
        # key: all of them are shorter.
        if not _KEY.fullmatch(bearers[0]):
            return _bounded("token", bearers[0])
        keys = bearers
    return Sent("key", keys[0].lower()) if _KEY.fullmatch(keys[0]) else _BROKEN


def _bounded(kind: Literal["token"], text: str) -> Sent:
    return Sent(kind, text) if 0 < len(text) <= _MOST_CHARACTERS else _BROKEN
