"""Names as people compare them: without accents, and with the numbers in them as numbers."""

import re
import unicodedata
from typing import Final, TypeAlias

NaturalKey: TypeAlias = tuple[tuple[int, int, str], ...]
LETTERS: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "þ": "th"}
)


def folded(text: str) -> str:
    """Return `text` in small letters without accents."""
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(sign for sign in apart if not unicodedata.category(sign).startswith("M"))
    return plain.lower().translate(LETTERS)


def natural_key(name: str) -> NaturalKey:
    """Return what names are ordered by: as in a list of contents, 2 before 10."""
    parts = re.findall(r"[0-9]{1,15}|[^\W0-9_]+", folded(name))
    return tuple((0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts)
