"""The passes of the worker: ages, quotas, archives, zones, clocks, and what it tells."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pantau.db.database import Database
from pantau.recordings import hold_rows, keeping_rows, rule_rows
from pantau.recordings.keeper import KeptCamera
from pantau.recordings.keeping_values import AlarmKind, Storage
from pantau.recordings.models import Reason, SegmentState, Span
from pantau.recordings.rules import RecordingRules
from pantau.recordings.storage_note import storage_from
from tests.recordings.keeping.house import (
    HOUR_MS,
    KEEP_HOURS,
    SIZE,
    Keep,
    archive_in,
    keep,
    write_files,
)
from tests.support.clock import HandWoundClock
from tests.support.hub import Hub

pytestmark = pytest.mark.anyio


async def test_each_camera_keeps_as_long_as_it_says_and_removed_ones_as_the_hub_does(
    database: Database, tmp_path: Path
) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        one.cameras += [
            KeptCamera(id=1, area_id=None, keep_hours=5),
            KeptCamera(id=2, area_id=None, keep_hours=None),
        ]
        stay = [
            await one.add(1, ago_h=5.4),
            await one.add(2, ago_h=KEEP_HOURS * 1.1 - 0.1),
            await one.add(3, ago_h=KEEP_HOURS * 1.1 - 0.1),
            await one.add(4, ago_h=90, state=SegmentState.OPEN),
        ]
        go = [
            await one.add(1, ago_h=5.7),
            await one.add(2, ago_h=KEEP_HOURS * 1.1 + 0.1),
            await one.add(3, ago_h=KEEP_HOURS * 1.1 + 0.1, state=SegmentState.DAMAGED),
        ]
        outcome = await one.keeper.pass_ages()
        assert outcome.deleted == len(go)
        assert one.files() == {(each.camera_id, each.start_ms) for each in stay}
        assert {each.reason for each in await one.log()} == {Reason.RETENTION}
        assert (await one.keeper.pass_ages()).deleted == 0


async def test_holds_that_overlap_everything_keep_everything(
    database: Database, tmp_path: Path
) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        segments = [await one.add(1 + n % 3, ago_h=100 - n) for n in range(9)]
        for camera_id in (1, 2, 3):
            await one.hold(camera_id, Span(0, 2**53))
            await one.hold(camera_id, Span(segments[4].start_ms, segments[4].end_ms), for_h=1)
        await _limit(database, tmp_path, one, quota_bytes=1)
        await one.keeper.pass_ages()
        await one.keeper.pass_quotas()
        assert len(one.files()) == 9
        assert await one.log() == []


async def test_a_hold_that_has_ended_holds_nothing(database: Database, tmp_path: Path) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        held, released = await one.add(1, ago_h=100), await one.add(2, ago_h=100)
        await one.hold(1, held.span, for_h=2)
        number = await one.hold(2, released.span)
        async with database.write() as writing:
            await hold_rows.release(writing, number, by="ani", at=one.clock.now())
        await one.keeper.pass_ages()
        assert one.files() == {(1, held.start_ms)}
        one.clock.wind(2 * 3600 + 1)
        assert await one.deleter.lease.take()
        await one.keeper.pass_ages()
        assert one.files() == set()


async def test_a_camera_over_its_quota_loses_its_oldest(database: Database, tmp_path: Path) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        mine = [await one.add(1, ago_h=10 - n) for n in range(6)]
        others = [await one.add(2, ago_h=20)]
        await _limit(database, tmp_path, one, quota_bytes=3 * SIZE + 10)
        await one.keeper.pass_quotas()
        assert one.files() == {(each.camera_id, each.start_ms) for each in (*mine[3:], *others)}
        assert {each.reason for each in await one.log()} == {Reason.CAMERA_QUOTA}


async def test_an_area_over_its_quota_loses_the_oldest_of_all_its_cameras(
    database: Database, tmp_path: Path
) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        hub = Hub(database, tmp_path)
        await hub.add_area(7, "Seven")
        async with database.write() as writing:
            await hold_rows.save_area_quota(writing, 7, 4 * SIZE)
        one.cameras += [
            KeptCamera(id=n, area_id=7 if n < 3 else None, keep_hours=None) for n in (1, 2, 3)
        ]
        segments = [await one.add(1 + n % 3, ago_h=20 - n) for n in range(9)]
        await one.keeper.pass_quotas()
        area = [each for each in segments if each.camera_id < 3]
        assert one.files() == {
            (each.camera_id, each.start_ms)
            for each in segments
            if each.camera_id == 3 or each in area[2:]
        }
        assert {each.reason for each in await one.log()} == {Reason.AREA_QUOTA}


async def test_copies_leave_the_disk_by_its_time_and_the_archive_by_its_own(
    database: Database, tmp_path: Path
) -> None:
    archive = archive_in(tmp_path)
    async with keep(database, [tmp_path / "a"], others=[archive]) as one:
        fresh, middle, old = [
            await one.add(1, ago_h=ago_h, archived="archive") for ago_h in (1, 48, 40 * 24)
        ]
        for each in (fresh, middle, old):
            write_files(archive.root, 1, each.start_ms)
        await one.keeper.pass_ages()
        rows = await one.rows()
        assert {start_ms: row.is_local for start_ms, row in rows.items()} == {
            fresh.start_ms: True,
            middle.start_ms: False,
        }
        assert one.files(0) == {(1, fresh.start_ms)}
        assert [each.span for each in await one.log()] == [old.span]
        # Later the copy goes too, which nothing on our disk tells any more.
        one.clock.wind(35 * 86_400)
        assert await one.deleter.lease.take()
        await _believed(one)
        await one.keeper.pass_ages()
        assert await one.count() == 0
        assert {each.reason for each in await one.log()} == {Reason.RETENTION}


async def test_what_the_archive_has_no_copy_of_yet_stays(
    database: Database, tmp_path: Path
) -> None:
    archive = archive_in(tmp_path)
    async with keep(database, [tmp_path / "a"], others=[archive], has_archive=True) as one:
        waits = await one.add(1, ago_h=48)
        old = await one.add(1, ago_h=40 * 24)
        never = await one.add(1, ago_h=49, state=SegmentState.DAMAGED)
        await one.keeper.pass_ages()
        assert set(await one.rows()) == {waits.start_ms}
        assert {each.span for each in await one.log()} == {old.span, never.span}


@pytest.mark.parametrize(
    "changes_at",
    [
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),  # Berlin: an hour is missing
        datetime(2026, 10, 25, 1, 0, tzinfo=UTC),  # Berlin: an hour is twice
        datetime(2026, 4, 4, 15, 0, tzinfo=UTC),  # Lord Howe: half an hour is twice
    ],
)
async def test_hours_that_are_missing_or_twice_in_some_zone_count_like_any_other(
    sqlite_database: Database,
    tmp_path: Path,
    changes_at: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = HandWoundClock(changes_at - timedelta(hours=3))
    for zone in ("Europe/Berlin", "Australia/Lord_Howe"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert ZoneInfo(zone)
    try:
        async with keep(sqlite_database, [tmp_path / "a"], clock=clock) as one:
            one.cameras.append(KeptCamera(id=1, area_id=None, keep_hours=2))
            segments = []
            for _ in range(36):
                segments.append(await one.add(1, ago_h=0, minutes=7))
                one.clock.wind(600)
                await one.deleter.lease.take()
                await one.keeper.pass_ages()
                kept = {each.start_ms for each in segments if one.has_file(each)}
                limit_ms = one.now_ms - 2 * HOUR_MS - HOUR_MS // 5
                assert kept == {each.start_ms for each in segments if each.end_ms >= limit_ms}
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("hours", [1, -1, 365 * 24, -365 * 24, -56 * 365 * 24])
async def test_a_clock_that_jumps_and_comes_back_deletes_nothing(
    database: Database, tmp_path: Path, hours: int
) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        segments = [await one.add(1, ago_h=n * 2) for n in range(13)]
        await one.keeper.pass_ages()
        for shift_h in (-hours, hours):
            one.clock.set_wall_back(shift_h * 3600)
            for _ in range(4):
                one.clock.wind(900)
                assert await one.deleter.lease.take()
                await one.keeper.pass_ages()
                await one.keeper.look()
            if shift_h == -hours:
                segments.append(await one.add(1, ago_h=0, minutes=7))
        assert len(one.files()) == len(segments)
        assert await one.log() == []
        storage = await _noted(one)
        is_ahead = storage.clock_behind_s > 300
        assert (AlarmKind.CLOCK in {each.kind for each in storage.alarms}) == is_ahead


async def test_rows_of_a_disk_that_no_setting_names_wait_and_then_go(
    database: Database, tmp_path: Path
) -> None:
    async with keep(database, [tmp_path / "a", tmp_path / "b"]) as before:
        waits = await before.add(1, ago_h=60, place=1)
        goes = await before.add(2, ago_h=24 * 9, place=1)
        await before.deleter.lease.give_back()
    async with keep(database, [tmp_path / "a"]) as one:
        await one.keeper.pass_ages()
        assert set(await one.rows(1)) == {waits.start_ms}
        assert await one.rows(2) == {}
        assert [(each.span, each.reason) for each in await one.log()] == [
            (goes.span, Reason.VANISHED)
        ]


async def test_the_log_is_kept_for_ninety_days(database: Database, tmp_path: Path) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        await one.add(1, ago_h=100)
        await one.keeper.pass_ages()
        one.clock.wind(89 * 86_400)
        await _believed(one)
        await one.keeper.expire_log()
        assert len(await one.log()) == 1
        one.clock.wind(2 * 86_400)
        await _believed(one)
        await one.keeper.expire_log()
        assert await one.log() == []


async def test_the_worker_tells_what_it_sees(database: Database, tmp_path: Path) -> None:
    async with keep(database, [tmp_path / "a"]) as one:
        await one.add(1, ago_h=1)
        await one.add(1, ago_h=-72)
        await one.keeper.look()
        storage = await _noted(one)
        [disk] = storage.disks
        assert (disk.place, disk.footage_bytes) == (one.places.local[0].name, 2 * SIZE)
        assert disk.total_bytes
        assert [(each.kind, each.amount) for each in storage.alarms] == [(AlarmKind.FUTURE, 1)]


async def _believed(one: Keep) -> None:
    """Let the clock, which was steady all the time, prove itself."""
    await one.deleter.lease.take()
    await one.ages.tick()


async def _noted(one: Keep) -> Storage:
    async with one.database.read() as reading:
        noted = await keeping_rows.note(reading, keeping_rows.STORAGE)
    assert noted is not None
    storage = storage_from(*noted)
    assert storage is not None
    return storage


async def _limit(database: Database, folder: Path, one: Keep, *, quota_bytes: int) -> None:
    hub = Hub(database, folder)
    await hub.add_camera(1)
    async with database.write() as writing:
        rules = RecordingRules(quota_bytes=quota_bytes)
        await rule_rows.save_rules(writing, 1, rules, at=one.clock.now())
