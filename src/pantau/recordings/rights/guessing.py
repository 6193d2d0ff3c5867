"""Guessing playback tokens made slow: ten wrong ones a minute from one address."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from pantau.core.clock import Clock
from pantau.core.errors import Throttled, Unavailable
from pantau.web.client_address import limit_key
from pantau.web.counters import Counters

MOST_WRONG: Final = 10
WITHIN_S: Final = 60.0
_MOST_BLOCKED: Final = 10_000


@dataclass(slots=True)
class Guess:
    """One attempt under way; it counts as wrong unless it is taken back."""

    is_wrong: bool = True

    def take_back(self) -> None:
        """Nothing was guessed: whoever sent it has a token of ours."""
        self.is_wrong = False


class GuessGate:
    """Counts before anything is looked at, so that many at once cannot slip through.  Loop only.

    While an address is refused, right tokens are refused as well: else waiting would not be needed
    to tell them from wrong ones.
    """

    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock
        self._blocked_mono: OrderedDict[str, float] = OrderedDict()

    @asynccontextmanager
    async def attempt(self, address: str) -> AsyncIterator[Guess]:
        """Count an attempt; raises Throttled where there were too many wrong ones.

        One that is broken off counts; one for which the database is away does not.
        """
        key = _key(address)
        reservation = await self._counters.reserve(key, limit=MOST_WRONG, within_s=WITHIN_S)
        if not reservation.allowed:
            raise self._block(address, reservation.retry_after_s)
        guess = Guess()
        try:
            yield guess
        except Unavailable:
            guess.take_back()
            raise
        finally:
            if not guess.is_wrong:
                await self._counters.give_back(key, within_s=WITHIN_S)

    async def count_wrong(self, address: str) -> None:
        """Count a wrong token; raises Throttled where there were too many."""
        async with self.attempt(address):
            pass

    def check(self, address: str) -> None:
        """Raise Throttled for an address that this process has refused a moment ago.  No wait."""
        until_mono = self._blocked_mono.get(limit_key(address))
        left_s = 0.0 if until_mono is None else until_mono - self._clock.mono_s()
        if left_s > 0:
            raise _too_often(left_s)

    def _block(self, address: str, retry_after_s: float) -> Throttled:
        self._blocked_mono[limit_key(address)] = self._clock.mono_s() + retry_after_s
        while len(self._blocked_mono) > _MOST_BLOCKED:
            self._blocked_mono.popitem(last=False)
        return _too_often(retry_after_s)


def _key(address: str) -> str:
    return f"playback:{limit_key(address)}"


def _too_often(retry_after_s: float) -> Throttled:
    return Throttled(
        "playback.guessing",
        "Too many wrong codes from this address. Try again in a minute.",
        retry_after_s=max(1, round(retry_after_s)),
    )
