"""The response cache behind the real server: crowds, visitors who leave, one answer each."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.support.waiting import until
from tests.web.caching import BODY, House
from tests.web.http_peer import serving, visiting

pytestmark = pytest.mark.anyio

PATH = "/api/areas/public"
CROWD = 100


async def test_crowd_at_the_door_has_one_answer_built() -> None:
    house = House()
    house.source.gate.clear()
    async with serving(exact={PATH: house.route()}) as port, AsyncExitStack() as leaving:
        crowd = [await leaving.enter_async_context(visiting(port)) for _ in range(CROWD)]
        asking = [asyncio.create_task(visitor.ask(PATH)) for visitor in crowd]
        await until(lambda: house.cache.stats().total.misses == CROWD)
        house.source.gate.set()
        answers = await asyncio.gather(*asking)
    assert {(one.status, one.header("x-cache"), one.body) for one in answers} == {
        (200, "MISS", BODY)
    }
    assert house.source.builds == 1


async def test_first_visitor_who_hangs_up_leaves_the_others_their_answer() -> None:
    house = House()
    house.source.gate.clear()
    async with serving(exact={PATH: house.route()}) as port, visiting(port) as second:
        async with visiting(port) as first:
            await first.say(f"GET {PATH} HTTP/1.1\r\nhost: hub.example\r\n\r\n".encode())
            await until(lambda: house.source.builds == 1)
        asking = asyncio.create_task(second.ask(PATH))
        await until(lambda: house.cache.stats().total.misses == 2)
        house.source.gate.set()
        assert (await asking).body == BODY
        assert (await second.ask(PATH)).header("x-cache") == "HIT"
    assert house.source.builds == 1


async def test_every_question_gets_exactly_one_answer() -> None:
    house = House()
    ask = f"GET {PATH} HTTP/1.1\r\nhost: hub.example\r\n"
    async with serving(exact={PATH: house.route()}) as port, visiting(port) as visitor:
        await visitor.say(f"{ask}\r\n{ask}\r\n{ask}connection: close\r\n\r\n".encode())
        found = [(await visitor.hear()).header("x-cache") for _ in range(3)]
        rest = await visitor.hear_the_end()
    assert (found, rest) == (["MISS", "HIT", "HIT"], b"")


async def test_failure_is_told_in_the_envelope_and_not_kept() -> None:
    house = House()
    house.source.failure = KeyError("secret column")
    async with serving(exact={PATH: house.route()}) as port, visiting(port) as visitor:
        refused = await visitor.ask(PATH)
        house.source.failure = None
        answer = await visitor.ask(PATH)
    assert (refused.status, refused.header("cache-control")) == (500, "no-store")
    assert b'"success":false' in refused.body
    assert b"secret" not in refused.body
    assert (answer.status, answer.header("x-cache")) == (200, "MISS")


async def test_pages_of_other_sites_may_read_it() -> None:
    house = House()
    async with serving(exact={PATH: house.route()}) as port, visiting(port) as visitor:
        for _ in range(2):
            answer = await visitor.ask(PATH, origin="https://elsewhere.example")
            assert answer.header("access-control-allow-origin") == "*"
        assert (await visitor.ask(PATH, "POST")).status == 405
