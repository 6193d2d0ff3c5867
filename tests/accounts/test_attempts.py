"""Guessing: slow, then impossible; and no weapon against the owner."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from pantau.accounts.attempts import Attempts
from pantau.accounts.client import Client
from pantau.accounts.known_devices import KnownDevices
from pantau.core.errors import NotFound, Throttled, Unavailable
from pantau.settings.model import LimitSettings
from pantau.web.counters import Counters, MemoryCounters
from pantau.web.shared_counters import SharedCounters
from tests.accounts.door import winding
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio

HERE = Client(address="192.0.2.7")
MINUTE_S = 60


@pytest.fixture
def clock() -> HandWoundClock:
    return HandWoundClock()


@pytest.fixture(params=["memory", "valkey"])
async def counters(
    request: pytest.FixtureRequest, clock: HandWoundClock, anyio_backend: str
) -> AsyncIterator[Counters]:
    if request.param == "memory":
        yield MemoryCounters(clock)
        return
    shared = SharedCounters(request.getfixturevalue("valkey_url"), clock)
    yield shared
    await shared.close()


@pytest.fixture
def devices(clock: HandWoundClock) -> KnownDevices:
    return KnownDevices(b"d" * 32, clock)


@pytest.fixture
def attempts(counters: Counters, devices: KnownDevices, clock: HandWoundClock) -> Attempts:
    return Attempts(counters, devices, limits=LimitSettings(), clock=clock)


def at(number: int) -> Client:
    return Client(address=f"198.51.100.{number}")


async def guess(attempts: Attempts, name: str = "siti", client: Client = HERE) -> bool:
    """Guess wrong; return whether the guess was looked at."""
    async with attempts.begin(name, client) as attempt:
        await attempt.failed()
        return not attempt.is_locked


async def succeed(attempts: Attempts, name: str = "siti", client: Client = HERE) -> bool:
    async with attempts.begin(name, client) as attempt:
        if not attempt.is_locked:
            await attempt.passed()
        else:
            await attempt.failed()
        return not attempt.is_locked


async def guesses(
    attempts: Attempts, clock: HandWoundClock, *clients: Client, name: str = "siti"
) -> list[bool]:
    return [await winding(clock, guess(attempts, name, client)) for client in clients]


async def test_fifty_parallel_guesses_cannot_exceed_the_limit_of_an_account(
    attempts: Attempts, clock: HandWoundClock
) -> None:
    everybody = asyncio.gather(
        *(guess(attempts, client=at(number)) for number in range(50)), return_exceptions=True
    )

    results = await winding(clock, _gathered(everybody))

    assert results.count(True) == 5
    assert all(isinstance(result, bool | Throttled) for result in results)


async def test_defect_75_parallel_guesses_of_one_address_cannot_exceed_its_limit(
    attempts: Attempts, clock: HandWoundClock
) -> None:
    everybody = asyncio.gather(
        *(guess(attempts, name=f"name{number}") for number in range(50)), return_exceptions=True
    )

    results = await winding(clock, _gathered(everybody))

    assert 1 <= results.count(True) <= 10
    assert sum(isinstance(result, Throttled) for result in results) >= 40


async def _gathered(everybody: "asyncio.Future[list[bool | BaseException]]") -> list[object]:
    return list(await everybody)


async def test_defect_75_delay_comes_before_the_work_and_doubles(
    attempts: Attempts, clock: HandWoundClock
) -> None:
    waited = []
    for number in range(6):
        began = clock.mono_s()
        await winding(clock, guess(attempts, client=at(number)))
        waited.append(clock.mono_s() - began)
    assert waited == [0, 1, 2, 4, 8, 8]


async def test_defect_16_account_stays_locked_for_thirty_minutes(
    attempts: Attempts, clock: HandWoundClock
) -> None:
    await guesses(attempts, clock, *(at(number) for number in range(5)))
    clients = iter(at(number) for number in range(5, 50))

    for _ in range(5):
        await clock.advance(5 * MINUTE_S)
        assert not await winding(clock, succeed(attempts, client=next(clients)))
    assert await attempts.is_account_locked("siti")

    await clock.advance(5 * MINUTE_S)
    assert await winding(clock, succeed(attempts, client=next(clients)))
    assert not await attempts.is_account_locked("siti")


async def test_defect_16_locked_account_answers_as_slowly_as_a_wrong_password(
    attempts: Attempts, clock: HandWoundClock
) -> None:
    await guesses(attempts, clock, *(at(number) for number in range(5)))
    began = clock.mono_s()
    await winding(clock, guess(attempts, client=at(9)))
    assert clock.mono_s() - began == 8


async def test_attempts_on_a_locked_account_count_for_the_address(
    attempts: Attempts, clock: HandWoundClock
) -> None:
    await guesses(attempts, clock, *(at(number) for number in range(5)))

    assert await guesses(attempts, clock, *[HERE] * 10) == [False] * 10
    with pytest.raises(Throttled):
        await winding(clock, guess(attempts))


async def test_address_is_locked_for_an_hour_and_told_how_long(
    attempts: Attempts, clock: HandWoundClock
) -> None:
    for number in range(10):
        await winding(clock, guess(attempts, name=f"name{number}"))

    with pytest.raises(Throttled) as caught:
        await winding(clock, guess(attempts, name="other"))
    assert caught.value.facts["retry_after_s"] == 3600
    await clock.advance(59 * MINUTE_S)
    with pytest.raises(Throttled) as later:
        await winding(clock, succeed(attempts))
    assert later.value.facts["retry_after_s"] == 60
    assert await winding(clock, succeed(attempts, client=at(1)))

    await clock.advance(1 * MINUTE_S)
    assert await winding(clock, succeed(attempts))


async def test_success_uses_up_nothing(attempts: Attempts, clock: HandWoundClock) -> None:
    for _ in range(40):
        assert await winding(clock, succeed(attempts))


async def test_success_forgets_the_failures_of_the_account_and_not_of_the_address(
    attempts: Attempts, clock: HandWoundClock
) -> None:
    await guesses(attempts, clock, *[HERE] * 4)
    assert await winding(clock, succeed(attempts))
    assert await guesses(attempts, clock, *[HERE] * 4) == [True] * 4
    assert await winding(clock, succeed(attempts))
    await guesses(attempts, clock, *[HERE] * 2)
    with pytest.raises(Throttled):
        await winding(clock, succeed(attempts))


async def test_defect_76_known_device_gets_in_while_strangers_are_locked_out(
    attempts: Attempts, clock: HandWoundClock, devices: KnownDevices
) -> None:
    owner = replace(HERE, device_cookie=devices.make("siti"))
    await guesses(attempts, clock, *(at(number) for number in range(5)))
    for number in range(10):
        await winding(clock, guess(attempts, name=f"name{number}"))

    began = clock.mono_s()
    assert await winding(clock, succeed(attempts, client=owner))
    assert clock.mono_s() == began
    assert not await winding(clock, succeed(attempts, client=at(9)))


async def test_known_device_may_not_guess_for_ever_either(
    attempts: Attempts, clock: HandWoundClock, devices: KnownDevices
) -> None:
    thief = replace(HERE, device_cookie=devices.make("siti"))
    assert await guesses(attempts, clock, *[thief] * 6) == [True] * 5 + [False]
    assert await winding(clock, succeed(attempts))


async def test_device_known_to_one_account_is_a_stranger_to_others(
    attempts: Attempts, clock: HandWoundClock, devices: KnownDevices
) -> None:
    mallory = replace(HERE, device_cookie=devices.make("mallory"))
    await guesses(attempts, clock, *(at(number) for number in range(5)))
    assert not await winding(clock, succeed(attempts, client=mallory))


async def test_marks_of_devices_are_genuine_and_grow_old(
    clock: HandWoundClock, devices: KnownDevices
) -> None:
    mark = devices.make("siti")
    assert devices.find(mark, "siti") is not None
    other = ("A" if mark[0] != "A" else "B") + mark[1:]
    for wrong in (other, mark[:-1], mark + "A", "é" * 56, "!" * 56, ""):
        assert devices.find(wrong, "siti") is None
    await clock.advance(181 * 86_400)
    assert devices.find(mark, "siti") is None


async def test_admin_unlocks_an_account_and_an_address(
    attempts: Attempts, clock: HandWoundClock
) -> None:
    for number in range(10):
        await winding(clock, guess(attempts, name="siti" if number < 5 else f"n{number}"))

    await attempts.unlock_address(HERE.address)
    assert not await winding(clock, succeed(attempts))
    await attempts.unlock_account("siti")
    began = clock.mono_s()
    assert await winding(clock, succeed(attempts, client=at(1)))
    assert clock.mono_s() == began


async def test_few_attempts_of_one_address_may_wait(
    attempts: Attempts, clock: HandWoundClock
) -> None:
    await guesses(attempts, clock, HERE)
    waiting = [asyncio.ensure_future(guess(attempts, name=f"name{n}")) for n in range(7)]
    done, _ = await asyncio.wait(waiting, timeout=45, return_when=asyncio.FIRST_EXCEPTION)

    refused = [task for task in done if isinstance(task.exception(), Throttled)]
    assert refused
    await winding(clock, _gathered(asyncio.gather(*waiting, return_exceptions=True)))
    assert sum(task.exception() is None for task in waiting) == 5


async def test_attempt_that_is_broken_off_counts(attempts: Attempts, clock: HandWoundClock) -> None:
    async def hang() -> None:
        async with attempts.begin("siti", HERE):
            await asyncio.Event().wait()

    for _ in range(5):
        task = asyncio.ensure_future(hang())
        await winding(clock, _after_a_while(task))
        task.cancel()
        await asyncio.wait([task])
    assert not await winding(clock, succeed(attempts, client=at(1)))


async def _after_a_while(task: "asyncio.Task[None]") -> None:
    await asyncio.wait([task], timeout=0.1)


async def test_trouble_of_ours_is_nobodys_failure(
    attempts: Attempts, clock: HandWoundClock, counters: Counters
) -> None:
    async def fail(problem: Exception) -> None:
        async with attempts.begin("siti", HERE):
            raise problem

    for problem in (Unavailable("db.away", "The database is away."), NotFound("x", "No.")):
        with pytest.raises(type(problem)):
            await winding(clock, fail(problem))
    assert await counters.count(f"address:{HERE.address}", within_s=900) == 0


async def test_nothing_is_left_behind_in_memory(attempts: Attempts, clock: HandWoundClock) -> None:
    await guesses(attempts, clock, *(at(number) for number in range(5)))
    assert not attempts._gates
    assert not attempts._delayed


async def test_only_failures_from_devices_that_had_signed_in_are_no_guesses(
    attempts: Attempts, devices: KnownDevices, clock: HandWoundClock
) -> None:
    mallory = replace(HERE, device_cookie=devices.make("mallory"))
    await guesses(attempts, clock, HERE, at(2), mallory)
    assert attempts.known_failures == 0
    await guesses(attempts, clock, replace(HERE, device_cookie=devices.make("siti")))
    assert attempts.known_failures == 1
