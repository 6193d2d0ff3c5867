"""What a request brings along that may open footage."""

from dataclasses import dataclass
from typing import Final

from pantau.web.cookies import cookie_of
from pantau.web.exchange import Scope

COOKIE: Final = "pantau_playback"
HEADER: Final = b"x-playback-token"
SCHEME: Final = "playback"
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Sent:
    """Unchecked."""

    token: str = ""
    """Of a program: in a header."""
    cookie: str = ""
    """Of a browser that activated a token."""
    may_be_known: bool = False
    """Whether it is worth asking who this is."""


def sent_in(scope: Scope) -> Sent | None:
    """Return what came along; None: nothing.  A look at the headers, nothing more."""
    has_cookie = may_be_known = False
    authorization = ""
    tokens: set[str] = set()
    for name, value in scope["headers"]:
        if name == b"cookie":
            has_cookie = True
        elif name == b"authorization":
            authorization = value.decode("latin-1").strip()
        elif name == b"x-api-key":
            may_be_known = True
        elif name == HEADER:
            tokens.add(value.decode("latin-1").strip())
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() == SCHEME:
        tokens.add(text.strip())
    elif authorization:
        may_be_known = True
    if not (has_cookie or may_be_known or tokens):
        return None
    return Sent(
        token=_only(tokens),
        cookie=cookie_of(scope, COOKIE) if has_cookie else "",
        may_be_known=may_be_known or has_cookie,
    )


def _only(tokens: set[str]) -> str:
    # Two different ones: somebody on the way added one of them; whose is whose nobody knows.
    if len(tokens) != 1:
        return ""
    token = tokens.pop()
    return token if len(token) <= _LONGEST else ""
