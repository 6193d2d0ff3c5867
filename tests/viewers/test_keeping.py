"""What was watched reaches the database: once, in batches, and also after a crash."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pantau.core.errors import Invalid, Unavailable
from pantau.core.sealing import Sealer, keyring
from pantau.db.database import Database
from pantau.viewers import repository
from pantau.viewers.forgetting import LEFT_AFTER, ViewForgetter
from pantau.viewers.keeping import FLUSH_EVERY_S
from pantau.viewers.models import (
    OpenViewRow,
    PlayFailureRow,
    PlayQualityRow,
    ViewGlanceRow,
    ViewHistoryRow,
    VisitorSaltRow,
)
from pantau.viewers.presence import Around
from pantau.viewers.quality import Report, ReportLimit
from pantau.viewers.service import ViewerRules
from pantau.viewers.views import PastView, Today
from tests.support.clock import START, HandWoundClock
from tests.viewers.counting import Process, process_on
from tests.viewers.people import BOT, poll

pytestmark = pytest.mark.anyio


@pytest.fixture
def sealer(tmp_path: Path) -> Sealer:
    return Sealer(keyring(tmp_path / "sealing.keys"))


@pytest.fixture
async def process(sqlite_database: Database, sealer: Sealer) -> Process:
    return await process_on(sqlite_database, sealer, HandWoundClock())


def watch(process: Process, *, for_s: int, camera_id: int = 7, browser: str = "Firefox/1") -> None:
    process.presence.touch(camera_id, poll(browser=browser))
    for at_s in range(0, for_s, 10):
        process.clock.wind(min(10, for_s - at_s))
        process.presence.touch(camera_id, poll(browser=browser))


def past(view_id: str | None, *, begins: int = 0, lasts: int = 60, **more: object) -> PastView:
    started_at = START + timedelta(seconds=begins)
    values: dict[str, object] = {
        "camera_id": 7,
        "camera_name": "Gate",
        "ip_address": "",
        "user_agent": None,
        "device_type": "mobile",
        "started_at": started_at,
        "ended_at": started_at + timedelta(seconds=lasts),
        "duration_s": lasts,
        "created_at": START,
        "view_id": view_id,
        "visitor": "ab" * 16,
    }
    return PastView(**(values | more))  # type: ignore[arg-type]  # the test's own words


async def test_views_glances_and_bots_are_written_down_each_in_its_place(
    database: Database, sealer: Sealer
) -> None:
    process = await process_on(database, sealer, HandWoundClock())
    watch(process, for_s=90)
    watch(process, for_s=30, browser=BOT)
    watch(process, for_s=3, browser="a glance")
    watch(process, for_s=2, browser=BOT, camera_id=8)
    await process.pass_time(40)
    rows = await process.rows(ViewHistoryRow)
    assert sorted((row.duration_s, row.is_bot, row.browser) for row in rows) == [
        (30, True, "other"),
        (90, False, "Firefox"),
    ]
    person = next(row for row in rows if not row.is_bot)
    assert (person.camera_name, person.delivery, person.node) == ("Camera 7", "live", "node-1")
    assert (person.ip_address, person.user_agent, len(person.visitor)) == ("", None, 32)
    assert (person.started_at, person.ended_at) == (START, START + timedelta(seconds=90))
    glances = [(row.camera_id, row.people, row.bots) for row in await process.rows(ViewGlanceRow)]
    assert sorted(glances) == [(7, 1, 0), (8, 0, 1)]
    (shown,) = await process.viewers.history()
    assert (shown.camera_id, shown.duration_s) == (7, 90)


async def test_glances_add_up(process: Process) -> None:
    for _ in range(3):
        watch(process, for_s=1)
        await process.pass_time(30)
    (row,) = await process.rows(ViewGlanceRow)
    assert (row.people, row.bots, row.hour_at) == (3, 0, START)


async def test_nothing_is_written_where_nothing_happened(process: Process) -> None:
    before = process.database.stats().total_queries
    await process.pass_time(600)
    assert process.database.stats().total_queries == before


async def test_the_service_writes_once_in_ten_seconds_whatever_happens(process: Process) -> None:
    def writes() -> int:
        told = process.database.stats()
        return told.write_hits + told.write_misses

    before = writes()
    running = asyncio.ensure_future(process.keeper.run())
    try:
        for second in range(60):
            process.presence.touch(second % 5 + 1, poll(f"198.51.100.{second}", "Firefox/1"))
            process.presence.stop(process.presence.start(9, poll(f"203.0.113.{second}")))
            await process.clock.advance(1)
        await process.clock.advance(60)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert writes() - before <= 120 / FLUSH_EVERY_S
    await process.keeper.close()
    assert sum(row.people for row in await process.rows(ViewGlanceRow)) == 60 + 60


async def test_a_view_in_progress_survives_a_crash_and_is_not_doubled_by_its_end(
    database: Database, sealer: Sealer
) -> None:
    clock = HandWoundClock()
    killed = await process_on(database, sealer, clock)
    for _ in range(100):
        killed.presence.touch(7, poll())
        await killed.pass_time(5)
    (noted,) = await killed.rows(OpenViewRow)
    assert 480 - 120 <= noted.duration_s <= 495
    worker = ViewForgetter(database, rules=ViewerRules, clock=clock)
    assert await worker.end_left_open() == 0
    clock.wind(LEFT_AFTER.total_seconds() + 60)
    assert await worker.end_left_open() == 1
    assert await killed.rows(OpenViewRow) == []
    (row,) = await killed.rows(ViewHistoryRow)
    assert row.duration_s == noted.duration_s
    # It was not dead, only stopped for a while: its own end makes the same row longer.
    killed.keeper.take(killed.presence.end_all())
    await killed.keeper.flush()
    (row,) = await killed.rows(ViewHistoryRow)
    assert (row.duration_s, row.ended_at - row.started_at) == (495, timedelta(seconds=495))


async def test_the_end_of_a_noted_view_takes_the_note_away(process: Process) -> None:
    for _ in range(30):
        process.presence.touch(7, poll())
        await process.pass_time(5)
    assert len(await process.rows(OpenViewRow)) == 1
    await process.pass_time(60)
    assert await process.rows(OpenViewRow) == []
    assert [row.duration_s for row in await process.rows(ViewHistoryRow)] == [145]


async def test_a_stop_ends_what_is_open_at_its_last_touch(process: Process) -> None:
    watch(process, for_s=50)
    process.clock.wind(10)
    await process.keeper.close()
    assert [row.duration_s for row in await process.rows(ViewHistoryRow)] == [50]
    assert process.presence.views() == []


async def test_what_others_go_on_with_is_not_ended(process: Process) -> None:
    watch(process, for_s=50)
    await process.keeper.close(hands_over=True)
    assert await process.rows(ViewHistoryRow) == []


async def test_views_wait_for_a_database_that_is_away(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def away():  # type: ignore[no-untyped-def]  # noqa: ANN202
        raise Unavailable("db.away", "Away.")
        yield

    watch(process, for_s=60)
    watch(process, for_s=1, browser="a glance")
    process.keeper.report(7, report())
    with monkeypatch.context() as patched:
        patched.setattr(process.database, "write", away)
        process.clock.wind(30)
        process.keeper.sweep()
        with pytest.raises(Unavailable):
            await process.keeper.flush()
        await process.keeper.close()
    await process.keeper.flush()
    assert [row.duration_s for row in await process.rows(ViewHistoryRow)] == [60]
    assert [row.people for row in await process.rows(ViewGlanceRow)] == [1]
    assert [row.plays for row in await process.rows(PlayQualityRow)] == [1]


async def test_a_flush_that_is_cancelled_loses_and_doubles_nothing(process: Process) -> None:
    for turns in range(12):
        watch(process, for_s=60, browser=f"Firefox/{turns}")
        watch(process, for_s=1, browser=f"a glance {turns}")
        process.clock.wind(30)
        process.keeper.sweep()
        flushing = asyncio.ensure_future(process.keeper.flush())
        for _ in range(turns):
            await asyncio.sleep(0)
        flushing.cancel()
        await asyncio.gather(flushing, return_exceptions=True)
        await process.keeper.flush()
        assert len(await process.rows(ViewHistoryRow)) == turns + 1
        assert sum(row.people for row in await process.rows(ViewGlanceRow)) == turns + 1


async def test_the_salt_is_the_same_everywhere_and_gone_with_its_day(
    database: Database, sealer: Sealer
) -> None:
    clock = HandWoundClock(datetime(2026, 3, 1, 16, 59, tzinfo=UTC))
    one, other = [await process_on(database, sealer, clock) for _ in range(2)]
    for process in (one, other):
        process.presence.touch(7, poll())
    numbers = {view.visitor for process in (one, other) for view in process.presence.views()}
    assert len(numbers) == 1
    (before,) = await one.rows(VisitorSaltRow)
    assert before.on_day == "2026-03-01"
    assert b"salt" not in before.salt_sealed.encode()
    clock.wind(61)
    for process in (one, other):
        await process.keeper.renew_day()
        process.presence.touch(8, poll())
    later = {
        view.visitor
        for process in (one, other)
        for view in process.presence.views()
        if view.camera_id == 8
    }
    assert len(later) == 1
    assert not later & numbers
    (after,) = await one.rows(VisitorSaltRow)
    assert after.on_day == "2026-03-02"
    restarted = await process_on(database, sealer, clock)
    restarted.presence.touch(8, poll())
    assert {view.visitor for view in restarted.presence.views()} == later


async def test_history_is_newest_first_with_a_total_order_and_bounds(database: Database) -> None:
    views = [past(f"{number:032x}", begins=number // 3) for number in range(9)]
    async with database.write() as work:
        await repository.add_past_views(work, [*views, past(None, camera_id=8)])
    async with database.read() as work:
        everything = await repository.past_views(work, limit=50, offset=0, camera_id=7)
        pages = [
            view
            for offset in range(0, 9, 2)
            for view in await repository.past_views(work, limit=2, offset=offset, camera_id=7)
        ]
        others = await repository.past_views(work, limit=50, offset=0, camera_id=8)
    assert [view.view_id for view in everything] == [
        f"{number:032x}" for number in range(8, -1, -1)
    ]
    assert pages == everything
    assert [view.view_id for view in others] == [None]


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (501, 0), (50, -1), (50, 1_000_001)])
async def test_history_has_bounds(process: Process, limit: int, offset: int) -> None:
    with pytest.raises(Invalid) as refused:
        await process.viewers.history(limit=limit, offset=offset)
    assert refused.value.field in {"limit", "offset"}


async def test_a_row_that_comes_twice_is_one_and_keeps_the_longer_story(database: Database) -> None:
    for view in (past("a" * 32), past("a" * 32, begins=-10, lasts=50), past("a" * 32, lasts=90)):
        async with database.write() as work:
            await repository.add_past_views(work, [view])
    async with database.read() as work:
        (row,) = await repository.past_views(work, limit=9, offset=0, camera_id=None)
    # It began when it was first said to have begun: its day and hour may have been counted.
    assert (row.started_at, row.duration_s) == (START, 90)
    assert row.ended_at == START + timedelta(seconds=90)


async def test_today_counts_what_is_over_and_what_goes_on_each_person_once(
    database: Database, sealer: Sealer
) -> None:
    process = await process_on(database, sealer, HandWoundClock())
    async with database.write() as work:
        yesterday = -24 * 3600
        views = [
            past("1" * 32, visitor="11" * 16),
            past("2" * 32, visitor="11" * 16, lasts=40),
            past("3" * 32, visitor="33" * 16, is_bot=True),
            past("4" * 32, visitor="44" * 16, begins=yesterday),
        ]
        await repository.add_past_views(work, views)
    for camera_id in (7, 8):
        process.presence.touch(camera_id, poll())
    process.clock.wind(10)
    for camera_id in (7, 8):
        process.presence.touch(camera_id, poll())
    assert await process.viewers.today() == Today(unique_visitors=2, views=4, watch_s=120)


async def test_old_views_and_old_addresses_are_let_go(database: Database) -> None:
    clock = HandWoundClock()
    day_s = 24 * 3600
    async with database.write() as work:
        views = [
            past(f"{days:032x}", begins=-days * day_s, ip_address="198.51.100.1", user_agent="F")
            for days in (1, 6, 8, 399, 401)
        ]
        await repository.add_past_views(work, views)
        await repository.add_glances(
            work, {(7, START - timedelta(days=401)): repository.Glances(1, 0)}
        )
    rules = ViewerRules(keep_addresses=True)
    await ViewForgetter(database, rules=lambda: rules, clock=clock).forget()
    async with database.read() as work:
        found = await repository.past_views(work, limit=9, offset=0, camera_id=None)
        assert [bool(view.ip_address) for view in found] == [True, True, False, False]
        assert [view.user_agent for view in found] == ["F", "F", None, None]
    await ViewForgetter(database, rules=ViewerRules, clock=clock).forget()
    async with database.read() as work:
        found = await repository.past_views(work, limit=9, offset=0, camera_id=None)
    assert [view.ip_address for view in found] == [""] * 4


def report(**changes: object) -> Report:
    values: dict[str, object] = {
        "start_ms": 900,
        "stalls": 1,
        "stalled_ms": 2_000,
        "played_ms": 60_000,
        "is_codec_refused": False,
        "failure": None,
    }
    return Report(**(values | changes))  # type: ignore[arg-type]  # the test's own words


async def test_quality_adds_up_by_camera_and_hour(database: Database, sealer: Sealer) -> None:
    process = await process_on(database, sealer, HandWoundClock())
    for start_ms in (900, 1_900, 3_900, 7_900, 9_900):
        process.keeper.report(7, report(start_ms=start_ms))
    await process.keeper.flush()
    process.keeper.report(7, report(start_ms=None, failure="network"))
    process.keeper.report(7, report(start_ms=None, failure="camera"))
    process.keeper.report(8, report(is_codec_refused=True))
    process.clock.wind(3_600)
    process.keeper.report(7, report(start_ms=None, failure="camera"))
    await process.keeper.flush()
    assert len(await process.rows(PlayQualityRow)) == 3
    assert len(await process.rows(PlayFailureRow)) == 3
    seven, eight = await process.viewers.quality(since_at=START)
    assert (seven.plays, seven.starts, seven.mean_start_ms) == (8, 5, 4_900)
    assert seven.starts_within == (1, 1, 1, 1, 1)
    assert (seven.stalls, seven.stalled_ms, seven.played_ms) == (8, 16_000, 480_000)
    assert seven.failures == (("camera", 2), ("network", 1))
    assert (eight.codec_refusals, eight.failures) == (1, ())
    (later,) = await process.viewers.quality(since_at=START + timedelta(hours=1))
    assert (later.plays, later.mean_start_ms) == (1, None)


async def test_a_full_counter_keeps_nothing_else_from_being_written(
    database: Database, sealer: Sealer
) -> None:
    process = await process_on(database, sealer, HandWoundClock())
    for stalls in (2**31 - 2, 2**31 + 5, 1):
        process.keeper.report(7, report(start_ms=900, stalls=stalls))
        await process.keeper.flush()
    (seven,) = await process.viewers.quality(since_at=START)
    assert (seven.plays, seven.stalls, seven.mean_start_ms) == (3, 2**31 - 1, 900)


def test_one_address_tells_only_so_much() -> None:
    clock = HandWoundClock()
    limit = ReportLimit(clock, per_hour=2)
    told = [limit.allows(f"2001:db8::{number}") for number in range(3)]
    assert told == [True, True, False]
    assert limit.allows("198.51.100.1")
    clock.wind(3_600)
    assert limit.allows("2001:db8::1")


async def test_addresses_that_are_kept_reach_the_database(
    sqlite_database: Database, sealer: Sealer
) -> None:
    around = Around(keep_addresses=lambda: True)
    process = await process_on(sqlite_database, sealer, HandWoundClock(), around=around)
    watch(process, for_s=60)
    await process.pass_time(30)
    (row,) = await process.rows(ViewHistoryRow)
    assert (row.ip_address, row.user_agent) == ("198.51.100.1", "Firefox/1")
