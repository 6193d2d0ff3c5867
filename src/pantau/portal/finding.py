"""Finds cameras by what people type: without accents, abbreviated, in any order, misspelt a little.

`static/js/wall_find.js` finds the same in the browser; both are held to one table of cases,
`tests/portal/search_cases.json`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from pantau.cameras.models import PublicCamera
from pantau.core.names import NaturalKey, folded, natural_key

MEANINGS: Final[Mapping[str, str]] = {
    "bdr": "bundaran",
    "brt": "barat",
    "gg": "gang",
    "jbt": "jembatan",
    "jemb": "jembatan",
    "jl": "jalan",
    "jln": "jalan",
    "kab": "kabupaten",
    "kec": "kecamatan",
    "kel": "kelurahan",
    "kp": "kampung",
    "kpg": "kampung",
    "per3an": "pertigaan",
    "per4an": "perempatan",
    "perum": "perumahan",
    "prm": "perumahan",
    "ps": "pasar",
    "psr": "pasar",
    "simp": "simpang",
    "sltn": "selatan",
    "sp": "simpang",
    "spg": "simpang",
    "st": "stasiun",
    "sta": "stasiun",
    "term": "terminal",
    "tmn": "taman",
    "tmr": "timur",
    "utr": "utara",
}
"""Short forms that are written on Indonesian maps and signs."""
FILLERS: Final = frozenset(
    {"and", "camera", "cctv", "dan", "dekat", "di", "kamera", "near", "no", "nomor", "the"}
)
"""Words that find nothing by themselves, where something else was typed as well."""
_WORD: Final = re.compile(r"[^\W_]+")
_NUMBERED: Final = re.compile(r"([^\W\d_]+)([0-9]+)")
_DOUBLED: Final = re.compile(r"([^\W\d_]{3,})2")
_MOST_WORDS: Final = 8
_MOST_LETTERS: Final = 24
_SAME, _BEGINS, _INSIDE, _MISSPELT = 0, 1, 2, 3
_COMPACT_FROM: Final = 4
_MOST_READ: Final = 8192
"""Texts of some thousand cameras, some MB."""
_FITS_NOT: Final = 100
_STEP: Final = 4
"""One kind of match outweighs in which field it was found."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one camera by its words: of its name, of its place, of its area."""

    camera: PublicCamera
    fields: tuple[tuple[str, ...], ...]
    compact: tuple[str, ...]
    key: NaturalKey


def words_of(text: str, *, is_doubled: bool = False) -> list[str]:
    """Return the words of `text` as they are compared: jl. is jalan, rw05 is rw 5.

    `is_doubled` reads a 2 behind a word as Indonesians write it: alun2 for alun-alun.
    """
    found: list[str] = []
    for word in _WORD.findall(folded(text)):
        doubled = _DOUBLED.fullmatch(word) if is_doubled else None
        apart = None if word in MEANINGS else _NUMBERED.fullmatch(word)
        if doubled is not None:
            found.append(_meant(doubled[1]))
        elif apart is not None:
            found += [_meant(apart[1]), _meant(apart[2])]
        else:
            found.append(_meant(word))
    return found


def entry_of(camera: PublicCamera) -> Entry:
    """Return a camera as it is found."""
    fields = tuple(map(_read, (camera.name, camera.location, camera.area_name or "")))
    return Entry(camera, fields, tuple(map("".join, fields)), _key_of(camera.name))


# A list of cameras becomes another one with every state, its words seldom.
@lru_cache(maxsize=_MOST_READ)
def _read(text: str) -> tuple[str, ...]:
    return tuple(words_of(text))


@lru_cache(maxsize=_MOST_READ)
def _key_of(name: str) -> NaturalKey:
    return natural_key(name)


class Index:
    """Cameras by their words; built once for a list of cameras."""

    def __init__(self, cameras: Iterable[PublicCamera]) -> None:
        self._entries = [entry_of(camera) for camera in cameras]

    def find(self, text: str) -> list[PublicCamera]:
        """Return the cameras that every word of `text` fits, the best first; all for no word.

        Misspelt words are forgiven only where nothing fits as it was written.
        """
        wanted = _wanted(words_of(text))
        if not wanted:
            return [entry.camera for entry in self._entries]
        doubled = _wanted(words_of(text, is_doubled=True))
        return (
            self._ranked(wanted, {})
            or self._ranked(doubled, {})
            or self._ranked(doubled, self._alike(doubled))
        )

    def by_name(self) -> list[PublicCamera]:
        """Return every camera in the order of names."""
        ordered = sorted(self._entries, key=lambda entry: (entry.key, entry.camera.id))
        return [entry.camera for entry in ordered]

    @cached_property
    def _spelt(self) -> "_Spelt":
        # Only for those who type amiss: it takes longer to build than all the rest.
        fields = (field for entry in self._entries for field in entry.fields)
        return _spelt(frozenset(word for field in fields for word in field))

    def _ranked(
        self, wanted: Sequence[str], alike: Mapping[str, Mapping[str, int]]
    ) -> list[PublicCamera]:
        found: list[tuple[int, NaturalKey, int, PublicCamera]] = []
        for entry in self._entries:
            cost = _cost(entry, wanted, alike)
            if cost is not None:
                found.append((cost, entry.key, entry.camera.id, entry.camera))
        return [each[-1] for each in sorted(found, key=lambda each: each[:3])]

    def _alike(self, wanted: Sequence[str]) -> dict[str, dict[str, int]]:
        """Return for every typed word which words of ours it may have been meant for, how far."""
        found: dict[str, dict[str, int]] = {}
        for word in dict.fromkeys(wanted):
            most = forgiven(word)
            if most:
                found[word] = dict(self._spelt.near(word, most))
        return found


