"""What a timeline shows: runs of footage, the gaps between them, and the days of a month."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from pantau.core.clock import Zone
from pantau.recordings.catalogue import MOST_RUNS, Coverage, RecordingCatalogue, days_in
from pantau.recordings.models import Reach, Span, without
from pantau.recordings.playback.asked import Month
from pantau.recordings.playback.doors import sees_all
from pantau.recordings.run_rows import Run

LONGEST_MS: Final = 32 * 24 * 3_600_000
"""The longest span of one timeline: a month, and the hour that some have more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A span of one camera, cut to what may be seen."""

    span: Span
    runs: tuple[Span, ...]
    """Oldest first."""
    gaps: tuple[Span, ...]
    """All of the span that is no run."""
    is_cut: bool
    """There were more runs than are told; the oldest are missing, and `span` begins later."""


@dataclass(frozen=True, slots=True)
class MarkedDay:
    """A day with footage."""

    on: date
    recorded_ms: int
    gaps: int


class Timelines:
    """Reads the catalogue for visitors.  Loop only."""

    def __init__(self, recordings: RecordingCatalogue, zone: Zone) -> None:
        self._recordings = recordings
        self._zone = zone

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the site at this moment."""
        return self._zone()

    async def of(
        self, camera_id: int, span: Span, reach: Reach, *, most_runs: int = MOST_RUNS
    ) -> Timeline:
        """Return the newest `most_runs` runs of a span, and the gaps around them.

        Where somebody may see only a part, the rest is a gap like any other.
        """
        shown = _shown(span, reach)
        if shown is None:
            return Timeline(span=Span(span.to_ms, span.to_ms), runs=(), gaps=(), is_cut=False)
        covered = await self._recordings.coverage(camera_id, shown)
        runs = _visible(covered, shown, reach)
        is_cut = covered.is_cut or len(runs) > most_runs
        runs = runs[-most_runs:]
        if is_cut and runs:
            shown = Span(runs[0].from_ms, shown.to_ms)
        return Timeline(
            span=shown, runs=tuple(runs), gaps=tuple(without(shown, runs)), is_cut=is_cut
        )

    async def days(
        self, camera_id: int, month: Month, reach: Reach
    ) -> tuple[list[MarkedDay], bool]:
        """Return the days of a month with footage, and whether there may be earlier ones."""
        shown = _shown(month.span, reach)
        if shown is None:
            return [], False
        covered = await self._recordings.coverage(camera_id, shown)
        runs = tuple(Run(*span, 0, 0) for span in _visible(covered, shown, reach))
        found = days_in(Coverage(shown, runs, covered.is_cut), self.zone)
        return [MarkedDay(day.on, day.recorded_ms, day.gaps) for day in found], covered.is_cut


def _shown(span: Span, reach: Reach) -> Span | None:
    """Return the part of a span between the outer ends of what may be seen; None: nothing of it."""
    parts = reach.within(span)
    return Span(parts[0].from_ms, parts[-1].to_ms) if parts else None


def _visible(covered: Coverage, shown: Span, reach: Reach) -> list[Span]:
    runs = [part for run in covered.runs if (part := run.span.overlap(shown))]
    if sees_all(reach):
        return runs
    return [part for run in runs for part in reach.within(run)]
