"""How often each address read in this minute: cheap enough for every hot answer."""

from typing import Final

from pantau.core.clock import Clock

_WINDOW_S: Final = 60.0
_MOST_ADDRESSES: Final = 100_000
_SLOTS: Final = 1024
_HEAD: Final = b"x-ratelimit-limit: %d\r\nx-ratelimit-reset: %d\r\nx-ratelimit-remaining: "


class ReadLimit:
    """A fixed window of one minute, in this process.  Loop only; a dictionary look-up each.

    All counts end together, so nothing needs sweeping; addresses beyond the first hundred thousand
    of a minute share counts, so that a flood of them neither fills the memory nor resets anybody.
    """

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self.per_minute: Final = per_minute
        self._clock = clock
        self._ends_mono = float("-inf")
        self._counts: dict[str | int, int] = {}
        self._head = b""

    def count(self, address: str | None) -> int:
        """Count one more and return how many there were in this minute; of nobody, always none."""
        if self._clock.mono_s() >= self._ends_mono:
            self._begin()
        if address is None:
            return 0
        counts = self._counts
        count = counts.get(address)
        if count is None:
            return self._count_newcomer(address)
        counts[address] = count + 1
        return count + 1

    def has_passed(self, address: str) -> bool:
        """Tell whether `address` is over the limit; counts nothing."""
        if self._clock.mono_s() >= self._ends_mono:
            return False
        key = address if address in self._counts else hash(address) % _SLOTS
        return self._counts.get(key, 0) > self.per_minute

    def lines(self, count: int) -> bytes:
        """Return what an answer says about a count of this moment, ready for the wire."""
        return b"%s%d\r\n" % (self._head, max(0, self.per_minute - count))

    @property
    def ends_after_s(self) -> float:
        """How long the current minute lasts yet."""
        return max(0.0, self._ends_mono - self._clock.mono_s())

    def _count_newcomer(self, address: str) -> int:
        key: str | int = address
        if len(self._counts) >= _MOST_ADDRESSES:
            key = hash(address) % _SLOTS
        count = self._counts[key] = self._counts.get(key, 0) + 1
        return count

    def _begin(self) -> None:
        self._counts = {}
        self._ends_mono = self._clock.mono_s() + _WINDOW_S
        ends_unix_s = int(self._clock.unix_s() + _WINDOW_S)
        self._head = _HEAD % (self.per_minute, ends_unix_s)
