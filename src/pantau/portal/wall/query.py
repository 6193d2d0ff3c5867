"""What the address of a wall asks for, and the addresses that ask for something else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, get_args
from urllib.parse import parse_qs, urlencode

from pantau.cameras.models import LiveState

Sort: TypeAlias = Literal["", "popular", "new", "name"]
"""Empty: by area.  What is near is sorted on the device alone: nobody is told where it is."""

SORTS: Final[frozenset[str]] = frozenset(get_args(Sort))
STATES: Final[Mapping[str, LiveState]] = {
    "offline": LiveState.OFFLINE,
    "maintenance": LiveState.MAINTENANCE,
    "unknown": LiveState.UNKNOWN,
}
_MOST_TEXT: Final = 100
_MOST_FIELDS: Final = 20
_MOST_PAGES: Final = 10_000
_MOST_FAVOURITES: Final = 200
_SIZES: Final = frozenset({"large", "medium", "dense"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WallQuery:
    """What the address asks for; everything in it has been made harmless."""

    text: str = ""
    area_id: int | None = None
    problems: bool = False
    state: LiveState | None = None
    """One kind of problem alone."""
    favourites: bool = False
    favourite_ids: frozenset[int] = frozenset()
    sort: Sort = ""
    page: int = 1
    size: str = ""

    @property
    def narrows(self) -> bool:
        """Whether some cameras may be missing from the page on purpose."""
        return self.is_personal or self.has_problems or self.area_id is not None

    @property
    def has_problems(self) -> bool:
        """Whether only cameras are asked for that are not as they should be."""
        return self.problems or self.state is not None

    @property
    def is_personal(self) -> bool:
        """Whether the page depends on who asks, or on what was typed."""
        return bool(self.text or self.favourites or self.size)

    @property
    def is_flat(self) -> bool:
        """Whether the cameras stand in one list instead of under their areas."""
        return bool(self.text or self.favourites or self.sort)

    def in_area(self, area_id: int) -> "WallQuery":
        """Return the same wish for one area."""
        return replace(self, area_id=area_id)

    def up_to_page(self, last: int) -> "WallQuery":
        """Return the same wish with a page that there may be."""
        return replace(self, page=min(self.page, last))

    def fields(self) -> dict[str, str]:
        """Return what the address holds behind the path, without the area and the page."""
        said = {
            "q": self.text,
            "problems": "1" if self.problems else "",
            "state": "" if self.state is None else str(self.state),
            "favourites": "1" if self.favourites else "",
            "sort": self.sort,
            "size": self.size,
        }
        return {name: value for name, value in said.items() if value}


def parse_query(query: bytes, favourites_cookie: str = "") -> WallQuery:
    """Read the address; nonsense is left out, because links are typed and cut by hand."""
    said = _said(query)
    size, sort, state = (said.get(name, "") for name in ("size", "sort", "state"))
    return WallQuery(
        text=_harmless(said.get("q", ""))[:_MOST_TEXT],
        area_id=_number(said.get("area", "")),
        problems=said.get("problems") == "1",
        state=STATES.get(state),
        favourites=said.get("favourites") == "1",
        favourite_ids=_favourites(favourites_cookie),
        sort=_sort(sort),
        page=min(max(_number(said.get("page", "")) or 1, 1), _MOST_PAGES),
        size=size if size in _SIZES else "",
    )


def address(path: str, fields: Mapping[str, str], page: int = 1) -> str:
    """Return an address of the wall at `path`."""
    said = {**fields, **({"page": str(page)} if page > 1 else {})}
    return f"{path}?{urlencode(said)}" if said else path


def without_area(query: bytes) -> bytes:
    """Return what is left of a query when the area stands in the path."""
    return b"&".join(field for field in query.split(b"&") if not field.startswith(b"area="))


def _said(query: bytes) -> dict[str, str]:
    try:
        fields = parse_qs(query.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[-1].strip() for name, values in fields.items()}


def _harmless(text: str) -> str:
    """Return `text` without what no keyboard types: marks of control, halves of letters."""
    return "".join(sign for sign in text if sign.isprintable())


def _sort(said: str) -> Sort:
    match said:
        case "popular" | "new" | "name":
            return said
        case _:
            return ""


def _favourites(cookie: str) -> frozenset[int]:
    parts = cookie.split(".")[:_MOST_FAVOURITES]
    return frozenset(number for part in parts if (number := _number(part)) is not None)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
