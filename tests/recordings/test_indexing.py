"""The catalogue follows what lies on the disks, and nothing on them is ever lost by looking."""

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from pantau.core.supervisor import Service, Supervisor
from pantau.db.database import Database
from pantau.media.archive.index import Ending
from pantau.recordings.disks import Disks
from pantau.recordings.indexing import Indexer
from pantau.recordings.models import EndCause, SegmentState
from pantau.recordings.storage.places import MARKER, open_places
from tests.recordings.footage import AT_MS, Footage, eventually, footage
from tests.support.clock import HandWoundClock
from tests.support.recordings import (
    append_second,
    being_written,
    close_recording,
    write_recording,
)

pytestmark = pytest.mark.anyio


async def test_finished_files_are_found_with_all_that_their_index_says(
    database: Database, tmp_path: Path
) -> None:
    recorded = write_recording(tmp_path, 1, AT_MS, seconds=4, ending=Ending.PARAMETERS)
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        tally = await hub.indexer.look()
        (row,) = (await hub.rows()).values()
    assert tally.added == 1
    assert row.state is SegmentState.CLOSED
    assert row.cause is EndCause.PARAMETERS
    assert (row.end_ms, row.duration_ms) == (AT_MS + 4_000, 4_000)
    assert row.size_bytes == recorded.size_bytes
    assert (row.width_px, row.height_px, row.has_audio) == (160, 96, False)
    assert row.codecs.startswith("avc1.")


async def test_a_file_that_is_being_written_is_open_until_it_is_closed(
    database: Database, tmp_path: Path
) -> None:
    recorded = write_recording(tmp_path, 1, AT_MS, shape="open")
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        with being_written(recorded.video):
            await hub.indexer.look()
            recorded = append_second(recorded)
            await hub.indexer.look()
            (row,) = (await hub.rows()).values()
            assert row.state is SegmentState.OPEN
            live = await hub.catalogue.as_it_is(row)
            assert live.end_ms == AT_MS + 4_000
            recorded = close_recording(recorded)
        await hub.indexer.look()
        (row,) = (await hub.rows()).values()
    assert row.state is SegmentState.CLOSED
    assert row.size_bytes == recorded.size_bytes
    assert hub.events.closed == [(1, AT_MS + 4_000)]
    assert hub.events.crashed == []


async def test_a_file_that_nobody_closed_is_repaired_and_keeps_every_whole_second(
    database: Database, tmp_path: Path
) -> None:
    recorded = write_recording(tmp_path, 1, AT_MS, shape="open")
    with recorded.video.open("ab") as video:
        video.write(b"\0\0\1\0moof" + b"\0" * 40)
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        await hub.indexer.look()
        (row,) = (await hub.rows()).values()
        assert row.state is SegmentState.DAMAGED
        assert row.end_ms == AT_MS + 3_000
        assert hub.events.crashed == [(1, AT_MS + 3_000)]
        assert await hub.catalogue.covering(1, AT_MS + 1_500) == row
        assert await hub.repairer.step() == 1
        (row,) = (await hub.rows()).values()
    assert row.state is SegmentState.CLOSED
    assert row.cause is EndCause.CRASHED
    assert row.duration_ms == 3_000
    assert row.size_bytes == recorded.video.stat().st_size


async def test_looking_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    write_recording(tmp_path, 1, AT_MS)
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        await hub.indexer.look()
        before = await hub.rows()
        for _ in range(3):
            tally = await hub.indexer.thorough()
            assert (tally.added, tally.revised, tally.missing) == (0, 0, 0)
        assert await hub.rows() == before


