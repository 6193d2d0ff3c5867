"""Kinds of values that an operator may set: texts, links, colours, zones, tiles, pictures."""

import re
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
MOST_FRAME_ORIGINS: Final = 50
_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_FRAME_ORIGIN: Final = re.compile(
    rf"https?://(\*\.{_LABEL}\.)?{_LABEL}(\.{_LABEL}){{0,8}}(:(?P<port>[0-9]{{1,5}}))?", re.ASCII
)
"""A wildcard stands for hosts below a domain, never for everybody (`*.org`): that is a choice of
its own."""
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


def _frame_origins(text: str) -> str:
    """Return the sites, one a line, in lower case and each once; raises ValueError.

    They become part of a header: nothing that is not scheme, host and port gets through.
    """
    sites = list(dict.fromkeys(re.split(r"[\s,]+", text.strip().lower())))
    sites = [site.rstrip("/") for site in sites if site]
    if len(sites) > MOST_FRAME_ORIGINS:
        raise ValueError(f"must be at most {MOST_FRAME_ORIGINS} sites")
    for site in sites:
        found = _FRAME_ORIGIN.fullmatch(site)
        if found is None or (found["port"] and not 0 < int(found["port"]) < 65_536):
            raise ValueError("must be sites such as https://example.org, one a line")
    return "\n".join(sites)


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
FrameOrigins = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_frame_origins)]
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
