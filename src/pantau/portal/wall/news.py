"""What an open wall asks for: news now and then, and every name once somebody searches."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from babel.numbers import format_decimal

from pantau.cameras.models import LiveState, PublicCamera
from pantau.portal.map.points import point_of
from pantau.portal.tiles import ELSEWHERE, shown_state, tile_of
from pantau.ui.i18n import Language, Texts
from pantau.ui.render import Pages

_KINDS: Final = (LiveState.OFFLINE, LiveState.MAINTENANCE, LiveState.UNKNOWN)


def wall_news(
    cameras: Sequence[PublicCamera],
    counts: Mapping[int, int],
    pages: Pages,
    language: Language,
) -> dict[str, object]:
    """Return states, labels, viewers, who has a still, and what is said above the wall.

    A camera that is not in it is not public any more; `viewers` is there where somebody watches;
    an area of which nothing is to be said is left out.
    """
    texts = pages.texts[language]
    areas: dict[int, list[PublicCamera]] = {}
    for camera in cameras:
        areas.setdefault(camera.area_id or ELSEWHERE, []).append(camera)
    told = {
        str(area_id): (problems_text(members, texts), watching_text(members, counts, texts))
        for area_id, members in areas.items()
    }
    return {
        "cameras": {
            str(camera.id): _news_of(camera, counts.get(camera.id, 0), pages, language)
            for camera in cameras
        },
        "problems": problems_text(cameras, texts),
        "watching": watching_text(cameras, counts, texts),
        "areas": {
            area_id: {"problems": problems, "watching": watching}
            for area_id, (problems, watching) in told.items()
            if problems or watching
        },
    }


def wall_names(cameras: Iterable[PublicCamera]) -> dict[str, object]:
    """Return what the browser searches in, as rows: number, slug, name, place, area, point.

    Areas are numbers of the list beside; -1 is none.  A point is latitude and longitude, or null.
    """
    areas: dict[str, int] = {}
    rows = [
        [
            camera.id,
            camera.slug,
            camera.name,
            camera.location,
            areas.setdefault(camera.area_name, len(areas)) if camera.area_name else -1,
            None if (point := point_of(camera)) is None else [point.latitude, point.longitude],
        ]
        for camera in cameras
    ]
    return {"areas": list(areas), "cameras": rows}


def is_problem(camera: PublicCamera) -> bool:
    """Tell whether a camera is not as it should be."""
    state = shown_state(camera)
    if state is LiveState.UNKNOWN:
        return camera.thumbnail_at is None
    return state in {LiveState.OFFLINE, LiveState.MAINTENANCE}


def problem_texts(cameras: Iterable[PublicCamera], texts: Texts) -> list[tuple[LiveState, str]]:
    """Return how many cameras are not as they should be, by kind."""
    counts = Counter(shown_state(camera) for camera in cameras if is_problem(camera))
    _ = texts.gettext
    said = {
        LiveState.OFFLINE: _("%(count)s offline"),
        LiveState.MAINTENANCE: _("%(count)s in maintenance"),
        LiveState.UNKNOWN: _("%(count)s not checked yet"),
    }
    return [(kind, said[kind] % {"count": counts[kind]}) for kind in _KINDS if counts[kind] > 0]


def problems_text(cameras: Iterable[PublicCamera], texts: Texts) -> str:
    """Return the same in one line; empty when every camera is as it should be."""
    return ", ".join(text for _, text in problem_texts(cameras, texts))


def watching_text(cameras: Iterable[PublicCamera], counts: Mapping[int, int], texts: Texts) -> str:
    """Return how many watch the public cameras; empty for nobody."""
    total = sum(counts.get(camera.id, 0) for camera in cameras)
    return viewers_text(total, texts) if total > 0 else ""


def viewers_text(count: int, texts: Texts) -> str:
    """Return a number of viewers in words."""
    said = texts.ngettext("%(count)s watching", "%(count)s watching", count)
    return said % {"count": number_text(count, texts.language)}


def number_text(count: int, language: Language) -> str:
    """Return a number as it is written: 1.000 in Indonesian."""
    return str(format_decimal(count, locale=language))


def _news_of(
    camera: PublicCamera, viewers: int, pages: Pages, language: Language
) -> dict[str, object]:
    tile = tile_of(camera, pages, language)
    news: dict[str, object] = {
        "state": str(tile.state),
        "label": tile.label,
        "still": tile.still,
    }
    return {**news, "viewers": viewers} if viewers > 0 else news
