"""Sliding windows, the same in one process and in several."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.web.counters import Counters, MemoryCounters
from pantau.web.shared_counters import SharedCounters
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> HandWoundClock:
    return HandWoundClock()


@pytest.fixture(params=["memory", "valkey"])
async def counters(
    request: pytest.FixtureRequest, clock: HandWoundClock
) -> AsyncIterator[Counters]:
    if request.param == "memory":
        yield MemoryCounters(clock)
        return
    shared = SharedCounters(request.getfixturevalue("valkey_url"), clock)
    yield shared
    assert shared.answers, "the server was not asked"
    await shared.close()


async def test_what_is_above_the_limit_is_refused_until_the_oldest_has_left(
    counters: Counters, clock: HandWoundClock
) -> None:
    first = await counters.reserve("a", limit=2, within_s=60)
    assert (first.count, first.allowed, first.retry_after_s) == (1, True, 0)
    clock.wind(20)
    assert (await counters.reserve("a", limit=2, within_s=60)).allowed
    clock.wind(10)
    refused = await counters.reserve("a", limit=2, within_s=60)
    assert (refused.count, refused.allowed) == (2, False)
    assert refused.retry_after_s == pytest.approx(30, abs=0.01)
    clock.wind(29.9)
    assert not (await counters.reserve("a", limit=2, within_s=60)).allowed
    clock.wind(0.2)
    again = await counters.reserve("a", limit=2, within_s=60)
    assert (again.count, again.allowed) == (2, True)


async def test_what_is_refused_does_not_count_so_that_waiting_helps(
    counters: Counters, clock: HandWoundClock
) -> None:
    for _ in range(30):
        await counters.reserve("a", limit=1, within_s=60)
        clock.wind(2.05)
    assert (await counters.reserve("a", limit=1, within_s=60)).allowed


async def test_defect_75_many_at_the_same_time_get_exactly_the_limit(counters: Counters) -> None:
    answers = await asyncio.gather(
        *(counters.reserve("a", limit=10, within_s=60) for _ in range(50))
    )
    assert sum(answer.allowed for answer in answers) == 10
    assert sorted(answer.count for answer in answers if answer.allowed) == list(range(1, 11))


async def test_keys_do_not_know_of_each_other(counters: Counters) -> None:
    await counters.reserve("a", limit=1, within_s=60)
    assert (await counters.reserve("b", limit=1, within_s=60)).allowed
    assert await counters.count("c", within_s=60) == 0


async def test_counting_counts_nothing(counters: Counters, clock: HandWoundClock) -> None:
    await counters.reserve("a", limit=5, within_s=60)
    clock.wind(30)
    await counters.reserve("a", limit=5, within_s=60)
    assert [await counters.count("a", within_s=60) for _ in range(3)] == [2, 2, 2]
    clock.wind(31)
    assert await counters.count("a", within_s=60) == 1
    clock.wind(30)
    assert await counters.count("a", within_s=60) == 0


async def test_what_is_forgotten_begins_again(counters: Counters) -> None:
    for _ in range(3):
        await counters.reserve("a", limit=3, within_s=60)
    await counters.forget("a")
    assert (await counters.reserve("a", limit=3, within_s=60)).count == 1


async def test_what_is_given_back_makes_room_for_one(counters: Counters) -> None:
    for _ in range(3):
        await counters.reserve("a", limit=3, within_s=60)
    await counters.give_back("a", within_s=60)
    assert await counters.count("a", within_s=60) == 2
    assert (await counters.reserve("a", limit=3, within_s=60)).allowed
    assert not (await counters.reserve("a", limit=3, within_s=60)).allowed
    await counters.give_back("nothing", within_s=60)
    assert await counters.count("nothing", within_s=60) == 0


async def test_a_wall_clock_that_is_set_back_does_not_count_longer_than_the_window(
    counters: Counters, clock: HandWoundClock
) -> None:
    await counters.reserve("a", limit=1, within_s=60)
    clock.set_wall_back(3600)
    refused = await counters.reserve("a", limit=1, within_s=60)
    assert refused.retry_after_s <= 60


async def test_processes_count_together(valkey_url: str, clock: HandWoundClock) -> None:
    one, other = SharedCounters(valkey_url, clock), SharedCounters(valkey_url, clock)
    answers = await asyncio.gather(
        *(
            each.reserve("together", limit=7, within_s=60)
            for _ in range(20)
            for each in (one, other)
        )
    )
    assert sum(answer.allowed for answer in answers) == 7
    await other.forget("a")
    assert await one.count("a", within_s=60) == 0
    for each in (one, other):
        assert each.answers
        await each.close()


async def test_a_flood_of_keys_neither_fills_the_memory_nor_resets_who_is_at_the_limit() -> None:
    clock = HandWoundClock()
    counters = MemoryCounters(clock, most_keys=200)
    for _ in range(5):
        await counters.reserve("guesser", limit=5, within_s=900)
    await counters.reserve("lock", limit=1, within_s=900)
    for number in range(5000):
        await counters.reserve(f"flood {number}", limit=5, within_s=900)
        assert len(counters) <= 200
    assert not (await counters.reserve("guesser", limit=5, within_s=900)).allowed
    assert await counters.count("lock", within_s=900) == 1


async def test_where_all_are_at_their_limit_newcomers_share_and_nobody_begins_again() -> None:
    clock = HandWoundClock()
    counters = MemoryCounters(clock, most_keys=100)
    for number in range(3000):
        await counters.reserve(f"lock {number}", limit=1, within_s=900)
    assert len(counters) <= 100 + 256
    for number in range(3000):
        assert not (await counters.reserve(f"lock {number}", limit=1, within_s=900)).allowed
        assert await counters.count(f"lock {number}", within_s=900) == 1
    clock.wind(901)
    for number in range(100):
        assert (await counters.reserve(f"lock {number}", limit=1, within_s=900)).allowed


async def test_keys_that_have_ended_leave_while_others_come() -> None:
    clock = HandWoundClock()
    counters = MemoryCounters(clock)
    for number in range(1000):
        await counters.reserve(f"old {number}", limit=5, within_s=60)
    clock.wind(61)
    for number in range(501):
        await counters.reserve(f"new {number}", limit=5, within_s=60)
    assert len(counters) <= 501


@given(st.lists(st.floats(min_value=0, max_value=40), max_size=60), st.integers(1, 6))
async def test_no_window_ever_holds_more_than_the_limit(pauses: list[float], limit: int) -> None:
    clock = HandWoundClock()
    counters = MemoryCounters(clock)
    allowed_at: list[float] = []
    for pause in pauses:
        clock.wind(pause)
        if (await counters.reserve("a", limit=limit, within_s=60)).allowed:
            allowed_at.append(clock.mono_s())
    for moment in allowed_at:
        assert sum(moment - 60 < other <= moment for other in allowed_at) <= limit