async def test_what_is_not_ours_is_left_where_it_is_and_known_to_nobody(
    database: Database, tmp_path: Path
) -> None:
    folder = write_recording(tmp_path, 1, AT_MS).video.parent
    other_day = folder.parent / "2026-03-02"
    other_day.mkdir()
    foreign = [
        folder / "holiday.mp4",
        folder / "20260301T080000Z.mp4",
        folder / "20260301T090000000Z.mp4.part",
        other_day / "20260301T091000000Z.mp4",
        folder.parent / "notes.txt",
        tmp_path / "lost+found",
        tmp_path / "01" / "2026-03-01" / "20260301T080000000Z.mp4",
    ]
    for path in foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not ours")
    (folder / "20260301T092000000Z.mp4").symlink_to(foreign[0])
    (folder / "20260301T093000000Z.mp4").mkdir()
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        tally = await hub.indexer.thorough()
        await hub.repairer.step()
        assert list(await hub.rows()) == [AT_MS]
    assert tally.foreign == 6
    assert all(path.read_bytes() == b"not ours" for path in foreign)


async def test_a_file_that_is_gone_is_missing_until_it_is_back(
    database: Database, tmp_path: Path
) -> None:
    recorded = write_recording(tmp_path, 1, AT_MS)
    aside = tmp_path / "aside.mp4"
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        await hub.indexer.look()
        recorded.video.rename(aside)
        assert (await hub.indexer.thorough()).missing == 1
        (row,) = (await hub.rows()).values()
        assert row.state is SegmentState.MISSING
        assert await hub.catalogue.segments(1) == []
        assert row.size_bytes == recorded.size_bytes
        aside.rename(recorded.video)
        await hub.indexer.thorough()
        (row,) = (await hub.rows()).values()
        assert row.state is SegmentState.CLOSED


async def test_nothing_is_missing_because_a_disk_is_away(
    database: Database, tmp_path: Path
) -> None:
    disk, mounted = tmp_path / "disk", tmp_path / "mounted"
    write_recording(disk, 1, AT_MS)
    async with footage(database, [disk], HandWoundClock()) as hub:
        await hub.indexer.look()
        before = await hub.rows()
        disk.rename(mounted)
        assert (await hub.indexer.thorough()).missing == 0
        disk.mkdir()
        assert (await hub.indexer.thorough()).missing == 0
        assert await hub.rows() == before
        disk.rmdir()
        mounted.rename(disk)
        assert (await hub.indexer.thorough()).missing == 0
        assert await hub.rows() == before


