"""`/daftar`: every camera in words, for slow links, readers of screens and browsers of text."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlencode

from pantau.cameras.models import LiveState, PublicCamera
from pantau.core.names import natural_key
from pantau.portal.finding import Index
from pantau.portal.kept_pages import KeptPages
from pantau.portal.tiles import ELSEWHERE, tile_of
from pantau.portal.wall.query import parse_query
from pantau.ui.i18n import Language
from pantau.ui.render import Pages
from pantau.ui.visitor import visitor_of_scope
from pantau.web.exchange import HotRequest, Reply, Route

PATH: Final = "/daftar"
MOST_LINES: Final = 300
"""Of one page: ten kilobytes on their way."""


@dataclass(frozen=True, slots=True)
class Line:
    """A camera in words."""

    name: str
    url: str
    location: str
    state: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The cameras of an area."""

    id: int
    name: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    text: str = ""
    page: int = 1

    @property
    def is_plain(self) -> bool:
        return self == Asked()


class TextList:
    """Answers with the list.  Loop only; the first page is kept until something changes on it."""

    def __init__(self, kept: KeptPages, pages: Pages) -> None:
        self._kept = kept
        self._pages = pages
        self._index: tuple[int, Index] | None = None

    def exact(self) -> dict[str, Route]:
        """Return the route for its address."""
        return {PATH: Route(self.show)}

    def show(self, request: HotRequest) -> Reply:
        """Answer with the list, or with what is asked for of it."""
        visitor = visitor_of_scope(request.scope)
        asked = asked_of(request.query)
        draw = partial(self._draw, asked)
        if asked.is_plain and not visitor.asked:
            return self._kept.keep("list", visitor.language, 0, draw).reply(request)
        return self._kept.once(request, visitor, draw(visitor.language))

    def _draw(self, asked: Asked, language: Language) -> bytes:
        cameras = self._kept.cameras()
        found = self._found(asked.text) if asked.text else cameras
        values = list_values(found, asked, self._pages, language)
        return self._pages.render("portal/list.html", language, values)

    def _found(self, text: str) -> Sequence[PublicCamera]:
        stamp = self._kept.stamp
        if self._index is None or self._index[0] != stamp:
            self._index = (stamp, Index(self._kept.cameras()))
        return self._index[1].find(text)


def asked_of(query: bytes) -> Asked:
    """Return what an address asks for, read as the wall reads its own."""
    asked = parse_query(query)
    return Asked(asked.text, asked.page)


def list_values(
    cameras: Sequence[PublicCamera], asked: Asked, pages: Pages, language: Language
) -> dict[str, Any]:
    """Return what the template needs."""
    texts = pages.texts[language]
    ordered = sorted(cameras, key=_place_of)
    last = max(1, -(-len(ordered) // MOST_LINES))
    page = min(asked.page, last)
    shown = ordered[(page - 1) * MOST_LINES : page * MOST_LINES]
    return {
        "text": asked.text,
        "found": len(ordered),
        "counted": texts.ngettext("%(num)s camera", "%(num)s cameras", len(ordered))
        % {"num": len(ordered)},
        "page": page,
        "previous": _address(asked.text, page - 1) if page > 1 else "",
        "next": _address(asked.text, page + 1) if page < last else "",
        "places": [
            Paragraph(
                area_id,
                name or texts.gettext("Other places"),
                [_line(camera, pages, language) for camera in members],
            )
            for (area_id, name), members in groupby(shown, key=_area_of)
        ],
    }


def _line(camera: PublicCamera, pages: Pages, language: Language) -> Line:
    tile, _ = tile_of(camera, pages, language), pages.texts[language].gettext
    is_unknown = tile.state is LiveState.UNKNOWN
    state = tile.label or (_("Not checked yet") if is_unknown else _("On"))
    return Line(camera.name, tile.url, camera.location, state)


def _area_of(camera: PublicCamera) -> tuple[int, str]:
    return camera.area_id or ELSEWHERE, camera.area_name or ""


def _place_of(camera: PublicCamera) -> tuple[object, ...]:
    area_id, name = _area_of(camera)
    return not name, natural_key(name), area_id, natural_key(camera.name), camera.id


def _address(text: str, page: int) -> str:
    fields = {**({"q": text} if text else {}), **({"page": page} if page > 1 else {})}
    return f"{PATH}?{urlencode(fields)}" if fields else PATH
