"""What is drawn on the picture that chats show beside a link, and how large that is.

Apart from the drawing, which loads what draws.
"""

from dataclasses import dataclass
from typing import Final

WIDTH_PX: Final = 1200
HEIGHT_PX: Final = 630

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWords:
    """What is written; empty lines are left out."""

    name: str
    place: str = ""
    time: str = ""
    """When the picture was taken; a long place makes room for it."""
    site: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardColours:
    """The operator's colour, deep enough for white letters, and one step lighter."""

    deep: Rgb
    accent: Rgb
