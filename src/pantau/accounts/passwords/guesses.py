"""How many guesses a password costs somebody who knows how people make passwords.

The password is cut into the cheapest pieces: common words (in any case, with letters swapped for
look-alikes, or backwards), rows of a keyboard, runs of the alphabet, years, repetitions; what is
left is guessed sign by sign.  The idea is that of zxcvbn (Wheeler, USENIX Security 2016), made
small: one table of words and six kinds of pieces.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, NamedTuple

_LOOK_ALIKES: Final = str.maketrans("0134578@$!|+€", "oleastbasilte")
"""1 stands for l here and for i below: people use it for both."""
_LOOK_ALIKES_WITH_I: Final = str.maketrans("0134578@$!|+€", "oieastbasiite")
_ROWS: Final = (
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1234567890",
    "!@#$%^&*()",
    '!"#$%&/()=',
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujm",
    "147258369",
    "159357",
    "asdf1234",
    "qweasdzxc",
)
_YEAR: Final = re.compile(r"19[4-9][0-9]|20[0-4][0-9]", re.ASCII)
_LONGEST_BLOCK: Final = 24
_LONGEST_WORD: Final = 24
_DIGIT: Final = 1.0
_LETTER: Final = 1.4
_OTHER: Final = 1.5
_VARIATION: Final = 0.3
"""One more way to write a word: in capitals, with look-alikes, backwards."""


def _ranks() -> dict[str, float]:
    text = files("pantau.accounts.passwords").joinpath("common_words.txt").read_text("utf-8")
    words = [
        word for line in text.splitlines() if not line.startswith("#") for word in line.split()
    ]
    ranks: dict[str, float] = {}
    for rank, word in enumerate(words, start=1):
        ranks.setdefault(word, math.log10(rank + 1))
    return ranks


def _steps() -> dict[str, list[tuple[str, int]]]:
    steps: dict[str, list[tuple[str, int]]] = {}
    for row in _ROWS:
        for path in (row, row[::-1]):
            for begin in range(len(path) - 2):
                steps.setdefault(path[begin : begin + 3], []).append((path, begin))
    return steps


_RANKS: Final = _ranks()
_STEPS: Final = _steps()
"""Every row, forwards and backwards, by the three signs at each of its places."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a password costs to guess."""

    guesses_log10: float
    words: frozenset[str]
    """The different common words that its cheapest cut consists of."""


def guesses_log10(password: str) -> float:
    """Return the power of ten of the guesses that `password` needs; O(length x longest piece)."""
    return weight(password).guesses_log10


def weight(password: str) -> Weight:
    """Return the cheapest cut of `password`; O(length x longest piece)."""
    costs = [0.0] + [math.inf] * len(password)
    words: list[frozenset[str]] = [frozenset()] * len(costs)
    for start in range(len(password)):
        for piece in _pieces(password, start):
            end = start + piece.length
            cost = costs[start] + piece.cost
            if cost < costs[end]:
                costs[end] = cost
                words[end] = words[start] | piece.words
    return Weight(costs[-1], words[-1])


class _Piece(NamedTuple):
    length: int
    cost: float
    words: frozenset[str] = frozenset()


def _pieces(password: str, start: int) -> Iterator[_Piece]:
    yield _Piece(1, _sign_cost(password[start]))
    yield from _words(password, start)
    yield from _walks(password, start)
    yield from _repetitions(password, start)
    if _YEAR.match(password, start):
        yield _Piece(4, 2.0)


def _sign_cost(sign: str) -> float:
    if sign.isdecimal():
        return _DIGIT
    return _LETTER if sign.isalpha() else _OTHER


def _words(password: str, start: int) -> Iterator[_Piece]:
    whole = password[start : start + _LONGEST_WORD]
    small = whole.lower()
    for length in range(3, len(whole) + 1):
        written = whole[:length]
        costs = [
            (_RANKS[word] + _VARIATION * (index + _is_mixed(written)), word)
            for index, word in enumerate(
                (
                    small[:length],
                    small[:length].translate(_LOOK_ALIKES),
                    small[:length].translate(_LOOK_ALIKES_WITH_I),
                    small[:length][::-1],
                )
            )
            if word in _RANKS
        ]
        if costs:
            cost, word = min(costs)
            yield _Piece(length, cost, frozenset((word,)))


def _is_mixed(written: str) -> int:
    return int(written.lower() != written)


def _walks(password: str, start: int) -> Iterator[_Piece]:
    rest = password[start:].lower()
    for path, begin in _STEPS.get(rest[:3], ()):
        length = 3
        while length < len(rest) and path[begin + length : begin + length + 1] == rest[length]:
            length += 1
        yield _Piece(length, 1.5 + _VARIATION * _is_mixed(password[start : start + length]))


def _repetitions(password: str, start: int) -> Iterator[_Piece]:
    rest = password[start:].lower()
    for size in range(1, min(_LONGEST_BLOCK, len(rest) // 2) + 1):
        block = rest[:size]
        # A block that repeats something shorter was found as that already.
        if rest[size : 2 * size] != block or (block + block).find(block, 1) != size:
            continue
        times = 2
        while rest[times * size : (times + 1) * size] == block:
            times += 1
        once = weight(block)
        cost = once.guesses_log10 + _VARIATION * _is_mixed(password[start : start + size])
        yield _Piece(size * times, cost + math.log10(times), once.words)
