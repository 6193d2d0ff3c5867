"""The map: cameras by where they stand, and by area for those who see no map."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pantau.cameras.models import LiveState, PublicCamera
from pantau.portal.map.points import Box, box_of, point_of
from pantau.portal.tiles import ELSEWHERE, area_url, shown_state, tile_of, watch_url
from pantau.ui.i18n import Language
from pantau.ui.render import Pages
from pantau.ui.site import Site

PATH: Final = "/peta"
PLACES: Final = "/peta.json"
NEWS_PREFIX: Final = "/peta-kini."

Mark = Literal["on", "off", "service", "unknown"]
MARKS: Final[tuple[Mark, ...]] = ("on", "off", "service", "unknown")
_MOST_WHOLE: Final = 240
"""Up to here the list below the map names every camera."""
_FIRST_OF_AREA: Final = 12
_MOST_UNPLACED: Final = 60
_FEW: Final = 24
"""As many cameras as a list shows without being opened."""
_NOWHERE: Final = Site.__dataclass_fields__["map_start"].default


@dataclass(frozen=True, slots=True)
class Listed:
    """A camera in the list."""

    id: int
    name: str
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class MapArea:
    """An area with the first of its cameras; `total` and `offline` count all of them."""

    id: int
    name: str
    url: str
    cameras: tuple[Listed, ...]
    total: int
    offline: int
    is_open: bool


def mark_of(camera: PublicCamera) -> Mark:
    """Return the shape that stands for the camera, by what the wall counts as a problem."""
    state = shown_state(camera)
    if state is LiveState.OFFLINE:
        return "off"
    if state is LiveState.MAINTENANCE:
        return "service"
    if state is LiveState.UNKNOWN and camera.thumbnail_at is None:
        return "unknown"
    return "on"


def map_values(
    cameras: Sequence[PublicCamera], area_id: int | None, pages: Pages, language: Language
) -> dict[str, Any]:
    """Return what the map's template needs; `area_id` is the area that the address names."""
    placed = [camera for camera in cameras if point_of(camera) is not None]
    unplaced = [camera for camera in cameras if point_of(camera) is None]
    counts = Counter(mark_of(camera) for camera in placed)
    start = pages.site.map_start
    return {
        "total": len(cameras),
        "placed": len(placed),
        "counts": {mark: counts[mark] for mark in MARKS},
        "unplaced_total": len(unplaced),
        "unplaced": [_listed(camera, pages, language) for camera in unplaced[:_MOST_UNPLACED]],
        "areas": _areas(cameras, area_id, pages, language),
        # Where nobody chose a place for maps to begin, they begin with the cameras.
        "start": "" if start == _NOWHERE else start,
        "places_url": PLACES,
        "news_url": f"{NEWS_PREFIX}{language}.json",
    }


def map_places(cameras: Iterable[PublicCamera]) -> bytes:
    """Return what an open map draws, as JSON: the same in every language, and seldom new.

    A camera is `[id, slug, name, location, area, latitude, longitude, has a still]`, an area
    `[id, name, cameras, box]` and a box `[south, west, north, east]`; null stands for no place.
    """
    cameras = list(cameras)
    groups: dict[tuple[int, str], list[PublicCamera]] = {}
    for camera in cameras:
        groups.setdefault(_area_of(camera), []).append(camera)
    places = {
        "cameras": [_row(camera) for camera in cameras],
        "areas": [
            [area_id, name, len(members), _box(members)]
            for (area_id, name), members in sorted(groups.items(), key=_by_name)
        ],
        "home": _box(cameras),
    }
    return _json({"version": _version(places), **places})


def map_news(
    cameras: Iterable[PublicCamera], pages: Pages, language: Language, *, places: bytes
) -> bytes:
    """Return what an open map asks for now and then, as JSON: the cameras that are not well.

    `version` tells whether `places` are still those that the map has drawn.
    """
    marked = [(camera, mark_of(camera)) for camera in cameras]
    news = {
        "version": json.loads(places)["version"],
        "cameras": {
            str(camera.id): [mark, tile_of(camera, pages, language).label]
            for camera, mark in marked
            if mark != "on"
        },
    }
    return _json(news)


def _areas(
    cameras: Sequence[PublicCamera], asked: int | None, pages: Pages, language: Language
) -> list[MapArea]:
    groups: dict[tuple[int, str], list[PublicCamera]] = {}
    for camera in cameras:
        groups.setdefault(_area_of(camera), []).append(camera)
    elsewhere = pages.texts[language].gettext("Other places")
    first = len(cameras) if len(cameras) <= _MOST_WHOLE else _FIRST_OF_AREA
    return [
        MapArea(
            id=area_id,
            name=name or elsewhere,
            url=area_url(area_id, name),
            cameras=tuple(
                _listed(camera, pages, language)
                for camera in (members if area_id == asked else members[:first])
            ),
            total=len(members),
            offline=sum(mark_of(camera) == "off" for camera in members),
            is_open=area_id == asked or (asked is None and len(cameras) <= _FEW),
        )
        for (area_id, name), members in sorted(groups.items(), key=_by_name)
    ]


def _by_name(group: tuple[tuple[int, str], object]) -> tuple[bool, str, int]:
    (area_id, name), _ = group
    return name == "", name.casefold(), area_id


def _area_of(camera: PublicCamera) -> tuple[int, str]:
    return camera.area_id or ELSEWHERE, camera.area_name or ""


def _listed(camera: PublicCamera, pages: Pages, language: Language) -> Listed:
    label = tile_of(camera, pages, language).label
    return Listed(camera.id, camera.name, watch_url(camera), label)


def _row(camera: PublicCamera) -> list[object]:
    point = point_of(camera)
    return [
        camera.id,
        camera.slug,
        camera.name,
        camera.location,
        camera.area_id or ELSEWHERE,
        None if point is None else point.latitude,
        None if point is None else point.longitude,
        int(camera.thumbnail_at is not None),
    ]


def _box(cameras: Iterable[PublicCamera]) -> list[float] | None:
    points = [point for camera in cameras if (point := point_of(camera)) is not None]
    box: Box | None = box_of(points)
    return None if box is None else [box.south, box.west, box.north, box.east]


def _version(value: object) -> str:
    return hashlib.blake2b(_json(value), digest_size=6).hexdigest()


def _json(value: object) -> bytes:
    # NaN would be no JSON; `map_points` lets none through, and this would say so.
    said = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return said.encode("utf-8", "replace")
