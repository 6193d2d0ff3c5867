"""What every page of the admin has around it: the menu, who is signed in, tokens for its forms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import Request, Response

from pantau.accounts.client import Client, client_of
from pantau.accounts.users.asker import Asker, asker
from pantau.admin.flashes import Flashes, Said
from pantau.admin.navigation import is_open, menu
from pantau.admin.wording import Wording
from pantau.ui.i18n import COOKIE as LANGUAGE_COOKIE
from pantau.ui.i18n import Language
from pantau.ui.render import Pages
from pantau.ui.visitor import visitor_of_scope
from pantau.web.client_address import ClientAddresses
from pantau.web.csrf import CsrfTokens, csrf_cookie
from pantau.web.exchange import Header, Scope
from pantau.web.principal import Principal, principal_of
from pantau.web.problems import Drawn

HIDDEN: Final[Mapping[str, Any]] = {"include_in_schema": False, "response_model": None}
"""For the declaration of every page: the API's description is for programs."""
_HTML: Final = b"text/html; charset=utf-8"
_NO_STORE: Final[Header] = (b"cache-control", b"no-store")
_YEAR_S: Final = 31_536_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What drawing a page may change beside its values."""

    status: int = 200
    cookies: tuple[str, ...] = ()
    headers: tuple[Header, ...] = ()
    here: str = ""
    """The address that shows this page again with GET; empty: the one that was asked for."""


class Frame:
    """Draws pages and sends people on.  Loop only."""

    def __init__(
        self,
        *,
        pages: Pages,
        csrf: CsrfTokens,
        clients: ClientAddresses,
        flashes: Flashes,
        access_s: float,
    ) -> None:
        self.pages: Final = pages
        self._csrf = csrf
        self._clients = clients
        self._flashes = flashes
        self._access_s = access_s
        self._wordings = {
            language: Wording(texts, pages) for language, texts in pages.texts.items()
        }

    def wording(self, request: Request) -> Wording:
        """Return how things are said in the reader's language."""
        return self._wordings[visitor_of_scope(request.scope).language]

    def wording_of(self, language: Language) -> Wording:
        """Return how things are said in that language."""
        return self._wordings[language]

    def client(self, request: Request) -> Client:
        """Return who sends a request."""
        return client_of(request.scope, self._clients)

    def asker(self, request: Request) -> Asker:
        """Return on whose behalf a request changes something."""
        return asker(principal_of(request.scope), self.client(request))

    def is_https(self, scope: Scope) -> bool:
        """Tell what the visitor's browser speaks."""
        return self._clients.scheme(scope) == "https"

    def draw(
        self,
        request: Request,
        template: str,
        values: Mapping[str, object],
        look: Look | None = None,
    ) -> Response:
        """Return a page."""
        look = look or Look()
        drawn = self.drawn(request.scope, template, values, look)
        response = Response(drawn.html, look.status)
        response.raw_headers = [
            (b"content-type", _HTML),
            (b"content-length", b"%d" % len(drawn.html)),
            *drawn.headers,
        ]
        return response

    def drawn(self, scope: Scope, template: str, values: Mapping[str, object], look: Look) -> Drawn:
        """Return a page and the headers that go with it."""
        visitor = visitor_of_scope(scope)
        is_https = self.is_https(scope)
        token, is_fresh = self._csrf.for_page(scope)
        said = self._flashes.read(scope)
        cookies = list(look.cookies)
        if is_fresh:
            cookies.append(csrf_cookie(token, is_https=is_https))
        if said is not None:
            cookies.append(self._flashes.gone(is_https=is_https))
        if visitor.asked:
            cookies.append(_language_cookie(visitor.language))
        around = self._around(scope, visitor.language, look)
        around |= {"csrf": token, "said": said or Said()}
        html = self.pages.render(f"admin/{template}", visitor.language, around | dict(values))
        set_cookies = ((b"set-cookie", cookie.encode("latin-1")) for cookie in cookies)
        return Drawn(html, (_NO_STORE, *look.headers, *set_cookies))

    def go(
        self, request: Request, path: str, said: Said | None = None, cookies: Iterable[str] = ()
    ) -> Response:
        """Send somebody to another page, with something to be said there."""
        every = list(cookies)
        if said is not None:
            every.append(self._flashes.cookie(said, is_https=self.is_https(request.scope)))
        response = Response(status_code=303)
        response.raw_headers = [
            (b"location", path.encode("ascii")),
            (b"content-length", b"0"),
            _NO_STORE,
            *((b"set-cookie", cookie.encode("latin-1")) for cookie in every),
        ]
        return response

    def _around(self, scope: Scope, language: Language, look: Look) -> dict[str, object]:
        who: Principal = principal_of(scope)
        texts = self.pages.texts[language]
        here = look.here or str(scope["path"])
        query = "" if look.here else scope["query_string"].decode("latin-1")
        return {
            "who": who,
            "menu": menu(who.role, texts.gettext) if who.kind == "session" else [],
            "is_open": lambda path: is_open(path, here),
            "speak": self._wordings[language],
            "access_s": int(self._access_s),
            "in_language": partial(_in_language, here, query),
            "mistakes": {},
        }


def _in_language(path: str, query: str, language: Language) -> str:
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "lang"]
    return f"{path}?{urlencode([*kept, ('lang', language)])}"


def _language_cookie(language: Language) -> str:
    return f"{LANGUAGE_COOKIE}={language}; Path=/; Max-Age={_YEAR_S}; SameSite=Lax"
