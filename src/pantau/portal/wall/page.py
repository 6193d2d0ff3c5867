"""The wall: public cameras by area or in one list, narrowed and ordered as the address asks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from pantau.areas.models import Area
from pantau.cameras.models import LiveState, PublicCamera
from pantau.core.names import natural_key
from pantau.portal.audience import Audience
from pantau.portal.finding import Index
from pantau.portal.tiles import ELSEWHERE, ICONS, Tile, area_url, shown_state, tile_of
from pantau.portal.wall.news import (
    is_problem,
    number_text,
    problem_texts,
    problems_text,
    viewers_text,
    watching_text,
)
from pantau.portal.wall.query import WallQuery, address
from pantau.ui.i18n import Language, Texts
from pantau.ui.render import Pages

PAGE: Final = 60
"""Tiles that come at once; further ones come with the next page."""
MOST_WHOLE: Final = 240
"""Up to here the wall holds every camera; beyond it the first ones of each area."""
LEAST_OF_AREA: Final = 12
NAMES_URL: Final = "/wall-names.json"


@dataclass(frozen=True, slots=True)
class Place:
    """Tiles under one heading; `total` and `offline` count all that match, also on other pages."""

    id: str
    name: str
    url: str
    tiles: tuple[Tile, ...]
    total: int
    offline: int
    has_more: bool = False
    """Whether only the page of the area shows all of them."""


@dataclass(frozen=True, slots=True)
class Wall:
    """What walls are drawn from; `area_of` knows what an operator wrote about areas."""

    cameras: Sequence[PublicCamera]
    index: Index
    audience: Audience
    area_of: Callable[[int], Area | None]


def wall_values(wall: Wall, query: WallQuery, pages: Pages, language: Language) -> dict[str, Any]:
    """Return what the wall's template needs."""
    texts = pages.texts[language]
    chosen = _chosen(wall, query)
    draw = _Drawing(wall, query, pages, language)
    rows = draw.rows(chosen)
    last = pages_of(len(rows))
    page = min(query.page, last)
    shown = rows[(page - 1) * PAGE : page * PAGE]
    path = "/" if query.area_id is None else area_url(query.area_id, draw.area_name)
    counts = wall.audience.counts()
    return {
        "query": query,
        "area": draw.area,
        "places": draw.places(shown),
        "areas": draw.areas(),
        "total": len(wall.cameras),
        "found": len(chosen),
        "page": page,
        "next_url": address(path, query.fields(), page + 1) if page < last else "",
        "previous_url": address(path, query.fields(), page - 1) if page > 1 else "",
        "canonical": address(path, _shared_fields(query), page),
        "sorts": _sorts(query, path, texts),
        "problems": problems_text(draw.concerned, texts),
        "problems_url": address(path, {"problems": "1"}),
        "problem_links": _problem_links(draw.concerned, query, path, texts),
        "watching": watching_text(draw.concerned, counts, texts),
        "watched": {
            camera.id: (number_text(count, language), viewers_text(count, texts))
            for _, camera in shown
            if (count := counts.get(camera.id, 0)) > 0
        },
        "news_url": f"/wall.{language}.json",
        "names_url": NAMES_URL,
        "written": partial(number_text, language=language),
        "icons": [(str(state), icon) for state, icon in ICONS.items()],
    }


