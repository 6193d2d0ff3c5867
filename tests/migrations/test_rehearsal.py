"""A rehearsal tells what an upgrade would do, stops nobody and leaves nothing."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import text

from pantau.core.clock import SystemClock
from pantau.core.errors import Exhausted, Unavailable
from pantau.db.engines import plain_engine
from pantau.db.place import Place, sqlite_place
from pantau.migrations import rehearsal
from pantau.migrations.locks import _ADVISORY_LOCK
from pantau.migrations.rehearsal import Rehearsal, rehearse
from tests.migrations.steps import FIRST, ask, engine_at, step, take, written
from tests.support.waiting import until

pytestmark = pytest.mark.anyio
WIDER = step(2, "op.add_column('things', sa.Column('colour', sa.String(9)))")
FAILING = step(2, "op.drop_table('nowhere')")
ORPHANING = step(2, "op.execute('DELETE FROM things')")
DROPPING = step(2, "with op.batch_alter_table('things') as things: things.drop_column('note')")
SLOW_S = 30


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
async def used_place(request: pytest.FixtureRequest, anyio_backend: str, tmp_path: Path) -> Any:
    """A database at the first step, of each kind in turn."""
    place = sqlite_place(tmp_path / "pantau.db")
    if request.param == "postgresql":
        place = request.getfixturevalue("empty_server_place")
    await take(place, tmp_path, written(tmp_path, FIRST))
    return place


async def rehearsed(place: Place, folder: Path, *steps: str) -> Rehearsal:
    scratch = folder / "scratch"
    await asyncio.to_thread(scratch.mkdir, exist_ok=True)
    return await rehearse(
        place, scratch_dir=scratch, clock=SystemClock(), steps=written(folder, *steps)
    )


async def left_at(place: Place, folder: Path) -> tuple[object, ...]:
    """Return what somebody could find who looks for traces."""
    scratch = folder / "scratch"
    files = sorted(path.name for path in scratch.iterdir()) if scratch.exists() else []
    schemas = []
    if not place.is_sqlite:
        schemas = await ask(place, "SELECT nspname FROM pg_namespace WHERE nspname ~ '^pantau'")
    rows = await ask(place, "SELECT * FROM things ORDER BY id")
    return files, schemas, rows, await ask(place, "SELECT version_num FROM alembic_version")


UNTOUCHED: Final[tuple[object, ...]] = ([], [], [(1, "first", None, 1)], [("0001",)])


async def test_it_tells_the_steps_and_that_the_older_release_goes_on(
    used_place: Place, tmp_path: Path
) -> None:
    told = await rehearsed(used_place, tmp_path, FIRST, WIDER)
    assert (told.before, told.after, told.steps) == ("0001", "0002", ("0002",))
    assert told.previous_goes_on
    assert told.oldest_release == "0001"
    assert told.copied_bytes > 0
    assert told.seconds > 0
    assert await left_at(used_place, tmp_path) == UNTOUCHED


async def test_it_sees_a_step_that_says_it_only_adds_and_takes_away(
    used_place: Place, tmp_path: Path
) -> None:
    told = await rehearsed(used_place, tmp_path, FIRST, DROPPING)
    assert told.breaks == ("things.note is gone.",)
    assert await left_at(used_place, tmp_path) == UNTOUCHED


async def test_it_believes_a_step_that_says_older_releases_must_stop(
    used_place: Place, tmp_path: Path
) -> None:
    told = await rehearsed(used_place, tmp_path, FIRST, step(2, oldest="0002"))
    assert not told.previous_goes_on
    assert told.breaks == (
        "A step says that only releases from step 0002 on understand the tables.",
    )


@pytest.mark.parametrize("broken", [FAILING, ORPHANING], ids=["fails", "orphans"])
async def test_it_tells_why_an_upgrade_would_fail(
    broken: str, used_place: Place, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable, match=r"nowhere|belongs to|violates foreign key"):
        await rehearsed(used_place, tmp_path, FIRST, broken)
    assert await left_at(used_place, tmp_path) == UNTOUCHED


async def test_there_may_be_nothing_to_do(used_place: Place, tmp_path: Path) -> None:
    told = await rehearsed(used_place, tmp_path, FIRST)
    assert (told.steps, told.previous_goes_on) == ((), True)


async def test_an_empty_place_is_rehearsed_too(tmp_path: Path) -> None:
    told = await rehearsed(sqlite_place(tmp_path / "none.db"), tmp_path, FIRST, WIDER)
    assert (told.before, told.steps, told.previous_goes_on) == (None, ("0001", "0002"), True)
    assert not (tmp_path / "none.db").exists()


async def test_without_room_nothing_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = sqlite_place(tmp_path / "pantau.db")
    await take(place, tmp_path, written(tmp_path, FIRST))
    monkeypatch.setattr(rehearsal, "_SPARE_BYTES", 2**60)
    with pytest.raises(Exhausted, match="Make room there"):
        await rehearsed(place, tmp_path, FIRST, WIDER)
    assert await left_at(place, tmp_path) == UNTOUCHED


async def test_others_read_and_write_meanwhile(used_place: Place, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    waiting = step(
        2,
        f"import pathlib, time; p = pathlib.Path({str(gate)!r})",
        "p.touch()",
        "while p.exists(): time.sleep(0.01)",
        "op.add_column('things', sa.Column('colour', sa.String(9)))",
    )
    telling = asyncio.create_task(
        asyncio.to_thread(asyncio.run, rehearsed(used_place, tmp_path, FIRST, waiting))
    )
    try:
        await until(lambda: gate.exists() or telling.done(), what="the step")
        async with plain_engine(used_place).connect() as connection:
            await connection.execute(text("INSERT INTO things (name) VALUES ('meanwhile')"))
        assert await ask(used_place, "SELECT count(*) FROM things") == [(2,)]
        assert not telling.done()
    finally:
        gate.unlink(missing_ok=True)
    assert (await telling).previous_goes_on
    assert await ask(used_place, "SELECT name FROM things ORDER BY id") == [
        ("first",),
        ("meanwhile",),
    ]


VICTIM = """
import asyncio, json, pathlib, sys
from sqlalchemy import make_url
from pantau.core.clock import SystemClock
from pantau.db.place import Place, sqlite_place
from pantau.migrations.locks import _ADVISORY_LOCK
from pantau.migrations.rehearsal import rehearse

