"""Every view is counted once: over restarts, side by side, late, and again in another zone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, insert, select

from pantau.analytics.rows import CameraVisitorRow, PlayDayRow, TopVisitorRow, VisitorRow
from pantau.analytics.state import stored_state
from pantau.cameras.rows import CameraRow
from pantau.core.errors import Unavailable
from pantau.db.database import Database, Writing
from pantau.viewers.models import (
    PlayFailureRow,
    PlayQualityRow,
    ViewGlanceRow,
    ViewHistoryRow,
)
from tests.analytics.views import Hub, by_hand, keep, told, view
from tests.support.clock import HandWoundClock
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")


class _Falls(Database):
    """A database whose next write fails before its commit, as when a process is killed."""

    def __init__(self, database: Database) -> None:
        self.__dict__.update(database.__dict__)
        self._inner = database
        self.fails = True

    @asynccontextmanager
    async def write(self, *, within_s: float | None = None) -> AsyncIterator[Writing]:
        async with self._inner.write(within_s=within_s) as writing:
            yield writing
            if self.fails:
                raise Unavailable("test.killed", "killed")


def hub_on(database: Database, zone_name: str = "Asia/Jakarta") -> Hub:
    return Hub(database, HandWoundClock(NOW), zone_name)


async def test_a_batch_that_is_not_committed_is_counted_by_the_next_process(
    sqlite_database: Database,
) -> None:
    hub = hub_on(sqlite_database)
    views = [view(NOW - timedelta(minutes=number), visitor=f"{number}") for number in range(20)]
    await hub.roller().catch_up()
    await keep(sqlite_database, views)
    falling = _Falls(sqlite_database)
    hub.database = falling
    with pytest.raises(Unavailable):
        await hub.roller().catch_up()
    hub.database = sqlite_database
    assert (await hub.report()).totals.sessions == 0
    await hub.roller().catch_up()
    await hub.roller().catch_up()
    assert told(await hub.report()) == by_hand(views, JAKARTA)


async def test_two_that_count_side_by_side_count_every_view_once(database: Database) -> None:
    hub = hub_on(database)
    views = [
        view(NOW - timedelta(minutes=number), visitor=f"{number % 7}", camera_id=number % 3)
        for number in range(120)
    ]
    await keep(database, views)
    rollers = [hub.roller() for _ in range(2)]
    for roller in rollers:
        roller._batch = 9
    await asyncio.gather(*(roller.catch_up() for roller in rollers))
    await hub.roller().catch_up()
    assert told(await hub.report()) == by_hand(views, JAKARTA)


async def test_the_service_counts_what_is_flushed_and_tells_the_pages(
    sqlite_database: Database,
) -> None:
    hub = hub_on(sqlite_database)
    clock = hub.clock
    assert isinstance(clock, HandWoundClock)
    heard: list[None] = []
    sqlite_database.changes.on("analytics", lambda: heard.append(None))
    running = asyncio.ensure_future(hub.roller().run())
    try:
        await keep(sqlite_database, [view(NOW - timedelta(hours=1))])
        async with asyncio.timeout(PATIENCE_S):
            while not heard or not (await hub.report()).totals.sessions:
                # The database answers from a thread, which no clock hurries.
                await asyncio.sleep(0.01)
                await clock.advance(5)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_visitors_nobody_names_are_nobody_elses(sqlite_database: Database) -> None:
    hub = hub_on(sqlite_database)
    await keep(sqlite_database, [view(NOW, visitor="") for _ in range(3)])
    await hub.roller().catch_up()
    assert (await hub.report()).totals.visitors == 3


async def test_cameras_of_an_older_hub_go_by_their_names(sqlite_database: Database) -> None:
    hub = hub_on(sqlite_database)
    hub.names = {1: "Gate, renamed"}
    await keep(
        sqlite_database,
        [
            view(NOW, camera_id=None, camera_name="Old bridge"),
            view(NOW, camera_id=None, camera_name="Old market"),
            view(NOW, camera_id=None, camera_name="Old bridge", visitor="b"),
            view(NOW, camera_id=1, camera_name="Gate"),
            view(NOW, camera_id=9, camera_name="Gone since"),
        ],
    )
    await hub.roller().catch_up()
    cameras = (await hub.report()).cameras
    assert [(each.camera_id, each.name, each.sessions, each.visitors) for each in cameras] == [
        (None, "Old bridge", 2, 2),
        (1, "Gate, renamed", 1, 1),
        (9, "Gone since", 1, 1),
        (None, "Old market", 1, 1),
    ]


async def test_who_was_seen_is_forgotten_with_the_views_and_counts_stay(
    database: Database,
) -> None:
    hub = hub_on(database)
    hub.history_days = 30
    old, new = NOW - timedelta(days=40), NOW - timedelta(days=2)
    views = [view(old, visitor="a"), view(old, visitor="b"), view(new, visitor="c")]
    await keep(database, views)
    roller = hub.roller()
    await roller.catch_up()
    await roller.tidy()
    for row in (VisitorRow, CameraVisitorRow, TopVisitorRow):
        async with database.read() as reading:
            days = (await reading.session.scalars(select(row.day))).all()
        assert days == [new.astimezone(JAKARTA).toordinal()]
    assert (await hub.report()).totals.visitors == 3
    # A view of such a day that comes now adds to views; whose it was, nobody can tell any more.
    await keep(database, [view(old, visitor="a")])
    await roller.catch_up()
    totals = (await hub.report()).totals
    assert (totals.sessions, totals.visitors) == (4, 3)


async def test_another_zone_counts_again_and_leaves_days_without_views(
    database: Database,
) -> None:
    hub = hub_on(database)
    gone = [view(datetime(2025, 1, 5, 3, tzinfo=UTC) + timedelta(days=day)) for day in range(40)]
    there = [view(datetime(2026, 3, 1, 15, tzinfo=UTC) + timedelta(days=day)) for day in range(5)]
    await keep(database, [*gone, *there])
    await hub.roller().catch_up()
    await _purge(database, datetime(2026, 1, 1, tzinfo=UTC))
    hub.zone_name = "Asia/Jayapura"
    await hub.roller().catch_up()
    report = await hub.report()
    # 15:00 UTC is 22:00 in Jakarta, and midnight in Jayapura.  The oldest day that has views stays
    # as it was, since nobody knows what it has lost.
    assert [each.day for each in report.by_day][:40] == [
        date(2025, 1, 5) + timedelta(days=day) for day in range(40)
    ]
    assert [(each.day.day, each.sessions) for each in report.by_day[40:]] == [
        (1, 1), (3, 1), (4, 1), (5, 1), (6, 1),
    ]  # fmt: skip
    assert sum(each.sessions for each in report.cameras) == 45
    assert not report.counting.is_recount


async def test_no_view_is_lost_or_doubled_however_often_the_zone_changes(
    sqlite_database: Database,
) -> None:
    hub = hub_on(sqlite_database, "Pacific/Kiritimati")
    first_at = datetime(2026, 2, 1, tzinfo=UTC)
    views = [
        view(first_at + timedelta(hours=number), visitor=f"{number}") for number in range(24 * 20)
    ]
    await keep(sqlite_database, views)
    await hub.roller().catch_up()
    zones = ("Pacific/Niue", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Niue", "Asia/Jakarta")
    for times, zone_name in enumerate(zones, start=1):
        await _purge(sqlite_database, first_at + timedelta(hours=37 * times + 5))
        hub.zone_name = zone_name
        roller = hub.roller()
        roller._batch = 97
        await roller.catch_up()
        # One that comes late, of a day that stays.
        await keep(sqlite_database, [view(first_at, visitor="late")])
        await roller.catch_up()
        report = await hub.report()
        assert report.totals.sessions == len(views) + times
        assert sum(each.sessions for each in report.cameras) == len(views) + times
        assert sum(each.sessions for each in report.heat) == len(views) + times


async def _purge(database: Database, before_at: datetime) -> None:
    async with database.write() as writing:
        await writing.session.execute(
            delete(ViewHistoryRow).where(ViewHistoryRow.started_at < before_at)
        )


async def test_a_recount_says_so_and_gives_the_same(database: Database) -> None:
    hub = hub_on(database)
    views = [view(NOW - timedelta(hours=number), visitor=f"{number % 5}") for number in range(60)]
    await keep(database, views)
    roller = hub.roller()
    await roller.catch_up()
    assert await roller.recount() == 60
    assert (await hub.report()).counting.is_recount
    await roller.catch_up()
    report = await hub.report()
    assert told(report) == by_hand(views, JAKARTA)
    assert report.counting.is_complete


async def test_how_playing_went_is_added_up_by_local_days(database: Database) -> None:
    hub = hub_on(database)
    camera_id = 7
    await _add_camera(database, camera_id)
    hours = [datetime(2026, 3, 8, 16, tzinfo=UTC), datetime(2026, 3, 8, 17, tzinfo=UTC)]
    async with database.write() as writing:
        for at in hours:
            await writing.session.execute(
                insert(PlayQualityRow).values(_quality(camera_id, at, starts=4, start_ms=6_000))
            )
        await writing.session.execute(
            insert(PlayFailureRow).values(
                camera_id=camera_id, hour_at=hours[1], cause="codec", failures=3
            )
        )
        await writing.session.execute(
            insert(ViewGlanceRow).values(camera_id=camera_id, hour_at=hours[1], people=7, bots=2)
        )
    await keep(database, [view(hours[0], camera_id=camera_id), view(hours[1], camera_id=camera_id)])
    roller = hub.roller()
    await roller.catch_up()
    await roller.tidy()
    # 17:00 UTC is midnight in Jakarta.
    [camera] = (await hub.report("date:2026-03-09")).cameras
    assert (camera.playing.starts, camera.playing.average_start_ms) == (4, 1_500)
    assert (camera.playing.failed, camera.playing.refused) == (3, 1)
    report = await hub.report("all")
    assert report.cameras[0].playing.starts == 8
    assert (report.totals.short, report.totals.robots) == (7, 2)
    # A node tells late, for yesterday.
    async with database.write() as writing:
        await writing.session.execute(
            insert(PlayQualityRow).values(
                _quality(camera_id, hours[1] + timedelta(hours=5), starts=6, start_ms=6_000)
            )
        )
    await roller.tidy()
    assert (await hub.report("all")).cameras[0].playing.starts == 14
    async with database.read() as reading:
        state = await stored_state(reading)
        days = await reading.session.scalar(select(func.count()).select_from(PlayDayRow))
    assert state is not None
    assert date.fromordinal(state.played_day) == date(2026, 3, 10)
    assert days == 2


def _quality(camera_id: int, at: datetime, *, starts: int, start_ms: int) -> dict[str, object]:
    names = [column.name for column in PlayQualityRow.__table__.columns]
    return {
        **dict.fromkeys(names, 0),
        "camera_id": camera_id,
        "hour_at": at,
        "starts": starts,
        "start_ms": start_ms,
        "codec_refusals": 1,
    }


async def _add_camera(database: Database, number: int) -> None:
    at = NOW
    async with database.write() as writing:
        writing.session.add(
            CameraRow(
                id=number,
                slug=f"camera-{number}",
                stream_key=f"key-{number}",
                name=f"Camera {number}",
                source_sealed="",
                source_transport="automatic",
                source_encode=False,
                source_tls_fingerprint="",
                description="",
                location="",
                enabled=True,
                status="active",
                on_demand=True,
                low_latency=False,
                is_tunnel=False,
                enable_recording=False,
                recording_duration_hours=24,
                managed_by="operator",
                created_at=at,
                updated_at=at,
            )
        )
