"""The routes of the wall: all cameras, one area, and what an open wall asks for."""

import json
from collections.abc import Callable
from functools import partial
from typing import Final

from markupsafe import Markup

from pantau.areas.models import Area
from pantau.core.errors import NotFound
from pantau.portal.addresses import moved, numbered
from pantau.portal.audience import Audience
from pantau.portal.beside import NOTHING, Beside
from pantau.portal.finding import Index
from pantau.portal.kept_pages import JSON, KeptPages
from pantau.portal.sharing.structured import data_block, of_area, of_hub
from pantau.portal.tiles import AREA_PREFIX, area_url
from pantau.portal.wall.news import wall_names, wall_news
from pantau.portal.wall.page import NAMES_URL, Wall, area_name, pages_of, wall_values
from pantau.portal.wall.query import WallQuery, parse_query, without_area
from pantau.ui.i18n import FIRST_LANGUAGE, Language
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
        area_of: Callable[[int], Area | None],
    ) -> None:
        self._kept = kept
        self._pages = pages
        self._audience = audience
        self._public_url = public_url
        self._beside = beside
        self._area_of = area_of
        self._index = Index(())
        self._indexed = -1

    def exact(self) -> dict[str, Route]:
        """Return the routes for whole addresses."""
        return {"/": Route(self.wall), NAMES_URL: Route(self.names, limit="misses")}

    def prefixes(self) -> dict[str, Route]:
        """Return the routes for beginnings of addresses."""
        return {AREA_PREFIX: Route(self.area), "/wall.": Route(self.news, limit="misses")}

    def wall(self, request: HotRequest) -> Reply:
        """Answer with the wall; one area has an address of its own."""
        query = self._query_of(request)
        if query.area_id is not None:
            name = area_name(self._kept.cameras(), query.area_id)
            if name is not None:
                return moved(area_url(query.area_id, name), without_area(request.query))
        return self._answer(request, query)

    def area(self, request: HotRequest) -> Reply:
        """Answer with the cameras of one area, at its one true address."""
        number = numbered(request.rest)
        name = None if number is None else area_name(self._kept.cameras(), number)
        if number is None or name is None:
            raise NotFound("area.unknown", "There is no such area.")
        true_one = area_url(number, name)
        if request.path != true_one:
            return moved(true_one, request.query)
        return self._answer(request, self._query_of(request, area_id=number))

    def news(self, request: HotRequest) -> Reply:
        """Answer an open wall that asks what changed."""
        language = next((each for each in self._pages.texts if f"{each}.json" == request.rest), "")
        if not language:
            raise NotFound("page.unknown", "There is no such page.")
        page = self._kept.keep(
            "news", language, 0, self._draw_news, JSON, stamp=self._audience.stamp
        )
        return page.reply(request)

    def names(self, request: HotRequest) -> Reply:
        """Answer a visitor who begins to search: every camera by its words."""
        page = self._kept.keep("names", FIRST_LANGUAGE, 0, self._draw_names, JSON)
        return page.reply(request)

    def _query_of(self, request: HotRequest, *, area_id: int | None = None) -> WallQuery:
        if not request.query:
            return WallQuery(area_id=area_id)
        cookies = visitor_of_scope(request.scope).cookies
        query = parse_query(request.query, cookies.get(FAVOURITES, ""))
        # What is kept is kept once, whatever number somebody makes up.
        query = query.up_to_page(pages_of(len(self._kept.cameras())))
        return query if area_id is None else query.in_area(area_id)

    def _answer(self, request: HotRequest, query: WallQuery) -> Reply:
        visitor = visitor_of_scope(request.scope)
        draw = partial(self._draw_wall, query)
        if query.is_personal or query.has_problems or not self._is_known(query.area_id):
            return self._kept.once(request, visitor, draw(visitor.language))
        beside = None if self._beside is None else self._beside.stamp()
        page = self._kept.keep(
            "wall",
            visitor.language,
            (query.area_id, query.sort, query.page),
            draw,
            stamp=(beside, self._audience.stamp),
        )
        return (
            self._kept.once(request, visitor, page.body) if visitor.asked else page.reply(request)
        )

    def _is_known(self, area_id: int | None) -> bool:
        return area_id is None or area_name(self._kept.cameras(), area_id) is not None

    def _draw_wall(self, query: WallQuery, language: Language) -> bytes:
        wall = Wall(self._kept.cameras(), self._searchable(), self._audience, self._area_of)
        values = wall_values(wall, query, self._pages, language)
        values["public_url"] = self._public_url
        values["structured"] = self._structured(query, language)
        if self._beside is not None:
            areas = {int(place.id): place.name for place in values["areas"]}
            values |= self._beside.of_wall(query.area_id, language, areas)
        return self._pages.render("portal/wall.html", language, {**NOTHING, **values})

    def _structured(self, query: WallQuery, language: Language) -> Markup:
        cameras, base, number = self._kept.cameras(), self._public_url, query.area_id
        name = None if number is None else area_name(cameras, number)
        if number is not None and name is not None:
            return data_block(of_area(number, name, cameras, self._pages, base=base))
        said = self._pages.site.texts[language].meta_description
        return data_block(of_hub(self._pages, base=base, description=said))

    def _draw_news(self, language: Language) -> bytes:
        news = wall_news(self._kept.cameras(), self._audience.counts(), self._pages, language)
        return _json(news)

    def _draw_names(self, _: Language) -> bytes:
        return _json(wall_names(self._kept.cameras()))

    def _searchable(self) -> Index:
        if self._indexed != self._kept.stamp:
            self._index, self._indexed = Index(self._kept.cameras()), self._kept.stamp
        return self._index


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
