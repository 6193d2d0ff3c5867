import asyncio
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pantau.core.clock import SystemClock
from pantau.core.errors import Unavailable
from pantau.db.place import Place, sqlite_place
from pantau.migrations.locks import file_lock
from pantau.migrations.revisions import known_revisions
from pantau.migrations.upgrade import read_standing, upgrade
from tests.migrations.steps import ask, take, written
from tests.support.clock import HandWoundClock
from tests.support.database import empty_postgresql

pytestmark = pytest.mark.anyio

FIRST = """
revision = "0001"
down_revision = None

import sqlalchemy as sa
from alembic import op

def upgrade():
    op.create_table("things", sa.Column("id", sa.Integer, primary_key=True))
    op.create_table("parts", sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("thing", sa.Integer, sa.ForeignKey("things.id")))
    op.execute("INSERT INTO things VALUES (1)")
    op.execute("INSERT INTO parts VALUES (1, 1)")
"""
SECOND = """
revision = "0002"
down_revision = "0001"

import sqlalchemy as sa
from alembic import op

def upgrade():
    op.add_column("things", sa.Column("name", sa.String(20)))
    op.execute("INSERT INTO things VALUES (2, 'second')")
"""
BROKEN = SECOND + "    op.drop_table('nowhere')\n"
ORPHANING = SECOND.replace("INSERT INTO things VALUES (2, 'second')", "DELETE FROM things")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place without any table, of each kind in turn."""
    if request.param == "sqlite":
        yield sqlite_place(tmp_path / "pantau.db")
    else:
        yield from empty_postgresql(request.getfixturevalue("postgresql_server"))


@pytest.fixture
def file_place(tmp_path: Path) -> Place:
    return sqlite_place(tmp_path / "pantau.db")


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def put_files(folder: Path, *names: str) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()


def modes(files: list[Path]) -> set[int]:
    return {stat.S_IMODE(file.stat().st_mode) for file in files}


async def test_nothing_becomes_todays_tables(empty_place: Place, backups: Path) -> None:
    done = await take(empty_place, backups)
    assert (done.before, done.after, done.backup) == (None, known_revisions()[-1], None)
    assert await ask(empty_place, "SELECT count(*) FROM change_counters") == [(0,)]
    assert (await take(empty_place, backups)).did_nothing
    assert names_in(backups) == []


async def test_looking_at_nothing_makes_nothing(empty_place: Place) -> None:
    standing = await read_standing(empty_place, clock=SystemClock())
    assert standing.stored is None
    assert not standing.is_newest
    assert empty_place.file is None or not empty_place.file.exists()


async def test_steps_are_taken_one_after_the_other_and_rows_stay(
    empty_place: Place, backups: Path, tmp_path: Path
) -> None:
    await take(empty_place, backups, written(tmp_path, FIRST))
    done = await take(empty_place, backups, written(tmp_path, FIRST, SECOND))
    assert (done.before, done.after) == ("0001", "0002")
    assert await ask(empty_place, "SELECT id, name FROM things ORDER BY id") == [
        (1, None),
        (2, "second"),
    ]


async def test_a_step_that_fails_changes_nothing_at_all(
    empty_place: Place, backups: Path, tmp_path: Path
) -> None:
    await take(empty_place, backups, written(tmp_path, FIRST))
    with pytest.raises(Unavailable, match="nowhere") as refused:
        await take(empty_place, backups, written(tmp_path, FIRST, BROKEN))
    assert refused.value.code == "database.upgrade_failed"
    assert await ask(empty_place, "SELECT * FROM things") == [(1,)]
    done = await take(empty_place, backups, written(tmp_path, FIRST, SECOND))
    assert (done.before, done.after) == ("0001", "0002")


async def test_a_step_that_leaves_orphans_is_refused(
    empty_place: Place, backups: Path, tmp_path: Path
) -> None:
    await take(empty_place, backups, written(tmp_path, FIRST))
    with pytest.raises(Unavailable) as refused:
        await take(empty_place, backups, written(tmp_path, FIRST, ORPHANING))
    assert refused.value.code == "database.upgrade_failed"
    assert await ask(empty_place, "SELECT count(*) FROM things") == [(1,)]


async def test_the_database_of_a_newer_pantau_is_left_alone(
    empty_place: Place, backups: Path, tmp_path: Path
) -> None:
    await take(empty_place, backups, written(tmp_path, FIRST, SECOND))
    with pytest.raises(Unavailable, match="newer Pantau: its tables are at step 0002") as refused:
        await take(empty_place, backups, written(tmp_path, FIRST))
    assert refused.value.code == "database.newer"
    assert await ask(empty_place, "SELECT count(*) FROM things") == [(2,)]


async def test_processes_that_start_together_take_each_step_once(
    empty_place: Place, backups: Path
) -> None:
    done = await asyncio.gather(*(take(empty_place, backups) for _ in range(6)))
    assert sorted(one.did_nothing for one in done) == [False] + [True] * 5


async def test_a_file_is_copied_before_it_is_changed(
    file_place: Place, backups: Path, tmp_path: Path
) -> None:
    await take(file_place, backups, written(tmp_path, FIRST))
    done = await take(file_place, backups, written(tmp_path, FIRST, SECOND))
    assert done.backup is not None
    assert done.backup.name.startswith("before-0002-20")
    assert modes([done.backup, backups]) == {0o600, 0o700}
    with sqlite3.connect(done.backup) as copy:
        assert copy.execute("SELECT * FROM things").fetchall() == [(1,)]
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    copy.close()
    assert names_in(backups) == [done.backup.name]


async def test_processes_that_start_together_keep_the_copy_of_before(
    file_place: Place, backups: Path, tmp_path: Path
) -> None:
    await take(file_place, backups, written(tmp_path, FIRST))
    steps = written(tmp_path, FIRST, SECOND)
    done = await asyncio.gather(*(take(file_place, backups, steps) for _ in range(4)))
    copies = [one.backup for one in done if one.backup is not None]
    assert len(copies) == 1
    assert names_in(backups) == [copies[0].name]
    assert await ask(sqlite_place(copies[0]), "SELECT version_num FROM alembic_version") == [
        ("0001",)
    ]


async def test_the_newest_five_copies_are_kept(
    file_place: Place, backups: Path, tmp_path: Path
) -> None:
    await take(file_place, backups, written(tmp_path, FIRST))
    earlier = [f"before-0009-202601{day}T000000Z.db" for day in range(10, 18)]
    put_files(backups, *earlier, "mine.db")
    done = await take(file_place, backups, written(tmp_path, FIRST, SECOND))
    assert done.backup is not None
    assert names_in(backups) == sorted([done.backup.name, *earlier[-4:], "mine.db"])


async def test_without_room_for_the_copy_nothing_is_changed(
    file_place: Place, backups: Path, tmp_path: Path
) -> None:
    await take(file_place, backups, written(tmp_path, FIRST))
    put_files(tmp_path, "file")
    with pytest.raises(Unavailable, match="Nothing was changed"):
        await take(file_place, tmp_path / "file" / "deeper", written(tmp_path, FIRST, SECOND))
    assert await ask(file_place, "SELECT * FROM things") == [(1,)]


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, backups: Path) -> None:
    put_files(tmp_path, "file")
    with pytest.raises(Unavailable, match="PANTAU_DATA_DIR"):
        await take(sqlite_place(tmp_path / "file" / "pantau.db"), backups)


async def test_the_file_belongs_to_its_owner_alone(file_place: Place, backups: Path) -> None:
    await take(file_place, backups)
    assert file_place.file is not None
    folder = file_place.file.parent
    assert modes([folder / name for name in names_in(folder)]) == {0o600}


async def test_a_lock_that_is_never_given_back_ends_in_a_sentence(
    file_place: Place, backups: Path
) -> None:
    clock = HandWoundClock()
    assert file_place.file is not None
    async with file_lock(file_place.file, shared=False, clock=SystemClock()):
        waiting = asyncio.create_task(upgrade(file_place, backups_dir=backups, clock=clock))
        for _ in range(5):
            await clock.advance(30.0)
        with pytest.raises(Unavailable, match="for too long"):
            await waiting


async def test_a_lock_that_comes_free_is_used(file_place: Place, backups: Path) -> None:
    clock = HandWoundClock()
    assert file_place.file is not None
    async with file_lock(file_place.file, shared=False, clock=SystemClock()):
        waiting = asyncio.create_task(upgrade(file_place, backups_dir=backups, clock=clock))
        await clock.advance(1.0)
        assert not waiting.done()
    await clock.advance(1.0)
    assert not (await waiting).did_nothing
