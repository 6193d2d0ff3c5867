"""The routes of the map: the page, the places it draws, and what it asks for now and then."""

from functools import partial
from typing import Final
from urllib.parse import parse_qs

from pantau.core.errors import NotFound
from pantau.portal.kept_pages import JSON, KeptPages
from pantau.portal.map.page import NEWS_PREFIX, PATH, PLACES, map_news, map_places, map_values
from pantau.ui.i18n import SOURCE_LANGUAGE, Language
from pantau.ui.render import Pages
from pantau.ui.visitor import visitor_of_scope
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.snapshot import Encoded

_MOST_FIELDS: Final = 20


class MapPages:
    """Draws the map's page from memory; its data are kept for everybody.  Loop only."""

    def __init__(self, kept: KeptPages, pages: Pages, *, public_url: str = "") -> None:
        self._kept = kept
        self._pages = pages
        self._public_url = public_url

    def exact(self) -> dict[str, Route]:
        """Return the routes for whole addresses."""
        return {PATH: Route(self.page), PLACES: Route(self.places, limit="misses")}

    def prefixes(self) -> dict[str, Route]:
        """Return the routes for beginnings of addresses."""
        return {NEWS_PREFIX: Route(self.news, limit="misses")}

    def page(self, request: HotRequest) -> Reply:
        """Answer with the page; `?area=` opens one in its list, and scripts read the rest."""
        visitor = visitor_of_scope(request.scope)
        area_id = asked_area(request.query)
        if area_id is not None:
            return self._kept.once(request, visitor, self._draw(area_id, visitor.language))
        page = self._kept.keep("map", visitor.language, 0, partial(self._draw, None))
        if not visitor.asked:
            return page.reply(request)
        return self._kept.once(request, visitor, page.body)

    def places(self, request: HotRequest) -> Reply:
        """Answer a map that wants to draw the cameras."""
        return self._places().reply(request)

    def news(self, request: HotRequest) -> Reply:
        """Answer an open map that asks what changed."""
        language = next(
            (each for each in self._pages.texts if f"{each}.json" == request.rest), None
        )
        if language is None:
            raise NotFound("page.unknown", "There is no such page.")
        return self._kept.keep("map news", language, 0, self._draw_news, JSON).reply(request)

    def _places(self) -> Encoded:
        return self._kept.keep("map places", SOURCE_LANGUAGE, 0, self._draw_places, JSON)

    def _draw(self, area_id: int | None, language: Language) -> bytes:
        values = map_values(self._kept.cameras(), area_id, self._pages, language)
        values["public_url"] = self._public_url
        return self._pages.render("portal/map.html", language, values)

    def _draw_places(self, _: Language) -> bytes:
        return map_places(self._kept.cameras())

    def _draw_news(self, language: Language) -> bytes:
        places = self._places().body
        return map_news(self._kept.cameras(), self._pages, language, places=places)


def asked_area(query: bytes) -> int | None:
    """Return the area that the address names; nonsense names none: addresses are typed by hand."""
    try:
        fields = parse_qs(query.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None
    said = fields.get("area", [""])[-1].strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
