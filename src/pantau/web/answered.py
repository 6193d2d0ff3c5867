"""How each address answers: how often it was asked, and how often it refused (400 to 499).

Programs ask addresses that never were: the table keeps those that are asked most, and no more.
"""

import re
from collections.abc import Mapping
from typing import Final

_MOST: Final = 150
_SEGMENTS: Final = 4
_WORD: Final = re.compile(r"[a-z][a-z_.-]{0,30}")
_TOLD_FROM: Final = 5
"""What was asked less often says nothing, and whoever tries addresses makes most of it."""


class Answered:
    """Counts by shape of address, such as `/api/areas/*`.  Loop only."""

    def __init__(self) -> None:
        self._cells: dict[str, list[int]] = {}
        self._kept: dict[str, list[int]] = {}

    def kept_cell(self, path: str) -> list[int]:
        """Return the same for a route, which keeps it for as long as it lives."""
        return self._kept.setdefault(shape_of(path), [0, 0])

    def cell(self, path: str) -> list[int]:
        """Return where the answers of an address are counted: all of them, and the refusals."""
        shape = shape_of(path)
        if shape in self._kept:
            return self._kept[shape]
        cell = self._cells.get(shape)
        if cell is None:
            if len(self._cells) >= _MOST:
                del self._cells[min(self._cells, key=lambda each: self._cells[each][0])]
            cell = self._cells[shape] = [0, 0]
        return cell

    def counts(self) -> Mapping[str, tuple[int, int]]:
        """Return how often each shape was asked, and how often it refused."""
        return {
            shape: (asked, refused)
            for shape, (asked, refused) in (self._cells | self._kept).items()
            if asked >= _TOLD_FROM
        }


def note(cell: list[int], status: int) -> None:
    """Count an answer; 429 and who left say nothing of what is answered there."""
    if status and status != 429:
        cell[0] += 1
        cell[1] += 400 <= status < 500


def shape_of(path: str) -> str:
    """Return an address without what differs from one thing to the next: numbers, keys, names."""
    words = path.split("/", _SEGMENTS + 1)[1 : _SEGMENTS + 1]
    return "/" + "/".join(word if not word or _WORD.fullmatch(word) else "*" for word in words)
