"""What a browser gets when something does not work: a sentence, and the way back to the cameras."""

from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from pantau.ui.render import Pages
from pantau.ui.visitor import visitor_of_scope
from pantau.web.exchange import Scope
from pantau.web.problems import Refusal

_QUERY: Final = "=&%+,:;/?@!~*'()"
"""What may stand in a query as it is."""


class ProblemPage:
    """Draws refusals for people; has the shape of web.problems.ErrorPage."""

    def __init__(self, pages: Pages) -> None:
        self._pages: Final = pages

    def __call__(self, scope: Scope, refusal: Refusal) -> bytes:
        language = visitor_of_scope(scope).language
        _ = self._pages.texts[language].gettext
        icon, request_id, again = "warn", "", ""
        if refusal.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            icon = "search"
            title = _("This page does not exist")
            sentence = _("The camera may have been removed, or the address has a typing error.")
        elif refusal.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            title = _("This page is not for everybody")
            sentence = _("The operator shows it to certain people only.")
        elif refusal.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
            title = _("Too busy right now")
            sentence = _("Please try again in a moment.")
            if scope["method"] == "GET":
                again = _address_of(scope)
            else:
                sentence = f"{_('What you just sent was not saved.')} {sentence}"
        elif refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            title = _("Something went wrong here")
            sentence = _("It was written down. The number below helps whoever looks into it.")
            request_id = refusal.request_id
        else:
            title = _("This address cannot be understood")
            sentence = _("It may have been cut off on the way.")
        values = {
            "title": title,
            "sentence": sentence,
            "icon": icon,
            "request_id": request_id,
            "again": again,
        }
        return self._pages.render("portal/problem.html", language, values)


def _address_of(scope: Scope) -> str:
    """Return the address on this hub that was asked for, as a link takes it; never another's."""
    path = "/" + quote(str(scope["path"]).lstrip("/"))
    query = scope["query_string"].decode("latin-1")
    return f"{path}?{quote(query, safe=_QUERY)}" if query else path
