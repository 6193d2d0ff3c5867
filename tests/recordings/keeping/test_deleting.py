"""Files, rows and the log go together, whatever happens in between."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

import pytest

from pantau.db.database import Database
from pantau.db.place import Place as DatabasePlace
from pantau.media.archive.naming import index_key, video_key
from pantau.recordings import deleting, deleting_wishes, deletion_rows, repository
from pantau.recordings.keeping_values import Doomed, Extent, Footage
from pantau.recordings.models import Reason, SegmentState, Span
from pantau.recordings.storage.local import LocalPlace
from pantau.recordings.storage.places import MARKER
from tests.recordings.keeping.house import SIZE, Keep, archive_in, files_below, keep, write_files
from tests.support.database import opened
from tests.support.waiting import until

CHILD: Final = Path(__file__).with_name("deleting_child.py")
pytestmark = pytest.mark.anyio


def doomed(
    footage: Sequence[Footage], extent: Extent = Extent.ALL, reason: Reason = Reason.RETENTION
) -> list[Doomed]:
    return [Doomed(each, extent, reason) for each in footage]


async def test_file_index_and_row_go_and_the_log_says_why(
    database: Database, tmp_path: Path
) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        gone, stays = await one.add(1, ago_h=100), await one.add(1, ago_h=50)
        outcome = await one.deleter.delete(doomed([gone]))
        assert (outcome.deleted, outcome.freed_bytes[gone.place]) == (1, SIZE)
        assert not one.has_file(gone)
        assert not (one.root / index_key(1, gone.start_ms)).exists()
        assert set(await one.rows()) == {stays.start_ms}
        [entry] = await one.log()
        assert (entry.reason, entry.span, entry.actor) == (Reason.RETENTION, gone.span, "")
        # The folder of a day of which nothing is left goes too, the camera's stays.
        assert not (one.root / video_key(1, gone.start_ms)).parent.exists()
        assert (one.root / "1").exists()
        assert await one.pending() == 0


async def test_what_is_being_written_stays_whatever_its_row_says(
    database: Database, tmp_path: Path
) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        by_row = await one.add(1, ago_h=100, state=SegmentState.OPEN)
        by_lock = await one.add(2, ago_h=100)
        with (one.root / video_key(2, by_lock.start_ms)).open("rb") as recorder:
            fcntl.flock(recorder, fcntl.LOCK_EX)
            outcome = await one.deleter.delete(doomed([by_row, by_lock]))
        assert (outcome.deleted, outcome.failed) == (0, 1)
        assert one.files() == {(1, by_row.start_ms), (2, by_lock.start_ms)}
        assert await one.count() == 2
        assert await one.log() == []
        assert await one.pending() == 0


async def test_one_file_that_cannot_be_deleted_stops_no_other(
    database: Database, tmp_path: Path
) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        segments = [await one.add(1, ago_h=100 - n) for n in range(5)]
        # A folder in the place of a file: no file of ours, and nothing that can be unlinked.
        odd = one.root / video_key(1, segments[2].start_ms)
        odd.unlink()
        odd.mkdir()
        other = one.root / index_key(1, segments[3].start_ms)
        other.unlink()
        outcome = await one.deleter.delete(doomed(segments))
        assert outcome.deleted + outcome.failed == 5
        assert outcome.deleted >= 4
        assert await one.count() == outcome.failed
        assert len(await one.log()) == outcome.deleted
        assert odd.is_dir()


async def test_a_file_that_was_gone_already_is_told_as_such_and_once(
    database: Database, tmp_path: Path
) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        lost = await one.add(1, ago_h=100, has_file=False)
        await one.deleter.delete(doomed([lost]))
        assert [each.reason for each in await one.log()] == [Reason.VANISHED]
        # A listing that was a moment old brings the row back: that is no second deletion.
        again = await one.add(1, start_ms=lost.start_ms, has_file=False)
        await one.deleter.delete(doomed([again]))
        assert len(await one.log()) == 1
        assert await one.count() == 0


async def test_a_file_that_goes_when_nobody_waits_any_more_is_in_the_log(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    class Hanging(LocalPlace):
        async def delete(self, key: PurePosixPath) -> bool:
            def late() -> bool:
                return goes_on.wait(60) and self._delete(key)

            return await self.in_thread(late)

    monkeypatch.setattr(deleting, "_DEADLINE_S", 4.0)
    archive = archive_in(tmp_path)
    hanging = Hanging("hanging", archive.root)
    (archive.root / MARKER).write_text('{"name": "hanging"}')
    async with keep(database, [tmp_path / "a"], others=[hanging]) as one:
        there = one.places.local.index(hanging)
        segment = await one.add(1, ago_h=100, place=there)
        outcome = await one.deleter.delete(doomed([segment]))
        assert (outcome.deleted, await one.pending(), await one.log()) == (0, 1, [])
        goes_on.set()
        await until(lambda: not one.has_file(segment, there))
        one.clock.wind(3_600)
        assert await one.deleter.lease.take()
        await one.deleter.settle()
        assert [each.reason for each in await one.log()] == [Reason.RETENTION]
        assert await one.count() == 0


async def test_a_disk_that_is_away_loses_nothing(database: Database, tmp_path: Path) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        segment = await one.add(1, ago_h=100)
        mounted = tmp_path / "elsewhere"
        one.root.rename(mounted)
        one.root.mkdir()
        outcome = await one.deleter.delete(doomed([segment]))
        assert (outcome.deleted, outcome.failed) == (0, 1)
        assert set(await one.rows()) == {segment.start_ms}
        assert files_below(mounted) == {(1, segment.start_ms)}
        assert await one.log() == []


async def test_a_held_file_stays_even_when_it_was_chosen_before(
    database: Database, tmp_path: Path
) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        segment = await one.add(1, ago_h=100)
        await one.hold(1, Span(segment.start_ms + 1, segment.start_ms + 2))
        outcome = await one.deleter.delete(doomed([segment]))
        assert outcome.deleted == 0
        assert one.has_file(segment)


async def test_a_copy_here_goes_and_the_footage_stays(database: Database, tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    async with keep(database, [tmp_path / "a"], others=[archive]) as one:
        segment = await one.add(1, ago_h=100, archived="archive")
        write_files(archive.root, 1, segment.start_ms)
        await one.deleter.delete(doomed([segment], Extent.LOCAL))
        assert not one.has_file(segment)
        assert files_below(archive.root) == {(1, segment.start_ms)}
        [row] = (await one.rows()).values()
        assert (row.is_local, row.state) == (False, SegmentState.CLOSED)
        assert await one.log() == []
        await one.deleter.delete(doomed([row]))
        assert files_below(archive.root) == set()
        assert [each.reason for each in await one.log()] == [Reason.RETENTION]
        assert await one.count() == 0


async def test_the_archives_copy_goes_and_ours_stays(database: Database, tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    async with keep(database, [tmp_path / "a"], others=[archive]) as one:
        segment = await one.add(1, ago_h=100, archived="archive")
        write_files(archive.root, 1, segment.start_ms)
        await one.deleter.delete(doomed([segment], Extent.ARCHIVED))
        assert one.has_file(segment)
        assert files_below(archive.root) == set()
        [row] = (await one.rows()).values()
        assert (row.is_local, row.archived_place) == (True, None)


async def test_of_two_workers_one_deletes(database: Database, tmp_path: Path) -> None:
    async with (
        keep(database, [tmp_path / "a"]) as one,
        keep(database, [tmp_path / "a"], clock=one.clock, takes_lease=False) as two,
    ):
        segments = [await one.add(1, ago_h=100 - n) for n in range(4)]
        assert not await two.deleter.lease.take()
        refused = await two.deleter.delete(doomed(segments[:2]))
        assert (refused.is_mine, refused.deleted) == (False, 0)
        assert (await one.deleter.delete(doomed(segments[:2]))).deleted == 2
        # One is gone without a word: after a while the other goes on.
        one.clock.wind(30)
        assert not await two.deleter.lease.take()
        one.clock.wind(30)
        assert await two.deleter.lease.take()
        assert not (await one.deleter.delete(doomed(segments[2:]))).is_mine
        assert (await two.deleter.delete(doomed(segments[2:]))).deleted == 2
        assert len(await two.log()) == 4


async def test_a_worker_that_ends_well_is_followed_at_once(
    database: Database, tmp_path: Path
) -> None:
    async with (
        keep(database, [tmp_path / "a"]) as one,
        keep(database, [tmp_path / "a"], clock=one.clock, takes_lease=False) as two,
    ):
        # Clocks that jump by a year do not matter to who may delete.
        one.clock.set_wall_back(-365 * 86_400)
        assert not await two.deleter.lease.take()
        await one.deleter.lease.give_back()
        assert await two.deleter.lease.take()


async def test_operators_delete_what_touches_a_time_and_the_worker_does_it(
    database: Database, tmp_path: Path
) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        segments = [await one.add(1, ago_h=5 - n) for n in range(4)]
        open_one = await one.add(1, ago_h=0, state=SegmentState.OPEN)
        span = Span(segments[1].end_ms - 1, open_one.start_ms + 1)
        async with database.write() as writing:
            asked = await deleting_wishes.ask(writing, 1, span, actor="ani", at=one.clock.now())
        assert (asked.segments, asked.open_segments) == (3, 1)
        assert asked.span == Span(segments[1].start_ms, segments[3].end_ms)
        assert one.files() == {(1, each.start_ms) for each in (*segments, open_one)}
        await one.deleter.settle()
        assert one.files() == {(1, segments[0].start_ms), (1, open_one.start_ms)}
        assert {(each.reason, each.actor) for each in await one.log()} == {(Reason.OPERATOR, "ani")}


async def test_empty_files_go_and_large_ones_never_do(database: Database, tmp_path: Path) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        empty = await one.add(1, ago_h=1, state=SegmentState.DAMAGED, size_bytes=40)
        large = await one.add(2, ago_h=1, state=SegmentState.DAMAGED, size_bytes=2 * 2**20)
        remove = deleting_wishes.EmptyFiles(database, one.clock).remove
        for number in (1, 2):
            async with database.read() as reading:
                for row in await repository.known_between(reading, number, Span(0, 2**50)):
                    await remove(row)
        await one.deleter.settle()
        assert one.files() == {(2, large.start_ms)}
        [entry] = await one.log()
        assert (entry.reason, entry.span.from_ms) == (Reason.EMPTY, empty.start_ms)


async def test_a_hold_that_came_in_time_saves_what_a_crash_had_left_to_delete(
    database: Database, tmp_path: Path
) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        whole, half = await one.add(1, ago_h=100), await one.add(2, ago_h=100)
        async with database.write() as writing:
            await deletion_rows.write_down(
                writing, doomed([whole, half]), actor="", at=one.clock.now()
            )
        (one.root / video_key(2, half.start_ms)).unlink()
        for camera_id in (1, 2):
            await one.hold(camera_id, Span(0, 2**50))
        await one.deleter.settle()
        assert one.has_file(whole)
        assert await one.pending() == 0
        assert [(each.camera_id, each.reason) for each in await one.log()] == [
            (2, Reason.RETENTION)
        ]


@pytest.mark.parametrize(
    "dies", [f"{when} {n}" for n in (1, 2, 7, 12) for when in ("before", "after")]
)
async def test_a_worker_killed_at_any_file_leaves_nothing_unexplained(
    sqlite_place: DatabasePlace, tmp_path: Path, dies: str
) -> None:
    """Its deletions of files are counted: the video and the index of each of six segments."""
    root = tmp_path / "a"
    async with opened(sqlite_place) as database, keep(database, [root]) as one:
        segments = [await one.add(1 + n % 2, ago_h=100 - n) for n in range(6)]
        await one.add(3, ago_h=1)
        await one.deleter.lease.give_back()
    before = files_below(root)
    await _killed(sqlite_place, root, dies)
    async with opened(sqlite_place) as database, keep(database, [root], takes_lease=False) as one:
        one.clock.wind(1)
        await _taken_over(one)
        await one.deleter.settle()
        await one.keeper.pass_ages()
        await _agrees(one, before, deleted=len(segments))
        assert {each.reason for each in await one.log()} == {Reason.RETENTION}


async def _killed(place: DatabasePlace, root: Path, dies: str) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, str(CHILD), place.url.database or "", str(root), *dies.split()),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(CHILD.parents[3])},
    )
    _, said = await child.communicate()
    assert child.returncode == -signal.SIGKILL, said.decode()


async def _taken_over(one: Keep) -> None:
    await one.deleter.lease.take()
    one.clock.wind(60)
    assert await one.deleter.lease.take()


async def _agrees(one: Keep, before: set[tuple[int, int]], *, deleted: int) -> None:
    """Kept and deleted are all there was, each deletion has one reason, and disk and rows agree."""
    log = await one.log()
    gone = [(each.camera_id, each.span.from_ms) for each in log]
    assert len(gone) == len(set(gone)) == deleted
    kept = one.files()
    assert kept | set(gone) == before
    assert not kept & set(gone)
    rows = {
        (camera_id, start_ms) for camera_id in (1, 2, 3) for start_ms in await one.rows(camera_id)
    }
    assert rows == kept
    assert await one.pending() == 0
    assert len(list(one.root.glob("*/*/*.idx"))) == len(kept)
