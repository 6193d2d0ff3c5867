"""What a request says about who reads: the language, and the cookies that are ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pantau.ui.i18n import COOKIE, Language, choose_language
from pantau.web.exchange import Scope

_OURS: Final = "pantau_"
_MOST_COOKIE_BYTES: Final = 8192


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who reads; `asked` is the language that the address itself names, if it names one of ours."""

    language: Language
    cookies: Mapping[str, str]
    asked: str


def visitor_of_scope(scope: Scope) -> Visitor:
    """Read language and cookies from a request; never fails, whatever was sent."""
    headers = dict(scope["headers"])
    cookies = _cookies(headers.get(b"cookie", b""))
    query: bytes = scope["query_string"]
    asked = _asked(query)
    language = choose_language(
        asked=asked,
        remembered=cookies.get(COOKIE, ""),
        accepted=headers.get(b"accept-language", b"").decode("latin-1"),
    )
    return Visitor(language, cookies, asked if asked == language else "")


def _asked(query: bytes) -> str:
    for field in query.split(b"&"):
        if field.startswith(b"lang="):
            return field.removeprefix(b"lang=").decode("latin-1")
    return ""


def _cookies(header: bytes) -> dict[str, str]:
    if _OURS.encode() not in header or len(header) > _MOST_COOKIE_BYTES:
        return {}
    pairs = (pair.strip().partition("=") for pair in header.decode("latin-1").split(";"))
    return {name: value for name, _, value in pairs if name.startswith(_OURS)}
