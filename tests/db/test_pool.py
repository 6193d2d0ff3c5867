import asyncio
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from pantau.core.clock import SystemClock
from pantau.core.errors import Unavailable
from pantau.db.database import Database, open_database
from pantau.db.place import Place
from pantau.db.pool import NOTICED_S
from tests.db.rows import ask_forever, make_things, names_in, put
from tests.support.clock import HandWoundClock
from tests.support.database import opened
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


async def test_who_finds_every_reader_busy_is_refused_at_the_deadline(
    database_place: Place,
) -> None:
    async with opened(database_place, readers=2, wait_s=0.05) as database, AsyncExitStack() as held:
        for _ in range(2):
            await held.enter_async_context(database.read())
        with pytest.raises(Unavailable) as refused:
            async with database.read():
                pass
        assert refused.value.code == "database.busy"
        assert refused.value.facts["retry_after_s"] == 2.0
        stats = database.stats()
        assert (stats.pool_exhausted_total, stats.pool_timeouts_total) == (1, 1)
        assert stats.read_pool_size == stats.read_pool_in_use == 2
        assert stats.longest_wait_s >= 0.05
        await held.aclose()
        async with database.read():
            assert database.stats().pool_timeouts_total == 1


@pytest.mark.parametrize(
    ("held_s", "noticed"), [(0.0, 0), (2 * NOTICED_S, 3)], ids=["at once", "after a while"]
)
async def test_waits_count_as_exhaustion_when_they_are_noticed(
    database_place: Place, held_s: float, noticed: int
) -> None:
    clock = HandWoundClock()
    async with opened(database_place, readers=1, wait_s=5.0, clock=clock) as database:

        async def read() -> None:
            async with database.read():
                pass

        async with database.read():
            waiting = [asyncio.create_task(read()) for _ in range(3)]
            await until(lambda: database.stats().pool_waits_total == 3, what="three wait")
            clock.wind(held_s)
        await asyncio.gather(*waiting)
        stats = database.stats()

    assert (stats.pool_exhausted_total, stats.pool_timeouts_total) == (noticed, 0)
    assert (sum(stats.read_waits), sum(stats.write_waits)) == (3, 0)
    assert stats.longest_wait_s == pytest.approx(held_s)


async def test_who_waits_for_the_one_writer_exhausts_no_pool(database_place: Place) -> None:
    clock = HandWoundClock()
    async with opened(database_place, wait_s=5.0, clock=clock) as database:

        async def write() -> None:
            async with database.write():
                pass

        async with database.write():
            waiting = asyncio.create_task(write())
            await until(lambda: database.stats().pool_waits_total == 1, what="it waits")
            clock.wind(1.0)
        await waiting
        stats = database.stats()

    assert (stats.pool_exhausted_total, sum(stats.write_waits)) == (0, 1)


async def test_who_cannot_be_refused_waits_longer(database_place: Place) -> None:
    async with opened(database_place, wait_s=0.05) as database:
        written = asyncio.Event()

        async def write() -> None:
            async with database.write(within_s=60):
                written.set()

        async with database.write():
            waiting = asyncio.create_task(write())
            await until(lambda: database.stats().pool_waits_total == 1, what="it waits")
            with pytest.raises(Unavailable):
                async with database.write():
                    pass
            assert not written.is_set()
        await waiting
        assert written.is_set()


async def test_who_waits_gets_the_first_connection_that_is_given_back(
    database_place: Place,
) -> None:
    async with opened(database_place, readers=1) as database:
        order: list[int] = []

        async def read(number: int) -> None:
            async with database.read() as work:
                await work.session.execute(text("SELECT 1"))
                order.append(number)

        async with database.read():
            waiting = [asyncio.create_task(read(number)) for number in range(6)]
            await until(lambda: database.stats().pool_waits_total == 6, what="six wait")
        await asyncio.gather(*waiting)
        assert order == list(range(6))
        assert database.stats().read_pool_size == 1


async def test_writers_are_served_in_the_order_in_which_they_came(database: Database) -> None:
    await make_things(database)

    async def write(number: int) -> None:
        async with database.write() as work:
            await put(work, number, f"thing {9 - number}")

    await asyncio.gather(*(write(number) for number in range(8)))
    assert await names_in(database) == [f"thing {9 - number}" for number in range(8)]
    assert database.stats().write_misses == 1


