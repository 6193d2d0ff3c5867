"""How often answers were ready: totals, and the share over the last hour and the last day."""

from array import array
from dataclasses import dataclass
from typing import Final

HOUR_MINUTES: Final = 60
DAY_MINUTES: Final = 24 * 60
_MINUTE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Hits:
    """Hits and misses of some stretch of time."""

    hits: int
    misses: int

    @property
    def rate(self) -> str:
        """The share of hits as existing clients read it: `66.67%`, and `0%` where nobody asked."""
        asked = self.hits + self.misses
        return f"{100 * self.hits / asked:.2f}%" if asked else "0%"


class Tally:
    """Counts of one endpoint.

    The hot path adds one to `hits` and nothing else; once a minute `mark` notes where the counts
    stand, and a stretch of time is the difference of two notes.  23 KB, however much is asked; few
    endpoints ever are.
    """

    __slots__ = ("_began_mono", "_hits", "_marked", "_misses", "hits", "misses")

    def __init__(self, now_mono: float) -> None:
        self.hits = 0
        self.misses = 0
        self._began_mono = now_mono
        self._marked = 0
        """The minute since the beginning that was noted last; what was before it is zero."""
        self._hits = array("Q")
        self._misses = array("Q")

    def mark(self, now_mono: float) -> None:
        """Note the counts for every minute that has ended since the last note."""
        minute = int((now_mono - self._began_mono) / _MINUTE_S)
        if not self._hits and self.hits + self.misses:
            self._hits = array("Q", bytes(8 * (DAY_MINUTES + 1)))
            self._misses = array("Q", bytes(8 * (DAY_MINUTES + 1)))
        first = max(self._marked + 1, minute - DAY_MINUTES) if self._hits else minute + 1
        for ended in range(first, minute + 1):
            slot = ended % (DAY_MINUTES + 1)
            self._hits[slot] = self.hits
            self._misses[slot] = self.misses
        self._marked = max(self._marked, minute)

    def over(self, minutes: int) -> Hits:
        """Return the counts of the last `minutes` (at most a day), and of the minute under way."""
        if not self._hits:
            return self.total()
        # Before the first lap is full this meets a slot that still holds the zero of the beginning.
        slot = (self._marked - minutes) % (DAY_MINUTES + 1)
        return Hits(self.hits - self._hits[slot], self.misses - self._misses[slot])

    def total(self) -> Hits:
        """Return the counts since the beginning."""
        return Hits(self.hits, self.misses)
