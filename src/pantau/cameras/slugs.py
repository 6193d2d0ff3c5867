"""Names as parts of addresses."""

import re
import unicodedata
from collections.abc import Collection


def slug_of(name: str) -> str:
    """Return `name` as lower-case words joined by hyphens, for addresses; may be empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def free_slug(name: str, number: int, taken: Collection[str]) -> str:
    """Return the slug of a camera: of its name, with its number where that is not enough."""
    slug = slug_of(name)
    if slug and slug not in taken:
        return slug
    slug = f"{slug or 'camera'}-{number}"
    while slug in taken:
        slug += f"-{number}"
    return slug
