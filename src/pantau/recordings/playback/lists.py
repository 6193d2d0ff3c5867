"""Lists that players play footage by: one over all files of a span, gaps and all."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from pantau.core.clock import Clock
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.models import Reach, Segment, Span
from pantau.recordings.playback.charts import Chart, Charts
from pantau.recordings.playback.doors import visible_fragments
from pantau.recordings.playback.pieces import Passage, PlayList, pieces_of

LONGEST_MS: Final = 24 * 3_600_000
"""The longest span of one list."""
LONGEST_LIVE_MS: Final = 6 * 3_600_000
"""Of one that grows, as players fetch it whole every few seconds."""
_MOST_FILES: Final = 2_000
"""Of a camera that begins anew all the time; the list ends there, and the next one goes on."""
_SHORT_PIECES_MS: Final = 4_000
_LONG_PIECES_MS: Final = 6_000
_SHORT_LIST_MS: Final = 2 * 3_600_000
_AT_ONCE: Final = 8
_MANY_FRAGMENTS: Final = 3_000
"""Cutting so many takes longer than the loop should wait."""
_MOST_KEPT: Final = 512
"""Some 30 kB each."""
_ADDRESS: Final = "stream/{name}"
"""Beside the lists, so that it holds behind every proxy."""

_Kept: TypeAlias = tuple[Chart, int, bool]
"""A file, how long pieces are, and whether they have addresses of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWish:
    """What list somebody asks for."""

    camera_id: int
    from_ms: int
    to_ms: int | None
    """None: as far as there is footage, and will be."""


class PlayLists:
    """Makes lists.  Loop only."""

    def __init__(self, recordings: RecordingCatalogue, charts: Charts, clock: Clock) -> None:
        self._recordings = recordings
        self._charts = charts
        self._clock = clock
        self._whole: OrderedDict[_Kept, Passage] = OrderedDict()
        """Of files that lie wholly in a list, which are most of them in long ones."""

    async def between(self, wish: ListWish, reach: Reach) -> PlayList:
        """Return the list from the key at or before `from_ms`; an empty one has no passages.

        It grows while `to_ms` is still to come, up to `LONGEST_LIVE_MS`.
        """
        now_ms = int(self._clock.unix_s() * 1000)
        grows_to_ms = wish.from_ms + LONGEST_LIVE_MS
        to_ms = grows_to_ms if wish.to_ms is None else wish.to_ms
        if to_ms > now_ms:
            to_ms = min(to_ms, grows_to_ms)
        span = Span(wish.from_ms, to_ms)
        found = await self._recordings.segments(
            wish.camera_id, span, newest_first=False, limit=_MOST_FILES
        )
        is_growing = to_ms > now_ms and len(found) < _MOST_FILES
        wanted = _Wanted(span, reach, _piece_ms(wish), is_growing, self._whole)
        passages = await self._passages(found, wanted)
        return PlayList(passages, is_over=not is_growing, start_ms=wish.from_ms)

    async def newest(self, camera_id: int, reach: Reach) -> PlayList:
        """Return a list of the newest footage as it is at this moment, `LONGEST_MS` at most."""
        newest = await self._recordings.segments(camera_id, limit=1, live=True)
        if not newest:
            return PlayList()
        span = Span(newest[0].end_ms - LONGEST_MS, newest[0].end_ms + 1)
        found = await self._recordings.segments(camera_id, span, limit=_MOST_FILES)
        wanted = _Wanted(span, reach, _LONG_PIECES_MS, is_growing=False, whole=self._whole)
        return PlayList(await self._passages(found[::-1], wanted))

    async def _passages(self, segments: Sequence[Segment], wanted: "_Wanted") -> list[Passage]:
        charts: list[tuple[Segment, Chart]] = []
        for first in range(0, len(segments), _AT_ONCE):
            some = segments[first : first + _AT_ONCE]
            read = await asyncio.gather(*(self._charts.of(segment) for segment in some))
            charts += (
                (segment, chart)
                for segment, chart in zip(some, read, strict=True)
                if chart is not None and len(chart)
            )
        if sum(len(chart) for _, chart in charts) < _MANY_FRAGMENTS:
            passages = wanted.passages(charts)
        else:
            passages = await asyncio.to_thread(wanted.passages, charts)
        self._keep(passages, wanted.piece_ms)
        return passages

    def _keep(self, passages: Sequence[Passage], piece_ms: int) -> None:
        for passage in passages:
            key = (passage.chart, piece_ms, passage.is_apart)
            if passage.is_whole and key not in self._whole:
                self._whole[key] = passage
        while len(self._whole) > _MOST_KEPT:
            self._whole.popitem(last=False)


@dataclass(frozen=True, slots=True)
class _Wanted:
    span: Span
    reach: Reach
    piece_ms: int
    is_growing: bool
    whole: Mapping[_Kept, Passage]

    def passages(self, charts: Sequence[tuple[Segment, Chart]]) -> list[Passage]:
        """Return what the list shows of these files, in order.  Touches nothing else."""
        last = len(charts) - 1
        return [
            passage
            for number, (segment, chart) in enumerate(charts)
            for passage in self._of_file(segment, chart, is_last=number == last)
        ]

    def _of_file(self, segment: Segment, chart: Chart, *, is_last: bool) -> Iterator[Passage]:
        """Yield what is shown of a file: more than one passage where some of it is hidden."""
        url = _ADDRESS.format(name=segment.filename)
        from_ms = self.span.from_ms - chart.start_ms
        if chart.duration_ms <= from_ms:
            return
        to_ms = self.span.to_ms - chart.start_ms
        all_shown = visible_fragments(chart, self.reach)
        if not all_shown:
            return
        # Of a list that grows, addresses stay what they are when the file is finished meanwhile.
        may_grow = chart.closed_bytes is None or all_shown[-1].stop < len(chart)
        is_apart = self.is_growing or may_grow
        is_whole = (
            chart.closed_bytes is not None
            and from_ms <= 0
            and to_ms >= chart.duration_ms
            and all_shown == (range(len(chart)),)
        )
        known = self.whole.get((chart, self.piece_ms, is_apart)) if is_whole else None
        if known is not None:
            yield known
            return
        for shown in all_shown:
            pieces = list(
                pieces_of(
                    chart,
                    shown,
                    piece_ms=self.piece_ms,
                    from_ms=from_ms,
                    to_ms=to_ms,
                    is_growing=self.is_growing,
                    is_settled=not is_last or chart.closed_bytes is not None,
                )
            )
            if pieces:
                yield Passage(url, chart, pieces, is_whole, is_apart)


def _piece_ms(wish: ListWish) -> int:
    """Return how long pieces are at least: of one wish always the same, however late it is."""
    is_long = wish.to_ms is not None and wish.to_ms - wish.from_ms > _SHORT_LIST_MS
    return _LONG_PIECES_MS if is_long else _SHORT_PIECES_MS
