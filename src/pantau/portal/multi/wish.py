"""What the address of a multi-view asks for, and which cameras that is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qs, urlencode

from pantau.cameras.models import PublicCamera

PATH: Final = "/multi"
COOKIE: Final = "pantau_multi"
"""The visitor's last set, as `1.5.9` or `1.5.9-besar`; written by the page's script."""
MOST: Final = 9
MOST_NAMED: Final = 90
"""In a kiosk, which turns pages."""
LAYOUTS: Final[Mapping[str, int]] = {
    "satu": 1,
    "dua": 2,
    "besar": 3,
    "empat": 4,
    "enam": 6,
    "sembilan": 9,
}
"""How many cameras each layout shows at its full size."""
_SHORTEST_S: Final = 5
_LONGEST_S: Final = 3600
_MOST_TEXT: Final = 100
_MOST_FIELDS: Final = 20
_MOST_PAGE: Final = 100_000
_NO_AREA: Final = 0
_APART: Final = re.compile(r"[^0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for; everything in it has been made harmless."""

    ids: tuple[int, ...] = ()
    """In the order of the address, each once."""
    nonsense: int = 0
    """How many words stood among the numbers that are none."""
    layout: str = ""
    area_id: int | None = None
    favourites: bool = False
    kiosk_s: int = 0
    """How long a page of the kiosk stays; 0: no kiosk."""
    page: int = 0
    added: int | None = None
    replaced: int | None = None
    text: str = ""
    is_own: bool = False
    """The set is the one that this browser remembers, not one that a link names."""

    @property
    def names_cameras(self) -> bool:
        """Whether the address says which cameras, in one of its ways."""
        return bool(self.ids or self.nonsense or self.favourites) or self.area_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The cameras that a wish comes to, and what of it could not be had."""

    cameras: tuple[PublicCamera, ...]
    layout: str
    absent: int
    """Asked for and not here: unknown, hidden and nonsense are one answer (lesson X10)."""
    cut: int
    """Left out because nine are the most."""
    refused: PublicCamera | None
    """Was to be added, and there is no room."""
    page: int
    pages: int


def read_wish(query: bytes, remembered: str) -> Wish:
    """Read an address; nonsense is left out, because links are typed and cut by hand."""
    try:
        fields = parse_qs(
            query.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        fields = {}
    said = {name: values[-1].strip() for name, values in fields.items()}
    ids, nonsense = _ids(said.get("kamera", ""))
    wish = Wish(
        ids=ids,
        nonsense=nonsense,
        layout=_layout(said.get("tata", "")),
        area_id=_number(said.get("area", "")),
        favourites=said.get("favourites") == "1",
        kiosk_s=_kiosk_s(said.get("kios", "")),
        page=min(_number(said.get("halaman", "")) or 0, _MOST_PAGE),
        added=_number(said.get("tambah", "")),
        replaced=_number(said.get("ganti", "")),
        text=said.get("q", "")[:_MOST_TEXT],
    )
    return wish if wish.names_cameras or "kamera" in said else _own(wish, remembered)


def choose(wish: Wish, cameras: Sequence[PublicCamera], favourites: Sequence[int]) -> Chosen:
    """Return what `wish` comes to among the cameras that may be shown."""
    by_id = {camera.id: camera for camera in cameras}
    found = _found(wish, cameras, by_id, favourites)
    absent = wish.nonsense + sum(each not in by_id for each in wish.ids)
    extra = None if wish.added is None else by_id.get(wish.added)
    refused = None
    if wish.added is not None and extra is None:
        absent += 1
    if extra is not None and extra not in found:
        if len(found) >= MOST and not wish.kiosk_s:
            refused = extra
        else:
            found = [*found, extra]
    layout = wish.layout
    if not layout or (extra is not None and LAYOUTS[layout] < len(found)):
        layout = fitting(len(found))
    if not wish.kiosk_s:
        kept = tuple(found[:MOST])
        cut = len(found) - len(kept)
        return Chosen(
            cameras=kept, layout=layout, absent=absent, cut=cut, refused=refused, page=0, pages=1
        )
    size = LAYOUTS[layout]
    pages = max(1, -(-len(found) // size))
    page = wish.page % pages
    shown = tuple(found[page * size : (page + 1) * size])
    if len(shown) < size:
        layout = fitting(len(shown))
    return Chosen(
        cameras=shown, layout=layout, absent=absent, cut=0, refused=refused, page=page, pages=pages
    )


def fitting(count: int) -> str:
    """Return the smallest layout that shows `count` cameras, or the largest one."""
    return next((name for name, most in LAYOUTS.items() if most >= count), "sembilan")


def address(ids: Sequence[int], layout: str = "", **more: str | int) -> str:
    """Return the address of a set; `more` are further fields."""
    fields: dict[str, str | int] = {"kamera": ".".join(str(each) for each in ids)}
    if layout:
        fields["tata"] = layout
    return f"{PATH}?{urlencode({**fields, **more})}"


def kiosk_address(wish: Wish, page: int) -> str:
    """Return the address of another page of the same kiosk."""
    fields: dict[str, str | int] = {"kios": wish.kiosk_s, "halaman": page}
    if wish.layout:
        fields["tata"] = wish.layout
    if wish.area_id is not None:
        fields["area"] = wish.area_id
    if wish.favourites:
        fields["favourites"] = 1
    # A set that is merely remembered is asked for again: it may be another one by then.
    if wish.ids and not wish.is_own:
        fields["kamera"] = ".".join(str(each) for each in wish.ids)
    return f"{PATH}?{urlencode(fields)}"


def favourite_ids(cookie: str) -> tuple[int, ...]:
    """Return the visitor's favourites, oldest first."""
    return _ids(cookie)[0]


def _found(
    wish: Wish,
    cameras: Sequence[PublicCamera],
    by_id: Mapping[int, PublicCamera],
    favourites: Sequence[int],
) -> list[PublicCamera]:
    if wish.ids or wish.nonsense:
        return [by_id[each] for each in wish.ids if each in by_id]
    if wish.area_id is not None:
        return [each for each in cameras if (each.area_id or _NO_AREA) == wish.area_id]
    if wish.favourites:
        return [by_id[each] for each in favourites if each in by_id]
    # A screen in a hall that nobody chose cameras for shows all of them in turn.
    return list(cameras) if wish.kiosk_s else []


def _own(wish: Wish, remembered: str) -> Wish:
    said, _, layout = remembered.partition("-")
    ids, _ = _ids(said)
    return replace(wish, ids=ids[:MOST], layout=wish.layout or _layout(layout), is_own=True)


def _ids(text: str) -> tuple[tuple[int, ...], int]:
    """Return the numbers of a list, each once, and how many of its words are none."""
    words = [word for word in _APART.split(text[: 12 * MOST_NAMED]) if word]
    numbers = [_number(word) for word in words]
    ids = tuple(dict.fromkeys(each for each in numbers if each is not None))
    return ids[:MOST_NAMED], sum(each is None for each in numbers)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _layout(text: str) -> str:
    return text if text in LAYOUTS else ""


def _kiosk_s(text: str) -> int:
    number = _number(text)
    return 0 if not number else min(max(number, _SHORTEST_S), _LONGEST_S)
