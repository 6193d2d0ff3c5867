"""What threads post arrives on the loop, in order and without end to memory."""

import asyncio
import threading

import pytest

from pantau.core.clock import SystemClock
from pantau.media.handoff import Handoff
from tests.support.clock import HandWoundClock
from tests.support.waiting import until, until_in_thread

pytestmark = pytest.mark.anyio


async def test_calls_of_many_threads_arrive_on_the_loop_in_the_order_of_each() -> None:
    handoff = Handoff(clock=SystemClock())
    seen: list[tuple[int, int, int]] = []

    def post_in_thread(number: int) -> None:
        for step in range(200):
            handoff.post_in_thread(
                lambda step=step: seen.append((number, step, threading.get_ident()))  # type: ignore[misc]
            )

    threads = [threading.Thread(target=post_in_thread, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    await until(lambda: len(seen) == 800)
    for number in range(4):
        assert [step for who, step, _ in seen if who == number] == list(range(200))
    assert {where for _, _, where in seen} == {threading.get_ident()}


async def test_a_call_that_raises_does_not_take_the_others_with_it() -> None:
    handoff = Handoff(clock=SystemClock())
    seen: list[str] = []
    reported: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    def fail() -> None:
        raise ZeroDivisionError

    for call in (lambda: seen.append("a"), fail, lambda: seen.append("b")):
        handoff.post_in_thread(call)
    await until(lambda: seen == ["a", "b"])
    assert len(reported) == 1


async def test_a_loop_that_is_too_busy_holds_threads_back_and_in_the_end_drops() -> None:
    clock = HandWoundClock()
    handoff = Handoff(clock=clock, most_waiting=3)
    results: list[bool] = []

    def post_in_thread() -> None:
        results.extend(handoff.post_in_thread(lambda: None) for _ in range(4))

    thread = threading.Thread(target=post_in_thread)
    thread.start()
    # The loop is this function, and does not let go of it.
    until_in_thread(lambda: len(results) == 3)
    clock.wind(0.2)
    assert len(results) == 3
    until_in_thread(lambda: clock.wind(1.0) or len(results) == 4)  # type: ignore[func-returns-value]
    assert results == [True, True, True, False]
    assert handoff.dropped == 1
    thread.join()


async def test_a_thread_that_was_held_back_goes_on_when_there_is_room() -> None:
    handoff = Handoff(clock=SystemClock(), most_waiting=1)
    seen: list[int] = []

    def post_in_thread() -> None:
        for number in range(20):
            handoff.post_in_thread(lambda number=number: seen.append(number))  # type: ignore[misc]

    threading.Thread(target=post_in_thread).start()
    await until(lambda: seen == list(range(20)))
