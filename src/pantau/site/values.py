"""What an operator may say about the site: every key with its type, its limits and its default."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from pantau.core.shapes import Shape
from pantau.site.kinds import (
    Colour,
    Days,
    FrameOrigins,
    Latitude,
    Line,
    Link,
    Longitude,
    Paragraph,
    PhoneNumber,
    PictureKey,
    Share,
    TilesUrl,
    ZoneName,
)


class _Group(Shape):
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
    """Markdown."""
    footer_text: Paragraph = ""
    copyright_text: Line = ""
    meta_title: Line = ""
    meta_description: Paragraph = ""
    meta_keywords: Paragraph = ""
    logo_text: Annotated[Line, Field(max_length=10)] = ""
    primary_color: Colour = "#007277"
    """The default is what our own style sheet is drawn with (`site/colours.py`)."""
    show_powered_by: bool = False
    whatsapp_number: PhoneNumber = ""
    watermark_enabled: bool = False
    watermark_text: Line = ""
    watermark_position: Literal["top-left", "top-right", "bottom-left", "bottom-right"] = (
        "bottom-right"
    )
    watermark_opacity: Share = 0.9


class Pictures(_Group):
    """Keys of pictures that were uploaded."""

    logo: PictureKey = ""
    icon: PictureKey = ""
    """512 px, for tabs and the home screens of phones."""
    small_icon: PictureKey = ""
    """The same at 192 px."""


class Landing(_Group):
    """Texts of the first page."""

    area_coverage: Paragraph = ""
    """Markdown."""
    hero_badge: Line = ""
    section_title: Line = ""


class English(_Group):
    """The same texts for visitors who read English; empty: they read the others."""

    company_tagline: Line = ""
    company_description: Paragraph = ""
    hero_title: Line = ""
    hero_subtitle: Paragraph = ""
    footer_text: Paragraph = ""
    meta_title: Line = ""
    meta_description: Paragraph = ""
    area_coverage: Paragraph = ""
    hero_badge: Line = ""
    section_title: Line = ""


class MapCenter(_Group):
    """Where maps begin."""

    latitude: Latitude = -2.5
    longitude: Longitude = 118.0
    zoom: Annotated[int, Field(ge=1, le=20)] = 5
    name: Line = "Indonesia"


class Map(_Group):
    """What maps are drawn on.  No server by default: nobody's terms are broken for them."""

    tiles: TilesUrl = ""
    """Address with {z}, {x} and {y}; empty: maps show a grid."""
    credit: Line = ""
    """Whom the corner of a map names."""


class Time(_Group):
    """Whose clock the hub shows."""

    zone: ZoneName = "Asia/Jakarta"


class Viewers(_Group):
    """What is remembered of visitors."""

    keep_addresses: bool = False
    """Whether addresses are stored as they are; otherwise nobody can tell them."""
    address_days: Days = 7
    history_days: Days = 400


class Community(_Group):
    """What visitors may say."""

    feedback_enabled: bool = True
    votes_enabled: bool = True
    feedback_days: Days = 365
    """How long reports are kept."""


class Donation(_Group):
    """Where visitors may give money; off until an operator names a page of their own."""

    enabled: bool = False
    link: Link = ""
    leaderboard_link: Link = ""


class Sharing(_Group):
    """Who may show our cameras inside of their own pages."""

    embed: Literal["nobody", "listed", "everybody"] = "nobody"
    """Off by default: in a frame of another site a picture stands without its notice and its
    contact, and every visitor there costs bandwidth here.  Links may be shared by anybody."""
    embed_origins: FrameOrigins = ""
    """One a line, such as https://example.org or https://*.example.org."""

    @property
    def origins(self) -> tuple[str, ...]:
        """The sites that are listed."""
        return tuple(self.embed_origins.split())


class App(_Group):
    """The portal as an app on the devices of visitors."""

    offered: bool = True
    """Off: browsers are offered none, and forget what they kept of one when they come back."""


class SiteValues(_Group):
    """Everything at once."""

    branding: Branding = Branding()
    pictures: Pictures = Pictures()
    landing: Landing = Landing()
    english: English = English()
    map_center: MapCenter = MapCenter()
    map: Map = Map()
    time: Time = Time()
    viewers: Viewers = Viewers()
    community: Community = Community()
    donation: Donation = Donation()
    sharing: Sharing = Sharing()
    app: App = App()


def defaults_for(
    name: str, place: str, *, zone: str = "Asia/Jakarta", tiles: str = "", credit: str = ""
) -> SiteValues:
    """Return neutral values for a hub of that name and place, as its settings file tells them."""
    return SiteValues(
        branding=Branding(
            company_name=name,
            city_name=place,
            hero_title=name,
            meta_title=name,
            logo_text=name[:1].upper(),
        ),
        map=Map(tiles=tiles, credit=credit),
        time=Time(zone=zone),
    )


MAP_CENTER: Final = "map_center"
"""One key for the whole: half of a new place with half of the old one is none."""
ZONE: Final = "time.zone"
_GROUPS: Final[Mapping[str, type[_Group]]] = {
    "branding": Branding,
    "pictures": Pictures,
    "landing": Landing,
    "english": English,
    "map": Map,
    "time": Time,
    "viewers": Viewers,
    "community": Community,
    "donation": Donation,
    "sharing": Sharing,
    "app": App,
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


def value_of(values: SiteValues, key: str) -> object:
    """Return what `key` holds, as it is stored; raises KeyError for no such key."""
    if key not in KEYS:
        raise KeyError(key)
    if key == MAP_CENTER:
        return values.map_center.model_dump()
    group, _, name = key.partition(".")
    return getattr(getattr(values, group), name)


def overlaid_with(values: SiteValues, changed: Mapping[str, object]) -> SiteValues:
    """Return `values` with those of `changed`, which are as `checked` returns them."""
    whole = values.model_dump()
    for key, value in changed.items():
        group, _, name = key.partition(".")
        if name:
            whole[group][name] = value
        else:
            whole[group] = value
    return SiteValues.model_validate(whole)
