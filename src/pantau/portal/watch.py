"""The page of one camera: its picture, what is known about it, and what stands near."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from babel.numbers import format_decimal

from pantau.cameras.capabilities import Player
from pantau.cameras.decisions import Showing
from pantau.cameras.models import LiveState, PublicCamera
from pantau.portal.frames import frame_origin
from pantau.portal.neighbours import Neighbour, neighbours
from pantau.portal.tiles import Tile, playback_url, shown_state, tile_of
from pantau.streaming.schemas import playlist_url
from pantau.ui.i18n import Language
from pantau.ui.render import Pages

_MOST_NEIGHBOURS: Final = 6
_NUMBER: Final = re.compile(r"([0-9]{1,9})(?:-[^/]*)?")


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


def camera_number(rest: str) -> int | None:
    """Return the camera's number from what follows /kamera/; the words behind it are for people."""
    found = _NUMBER.fullmatch(rest)
    return int(found[1]) if found else None


def watch_values(
    camera: PublicCamera, cameras: Sequence[PublicCamera], pages: Pages, language: Language
) -> dict[str, Any]:
    """Return what the watch page's template needs."""
    found = neighbours(camera, cameras, most=_MOST_NEIGHBOURS)
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
    }


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
