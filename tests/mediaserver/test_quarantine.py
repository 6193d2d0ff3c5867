"""Cameras that crashed a shard."""

from datetime import timedelta

import pytest

from pantau.mediaserver.quarantine import FIRST_PARK_S, MOST_PARK_S, Quarantine
from tests.support.clock import START, HandWoundClock

pytestmark = pytest.mark.anyio


async def test_parked_camera_is_released_when_its_time_is_over() -> None:
    clock = HandWoundClock()
    quarantine = Quarantine(clock)
    quarantine.park("gate", "order")
    assert quarantine.is_parked("gate")
    assert quarantine.until_at("gate") == START + timedelta(seconds=FIRST_PARK_S)
    await clock.advance(FIRST_PARK_S - 1)
    assert quarantine.release() == []
    await clock.advance(1)
    assert quarantine.release() == ["gate"]
    assert not quarantine.is_parked("gate")
    assert quarantine.until_at("gate") is None
    assert quarantine.release() == []


async def test_released_camera_stays_a_suspect() -> None:
    clock = HandWoundClock()
    quarantine = Quarantine(clock)
    quarantine.park("gate", "order")
    await clock.advance(FIRST_PARK_S)
    quarantine.release()
    assert quarantine.is_suspect("gate")
    assert not quarantine.is_suspect("yard")


async def test_every_further_crash_doubles_the_time_up_to_hours() -> None:
    quarantine = Quarantine(HandWoundClock())
    waits_s = [quarantine.park("gate", "order") for _ in range(20)]
    assert waits_s[:3] == [FIRST_PARK_S, 2 * FIRST_PARK_S, 4 * FIRST_PARK_S]
    assert waits_s[-1] == MOST_PARK_S


async def test_other_order_acquits_and_the_same_does_not() -> None:
    quarantine = Quarantine(HandWoundClock())
    quarantine.park("gate", "order")
    quarantine.see_order("gate", "order")
    assert quarantine.is_parked("gate")
    quarantine.see_order("gate", "another")
    assert not quarantine.is_parked("gate")
    assert not quarantine.is_suspect("gate")


async def test_removed_camera_leaves_no_trace() -> None:
    quarantine = Quarantine(HandWoundClock())
    quarantine.park("gate", "order")
    quarantine.forget("gate")
    assert not quarantine.is_suspect("gate")
