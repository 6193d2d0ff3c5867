"""What one of our names stands for at the owner's."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

ROOT: Final = "index.m3u8"
"""What the playlist at the address of the source is called."""

Span: TypeAlias = tuple[int, int]
"""(offset, length) in bytes of a part of a file."""
Variables: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values of EXT-X-DEFINE."""


class Kind(StrEnum):
    """What may be expected behind a name."""

    PLAYLIST = "playlist"
    MEDIA = "media"
    KEY = "key"
    OTHER = "other"
    """Something that no player needs; it is never fetched."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to fetch something.  Neither `url` nor `data`: it leads where we do not go."""

    kind: Kind
    parent: str
    """The playlist that named it, by our name."""
    url: str | None = field(default=None, repr=False)
    span: Span | None = None
    data: bytes | None = field(default=None, repr=False)
    """What stood in the playlist itself, as a `data:` address."""
    variables: Variables = field(default=(), repr=False)
    """What a playlist may import from the one that named it (RFC 8216bis, 4.4.2.3)."""