async def test_a_file_moved_to_another_disk_is_found_there(
    database: Database, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    recorded = write_recording(one, 1, AT_MS)
    async with footage(database, [one, two], HandWoundClock()) as hub:
        first, second = hub.places.local
        await hub.indexer.look()
        copy = write_recording(two, 1, AT_MS)
        await hub.indexer.thorough()
        assert (await hub.rows())[AT_MS].place == first.name
        recorded.video.unlink()
        await hub.indexer.thorough()
        await hub.indexer.thorough()
        (row,) = (await hub.rows()).values()
    assert (row.place, row.state) == (second.name, SegmentState.CLOSED)
    assert copy.video.exists()


async def test_two_workers_at_once_write_every_file_down_once(
    database: Database, tmp_path: Path
) -> None:
    for number in range(20):
        write_recording(tmp_path, 1, AT_MS + number * 10_000, seconds=1)
    clock = HandWoundClock()
    async with (
        footage(database, [tmp_path], clock) as hub,
        footage(database, [tmp_path], clock) as other,
    ):
        tallies = await asyncio.gather(hub.indexer.thorough(), other.indexer.thorough())
        assert len(await hub.rows()) == 20
    assert sum(tally.added for tally in tallies) == 20


async def test_one_row_that_cannot_be_written_spoils_no_other(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with sqlite_database.write() as writing:
        await writing.session.execute(
            text(
                "CREATE TRIGGER refuse BEFORE INSERT ON recording_segments "
                f"WHEN NEW.start_ms = {AT_MS + 10_000} BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        )
    for number in range(3):
        write_recording(tmp_path, 1, AT_MS + number * 10_000, seconds=1)
    async with footage(sqlite_database, [tmp_path], HandWoundClock()) as hub:
        tally = await hub.indexer.thorough()
        assert sorted(await hub.rows()) == [AT_MS, AT_MS + 20_000]
    assert (tally.added, tally.failed) == (2, 1)


async def test_a_disk_that_nobody_may_write_to_is_indexed_all_the_same(
    database: Database, tmp_path: Path
) -> None:
    recorded = write_recording(tmp_path, 1, AT_MS)
    torn = write_recording(tmp_path, 1, AT_MS + 60_000, shape="open")
    places = open_places([tmp_path])
    places.close()
    folder = recorded.video.parent
    modes = [(path, path.stat().st_mode) for path in (torn.video, folder)]
    torn.video.chmod(0o444)
    folder.chmod(0o555)
    try:
        async with footage(database, [tmp_path], HandWoundClock()) as hub:
            await hub.indexer.look()
            found = await hub.catalogue.segments(1, newest_first=False)
    finally:
        for path, mode in modes:
            path.chmod(mode)
    assert [(each.state, each.duration_ms) for each in found] == [
        (SegmentState.CLOSED, 3_000),
        (SegmentState.DAMAGED, 3_000),
    ]


async def test_an_index_that_leads_outside_is_not_followed(
    database: Database, tmp_path: Path
) -> None:
    recorded = write_recording(tmp_path / "disk", 1, AT_MS)
    elsewhere = tmp_path / "elsewhere.idx"
    recorded.index.rename(elsewhere)
    recorded.index.symlink_to(elsewhere)
    async with footage(database, [tmp_path / "disk"], HandWoundClock()) as hub:
        await hub.indexer.look()
        (row,) = (await hub.rows()).values()
    assert row.state is SegmentState.DAMAGED


async def test_what_was_open_yesterday_is_settled_by_the_next_look(
    database: Database, tmp_path: Path
) -> None:
    clock = HandWoundClock()
    recorded = write_recording(tmp_path, 1, AT_MS, shape="open")
    async with footage(database, [tmp_path], clock) as hub:
        with being_written(recorded.video):
            await hub.indexer.look()
        await clock.advance(3 * 86_400)
        await hub.indexer.look()
        (row,) = (await hub.rows()).values()
    assert row.state is SegmentState.DAMAGED


async def test_a_running_indexer_finds_old_and_new(database: Database, tmp_path: Path) -> None:
    clock = HandWoundClock()
    write_recording(tmp_path, 1, AT_MS - 40 * 86_400_000)
    async with footage(database, [tmp_path], clock) as hub:
        supervisor = Supervisor(clock)
        supervisor.add(Service("indexing", hub.indexer.run))
        try:
            await eventually(lambda: _count(hub, 1), timeout_s=45)
            write_recording(tmp_path, 1, AT_MS)
            hub.indexer.wake()
            await eventually(lambda: _count(hub, 2), timeout_s=45)
        finally:
            await supervisor.stop(deadline_s=5)


async def _count(hub: Footage, wanted: int) -> bool:
    return len(await hub.rows()) == wanted


async def test_files_are_found_again_when_their_disk_has_another_name(
    database: Database, tmp_path: Path
) -> None:
    write_recording(tmp_path, 1, AT_MS)
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        await hub.indexer.look()
        (before,) = (await hub.rows()).values()
    (tmp_path / MARKER).unlink()
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        await hub.indexer.thorough()
        (after,) = (await hub.rows()).values()
        assert after.place == hub.places.local[0].name != before.place
    assert after.state is SegmentState.CLOSED


async def test_a_disk_that_hangs_holds_up_no_other(database: Database, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad", tmp_path / "good"
    write_recording(bad, 1, AT_MS)
    write_recording(good, 2, AT_MS)
    goes_on = threading.Event()
    async with footage(database, [bad, good], HandWoundClock()) as hub:
        hung = hub.places.local[0]
        waits = [hung.begun(goes_on.wait) for _ in range(4)]
        disks = Disks(hub.places, answer_s=0.2)
        indexer = Indexer(database, disks, hub.clock)
        try:
            async with asyncio.timeout(30):
                await indexer.thorough()
            assert list(await hub.rows(2)) == [AT_MS]
            assert await hub.rows(1) == {}
        finally:
            goes_on.set()
            await asyncio.gather(*waits)

        async def is_found() -> bool:
            await indexer.thorough()
            return list(await hub.rows(1)) == [AT_MS]

        await eventually(is_found, timeout_s=30)
