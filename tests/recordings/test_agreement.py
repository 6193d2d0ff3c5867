"""Whatever is damaged or lost, catalogue and disk agree afterwards, and no footage is gone."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from pantau.core.clock import SystemClock
from pantau.db.database import Database
from pantau.db.numbers import highest_number
from pantau.db.place import sqlite_place
from pantau.recordings.disks import Disks
from pantau.recordings.models import SegmentState
from pantau.recordings.rescanning import rescan
from pantau.recordings.rows import SegmentRow
from pantau.recordings.verifying import Kind, Verified, verify
from tests.recordings.footage import AT_MS, Footage, footage
from tests.support.clock import HandWoundClock
from tests.support.database import opened
from tests.support.recordings import (
    Recorded,
    being_written,
    close_recording,
    write_recording,
)

FILES: Final = 6
_STEP_MS: Final = 10_000


async def verified(hub: Footage) -> Verified:
    # Files of these tests are as old as the machine's clock says: later than the hub's.
    return await verify(hub.database, Disks(hub.places), hub.clock)


def torn_index(one: Recorded) -> None:
    one.index.write_bytes(one.index.read_bytes()[:-20])


def broken_index(one: Recorded) -> None:
    one.index.write_bytes(b"nonsense" * 50)


def lost_index(one: Recorded) -> None:
    one.index.unlink()


def another_index(one: Recorded) -> None:
    other = write_recording(one.video.parents[2] / "other", 9, AT_MS + 5)
    one.index.write_bytes(other.index.read_bytes())


def torn_video(one: Recorded) -> None:
    one.video.write_bytes(one.video.read_bytes()[: one.fragments[-1].offset + 50])


def grown_video(one: Recorded) -> None:
    with one.video.open("ab") as video:
        video.write(b"\0" * 99)


def zeroed_video(one: Recorded) -> None:
    one.video.write_bytes(bytes(3_000))


DAMAGES: dict[str, Callable[[Recorded], None]] = {
    "nothing": lambda _: None,
    "torn index": torn_index,
    "broken index": broken_index,
    "lost index": lost_index,
    "another's index": another_index,
    "torn video": torn_video,
    "grown video": grown_video,
    "zeroed video": zeroed_video,
    "lost video": lambda one: one.video.unlink(),
}
ROWS: dict[str, dict[str, object] | None] = {
    "right": {},
    "lost": None,
    "wrong size": {"size_bytes": 1},
    "wrong end": {"end_ms": AT_MS + 5},
    "still open": {"state": "open"},
    "missing": {"state": "missing"},
    "damaged": {"state": "damaged", "next_attempt_ms": None, "attempts": 12},
}


async def spoil_row(database: Database, start_ms: int, how: str) -> None:
    values = ROWS[how]
    row = SegmentRow
    async with database.write() as writing:
        if values is None:
            await writing.session.execute(delete(row).where(row.start_ms == start_ms))
        elif values:
            await writing.session.execute(
                update(row).where(row.start_ms == start_ms).values(values)
            )


async def spoiled_and_rescanned(template: Path, files: list[tuple[str, str, str]]) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "disk"
        place = sqlite_place(Path(folder) / "pantau.db")
        shutil.copy(template, Path(folder) / "pantau.db")
        async with opened(place) as database:
            clock = HandWoundClock()
            async with footage(database, [root], clock) as hub:
                recorded = [
                    write_recording(
                        root,
                        1,
                        AT_MS + number * _STEP_MS,
                        shape="closed" if shape == "closed" else "open",
                    )
                    for number, (shape, _, _) in enumerate(files)
                ]
                await hub.indexer.look()
                for one, (_, damage, row) in zip(recorded, files, strict=True):
                    DAMAGES[damage](one)
                    await spoil_row(database, one.start_ms, row)
                there = {one.start_ms for one in recorded if one.video.exists()}
                await rescan(database, Disks(hub.places), clock)
                await _check(hub, recorded, there)


async def _check(hub: Footage, recorded: list[Recorded], there: set[int]) -> None:
    assert {one.start_ms for one in recorded if one.video.exists()} == there
    assert (await verified(hub)).differences == []
    rows = await hub.rows()
    assert there <= rows.keys()
    assert all(rows[at].state is SegmentState.MISSING for at in rows.keys() - there)
    for one in recorded:
        if one.start_ms in there and one.video.read_bytes().startswith(b"\0\0\0\x18ftyp"):
            # Whatever whole seconds there were can be played.
            row = rows[one.start_ms]
            assert row.state is SegmentState.CLOSED
            assert row.duration_ms in {2_000, 3_000}


_file = st.tuples(
    st.sampled_from(["closed", "open"]),
    st.sampled_from(sorted(DAMAGES)),
    st.sampled_from(sorted(ROWS)),
)


@given(files=st.lists(_file, min_size=1, max_size=FILES))
@settings(max_examples=15)
def test_after_a_rescan_catalogue_and_disk_agree(
    sqlite_template: Path, files: list[tuple[str, str, str]]
) -> None:
    asyncio.run(spoiled_and_rescanned(sqlite_template, files))


@pytest.mark.long
@given(files=st.lists(_file, min_size=1, max_size=FILES))
@settings(max_examples=400)
def test_after_a_rescan_catalogue_and_disk_agree_whatever_happened(
    sqlite_template: Path, files: list[tuple[str, str, str]]
) -> None:
    asyncio.run(spoiled_and_rescanned(sqlite_template, files))


@pytest.mark.anyio
@pytest.mark.parametrize("damage", sorted(DAMAGES))
async def test_each_damage_is_seen_by_a_verification(
    sqlite_database: Database, tmp_path: Path, damage: str
) -> None:
    recorded = write_recording(tmp_path, 1, AT_MS)
    write_recording(tmp_path, 2, AT_MS)
    async with footage(sqlite_database, [tmp_path], HandWoundClock()) as hub:
        await hub.indexer.look()
        assert (await verified(hub)).differences == []
        DAMAGES[damage](recorded)
        differences = (await verified(hub)).differences
    assert bool(differences) is (damage != "nothing")
    assert {each.key.partition("/")[0] for each in differences} <= {"1"}


@pytest.mark.anyio
@pytest.mark.parametrize("row", sorted(ROWS))
async def test_each_wrong_row_is_seen_by_a_verification(
    sqlite_database: Database, tmp_path: Path, row: str
) -> None:
    write_recording(tmp_path, 1, AT_MS)
    async with footage(sqlite_database, [tmp_path], HandWoundClock()) as hub:
        await hub.indexer.look()
        await spoil_row(sqlite_database, AT_MS, row)
        differences = (await verified(hub)).differences
    assert bool(differences) is (row != "right")


@pytest.mark.anyio
async def test_bytes_that_changed_inside_a_file_are_seen(
    database: Database, tmp_path: Path
) -> None:
    recorded = write_recording(tmp_path, 1, AT_MS)
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        await hub.indexer.look()
        data = bytearray(recorded.video.read_bytes())
        data[recorded.fragments[1].offset + 4 : recorded.fragments[1].offset + 8] = b"what"
        recorded.video.write_bytes(data)
        (difference,) = (await verified(hub)).differences
    assert difference.kind is Kind.BOXES


@pytest.mark.anyio
async def test_what_is_being_written_and_what_is_gone_for_good_is_no_difference(
    database: Database, tmp_path: Path
) -> None:
    gone = write_recording(tmp_path, 1, AT_MS)
    writing = write_recording(tmp_path, 1, AT_MS + _STEP_MS, shape="open")
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        with being_written(writing.video):
            await hub.indexer.look()
            gone.video.unlink()
            await hub.indexer.thorough()
            found = await verified(hub)
    assert (found.differences, found.open, found.missing, found.files) == ([], 1, 1, 1)


@pytest.mark.anyio
async def test_what_was_closed_a_moment_ago_is_no_difference_and_what_was_damaged_is(
    sqlite_database: Database, tmp_path: Path
) -> None:
    clock = SystemClock()
    recorded = write_recording(tmp_path, 1, AT_MS, shape="open")
    async with footage(sqlite_database, [tmp_path], clock) as hub:
        with being_written(recorded.video):
            await hub.indexer.thorough()
        recorded = close_recording(recorded)
        write_recording(tmp_path, 1, AT_MS + _STEP_MS)
        assert (await verified(hub)).differences == []
        await hub.indexer.thorough()
        DAMAGES["torn video"](recorded)
        assert (await verified(hub)).differences != []


@pytest.mark.anyio
async def test_a_lost_database_is_built_anew_and_numbers_of_cameras_are_not_given_again(
    database: Database, tmp_path: Path
) -> None:
    for camera_id in (3, 41):
        for number in range(3):
            write_recording(tmp_path, camera_id, AT_MS + number * _STEP_MS)
    told: list[tuple[str, int, int | None]] = []
    async with footage(database, [tmp_path], HandWoundClock()) as hub:
        done = await rescan(
            database, Disks(hub.places), hub.clock, tell=lambda *what: told.append(what)
        )
        assert done.tally.added == 6
        assert (await verified(hub)).differences == []
        async with database.read() as reading:
            assert await highest_number(reading, "cameras") == 41
    assert told[0] == ("reading", 0, 2)
    assert ("reading", 2, 2) in told


@pytest.mark.anyio
async def test_a_folder_that_is_away_is_a_difference_and_nothing_else_is(
    database: Database, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    write_recording(disk, 1, AT_MS)
    async with footage(database, [disk], HandWoundClock()) as hub:
        await hub.indexer.look()
        disk.rename(tmp_path / "unmounted")
        (difference,) = (await verified(hub)).differences
        done = await rescan(database, Disks(hub.places), hub.clock)
    assert difference.kind is Kind.PLACE_AWAY
    assert done.places_away == (difference.place,)
    assert done.tally.missing == 0
