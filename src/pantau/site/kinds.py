"""Kinds of values that an operator may set: texts, links, colours, zones, tiles, pictures."""

from collections.abc import Mapping
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints

from pantau.core.links import checked_link
from pantau.settings.values import tile_address

INDONESIAN_ZONES: Final[Mapping[str, str]] = {
    "WIB": "Asia/Jakarta",
    "WITA": "Asia/Makassar",
    "WIT": "Asia/Jayapura",
}
"""What Indonesians call their zones."""
PICTURE_KEY_CHARS: Final = 32
_NO_ZONE: Final = "must be WIB, WITA, WIT or a zone such as Asia/Jakarta"


def zone_key(name: str) -> str:
    """Return the IANA name of the zone called so; raises ValueError for none."""
    said = name.strip()
    try:
        return ZoneInfo(INDONESIAN_ZONES.get(said.upper(), said)).key
    except (KeyError, ValueError, OSError) as error:
        # OSError: a folder of the zone database, such as "Asia".
        raise ValueError(_NO_ZONE) from error


def _link(url: str) -> str:
    # A link is rendered where visitors press it: `javascript:` must never get that far.
    try:
        return checked_link(url)
    except ValueError as error:
        raise ValueError("must be an address that begins with https:// and a host") from error


def _plain(text: str) -> str:
    if any((ord(letter) < 32 and letter not in "\n\t\r") or letter == "\x7f" for letter in text):
        raise ValueError("must be plain text without control characters")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _one_line(text: str) -> str:
    if "\n" in text:
        raise ValueError("must be one line")
    return text


def _picture(key: str) -> str:
    if key and not (len(key) == PICTURE_KEY_CHARS and key.isascii() and key.isalnum()):
        raise ValueError("must be a picture that was uploaded")
    return key


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    AfterValidator(_plain),
    AfterValidator(_one_line),
]
Paragraph = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_plain)
]
Note = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(_plain)
]
Link = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(_link)
]
TilesUrl = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(tile_address)
]
Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
PhoneNumber = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    Field(pattern=r"^(\+?[0-9][0-9 -]{4,24})?$"),
]
ZoneName = Annotated[str, StringConstraints(max_length=64), AfterValidator(zone_key)]
PictureKey = Annotated[str, AfterValidator(_picture)]
Days = Annotated[int, Field(ge=1, le=3650)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
