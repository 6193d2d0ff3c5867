"""The public page about how the hub does: cameras, the last days, what is wrong now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from pantau.health.day_bars import bars, told
from pantau.health.status import Status, StatusIncident
from pantau.ui.i18n import COOKIE, Language
from pantau.ui.numbers import per_cent
from pantau.ui.render import Pages
from pantau.ui.visitor import visitor_of_scope
from pantau.web.exchange import Header, HotRequest, Reply, Route
from pantau.web.snapshot import Encoded

PATH: Final = "/status"
_HTML: Final = b"text/html; charset=utf-8"
_VARY: Final[Header] = (b"vary", b"Accept-Language, Cookie")
_YEAR_S: Final = 31_536_000


class StatusNews(Protocol):
    """Whoever knows the status."""

    @property
    def status(self) -> Status:
        """The newest one."""
        ...


class StatusPage:
    """Answers with the page; drawn once for everybody who reads the same language.  Loop only."""

    def __init__(self, news: StatusNews, pages: Pages) -> None:
        self._news = news
        self._pages = pages
        self._kept: dict[Language, tuple[Status, Encoded]] = {}

    def exact(self) -> dict[str, Route]:
        """Return the route for its address."""
        return {PATH: Route(self.show)}

    def show(self, request: HotRequest) -> Reply:
        """Answer with the page."""
        visitor = visitor_of_scope(request.scope)
        page = self._page(visitor.language)
        if not visitor.asked:
            return page.reply(request)
        value = f"{COOKIE}={visitor.language}; Path=/; Max-Age={_YEAR_S}; SameSite=Lax"
        remembered: Header = (b"set-cookie", value.encode())
        return Encoded(
            page.body,
            content_type=_HTML,
            cache_control=b"private, no-cache",
            headers=(_VARY, remembered),
        ).reply(request)

    def _page(self, language: Language) -> Encoded:
        status = self._news.status
        kept = self._kept.get(language)
        if kept is not None and kept[0] is status:
            return kept[1]
        body = self._pages.render(
            "portal/status.html", language, status_values(status, self._pages, language)
        )
        page = Encoded(body, content_type=_HTML, headers=(_VARY,))
        self._kept[language] = (status, page)
        return page


def status_values(status: Status, pages: Pages, language: Language) -> dict[str, Any]:
    """Return what the page's template needs."""
    texts = pages.texts[language]
    now = [each for each in status.incidents if each.ended_at is None]
    return {
        "status": status,
        "cameras": status.cameras,
        "is_measured": status.cameras.unknown < status.cameras.total,
        "rates": [
            (texts.gettext("24 hours"), per_cent(status.uptime.day, language)),
            (texts.gettext("7 days"), per_cent(status.uptime.week, language)),
            (texts.gettext("30 days"), per_cent(status.uptime.month, language)),
        ],
        "bars": bars(status.days, texts, language),
        "told": told(status.days, texts, language),
        "ongoing": [_incident(each, pages, language) for each in now],
        "over": [
            _incident(each, pages, language)
            for each in status.incidents
            if each.ended_at is not None
        ],
        "areas": status.areas,
    }


@dataclass(frozen=True, slots=True)
class _Shown:
    kind: str
    title: str
    text: str
    began_at: datetime
    ended_at: datetime | None
    area_id: int | None


def _incident(incident: StatusIncident, pages: Pages, language: Language) -> _Shown:
    texts = pages.texts[language]
    _ = texts.gettext
    count = incident.cameras or 0
    place = incident.area_name or _("Other places")
    if incident.kind == "hub":
        title = _("The hub itself had a fault")
        text = _(
            "Cameras could not be watched, or not checked; they themselves may have been fine."
        )
    elif incident.kind == "maintenance":
        one = texts.ngettext(
            "%(num)s camera in maintenance", "%(num)s cameras in maintenance", count
        )
        title = f"{place}: {one % {'num': count}}"
        text = _("Announced by the operator. The last picture stays.")
    else:
        one = texts.ngettext("%(num)s camera offline", "%(num)s cameras offline", count)
        title = f"{place}: {one % {'num': count}}"
        text = ""
    return _Shown(
        incident.kind, title, text, incident.began_at, incident.ended_at, incident.area_id
    )
