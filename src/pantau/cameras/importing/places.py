"""Coordinates as catalogues write them: never invented, put right where that is sure."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from pantau.cameras.importing.texts import clean, number

Pair: TypeAlias = tuple[float | None, float | None]

_PAIR: Final = re.compile(
    r"([+-]?\d{1,3}(?:[.,]\d{1,20})?)\s*[,; ]\s*([+-]?\d{1,3}(?:[.,]\d{1,20})?)", re.ASCII
)
_MOST_LATITUDE: Final = 90.0
_MOST_LONGITUDE: Final = 180.0


def judged(latitude: object, longitude: object) -> tuple[Pair, tuple[str, ...]]:
    """Return usable coordinates or none, and what is to be said about them.

    None and empty stay None without a word.  0, 0 lies in the ocean: it is what programs write that
    know nothing.
    """
    if not _is_said(latitude) and not _is_said(longitude):
        return (None, None), ()
    north, east = number(latitude), number(longitude)
    if north is None or east is None:
        return (None, None), ("The coordinates cannot be read; the camera has none.",)
    if north == 0 and east == 0:
        return (None, None), ("The coordinates 0, 0 are no place; the camera has none.",)
    if (
        abs(north) > _MOST_LATITUDE
        and abs(east) <= _MOST_LATITUDE
        and abs(north) <= _MOST_LONGITUDE
    ):
        return (east, north), ("Latitude and longitude stood in each other's place.",)
    if abs(north) > _MOST_LATITUDE or abs(east) > _MOST_LONGITUDE:
        return (None, None), ("The coordinates are not on this planet; the camera has none.",)
    return (north, east), ()


def from_point(value: object) -> tuple[object, object] | None:
    """Return latitude and longitude of a value that holds both; None: it does not.

    `{x: longitude, y: latitude}`, `{lat, lng}`, `[longitude, latitude]` (GeoJSON), `"lat, lng"`.
    """
    if isinstance(value, Mapping):
        for north, east in (("latitude", "longitude"), ("lat", "lng"), ("lat", "lon"), ("y", "x")):
            if north in value and east in value:
                return value[north], value[east]
        if "coordinates" in value:
            return from_point(value["coordinates"])
        return None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return (value[1], value[0]) if len(value) in {2, 3} else None
    found = _PAIR.fullmatch(clean(value))
    return (found[1], found[2]) if found else None


def _is_said(value: object) -> bool:
    return value is not None and value != "" and (not isinstance(value, str) or clean(value) != "")
