import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from sqlalchemy import text

from pantau.core.clock import SystemClock
from pantau.core.supervisor import Service, Supervisor
from pantau.db.changes import Topic
from pantau.db.database import Database
from pantau.db.place import Place
from pantau.db.watching import ChangeWatcher
from tests.support.clock import HandWoundClock
from tests.support.database import opened
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


class Ears:
    """What was told, in order."""

    def __init__(self, database: Database) -> None:
        self.heard: list[Topic] = []
        topics: tuple[Topic, ...] = ("cameras", "areas", "keys")
        for topic in topics:
            database.changes.on(topic, partial(self.heard.append, topic))


@asynccontextmanager
async def watching(database: Database, *, listen_at_most_s: float = 60.0) -> AsyncIterator[Ears]:
    ears = Ears(database)
    clock = SystemClock()
    watcher = ChangeWatcher(database, clock=clock, listen_at_most_s=listen_at_most_s)
    await watcher.begin()
    supervisor = Supervisor(clock)
    supervisor.add(Service("watching", watcher.run))
    try:
        yield ears
    finally:
        await supervisor.stop(deadline_s=5.0)


async def change(database: Database, *topics: Topic) -> None:
    async with database.write() as work:
        for topic in topics:
            work.changed(topic)


async def test_another_process_hears_of_a_change_within_a_second(database_place: Place) -> None:
    async with opened(database_place) as one, opened(database_place) as other:
        async with watching(other) as ears:
            await change(one, "cameras")
            await until(lambda: ears.heard, timeout_s=45, what="the change is heard")
            await change(one, "areas", "keys")
            await until(lambda: len(ears.heard) == 3, timeout_s=45, what="all are heard")
        assert ears.heard[0] == "cameras"
        assert set(ears.heard[1:]) == {"areas", "keys"}


async def test_own_writes_are_told_once_also_with_a_watcher(database_place: Place) -> None:
    async with opened(database_place) as one, opened(database_place) as other:
        async with watching(one) as ours, watching(other) as theirs:
            for _ in range(5):
                await change(one, "cameras")
            await change(other, "areas")
            await until(lambda: "areas" in ours.heard, what="the other's change is heard")
            await until(lambda: "cameras" in theirs.heard, what="ours is heard")
        assert ours.heard == ["cameras"] * 5 + ["areas"]
        assert theirs.heard.count("areas") == 1


async def test_what_happened_before_the_beginning_is_not_told_and_what_came_after_is(
    database_place: Place,
) -> None:
    async with opened(database_place) as one, opened(database_place) as other:
        await change(one, "cameras")
        ears = Ears(other)
        watcher = ChangeWatcher(other, clock=SystemClock())
        await watcher.begin()
        await change(one, "areas")
        task = asyncio.create_task(watcher.run())
        await until(lambda: ears.heard, what="the later change")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert ears.heard == ["areas"]


async def test_a_rolled_back_change_is_heard_by_nobody(database_place: Place) -> None:
    async with opened(database_place) as one, opened(database_place) as other:
        async with watching(other) as ears:
            with pytest.raises(RuntimeError, match="halfway"):
                await _fail_halfway(one)
            await change(one, "areas")
            await until(lambda: "areas" in ears.heard, what="the good change")
        assert ears.heard == ["areas"]


async def _fail_halfway(database: Database) -> None:
    async with database.write() as work:
        work.changed("cameras")
        raise RuntimeError("halfway")


async def test_a_topic_of_a_newer_pantau_is_passed_over(database_place: Place) -> None:
    async with opened(database_place) as one, opened(database_place) as other:
        async with watching(other) as ears:
            async with one.write() as work:
                await work.session.execute(
                    text("INSERT INTO change_counters (topic, value) VALUES ('tomorrow', 1)")
                )
            await change(one, "areas")
            await until(lambda: ears.heard, what="the known topic")
        assert ears.heard == ["areas"]


async def test_a_lost_notification_costs_some_seconds_and_no_change(
    database_place: Place,
) -> None:
    async with opened(database_place) as one, opened(database_place) as other:
        async with watching(other, listen_at_most_s=0.1) as ears:
            await change(one, "areas")
            await until(lambda: ears.heard, what="the change that was told")
            async with one.write() as work:
                # As `change` does it, without telling anybody.
                await work.session.execute(
                    text("INSERT INTO change_counters (topic, value) VALUES ('keys', 1)")
                )
            await until(lambda: len(ears.heard) == 2, what="the silent change")
        assert ears.heard == ["areas", "keys"]


async def test_a_file_is_looked_at_four_times_a_second(sqlite_place: Place) -> None:
    async with opened(sqlite_place) as one, opened(sqlite_place) as other:
        clock = HandWoundClock()
        ears = Ears(other)
        watcher = ChangeWatcher(other, clock=clock)
        await watcher.begin()
        task = asyncio.create_task(watcher.run())
        await until(lambda: clock.sleepers, what="the first look")
        await change(one, "cameras")
        await clock.advance(0.25)
        await until(lambda: ears.heard, what="the second look")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert ears.heard == ["cameras"]


async def test_a_restarted_postgresql_is_watched_again(
    postgresql_place: Place,
) -> None:
    async with opened(postgresql_place) as one, opened(postgresql_place) as other:
        async with watching(other) as ears:
            async with one.write() as work:
                await work.session.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            await change(one, "cameras")
            await until(lambda: ears.heard, timeout_s=45, what="the change after the loss")
        assert ears.heard == ["cameras"]


_WRITER = """
import asyncio, pathlib, sys
from pantau.core.clock import SystemClock
from pantau.db.database import open_database
from pantau.db.place import Place, sqlite_place
from sqlalchemy import make_url

async def main(address):
    is_url = "://" in address
    place = Place(make_url(address)) if is_url else sqlite_place(pathlib.Path(address))
    database = open_database(place, clock=SystemClock())
    async with database.write() as work:
        work.changed("cameras")
    await database.close()

asyncio.run(main(sys.argv[1]))
"""


async def test_a_real_other_process_is_heard(database_place: Place) -> None:
    address = str(database_place.file or database_place.url.render_as_string(hide_password=False))
    async with opened(database_place) as database, watching(database) as ears:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", _WRITER, address)
        assert await process.wait() == 0
        await until(lambda: ears.heard, timeout_s=45, what="the change of the process")
    assert ears.heard == ["cameras"]
