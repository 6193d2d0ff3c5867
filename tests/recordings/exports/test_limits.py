"""Exports within their limits: room on the disk, a share of it, a length, a time to live."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from pantau.core.errors import Exhausted, Invalid, NotFound
from pantau.db.database import Database
from pantau.recordings.exports.models import ExportKind, ExportState
from tests.recordings.exports.house import ADMIN, NOW_MS, House, by, open_house

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(sqlite_database, tmp_path) as one:
        yield one


@pytest.fixture
async def each_house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    """The same on both databases."""
    async with open_house(database, tmp_path) as one:
        yield one


async def test_full_disk_refuses_before_anything_is_written(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path, reserve_bytes=2**60) as house:
        await house.tapes(1)
        with pytest.raises(Exhausted) as raised:
            await house.ask()
        assert raised.value.code == "exports.no_room"
        # Room that was there when it was asked for, and is not when it is made.
        roomy = replace(house.folders, reserve_bytes=0)
        house.exports._folders = roomy
        export = await house.ask()
        assert await house.maker.make_next()
        over = await house.again(export)
        assert (over.state, over.error) == (ExportState.FAILED, raised.value.sentence)
        assert not house.folder(export).exists()


async def test_all_exports_together_stay_within_their_share(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as probe:
        (tape,) = await probe.tapes(1)
        size = tape.video.stat().st_size
        probe.exports._folders = replace(probe.folders, most_bytes=int(size * 2.5))
        first, second = await probe.ask(), await probe.ask()
        with pytest.raises(Exhausted) as raised:
            await probe.ask()
        assert raised.value.code == "exports.too_large"
        while await probe.maker.make_next():
            pass
        with pytest.raises(Exhausted):
            await probe.ask()
        await probe.exports.delete(first.id, by=by())
        assert (await probe.ask()).state is ExportState.QUEUED
        assert (await probe.again(second)).state is ExportState.DONE


async def test_what_cannot_be_exported_is_refused_with_its_field(house: House) -> None:
    await house.tapes(1)
    hour = 3_600_000
    for from_ms, to_ms, field_ in (
        (NOW_MS + 1, NOW_MS + 2, "from"),
        (NOW_MS - 10, NOW_MS - 10, "to"),
        (NOW_MS - 5, NOW_MS - 10, "to"),
        (NOW_MS - 25 * hour, NOW_MS, "to"),
        (NOW_MS - 2 * hour, NOW_MS - hour, "from"),
    ):
        with pytest.raises(Invalid) as raised:
            await house.ask(from_ms, to_ms)
        assert raised.value.field == field_
    for speed in (1, 601):
        with pytest.raises(Invalid) as raised:
            await house.ask(kind=ExportKind.TIMELAPSE, speed=speed)
        assert raised.value.field == "speed"
    # Up to now at most: what has not happened is not waited for.
    assert (await house.ask(NOW_MS - 5_000, NOW_MS + hour)).span.to_ms == NOW_MS


async def test_export_expires_with_its_files_and_is_forgotten_in_the_end(each_house: House) -> None:
    house = each_house
    await house.tapes(1)
    done = await house.made()
    (file,) = done.files
    await house.links.make(done.id, hours=700, max_downloads=None, by=by())
    path = await house.exports.file(done.id, file.name, by=ADMIN)
    assert path.exists()
    await house.maker._tidier.tidy()
    assert path.exists()
    await house.clock.advance(48 * 3600 + 1)
    await house.maker._tidier.tidy()
    assert not house.folder(done).exists()
    expired = await house.again(done)
    assert expired.state is ExportState.EXPIRED
    assert list(await house.links.of(done.id, by=ADMIN)) == []
    with pytest.raises(NotFound):
        await house.exports.file(done.id, file.name, by=ADMIN)
    await house.clock.advance(31 * 86_400)
    await house.maker._tidier.tidy()
    with pytest.raises(NotFound):
        await house.again(done)


async def test_files_of_nobody_go_and_other_files_stay(house: House) -> None:
    await house.tapes(1)
    done = await house.made()
    orphan = house.folders.root / ("0" * 32)
    orphan.mkdir()
    (orphan / "clip.mp4").write_bytes(b"x")
    stranger = house.folders.root / "notes.txt"
    stranger.write_text("mine")
    await house.maker._tidier.tidy()
    assert not orphan.exists()
    assert stranger.exists()
    assert house.folder(done).exists()
