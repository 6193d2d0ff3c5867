"""The page with several cameras at once, and the kiosk that turns through many of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pantau.cameras.models import LiveState, PublicCamera
from pantau.portal.finding import Index
from pantau.portal.kept_pages import KeptPages
from pantau.portal.multi.wish import (
    COOKIE,
    LAYOUTS,
    MOST,
    PATH,
    Chosen,
    Wish,
    address,
    choose,
    favourite_ids,
    fitting,
    kiosk_address,
    read_wish,
)
from pantau.portal.tiles import Tile, tile_of
from pantau.portal.watch.page import Stream, View, stream_of, view_of
from pantau.ui.i18n import Language, Texts
from pantau.ui.render import Pages
from pantau.ui.visitor import visitor_of_scope
from pantau.web.assets import Assets
from pantau.web.exchange import HotRequest, Reply, Route

_FAVOURITES: Final = "pantau_favourites"
_MOST_OFFERED: Final = 12
_KIOSK_S: Final = 15
"""What the form for a kiosk proposes."""


@dataclass(frozen=True, slots=True)
class MultiTile:
    """One camera of the set, with the addresses of what can be done to it."""

    tile: Tile
    stream: Stream
    view: View
    earlier: str
    later: str
    first: str
    replace: str
    remove: str

    @property
    def may_play(self) -> bool:
        """Whether a player makes sense: there is a stream, and nobody works on the camera."""
        return self.view == "player" and self.tile.state is not LiveState.MAINTENANCE


@dataclass(frozen=True, slots=True)
class Offer:
    """A camera that may join the set; `url` is the set with it."""

    tile: Tile
    url: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout as it may be chosen."""

    name: str
    slots: int
    said: str
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Around:
    """What a set is chosen from."""

    cameras: Sequence[PublicCamera]
    """Those that the public may see."""
    favourites: Sequence[int]
    find: Callable[[str], list[PublicCamera]]
    """Returns the cameras that somebody means by a text, the best first."""


class MultiPage:
    """Answers with the page, drawn for each visitor.  Loop only."""

    def __init__(self, kept: KeptPages, pages: Pages, assets: Assets) -> None:
        self._kept = kept
        self._pages = pages
        self._build = assets.build
        self._indexed: tuple[int, Index] = (-1, Index(()))

    def exact(self) -> dict[str, Route]:
        """Return the route for its address."""
        return {PATH: Route(self.show)}

    def show(self, request: HotRequest) -> Reply:
        """Answer with the page."""
        visitor = visitor_of_scope(request.scope)
        wish = read_wish(request.query, visitor.cookies.get(COOKIE, ""))
        favourites = favourite_ids(visitor.cookies.get(_FAVOURITES, ""))
        around = Around(self._kept.cameras(), favourites, self._find)
        values = multi_values(wish, around, self._pages, visitor.language)
        values["build"] = self._build
        body = self._pages.render("portal/multi.html", visitor.language, values)
        return self._kept.once(request, visitor, body)

    def _find(self, text: str) -> list[PublicCamera]:
        stamp = self._kept.stamp
        if self._indexed[0] != stamp:
            self._indexed = (stamp, Index(self._kept.cameras()))
        return self._indexed[1].find(text)


def multi_values(wish: Wish, around: Around, pages: Pages, language: Language) -> dict[str, Any]:
    """Return what the page's template needs."""
    chosen = choose(wish, around.cameras, around.favourites)
    texts = pages.texts[language]
    ids = [camera.id for camera in chosen.cameras]
    replaced = next((each for each in chosen.cameras if each.id == wish.replaced), None)
    return {
        "wish": wish,
        "chosen": chosen,
        "tiles": [_tile(index, chosen.cameras, wish, pages, language) for index in range(len(ids))],
        "slots": LAYOUTS[chosen.layout],
        "layouts": _layouts(ids, chosen, texts),
        "set_ids": ".".join(str(each) for each in ids),
        "set_url": address(ids, wish.layout),
        "next_url": kiosk_address(wish, (chosen.page + 1) % chosen.pages) if wish.kiosk_s else "",
        "area_name": _area_name(wish, chosen),
        "replaced": replaced,
        "offers": _offers(wish, chosen, around, pages, language),
        "is_full": len(ids) >= MOST,
        "most": MOST,
        "proposed_s": wish.kiosk_s or _KIOSK_S,
    }


def _tile(
    index: int, cameras: Sequence[PublicCamera], wish: Wish, pages: Pages, language: Language
) -> MultiTile:
    camera = cameras[index]
    ids = [each.id for each in cameras]

    def moved(to: int) -> str:
        others = ids[:index] + ids[index + 1 :]
        return address([*others[:to], camera.id, *others[to:]], wish.layout)

    return MultiTile(
        tile=tile_of(camera, pages, language),
        stream=stream_of(camera),
        view=view_of(camera),
        earlier=moved(index - 1) if index > 0 else "",
        later=moved(index + 1) if index + 1 < len(ids) else "",
        first=moved(0) if index > 1 else "",
        replace=f"{address(ids, wish.layout, ganti=camera.id)}#tambah",
        remove=address(ids[:index] + ids[index + 1 :], wish.layout),
    )


def _layouts(ids: Sequence[int], chosen: Chosen, texts: Texts) -> list[Layout]:
    _ = texts.gettext
    said = {
        "satu": _("One"),
        "dua": _("Two"),
        "besar": _("One large, two small"),
        "empat": _("Four"),
        "enam": _("One large, five small"),
        "sembilan": _("Nine"),
    }
    return [
        Layout(name, slots, said[name], address(ids, name), name == chosen.layout)
        for name, slots in LAYOUTS.items()
    ]


def _offers(
    wish: Wish, chosen: Chosen, around: Around, pages: Pages, language: Language
) -> list[Offer]:
    """Return cameras that may join: those that match the search, else favourites first."""
    ids = [camera.id for camera in chosen.cameras]
    at = ids.index(wish.replaced) if wish.replaced in ids else len(ids)
    if at >= MOST or wish.kiosk_s:
        return []
    if wish.text:
        ranked = around.find(wish.text)
    else:
        rank = {each: index for index, each in enumerate(around.favourites)}
        ranked = sorted(around.cameras, key=lambda camera: rank.get(camera.id, len(rank)))
    free = [camera for camera in ranked if camera.id not in ids]
    return [
        Offer(tile_of(each, pages, language), _joined(each, ids, at, wish))
        for each in free[:_MOST_OFFERED]
    ]


def _joined(camera: PublicCamera, ids: Sequence[int], at: int, wish: Wish) -> str:
    after = [*ids[:at], camera.id, *ids[at + 1 :]]
    layout = wish.layout
    if layout and LAYOUTS[layout] < len(after) and len(after) > len(ids):
        layout = fitting(len(after))
    return address(after, layout)


def _area_name(wish: Wish, chosen: Chosen) -> str:
    if wish.area_id is None or wish.ids:
        return ""
    return next((camera.area_name or "" for camera in chosen.cameras), "")