def pages_of(count: int) -> int:
    """Return how many pages so many tiles take; one for none."""
    return max(1, -(-count // PAGE))


def area_name(cameras: Iterable[PublicCamera], area_id: int) -> str | None:
    """Return the name of an area, empty for none; None where the public finds no camera in it."""
    for camera in cameras:
        if (camera.area_id or ELSEWHERE) == area_id:
            return camera.area_name or ""
    return None


@dataclass(frozen=True, slots=True)
class ShownArea:
    """An area as its own page introduces it."""

    id: int
    name: str
    description: str
    whereabouts: str
    offline: int
    total: int


class _Drawing:
    """One wall on its way into a page."""

    def __init__(self, wall: Wall, query: WallQuery, pages: Pages, language: Language) -> None:
        self._wall = wall
        self._query = query
        self._pages = pages
        self._language = language
        self._members: dict[int, list[PublicCamera]] = {}
        _ = pages.texts[language].gettext
        # Where no camera has an area there is no other place.
        has_areas = any(camera.area_name for camera in wall.cameras)
        self._elsewhere = _("Other places") if has_areas else _("All cameras")
        of_area = [camera for camera in wall.cameras if _area_id(camera) == query.area_id]
        self.concerned = of_area or wall.cameras
        """What the line above the tiles counts: the area, or everything."""
        self.area_name = of_area[0].area_name or "" if of_area else ""
        self.area = self._shown_area(query.area_id, of_area)

    def rows(self, chosen: Sequence[PublicCamera]) -> list[tuple[int, PublicCamera]]:
        """Return the tiles of all pages in their order, with the area that each stands under."""
        if self._query.is_flat:
            return [(ELSEWHERE, camera) for camera in chosen]
        for camera in chosen:
            self._members.setdefault(_area_id(camera), []).append(camera)
        first = self._first_of_area(len(chosen))
        return [
            (area_id, camera)
            for area_id in self._ordered()
            for camera in self._members[area_id][:first]
        ]

    def places(self, shown: Sequence[tuple[int, PublicCamera]]) -> list[Place]:
        """Return one page of them."""
        if self._query.is_flat:
            tiles = tuple(self._tile(camera) for _, camera in shown)
            return [Place("all", self._flat_name(), "", tiles, 0, 0)] if tiles else []
        tiles_of: dict[int, list[Tile]] = {}
        for area_id, camera in shown:
            tiles_of.setdefault(area_id, []).append(self._tile(camera))
        first = self._first_of_area(sum(map(len, self._members.values())))
        return [
            replace(
                self._place(area_id, self._members[area_id]),
                tiles=tuple(tiles),
                has_more=len(self._members[area_id]) > first,
            )
            for area_id, tiles in tiles_of.items()
        ]

    def areas(self) -> list[Place]:
        """Return every area with a public camera, without its tiles."""
        groups: dict[int, list[PublicCamera]] = {}
        for camera in self._wall.cameras:
            groups.setdefault(_area_id(camera), []).append(camera)
        return [self._place(area_id, groups[area_id]) for area_id in _by_name(groups)]

    def _first_of_area(self, count: int) -> int:
        if self._query.narrows or count <= MOST_WHOLE or len(self._members) < 2:
            return count
        return max(LEAST_OF_AREA, MOST_WHOLE // len(self._members))

    def _ordered(self) -> list[int]:
        return _by_name(self._members)

    def _place(self, area_id: int, members: Sequence[PublicCamera]) -> Place:
        name = members[0].area_name or ""
        return Place(
            id=str(area_id),
            name=name or self._elsewhere,
            url=area_url(area_id, name),
            tiles=(),
            total=len(members),
            offline=_offline(members),
        )

    def _tile(self, camera: PublicCamera) -> Tile:
        return tile_of(camera, self._pages, self._language)

    def _shown_area(self, area_id: int | None, members: Sequence[PublicCamera]) -> ShownArea | None:
        if area_id is None or not members:
            return None
        known = self._wall.area_of(area_id)
        parts = () if known is None else (known.kelurahan, known.kecamatan)
        return ShownArea(
            id=area_id,
            name=self.area_name or self._elsewhere,
            description="" if known is None else (known.description or "").strip(),
            whereabouts=", ".join(part for part in parts if part and part != self.area_name),
            offline=_offline(members),
            total=len(members),
        )

    def _flat_name(self) -> str:
        _ = self._pages.texts[self._language].gettext
        if self._query.text:
            return _("Found")
        if self._query.favourites:
            return _("Favourites")
        return _sort_names(self._pages.texts[self._language])[self._query.sort]


def _chosen(wall: Wall, query: WallQuery) -> list[PublicCamera]:
    """Return the cameras that the address asks for, in its order."""
    found: Sequence[PublicCamera]
    match query.sort:
        case _ if query.text:
            found = wall.index.find(query.text)
        case "name":
            found = wall.index.by_name()
        case "popular":
            rank = wall.audience.rank
            found = sorted(wall.index.by_name(), key=lambda each: rank(each.id), reverse=True)
        case "new":
            found = sorted(wall.cameras, key=lambda each: -each.id)
        case _:
            found = wall.cameras
    return [camera for camera in found if _is_asked(camera, query)]


def _is_asked(camera: PublicCamera, query: WallQuery) -> bool:
    if query.area_id is not None and _area_id(camera) != query.area_id:
        return False
    if query.has_problems and not is_problem(camera):
        return False
    if query.state is not None and shown_state(camera) is not query.state:
        return False
    return not query.favourites or camera.id in query.favourite_ids


def _area_id(camera: PublicCamera) -> int:
    return camera.area_id or ELSEWHERE


def _by_name(groups: Mapping[int, Sequence[PublicCamera]]) -> list[int]:
    """Return areas in the order of their names; cameras without one come last."""

    def rank(area_id: int) -> tuple[object, ...]:
        name = groups[area_id][0].area_name or ""
        return not name, natural_key(name), area_id

    return sorted(groups, key=rank)


def _offline(members: Iterable[PublicCamera]) -> int:
    return sum(shown_state(camera) is LiveState.OFFLINE for camera in members)


def _sort_names(texts: Texts) -> Mapping[str, str]:
    _ = texts.gettext
    return {
        "": _("By area"),
        "popular": _("Most watched"),
        "new": _("Newest"),
        "name": _("By name"),
    }


def _sorts(query: WallQuery, path: str, texts: Texts) -> list[tuple[str, str, bool]]:
    """Return the orders to choose from: name, address, whether it is this one."""
    fields = {name: value for name, value in query.fields().items() if name not in {"q", "sort"}}
    return [
        (text, address(path, {**fields, **({"sort": name} if name else {})}), name == query.sort)
        for name, text in _sort_names(texts).items()
    ]


def _problem_links(
    cameras: Sequence[PublicCamera], query: WallQuery, path: str, texts: Texts
) -> list[tuple[str, str, bool]]:
    """Return the kinds of problems to choose from where problems are looked at."""
    if not query.has_problems:
        return []
    return [
        (text, address(path, {"state": str(kind)}), kind is query.state)
        for kind, text in problem_texts(cameras, texts)
    ]


def _shared_fields(query: WallQuery) -> dict[str, str]:
    """Return what makes it another page for search engines."""
    return {name: value for name, value in query.fields().items() if name == "sort"}