async def test_a_crowd_never_opens_more_connections_than_allowed(database_place: Place) -> None:
    async with opened(database_place, readers=3) as database:
        await make_things(database, "gate")
        most = 0

        async def read() -> None:
            nonlocal most
            assert await names_in(database) == ["gate"]
            most = max(most, database.stats().read_pool_size)

        await asyncio.gather(*(read() for _ in range(60)))
        stats = database.stats()
        assert most == 3
        assert stats.read_misses == 3
        assert stats.read_hits == 57
        assert stats.pool_timeouts_total == 0
        assert stats.read_pool_in_use == 0


async def test_cancelled_readers_give_their_connections_back(database_place: Place) -> None:
    async with opened(database_place, readers=2, wait_s=2.0) as database:
        for _ in range(3):
            started = asyncio.Event()
            tasks = [asyncio.create_task(_read_forever(database, started)) for _ in range(4)]
            await started.wait()
            await until(lambda: database.stats().read_pool_in_use == 2, what="two read")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert all(task.cancelled() for task in tasks)
        assert database.stats().read_pool_in_use == 0
        async with database.read(), database.read() as work:
            assert await work.session.scalar(text("SELECT 1")) == 1


async def _read_forever(database: Database, started: asyncio.Event) -> None:
    async with database.read() as work:
        started.set()
        await ask_forever(work)


async def test_cancelling_while_connecting_costs_no_connection(database_place: Place) -> None:
    async with opened(database_place, readers=1, wait_s=2.0) as database:
        for turns in range(12):
            task = asyncio.create_task(_read_once(database))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await _read_once(database)
        assert database.stats().read_pool_in_use == 0
        assert database.stats().pool_timeouts_total == 0


async def _read_once(database: Database) -> None:
    async with database.read() as work:
        assert await work.session.scalar(text("SELECT 1")) == 1


async def test_one_slow_reader_does_not_hold_up_the_writer(database: Database) -> None:
    await make_things(database)
    started = asyncio.Event()
    task = asyncio.create_task(_read_forever(database, started))
    await started.wait()
    async with database.write() as work:
        await put(work, 1, "gate")
    assert await names_in(database) == ["gate"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_numbers_have_the_names_that_clients_know(database_place: Place) -> None:
    async with opened(database_place) as database:
        assert database.stats().as_reference()["hitRate"] == "0%"
        await make_things(database, "gate")
        for _ in range(8):
            await names_in(database)
        told = database.stats().as_reference()
    assert told | {"read_wait_s": 0, "write_wait_s": 0, "longest_wait_s": 0} == {
        "readHits": 7,
        "readMisses": 1,
        "writeHits": 0,
        "writeMisses": 1,
        "totalQueries": told["totalQueries"],
        "readPoolSize": 1,
        "readPoolInUse": 0,
        "readPoolAvailable": 1,
        "writeConnectionActive": True,
        "hitRate": "78%",
        "pool_waits_total": 0,
        "pool_exhausted_total": 0,
        "pool_timeouts_total": 0,
        "read_wait_s": 0,
        "write_wait_s": 0,
        "longest_wait_s": 0,
    }
    # One to make the table, one to fill it, eight to read it; PostgreSQL also takes its lock.
    assert told["totalQueries"] in {10, 11}


async def test_a_pool_says_that_it_is_open_once_in_the_words_that_operators_look_for(
    sqlite_place: Place,
) -> None:
    with capture_logs() as said:
        database = open_database(sqlite_place, clock=SystemClock(), readers=5)
        await _read_once(database)
        await database.close()
    line = "[ConnectionPool] Initialized with max 5 read connections"
    assert [entry["event"] for entry in said] == [line]


async def test_closing_waits_for_who_is_inside_and_lets_nobody_else_in(
    database_place: Place,
) -> None:
    async with opened(database_place) as database:
        await make_things(database)
        entered = asyncio.Event()
        leave = asyncio.Event()
        order: list[str] = []

        async def write() -> None:
            async with database.write() as work:
                entered.set()
                await leave.wait()
                await put(work, 1, "gate")
            order.append("written")

        async def close() -> None:
            await database.close()
            order.append("closed")

        writer = asyncio.create_task(write())
        await entered.wait()
        closing = asyncio.create_task(close())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await asyncio.shield(closing)
        leave.set()
        await asyncio.gather(writer, closing)
        assert order == ["written", "closed"]
        with pytest.raises(Unavailable, match="stopping"):
            await _read_once(database)
    async with opened(database_place) as again:
        assert await names_in(again) == ["gate"]
