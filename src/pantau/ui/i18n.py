"""The languages of the pages: how each names itself, its texts, and which one a visitor gets."""

from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations
from typing import Final, Literal

import babel.core
from babel.core import Locale, get_global

from pantau.ui.catalogues import (
    FIRST_LANGUAGE,
    SOURCE_LANGUAGE,
    Language,
    catalogue_of,
    languages,
)

__all__ = [
    "COOKIE",
    "FIRST_LANGUAGE",
    "SOURCE_LANGUAGE",
    "Language",
    "Speech",
    "Texts",
    "choose_language",
    "forget_other_languages",
    "languages",
    "speech_of",
]

COOKIE: Final = "pantau_language"
_MOST_WANTED: Final = 16
_OWN_NAMES: Final = {"id": "Bahasa Indonesia"}
"""Where the name that Babel knows is also the name of the country."""


@dataclass(frozen=True, slots=True)
class Speech:
    """A language as pages and menus write it."""

    language: Language
    """What the cookie and `?lang=` hold."""
    tag: str
    """What `lang` and `hreflang` hold: pt-BR."""
    name: str
    """Its own name for itself."""
    direction: Literal["ltr", "rtl"]
    locale: str
    """Language and country, as chats want them: id_ID."""

    @property
    def is_first(self) -> bool:
        """Whether it is what those read who ask for none."""
        return self.language == FIRST_LANGUAGE


@cache
def speech_of(language: Language) -> Speech:
    """Return how a language is written; raises ValueError for one that nobody knows."""
    locale = Locale.parse(language)
    name = _OWN_NAMES.get(language) or locale.get_display_name(language) or language
    return Speech(
        language,
        language.replace("_", "-"),
        name[:1].upper() + name[1:],
        "rtl" if locale.text_direction == "rtl" else "ltr",
        _with_country(language),
    )


def forget_other_languages() -> None:
    """Have Babel let go of what it read about all languages of the world, once ours are known.

    It is 2 MB, and read again where somebody asks for more.
    """
    vars(babel.core)["_global_data"] = None


def _with_country(language: Language) -> str:
    likely = str(get_global("likely_subtags").get(language, language))
    first, *_, last = (likely if "_" not in language else language).split("_")
    return first if last == first else f"{first}_{last}"


class Texts(NullTranslations):
    """One language's texts, looked up by their English form.

    What a catalogue lacks stays English; a test keeps those of this build complete.
    """

    def __init__(self, language: Language) -> None:
        super().__init__()
        self.language: Final = language
        self._catalogue: Final = catalogue_of(language)

    def gettext(self, message: str) -> str:
        return self._catalogue.ones.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        forms = self._catalogue.pairs.get((msgid1, msgid2))
        if forms is None:
            return msgid1 if n == 1 else msgid2
        return forms[self._catalogue.form_of(n)]

    def has(self, message: str | tuple[str, ...]) -> bool:
        """Tell whether there is a text for `message`, or for the pair of one and many."""
        if self.language == SOURCE_LANGUAGE:
            return True
        if isinstance(message, str):
            return message in self._catalogue.ones
        return message in self._catalogue.pairs


def choose_language(*, asked: str = "", remembered: str = "", accepted: str = "") -> Language:
    """Return the language of the address, else of the cookie, else what the browser likes best."""
    known = languages()
    for wish in (asked, remembered):
        if found := _match(wish, known):
            return found
    wanted: list[tuple[float, str]] = []
    for entry in accepted.split(",")[:_MOST_WANTED]:
        tag, _, weight = entry.strip().partition(";q=")
        wanted.append((-_weight(weight), tag))
    for negative_weight, tag in sorted(wanted, key=lambda wish: wish[0]):
        if negative_weight < 0 and (found := _match(tag, known)):
            return found
    return FIRST_LANGUAGE


def _match(wish: str, known: tuple[Language, ...]) -> Language | None:
    """Return the language that `wish` names: exactly, else the same without its country."""
    tag = wish.replace("_", "-").lower()
    # `in` is the old code of Indonesian, which Java-based phones still send.
    tag = "id" + tag[2:] if tag[:3] in {"in", "in-"} else tag
    by_tag = {each.replace("_", "-").lower(): each for each in reversed(known)}
    short = tag.partition("-")[0]
    if not short:
        return None
    of_short = {name.partition("-")[0]: each for name, each in by_tag.items()}
    return by_tag.get(tag) or by_tag.get(short) or of_short.get(short)


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
