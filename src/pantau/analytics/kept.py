"""Answers that several people ask for at once: worked out once, and kept for a few seconds."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from pantau.core.clock import Clock

_MOST: Final = 64
"""Answers that are kept; days can be asked for one by one."""
_Value = TypeVar("_Value")


@dataclass(slots=True)
class _Place(Generic[_Value]):
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    value: _Value | None = None
    made_mono: float = float("-inf")
    version: int = -1


class Kept(Generic[_Value]):
    """Keeps one answer per question.  Loop only.

    An answer serves `keep_s` seconds; after `forget` only those that are younger than `least_s`,
    so that a stream of changes does not make every question a query.
    """

    def __init__(self, clock: Clock, *, keep_s: float, least_s: float = 1.0) -> None:
        self._clock = clock
        self._keep_s = keep_s
        self._least_s = least_s
        self._version = 0
        self._places: OrderedDict[Hashable, _Place[_Value]] = OrderedDict()

    def forget(self) -> None:
        """Let answers that were made before this moment serve no longer."""
        self._version += 1

    async def get(self, question: Hashable, work: Callable[[], Awaitable[_Value]]) -> _Value:
        """Return the answer, made by `work` unless one is at hand; a failure is not kept."""
        place = self._places.get(question)
        if place is None:
            place = self._places[question] = _Place()
        self._places.move_to_end(question)
        while len(self._places) > _MOST:
            self._places.popitem(last=False)
        async with place.lock:
            if place.value is None or not self._serves(place):
                version, made_mono = self._version, self._clock.mono_s()
                place.value = await work()
                place.version, place.made_mono = version, made_mono
            return place.value

    def _serves(self, place: _Place[_Value]) -> bool:
        age_s = self._clock.mono_s() - place.made_mono
        return age_s < (self._keep_s if place.version == self._version else self._least_s)