class _Spelt:
    """Words letter by letter: those with the same beginning are compared with it once.

    Anybody may type anything, and a thousand cameras have some thousand words.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._first = _Letter()
        for word in words:
            at = self._first
            for sign in word:
                at = at.after.setdefault(sign, _Letter())
            at.word = word

    def near(self, typed: str, most: int) -> Iterator[tuple[str, int]]:
        """Return the words that begin like `typed` but for `most` mistakes, and how many those are.

        As `distance_to_beginning` counts them: its table, a column for each letter of ours.
        """
        start = list(range(len(typed) + 1))
        waiting = [(self._first, "", start, start, start[-1])]
        while waiting:
            at, sign, column, before, least = waiting.pop()
            if at.word is not None and least <= most:
                yield at.word, least
            for ours, after in at.after.items():
                next_one = _column(typed, ours, sign, column, before)
                best = min(least, next_one[-1])
                # A swap reaches back by two letters, and costs one.
                if best <= most or min(next_one) <= most or min(column) < most:
                    waiting.append((after, ours, next_one, column, best))


@lru_cache(maxsize=4)
def _spelt(words: frozenset[str]) -> _Spelt:
    return _Spelt(word for word in words if not any(sign.isdigit() for sign in word))


class _Letter:
    """A place in the words of an index: what may come after it, and the word that ends here."""

    __slots__ = ("after", "word")

    def __init__(self) -> None:
        self.after: dict[str, _Letter] = {}
        self.word: str | None = None


def _column(
    typed: str, ours: str, last: str, column: Sequence[int], before: Sequence[int]
) -> list[int]:
    """Return how far each beginning of `typed` is off, once our word goes on with `ours`."""
    found = [column[0] + 1]
    for down, letter in enumerate(typed, 1):
        cost = min(found[-1] + 1, column[down] + 1, column[down - 1] + (letter != ours))
        if down > 1 and letter == last and typed[down - 2] == ours:
            cost = min(cost, before[down - 2] + 1)
        found.append(cost)
    return found


def forgiven(word: str) -> int:
    """Return how many mistakes a typed word may have; none in short ones and in numbers."""
    if any(sign.isdigit() for sign in word) or len(word) <= 3:
        return 0
    return 1 if len(word) <= 6 else 2


def distance_to_beginning(typed: str, word: str) -> int:
    """Return by how few mistakes `typed` became of the beginning of `word`.

    A letter too many, too few, another one, or two that changed places count one each.
    """
    before: list[int] = []
    row = list(range(len(word) + 1))
    for down, letter in enumerate(typed, 1):
        last, before, row = before, row, [down]
        for right, ours in enumerate(word, 1):
            cost = min(before[right] + 1, row[-1] + 1, before[right - 1] + (letter != ours))
            swapped = (
                down > 1 and right > 1 and letter == word[right - 2] and ours == typed[down - 2]
            )
            row.append(min(cost, last[right - 2] + 1) if swapped else cost)
    return min(row)


def _meant(word: str) -> str:
    if word.isascii() and word.isdigit():
        return word.lstrip("0") or "0"
    return MEANINGS.get(word, word)


def _wanted(typed: Sequence[str]) -> list[str]:
    words = [word[:_MOST_LETTERS] for word in typed][:_MOST_WORDS]
    return [word for word in words if word not in FILLERS] or words


def _cost(
    entry: Entry, wanted: Sequence[str], alike: Mapping[str, Mapping[str, int]]
) -> int | None:
    """Return how well the camera fits, 0 the best; None where a word fits nothing."""
    total = 0
    for word in wanted:
        near = alike.get(word, {})
        kinds = (
            _kind(word, words, compact, near) * _STEP + place
            for place, (words, compact) in enumerate(zip(entry.fields, entry.compact, strict=True))
        )
        best = min(kinds)
        if best >= _FITS_NOT * _STEP:
            return None
        total += best
    return total


def _kind(word: str, words: Sequence[str], compact: str, near: Mapping[str, int]) -> int:
    best = _FITS_NOT
    # 7 is not found in 37, though 3 is where somebody goes on to type the 7.
    is_number = word.isascii() and word.isdigit()
    for ours in words:
        if ours == word:
            return _SAME
        if ours.startswith(word):
            best = min(best, _BEGINS)
        elif not is_number and word in ours:
            best = min(best, _INSIDE)
        elif ours in near:
            best = min(best, _MISSPELT - 1 + near[ours])
    if best > _INSIDE and not is_number and len(word) >= _COMPACT_FROM and word in compact:
        return _INSIDE
    return best
