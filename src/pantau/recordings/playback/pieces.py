"""Cuts files into the pieces that players fetch, and writes the list of them.  Pure.

A piece begins with a key frame, so that a player can begin with any of them.  Where pieces begin
depends on the file alone: a list that is fetched again says the same of what it said before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from typing import Final, NamedTuple

from pantau.recordings.playback.asked import iso
from pantau.recordings.playback.charts import Chart

_VERSION: Final = 7
_LEAST_TARGET_S: Final = 2


class Piece(NamedTuple):
    """Some fragments of a file that follow each other."""

    at_ms: int
    """Media time."""
    duration_ms: int
    offset: int
    size: int


@dataclass(frozen=True)
class Passage:
    """What a list shows of one file without a break."""

    url: str
    chart: Chart
    pieces: Sequence[Piece]
    is_whole: bool = False
    """It shows all of a file that is finished, so that another list shows the same."""
    is_apart: bool = False
    """Each piece has an address of its own, because the file may get longer.

    Chromium remembers how long what is behind an address was, and ends a list there.
    """

    @property
    def from_ms(self) -> int:
        """Unix milliseconds of the first picture."""
        return self.chart.start_ms + self.pieces[0].at_ms

    @property
    def to_ms(self) -> int:
        last = self.pieces[-1]
        return self.chart.start_ms + last.at_ms + last.duration_ms

    @cached_property
    def duration_ms(self) -> int:
        return sum(piece.duration_ms for piece in self.pieces)

    @cached_property
    def longest_ms(self) -> int:
        return max(piece.duration_ms for piece in self.pieces)

    @cached_property
    def text(self) -> str:
        """Its lines of a list."""
        head, url, date = self.chart.head, self.url, iso(self.from_ms)
        init = f"{head.init_size}@{head.init_offset}"
        lines = [
            f'#EXT-X-MAP:URI="{url}?part={init}"'
            if self.is_apart
            else f'#EXT-X-MAP:URI="{url}",BYTERANGE="{init}"',
            f"#EXT-X-PROGRAM-DATE-TIME:{date}",
        ]
        for piece in self.pieces:
            part = f"{piece.size}@{piece.offset}"
            lines.append(f"#EXTINF:{piece.duration_ms / 1000:.3f},")
            lines += [f"{url}?part={part}"] if self.is_apart else [f"#EXT-X-BYTERANGE:{part}", url]
        return "\n".join(lines)


@dataclass(slots=True)
class PlayList:
    """A list as it is written down."""

    passages: list[Passage] = field(default_factory=list)
    is_over: bool = True
    """Whether nothing will be added; else it is fetched again and again."""
    start_ms: int | None = None
    """Where a player should begin, Unix milliseconds."""

    @property
    def to_ms(self) -> int | None:
        """Where it ends, Unix milliseconds; None: it is empty."""
        return self.passages[-1].to_ms if self.passages else None

    def text(self) -> str:
        """Return it as an HLS media playlist (RFC 8216)."""
        ending = ["#EXT-X-ENDLIST"] if self.is_over else []
        body = "\n#EXT-X-DISCONTINUITY\n".join(passage.text for passage in self.passages)
        return "\n".join((*self._head(), body, *ending, ""))

    def _head(self) -> Iterator[str]:
        longest_ms = max((each.longest_ms for each in self.passages), default=0)
        yield "#EXTM3U"
        yield f"#EXT-X-VERSION:{_VERSION}"
        yield f"#EXT-X-TARGETDURATION:{max(_LEAST_TARGET_S, ceil(longest_ms / 1000))}"
        yield f"#EXT-X-PLAYLIST-TYPE:{'VOD' if self.is_over else 'EVENT'}"
        yield "#EXT-X-MEDIA-SEQUENCE:0"
        yield "#EXT-X-INDEPENDENT-SEGMENTS"
        if self.start_ms is not None and self.passages:
            offset_ms = self._offset_ms(self.start_ms)
            yield f"#EXT-X-START:TIME-OFFSET={offset_ms / 1000:.3f},PRECISE=YES"

    def _offset_ms(self, start_ms: int) -> int:
        """Return how much of the list comes before a moment: gaps take no time in a list."""
        before_ms = 0
        for passage in self.passages:
            if start_ms < passage.to_ms:
                return before_ms + max(0, start_ms - passage.from_ms)
            before_ms += passage.duration_ms
        return before_ms


def pieces_of(
    chart: Chart,
    shown: range,
    *,
    piece_ms: int,
    from_ms: int = 0,
    to_ms: int | None = None,
    is_growing: bool = False,
    is_settled: bool = True,
) -> Iterator[Piece]:
    """Yield the pieces of the fragments `shown`, from the key at or before `from_ms` (media time).

    Up to the one that holds the last moment before `to_ms`.  `is_growing`: of what may get longer
    only whole pieces, as what was said once cannot be said otherwise; that is what comes into
    sight only later, and the end of a file that is not `is_settled`.
    """
    first = max(chart.key_before(from_ms, shown.start), shown.start)
    first = chart.next_key(first, shown.stop)
    stop = shown.stop
    for begins, whole_ends in _grid(chart, piece_ms, stop=stop):
        is_whole = whole_ends <= stop and (is_settled or whole_ends < len(chart))
        if is_growing and not is_whole:
            return
        ends = min(whole_ends, stop)
        if ends <= first or (to_ms is not None and chart.at_ms(begins) >= to_ms):
            continue
        number = max(begins, first)
        # Of the piece across the edge of what may be seen, from the next key on.
        number = chart.next_key(number, ends)
        if number < ends:
            yield _piece(chart, number, ends)


def _grid(chart: Chart, piece_ms: int, *, stop: int) -> Iterator[tuple[int, int]]:
    """Yield where the pieces of a whole file begin and end, of those that begin before `stop`."""
    count = len(chart)
    begins = chart.next_key(0, count)
    while begins < stop:
        ends = chart.next_key(begins + 1, count)
        while ends < count and chart.at_ms(ends) - chart.at_ms(begins) < piece_ms:
            ends = chart.next_key(ends + 1, count)
        yield begins, ends
        begins = ends


def _piece(chart: Chart, first: int, stop: int) -> Piece:
    offset, end = chart.stretch(first, stop)
    at_ms = chart.at_ms(first)
    until_ms = chart.end_ms(stop - 1)
    if stop < len(chart):
        # To where the next begins: sums of rounded lengths would drift.
        until_ms = max(until_ms, min(chart.at_ms(stop), until_ms + 100))
    return Piece(at_ms, until_ms - at_ms, offset, end - offset)
