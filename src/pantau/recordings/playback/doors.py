"""What a visitor may see of a segment, fragment by fragment, and who may keep the answer.

`Reach` speaks of moments; here it becomes fragments, and so bytes.  The near end is strict: a
fragment counts when its last picture does, by whichever of its two clocks is later.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeAlias

from pantau.cameras.access import CacheClass
from pantau.core.errors import NotFound
from pantau.recordings.models import FOREVER, Reach, Segment, Span
from pantau.recordings.playback.charts import Chart
from pantau.web.exchange import HotRequest

Touch: TypeAlias = Callable[[int, HotRequest], None]
"""Told of every playlist and every stretch of video that somebody gets of a camera."""

NOBODY_KEEPS: Final = b"private, no-store"
_PREVIEW_KEPT_S: Final = 60
"""Bytes of a public preview stay in the browser that has them; short, as the window moves on."""


class Rights(Protocol):
    """Whoever decides what somebody may replay."""

    def reach(self, request: HotRequest, camera_id: int) -> Awaitable[Reach]:
        """Return what whoever asks may replay of a camera, which may not even be there."""
        ...


def nobody_counts(camera_id: int, request: HotRequest) -> None:
    """Do nothing about somebody who watches."""


def unknown() -> NotFound:
    """Return the one answer to what is not there and to what is not for this visitor."""
    return NotFound("recording.unknown", "There is no such footage.")


def kept(reach: Reach, *, kept_s: int = _PREVIEW_KEPT_S) -> bytes:
    """Return `Cache-Control`: never for shared caches, which outlive windows and rights."""
    if reach.cache is CacheClass.SHARED and kept_s:
        return b"private, max-age=%d" % kept_s
    return NOBODY_KEEPS


def sees_all(reach: Reach) -> bool:
    """Tell whether nothing is hidden from this visitor."""
    return FOREVER in reach.spans


def widened(reach: Reach, start_ms: int) -> tuple[Span, ...]:
    """Return the spans for a segment that begins at `start_ms`: at the far end it counts whole."""
    spans = reach.spans
    lead_ms = reach.lead_from_ms
    if not spans or lead_ms is None or not lead_ms <= start_ms < spans[0].from_ms:
        return spans
    return (Span(start_ms, spans[0].to_ms), *spans[1:])


def visible(segment: Segment, reach: Reach) -> tuple[Span, ...]:
    """Return the parts of a segment that may be seen, by its row."""
    spans = widened(reach, segment.start_ms) if reach.touches(segment.span) else ()
    return tuple(part for span in spans if (part := span.overlap(segment.span)))


def visible_fragments(chart: Chart, reach: Reach) -> tuple[range, ...]:
    """Return the stretches of fragments that may be seen, by their numbers, in order."""
    count = len(chart)
    if sees_all(reach):
        return (range(count),) if count else ()
    whole = Span(chart.start_ms, chart.start_ms + chart.late_ms)
    if not reach.touches(whole):
        return ()
    found: list[range] = []
    for span in widened(reach, chart.start_ms):
        first, stop = chart.within(span.from_ms - chart.start_ms, span.to_ms - chart.start_ms)
        if first < stop:
            found.append(range(first, stop))
    return tuple(found)
