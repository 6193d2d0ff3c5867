"""Catalogues of texts: those of this build, and those that an operator laid beside the data.

A language exists because there is a catalogue of it: a folder with a `.po` in `ui/locale`, or a
file such as `languages/jv.po` in the data folder.  They are read as they were written, so nothing
has to be compiled before a change shows.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from gettext import c2py
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.core import Locale, UnknownLocaleError
from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError, read_po

Language = str
"""A language as Babel writes it: id, en, pt_BR."""

SOURCE_LANGUAGE: Final[Language] = "en"
"""What the templates are written in: it needs no catalogue."""
FIRST_LANGUAGE: Final[Language] = "id"
"""For visitors who understand none of ours."""
FOLDER: Final = "languages"
"""Where operators lay their own, within the data folder."""
_NAME: Final = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?")
_GAP: Final = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")
_LONE: Final = re.compile(r"%(?!\(\w+\)[a-z])")
"""A per cent sign that begins no gap; Python would take “% s” for one."""
_MARKUP: Final = re.compile(r"<[^>]*>?|&\w+;|&#")
_MOST_BYTES: Final = 4_000_000
_MOST_FORMS: Final = 6
_MOST_FILES: Final = 40
_TRIED: Final = 200
"""How many numbers a rule of plurals must have an answer for."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language by their English form."""

    ones: Mapping[str, str] = field(default_factory=dict)
    pairs: Mapping[Pair, tuple[str, ...]] = field(default_factory=dict)
    form_of: Callable[[int], int] = lambda number: int(number != 1)
    """Which of the forms of a pair a number takes."""

    def over(self, other: "Catalogue") -> "Catalogue":
        """Return these texts, and those of `other` where there is none."""
        pairs = self.pairs or other.pairs
        # Forms are numbered by the rule of their own catalogue: those of two do not mix.
        form_of = self.form_of if self.pairs else other.form_of
        return Catalogue({**other.ones, **self.ones}, pairs, form_of)


@dataclass(frozen=True, slots=True)
class Told:
    """What was wrong with a catalogue of an operator."""

    file: str
    sentence: str
    is_refused: bool
    """Whether all of it was left out."""


class UnreadableError(Exception):
    """A catalogue that cannot be taken; its text says why."""


_own: dict[Language, Catalogue] = {}
"""Those of operators.  Like the catalogues of `gettext` they belong to the process."""


def languages() -> tuple[Language, ...]:
    """Return every language that pages can be read in, Indonesian first, then English."""
    return (*_shipped(), *sorted(_own.keys() - set(_shipped())))


def catalogue_of(language: Language) -> Catalogue:
    """Return the texts of a language; an empty catalogue where there is none."""
    shipped = _read(language)
    own = _own.get(language)
    return shipped if own is None else own.over(shipped)


def adopt(folder: Path) -> list[Told]:
    """Take the catalogues of `folder` in place of those taken before; return what was wrong.

    Called once, when a process starts; a folder that is not there is an empty one.  Texts that
    would break a page stay out one by one, files that cannot be read as a whole.
    """
    found, told = read_folder(folder)
    _own.clear()
    _own.update(found)
    return told


def read_folder(folder: Path) -> tuple[dict[Language, Catalogue], list[Told]]:
    """Return what `adopt` would take, and what is wrong with it."""
    found: dict[Language, Catalogue] = {}
    told: list[Told] = []
    try:
        paths = sorted(path for path in folder.glob("*.po") if path.is_file())
    except OSError as error:
        return {}, [Told(folder.name, f"cannot be read: {error.strerror}", is_refused=True)]
    for path in paths[:_MOST_FILES]:
        try:
            catalogue, dropped = _checked(path)
        except UnreadableError as error:
            told.append(Told(path.name, str(error), is_refused=True))
            continue
        found[path.stem] = catalogue
        told += [Told(path.name, sentence, is_refused=False) for sentence in dropped]
    if len(paths) > _MOST_FILES:
        told.append(Told(folder.name, f"holds more than {_MOST_FILES} files", is_refused=True))
    return found, told


