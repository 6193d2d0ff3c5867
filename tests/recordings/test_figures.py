"""Figures that are dear: counted once for all, and while nobody waits who can have old ones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from pantau.core.errors import Unavailable
from pantau.recordings.figures import DEAR_S, OLDEST_S, SHARE, Figures
from tests.support.clock import HandWoundClock
from tests.support.waiting import until

pytestmark = pytest.mark.anyio
EVERY_S = 5.0


class Counter:
    """Counts how often it is asked; each time takes a while of the clock."""

    def __init__(self, clock: HandWoundClock, *, takes_s: float) -> None:
        self.clock = clock
        self.takes_s = takes_s
        self.asked = 0
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def count(self) -> int:
        self.asked += 1
        number = self.asked
        await self.may_end.wait()
        self.clock.wind(self.takes_s)
        return number


@pytest.fixture
async def following() -> AsyncIterator[list[asyncio.Task[None]]]:
    """What runs until the test is over."""
    tasks: list[asyncio.Task[None]] = []
    yield tasks
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_many_who_ask_at_once_have_it_counted_once() -> None:
    counter = Counter(HandWoundClock(), takes_s=1.0)
    figures = Figures(counter.count, counter.clock, every_s=EVERY_S)
    assert await asyncio.gather(*(figures.now() for _ in range(20))) == [1] * 20


async def test_counting_takes_a_small_part_of_the_time() -> None:
    counter = Counter(HandWoundClock(), takes_s=2.0)
    figures = Figures(counter.count, counter.clock, every_s=EVERY_S)
    await figures.now()
    counter.clock.wind(2.0 * SHARE - 1)
    assert await figures.now() == 1
    counter.clock.wind(2)
    assert await figures.now() == 2


async def test_nobody_waits_for_dear_figures_who_can_have_the_last_ones(
    following: list[asyncio.Task[None]],
) -> None:
    counter = Counter(HandWoundClock(), takes_s=2 * DEAR_S)
    figures = Figures(counter.count, counter.clock, every_s=EVERY_S)
    following.append(asyncio.create_task(figures.follow()))
    await asyncio.sleep(0)
    assert await figures.now() == 1
    counter.may_end.clear()
    counter.clock.wind(SHARE)
    assert await figures.now() == 1, "it waits for what is being counted"
    await until(lambda: counter.asked == 2, what="somebody who counts")
    assert await figures.now() == 1
    counter.may_end.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert await figures.now() == 2
    counter.clock.wind(OLDEST_S)
    assert await figures.now() == 3, "what is too old is told"


async def test_what_could_not_be_counted_is_counted_for_whoever_asks_next(
    following: list[asyncio.Task[None]],
) -> None:
    clock, answers = HandWoundClock(), [1, None, 3]

    async def count() -> int:
        clock.wind(2 * DEAR_S)
        answer = answers.pop(0)
        if answer is None:
            raise Unavailable("database.busy", "The database is busy.")
        return answer

    figures = Figures(count, clock, every_s=EVERY_S)
    following.append(asyncio.create_task(figures.follow()))
    await asyncio.sleep(0)
    assert await figures.now() == 1
    clock.wind(SHARE)
    assert await figures.now() == 1
    await until(lambda: len(answers) == 1, what="a count that fails")
    assert await figures.now() == 1
    await until(lambda: not answers, what="another count")
    for _ in range(10):
        await asyncio.sleep(0)
    assert await figures.now() == 3
