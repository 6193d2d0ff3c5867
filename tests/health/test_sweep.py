"""The sweep believes evidence before it dials, and one bad camera holds nobody up."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from pantau.cameras.models import CameraSource, HealthState
from pantau.core.ids import CameraId
from pantau.db.database import Database
from pantau.health import causes, repository
from pantau.health.probing.answers import ProbeAnswer, failure
from pantau.health.values import AlarmKind
from pantau.health.verdict import Sign
from pantau.health.watchdog import Watchdog
from tests.health.sweeping import IDLE, House, Path, at_host
from tests.support.clock import START

pytestmark = pytest.mark.anyio

UNKNOWN, ONLINE, DEGRADED = HealthState.UNKNOWN, HealthState.ONLINE, HealthState.DEGRADED
OFFLINE, DEAD = HealthState.OFFLINE, HealthState.DEAD


async def test_lesson_m11_camera_whose_bytes_grow_is_online_and_never_dialled(
    database: Database,
) -> None:
    house = House(database)
    house.growing = {1}
    await house.pass_s(30)
    assert house.state() is ONLINE
    assert house.cameras.asked == []
    states = [(span.state, span.cause) for span in await house.spans()]
    assert states == [(UNKNOWN, causes.NOT_CHECKED), (ONLINE, "")]


async def test_lesson_m14_path_that_is_merely_there_is_not_online(
    sqlite_database: Database,
) -> None:
    house = House(sqlite_database)
    house.paths_now = {1: Path(state="", ready=True, inbound_bytes=5)}
    await house.pass_s(60)
    assert (house.state(), house.cause()) == (OFFLINE, "stalled")


async def test_camera_that_nobody_pulls_is_asked_at_its_cadence(sqlite_database: Database) -> None:
    house = House(sqlite_database)
    house.paths_now = {1: IDLE}
    await house.pass_s(20)
    assert house.state() is ONLINE
    asked = len(house.cameras.asked)
    await house.pass_s(3_000)
    assert 10 <= len(house.cameras.asked) - asked <= 12


async def test_failed_probe_is_followed_closely_then_ever_more_rarely(
    sqlite_database: Database,
) -> None:
    house = House(sqlite_database)
    house.paths_now = {1: IDLE}
    await house.pass_s(20)
    house.cameras.answers[CameraId(1)] = failure("timed_out")
    await house.pass_s(500)
    assert house.state() is OFFLINE
    house.cameras.asked.clear()
    await house.pass_s(3_600)
    assert 3 <= len(house.cameras.asked) <= 8
    # It comes back within the cap of the back-off, not within a slow cadence (lesson M26).
    house.cameras.answers.clear()
    await house.pass_s(960)
    assert house.state() is ONLINE


async def test_engine_that_dials_itself_tells_one_failure_for_each_attempt(
    sqlite_database: Database,
) -> None:
    house = House(sqlite_database)
    waiting = Path(state="waiting", ready=False, cause="refused")
    house.paths_now = {1: waiting}
    await house.pass_s(60)
    assert house.state() is UNKNOWN
    for attempt in (2, 3):
        house.paths_now = {1: replace(waiting, sessions_opened=attempt)}
        await house.pass_s(30)
    assert (house.state(), house.cause()) == (OFFLINE, "refused")
    assert house.cameras.asked == []


async def test_path_that_the_server_was_not_told_yet_is_not_probed(
    sqlite_database: Database,
) -> None:
    house = House(sqlite_database)
    await house.pass_s(60)
    assert house.cameras.asked == []
    assert house.state() is UNKNOWN


async def test_engine_that_is_told_404_again_and_again_has_a_dead_source(
    sqlite_database: Database,
) -> None:
    house = House(sqlite_database)
    for attempt in range(1, 9):
        path = Path(state="waiting", ready=False, cause="not_found", sessions_opened=attempt)
        house.paths_now = {1: path}
        await house.pass_s(600)
    assert house.state() is DEAD


async def test_picture_that_stands_still_is_degraded(sqlite_database: Database) -> None:
    house = House(sqlite_database)
    for number in range(8):
        house.paths_now = {1: Path(inbound_bytes=number, picture="frozen")}
        await house.pass_s(10)
    assert (house.state(), house.cause()) == (DEGRADED, causes.FROZEN)


async def test_media_server_down_for_a_minute_is_one_alarm_and_no_flapping(
    database: Database,
) -> None:
    house = House(database, *[at_host(number) for number in range(1, 41)])
    house.growing = set(range(1, 41))
    await house.pass_s(60)
    before = [await house.spans(number) for number in (1, 40)]
    house.paths_now = None
    await house.pass_s(60)
    assert {house.state(number) for number in range(1, 41)} == {ONLINE}
    house.paths_now = {}
    # It comes back as servers do: without any path, then with all of them.
    house.growing = set()
    await house.pass_s(10)
    house.growing = set(range(1, 41))
    await house.pass_s(60)
    assert {house.state(number) for number in range(1, 41)} == {ONLINE}
    assert [await house.spans(number) for number in (1, 40)] == before
    alarms = await house.alarms()
    assert [(alarm.kind, alarm.cameras) for alarm in alarms] == [("media_server", 40)]
    assert alarms[0].ended_at is not None
    assert house.cameras.asked == []


async def test_media_server_that_stays_away_makes_everything_unknown(
    sqlite_database: Database,
) -> None:
    house = House(sqlite_database)
    house.growing = {1}
    await house.pass_s(60)
    house.paths_now = None
    await house.pass_s(400)
    assert (house.state(), house.cause()) == (UNKNOWN, causes.MEDIA_SERVER)
    house.paths_now = {}
    await house.pass_s(15)
    assert house.state() is ONLINE


async def test_our_own_network_is_one_alarm_and_nobody_is_offline(
    sqlite_database: Database,
) -> None:
    numbers = range(1, 31)
    house = House(sqlite_database, *[at_host(number) for number in numbers])
    house.paths_now = dict.fromkeys(numbers, IDLE)
    await house.pass_s(60)
    assert {house.state(number) for number in numbers} == {ONLINE}
    house.cameras.answers = {CameraId(number): failure("unreachable") for number in numbers}
    await house.pass_s(600)
    assert OFFLINE not in {house.state(number) for number in numbers}
    house.cameras.answers.clear()
    await house.pass_s(400)
    assert {house.state(number) for number in numbers} == {ONLINE}
    assert [alarm.kind for alarm in await house.alarms()] == ["our_network"]
    assert (await house.alarms())[0].ended_at is not None
    for number in numbers:
        assert OFFLINE not in {span.state for span in await house.spans(number)}


async def test_one_host_that_falls_is_not_our_fault(sqlite_database: Database) -> None:
    house = House(
        sqlite_database,
        *[at_host(number, host="10.9.9.9") for number in range(1, 9)],
        *[at_host(number) for number in range(9, 20)],
    )
    house.paths_now = dict.fromkeys(range(1, 20), IDLE)
    await house.pass_s(60)
    house.cameras.answers = {CameraId(number): failure("unreachable") for number in range(1, 9)}
    await house.pass_s(900)
    assert {house.state(number) for number in range(1, 9)} == {OFFLINE}
    assert {house.state(number) for number in range(9, 20)} == {ONLINE}
    assert await house.alarms() == []


async def test_lesson_m13_camera_that_never_answers_holds_up_nobody(
    sqlite_database: Database,
) -> None:
    house = House(sqlite_database, at_host(1), at_host(2), at_host(3))
    house.paths_now = dict.fromkeys((1, 2, 3), IDLE)
    never = house.cameras.silent[CameraId(1)] = asyncio.Event()
    await house.pass_s(700)
    asked = Counter(house.cameras.asked)
    assert asked[CameraId(2)] >= 3
    assert asked[CameraId(3)] >= 3
    assert len(house.notes) == 140
    never.set()


async def test_sweep_that_comes_late_believes_nothing_from_before(
    sqlite_database: Database,
) -> None:
    house = House(sqlite_database)
    house.paths_now = {1: IDLE}
    await house.pass_s(20)
    house.cameras.answers[CameraId(1)] = failure("timed_out")
    house.sweep.timetable.plan(CameraId(1), "10.0.1.1", house.clock.mono_s())
    await house.pass_s(50)
    await house.clock.advance(3_600)
    await house.pass_s(10)
    assert house.state() is ONLINE


async def test_watchdog_tells_of_a_sweep_that_stands_still(database: Database) -> None:
    house = House(database)
    dog = Watchdog(house.sweep, house.sweep.ledger, house.clock)
    await house.pass_s(10)
    await dog.look()
    assert await house.alarms() == []
    for _ in range(10):
        await house.clock.advance(10)
        await dog.look()
    alarms = await house.alarms()
    assert [(alarm.kind, alarm.ended_at) for alarm in alarms] == [("sweep_late", None)]
    await house.pass_s(5)
    await dog.look()
    assert (await house.alarms())[0].ended_at is not None


async def test_alarm_that_comes_and_goes_is_one(database: Database) -> None:
    house = House(database)
    for _ in range(3):
        house.paths_now = None
        await house.pass_s(30)
        house.paths_now = {}
        await house.pass_s(30)
    assert len(await house.alarms()) == 1
    await house.pass_s(700)
    house.paths_now = None
    await house.pass_s(30)
    assert len(await house.alarms()) == 2


async def test_maintenance_and_disabled_cameras_are_left_alone(sqlite_database: Database) -> None:
    house = House(
        sqlite_database, at_host(1, status="maintenance"), at_host(2, enabled=False), at_host(3)
    )
    house.paths_now = dict.fromkeys((1, 2, 3), IDLE)
    await house.pass_s(60)
    assert set(house.cameras.asked) == {3}
    assert (house.state(1), house.cause(1)) == (UNKNOWN, causes.MAINTENANCE)
    assert (house.state(2), house.cause(2)) == (UNKNOWN, causes.DISABLED)
    house.catalogue.replace([at_host(1), at_host(3)])
    await house.pass_s(20)
    assert house.state(1) is ONLINE
    assert house.cameras.known == {1, 3}
    async with sqlite_database.read() as reading:
        assert set(await repository.all_health(reading)) == {1, 3}
    assert (await house.spans(2))[-1].ended_at is not None


async def test_other_source_begins_anew_also_the_streak_of_the_dead(
    sqlite_database: Database,
) -> None:
    house = House(sqlite_database)
    house.paths_now = {1: IDLE}
    house.cameras.answers[CameraId(1)] = ProbeAnswer(Sign.GONE, "not_found")
    await house.pass_s(3 * 3_600)
    assert house.state() is DEAD
    belief = house.sweep.belief(CameraId(1))
    assert belief is not None
    assert belief.gone_since_at is not None
    assert belief.gone_since_at < START + timedelta(minutes=1)
    house.cameras.answers.clear()
    house.catalogue.replace([at_host(1, host="10.7.7.7")])
    await house.pass_s(10)
    assert house.state() is ONLINE
    belief = house.sweep.belief(CameraId(1))
    assert belief is not None
    assert belief.gone_since_at is None


async def test_relayed_camera_is_asked_also_while_the_media_server_is_away(
    sqlite_database: Database,
) -> None:
    source = CameraSource("https://cctv.example/live.m3u8", kind="hls", relay=True)
    house = House(sqlite_database, replace(at_host(1), source=source))
    await house.pass_s(15)
    assert house.state() is ONLINE
    house.paths_now = None
    await house.pass_s(600)
    assert house.state() is ONLINE


async def test_embedded_page_proves_nothing(sqlite_database: Database) -> None:
    source = CameraSource("https://cctv.example/page", kind="embed")
    house = House(sqlite_database, replace(at_host(1), source=source))
    await house.pass_s(30)
    assert (house.state(), house.cause()) == (UNKNOWN, causes.NOT_MEASURABLE)
    assert house.cameras.asked == []


async def test_somebody_who_wants_a_check_gets_it_at_the_next_sweep(database: Database) -> None:
    house = House(database)
    house.paths_now = {1: IDLE}
    await house.pass_s(20)
    house.cameras.asked.clear()
    async with database.write() as writing:
        await repository.ask_check(writing, CameraId(1), at=START)
    await house.pass_s(10)
    assert house.cameras.asked == [1]
    await house.pass_s(30)
    assert house.cameras.asked == [1]


async def test_worker_that_begins_again_goes_on_where_it_was(database: Database) -> None:
    house = House(database)
    house.growing = {1}
    await house.pass_s(120)
    spans = await house.spans()
    house.sweep = house.new_sweep()
    await house.pass_s(30)
    assert house.state() is ONLINE
    assert await house.spans() == spans


async def test_time_in_which_nobody_watched_is_unknown(database: Database) -> None:
    house = House(database)
    house.growing = {1}
    await house.pass_s(120)
    await house.clock.advance(3_600)
    house.sweep = house.new_sweep()
    await house.pass_s(30)
    spans = await house.spans()
    assert [span.cause for span in spans] == [causes.NOT_CHECKED, "", causes.NOT_WATCHED, ""]
    gap = spans[2]
    assert gap.ended_at is not None
    assert (gap.ended_at - gap.began_at).total_seconds() == pytest.approx(3_600, abs=90)
    assert [span.ended_at for span in spans[:-1]] == [span.began_at for span in spans[1:]]


async def test_history_outlasts_a_database_that_is_away(sqlite_database: Database) -> None:
    house = House(sqlite_database)
    house.growing = {1}
    await house.pass_s(10)
    async with sqlite_database.write():
        # The writer is taken: nothing can be written, and the sweep goes on.
        house.growing = set()
        house.paths_now = {1: Path(inbound_bytes=house.bytes)}
        work = asyncio.ensure_future(house.sweep.ledger.write())
        await asyncio.sleep(0)
    await work
    await house.pass_s(60)
    assert [span.state for span in await house.spans()] == [UNKNOWN, ONLINE, OFFLINE]


async def test_old_spans_expire(database: Database) -> None:
    house = House(database)
    house.growing = {1}
    await house.pass_s(60)
    house.growing = set()
    house.paths_now = {1: Path(inbound_bytes=house.bytes)}
    await house.pass_s(60)
    assert len(await house.spans()) == 3
    assert await house.sweep.ledger.tidy() == 0
    await house.clock.advance(401 * 86_400)
    assert await house.sweep.ledger.tidy() == 2
    assert [span.state for span in await house.spans()] == [OFFLINE]


async def test_sweep_late_alarm_has_a_name() -> None:
    assert {kind.value for kind in AlarmKind} <= causes.SENTENCE_OF.keys()
