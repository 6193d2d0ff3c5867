"""Real file systems: filled while room is made, read-only, away, unreadable, shared."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pantau.db.database import Database
from pantau.media.archive.naming import video_key
from pantau.recordings.keeping_values import Alarm, AlarmKind, Footage, Level
from pantau.recordings.models import Reason, Span
from pantau.recordings.retention import Misdated
from tests.recordings.keeping.house import HOUR_MS, Keep, archive_in, keep, write_files
from tests.support.small_disk import SmallDisk, small_disk

pytestmark = pytest.mark.anyio

KIB, MIB = 1 << 10, 1 << 20
RULES = {"reserve_bytes": MIB, "low_hours": 4.0, "critical_hours": 1.0}


def alarms_of(one: Keep) -> set[AlarmKind]:
    return {each.kind for each in one.guard.alarms}


async def looked(one: Keep, *, after_s: float = 61) -> Level:
    """Look once, with rates and figures of that moment; return the level of the first disk."""
    one.clock.wind(after_s)
    assert await one.deleter.lease.take()
    await one.keeper.pass_quotas()
    await one.guard.look(misdated=one.ages.belief.misdated)
    return one.guard.disks[0].level


async def recorded(one: Keep, *, files: int, size_bytes: int = 256 * KIB) -> list[Footage]:
    """Record ten minutes after ten minutes, up to now."""
    return [
        await one.add(1 + n % 3, ago_h=(files - n) / 6, size_bytes=size_bytes) for n in range(files)
    ]


async def test_a_disk_filled_by_recording_never_runs_out_of_room(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", size_bytes=16 * MIB) as disk:
        async with keep(sqlite_database, [disk.folder], rules=RULES) as one:
            levels, written, passes_that_deleted = [], 0, 0
            for _ in range(120):
                await one.add(1 + written % 3, ago_h=0, size_bytes=256 * KIB)
                written += 1
                before = len(one.files())
                levels.append(await looked(one, after_s=600))
                passes_that_deleted += len(one.files()) < before
                room = os.statvfs(disk.folder)
                assert room.f_bavail * room.f_frsize >= RULES["reserve_bytes"]
            log = await one.log()
            kept = one.files()
            # A window that rolls: the newest are there, the oldest are gone, each with its reason.
            assert len(kept) + len(log) == written
            oldest_kept = min(start_ms for _, start_ms in kept)
            assert max(each.span.from_ms for each in log) < oldest_kept
            assert {each.reason for each in log} <= {Reason.DISK_LOW, Reason.DISK_CRITICAL}
            assert len(kept) > 30
            # Now and then many, and not one file each time.
            assert passes_that_deleted < len(log) / 2


async def test_held_and_open_files_stay_on_a_full_disk_and_somebody_is_told(
    database: Database, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", size_bytes=8 * MIB) as disk:
        async with keep(database, [disk.folder], rules=RULES) as one:
            segments = await recorded(one, files=8)
            for camera_id in (1, 2, 3):
                await one.hold(camera_id, Span(0, 2**53))
            disk.fill(leave_bytes=512 * KIB)
            assert await looked(one) is Level.RESERVE
            assert len(one.files()) == len(segments)
            assert {AlarmKind.RESERVE, AlarmKind.NOTHING_LEFT} <= alarms_of(one)


async def test_other_files_that_fill_the_disk_are_named(database: Database, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size_bytes=16 * MIB) as disk:
        async with keep(database, [disk.folder], rules=RULES) as one:
            await recorded(one, files=4)
            assert await looked(one) is Level.OK
            assert alarms_of(one) == set()
            disk.fill(leave_bytes=512 * KIB)
            await looked(one)
            assert AlarmKind.OTHER_FILES in alarms_of(one)
            assert (one.guard.disks[0].other_bytes or 0) > 12 * MIB
            disk.free()
            assert await looked(one) is Level.OK
            assert alarms_of(one) == set()


async def test_files_that_make_no_room_are_not_followed_by_more(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """Somebody has them open: they are deleted, and the disk is as full as before."""
    with small_disk(tmp_path / "disk", size_bytes=16 * MIB) as disk:
        async with keep(sqlite_database, [disk.folder], rules=RULES) as one:
            segments = await recorded(one, files=40)
            disk.fill(leave_bytes=512 * KIB)
            with _opened(disk, segments):
                for _ in range(12):
                    await looked(one, after_s=16)
                kept = len(one.files())
                assert AlarmKind.NO_EFFECT in alarms_of(one)
                # Twelve looks would have taken everything there is.
                assert kept > 10
            await looked(one, after_s=1000)


async def test_what_the_archive_has_loses_its_copy_here_only(
    database: Database, tmp_path: Path
) -> None:
    archive = archive_in(tmp_path)
    with small_disk(tmp_path / "disk", size_bytes=8 * MIB) as disk:
        async with keep(database, [disk.folder], rules=RULES, others=[archive]) as one:
            for n in range(12):
                each = await one.add(1, ago_h=12 - n, size_bytes=256 * KIB, archived="archive")
                write_files(archive.root, 1, each.start_ms)
            disk.fill(leave_bytes=512 * KIB)
            await looked(one)
            assert len(one.files()) < 12
            assert await one.count() == 12
            assert await one.log() == []


async def test_a_read_only_disk_is_told_and_nothing_is_lost(
    database: Database, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", size_bytes=8 * MIB) as disk:
        async with keep(database, [disk.folder], rules=RULES) as one:
            segments = await recorded(one, files=8)
            old = await one.add(1, ago_h=100)
            disk.fill(leave_bytes=512 * KIB)
            disk.remount("ro")
            await one.keeper.pass_ages()
            await looked(one)
            assert AlarmKind.READ_ONLY in alarms_of(one)
            assert len(one.files()) == len(segments) + 1
            assert await one.count() == len(segments) + 1
            assert await one.log() == []
            disk.remount("rw")
            disk.free()
            await looked(one, after_s=700)
            await one.keeper.pass_ages()
            assert not one.has_file(old)


async def test_a_disk_that_is_not_mounted_or_cannot_say_its_room_is_left_alone(
    database: Database, tmp_path: Path
) -> None:
    # The one file system that says that it has no blocks at all.
    async with keep(database, [tmp_path / "a", Path("/proc")], rules=RULES) as one:
        segment = await one.add(1, ago_h=100)
        unreadable = one.places.local[1].name
        (tmp_path / "a").rename(tmp_path / "elsewhere")
        (tmp_path / "a").mkdir()
        await looked(one)
        assert set(one.guard.alarms) == {
            Alarm(AlarmKind.GONE, one.places.local[0].name),
            Alarm(AlarmKind.UNREADABLE, unreadable),
        }
        await one.keeper.pass_ages()
        assert set(await one.rows()) == {segment.start_ms}
        assert await one.log() == []


async def test_two_disks_are_judged_each_by_itself(database: Database, tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "small", size_bytes=8 * MIB) as small,
        small_disk(tmp_path / "large", size_bytes=32 * MIB) as large,
    ):
        async with keep(database, [small.folder, large.folder], rules=RULES) as one:
            for n in range(12):
                await one.add(1, ago_h=12 - n, size_bytes=256 * KIB, place=0)
                await one.add(2, ago_h=24 - n, size_bytes=256 * KIB, place=1)
            small.fill(leave_bytes=512 * KIB)
            await looked(one)
            assert [disk.level for disk in one.guard.disks] == [Level.RESERVE, Level.OK]
            assert len(one.files(0)) < 12
            assert len(one.files(1)) == 12


async def test_two_places_on_one_disk_make_room_once(database: Database, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size_bytes=16 * MIB) as disk:
        folders = [disk.folder, disk.folder.with_name("more")]
        async with keep(database, folders, rules=RULES) as one:
            for n in range(12):
                await one.add(1, ago_h=24 - n, size_bytes=256 * KIB, place=n % 2)
            disk.fill(leave_bytes=900 * KIB)
            await looked(one)
            log = await one.log()
            starts = sorted(start_ms for place in (0, 1) for _, start_ms in one.files(place))
            assert len(log) + len(starts) == 12
            assert max(each.span.from_ms for each in log) < starts[0]
            assert sum(each.size_bytes for each in log) < 3 * MIB


async def test_what_a_clock_that_was_behind_has_named_goes_last(
    database: Database, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", size_bytes=8 * MIB) as disk:
        async with keep(database, [disk.folder], rules=RULES) as one:
            await recorded(one, files=8)
            newest = await one.add(1, ago_h=50_000, size_bytes=256 * KIB)
            disk.fill(leave_bytes=768 * KIB)
            one.clock.wind(61)
            assert await one.deleter.lease.take()
            wrong = Misdated(Span(newest.start_ms - HOUR_MS, newest.end_ms), 50_000 * HOUR_MS)
            await one.guard.look(misdated=[wrong])
            assert one.has_file(newest)
            assert 0 < len(one.files()) < 9


@contextmanager
def _opened(disk: SmallDisk, segments: list[Footage]) -> Iterator[None]:
    videos = [(disk.folder / video_key(s.camera_id, s.start_ms)).open("rb") for s in segments]
    try:
        yield
    finally:
        for video in videos:
            video.close()
