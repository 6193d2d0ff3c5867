"""Names as parts of addresses."""

import re
import unicodedata
from collections.abc import Collection


def slug_of(name: str) -> str:
    """Return `name` as lower-case words joined by hyphens, for addresses; may be empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def free_slug(name: str, number: int, taken: Collection[str], *, otherwise: str = "camera") -> str:
    """Return a slug of `name` that is free, with `number` in it where that is not enough.

    `otherwise` stands for a name of which nothing is left.
    """
    slug = slug_of(name)
    if slug and slug not in taken:
        return slug
    slug = f"{slug or otherwise}-{number}"
    while slug in taken:
        slug += f"-{number}"
    return slug
