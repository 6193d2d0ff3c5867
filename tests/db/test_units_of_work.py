import asyncio
import stat
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pantau.core.errors import Unavailable
from pantau.db.changes import Topic
from pantau.db.database import Database
from pantau.db.place import Place, place_of
from tests.db.rows import ask_forever, make_things, names, names_in, put
from tests.support.database import opened
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


async def test_what_is_written_is_read_afterwards(database: Database) -> None:
    await make_things(database, "gate")
    assert await names_in(database) == ["gate"]


async def test_a_reading_cannot_write(database: Database) -> None:
    await make_things(database)
    with pytest.raises(DBAPIError):
        async with database.read() as work:
            await put(work, 1, "gate")
    assert await names_in(database) == []


async def test_a_failed_block_leaves_nothing_and_tells_nobody(database: Database) -> None:
    await make_things(database)
    told: list[Topic] = []
    database.changes.on("cameras", lambda: told.append("cameras"))
    with pytest.raises(RuntimeError, match="halfway"):
        await _fail_halfway(database)
    assert await names_in(database) == []
    assert told == []


async def _fail_halfway(database: Database) -> None:
    async with database.write() as work:
        work.changed("cameras")
        await put(work, 1, "gate")
        raise RuntimeError("halfway")


async def test_listeners_hear_after_the_commit_and_before_the_block_is_left(
    database: Database,
) -> None:
    await make_things(database)
    heard: list[str] = []
    database.changes.on("cameras", lambda: heard.append("cameras"))
    database.changes.on("areas", lambda: heard.append("areas"))
    async with database.write() as work:
        work.changed("cameras")
        work.changed("cameras")
        await put(work, 1, "gate")
        assert heard == []
    assert heard == ["cameras"]


async def test_a_reading_sees_one_state_throughout(database: Database) -> None:
    await make_things(database, "gate")
    async with database.read() as before:
        assert await names(before) == ["gate"]
        async with database.write() as work:
            await put(work, 2, "yard")
        assert await names(before) == ["gate"]
    assert await names_in(database) == ["gate", "yard"]


async def test_rows_stay_usable_after_their_block(database: Database) -> None:
    async with database.write() as work:
        work.changed("site")
    async with database.read() as reading:
        found = (await reading.session.execute(text("SELECT value FROM change_counters"))).one()
    assert found.value == 1


async def test_references_are_checked(sqlite_database: Database) -> None:
    async with sqlite_database.read() as work:
        assert await work.session.scalar(text("PRAGMA foreign_keys")) == 1
        assert await work.session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await work.session.scalar(text("PRAGMA synchronous")) == 1
        assert await work.session.scalar(text("PRAGMA query_only")) == 1
    async with sqlite_database.write() as work:
        assert await work.session.scalar(text("PRAGMA foreign_keys")) == 1


async def test_other_users_of_the_machine_cannot_read_the_file(sqlite_database: Database) -> None:
    await make_things(sqlite_database)
    file = sqlite_database.place.file
    assert file is not None
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in file.parent.glob("pantau.db*")}
    assert set(modes.values()) == {0o600}
    assert {"pantau.db", "pantau.db-wal", "pantau.db-shm"} <= set(modes)


async def test_writers_of_two_processes_never_overwrite_what_the_other_read(
    database_place: Place,
) -> None:
    async with opened(database_place) as one, opened(database_place) as other:
        await make_things(one)
        await asyncio.gather(*(_append(one if number % 2 else other) for number in range(40)))
        assert await names_in(one) == [str(number) for number in range(1, 41)]


async def _append(database: Database) -> None:
    async with database.write() as work:
        count = len(await names(work))
        await put(work, count + 1, str(count + 1))


async def test_a_writer_of_another_process_is_waited_for_until_the_deadline(
    database_place: Place,
) -> None:
    async with opened(database_place) as one, opened(database_place, wait_s=0.1) as other:
        await make_things(one)
        async with one.write() as work:
            await put(work, 1, "gate")
            with pytest.raises(Unavailable) as refused:
                await _append(other)
        assert refused.value.code == "database.busy"
        assert other.stats().pool_timeouts_total == 1
        await _append(other)
        assert await names_in(other) == ["gate", "2"]


async def test_a_commit_that_has_begun_is_carried_through_and_told(database: Database) -> None:
    await make_things(database)
    heard: list[str] = []
    database.changes.on("cameras", lambda: heard.append("cameras"))

    async def write() -> None:
        async with database.write() as work:
            work.changed("cameras")
            await put(work, 1, "gate")
            # Cancelled at the next await, which is the commit.
            task.cancel()

    task = asyncio.create_task(write())
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: heard, what="the change is told")
    assert await names_in(database) == ["gate"]
    assert heard == ["cameras"]


async def test_a_cancelled_writer_leaves_nothing_and_lets_the_next_one_in(
    database: Database,
) -> None:
    await make_things(database)
    started = asyncio.Event()

    async def write() -> None:
        async with database.write() as work:
            await put(work, 1, "gate")
            started.set()
            await ask_forever(work)

    task = asyncio.create_task(write())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.write() as work:
        assert await names(work) == []


async def test_a_database_that_cannot_be_reached_is_unavailable(tmp_path: Path) -> None:
    nobody = place_of("postgresql://pantau@/x?host=/nonexistent", data_dir=tmp_path)
    async with opened(nobody, wait_s=1.0) as database:
        with pytest.raises(Unavailable) as refused:
            await names_in(database)
    assert refused.value.code == "database.away"
    assert refused.value.facts["retry_after_s"]
