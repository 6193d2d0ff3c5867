"""What a page says of one camera: address, still, and a label only for what is not normal."""

from dataclasses import dataclass
from typing import Final

from pantau.cameras.models import LiveState, PublicCamera
from pantau.core.slugs import slug_of
from pantau.ui.i18n import Language
from pantau.ui.render import Pages

ICONS: Final = {
    LiveState.OFFLINE: "off",
    LiveState.MAINTENANCE: "wrench",
    LiveState.UNKNOWN: "ask",
}
"""States with a label; a healthy camera carries none."""
PLAYBACK_PREFIX: Final = "/rekaman/"
AREA_PREFIX: Final = "/wilayah/"
ELSEWHERE: Final = 0
"""Stands for the area of cameras that are in none."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A camera as it is shown; `label` is empty where nothing needs saying."""

    camera: PublicCamera
    state: LiveState
    since_known: bool
    label: str

    @property
    def url(self) -> str:
        return watch_url(self.camera)

    @property
    def area_url(self) -> str:
        return area_url(self.camera.area_id or ELSEWHERE, self.camera.area_name or "")

    @property
    def still(self) -> str | None:
        return self.camera.thumbnail_url if self.camera.thumbnail_at is not None else None

    @property
    def icon(self) -> str:
        return ICONS.get(self.state, "")


def watch_url(camera: PublicCamera) -> str:
    """Return the one true address of a camera's page."""
    return f"/kamera/{camera.id}-{camera.slug}"


def area_url(area_id: int, name: str) -> str:
    """Return the one true address of an area's page; 0 and no name: cameras without an area."""
    slug = slug_of(name)
    return f"{AREA_PREFIX}{area_id}-{slug}" if slug else f"{AREA_PREFIX}{area_id}"


def playback_url(camera_id: int, slug: str) -> str:
    """Return the one true address of a camera's footage; `?t=` and a UTC second name a moment."""
    return f"{PLAYBACK_PREFIX}{camera_id}-{slug}"


def shown_state(camera: PublicCamera) -> LiveState:
    """Return the state to show: what the operator announces outweighs what was measured."""
    if camera.status == "maintenance":
        return LiveState.MAINTENANCE
    if camera.status == "offline" or not camera.is_online:
        return LiveState.OFFLINE
    # Seen gone a moment ago, and not yet believed.
    return LiveState.CONNECTING if camera.state is LiveState.OFFLINE else camera.state


def tile_of(camera: PublicCamera, pages: Pages, language: Language) -> Tile:
    """Return `camera` as its tile says it."""
    state = shown_state(camera)
    since_known = state is LiveState.OFFLINE and camera.state is LiveState.OFFLINE
    texts = pages.texts[language]
    _ = texts.gettext
    label = ""
    if since_known:
        label = _("Offline %(since)s") % {"since": pages.since(camera.since_at, language)}
    elif state is LiveState.OFFLINE:
        label = _("Offline")
    elif state is LiveState.MAINTENANCE:
        label = _("Maintenance")
    elif state is LiveState.UNKNOWN and camera.thumbnail_at is None:
        label = _("Not checked yet")
    return Tile(camera, state, since_known, label)
