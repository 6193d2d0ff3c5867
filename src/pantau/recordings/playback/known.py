"""Rows of finished files, kept for a moment: a player that fetches a file asks for it in pieces."""

from collections import OrderedDict
from typing import Final

from pantau.core.clock import Clock
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.models import Segment, SegmentState

_KEPT_S: Final = 2.0
_MOST_KEPT: Final = 4_096


class KnownSegments:
    """Says which segment begins at a moment, so that most pieces cost no query.  Loop only.

    What left the disk meanwhile is found out by whoever opens its file.
    """

    def __init__(self, recordings: RecordingCatalogue, clock: Clock) -> None:
        self._recordings = recordings
        self._clock = clock
        self._kept: OrderedDict[tuple[int, int], tuple[Segment, float]] = OrderedDict()

    async def at(self, camera_id: int, start_ms: int) -> Segment | None:
        """Return the segment that begins at that very moment, in whatever state."""
        key, now_mono = (camera_id, start_ms), self._clock.mono_s()
        kept = self._kept.get(key)
        if kept is not None and now_mono - kept[1] < _KEPT_S:
            return kept[0]
        self._kept.pop(key, None)
        segment = await self._recordings.segment_at(camera_id, start_ms)
        if segment is not None and segment.state is SegmentState.CLOSED:
            self._kept[key] = (segment, now_mono)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return segment