def misfit(message: str, said: str) -> str:
    """Return why `said` cannot stand for `message`; empty: it can."""
    if set(_GAP.findall(said)) != set(_GAP.findall(message)):
        return "has other gaps than the English text"
    if _fills(message) and (_LONE.search(said.replace("%%", "")) or not _fills(said)):
        return "has a per cent sign that is not written as %%"
    if not set(_MARKUP.findall(said)) <= set(_MARKUP.findall(message)):
        return "has markup that the English text does not have"
    return ""


def _fills(text: str) -> bool:
    """Tell whether a page can fill the gaps of `text`."""
    gaps = dict.fromkeys(re.findall(r"%\((\w+)\)", text), 1)
    try:
        return isinstance(text % gaps, str)
    except (ValueError, TypeError, KeyError):
        return False


@cache
def _shipped() -> tuple[Language, ...]:
    folders = (files("pantau.ui") / "locale").iterdir()
    found = {each.name for each in folders if (each / "LC_MESSAGES" / "messages.po").is_file()}
    first = (FIRST_LANGUAGE, SOURCE_LANGUAGE)
    return (*first, *sorted(found - set(first)))


@cache
def _read(language: Language) -> Catalogue:
    """Read a catalogue of this build; taking it apart costs a tenth of a second."""
    source = files("pantau.ui") / "locale" / language / "LC_MESSAGES" / "messages.po"
    if not source.is_file():
        return Catalogue()
    return _catalogue(source.read_bytes(), language)


def _catalogue(written: bytes, language: Language) -> Catalogue:
    ones: dict[str, str] = {}
    pairs: dict[Pair, tuple[str, ...]] = {}
    read = read_po(BytesIO(written), locale=language, abort_invalid=True)
    for message in read:
        if isinstance(message.id, str):
            if message.id and message.string and not message.fuzzy:
                ones[message.id] = str(message.string)
        elif isinstance(message.string, tuple | list) and all(message.string):
            pairs[_pair(message)] = tuple(message.string)
    if not 1 <= read.num_plurals <= _MOST_FORMS:
        raise UnreadableError(f"has {read.num_plurals} forms of plurals")
    form_of = c2py(read.plural_expr)
    if not all(0 <= form_of(number) < read.num_plurals for number in range(_TRIED)):
        raise UnreadableError("has a rule of plurals that names a form too many")
    return Catalogue(ones, pairs, form_of)


def _pair(message: Message) -> Pair:
    return message.id[0], message.id[1]


def _checked(path: Path) -> tuple[Catalogue, list[str]]:
    """Return the texts of a file that fit, and what is said of the others."""
    if not _NAME.fullmatch(path.stem):
        raise UnreadableError("is not named after a language, such as jv.po or pt_BR.po")
    try:
        Locale.parse(path.stem)
        if path.stat().st_size > _MOST_BYTES:
            raise UnreadableError(f"is larger than {_MOST_BYTES // 1_000_000} MB")
        catalogue = _catalogue(path.read_bytes(), path.stem)
    except UnknownLocaleError as error:
        raise UnreadableError("is named after a language that nobody knows") from error
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from error
    except (PoFileError, ValueError, LookupError, TypeError, ArithmeticError) as error:
        raise UnreadableError(f"is no catalogue: {error}") from error
    dropped = dict(_misfits(catalogue))
    kept = replace(
        catalogue,
        ones={one: said for one, said in catalogue.ones.items() if one not in dropped},
        pairs={pair: said for pair, said in catalogue.pairs.items() if pair not in dropped},
    )
    if not kept.ones and not kept.pairs:
        raise UnreadableError("holds no text")
    return kept, list(dropped.values())


def _misfits(catalogue: Catalogue) -> Iterator[tuple[str | Pair, str]]:
    for message, said in catalogue.ones.items():
        if why := misfit(message, said):
            yield message, f"“{message}” {why}"
    for pair, forms in catalogue.pairs.items():
        # The form for one may do without its number; where one form serves all it may not.
        many = forms if len(forms) == 1 else forms[1:]
        if why := next(filter(None, (misfit(pair[1], form) for form in many)), ""):
            yield pair, f"“{pair[1]}” {why}"
        elif not _fills(forms[0]) or (misfit(pair[1], forms[0]) and misfit(pair[0], forms[0])):
            yield pair, f"“{pair[0]}” has other gaps than the English text"
