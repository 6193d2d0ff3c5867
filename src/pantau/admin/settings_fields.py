"""What the pages of settings ask for: sections and their fields, in the reader's language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Say = Callable[[str], str]
FieldKind = Literal["line", "lines", "markdown", "flag", "number", "colour", "choice", "zone"]

SECTIONS: Final = ("texts", "english", "looks", "map", "time", "privacy", "community", "sharing")
"""Names in addresses, in the order of the tabs."""
_LINE: Final = 200
_LINES: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One field."""

    key: str
    label: str
    kind: FieldKind = "line"
    hint: str = ""
    wrong: str = ""
    """What to say of a value that its rules refuse."""
    most: int = _LINE
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Fields that belong together."""

    title: str
    fields: Sequence[Asked]
    about: str = ""


def section_titles(_: Say) -> Mapping[str, str]:
    """Return what the tabs say."""
    return {
        "texts": _("Names and texts"),
        "english": _("English texts"),
        "looks": _("Looks"),
        "map": _("Map"),
        "time": _("Time"),
        "privacy": _("Privacy"),
        "community": _("Visitors’ voice"),
        "sharing": _("Sharing"),
    }


def groups_of(section: str, _: Say) -> Sequence[Group]:
    """Return the groups of a section."""
    return {
        "texts": _texts,
        "english": _english,
        "looks": _looks,
        "map": _map,
        "time": _time,
        "privacy": _privacy,
        "community": _community,
        "sharing": _sharing,
    }[section](_)


def _line(_: Say, key: str, label: str, hint: str = "", most: int = _LINE) -> Asked:
    wrong = _("This is too long, or not one line of text.")
    return Asked(key=key, label=label, hint=hint, most=most, wrong=wrong)


def _lines(_: Say, key: str, label: str, hint: str = "") -> Asked:
    wrong = _("This is too long, or no plain text.")
    return Asked(key=key, label=label, kind="lines", hint=hint, most=_LINES, wrong=wrong)


def _markdown(_: Say, key: str, label: str) -> Asked:
    return Asked(
        key=key,
        label=label,
        kind="markdown",
        hint=_(
            "**bold**, *italic*, - lists, ### headings and [links](https://…). HTML stays text."
        ),
        most=_LINES,
        wrong=_("This is too long, or no plain text."),
    )


def _flag(key: str, label: str, hint: str = "") -> Asked:
    return Asked(key=key, label=label, kind="flag", hint=hint)


def _days(_: Say, key: str, label: str, hint: str = "") -> Asked:
    wrong = _("This is a whole number from 1 to 3650.")
    return Asked(key=key, label=label, kind="number", hint=hint, most=4, wrong=wrong)


def _texts(_: Say) -> Sequence[Group]:
    return (
        Group(
            title=_("Name and place"),
            about=_("What stands at the top of every page."),
            fields=(
                _line(_, "branding.company_name", _("Name of the hub")),
                _line(_, "branding.company_tagline", _("Line below it"), _("Empty: the place.")),
                _line(_, "branding.city_name", _("Town or quarter")),
                _line(_, "branding.province_name", _("Province")),
            ),
        ),
        Group(
            title=_("First page"),
            about=_("The cameras come first; the rest stands below them."),
            fields=(
                _line(_, "landing.section_title", _("Heading above the cameras")),
                _line(_, "branding.hero_title", _("Heading of the part about the hub")),
                _line(_, "landing.hero_badge", _("Short line below that heading")),
                _lines(_, "branding.company_description", _("About the hub")),
                _markdown(_, "branding.hero_subtitle", _("More about it")),
                _markdown(_, "landing.area_coverage", _("Which places its cameras show")),
            ),
        ),
        Group(
            title=_("Foot of every page"),
            fields=(
                _lines(_, "branding.footer_text", _("Text")),
                _line(_, "branding.copyright_text", _("Line about copyright")),
                Asked(
                    key="branding.whatsapp_number",
                    label=_("WhatsApp number"),
                    hint=_("Shown to everybody, with a link that begins a chat."),
                    most=26,
                    wrong=_("This is no telephone number such as +62 812 3456 789."),
                ),
                _flag("branding.show_powered_by", _("Say that Pantau runs here")),
            ),
        ),
        Group(
            title=_("Search engines"),
            fields=(
                _line(_, "branding.meta_title", _("Title of the first page")),
                _lines(_, "branding.meta_description", _("Description of the hub")),
                _lines(_, "branding.meta_keywords", _("Keywords, with commas")),
            ),
        ),
    )


def _english(_: Say) -> Sequence[Group]:
    return (
        Group(
            title=_("The same in English"),
            about=_("What is empty is read in the other language."),
            fields=(
                _line(_, "english.company_tagline", _("Line below it")),
                _line(_, "english.section_title", _("Heading above the cameras")),
                _line(_, "english.hero_title", _("Heading of the part about the hub")),
                _line(_, "english.hero_badge", _("Short line below that heading")),
                _lines(_, "english.company_description", _("About the hub")),
                _markdown(_, "english.hero_subtitle", _("More about it")),
                _markdown(_, "english.area_coverage", _("Which places its cameras show")),
                _lines(_, "english.footer_text", _("Foot of every page")),
                _line(_, "english.meta_title", _("Title of the first page")),
                _lines(_, "english.meta_description", _("Description of the hub")),
            ),
        ),
    )


def _looks(_: Say) -> Sequence[Group]:
    return (
        Group(
            title=_("Colour"),
            about=_(
                "Only its hue counts: how light or dark it is drawn is ours, so that text can "
                "always be read. Red means broken, whatever you choose."
            ),
            fields=(
                Asked(
                    key="branding.primary_color",
                    label=_("Colour of the hub"),
                    kind="colour",
                    most=7,
                    wrong=_("This is no colour such as #007277."),
                ),
                _line(
                    _,
                    "branding.logo_text",
                    _("Letters instead of our mark"),
                    _("At most 10, where there is no logo."),
                    most=10,
                ),
            ),
        ),
        Group(
            title=_("Watermark"),
            about=_("Written into the pictures that visitors keep."),
            fields=(
                _flag("branding.watermark_enabled", _("Write a watermark")),
                _line(
                    _, "branding.watermark_text", _("Its text"), _("Empty: the name of the hub.")
                ),
                Asked(
                    key="branding.watermark_position",
                    label=_("Corner"),
                    kind="choice",
                    options={
                        "top-left": _("Top left"),
                        "top-right": _("Top right"),
                        "bottom-left": _("Bottom left"),
                        "bottom-right": _("Bottom right"),
                    },
                    wrong=_("Choose one of these."),
                ),
                Asked(
                    key="branding.watermark_opacity",
                    label=_("How strong, from 0 to 1"),
                    kind="number",
                    most=8,
                    wrong=_("This is a number from 0 to 1."),
                ),
            ),
        ),
        _app(_),
    )


def _app(_: Say) -> Group:
    return Group(
        title=_("App"),
        about=_(
            "Visitors may put the hub on their home screen; without a network it then says so "
            "itself. Name, colour and icon are those of the hub."
        ),
        fields=(_flag("app.offered", _("Offer the hub as an app")),),
    )


def _map(_: Say) -> Sequence[Group]:
    return (
        Group(
            title=_("Map tiles"),
            about=_(
                "The pictures that maps are drawn on. Visitors’ browsers load them from there, so "
                "use a server of yours, or one whose owner allows it."
            ),
            fields=(
                Asked(
                    key="map.tiles",
                    label=_("Address of the tiles"),
                    hint=_("Such as https://tiles.example/{z}/{x}/{y}.png. Empty: a plain grid."),
                    most=500,
                    wrong=_("This is no http(s) address that holds {z}, {x} and {y}."),
                ),
                _line(_, "map.credit", _("Whom the map names"), _("As the owner asks for it.")),
            ),
        ),
    )


def _time(_: Say) -> Sequence[Group]:
    return (
        Group(
            title=_("Time zone"),
            about=_(
                "Whose clock pages show and schedules follow. A change holds within a second; "
                "nothing that is stored changes."
            ),
            fields=(
                Asked(
                    key="time.zone",
                    label=_("Time zone"),
                    kind="zone",
                    hint=_("WIB, WITA, WIT or any name such as Europe/Berlin."),
                    most=64,
                    wrong=_("There is no such time zone."),
                ),
            ),
        ),
    )


def _privacy(_: Say) -> Sequence[Group]:
    return (
        Group(
            title=_("Visitors"),
            about=_(
                "Visitors are counted by a number drawn anew every day, from which nobody can tell "
                "their address."
            ),
            fields=(
                _flag(
                    "viewers.keep_addresses",
                    _("Also keep their addresses"),
                    _("Personal data: only where the law asks for it."),
                ),
                _days(_, "viewers.address_days", _("Days until addresses are deleted")),
                _days(_, "viewers.history_days", _("Days until single views are deleted")),
            ),
        ),
    )


def _community(_: Say) -> Sequence[Group]:
    return (
        Group(
            title=_("Visitors’ voice"),
            about=_("What visitors may say to you."),
            fields=(
                _flag("community.feedback_enabled", _("Take messages and reports")),
                _flag("community.votes_enabled", _("Let visitors say whether a camera helps")),
                _days(_, "community.feedback_days", _("Days until messages are deleted")),
            ),
        ),
    )


def _sharing(_: Say) -> Sequence[Group]:
    return (
        Group(
            title=_("Cameras on other sites"),
            about=_(
                "Everybody may share links. A frame is more: it shows the picture inside of "
                "somebody else’s page, without your notice beside it, and their visitors use your "
                "bandwidth. Cameras that are not public are shown in no frame."
            ),
            fields=(
                Asked(
                    key="sharing.embed",
                    label=_("Who may show cameras in a frame"),
                    kind="choice",
                    options={
                        "nobody": _("Nobody"),
                        "listed": _("The sites below"),
                        "everybody": _("Everybody"),
                    },
                    wrong=_("Choose one of these."),
                ),
                Asked(
                    key="sharing.embed_origins",
                    label=_("Sites"),
                    kind="lines",
                    hint=_(
                        "One a line, such as https://example.org; https://*.example.org are all "
                        "below it."
                    ),
                    most=4000,
                    wrong=_("These are no sites such as https://example.org, at most 50."),
                ),
            ),
        ),
    )
