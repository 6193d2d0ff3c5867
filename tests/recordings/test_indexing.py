"""The catalogue follows what lies on the disks, and nothing on them is ever lost by looking."""

from pathlib import Path

import pytest

from pantau.db.database import Database
from pantau.media.archive.index import Ending
from pantau.recordings.models import EndCause, SegmentState
from tests.recordings.footage import AT_MS, footage
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
