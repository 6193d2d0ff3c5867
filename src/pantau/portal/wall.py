"""The wall: every public camera by area, narrowed by what the address asks for."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qs

from pantau.cameras.models import LiveState, PublicCamera
from pantau.portal.tiles import ICONS, Tile, shown_state, tile_of
from pantau.ui.i18n import Language, Texts
from pantau.ui.render import Pages

MOST_WHOLE: Final = 240
"""Up to here the wall shows every camera at once: about 25 kB of HTML on the wire."""
_FIRST_OF_AREA: Final = 12
_NO_AREA: Final = 0
_MOST_TEXT: Final = 100
_MOST_FIELDS: Final = 20
_SIZES: Final = frozenset({"large", "medium", "dense"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WallQuery:
    """What the address asks for; everything in it has been made harmless."""

    text: str = ""
    area_id: int | None = None
    area_name: str = ""
    problems: bool = False
    favourites: bool = False
    favourite_ids: frozenset[int] = frozenset()
    size: str = ""

    @property
    def narrows(self) -> bool:
        """Whether some cameras may be missing from the page on purpose."""
        return bool(self.text or self.problems or self.favourites or self.area_id is not None)


@dataclass(frozen=True, slots=True)
class Place:
    """One area with the cameras that are shown; `total` and `offline` count all that match."""

    id: int
    name: str
    tiles: tuple[Tile, ...]
    total: int
    offline: int


def parse_query(query: bytes, favourites_cookie: str) -> WallQuery:
    """Read the address; nonsense is left out, because links are typed and cut by hand."""
    try:
        fields = parse_qs(query.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        fields = {}
    said = {name: values[-1].strip() for name, values in fields.items()}
    area = said.get("area", "")
    size = said.get("size", "")
    return WallQuery(
        text=said.get("q", "")[:_MOST_TEXT],
        area_id=int(area) if area.isascii() and area.isdigit() and len(area) < 10 else None,
        problems=said.get("problems") == "1",
        favourites=said.get("favourites") == "1",
        favourite_ids=frozenset(
            int(part)
            for part in favourites_cookie.split(".")
            if part.isascii() and part.isdigit() and len(part) < 11
        ),
        size=size if size in _SIZES else "",
    )


def wall_values(
    cameras: Sequence[PublicCamera], query: WallQuery, pages: Pages, language: Language
) -> dict[str, Any]:
    """Return what the wall's template needs."""
    texts = pages.texts[language]
    chosen = [camera for camera in cameras if _matches(camera, query)]
    first = len(chosen) if len(chosen) <= MOST_WHOLE else _FIRST_OF_AREA
    if query.area_id is not None:
        first = len(chosen)
    places = _places(chosen, first, pages, language)
    areas = [replace(place, tiles=()) for place in _places(cameras, 0, pages, language)]
    name = next((area.name for area in areas if area.id == query.area_id), "")
    return {
        "query": replace(query, area_name=name),
        "places": places,
        "areas": areas,
        "total": len(cameras),
        "found": len(chosen),
        "is_whole": first == len(chosen) and not query.narrows,
        "problems": problems_text(cameras, texts),
        "news_url": f"/wall.{language}.json",
        "icons": [(str(state), icon) for state, icon in ICONS.items()],
    }


def wall_news(
    cameras: Iterable[PublicCamera],
    counts: Mapping[int, int],
    pages: Pages,
    language: Language,
) -> dict[str, object]:
    """Return what an open wall asks for now and then: states, labels, viewers, who has a still.

    A camera that is not in it is not public any more; `viewers` is there where somebody watches.
    """
    cameras = list(cameras)
    tiles = [tile_of(camera, pages, language) for camera in cameras]
    return {
        "cameras": {
            str(tile.camera.id): {
                "state": str(tile.state),
                "label": tile.label,
                "still": tile.still,
                **({"viewers": count} if (count := counts.get(tile.camera.id, 0)) else {}),
            }
            for tile in tiles
        },
        "problems": problems_text(cameras, pages.texts[language]),
    }


def area_name(cameras: Iterable[PublicCamera], area_id: int) -> str | None:
    """Return the name of an area, empty for none; None where the public finds no camera in it."""
    for camera in cameras:
        if (camera.area_id or _NO_AREA) == area_id:
            return camera.area_name or ""
    return None


def problems_text(cameras: Iterable[PublicCamera], texts: Texts) -> str:
    """Return how many cameras are not as they should be, by kind; empty when all are."""
    counts = Counter(shown_state(camera) for camera in cameras if _is_problem(camera))
    _ = texts.gettext
    said = [
        (counts[LiveState.OFFLINE], _("%(count)s offline")),
        (counts[LiveState.MAINTENANCE], _("%(count)s in maintenance")),
        (counts[LiveState.UNKNOWN], _("%(count)s not checked yet")),
    ]
    return ", ".join(text % {"count": count} for count, text in said if count > 0)


def _is_problem(camera: PublicCamera) -> bool:
    state = shown_state(camera)
    if state is LiveState.UNKNOWN:
        return camera.thumbnail_at is None
    return state in {LiveState.OFFLINE, LiveState.MAINTENANCE}


def _matches(camera: PublicCamera, query: WallQuery) -> bool:
    if query.area_id is not None and (camera.area_id or _NO_AREA) != query.area_id:
        return False
    if query.problems and not _is_problem(camera):
        return False
    if query.favourites and camera.id not in query.favourite_ids:
        return False
    hay = f"{camera.name} {camera.location} {camera.area_name or ''}".casefold()
    return all(word in hay for word in query.text.casefold().split())


def _places(
    cameras: Iterable[PublicCamera], first: int, pages: Pages, language: Language
) -> list[Place]:
    """Group by area: in the order of their names, cameras without one last."""
    groups: dict[tuple[int, str], list[PublicCamera]] = {}
    for camera in cameras:
        area = (camera.area_id or _NO_AREA, camera.area_name or "")
        groups.setdefault(area, []).append(camera)
    elsewhere = pages.texts[language].gettext("Other places")
    ordered = sorted(groups.items(), key=lambda item: (item[0][1] == "", item[0][1].casefold()))
    return [
        Place(
            id=area_id,
            name=name or elsewhere,
            tiles=tuple(tile_of(camera, pages, language) for camera in members[:first]),
            total=len(members),
            offline=sum(shown_state(camera) is LiveState.OFFLINE for camera in members),
        )
        for (area_id, name), members in ordered
    ]
