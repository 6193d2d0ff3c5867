"""A worker killed in the middle of an export: the next one makes it anew, but not for ever."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pantau.db.database import Database
from pantau.db.place import FILE_NAME
from pantau.recordings.exports.models import MOST_ATTEMPTS, Export, ExportState
from tests.media.archive.test_splicing import packets, video_of
from tests.recordings.exports.house import SOUND, House, open_house, sha256
from tests.recordings.footage import eventually

pytestmark = pytest.mark.anyio

CHILD = Path(__file__).with_name("dying_child.py")
ROOT = Path(__file__).parents[3]


@pytest.fixture
async def house(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(sqlite_database, tmp_path) as one:
        yield one


async def killed(folder: Path, blocks: int) -> None:
    """Run a worker until it is killed after so many blocks."""
    assert (folder / FILE_NAME).exists()
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(CHILD), str(folder), str(blocks), cwd=ROOT, env={"PYTHONPATH": "src"}
    )
    async with asyncio.timeout(60):
        assert await child.wait() == -signal.SIGKILL


@pytest.mark.parametrize(
    "blocks", [4, *(pytest.param(blocks, marks=pytest.mark.long) for blocks in (0, 1, 2, 6, 9))]
)
async def test_next_worker_makes_what_a_killed_one_began(
    house: House, tmp_path: Path, blocks: int
) -> None:
    await house.tapes(3)
    export = await house.ask()
    await killed(tmp_path, blocks)
    left = await house.again(export)
    assert (left.state, left.attempts) == (ExportState.RUNNING, 1)
    assert list(house.folder(export).glob("*.part"))
    done = await _run_until_over(house, export)
    assert (done.state, done.attempts) == (ExportState.DONE, 2)
    (file,) = done.files
    folder = house.folder(done)
    assert sorted(one.name for one in folder.iterdir()) == [file.name, "manifest.json"]
    film = folder / file.name
    assert sha256(film) == file.sha256
    assert [data for _, data in packets(film.read_bytes())] == video_of(SOUND) * 3


async def test_what_kills_every_worker_is_given_up(house: House, tmp_path: Path) -> None:
    await house.tapes(1)
    export = await house.ask()
    for _ in range(MOST_ATTEMPTS):
        await killed(tmp_path, 0)
    over = await _run_until_over(house, export)
    assert (over.state, over.attempts) == (ExportState.FAILED, MOST_ATTEMPTS)
    assert over.error == "Making this ended in the middle several times, and was given up."
    assert not house.folder(export).exists()


async def _run_until_over(house: House, export: Export) -> Export:
    running = asyncio.ensure_future(house.maker.run())

    async def is_over() -> bool:
        return (await house.again(export)).state.is_over

    await eventually(is_over, timeout_s=60)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return await house.again(export)
