"""What pages ask of footage, cut to what whoever looks may see."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.models import Reach, Span
from pantau.recordings.playback.asked import midnight, month_of
from pantau.recordings.playback.doors import sees_all
from pantau.recordings.playback.timeline import Timelines


class FootageForPages:
    """Answers the playback page.  Loop only.  `is_paused`: a recorder waits for room."""

    def __init__(
        self,
        recordings: RecordingCatalogue,
        timelines: Timelines,
        *,
        is_paused: Callable[[int], bool] = lambda _: False,
    ) -> None:
        self._recordings = recordings
        self._timelines = timelines
        self._is_paused = is_paused

    async def runs(self, camera_id: int, span: Span, reach: Reach) -> Sequence[Span]:
        """Return the stretches with footage within `span`, in order; the newest of too many."""
        return (await self._timelines.of(camera_id, span, reach)).runs

    async def days(self, camera_id: int, on: date, reach: Reach) -> Mapping[date, int]:
        """Return how many milliseconds there are of each day in the month of `on`."""
        zone = self._timelines.zone
        month = month_of("", now_ms=midnight(on, zone), zone=zone)
        days, _ = await self._timelines.days(camera_id, month, reach)
        return {day.on: day.recorded_ms for day in days}

    async def extent(self, camera_id: int, reach: Reach) -> Span | None:
        """Return from when to when there is footage; None: there is none."""
        if not reach.spans:
            return None
        if sees_all(reach):
            return await self._recordings.extent(camera_id)
        outer = Span(reach.spans[0].from_ms, reach.spans[-1].to_ms)
        runs = await self.runs(camera_id, outer, reach)
        return Span(runs[0].from_ms, runs[-1].to_ms) if runs else None

    def is_paused(self, camera_id: int) -> bool:
        """Tell whether its recorder waits for room on the disk."""
        return self._is_paused(camera_id)
