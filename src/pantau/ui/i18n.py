"""The languages of the pages: catalogues read at start, and which language a visitor gets."""

from collections.abc import Mapping
from functools import cache
from gettext import NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Final, Literal

from babel.messages.pofile import read_po

Language = Literal["id", "en"]

LANGUAGES: Final[tuple[Language, ...]] = ("id", "en")
"""The first one is for visitors who understand none of them."""
SOURCE_LANGUAGE: Final[Language] = "en"
"""What the templates are written in: it needs no catalogue."""
COOKIE: Final = "pantau_language"
_MOST_WANTED: Final = 16


class Texts(NullTranslations):
    """One language's texts, looked up by their English form.

    The catalogues are read as they were written (.po): nothing has to be compiled before a change
    shows.  What a catalogue lacks stays English; a test keeps them complete.
    """

    def __init__(self, language: Language) -> None:
        super().__init__()
        self.language: Final = language
        self._one: Mapping[str, str] = {}
        self._many: Mapping[tuple[str, str], tuple[str, ...]] = {}
        if language != SOURCE_LANGUAGE:
            self._one, self._many = _catalogue(language)

    def gettext(self, message: str) -> str:
        return self._one.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        forms = self._many.get((msgid1, msgid2))
        if forms is None:
            return msgid1 if n == 1 else msgid2
        return forms[0] if n == 1 else forms[-1]

    def has(self, message: str | tuple[str, ...]) -> bool:
        """Tell whether there is a text for `message`, or for the pair of one and many."""
        if self.language == SOURCE_LANGUAGE:
            return True
        return message in self._one if isinstance(message, str) else message in self._many


@cache
def _catalogue(
    language: Language,
) -> tuple[Mapping[str, str], Mapping[tuple[str, str], tuple[str, ...]]]:
    """Return what is said in one form, and what in two; taking it apart costs a tenth of a second.

    Pages and alerts of one process read the same.
    """
    source = files("pantau.ui") / "locale" / language / "LC_MESSAGES" / "messages.po"
    ones: dict[str, str] = {}
    pairs: dict[tuple[str, str], tuple[str, ...]] = {}
    for message in read_po(BytesIO(source.read_bytes()), locale=language):
        if isinstance(message.id, str):
            if message.id and message.string:
                ones[message.id] = str(message.string)
        elif isinstance(message.string, tuple | list) and all(message.string):
            one, many = message.id
            pairs[one, many] = tuple(message.string)
    return ones, pairs


def choose_language(*, asked: str = "", remembered: str = "", accepted: str = "") -> Language:
    """Return the language of the address, else of the cookie, else what the browser likes best."""
    for wish in (asked, remembered):
        if wish in LANGUAGES:
            return wish
    wanted: list[tuple[float, str]] = []
    for entry in accepted.split(",")[:_MOST_WANTED]:
        tag, _, weight = entry.strip().partition(";q=")
        short = tag.partition("-")[0].lower()
        # `in` is the old code of Indonesian, which Java-based phones still send.
        wanted.append((-_weight(weight), "id" if short == "in" else short))
    for negative_weight, tag in sorted(wanted, key=lambda wish: wish[0]):
        if negative_weight < 0 and tag in LANGUAGES:
            return tag
    return LANGUAGES[0]


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
