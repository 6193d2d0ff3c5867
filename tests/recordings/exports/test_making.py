"""Exports from asked for to expired: what is made is checked byte for byte, what fails is said."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest

from pantau.core.errors import Conflict, NotFound
from pantau.db.database import Database
from pantau.media.archive.splicing import Source
from pantau.recordings.exports.footage import FootageFinder
from pantau.recordings.exports.making import ExportMaker
from pantau.recordings.exports.models import ExportKind, ExportState
from pantau.recordings.models import Segment, Span
from pantau.recordings.storage.base import Entry, Room, StorageError
from pantau.recordings.storage.places import Places
from tests.media.archive.test_splicing import packets, video_of
from tests.media.live.coded import coded
from tests.recordings.exports.house import (
    NOW_MS,
    SOUND,
    House,
    by,
    maker_of,
    manifest_in,
    open_house,
    sha256,
)
from tests.recordings.footage import eventually
from tests.support.waiting import until

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


async def test_clip_is_every_packet_that_was_recorded_and_its_manifest_proves_it(
    each_house: House,
) -> None:
    house = each_house
    tapes = await house.tapes(3)
    export = await house.ask()
    assert (export.state, export.progress) == (ExportState.QUEUED, 0)
    assert export.size_bytes == pytest.approx(
        sum(tape.video.stat().st_size for tape in tapes), rel=0.02
    )
    assert await house.maker.make_next()
    assert not await house.maker.make_next()
    done = await house.again(export)
    assert (done.state, done.progress, done.error) == (ExportState.DONE, 1000, "")
    folder = house.folder(done)
    (file,) = done.files
    assert file.name == "gerbang-utara-1-20260301T075900000Z-20260301T080000000Z.mp4"
    assert sorted(one.name for one in folder.iterdir()) == [file.name, "manifest.json"]
    film = folder / file.name
    assert [data for _, data in packets(film.read_bytes())] == video_of(SOUND) * 3
    assert (file.size_bytes, file.sha256) == (film.stat().st_size, sha256(film))
    assert done.size_bytes == file.size_bytes
    manifest = manifest_in(folder)
    assert manifest["hub"] == "Kelurahan"
    assert manifest["camera"] == {"id": 1, "name": "Gerbang Utara / 1"}
    assert manifest["files"][0]["sha256"] == sha256(film)
    assert [one["sha256"] for one in manifest["segments"]] == [sha256(one.video) for one in tapes]
    assert [(one["from_ms"], one["to_ms"]) for one in manifest["segments"]] == [
        (tape.start_ms, tape.start_ms + 6_000) for tape in tapes
    ]
    assert manifest["left_out"] == []
    assert str(house.folders.root) not in (folder / "manifest.json").read_text(encoding="utf-8")


async def test_time_lapse_is_named_after_its_speed(house: House) -> None:
    await house.tapes(3)
    done = await house.made(kind=ExportKind.TIMELAPSE, speed=10)
    (file,) = done.files
    assert file.name.endswith("-10x.mp4")
    shown = packets((house.folder(done) / file.name).read_bytes())
    assert [data for _, data in shown] == [one.data for one in SOUND.video if one.is_keyframe] * 3
    assert file.duration_ms == pytest.approx(1_800, abs=250)


async def test_gap_and_changed_pictures_are_said(house: House) -> None:
    await house.tape(NOW_MS - 60_000)
    await house.tape(NOW_MS - 40_000)
    await house.tape(NOW_MS - 30_000, source=coded(seconds=2.0, size=(320, 180)))
    done = await house.made()
    assert [file.name[-10:] for file in done.files] == ["-part1.mp4", "-part2.mp4"]
    files = manifest_in(house.folder(done))["files"]
    assert files[0]["gaps"] == [
        {"from_ms": NOW_MS - 54_000, "to_ms": NOW_MS - 40_000, "at_ms": 6_000}
    ]
    assert files[1]["gaps"] == []


async def test_footage_up_to_this_second_is_exported_from_the_open_file(house: House) -> None:
    await house.tape(NOW_MS - 12_000)
    await house.tape(NOW_MS - 6_000, is_open=True)
    done = await house.made()
    (file,) = done.files
    film = (house.folder(done) / file.name).read_bytes()
    assert [data for _, data in packets(film)] == video_of(SOUND) * 2
    whole, growing = manifest_in(house.folder(done))["segments"]
    assert whole["sha256"] is not None
    assert growing["sha256"] is None
    assert len(growing["used"]["sha256"]) == 64


async def test_queue_is_made_in_its_order_and_one_failure_stops_nobody(house: House) -> None:
    tapes = await house.tapes(2)
    first = await house.ask(tapes[0].start_ms, tapes[1].start_ms)
    await house.clock.advance(1)
    second = await house.ask(tapes[1].start_ms, NOW_MS)
    tapes[0].video.unlink()
    while await house.maker.make_next():
        pass
    failed, done = await house.again(first), await house.again(second)
    assert failed.state is ExportState.FAILED
    assert failed.error == "The recordings of this time cannot be read."
    assert not house.folder(failed).exists()
    assert done.state is ExportState.DONE


async def test_recording_that_went_is_left_out_and_said(house: House) -> None:
    tapes = await house.tapes(3)
    export = await house.ask()
    tapes[0].video.unlink()
    await house.maker.make_next()
    done = await house.again(export)
    assert done.state is ExportState.DONE
    manifest = manifest_in(house.folder(done))
    assert [one["why"] for one in manifest["left_out"]] == ["gone"]
    assert manifest["left_out"][0]["filename"] == tapes[0].video.name


async def test_queued_export_is_cancelled_at_once(each_house: House) -> None:
    house = each_house
    await house.tapes(1)
    export = await house.ask()
    cancelled = await house.exports.cancel(export.id, by=by())
    assert cancelled.state is ExportState.CANCELLED
    assert not await house.maker.make_next()
    with pytest.raises(Conflict):
        await house.exports.cancel(export.id, by=by())


@dataclass
class Held(FootageFinder):
    """Has whoever makes an export wait for the test."""

    places: Places
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        super().__init__(self.places)

    async def source(
        self, segment: Segment, span: Span, folder: Path, *, is_wanted: Callable[[], bool]
    ) -> Source:
        self.reached.set()
        await self.go_on.wait()
        return await super().source(segment, span, folder, is_wanted=is_wanted)


@pytest.fixture
def held(house: House) -> Held:
    return Held(house.footage.places)


def held_maker(house: House, held: Held) -> ExportMaker:
    return maker_of(house.database, house.footage, house.folders, house.clock, finder=held)


async def test_running_export_is_cancelled_and_leaves_nothing(house: House, held: Held) -> None:
    await house.tapes(2)
    export = await house.ask()
    making = asyncio.ensure_future(held_maker(house, held).make_next())
    await held.reached.wait()
    asked = await house.exports.cancel(export.id, by=by())
    assert (asked.state, asked.cancel_asked) == (ExportState.RUNNING, True)
    held.go_on.set()
    assert await making
    over = await house.again(export)
    assert (over.state, over.files, over.size_bytes) == (ExportState.CANCELLED, (), 0)
    assert not house.folder(export).exists()


async def test_export_that_is_deleted_while_it_is_made_leaves_nothing(
    house: House, held: Held
) -> None:
    await house.tapes(2)
    export = await house.ask()
    making = asyncio.ensure_future(held_maker(house, held).make_next())
    await held.reached.wait()
    await house.exports.delete(export.id, by=by())
    held.go_on.set()
    assert await making
    with pytest.raises(NotFound):
        await house.again(export)
    assert not house.folder(export).exists()


async def test_worker_that_is_told_to_end_gives_it_back_without_counting(
    house: House, held: Held
) -> None:
    await house.tapes(2)
    export = await house.ask()
    making = asyncio.ensure_future(held_maker(house, held).make_next())
    await held.reached.wait()
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    waiting = await house.again(export)
    assert (waiting.state, waiting.attempts) == (ExportState.QUEUED, 0)
    assert await house.maker.make_next()
    assert (await house.again(export)).state is ExportState.DONE


async def test_second_worker_leaves_it_to_the_first(house: House, held: Held) -> None:
    await house.tapes(1)
    first = held_maker(house, held)
    running = asyncio.ensure_future(first.run())
    export = await house.ask()
    await asyncio.wait_for(held.reached.wait(), 30)
    other = asyncio.ensure_future(house.maker.run())
    await until(lambda: house.clock.sleepers == 1, timeout_s=45, what="the second worker waits")
    assert (await house.again(export)).attempts == 1
    held.go_on.set()

    async def is_done() -> bool:
        return (await house.again(export)).state is ExportState.DONE

    await eventually(is_done, timeout_s=60)
    assert (await house.again(export)).attempts == 1
    for each in (running, other):
        each.cancel()
    await asyncio.gather(running, other, return_exceptions=True)
    first.close()


class Bucket:
    """A place of another machine, with files in memory."""

    name = "bucket"

    def __init__(self) -> None:
        self.files: dict[PurePosixPath, bytes] = {}
        self.is_away = False

    async def read(self, key: PurePosixPath, offset: int, length: int) -> bytes:
        if key not in self.files:
            raise StorageError("no such file", is_gone=True)
        return self.files[key][offset : offset + length]

    async def size(self, key: PurePosixPath) -> int | None:
        if self.is_away:
            raise StorageError("it does not answer")
        return len(self.files[key]) if key in self.files else None

    async def put(self, key: PurePosixPath, file: Path) -> None:
        self.files[key] = await asyncio.to_thread(file.read_bytes)

    async def delete(self, key: PurePosixPath) -> bool:
        return self.files.pop(key, None) is not None

    async def entries(self, below: PurePosixPath) -> AsyncIterator[Entry]:
        for key, data in self.files.items():
            yield Entry(key, len(data))

    async def room(self) -> Room | None:
        return None

    def local_path(self, key: PurePosixPath) -> Path | None:
        return None


async def test_footage_that_only_the_archive_has_is_fetched(house: House) -> None:
    tapes = await house.tapes(2)
    bucket = Bucket()
    root = house.footage.root
    for moved in (tapes[0].video, tapes[0].index_file):
        bucket.files[PurePosixPath(moved.relative_to(root))] = moved.read_bytes()
        moved.unlink()
    finder = FootageFinder(Places([*house.footage.places, bucket]))
    maker = maker_of(house.database, house.footage, house.folders, house.clock, finder=finder)
    export = await house.ask()
    bucket.is_away = True
    making = asyncio.ensure_future(maker.make_next())
    await until(lambda: house.clock.sleepers == 1, timeout_s=45, what="it waits for the archive")
    bucket.is_away = False
    await house.clock.advance(10)
    await making
    assert (await house.again(export)).state is ExportState.QUEUED
    await maker.make_next()
    done = await house.again(export)
    assert done.state is ExportState.DONE
    (file,) = done.files
    film = (house.folder(done) / file.name).read_bytes()
    assert [data for _, data in packets(film)] == video_of(SOUND) * 2
    assert not (house.folder(done) / "work").exists()
    maker.close()
