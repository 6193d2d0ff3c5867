"""What the playback page knows of footage: timelines cut to a visitor's reach, and recorders."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Protocol

from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.models import FOREVER, Reach, Span
from pantau.recordings.playback.asked import month_of
from pantau.recordings.playback.timeline import Timelines
from pantau.recordings.recorders import RecorderState, RecorderStatus

_NEWEST_MS: Final = 24 * 3_600_000


class Recorders(Protocol):
    """Whoever knows how recorders are."""

    @property
    def known(self) -> Mapping[int, RecorderState]:
        """By camera."""
        ...


class VisibleFootage:
    """Answers for `portal.playback.Footage` from the services of recordings.  Loop only."""

    def __init__(
        self, timelines: Timelines, recordings: RecordingCatalogue, recorders: Recorders
    ) -> None:
        self._timelines = timelines
        self._recordings = recordings
        self._recorders = recorders

    async def runs(self, camera_id: int, span: Span, reach: Reach) -> Sequence[Span]:
        """Return the stretches with footage within `span`, in order."""
        return (await self._timelines.of(camera_id, span, reach)).runs

    async def days(self, camera_id: int, on: date, reach: Reach) -> Mapping[date, int]:
        """Return how many milliseconds there are of each day in the month of `on`."""
        month = month_of(f"{on:%Y-%m}", now_ms=0, zone=self._timelines.zone)
        days, _ = await self._timelines.days(camera_id, month, reach)
        return {day.on: day.recorded_ms for day in days}

    async def extent(self, camera_id: int, reach: Reach) -> Span | None:
        """Return from when to when there is footage; None: there is none."""
        whole = await self._recordings.extent(camera_id)
        if whole is None:
            return None
        parts = reach.within(Span(whole.from_ms, FOREVER.to_ms))
        if not parts:
            return None
        seen = Span(parts[0].from_ms, parts[-1].to_ms)
        if FOREVER in reach.spans:
            # Years, perhaps: where it begins is known, and only its end grows.
            seen = Span(whole.to_ms - _NEWEST_MS, FOREVER.to_ms)
        runs = await self.runs(camera_id, seen, reach)
        if not runs:
            return None
        from_ms = whole.from_ms if FOREVER in reach.spans else runs[0].from_ms
        return Span(from_ms, runs[-1].to_ms)

    async def ends(self) -> Mapping[int, Span]:
        """Return from when to when there is footage of each camera, some seconds old at most.

        Raises Unavailable with the database.
        """
        totals = await self._recordings.totals()
        return {number: Span(each.oldest_ms, each.newest_ms) for number, each in totals.items()}

    def is_paused(self, camera_id: int) -> bool:
        """Tell whether its recorder waits for room on the disk."""
        state = self._recorders.known.get(camera_id)
        return state is not None and state.status is RecorderStatus.PAUSED
