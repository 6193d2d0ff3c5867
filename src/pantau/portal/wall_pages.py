"""The routes of the wall: all cameras, one area, what an open wall asks for now and then."""

import json
from functools import partial
from typing import Final

from pantau.core.errors import NotFound
from pantau.portal.addresses import moved, numbered
from pantau.portal.audience import Audience
from pantau.portal.beside import NOTHING, Beside
from pantau.portal.kept_pages import JSON, KeptPages
from pantau.portal.tiles import AREA_PREFIX, area_url
from pantau.portal.wall import WallQuery, area_name, parse_query, wall_news, wall_values
from pantau.ui.i18n import Language
from pantau.ui.render import Pages
from pantau.ui.visitor import visitor_of_scope
from pantau.web.exchange import HotRequest, Reply, Route

FAVOURITES: Final = "pantau_favourites"


class WallPages:
    """Draws walls from memory; those that are the same for everybody are kept.  Loop only."""

    def __init__(
        self,
        kept: KeptPages,
        pages: Pages,
        audience: Audience,
        *,
        public_url: str = "",
        beside: Beside | None = None,
    ) -> None:
        self._kept = kept
        self._pages = pages
        self._audience = audience
        self._public_url = public_url
        self._beside = beside

    def exact(self) -> dict[str, Route]:
        """Return the routes for whole addresses."""
        return {"/": Route(self.wall)}

    def prefixes(self) -> dict[str, Route]:
        """Return the routes for beginnings of addresses."""
        return {AREA_PREFIX: Route(self.area), "/wall.": Route(self.news, limit="misses")}

    def wall(self, request: HotRequest) -> Reply:
        """Answer with the wall."""
        visitor = visitor_of_scope(request.scope)
        if not request.query:
            draw = partial(self._draw_wall, WallQuery())
            return self._kept.keep("wall", visitor.language, 0, draw, stamp=self._stamp()).reply(
                request
            )
        query = parse_query(request.query, visitor.cookies.get(FAVOURITES, ""))
        return self._kept.once(request, visitor, self._draw_wall(query, visitor.language))

    def area(self, request: HotRequest) -> Reply:
        """Answer with the cameras of one area, at its one true address."""
        number = numbered(request.rest)
        name = None if number is None else area_name(self._kept.cameras(), number)
        if number is None or name is None:
            raise NotFound("area.unknown", "There is no such area.")
        address = area_url(number, name)
        if request.path != address:
            return moved(address, request.query)
        visitor = visitor_of_scope(request.scope)
        draw = partial(self._draw_wall, WallQuery(area_id=number))
        page = self._kept.keep("area", visitor.language, number, draw, stamp=self._stamp())
        if not visitor.asked:
            return page.reply(request)
        return self._kept.once(request, visitor, page.body)

    def news(self, request: HotRequest) -> Reply:
        """Answer an open wall that asks what changed."""
        language = next(
            (each for each in self._pages.texts if f"{each}.json" == request.rest), None
        )
        if language is None:
            raise NotFound("page.unknown", "There is no such page.")
        page = self._kept.keep(
            "news", language, 0, self._draw_news, JSON, stamp=self._audience.stamp
        )
        return page.reply(request)

    def _stamp(self) -> object:
        beside = None if self._beside is None else self._beside.stamp()
        return beside, self._audience.stamp

    def _draw_wall(self, query: WallQuery, language: Language) -> bytes:
        values = wall_values(self._kept.cameras(), query, self._pages, language)
        values["public_url"] = self._public_url
        if self._beside is not None:
            areas = {place.id: place.name for place in values["areas"]}
            values |= self._beside.of_wall(query.area_id, language, areas)
        return self._pages.render("portal/wall.html", language, {**NOTHING, **values})

    def _draw_news(self, language: Language) -> bytes:
        news = wall_news(self._kept.cameras(), self._audience.counts(), self._pages, language)
        return json.dumps(news, ensure_ascii=False, separators=(",", ":")).encode()
