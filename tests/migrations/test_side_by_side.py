"""Two releases on one database: the older one goes on while the newer one takes steps and works."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select, text

from pantau.audit import repository as trail_rows
from pantau.audit.actors import CONSOLE
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.audit.verification import Verifier
from pantau.cameras.models import CameraSource
from pantau.cameras.repository import insert_cameras
from pantau.cameras.stored import StoredCamera
from pantau.core.sealing import Sealer, keyring
from pantau.db.database import Database
from pantau.db.place import Place
from pantau.site.models import SiteValueRow
from tests.backups.releases import EXPANDING, NEXT, TODAY, next_steps
from tests.migrations.steps import FIRST, ask, step, take, written
from tests.support.cameras import camera
from tests.support.clock import START, HandWoundClock
from tests.support.database import above_sql, opened
from tests.support.waiting import until

pytestmark = pytest.mark.anyio
SECRET = b"s" * 32
MINUTES = 60


class Release:
    """What one process of a release does to the database, with code of today."""

    def __init__(self, name: str, database: Database, clock: HandWoundClock, folder: Path) -> None:
        self.name = name
        self.database = database
        self.clock = clock
        self.trail = AuditTrail(database, key=SECRET, clock=clock)
        self.sealer = Sealer(keyring(folder / "sealing.keys"))

    async def work(self, number: int) -> None:
        """Add a camera, change a setting, have both on record."""
        source = CameraSource(f"rtsp://10.0.0.1/{number}")
        stored = StoredCamera(
            camera=camera(number, source=source), created_at=START, updated_at=START
        )
        async with self.database.write() as work:
            await insert_cameras(work, [stored], sealer=self.sealer)
            work.session.add(
                SiteValueRow(key=f"{self.name}.{number}", value=number, updated_at=START)
            )
            work.changed("cameras")
            await self.trail.record(work, CONSOLE, Action.CREATE_CAMERA, target=f"camera {number}")

    async def values(self) -> int:
        async with self.database.read() as work:
            return len((await work.session.execute(select(SiteValueRow))).scalars().all())


@above_sql
async def test_an_hour_of_both_releases_on_one_database(
    database_place: Place, tmp_path: Path
) -> None:
    clock = HandWoundClock()
    async with opened(database_place) as older_one:
        older = Release("older", older_one, clock, tmp_path)
        # Before, while and after the newer one takes its step, with the connections it had.
        await older.work(1)
        steps = await asyncio.to_thread(next_steps, tmp_path, EXPANDING)
        taking = asyncio.create_task(take(database_place, tmp_path, steps))
        await older.work(2)
        assert (await taking).after == NEXT
        async with opened(database_place) as newer_one:
            newer = Release("newer", newer_one, clock, tmp_path)
            for minute in range(MINUTES):
                # The clock of a hub may step back in the middle of it.
                clock.set_wall_back(7200.0) if minute == MINUTES // 2 else clock.wind(60.0)
                await older.work(10 + 2 * minute)
                await newer.work(11 + 2 * minute)
                if minute % 10 == 0:
                    async with newer_one.write() as work:
                        await work.session.execute(
                            text("UPDATE cameras SET colour = 'red' WHERE id = :id"),
                            {"id": 10 + 2 * minute},
                        )
            assert await older.values() == await newer.values() == 2 + 2 * MINUTES
            report = await Verifier(newer_one, key=SECRET, witness=None).verify()
            assert report.ok, report.found
            async with newer_one.read() as work:
                head = await trail_rows.read_head(work)
            assert head is not None
            assert head.last_id == 2 + 2 * MINUTES
    counted = "SELECT colour, count(*) FROM cameras GROUP BY colour ORDER BY colour"
    assert await ask(database_place, counted) == [("blue", 2 + 2 * MINUTES - 6), ("red", 6)]
    assert (await take(database_place, tmp_path)).after == NEXT


async def test_releases_that_start_at_once_agree(sqlite_place: Place, tmp_path: Path) -> None:
    steps = await asyncio.to_thread(next_steps, tmp_path, EXPANDING)
    started = [
        take(sqlite_place, tmp_path / "backups", steps)
        if number % 2
        else take(sqlite_place, tmp_path)
        for number in range(8)
    ]
    done = await asyncio.gather(*started)
    assert sum(not each.did_nothing for each in done) == 1
    assert {each.after for each in done} <= {TODAY, NEXT}
    assert await ask(sqlite_place, "SELECT version_num FROM alembic_version") == [(NEXT,)]


@pytest.mark.long
async def test_an_upgrade_does_not_wait_where_others_would_wait_behind_it(
    empty_server_place: Place, tmp_path: Path
) -> None:
    await take(empty_server_place, tmp_path, written(tmp_path, FIRST))
    change = step(2, "op.add_column('things', sa.Column('colour', sa.String(9)))")
    reading = asyncio.Event()
    over = asyncio.Event()

    async def read_long() -> None:
        async with opened(empty_server_place) as database, database.read() as work:
            await work.session.execute(text("SELECT * FROM things"))
            reading.set()
            await over.wait()

    reader = asyncio.create_task(read_long())
    await reading.wait()
    taking = asyncio.create_task(
        take(empty_server_place, tmp_path, written(tmp_path, FIRST, change))
    )
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    found: list[object] = []

    async def look() -> None:
        while not found:
            if await ask(empty_server_place, waiting) == [(1,)]:
                found.append("waits")
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    await until(lambda: found, what="an upgrade that waits for a table")
    await looking
    # Somebody who comes later is let in, sooner or later, although the reader still reads.
    async with opened(empty_server_place) as database, database.read() as work:
        await work.session.execute(text("SELECT count(*) FROM things"))
    assert not taking.done()
    over.set()
    assert (await taking).after == "0002"
    await reader
