"""What footage is made of.  Moments are Unix milliseconds in UTC, spans are half open."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from pantau.cameras.access import CacheClass
from pantau.media.archive.naming import VIDEO_SUFFIX, stem


class Span(NamedTuple):
    """From a moment up to another, Unix milliseconds."""

    from_ms: int
    to_ms: int

    def overlap(self, other: "Span") -> "Span | None":
        """Return what both have; None: nothing."""
        span = Span(max(self.from_ms, other.from_ms), min(self.to_ms, other.to_ms))
        return span if span.from_ms < span.to_ms else None


class SegmentState(StrEnum):
    """What is known of a segment's file."""

    OPEN = "open"
    """Being written."""
    CLOSED = "closed"
    DAMAGED = "damaged"
    """Cannot be read as far as tried; kept until its time is over all the same (lesson R10)."""
    MISSING = "missing"
    """Its file is not where it was; nobody of us deleted it."""


class EndCause(StrEnum):
    """Why a segment ended where it did."""

    BOUNDARY = "boundary"
    """The wall clock reached the next ten minutes."""
    PARAMETERS = "parameters"
    """The camera changed what it sends."""
    SOURCE_ENDED = "source_ended"
    STOPPED = "stopped"
    """Somebody decided so."""
    DISK = "disk"
    CRASHED = "crashed"
    """Nobody closed it; put in order afterwards."""


class Reason(StrEnum):
    """Why footage was deleted; every deletion has exactly one (lesson R10)."""

    RETENTION = "retention"
    CAMERA_QUOTA = "camera_quota"
    AREA_QUOTA = "area_quota"
    DISK_LOW = "disk_low"
    DISK_CRITICAL = "disk_critical"
    EMPTY = "empty"
    """It never held a picture."""
    OPERATOR = "operator"
    VANISHED = "vanished"
    """Its file was gone already; only the row went."""


class PlaybackMode(StrEnum):
    """Who may replay a camera, operators always excepted."""

    INHERIT = "inherit"
    PREVIEW = "preview"
    """Everybody, the last minutes; more with a token."""
    TOKEN = "token"  # noqa: S105 - a word, no secret
    OPERATORS = "operators"
    NOBODY = "nobody"
    """Not even tokens; operators still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One file of one camera."""

    id: int
    camera_id: int
    start_ms: int
    end_ms: int
    """By the wall clock; of one that is open: as far as was known when it was looked at."""
    duration_ms: int
    """By media time."""
    size_bytes: int
    place: str
    """The name of the storage place that holds it."""
    state: SegmentState
    cause: EndCause | None = None
    codecs: str = ""
    width_px: int = 0
    height_px: int = 0
    has_audio: bool = False

    @property
    def filename(self) -> str:
        return f"{stem(self.start_ms)}{VIDEO_SUFFIX}"

    @property
    def span(self) -> Span:
        return Span(self.start_ms, self.end_ms)


@dataclass(frozen=True, slots=True)
class Reach:
    """What of one camera somebody may replay.  `spans` are sorted and do not touch."""

    spans: tuple[Span, ...]
    cache: CacheClass = CacheClass.PRIVATE
    is_operator: bool = False
    lead_from_ms: int | None = None
    """How far back before the first span nothing was dark either: a segment that begins there and
    reaches into the first span is visible from its beginning.  None: no span is ever widened."""

    def within(self, span: Span) -> tuple[Span, ...]:
        """Return the parts of `span` that may be replayed."""
        return tuple(part for own in self.spans if (part := own.overlap(span)))

    def touches(self, span: Span) -> bool:
        """Tell whether any of `span` may be replayed."""
        return any(own.overlap(span) for own in self.spans)


FOREVER = Span(0, 2**53)
"""Everything there is or will be."""


def joined(spans: Iterable[Span], *, gap_ms: int = 0) -> Iterator[Span]:
    """Yield sorted `spans` with those joined that overlap or lie at most `gap_ms` apart."""
    last: Span | None = None
    for span in spans:
        if last is None:
            last = span
        elif span.from_ms - last.to_ms <= gap_ms:
            last = Span(last.from_ms, max(last.to_ms, span.to_ms))
        else:
            yield last
            last = span
    if last is not None:
        yield last


def without(span: Span, holes: Iterable[Span]) -> Iterator[Span]:
    """Yield what is left of `span`; `holes` are sorted by where they begin."""
    at = span.from_ms
    for hole in holes:
        if hole.from_ms > at:
            part = span.overlap(Span(at, hole.from_ms))
            if part is not None:
                yield part
        at = max(at, hole.to_ms)
    if at < span.to_ms:
        yield Span(at, span.to_ms)
