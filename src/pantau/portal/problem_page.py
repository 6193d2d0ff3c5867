"""What a browser gets when something does not work: a sentence, and the way back to the cameras."""

from http import HTTPStatus
from typing import Final

from pantau.ui.render import Pages
from pantau.ui.visitor import visitor_of_scope
from pantau.web.exchange import Scope
from pantau.web.problems import Refusal


class ProblemPage:
    """Draws refusals for people; has the shape of web.problems.ErrorPage."""

    def __init__(self, pages: Pages) -> None:
        self._pages: Final = pages

    def __call__(self, scope: Scope, refusal: Refusal) -> bytes:
        language = visitor_of_scope(scope).language
        _ = self._pages.texts[language].gettext
        icon, request_id = "warn", ""
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
        elif refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            title = _("Something went wrong here")
            sentence = _("It was written down. The number below helps whoever looks into it.")
            request_id = refusal.request_id
        else:
            title = _("This address cannot be understood")
            sentence = _("It may have been cut off on the way.")
        values = {"title": title, "sentence": sentence, "icon": icon, "request_id": request_id}
        return self._pages.render("portal/problem.html", language, values)
