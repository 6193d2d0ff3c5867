"""Figures that are counted from everything there is: once for all who ask, and in advance."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Generic, TypeVar

from pantau.core.clock import Clock
from pantau.core.errors import Problem

_Figure = TypeVar("_Figure")
SHARE: Final = 50
"""One part in so many of the time is what counting may take."""
DEAR_S: Final = 0.1
"""What took longer nobody waits for who can have the last answer."""
OLDEST_S: Final = 600.0
"""An older answer is told to nobody."""


class Figures(Generic[_Figure]):
    """The last answer of `count`, which is asked again when somebody wants to know.  Loop only.

    However many ask at once, it is counted once.  Where `follow` runs, figures that are dear are
    counted there, and whoever asks meanwhile gets the last ones.
    """

    def __init__(
        self, count: Callable[[], Awaitable[_Figure]], clock: Clock, *, every_s: float
    ) -> None:
        self._count = count
        self._clock = clock
        self._every_s = every_s
        self._known: _Figure | None = None
        self._counted_mono = float("-inf")
        self._took_s = 0.0
        self._counting = asyncio.Lock()
        self._wanted = asyncio.Event()
        self._is_followed = False

    async def now(self) -> _Figure:
        """Return figures; the first ones are waited for, and those that are cheap to have."""
        known, is_dear = self._known, self._took_s > DEAR_S
        if known is not None and self._is_followed and is_dear and self._age_s() < OLDEST_S:
            if self._is_due():
                self._wanted.set()
            return known
        return await self._fresh()

    async def follow(self) -> None:
        """Count when somebody asked for what is old; never returns."""
        self._is_followed = True
        try:
            while True:
                await self._wanted.wait()
                self._wanted.clear()
                # Whoever asks next has it tried again.
                with suppress(Problem):
                    await self._fresh()
        finally:
            self._is_followed = False

    async def _fresh(self) -> _Figure:
        async with self._counting:
            if self._known is not None and not self._is_due():
                return self._known
            began_mono = self._clock.mono_s()
            found = await self._count()
            self._known, self._counted_mono = found, self._clock.mono_s()
            self._took_s = self._counted_mono - began_mono
            return found

    def _is_due(self) -> bool:
        return self._age_s() >= max(self._every_s, SHARE * self._took_s)

    def _age_s(self) -> float:
        return self._clock.mono_s() - self._counted_mono
