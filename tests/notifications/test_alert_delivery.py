"""Services that time out, refuse, are too busy or away: nothing is lost, nothing is doubled."""

import pytest

from pantau.notifications.channel import TIMED_OUT, Outcome
from pantau.notifications.delivering import MOST_TRIES
from pantau.notifications.values import MessageState
from tests.notifications.alarm_house import AlarmHouse

TIMEOUT = Outcome(is_sent=False, reason=TIMED_OUT)
REFUSED_CONNECTION = Outcome(is_sent=False, reason="A connection error occurred")
SERVER_ERROR = Outcome(is_sent=False, reason="error=503")
REJECTED = Outcome(is_sent=False, reason="Bad Request, error=400", is_final=True)
TOO_MANY = Outcome(is_sent=False, reason="error=429", retry_after_s=300.0)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("failure", [TIMEOUT, REFUSED_CONNECTION, SERVER_ERROR])
async def test_what_could_not_be_delivered_is_tried_again_and_arrives_once(
    house: AlarmHouse, failure: Outcome
) -> None:
    house.channel.answers = [failure, failure, failure]
    await house.down(1)
    await house.pass_s(150)
    assert house.said() == []
    house.begin()
    await house.pass_s(600)
    assert house.titles() == ["Camera down: Gate 1"]
    assert house.channel.tried == 4


async def test_down_and_up_arrive_in_their_order_when_the_line_is_back(house: AlarmHouse) -> None:
    house.channel.answers = [TIMEOUT] * 5
    await house.down(1)
    await house.pass_s(140)
    await house.up(1)
    await house.pass_s(1_200)
    assert house.titles() == ["Camera down: Gate 1", "Camera up again: Gate 1"]


async def test_what_comes_up_while_a_target_is_silent_is_one_message_afterwards(
    house: AlarmHouse,
) -> None:
    house.channel.answers = [TIMEOUT] * 4
    await house.down(1)
    await house.pass_s(150)
    await house.down(2)
    await house.pass_s(30)
    await house.down(3)
    await house.pass_s(600)
    assert house.titles() == ["Camera down: Gate 1", "2 cameras down"]


async def test_a_service_that_asks_to_wait_is_left_alone(house: AlarmHouse) -> None:
    house.channel.answers = [TOO_MANY]
    await house.down(1)
    await house.pass_s(160)
    assert house.channel.tried == 1
    await house.pass_s(270)
    assert house.channel.tried == 1
    await house.pass_s(40)
    assert house.titles() == ["Camera down: Gate 1"]


async def test_what_is_refused_for_good_is_a_dead_letter_and_holds_nobody_up(
    house: AlarmHouse,
) -> None:
    house.channel.answers = [REJECTED]
    await house.down(1)
    await house.pass_s(300)
    await house.down(2)
    await house.pass_s(300)
    assert house.titles() == ["Camera down: Gate 2"]
    (dead,) = await house.messages(MessageState.DEAD)
    assert (dead.title, dead.fault) == ("[Hub] Camera down: Gate 1", "Bad Request, error=400")


async def test_after_many_tries_a_message_is_dead_and_not_lost(house: AlarmHouse) -> None:
    house.channel.answers = [TIMEOUT] * MOST_TRIES
    await house.down(1)
    await house.pass_s(200)
    await house.pass_s(12 * 3_600, step_s=1_800)
    assert house.said() == []
    assert [each.tries for each in await house.messages(MessageState.DEAD)] == [MOST_TRIES]


async def test_it_counts_as_announced_when_it_has_arrived(house: AlarmHouse) -> None:
    house.channel.answers = [TIMEOUT]
    await house.down(1)
    await house.pass_s(145)
    assert [each.announced_at for each in await house.told()] == [None]
    await house.pass_s(60)
    (after,) = await house.told()
    assert after.announced_at is not None


async def test_every_target_gets_its_own_and_one_that_fails_holds_up_none(
    house: AlarmHouse,
) -> None:
    await house.add_target("json://127.0.0.1/b")
    house.channel.answers = [TIMEOUT]
    await house.down(1)
    await house.pass_s(300)
    assert sorted(address for address, _ in house.channel.arrived) == [
        "json://127.0.0.1/a",
        "json://127.0.0.1/b",
    ]
