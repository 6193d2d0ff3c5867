"""Who runs this hub, as its pages say it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from pantau.ui.i18n import Language, languages

_NOTHING: Final = Markup()


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTexts:
    """What the operator wrote, in one language; empty: nothing."""

    tagline: str = ""
    description: str = ""
    hero_title: str = ""
    hero: Markup = _NOTHING
    coverage: Markup = _NOTHING
    badge: str = ""
    section: str = ""
    footer: str = ""
    meta_title: str = ""
    meta_description: str = ""

    @property
    def has_about(self) -> bool:
        """Whether the first page has something to say about the hub below its cameras."""
        return any((self.hero_title, self.hero, self.coverage, self.badge, self.description))


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """What is written into snapshots that visitors take."""

    text: str
    position: str
    """`top-left`, `top-right`, `bottom-left` or `bottom-right`."""
    opacity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything about the hub that pages show.  Plain texts, but those of `Markup`."""

    name: str = "Pantau"
    place: str = ""
    zone: ZoneInfo
    map_tiles: str = ""
    """Address of map tiles with {z}, {x} and {y}; empty: maps show a grid."""
    map_credit: str = ""
    """Whom the corner of a map names."""
    map_start: str = "-2.5,118,5"
    """Where maps begin: latitude, longitude, zoom."""
    logo: str = ""
    """Address of the operator's own logo; empty: ours."""
    icon: str = ""
    """Address of the icon of tabs and apps; empty: ours."""
    letters: str = ""
    """What stands in the place of our mark where there is no logo."""
    theme: str = ""
    """Address of the style sheet with the operator's colour; empty: ours."""
    colour: str = "#007277"
    """The operator's colour as it was chosen; pages are drawn with its hue alone."""
    has_app: bool = True
    """Whether browsers may keep the portal as an app."""
    keywords: str = ""
    rights: str = ""
    """The line about copyright."""
    phone: str = ""
    phone_url: str = ""
    """WhatsApp's address for the number above."""
    says_powered: bool = False
    watermark: Watermark | None = None
    takes_messages: bool = False
    """Whether visitors may write to whoever runs the hub."""
    donation: str = ""
    """Where visitors may give money; empty: nowhere."""
    leaderboard: str = ""
    """Who gave how much."""
    texts: Mapping[Language, SiteTexts] = field(
        default_factory=lambda: {language: SiteTexts() for language in languages()}
    )
