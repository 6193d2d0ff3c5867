"""The list of cameras: which ones each choice shows, in which order, a page at a time."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias

from pydantic import TypeAdapter

from pantau.admin.camera_words import health_of
from pantau.cameras.decisions import Visibility
from pantau.cameras.listing import ListedCamera
from pantau.cameras.models import HealthState
from pantau.core.errors import Invalid

Choice = Literal[
    "all",
    "offline",
    "unsteady",
    "maintenance",
    "unchecked",
    "placeless",
    "cut-off",
    "hidden",
    "off",
]
Order = Literal["name", "state", "area", "kind", "viewers"]
ORDERS: Final[tuple[Order, ...]] = ("name", "state", "area", "kind", "viewers")
_WORST_FIRST: Final = (
    HealthState.DEAD,
    HealthState.OFFLINE,
    HealthState.DEGRADED,
    HealthState.UNKNOWN,
    HealthState.ONLINE,
)
_DIGITS: Final = re.compile(r"\d+")
_LONGEST_CURSOR: Final = 1_000
_Key: TypeAlias = tuple[int, str, int]
_CURSOR: Final[TypeAdapter[_Key]] = TypeAdapter(_Key)
Viewers: TypeAlias = Callable[[int], int]


def _is_expected(listed: ListedCamera) -> bool:
    """Whether somebody waits for its picture: it is neither disabled nor announced as away."""
    camera = listed.stored.camera
    return camera.enabled and camera.status == "active"


def _has(*states: HealthState) -> Callable[[ListedCamera, datetime], bool]:
    return lambda listed, _: _is_expected(listed) and health_of(listed.condition) in states


def _is_cut_off(listed: ListedCamera, now: datetime) -> bool:
    cut_off = listed.stored.camera.decision.cut_off
    return cut_off is not None and cut_off.is_on(now)


CHOICES: Final[Mapping[Choice, Callable[[ListedCamera, datetime], bool]]] = {
    "all": lambda _listed, _now: True,
    "offline": _has(HealthState.OFFLINE, HealthState.DEAD),
    "unsteady": _has(HealthState.DEGRADED),
    "maintenance": lambda listed, _: listed.stored.camera.status == "maintenance",
    "unchecked": _has(HealthState.UNKNOWN),
    "placeless": lambda listed, _: listed.stored.camera.latitude is None,
    "cut-off": _is_cut_off,
    "hidden": lambda listed, _: listed.stored.camera.decision.visibility is not Visibility.PUBLIC,
    "off": lambda listed, _: not listed.stored.camera.enabled,
}
"""What each choice above the list shows; its number is counted by the same function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to see of the list."""

    choice: Choice = "all"
    order: Order = "name"
    is_descending: bool = False
    limit: int = 50
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A page of the list; `counts` tells what each choice would show."""

    rows: tuple[ListedCamera, ...]
    first: int
    """The number of the first row among all that fit, from 1."""
    next_cursor: str
    counts: Mapping[Choice, int] = field(default_factory=dict)


def part_of(
    cameras: Sequence[ListedCamera], wish: Wish, *, viewers: Viewers | None, now: datetime
) -> Part:
    """Return the page that `wish` asks for.  Some milliseconds for 1,000 cameras.

    Raises Invalid for a cursor that was never given.
    """
    counts = {name: sum(fits(each, now) for each in cameras) for name, fits in CHOICES.items()}
    fits = CHOICES[wish.choice]
    keyed = sorted(
        ((_key(each, wish.order, viewers), each) for each in cameras if fits(each, now)),
        key=lambda pair: pair[0],
        reverse=wish.is_descending,
    )
    after = _read_cursor(wish.cursor)
    begin = 0
    if after is not None:
        begin = next(
            (
                index
                for index, (key, _) in enumerate(keyed)
                if (key < after if wish.is_descending else key > after)
            ),
            len(keyed),
        )
    chosen = keyed[begin : begin + wish.limit]
    is_last = begin + wish.limit >= len(keyed)
    return Part(
        rows=tuple(listed for _, listed in chosen),
        first=begin + 1,
        next_cursor="" if is_last or not chosen else _cursor(chosen[-1][0]),
        counts=counts,
    )


def _key(listed: ListedCamera, order: Order, viewers: Viewers | None) -> _Key:
    """Return what sorts a camera: a rank, then a name, then its number, which is unique."""
    camera = listed.stored.camera
    # “Gate 2” before “Gate 10”.
    rank, name = 0, _DIGITS.sub(lambda found: found[0].zfill(8), camera.name.casefold())
    match order:
        case "name":
            pass
        case "state":
            rank = _rank(listed)
        case "area":
            name = f"{(camera.area_name or '~').casefold()}\0{name}"
        case "kind":
            name = f"{listed.kind.value}\0{name}"
        case "viewers":
            rank = -viewers(camera.id) if viewers else 0
    return rank, name, int(camera.id)


def _rank(listed: ListedCamera) -> int:
    if not _is_expected(listed):
        return len(_WORST_FIRST) + (not listed.stored.camera.enabled)
    return _WORST_FIRST.index(health_of(listed.condition))


def _cursor(key: _Key) -> str:
    return base64.urlsafe_b64encode(_CURSOR.dump_json(key)).decode("ascii")


def _read_cursor(cursor: str) -> _Key | None:
    if not cursor:
        return None
    try:
        packed = base64.urlsafe_b64decode(cursor[:_LONGEST_CURSOR].encode("ascii"))
        rank, name, number = _CURSOR.validate_json(packed)
    except ValueError as error:
        raise Invalid(
            "paging.cursor",
            "This cursor belongs to no page of this list. Begin without one.",
            field="cursor",
        ) from error
    return rank, name, number
