"""Who may see a stream: one pure decision for playlists, segments, stills and the API alike."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pantau.core.errors import NotFound, Problem, Unavailable

_MAINTENANCE_RETRY_S: Final = 60


class CacheClass(StrEnum):
    """Who may keep an answer."""

    SHARED = "shared"
    """Anybody: browsers, CDNs."""
    PRIVATE = "private"
    """Nobody: a gated answer in a shared cache is open to all (lesson X12)."""


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What the decision rests on; read from a snapshot, never from a database."""

    camera_id: int
    path: str
    """The stream's name inside the media server."""
    is_enabled: bool = True
    in_maintenance: bool = False


@dataclass(frozen=True, slots=True)
class Allowed:
    """The visitor may have it, and it may be kept like this."""

    facts: StreamFacts
    cache: CacheClass


def decide(facts: StreamFacts | None) -> Allowed | Problem:
    """Return permission, or the problem to answer with.

    A disabled camera and one that never was are the same to a visitor.
    """
    if facts is None or not facts.is_enabled:
        return NotFound("stream.unknown", "There is no such stream.")
    if facts.in_maintenance:
        return Unavailable(
            "stream.maintenance",
            "This camera is being worked on.",
            retry_after_s=_MAINTENANCE_RETRY_S,
        )
    return Allowed(facts, CacheClass.SHARED)
