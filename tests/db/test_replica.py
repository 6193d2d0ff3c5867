"""Two databases that never meet stand for a server and a replica that has not caught up."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import URL

from pantau.db.database import Database
from pantau.db.place import Place
from tests.db.rows import make_things, names_in, put
from tests.support.clock import HandWoundClock
from tests.support.database import fresh_postgresql, opened

pytestmark = pytest.mark.anyio


@pytest.fixture
def replica_place(postgresql_template: URL) -> Iterator[Place]:
    yield from fresh_postgresql(postgresql_template)


@pytest.fixture
def clock() -> HandWoundClock:
    return HandWoundClock()


@pytest.fixture
async def lagging(
    anyio_backend: str, postgresql_place: Place, replica_place: Place, clock: HandWoundClock
) -> AsyncIterator[Database]:
    async with opened(replica_place) as replica:
        # In a task of its own: who wrote is not sent to a replica for some seconds.
        await asyncio.create_task(make_things(replica, "old"))
    place = replace(postgresql_place, read_url=replica_place.url)
    async with opened(place, clock=clock) as database:
        yield database


async def elsewhere(database: Database) -> list[str]:
    """Read in a task that wrote nothing."""
    return await asyncio.create_task(names_in(database))


async def test_reads_go_to_the_replica(lagging: Database) -> None:
    assert await names_in(lagging) == ["old"]


async def test_who_wrote_reads_what_was_written(lagging: Database, clock: HandWoundClock) -> None:
    await asyncio.create_task(make_things(lagging, "new"))
    assert await names_in(lagging) == ["old"]
    async with lagging.write() as work:
        await put(work, 2, "newer")
    assert await names_in(lagging) == ["new", "newer"]
    await clock.advance(5.1)
    assert await names_in(lagging) == ["old"]


async def test_after_a_change_was_told_everybody_reads_it(
    lagging: Database, clock: HandWoundClock
) -> None:
    async def change() -> None:
        await make_things(lagging, "new")
        async with lagging.write() as work:
            work.changed("cameras")

    await asyncio.create_task(change())
    assert await names_in(lagging) == ["new"]
    await clock.advance(5.1)
    assert await names_in(lagging) == ["old"]
    lagging.heard("areas", 1)
    assert await names_in(lagging) == ["new"]
    await clock.advance(5.1)
    lagging.heard("areas", 1)
    assert await names_in(lagging) == ["old"]


async def test_a_failed_write_changes_nothing_about_reading(lagging: Database) -> None:
    with pytest.raises(RuntimeError, match="halfway"):
        async with lagging.write():
            raise RuntimeError("halfway")
    assert await names_in(lagging) == ["old"]


async def test_connections_to_both_are_counted(lagging: Database) -> None:
    await make_things(lagging, "new")
    await names_in(lagging)
    stats = lagging.stats()
    assert stats.read_pool_size == 1
    assert stats.read_misses == 1
