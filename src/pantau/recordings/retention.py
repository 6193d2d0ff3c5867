"""What footage has had its time, or is too much: decided from facts alone, nothing is touched.

Nothing goes before its time for being short, damaged or unknown (lesson R10), files are never
counted (lesson R09), and what is held or being written never goes at all.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pantau.recordings.keeping_values import Doomed, Extent, Footage
from pantau.recordings.models import Reason, SegmentState, Span

HOUR_MS: Final = 3_600_000
_LEAST_GRACE_MS: Final = 600_000
_GRACE_PART: Final = 10


class Misdated(NamedTuple):
    """A stretch of the wall clock that was wrong: what is named after it is younger than that."""

    span: Span
    by_ms: int
    """How much later it really was; never negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepers:
    """What keeps footage although somebody would like it to go."""

    held: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    """By camera."""
    busy: Collection[int] = frozenset()
    """Numbers of segments that failed a moment ago and are tried later."""

    def keep(self, footage: Footage) -> bool:
        """Tell whether a segment must stay whatever else is said."""
        return (
            footage.state is SegmentState.OPEN or footage.id in self.busy or self.is_held(footage)
        )

    def is_held(self, footage: Footage) -> bool:
        """Tell whether somebody holds any of a segment."""
        return is_held(self.held.get(footage.camera_id, ()), footage.span)


def is_held(holds: Iterable[Span], span: Span) -> bool:
    """Tell whether a hold touches `span`; a segment without length is a moment."""
    return any(
        hold.from_ms < max(span.to_ms, span.from_ms + 1) and span.from_ms < hold.to_ms
        for hold in holds
    )


def grace_ms(keep_ms: int) -> int:
    """Return how much longer footage stays than it was promised (lesson R09)."""
    return max(_LEAST_GRACE_MS, keep_ms // _GRACE_PART)


def cutoff_ms(now_ms: int, keep_hours: float) -> int:
    """Return the moment before which footage must have ended to be over its time."""
    keep_ms = round(keep_hours * HOUR_MS)
    return now_ms - keep_ms - grace_ms(keep_ms)


def true_end_ms(footage: Footage, misdated: Iterable[Misdated]) -> int:
    """Return when a segment ended as far as is known, also where the clock was wrong then."""
    later = [each.by_ms for each in misdated if is_named_wrong(footage, (each,))]
    return footage.end_ms + max(later, default=0)


def is_named_wrong(footage: Footage, misdated: Iterable[Misdated]) -> bool:
    """Tell whether a segment is younger than its name says."""
    return any(each.span.from_ms <= footage.start_ms < each.span.to_ms for each in misdated)


def over_age(
    footage: Iterable[Footage],
    *,
    before_ms: int,
    archived_before_ms: int,
    keepers: Keepers,
    misdated: Sequence[Misdated] = (),
    is_copied: bool = False,
) -> Iterator[Doomed]:
    """Yield what had its time: on our disk by `before_ms`, in the archive by the other.

    `is_copied`: an archive gets copies; what it should have and has not yet stays (lesson A08).
    """
    for each in footage:
        if keepers.keep(each):
            continue
        end_ms = true_end_ms(each, misdated)
        awaits_copy = (
            is_copied
            and each.archived_place is None
            and each.state is SegmentState.CLOSED
            and end_ms >= archived_before_ms
        )
        leaves_disk = each.is_local and end_ms < before_ms and not awaits_copy
        leaves_archive = each.archived_place is not None and end_ms < archived_before_ms
        extent = _extent(each, leaves_disk=leaves_disk, leaves_archive=leaves_archive)
        if extent is not None:
            yield Doomed(each, extent, Reason.RETENTION)


def to_free(
    footage: Iterable[Footage], *, bytes_: int, reason: Reason, keepers: Keepers
) -> Iterator[Doomed]:
    """Yield footage in the given order, the oldest first, until it makes up `bytes_` on our disk.

    What the archive has a copy of loses its file here only.
    """
    for each in footage:
        if bytes_ <= 0:
            return
        if not each.is_local or keepers.keep(each):
            continue
        extent = _extent(each, leaves_disk=True, leaves_archive=False)
        if extent is not None:
            bytes_ -= each.size_bytes
            yield Doomed(each, extent, reason)


def _extent(each: Footage, *, leaves_disk: bool, leaves_archive: bool) -> Extent | None:
    if not (leaves_disk or leaves_archive):
        return None
    stays_on_disk = each.is_local and not leaves_disk
    stays_archived = each.archived_place is not None and not leaves_archive
    if stays_on_disk:
        return Extent.ARCHIVED
    return Extent.LOCAL if stays_archived else Extent.ALL
