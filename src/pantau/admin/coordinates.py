"""Places in what people paste: two numbers, or a link to a map; js/map_places.js reads the same."""

import re
from typing import Final

_ONE: Final = r"(-?\d{1,3}(?:\.\d+)?)"
_LINKS: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        # The pin of a link comes before the middle of its view.
        rf"!3d{_ONE}!4d{_ONE}",
        rf"[?&](?:q|query|ll|destination|center)={_ONE}(?:,|%2C)\s*(?:\+|%20)?{_ONE}",
        rf"[?&]mlat={_ONE}&mlon={_ONE}",
        rf"@{_ONE},{_ONE}",
        rf"#map=[\d.]+/{_ONE}/{_ONE}",
    )
)
_POINTS: Final = re.compile(rf"{_ONE}\s*[,;\s]\s*{_ONE}", re.ASCII)
_COMMAS: Final = re.compile(r"(-?\d{1,3},\d+)\s*[;\s]\s*(-?\d{1,3},\d+)", re.ASCII)
_ONE_WITH_COMMA: Final = re.compile(r"-?\d+,\d+", re.ASCII)
_MINUS: Final = "\u2212"


def coordinates_of(written: str) -> tuple[str, str] | None:
    """Return latitude and longitude as texts with a point; None where `written` is not both."""
    plain = written.strip().replace(_MINUS, "-")
    if plain.startswith(("http://", "https://")):
        found = next((match for each in _LINKS if (match := each.search(plain))), None)
    elif _ONE_WITH_COMMA.fullmatch(plain):
        return None
    else:
        found = _POINTS.fullmatch(plain) or _COMMAS.fullmatch(plain)
    return None if found is None else (_point(found[1]), _point(found[2]))


def typed_coordinates(latitude: str, longitude: str) -> tuple[str, str]:
    """Return both as a form means them: one of the fields may hold the two, or a link."""
    both = coordinates_of(latitude) or coordinates_of(longitude)
    return both or (_point(latitude), _point(longitude))


def _point(written: str) -> str:
    return written.strip().replace(_MINUS, "-").replace(",", ".")
