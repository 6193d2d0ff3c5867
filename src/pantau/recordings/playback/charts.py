"""Which bytes of a file hold which second: indexes as short as can be, many kept at once."""

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from itertools import accumulate
from operator import add, sub
from typing import Final

from pantau.core.clock import Clock
from pantau.media.archive.index import BrokenIndexError, Index, IndexHead, read_index
from pantau.media.archive.naming import index_key
from pantau.media.packets import VIDEO_TIME_BASE
from pantau.recordings.models import Segment
from pantau.recordings.playback.whereabouts import Whereabouts
from pantau.recordings.storage.base import StorageError

_MOST_INDEX_BYTES: Final = 16 * 2**20
_FRESH_S: Final = 0.25
"""How old the chart of a file that grows may be: many may watch the same camera."""
_OVERHEAD_BYTES: Final = 1_500
_MILLISECOND: Final = VIDEO_TIME_BASE // 1000


class Chart:
    """The index of one file.  Fragments are known by their numbers, times are media time.

    About 30 bytes a fragment, a tenth of what `Index` takes: a day of a camera is 3 MB.
    """

    __slots__ = (
        "_at_ms",
        "_end_ms",
        "_keys",
        "_late_ms",
        "_offsets",
        "_sizes",
        "closed_bytes",
        "head",
        "index_bytes",
    )

    def __init__(self, index: Index, *, index_bytes: int = 0) -> None:
        self.head: Final[IndexHead] = index.head
        self.closed_bytes: Final = index.closed_bytes
        """The size of the finished file; None: it may still grow."""
        self.index_bytes: Final = index_bytes
        columns: Sequence[Sequence[int]] = tuple(zip(*index.fragments, strict=True)) or ((),) * 6
        offsets, sizes, ticks, lengths, walls_ms, keys = columns
        self._offsets: array[int] = array("Q", offsets)
        self._sizes: array[int] = array("L", sizes)
        self._at_ms: array[int] = array("q", (at // _MILLISECOND for at in ticks))
        ends = map(add, ticks, lengths)
        self._end_ms: array[int] = array("q", (end // _MILLISECOND for end in ends))
        # By whichever clock is later, and never less than before: footage that must not be seen yet
        # is not early because a clock was set.
        lasting = map(sub, self._end_ms, self._at_ms)
        late = map(max, self._end_ms, map(add, walls_ms, lasting))
        self._late_ms: array[int] = array("q", accumulate(late, max))
        self._keys = bytes(keys)

    def __len__(self) -> int:
        return len(self._offsets)

    @property
    def start_ms(self) -> int:
        """Unix milliseconds of media time 0."""
        return self.head.start_ms

    @property
    def duration_ms(self) -> int:
        return self._end_ms[-1] if self._end_ms else 0

    @property
    def late_ms(self) -> int:
        """When all of it is over by the later clock, from the beginning."""
        return self._late_ms[-1] if self._late_ms else 0

    @property
    def end_bytes(self) -> int:
        """Where the last fragment ends."""
        return self.stretch(len(self) - 1, len(self))[1] if len(self) else self.init_end

    @property
    def init_end(self) -> int:
        """Where the first fragment can begin."""
        return self.head.init_offset + self.head.init_size

    @property
    def cost_bytes(self) -> int:
        """About how much memory it takes."""
        return _OVERHEAD_BYTES + 41 * len(self)

    def at_ms(self, number: int) -> int:
        """Return when a fragment begins."""
        return self._at_ms[number]

    def end_ms(self, number: int) -> int:
        """Return when a fragment ends."""
        return self._end_ms[number]

    def is_key(self, number: int) -> bool:
        """Tell whether a player can begin with a fragment."""
        return bool(self._keys[number])

    def stretch(self, first: int, stop: int) -> tuple[int, int]:
        """Return the first byte of a fragment, and the one after the last of those up to `stop`."""
        return self._offsets[first], self._offsets[stop - 1] + self._sizes[stop - 1]

    def within(self, from_ms: int, to_ms: int) -> tuple[int, int]:
        """Return the first fragment and the one after the last that lie wholly in a stretch."""
        return bisect_left(self._at_ms, from_ms), bisect_right(self._late_ms, to_ms)

    def next_key(self, number: int, stop: int) -> int:
        """Return the first fragment from `number` on that is a key; `stop`: none before it."""
        found = self._keys.find(b"\x01", number, stop)
        return stop if found < 0 else found

    def number_at(self, at_ms: int) -> int:
        """Return which fragment is shown at a moment; -1: none yet."""
        return bisect_right(self._at_ms, at_ms) - 1

    def key_before(self, at_ms: int, first: int) -> int:
        """Return the last key at or before a moment, not before the fragment `first`; -1: none."""
        last = bisect_right(self._at_ms, at_ms)
        return self._keys.rfind(b"\x01", first, last)


class Charts:
    """Reads charts and keeps those used last, up to `most_bytes`.  Loop only."""

    def __init__(
        self, whereabouts: Whereabouts, clock: Clock, *, most_bytes: int = 32 * 2**20
    ) -> None:
        self._whereabouts = whereabouts
        self._clock = clock
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[int, int], tuple[Chart, float]] = OrderedDict()
        self.kept_bytes = 0

    async def of(self, segment: Segment) -> Chart | None:
        """Return the chart of a segment as it is at this moment; None: nobody can tell.

        What is finished is read once, what grows is read again when it has grown.
        """
        at = (segment.camera_id, segment.start_ms)
        kept = self._kept.get(at)
        chart = None
        if kept is not None:
            chart, read_mono = kept
            self._kept.move_to_end(at)
            is_fresh = self._clock.mono_s() - read_mono < _FRESH_S
            if chart.closed_bytes is not None or is_fresh:
                return chart
        read_mono = self._clock.mono_s()
        try:
            read = await self._read(segment, chart)
        except (StorageError, BrokenIndexError):
            return None
        self._keep(at, read, read_mono)
        return read

    def forget(self, camera_id: int, start_ms: int) -> None:
        """Drop what is known of a file."""
        self._drop((camera_id, start_ms))

    async def _read(self, segment: Segment, known: Chart | None) -> Chart:
        key = index_key(segment.camera_id, segment.start_ms)
        data = await self._whereabouts.read(segment, key, _MOST_INDEX_BYTES)
        if known is not None and len(data) == known.index_bytes:
            return known
        index = read_index(data)
        if (index.head.camera_id, index.head.start_ms) != (segment.camera_id, segment.start_ms):
            # Rights are about times: what another file's index says of them opens nothing.
            raise BrokenIndexError("the index of another file")
        return Chart(index, index_bytes=len(data))

    def _keep(self, at: tuple[int, int], chart: Chart, read_mono: float) -> None:
        self._drop(at)
        self._kept[at] = (chart, read_mono)
        self.kept_bytes += chart.cost_bytes
        while self.kept_bytes > self._most_bytes and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def _drop(self, at: tuple[int, int]) -> None:
        dropped = self._kept.pop(at, None)
        if dropped is not None:
            self.kept_bytes -= dropped[0].cost_bytes
