"""`/putar`: where a link to a playback token leads, and where a code is typed.

Opening the address does nothing: chats and mail filters open links before people do.  The button
there is what takes a place for this device.
"""

from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import Request, Response

from pantau.accounts.client import client_of
from pantau.cameras.models import Camera
from pantau.core.errors import Conflict, Forbidden, Invalid, NotFound, Problem, Throttled
from pantau.core.names import natural_key
from pantau.portal.playback.page import PREFIX
from pantau.recordings.rights.activation import Activations
from pantau.recordings.rights.credentials import COOKIE
from pantau.recordings.rights.links import FIELD, PAGE, activated_cookie, gone_cookie
from pantau.recordings.rights.service import Replayer, ReplayRights
from pantau.recordings.rights.values import PlaybackToken
from pantau.ui.i18n import COOKIE as LANGUAGE_COOKIE
from pantau.ui.i18n import Language
from pantau.ui.render import Pages
from pantau.ui.visitor import visitor_of_scope
from pantau.web.access import public
from pantau.web.client_address import ClientAddresses
from pantau.web.cookies import cookie_of
from pantau.web.csrf import CsrfTokens, csrf_cookie
from pantau.web.endpoints import Endpoints
from pantau.web.exchange import Header

_HTML: Final = b"text/html; charset=utf-8"
_HIDDEN: Final[dict[str, Any]] = {"include_in_schema": False, "response_model": None}
_YEAR_S: Final = 31_536_000
_LONGEST: Final = 200
_MOST_FIELDS: Final = 20


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page is drawn for."""

    code: str = ""
    """From the link, or as somebody typed it."""
    problem: Problem | None = None


class LinkPages:
    """The page and its two buttons; include `endpoints.router`."""

    def __init__(
        self,
        rights: ReplayRights,
        activations: Activations,
        *,
        pages: Pages,
        csrf: CsrfTokens,
        clients: ClientAddresses,
    ) -> None:
        self._rights = rights
        self._activations = activations
        self._pages = pages
        self._csrf = csrf
        self._clients = clients
        self.endpoints = Endpoints(PAGE, tag="pages")
        self.endpoints.get("", access=public(), **_HIDDEN)(self.show)
        self.endpoints.post("", access=public(), **_HIDDEN)(self.activate)
        self.endpoints.post("/keluar", access=public(), **_HIDDEN)(self.leave)

    async def show(self, request: Request) -> Response:
        """Show what this device may replay, and a button or a field for more."""
        query: bytes = request.scope["query_string"]
        return await self._draw(request, _Shown(_field_of(query.decode("latin-1"))))

    async def activate(self, request: Request) -> Response:
        """Let this device in."""
        code = _field_of((await request.body()).decode("latin-1"))
        try:
            activated = await self._activations.activate(
                code,
                client_of(request.scope, self._clients),
                held_cookie=cookie_of(request.scope, COOKIE),
            )
        except (Invalid, NotFound, Forbidden, Conflict, Throttled) as problem:
            return await self._draw(request, _Shown(code, problem))
        # To the address without the code: it stays in no history.
        return _go(activated_cookie(activated, request.scope, self._clients))

    async def leave(self, request: Request) -> Response:
        """Give the place of this device back."""
        await self._activations.leave(cookie_of(request.scope, COOKIE))
        return _go(gone_cookie(request.scope, self._clients))

    async def _draw(self, request: Request, shown: _Shown) -> Response:
        scope = request.scope
        visitor = visitor_of_scope(scope)
        # What programs send in headers is no business of a page.
        who = await self._rights.who(scope)
        who = who if who.device is not None else replace(who, token=None)
        token, is_fresh = self._csrf.for_page(scope)
        headers: list[Header] = []
        if is_fresh:
            is_https = self._clients.scheme(scope) == "https"
            headers.append((b"set-cookie", csrf_cookie(token, is_https=is_https).encode()))
        if visitor.asked:
            headers.append((b"set-cookie", _language_cookie(visitor.language)))
        problem = shown.problem
        if problem is not None and "retry_after_s" in problem.facts:
            headers.append((b"retry-after", str(problem.facts["retry_after_s"]).encode()))
        values = self._values(who, shown, visitor.language) | {"csrf": token}
        html = self._pages.render("portal/playback_link.html", visitor.language, values)
        response = Response(html, 200 if problem is None else problem.status)
        response.raw_headers = [
            (b"content-type", _HTML),
            (b"content-length", b"%d" % len(html)),
            (b"cache-control", b"private, no-store"),
            (b"referrer-policy", b"same-origin"),
            *headers,
        ]
        return response

    def _values(self, who: Replayer, shown: _Shown, language: Language) -> dict[str, object]:
        texts = self._pages.texts[language]
        problem = shown.problem
        return {
            "code": shown.code,
            "is_typed": problem is not None or not shown.code,
            "sentence": "" if problem is None else texts.gettext(problem.sentence),
            "token": who.token,
            "cameras": [] if who.token is None else self._cameras(who.token),
        }

    def _cameras(self, token: PlaybackToken) -> list[tuple[Camera, str]]:
        cameras = sorted(self._rights.opened_with(token), key=lambda each: natural_key(each.name))
        return [(camera, f"{PREFIX}{camera.id}-{camera.slug}") for camera in cameras]


def known_sentences(pages: Pages, language: Language) -> tuple[str, ...]:
    """Return what the service says here, so that catalogues translate it."""
    _ = pages.texts[language].gettext
    return (
        _("Type the code."),
        _("No such code or link is known."),
        _("This access has ended. Ask whoever gave it to you for a new one."),
        _("This access is in use on as many devices as it allows."),
        _("Too many wrong codes from this address. Try again in a minute."),
    )


def _field_of(text: str) -> str:
    try:
        values = parse_qs(text, max_num_fields=_MOST_FIELDS).get(FIELD, [])
    except ValueError:
        return ""
    return values[-1].strip()[:_LONGEST] if values else ""


def _go(cookie: str) -> Response:
    response = Response(status_code=303)
    response.raw_headers = [
        (b"location", PAGE.encode()),
        (b"content-length", b"0"),
        (b"cache-control", b"private, no-store"),
        (b"set-cookie", cookie.encode("latin-1")),
    ]
    return response


def _language_cookie(language: Language) -> bytes:
    value = f"{LANGUAGE_COOKIE}={language}; Path=/; Max-Age={_YEAR_S}; SameSite=Lax"
    return value.encode()
