"""What nobody closed is put in order, a bounded number of times, and never thrown away."""

import errno
from pathlib import Path

import pytest
from sqlalchemy import select

from pantau.db.database import Database
from pantau.recordings import repository
from pantau.recordings.models import EndCause, SegmentState, Span
from pantau.recordings.repairing import MOST_ATTEMPTS
from pantau.recordings.repository import Known
from pantau.recordings.rows import SegmentRow
from tests.recordings.footage import AT_MS, Footage, footage
from tests.support.clock import HandWoundClock
from tests.support.recordings import Recorded, being_written, write_recording

pytestmark = pytest.mark.anyio


def ruined(root: Path, start_ms: int) -> Recorded:
    """A recording of which nothing can be read any more."""
    recorded = write_recording(root, 1, start_ms)
    recorded.video.write_bytes(b"\0" * 5_000)
    recorded.index.unlink()
    return recorded


async def known(database: Database, start_ms: int = AT_MS) -> Known:
    async with database.read() as reading:
        (row,) = await repository.known_between(reading, 1, Span(start_ms, start_ms + 1))
    return row


async def tried_for_days(hub: Footage, clock: HandWoundClock) -> int:
    tries = 0
    for _ in range(40):
        tries += await hub.repairer.step()
        await clock.advance(6 * 3_600)
    return tries


async def test_what_cannot_be_saved_is_tried_twelve_times_and_kept(
    database: Database, tmp_path: Path
) -> None:
    clock = HandWoundClock()
    recorded = ruined(tmp_path, AT_MS)
    async with footage(database, [tmp_path], clock) as hub:
        await hub.indexer.look()
        assert await tried_for_days(hub, clock) == MOST_ATTEMPTS
        row = await known(database)
        assert (row.state, row.attempts, row.next_attempt_ms) == (
            SegmentState.DAMAGED,
            MOST_ATTEMPTS,
            None,
        )
        assert hub.emptied == []
    assert recorded.video.read_bytes() == b"\0" * 5_000


async def test_attempts_are_remembered_by_whoever_comes_after(
    database: Database, tmp_path: Path
) -> None:
    clock = HandWoundClock()
    recorded = ruined(tmp_path, AT_MS)
    tries = 0
    for number in range(2 * MOST_ATTEMPTS):
        recorded.video.write_bytes(bytes(5_000 + number))
        async with footage(database, [tmp_path], clock) as hub:
            await hub.indexer.thorough()
            tries += await hub.repairer.step()
        await clock.advance(86_400)
    assert tries == MOST_ATTEMPTS


async def test_fresh_files_are_not_kept_waiting_by_those_that_were_tried_before(
    database: Database, tmp_path: Path
) -> None:
    clock = HandWoundClock()
    for number in range(40):
        ruined(tmp_path, AT_MS + number * 1_000)
    async with footage(database, [tmp_path], clock) as hub:
        await hub.indexer.look()
        while await hub.repairer.step():
            pass
        fresh = write_recording(tmp_path, 1, AT_MS - 60_000, shape="open")
        await clock.advance(7_200)
        await hub.indexer.thorough()
        await hub.repairer.step()
        assert (await hub.rows())[fresh.start_ms].state is SegmentState.CLOSED


async def test_a_lost_index_is_written_anew(database: Database, tmp_path: Path) -> None:
    recorded = write_recording(tmp_path, 1, AT_MS)
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        await hub.indexer.look()
        recorded.index.unlink()
        await hub.indexer.thorough()
        assert (await known(database)).state is SegmentState.DAMAGED
        await hub.repairer.step()
        (row,) = (await hub.rows()).values()
        assert (row.state, row.duration_ms) == (SegmentState.CLOSED, 3_000)
    assert recorded.index.exists()


async def test_what_somebody_writes_is_not_repaired(database: Database, tmp_path: Path) -> None:
    recorded = write_recording(tmp_path, 1, AT_MS, shape="open")
    before = recorded.video.read_bytes()
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        await hub.indexer.look()
        with being_written(recorded.video):
            await hub.repairer.step()
            assert recorded.video.read_bytes() == before
            assert (await known(database)).state is SegmentState.OPEN


@pytest.mark.parametrize("kind", ["zero", "init", "zero-with-index"])
async def test_a_file_without_a_picture_goes_to_whoever_deletes_and_once(
    sqlite_database: Database, tmp_path: Path, kind: str
) -> None:
    clock = HandWoundClock()
    recorded = write_recording(tmp_path, 1, AT_MS, seconds=0, shape="open")
    if kind.startswith("zero"):
        recorded.video.write_bytes(b"")
    if kind == "zero":
        recorded.index.unlink()
    async with footage(sqlite_database, [tmp_path], clock) as hub:
        await hub.indexer.look()
        await hub.repairer.step()
        assert hub.emptied == []
        assert await hub.catalogue.segments(1) == []
        await clock.advance(61)
        await hub.repairer.step()
        await tried_for_days(hub, clock)
        assert [row.start_ms for row in hub.emptied] == [AT_MS]
    assert recorded.video.exists()


async def test_a_file_that_a_recorder_began_and_goes_on_with_is_not_empty(
    database: Database, tmp_path: Path
) -> None:
    clock = HandWoundClock()
    recorded = write_recording(tmp_path, 1, AT_MS, seconds=0, shape="open")
    async with footage(database, [tmp_path], clock) as hub:
        await hub.indexer.look()
        with being_written(recorded.video):
            await clock.advance(61)
            await hub.repairer.step()
            assert hub.emptied == []
            assert (await known(database)).state is SegmentState.OPEN


async def test_a_torn_file_says_that_it_crashed(database: Database, tmp_path: Path) -> None:
    recorded = write_recording(tmp_path, 1, AT_MS, seconds=5, shape="open")
    whole = recorded.video.read_bytes()
    recorded.video.write_bytes(whole[:-100])
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        await hub.indexer.look()
        await hub.repairer.step()
        (row,) = (await hub.rows()).values()
    assert (row.state, row.cause, row.duration_ms) == (
        SegmentState.CLOSED,
        EndCause.CRASHED,
        4_000,
    )


async def test_a_disk_that_takes_nothing_costs_no_attempt(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandWoundClock()
    write_recording(tmp_path, 1, AT_MS, shape="open")

    def refuses(_: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    async with footage(sqlite_database, [tmp_path], clock) as hub:
        await hub.indexer.look()
        # A disk cannot be mounted read-only here; this is the call that it would refuse.
        monkeypatch.setattr("pantau.media.archive.reading.finish", refuses)
        assert await tried_for_days(hub, clock) > MOST_ATTEMPTS
        assert (await known(sqlite_database)).attempts == 0
        assert len(await hub.catalogue.segments(1)) == 1
        monkeypatch.undo()
        await clock.advance(700)
        await hub.repairer.step()
        assert (await known(sqlite_database)).state is SegmentState.CLOSED


async def test_no_row_is_damaged_without_a_time_or_an_end(
    database: Database, tmp_path: Path
) -> None:
    ruined(tmp_path, AT_MS)
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        await hub.indexer.look()
    async with database.read() as reading:
        (due,) = (await reading.session.scalars(select(SegmentRow.next_attempt_ms))).all()
    assert due is not None
