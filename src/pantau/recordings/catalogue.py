"""What footage there is: segments, runs, gaps, days and totals, for whoever shows or keeps it."""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pantau.core.clock import Clock
from pantau.db.database import Database
from pantau.media.archive.index import BrokenIndexError, Index, read_index
from pantau.media.archive.naming import index_key
from pantau.recordings import repository, run_rows
from pantau.recordings.extents import end_of
from pantau.recordings.figures import Figures
from pantau.recordings.models import FOREVER, Segment, SegmentState, Span
from pantau.recordings.run_rows import Run, Totals
from pantau.recordings.storage.base import StorageError
from pantau.recordings.storage.places import Places

GAP_MS: Final = 2_000
"""Segments nearer than this follow each other without a gap: a picture is seldom later."""
MOST_RUNS: Final = 5_000
_TOTALS_S: Final = 5.0
_RUNS_OF_MANY: Final = 1_000
"""Of each: a line on a page has no more dots."""
_INDEX_BYTES: Final = 16 * 2**20
_INDEXES_KEPT: Final = 64
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Gap:
    """Time of which there is no footage although there is some before and after it."""

    from_ms: int
    to_ms: int

    @property
    def duration_ms(self) -> int:
        return self.to_ms - self.from_ms


@dataclass(frozen=True, slots=True)
class Coverage:
    """What there is of one camera in a span."""

    span: Span
    runs: tuple[Run, ...]
    """Oldest first, whole: the outermost may reach beyond the span."""
    is_cut: bool = False
    """There were more runs than anybody can look at; the newest are here (lesson A10)."""

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What lies between the runs."""
        pairs = zip(self.runs, self.runs[1:], strict=False)
        return tuple(Gap(one.to_ms, other.from_ms) for one, other in pairs)

    @property
    def recorded_ms(self) -> int:
        """How much of the span there is."""
        parts = (run.span.overlap(self.span) for run in self.runs)
        return sum(part.to_ms - part.from_ms for part in parts if part is not None)


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day, in the zone that was asked for, of which there is footage."""

    on: date
    recorded_ms: int
    gaps: int


class RecordingCatalogue:
    """Reads the catalogue; knows no rights: `Reach` cuts what visitors are shown.  Loop only.

    Rows of open segments are as old as their first sight.  With `live` what is asked for is read
    from their indexes, so that it reaches to the last second.
    """

    def __init__(self, database: Database, places: Places, clock: Clock) -> None:
        self._database = database
        self._places = places
        self._clock = clock
        self._indexes: OrderedDict[tuple[str, int, int], tuple[int, Index]] = OrderedDict()
        self._totals = Figures(self._count, clock, every_s=_TOTALS_S)

    async def segments(
        self,
        camera_id: int,
        span: Span = FOREVER,
        *,
        newest_first: bool = True,
        limit: int | None = None,
        states: Collection[SegmentState] | None = None,
        live: bool = False,
    ) -> list[Segment]:
        """Return the segments that touch a span; `limit` cuts the far end of the order.

        Those with something to play; with `states` those in one of them, playable or not.
        """
        async with self._database.read() as reading:
            found = await repository.segments(
                reading,
                camera_id,
                span,
                newest_first=newest_first,
                limit=limit,
                states=states,
            )
        if not live:
            return found
        seen = [await self.as_it_is(segment) for segment in found]
        return [each for each in seen if each.span.overlap(span)] if states is None else seen

    async def segment_at(
        self, camera_id: int, start_ms: int, *, live: bool = False
    ) -> Segment | None:
        """Return the segment that begins at that very moment, in whatever state."""
        async with self._database.read() as reading:
            found = await repository.segment_at(reading, camera_id, start_ms)
        return await self.as_it_is(found) if found is not None and live else found

    async def covering(self, camera_id: int, at_ms: int) -> Segment | None:
        """Return the segment that holds a moment, also one that is being written."""
        found = await self.segments(camera_id, Span(at_ms, at_ms + 1), live=True)
        return found[0] if found else None

    async def coverage(
        self, camera_id: int, span: Span, *, gap_ms: int = GAP_MS, live: bool = True
    ) -> Coverage:
        """Return the runs of a span, and so its gaps."""
        async with self._database.read() as reading:
            runs = await run_rows.runs(reading, camera_id, span, gap_ms=gap_ms, limit=MOST_RUNS + 1)
            open_ones = await repository.open_of(reading, [camera_id], span)
        is_cut = len(runs) > MOST_RUNS
        runs = runs[-MOST_RUNS:]
        if live:
            for segment in open_ones:
                runs = _grown(runs, await self.as_it_is(segment), segment, gap_ms)
        # Rows of open segments come whatever their ends are.
        runs = [run for run in runs if run.span.overlap(span)]
        return Coverage(span, tuple(runs), is_cut)

    async def runs(
        self, camera_id: int, span: Span, *, gap_ms: int = GAP_MS, live: bool = True
    ) -> tuple[Run, ...]:
        """Return the runs alone."""
        return (await self.coverage(camera_id, span, gap_ms=gap_ms, live=live)).runs

    async def runs_of(
        self, camera_ids: Collection[int], span: Span, *, written: Mapping[int, int | None]
    ) -> Mapping[int, Sequence[Run]]:
        """Return the newest runs of several cameras, asked for at once: for a line of each.

        No index is read: what is being written reaches to where `written` says.
        """
        async with self._database.read() as reading:
            found = await run_rows.runs_of(
                reading, camera_ids, span, gap_ms=GAP_MS, limit=_RUNS_OF_MANY
            )
            open_ones = await repository.open_of(reading, camera_ids, span)
        for segment in open_ones:
            now_ms = written.get(segment.camera_id) or segment.end_ms
            now = replace(segment, end_ms=max(now_ms, segment.end_ms))
            found[segment.camera_id] = _grown(found[segment.camera_id], now, segment, GAP_MS)
        return {
            number: [run for run in runs if run.span.overlap(span)]
            for number, runs in found.items()
        }

    async def days(self, camera_id: int, span: Span, zone: ZoneInfo) -> list[Day]:
        """Return the calendar days of `zone` within a span that have footage, oldest first."""
        covered = await self.coverage(camera_id, span)
        return list(days_in(covered, zone))

    async def follow(self) -> None:
        """Count what is kept when somebody wants to know, so that nobody waits; never returns."""
        await self._totals.follow()

    async def totals(self) -> Mapping[int, Totals]:
        """Return what is kept of every camera, some seconds old; removed ones too."""
        return await self._totals.now()

    async def totals_of(self, camera_id: int) -> Totals | None:
        """Return what is kept of one camera at this moment."""
        async with self._database.read() as reading:
            return (await run_rows.totals(reading, camera_id)).get(camera_id)

    async def _count(self) -> Mapping[int, Totals]:
        async with self._database.read() as reading:
            return await run_rows.totals(reading)

    async def extent(self, camera_id: int) -> Span | None:
        """Return from when to when there is footage of a camera; None: there is none."""
        async with self._database.read() as reading:
            return await repository.extent(reading, camera_id)

    async def as_it_is(self, segment: Segment) -> Segment:
        """Return an open segment as far as it is written at this moment; others as they are."""
        if segment.state is not SegmentState.OPEN:
            return segment
        index = await self.index_of(segment)
        if index is None or not index.fragments:
            return segment
        head = index.head
        return replace(
            segment,
            end_ms=end_of(index),
            duration_ms=index.duration_ms,
            size_bytes=index.closed_bytes or index.end_bytes,
            codecs=head.codecs,
            width_px=head.width_px,
            height_px=head.height_px,
            has_audio=head.has_audio,
        )

    async def index_of(self, segment: Segment) -> Index | None:
        """Return which bytes of a segment hold which second; None: nobody can tell.

        Read anew only when the file has grown.
        """
        place = self._places.find(segment.place)
        if place is None:
            return None
        at = (segment.place, segment.camera_id, segment.start_ms)
        key = index_key(segment.camera_id, segment.start_ms)
        try:
            size_bytes = await place.size(key)
            if size_bytes is None:
                return None
            kept = self._indexes.get(at)
            if kept is not None and kept[0] == size_bytes:
                self._indexes.move_to_end(at)
                return kept[1]
            data = await place.read(key, 0, min(size_bytes, _INDEX_BYTES))
            index = read_index(data)
        except (StorageError, BrokenIndexError):
            return None
        self._indexes[at] = (size_bytes, index)
        if len(self._indexes) > _INDEXES_KEPT:
            self._indexes.popitem(last=False)
        return index


