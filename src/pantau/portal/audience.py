"""How many watch each camera, as public pages say it: a few seconds old at most, never a zero."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

OLDEST: Final = timedelta(seconds=5)
"""How old a count on a page may be."""


def nobody() -> Mapping[int, int]:
    """Return the counts of a house in which nobody is counted."""
    return {}


class Audience:
    """Counts read at most every few seconds, however many pages ask.  Loop only.

    `counts` returns the viewers of every camera that has any; `lately` how many watched each in the
    last days, for what is popular.
    """

    def __init__(
        self,
        counts: Callable[[], Mapping[int, int]],
        now: Callable[[], datetime],
        *,
        lately: Callable[[], Mapping[int, int]] = nobody,
    ) -> None:
        self._count = counts
        self._now = now
        self._lately = lately
        self._read_at: datetime | None = None
        self._counts: Mapping[int, int] = {}
        self._order: Mapping[int, int] = {}
        self._stamp = 0

    @property
    def stamp(self) -> int:
        """A number that grows when the counts became others; kept pages depend on it."""
        self.counts()
        return self._stamp

    def counts(self) -> Mapping[int, int]:
        """Return the viewers of every camera that has any, by camera."""
        now = self._now()
        # A clock that was set back would keep the counts for as long as it was set back.
        if self._read_at is None or not timedelta() <= now - self._read_at < OLDEST:
            self._read_at = now
            counts = {number: count for number, count in self._count().items() if count > 0}
            lately = self._lately()
            if counts != self._counts or lately != self._order:
                self._counts, self._order = counts, lately
                self._stamp += 1
        return self._counts

    def forget(self) -> None:
        """Have the next question read the counts, however young the last ones are."""
        self._read_at = None

    def viewers_now(self, camera_id: int) -> int:
        """Return how many watch a camera; ask only for cameras that the asker may see."""
        return self.counts().get(camera_id, 0)

    def rank(self, camera_id: int) -> tuple[int, int]:
        """Return what cameras are ordered by, the most popular last."""
        return self.viewers_now(camera_id), self._order.get(camera_id, 0)