url, scratch, steps = sys.argv[1:]
place = sqlite_place(pathlib.Path(url)) if url.startswith("/") else Place(make_url(url))
asyncio.run(rehearse(place, scratch_dir=pathlib.Path(scratch), clock=SystemClock(),
                     steps=pathlib.Path(steps)))
"""


async def test_whoever_kills_it_finds_nothing_afterwards(used_place: Place, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    slow = step(
        2, "import pathlib, time", f"pathlib.Path({str(begun)!r}).touch()", f"time.sleep({SLOW_S})"
    )
    where = str(used_place.file) if used_place.file else _written_out(used_place)
    steps = written(tmp_path, FIRST, slow)
    (tmp_path / "scratch").mkdir()
    victim = await asyncio.create_subprocess_exec(
        sys.executable, "-c", VICTIM, where, str(tmp_path / "scratch"), str(steps)
    )
    await until(lambda: begun.exists() or victim.returncode is not None, what="the step")
    assert victim.returncode is None
    victim.kill()
    assert await victim.wait() == -signal.SIGKILL
    if used_place.is_sqlite:
        scratch = tmp_path / "scratch"
        await until(lambda: not list(scratch.iterdir()), what="an empty folder")
    assert await _settled(used_place) == []
    assert await left_at(used_place, tmp_path) == UNTOUCHED


async def _settled(place: Place) -> list[object]:
    """Wait until the server has noticed that a client is gone, and return what is left of it."""
    if place.is_sqlite:
        return []
    # The lock is given back when the transaction is.
    engine = engine_at(place)
    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
    await engine.dispose()
    return []


def _written_out(place: Place) -> str:
    return place.url.render_as_string(hide_password=False)
