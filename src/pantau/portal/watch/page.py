"""The page of one camera: its picture, what is known about it, and what stands near."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from babel.numbers import format_decimal

from pantau.cameras.capabilities import Player
from pantau.cameras.decisions import Showing
from pantau.cameras.models import LiveState, PublicCamera
from pantau.portal.frames import frame_origin
from pantau.portal.map.points import point_of
from pantau.portal.sharing.links import card_url, share_of
from pantau.portal.tiles import Tile, playback_url, shown_state, tile_of
from pantau.portal.watch.neighbours import Neighbour, neighbours, next_to
from pantau.site.values import Sharing
from pantau.streaming.schemas import playlist_url
from pantau.ui.i18n import Language
from pantau.ui.render import Pages

NOW_PREFIX: Final = "/kini/"
_MOST_NEIGHBOURS: Final = 6
_MARK_BYTES: Final = 6

View = Literal["player", "frame", "still", "nothing"]


@dataclass(frozen=True, slots=True)
class Stream:
    """Where the player finds the live stream, and stills for players that can do no more."""

    address: str
    still: str


@dataclass(frozen=True, slots=True)
class Near:
    """A neighbour as it is listed."""

    tile: Tile
    distance: str


def watch_values(
    camera: PublicCamera, cameras: Sequence[PublicCamera], pages: Pages, language: Language
) -> dict[str, Any]:
    """Return what the watch page's template needs."""
    found = neighbours(camera, cameras, most=_MOST_NEIGHBOURS)
    before, after = next_to(camera, cameras)
    return {
        "tile": tile_of(camera, pages, language),
        "stream": stream_of(camera),
        "view": view_of(camera),
        "frame_origin": frame_origin(camera.embed_url),
        "recordings_url": playback_url(camera.id, camera.slug),
        "delay_text": _delay_text(camera, pages, language),
        "state_text": _state_text(camera, pages, language),
        "neighbours": [
            Near(tile_of(each.camera, pages, language), _distance_text(each, language))
            for each in found
        ],
        "before": before and tile_of(before, pages, language),
        "after": after and tile_of(after, pages, language),
        "has_place": point_of(camera) is not None,
        "share": share_of(camera, Sharing()),
        "card": card_url(camera.id) if camera.thumbnail_at else "",
        "uptime": "",
        "now_url": f"{NOW_PREFIX}{camera.id}.json",
        "page_mark": "",
        "stream_mark": stream_mark(camera),
    }


def stream_mark(camera: PublicCamera) -> str:
    """Return a mark of how the camera is shown; with another one, an open page loads itself."""
    return mark_of(
        (
            camera.stream_key,
            camera.stream_revision,
            camera.player,
            camera.showing,
            camera.embed_url,
            camera.delay_s,
        )
    )


def mark_of(said: tuple[object, ...]) -> str:
    """Return a short mark of values, the same in every process."""
    return hashlib.blake2b(repr(said).encode(), digest_size=_MARK_BYTES).hexdigest()


def described(camera: PublicCamera, pages: Pages, language: Language) -> tuple[str, ...]:
    """Return the sentences of the page that may become others while somebody watches."""
    return (
        camera.name,
        camera.description,
        camera.location,
        camera.area_name or "",
        camera.video_codec or "",
        str(camera.enable_recording),
        _delay_text(camera, pages, language),
        _state_text(camera, pages, language),
    )


def stream_of(camera: PublicCamera) -> Stream:
    """Return the addresses that the player needs."""
    return Stream(playlist_url(camera), f"{camera.thumbnail_url}?w=640")


def view_of(camera: PublicCamera) -> View:
    """Return how the page shows the camera."""
    if camera.showing in {Showing.STILL, Showing.HIDDEN}:
        return "still"
    match camera.player:
        case Player.HLS:
            return "player"
        case Player.FRAME:
            return "frame" if frame_origin(camera.embed_url) else "nothing"
        case Player.NONE:
            return "nothing"


def _delay_text(camera: PublicCamera, pages: Pages, language: Language) -> str:
    if not camera.delay_s:
        return ""
    texts = pages.texts[language]
    minutes = max(1, round(camera.delay_s / 60))
    said = texts.ngettext(
        "Shown about %(count)s minute late.", "Shown about %(count)s minutes late.", minutes
    )
    return said % {"count": minutes}


def _state_text(camera: PublicCamera, pages: Pages, language: Language) -> str:
    _ = pages.texts[language].gettext
    state = shown_state(camera)
    if state is LiveState.LIVE:
        return _("Live since %(time)s") % {"time": pages.since(camera.since_at, language)}
    if state is LiveState.OFFLINE and camera.state is LiveState.OFFLINE:
        return _("Offline since %(time)s") % {"time": pages.since(camera.since_at, language)}
    if state is LiveState.OFFLINE:
        return _("Offline")
    if state is LiveState.MAINTENANCE:
        return _("Under maintenance")
    if state is LiveState.CONNECTING:
        return _("Connecting")
    return _("Connects when somebody watches") if camera.on_demand else _("Not checked yet")


def _distance_text(neighbour: Neighbour, language: Language) -> str:
    if neighbour.distance_m is None:
        return ""
    if neighbour.distance_m < 950:
        return f"{max(10, round(neighbour.distance_m, -1)):.0f} m"
    return f"{format_decimal(round(neighbour.distance_m / 1000, 1), locale=language)} km"
