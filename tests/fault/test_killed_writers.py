import asyncio
import shutil
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from pantau.core.clock import SystemClock
from pantau.db.database import Database, Writing
from pantau.db.examining import damage
from pantau.db.place import Place, sqlite_place
from pantau.migrations.revisions import STEPS
from pantau.migrations.upgrade import Upgrade, read_standing, upgrade
from tests.support.database import above_sql, opened
from tests.support.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.fault]

WRITES = 1_000
KILLS = 5
ROOT = Path(__file__).resolve().parents[2]


@above_sql
async def test_kill_nine_among_a_thousand_writes_loses_none_that_was_acknowledged(
    database_place: Place,
) -> None:
    async with opened(database_place) as database:
        await _make_halves(database)
    known = 0
    for _ in range(KILLS):
        first = max(await _numbers(database_place), default=0) + 1
        known = await _write_until_killed(
            database_place, first=first, acknowledgements=WRITES // KILLS
        )
        found = await _numbers(database_place)
        assert found == list(range(1, len(found) + 1))
        # At most one more: its commit was done and could not be told any more.
        assert known <= max(found) <= known + 1
        assert await damage(database_place) == []
    assert known >= WRITES
    async with opened(database_place) as database:
        async with database.write() as work:
            await _put(work, WRITES * 10)
        assert database.stats().pool_timeouts_total == 0


async def test_a_killed_writer_holds_up_nobody(database_place: Place) -> None:
    async with opened(database_place, wait_s=5.0) as database:
        await _make_halves(database)
        killed = asyncio.create_task(
            _write_until_killed(database_place, first=1, acknowledgements=100)
        )
        mine = 100_000
        while not killed.done():
            async with database.write() as work:
                await _put(work, mine)
            mine += 1
        known = await killed
        found = await _numbers(database_place)
        assert known in found
        assert mine - 1 in found
        assert await damage(database_place) == []


async def test_kill_nine_inside_an_upgrade_leaves_the_tables_of_before(tmp_path: Path) -> None:
    place = sqlite_place(tmp_path / "pantau.db")
    await _upgrade(place, _steps(tmp_path / "one", _FIRST))
    mark = tmp_path / "inside"
    stuck = _SECOND + f"    open({str(mark)!r}, 'w').close()\n    __import__('time').sleep(60)\n"
    steps = _steps(tmp_path / "two", _FIRST, stuck)
    process = await _child("-c", _UPGRADE, str(place.file), str(steps))
    await until(mark.exists, timeout_s=45, what="the upgrade is inside a step")
    process.kill()
    await process.wait()
    standing = await read_standing(place, clock=SystemClock())
    assert standing.stored == "0001"
    assert await damage(place) == []
    done = await _upgrade(place, _steps(tmp_path / "three", _FIRST, _SECOND))
    assert done.after == "0002"


_FIRST = """
revision = "0001"
down_revision = None

from alembic import op

def upgrade():
    op.execute("CREATE TABLE things (id INTEGER PRIMARY KEY)")
    op.execute("INSERT INTO things VALUES (1)")
"""
_SECOND = """
revision = "0002"
down_revision = "0001"

from alembic import op

def upgrade():
    op.execute("ALTER TABLE things ADD COLUMN name VARCHAR(20)")
    op.execute("DELETE FROM things")
"""
_UPGRADE = """
import asyncio, pathlib, sys
from pantau.core.clock import SystemClock
from pantau.db.place import sqlite_place
from pantau.migrations.upgrade import upgrade

file, steps = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
asyncio.run(upgrade(
    sqlite_place(file), backups_dir=file.parent / "backups", clock=SystemClock(), steps=steps
))
"""


def _steps(folder: Path, *steps: str) -> Path:
    (folder / "versions").mkdir(parents=True)
    shutil.copy(STEPS / "env.py", folder)
    for number, step in enumerate(steps, 1):
        (folder / "versions" / f"{number:04}_step.py").write_text(step, encoding="utf-8")
    return folder


async def _upgrade(place: Place, steps: Path) -> Upgrade:
    assert place.file is not None
    backups = place.file.parent / "backups"
    return await upgrade(place, backups_dir=backups, clock=SystemClock(), steps=steps)


async def _child(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )


async def _write_until_killed(place: Place, *, first: int, acknowledgements: int) -> int:
    """Return the last number that was acknowledged before the process was killed."""
    address = str(place.file or place.url.render_as_string(hide_password=False))
    child = await _child("-m", "tests.fault.writing_child", address, str(first), "1000000")
    assert child.stdout is not None
    last = 0
    told = 0
    while told < acknowledgements:
        line = (await child.stdout.readline()).decode().strip()
        assert line, "the writer ended by itself"
        if line.isdigit():
            last, told = int(line), told + 1
    # The next write is in its insert by now, or in its commit; what was said meanwhile counts too.
    child.kill()
    rest = (await child.stdout.read()).decode().split()
    await child.wait()
    return max([last, *(int(word) for word in rest if word.isdigit())])


async def _make_halves(database: Database) -> None:
    async with database.write() as work:
        await work.session.execute(
            text(
                "CREATE TABLE halves (number INTEGER, half VARCHAR(9), PRIMARY KEY (number, half))"
            )
        )


async def _put(work: Writing, number: int) -> None:
    for half in ("left", "right"):
        await work.session.execute(
            text("INSERT INTO halves (number, half) VALUES (:number, :half)"),
            {"number": number, "half": half},
        )


async def _numbers(place: Place) -> list[int]:
    """Return the numbers that are there whole; there must be none that are there half."""
    async with opened(place) as database, database.read() as work:
        rows = await work.session.execute(
            text("SELECT number, count(*) FROM halves GROUP BY number ORDER BY number")
        )
        counted = [(int(number), int(count)) for number, count in rows]
    assert {count for _, count in counted} <= {2}
    return [number for number, _ in counted]