def days_in(covered: Coverage, zone: ZoneInfo) -> Iterator[Day]:
    """Yield the calendar days of `zone` that have footage, oldest first."""
    spans = [part for run in covered.runs if (part := run.span.overlap(covered.span))]
    if not spans:
        return
    day, first = _local(spans[0].from_ms, zone), 0
    last = _local(spans[-1].to_ms - 1, zone)
    while day <= last:
        whole = Span(_midnight(day, zone), _midnight(day + timedelta(days=1), zone))
        while first < len(spans) and spans[first].to_ms <= whole.from_ms:
            first += 1
        parts = list(_parts(spans, first, whole))
        if parts:
            recorded_ms = sum(part.to_ms - part.from_ms for part in parts)
            yield Day(day, recorded_ms, len(parts) - 1)
            day += timedelta(days=1)
        elif first < len(spans):
            day = _local(spans[first].from_ms, zone)
        else:
            return


def _parts(spans: Sequence[Span], first: int, whole: Span) -> Iterator[Span]:
    for number in range(first, len(spans)):
        if spans[number].from_ms >= whole.to_ms:
            return
        part = spans[number].overlap(whole)
        if part is not None:
            yield part


def _grown(runs: list[Run], now: Segment, was: Segment, gap_ms: int) -> list[Run]:
    """Return the runs with an open segment as long as it has become."""
    if now.end_ms <= was.end_ms:
        return runs
    more_bytes = now.size_bytes - was.size_bytes
    grown: list[Run] = []
    for run in runs:
        each = run
        if run.from_ms <= was.start_ms <= run.to_ms:
            each = Run(
                run.from_ms,
                max(run.to_ms, now.end_ms),
                run.segments,
                run.size_bytes + more_bytes,
            )
        if grown and each.from_ms - grown[-1].to_ms <= gap_ms:
            last = grown.pop()
            each = Run(
                last.from_ms,
                max(last.to_ms, each.to_ms),
                last.segments + each.segments,
                last.size_bytes + each.size_bytes,
            )
        grown.append(each)
    return grown


def _local(at_ms: int, zone: ZoneInfo) -> date:
    return (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone).date()


def _midnight(day: date, zone: ZoneInfo) -> int:
    """Return when a day begins, Unix milliseconds; where there is no midnight, the hour after."""
    at = datetime(day.year, day.month, day.day, tzinfo=zone)
    return (at.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
