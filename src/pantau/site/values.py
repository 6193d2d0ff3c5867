"""What an operator may say about the site: every key with its type, its limits and its default."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def _link(url: str) -> str:
    parts = urlsplit(url)
    # A link is rendered where visitors press it: `javascript:` must never get that far.
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("must be an address that begins with http:// or https://")
    return url


def _plain(text: str) -> str:
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in text):
        raise ValueError("must be plain text without control characters")
    return text


Line = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_plain)
]
Paragraph = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_plain)
]
Link = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(_link)
]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Branding(_Group):
    """Names, texts and looks.  All texts are plain: whoever shows them escapes them."""

    company_name: Line = ""
    company_tagline: Line = ""
    company_description: Paragraph = ""
    city_name: Line = ""
    province_name: Line = ""
    hero_title: Line = ""
    hero_subtitle: Paragraph = ""
    footer_text: Paragraph = ""
    copyright_text: Line = ""
    meta_title: Line = ""
    meta_description: Paragraph = ""
    meta_keywords: Paragraph = ""
    logo_text: Annotated[Line, Field(max_length=10)] = ""
    primary_color: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")] = "#0ea5e9"
    show_powered_by: bool = False
    whatsapp_number: Annotated[str, Field(pattern=r"^(\+?[0-9][0-9 -]{4,24})?$")] = ""
    watermark_enabled: bool = False
    watermark_text: Line = ""
    watermark_position: Literal["top-left", "top-right", "bottom-left", "bottom-right"] = (
        "bottom-right"
    )
    watermark_opacity: Annotated[float, Field(ge=0, le=1)] = 0.9


class Landing(_Group):
    """Texts of the first page, plain."""

    area_coverage: Paragraph = ""
    hero_badge: Line = ""
    section_title: Line = ""


class MapCenter(_Group):
    """Where maps begin."""

    latitude: Annotated[float, Field(ge=-90, le=90)] = -2.5
    longitude: Annotated[float, Field(ge=-180, le=180)] = 118.0
    zoom: Annotated[int, Field(ge=1, le=20)] = 5
    name: Line = "Indonesia"


class Donation(_Group):
    """Where visitors may give money; off until an operator names a page of their own."""

    enabled: bool = False
    link: Link = ""
    leaderboard_link: Link = ""


class SiteValues(_Group):
    """Everything at once."""

    branding: Branding = Branding()
    landing: Landing = Landing()
    map_center: MapCenter = MapCenter()
    donation: Donation = Donation()


def defaults_for(name: str, place: str) -> SiteValues:
    """Return neutral values for a hub of that name and place."""
    return SiteValues(
        branding=Branding(
            company_name=name,
            city_name=place,
            hero_title=name,
            meta_title=name,
            logo_text=name[:1].upper(),
        ),
    )


MAP_CENTER: Final = "map_center"
"""One key for the whole: half of a new place with half of the old one is none."""
_GROUPS: Final[Mapping[str, type[_Group]]] = {
    "branding": Branding,
    "landing": Landing,
    "donation": Donation,
}
KEYS: Final = (
    *(f"{group}.{name}" for group, model in _GROUPS.items() for name in model.model_fields),
    MAP_CENTER,
)
"""Everything that can be set."""


def checked(key: str, value: object) -> object:
    """Return `value` as `key` stores it; raises KeyError for no such key, else ValidationError."""
    if key not in KEYS:
        raise KeyError(key)
    if key == MAP_CENTER:
        return MapCenter.model_validate(value).model_dump()
    group, _, name = key.partition(".")
    return getattr(_GROUPS[group].model_validate({name: value}), name)
