"""`/masukan`: where visitors write to whoever runs the hub."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Request, Response

from pantau.cameras.models import PublicCamera
from pantau.core.errors import Invalid, NotFound, Problem, Throttled, Unavailable
from pantau.feedback.inputs import LONGEST_MESSAGE, SHORTEST_MESSAGE
from pantau.feedback.senders import FormStamps, Senders
from pantau.feedback.service import FeedbackService
from pantau.feedback.words import sentences
from pantau.portal.beside import FORM
from pantau.portal.feedback.typed import (
    STAMP,
    TRAP,
    Typed,
    checked,
    from_link,
    local_text,
    typed_of,
)
from pantau.portal.tiles import watch_url
from pantau.ui.i18n import COOKIE as LANGUAGE_COOKIE
from pantau.ui.i18n import Language
from pantau.ui.render import Pages
from pantau.ui.visitor import visitor_of_scope
from pantau.web.access import public
from pantau.web.client_address import ClientAddresses
from pantau.web.csrf import CsrfTokens, csrf_cookie
from pantau.web.endpoints import Endpoints
from pantau.web.exchange import Header

_HTML: Final = b"text/html; charset=utf-8"
_HIDDEN: Final[dict[str, Any]] = {"include_in_schema": False, "response_model": None}
_YEAR_S: Final = 31_536_000
_THANKS: Final = "/terima-kasih"
_MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page is drawn for."""

    typed: Typed
    stamp: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)
    """Codes of `feedback.words`, by field."""
    status: int = 200
    retry_after_s: float | None = None


class FeedbackPages:
    """The form, and thanks; include `endpoints.router`."""

    def __init__(
        self,
        feedback: FeedbackService,
        *,
        senders: Senders,
        stamps: FormStamps,
        pages: Pages,
        csrf: CsrfTokens,
        clients: ClientAddresses,
    ) -> None:
        self._feedback = feedback
        self._senders = senders
        self._stamps = stamps
        self._pages = pages
        self._csrf = csrf
        self._clients = clients
        self.endpoints = Endpoints(FORM, tag="pages")
        self.endpoints.get("", access=public(), **_HIDDEN)(self.show)
        self.endpoints.post("", access=public(), **_HIDDEN)(self.send)
        self.endpoints.get(_THANKS, access=public(), **_HIDDEN)(self.thank)

    async def show(self, request: Request) -> Response:
        """Show the form, with what a link of ours fills in."""
        query: bytes = request.scope["query_string"]
        typed = from_link(query.decode("latin-1"), self._pages.site.zone)
        return self._form(request, _Shown(typed))

    async def send(self, request: Request) -> Response:
        """Keep what somebody wrote, or show the form again with what is wrong."""
        typed = typed_of((await request.body()).decode("latin-1"))
        stamp = typed[STAMP]
        body, wrong = checked(typed, self._pages.site.zone)
        if body is None:
            return self._form(request, _Shown(typed, stamp, wrong, status=400))
        is_spam = bool(typed[TRAP]) or self._stamps.is_hasty(stamp)
        try:
            await self._feedback.send(
                body.as_draft(), self._senders.of(request.scope), is_spam=is_spam
            )
        except (Invalid, NotFound, Throttled, Unavailable) as problem:
            return self._form(request, _refused(typed, stamp, problem))
        # Elsewhere, so that loading that page again sends nothing twice.
        return _go(f"{FORM}{_THANKS}")

    async def thank(self, request: Request) -> Response:
        """Say that it arrived."""
        return self._draw(request, "portal/feedback_sent.html", {}, _Shown(Typed({})))

    def _form(self, request: Request, shown: _Shown) -> Response:
        if not self._feedback.is_open:
            closed = _Shown(Typed({}), status=404)
            return self._draw(request, "portal/feedback_closed.html", {}, closed)
        site, language = self._pages.site, visitor_of_scope(request.scope).language
        texts = self._pages.texts[language]
        said = sentences(texts.gettext)
        # What has no sentence is no fault of whoever writes: the database is busy, or away.
        busy = texts.gettext("It could not be kept just now. Please send it again in a moment.")
        camera = self._camera(shown.typed["camera_id"])
        values = {
            "typed": shown.typed,
            "camera": camera,
            "camera_url": "" if camera is None else watch_url(camera),
            "stamp": shown.stamp or self._stamps.issue(),
            "wrong": {name: said.get(code, busy) for name, code in shown.wrong.items()},
            "subjects": subjects(self._pages, language),
            "subject": shown.typed["category"] or "other",
            "shortest": SHORTEST_MESSAGE,
            "longest": LONGEST_MESSAGE,
            "latest": local_text(self._pages.now(), site.zone),
        }
        return self._draw(request, "portal/feedback.html", values, shown)

    def _camera(self, written: str) -> PublicCamera | None:
        if not written.isascii() or not written.isdigit() or len(written) > _MOST_DIGITS:
            return None
        return self._feedback.camera(int(written))

    def _draw(
        self, request: Request, template: str, values: Mapping[str, object], shown: _Shown
    ) -> Response:
        scope = request.scope
        visitor = visitor_of_scope(scope)
        token, is_fresh = self._csrf.for_page(scope)
        headers: list[Header] = []
        if is_fresh:
            is_https = self._clients.scheme(scope) == "https"
            headers.append((b"set-cookie", csrf_cookie(token, is_https=is_https).encode()))
        if visitor.asked:
            cookie = (
                f"{LANGUAGE_COOKIE}={visitor.language}; Path=/; Max-Age={_YEAR_S}; SameSite=Lax"
            )
            headers.append((b"set-cookie", cookie.encode()))
        if shown.retry_after_s is not None:
            headers.append((b"retry-after", b"%d" % (int(shown.retry_after_s) + 1)))
        html = self._pages.render(template, visitor.language, {**values, "csrf": token})
        response = Response(html, shown.status)
        response.raw_headers = [
            (b"content-type", _HTML),
            (b"content-length", b"%d" % len(html)),
            (b"cache-control", b"private, no-store"),
            *headers,
        ]
        return response


def subjects(pages: Pages, language: Language) -> tuple[tuple[str, str], ...]:
    """Return what somebody can write about, and how it is called."""
    _ = pages.texts[language].gettext
    return (
        ("picture", _("The picture: frozen, dark, turned away")),
        ("place", _("The place: an accident, a flood, damage")),
        ("privacy", _("Privacy: something should not be seen")),
        ("idea", _("An idea or a wish")),
        ("other", _("Something else")),
    )


def _refused(typed: Typed, stamp: str, problem: Problem) -> _Shown:
    name = "when" if problem.field == "incident_at" else problem.field or ""
    retry = problem.facts.get("retry_after_s")
    return _Shown(
        typed,
        stamp,
        {name: problem.code},
        status=problem.status,
        retry_after_s=float(retry) if isinstance(retry, int | float) else None,
    )


def _go(path: str) -> Response:
    response = Response(status_code=303)
    response.raw_headers = [
        (b"location", path.encode("ascii")),
        (b"content-length", b"0"),
        (b"cache-control", b"private, no-store"),
    ]
    return response
