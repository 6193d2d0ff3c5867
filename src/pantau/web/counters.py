"""How often something happened lately: counted before it is allowed, so that none slips through."""

from array import array
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from typing import Final, Protocol

from pantau.core.clock import Clock

_MOST_KEYS: Final = 50_000
_LOOKS: Final = 32
"""How many of the longest unused keys compete when one of them must go."""
_SLOTS: Final = 256


@dataclass(frozen=True, slots=True)
class Reservation:
    """What `Counters.reserve` answers."""

    count: int
    """How many happened within the window, this one included where it is allowed."""
    allowed: bool
    resets_after_s: float
    """Until the oldest of them leaves the window, and so one more is allowed."""

    @property
    def retry_after_s(self) -> float:
        """How long to wait before trying again; 0 where it is allowed."""
        return 0.0 if self.allowed else self.resets_after_s


class Counters(Protocol):
    """Sliding windows under keys.  One key always goes with the same window and limit.

    Two implementations: `MemoryCounters` for one process, `SharedCounters` for several.
    """

    async def reserve(self, key: str, *, limit: int, within_s: float) -> Reservation:
        """Count one more unless `limit` happened within the last `within_s` seconds.

        Atomic: of many at the same time exactly `limit` are allowed.  What is refused does not
        count, so waiting always helps.
        """
        ...

    async def count(self, key: str, *, within_s: float) -> int:
        """Return how many happened within the last `within_s` seconds; counts nothing."""
        ...

    async def forget(self, key: str) -> None:
        """Begin again at nothing."""
        ...

    async def give_back(self, key: str, *, within_s: float) -> None:
        """Uncount the latest of them; nothing happens where there is none."""
        ...


class MemoryCounters:
    """Counters of this process.  Loop only.

    Bounded: every new key pays for a look at two old ones, which leave when they have ended.  When
    there are too many all the same, one leaves that is far from its limit and was not used for
    long; who is at the limit stays.  Where all are at their limits, newcomers share what is left,
    so that a flood of keys resets nobody (lesson D23).
    """

    def __init__(self, clock: Clock, *, most_keys: int = _MOST_KEYS) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._events: OrderedDict[str, _Events] = OrderedDict()
        self._crowd: dict[tuple[float, int], _Events] = {}

    def __len__(self) -> int:
        return len(self._events) + len(self._crowd)

    async def reserve(self, key: str, *, limit: int, within_s: float) -> Reservation:
        now_mono = self._clock.mono_s()
        events = self._events.get(key)
        if events is None:
            events = self._new(key, limit, within_s, now_mono)
        else:
            self._events.move_to_end(key)
        count = events.trim(now_mono)
        allowed = count < limit
        if allowed:
            events.moments.append(now_mono)
            count += 1
        oldest_mono = events.moments[0] if count else now_mono
        return Reservation(count, allowed, oldest_mono + within_s - now_mono)

    async def count(self, key: str, *, within_s: float) -> int:
        events = self._events.get(key) or self._crowd.get(_slot(key, within_s))
        return events.trim(self._clock.mono_s()) if events else 0

    async def forget(self, key: str) -> None:
        self._events.pop(key, None)

    async def give_back(self, key: str, *, within_s: float) -> None:
        events = self._events.get(key) or self._crowd.get(_slot(key, within_s))
        if events and events.trim(self._clock.mono_s()):
            events.moments.pop()

    def _new(self, key: str, limit: int, within_s: float, now_mono: float) -> "_Events":
        for _ in range(2):
            self._look_at_oldest(now_mono)
        slot = _slot(key, within_s)
        crowd = self._crowd.get(slot)
        if crowd is not None:
            if crowd.trim(now_mono):
                return crowd  # among them may be those of this key
            del self._crowd[slot]
        if len(self._events) < self._most_keys or self._make_room(now_mono):
            return self._events.setdefault(key, _Events(limit, within_s))
        return self._crowd.setdefault(slot, _Events(limit, within_s))

    def _look_at_oldest(self, now_mono: float) -> None:
        if self._events:
            key, events = self._events.popitem(last=False)
            if events.trim(now_mono):
                self._events[key] = events

    def _make_room(self, now_mono: float) -> bool:
        looked_at = {
            key: self._events[key].nearness(now_mono) for key in islice(self._events, _LOOKS)
        }
        least = min(looked_at, key=lambda key: looked_at[key])
        if looked_at[least] < 1:
            del self._events[least]
            return True
        for key in looked_at:
            self._events.move_to_end(key)
        return False


class _Events:
    """When the allowed ones happened, oldest first; never longer than the limit."""

    __slots__ = ("limit", "moments", "within_s")

    def __init__(self, limit: int, within_s: float) -> None:
        self.limit = limit
        self.within_s = within_s
        self.moments: array[float] = array("d")

    def trim(self, now_mono: float) -> int:
        """Drop what has left the window; return how many stay."""
        moments = self.moments
        left = bisect_right(moments, now_mono - self.within_s)
        if left:
            del moments[:left]
        return len(moments)

    def nearness(self, now_mono: float) -> float:
        """Return how near the limit this is, from 0 to 1."""
        return self.trim(now_mono) / self.limit


def _slot(key: str, within_s: float) -> tuple[float, int]:
    # Python seeds `hash` anew in every process, so nobody can choose who to share with.
    return within_s, hash(key) % _SLOTS
