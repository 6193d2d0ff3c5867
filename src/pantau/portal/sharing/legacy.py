"""Addresses of the reference and of old links: each leads to where the same thing is now.

`/?camera=<id|slug>`, `/?view=map|playback`, `/?mode=`, `/area/<slug>`, `/playback?cam=&t=`.  What
an address says beside is kept; what names nothing that the public may see is left as it is, so that
nobody learns from it what exists (lessons F17, X10).
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from pantau.cameras.models import PublicCamera
from pantau.cameras.service import Catalogue
from pantau.core.errors import NotFound
from pantau.core.slugs import slug_of
from pantau.portal.addresses import moved, numbered
from pantau.portal.kept_pages import KeptPages
from pantau.portal.tiles import PLAYBACK_PREFIX, area_url, watch_url
from pantau.web.exchange import HotRequest, Reply, Route

MAP: Final = "/peta"
PLAYBACK: Final = "/playback"
AREAS: Final = "/area/"
_FOOTAGE: Final = PLAYBACK_PREFIX.rstrip("/")
_LAYOUT: Final = frozenset({"mode", "view"})
"""How the reference laid its one page out: nothing that an address says here."""
_MOST_FIELDS: Final = 50
_LONGEST: Final = 200

Fields = list[tuple[str, str]]


class Legacy:
    """Answers with redirects.  Loop only."""

    def __init__(self, catalogue: Catalogue, kept: KeptPages) -> None:
        self._catalogue = catalogue
        self._kept = kept

    def exact(self) -> dict[str, Route]:
        """Return the routes for whole addresses."""
        return {PLAYBACK: Route(self.playback), "/area": Route(self.areas)}

    def prefixes(self) -> dict[str, Route]:
        """Return the routes for beginnings of addresses."""
        return {AREAS: Route(self.area)}

    def of_wall(self, query: bytes) -> Reply | None:
        """Return where an old address of the first page leads now; None: it is the wall's."""
        fields = _fields(query)
        said = dict(fields)
        camera = camera_named(self._catalogue, said.get("camera", ""))
        if said.get("view") == "playback":
            wanted = said.get("cam") or said.get("camera", "")
            return _moved(self._footage(wanted), _without(fields, {"camera", "cam", *_LAYOUT}))
        if said.get("view") == "map":
            rest = _without(fields, {"camera", *_LAYOUT})
            return _moved(MAP, rest if camera is None else [*rest, ("kamera", str(camera.id))])
        if camera is None:
            return None
        return _moved(watch_url(camera), _without(fields, {"camera", *_LAYOUT}))

    def playback(self, request: HotRequest) -> Reply:
        """Lead to a camera's footage; `t` names a moment there as it did here."""
        fields = _fields(request.query)
        said = dict(fields)
        wanted = said.get("cam") or said.get("camera", "")
        return _moved(self._footage(wanted), _without(fields, {"cam", "camera", *_LAYOUT}))

    def areas(self, request: HotRequest) -> Reply:
        """Lead to the wall, which lists the areas."""
        return moved("/", request.query)

    def area(self, request: HotRequest) -> Reply:
        """Lead to an area's page, or to the camera that the address names on it."""
        fields = _fields(request.query)
        camera = camera_named(self._catalogue, dict(fields).get("camera", ""))
        rest = _without(fields, {"camera", *_LAYOUT})
        if camera is not None:
            return _moved(watch_url(camera), rest)
        address = _area_named(self._kept.cameras(), request.rest.rstrip("/"))
        if address is None:
            raise NotFound("area.unknown", "There is no such area.")
        return _moved(address, rest)

    def _footage(self, name: str) -> str:
        """Return the footage of a camera; by number for one that only some may replay."""
        camera = camera_named(self._catalogue, name)
        number = numbered(name) if camera is None else camera.id
        return _FOOTAGE if number is None else f"{PLAYBACK_PREFIX}{number}"


def camera_named(catalogue: Catalogue, name: str) -> PublicCamera | None:
    """Return the public camera with this number, number and words, or words alone."""
    if not name or len(name) > _LONGEST:
        return None
    number = numbered(name)
    if number is not None:
        camera = catalogue.public_by_id(number)
        if camera is not None:
            return camera
    return next((each for each in catalogue.public() if each.slug == name), None)


def _area_named(cameras: Iterable[PublicCamera], name: str) -> str | None:
    """Return the page of the area whose name has this slug, or this number before it."""
    number = numbered(name)
    for camera in cameras:
        if camera.area_id is None or not camera.area_name:
            continue
        if camera.area_id == number or slug_of(camera.area_name) == name:
            return area_url(camera.area_id, camera.area_name)
    return None


def _fields(query: bytes) -> Fields:
    try:
        return parse_qsl(
            query.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        return []


def _without(fields: Fields, names: Iterable[str]) -> Fields:
    gone = frozenset(names)
    return [(name, value) for name, value in fields if name not in gone]


def _moved(path: str, fields: Fields) -> Reply:
    return moved(path, urlencode(fields, quote_via=quote).encode("ascii"))
