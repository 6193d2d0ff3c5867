"""Every way in which alerts were lost, doubled or multiplied: exact messages, by the clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pantau.cameras.models import HealthState
from pantau.core.sealing import Sealer
from pantau.db.database import Database
from pantau.health import alarm_rows
from pantau.health.values import AlarmKind
from pantau.notifications import repository
from pantau.notifications.kinds import Kind
from pantau.notifications.values import QuietHours
from tests.notifications.alarm_house import AlarmHouse, wall
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio


async def test_a_flap_inside_the_window_says_nothing(house: AlarmHouse) -> None:
    await house.down(1)
    await house.pass_s(110)
    await house.up(1)
    await house.pass_s(400)
    assert house.said() == []


async def test_an_outage_is_told_once_and_its_end_once(house: AlarmHouse) -> None:
    await house.down(1)
    await house.pass_s(1_800)
    assert house.said() == [
        (
            "[Hub] Camera down: Gate 1\nKota\nsince 15:00\n"
            "The camera accepted the connection and then did not answer in time."
        )
    ]
    await house.up(1)
    await house.pass_s(600)
    assert house.said() == [
        "[Hub] Camera up again: Gate 1\nKota\ndown from 15:00 to 15:30 (30 min)"
    ]


async def test_another_cause_is_the_same_outage(house: AlarmHouse) -> None:
    await house.down(1)
    await house.pass_s(100)
    await house.set_state(HealthState.DEAD, 1, cause="gone")
    await house.pass_s(90)
    assert house.said() == [
        (
            "[Hub] Camera down: Gate 1\nKota\nsince 15:00\n"
            "The stream's address does not exist any more. Ask its owner for another one."
        )
    ]


async def test_a_moment_up_does_not_end_an_outage(house: AlarmHouse) -> None:
    await house.down(1)
    await house.pass_s(200)
    await house.up(1)
    await house.pass_s(50)
    await house.down(1)
    await house.pass_s(600)
    assert house.titles() == ["Camera down: Gate 1"]


async def test_what_is_down_when_a_rule_begins_is_its_baseline(
    sqlite_database: Database, sealer: Sealer
) -> None:
    house = AlarmHouse(sqlite_database, sealer, cameras=wall(3))
    await house.down(1, 2, 3)
    await house.clock.advance(60)
    await house.add_target()
    await house.add_rule()
    await house.pass_s(600)
    await house.up(1)
    await house.pass_s(600)
    assert house.said() == []
    await house.down(1)
    await house.pass_s(300)
    assert house.titles() == ["Camera down: Gate 1"]


async def test_those_that_go_down_closely_are_one_message(house: AlarmHouse) -> None:
    await house.down(1, 2)
    await house.pass_s(10)
    await house.down(3)
    await house.pass_s(300)
    assert house.said() == [
        (
            "[Hub] 3 cameras down\n"
            "• Gate 1, Kota, since 15:00, "
            "The camera accepted the connection and then did not answer in time\n"
            "• Gate 2, Kota, since 15:00, "
            "The camera accepted the connection and then did not answer in time\n"
            "• Gate 3, Kota, since 15:00, "
            "The camera accepted the connection and then did not answer in time"
        )
    ]


async def test_a_fault_of_the_whole_fleet_is_one_alarm(house: AlarmHouse) -> None:
    await house.down(*range(1, 9))
    await house.pass_s(900)
    assert house.said() == ["[Hub] Many cameras fell at once\nsince 15:00\n8 of 10 cameras"]
    await house.up(*range(1, 8))
    await house.pass_s(900)
    # The one that stays away is told once it is no part of a common fault any more.
    assert house.titles() == ["Most cameras are back", "Camera down: Gate 8"]
    await house.up(8)
    await house.pass_s(300)
    assert house.titles() == ["Camera up again: Gate 8"]


async def test_what_health_knows_to_be_our_own_fault_is_one_alarm(house: AlarmHouse) -> None:
    async with house.database.write() as writing:
        await alarm_rows.begin(
            writing,
            AlarmKind.MEDIA_SERVER,
            at=house.clock.now(),
            cameras=10,
            again_within=timedelta(0),
        )
    await house.down(*range(1, 11))
    await house.pass_s(600)
    assert house.titles() == ["The media server does not answer"]
    await house.up(*range(1, 11))
    async with house.database.write() as writing:
        await alarm_rows.end(writing, AlarmKind.MEDIA_SERVER, at=house.clock.now())
    await house.pass_s(600)
    assert house.titles() == ["The media server answers again"]


async def test_a_restart_in_the_middle_of_a_window_goes_on_with_it(house: AlarmHouse) -> None:
    await house.down(1)
    await house.pass_s(100)
    house.begin()
    await house.pass_s(15)
    assert house.said() == []
    await house.pass_s(60)
    assert house.titles() == ["Camera down: Gate 1"]
    house.begin()
    await house.pass_s(300)
    await house.up(1)
    await house.pass_s(30)
    house.begin()
    await house.pass_s(300)
    assert house.titles() == ["Camera up again: Gate 1"]


async def test_quiet_hours_hold_messages_until_the_morning(house: AlarmHouse) -> None:
    await house.change_rule(quiet=QuietHours(22 * 60, 6 * 60))
    # 15:00 at the hub; to 23:00.
    await house.pass_s(8 * 3_600, step_s=7_200)
    await house.down(1)
    await house.pass_s(600)
    await house.up(1)
    await house.pass_s(600)
    await house.down(2)
    await house.pass_s(600)
    assert house.said() == []
    await house.pass_s(6 * 3_600, step_s=1_800)
    assert house.said() == []
    await house.pass_s(1_800)
    (digest,) = house.said()
    title, held, *lines = digest.split("\n")
    assert title == "[Hub] 2 cameras down, Camera up again: Gate 1"
    assert held == "Held back during quiet hours:"
    assert [line for line in lines if "Gate" in line][-1] == "Camera up again: Gate 1:"
    await house.pass_s(1_800)
    assert house.said() == []


async def test_critical_kinds_pass_through_quiet_hours_where_the_rule_lets_them(
    house: AlarmHouse,
) -> None:
    await house.change_rule(quiet=QuietHours(0, 1439))
    await house.down(*range(1, 9))
    await house.pass_s(300)
    assert house.titles() == ["Many cameras fell at once"]


@pytest.mark.parametrize(
    ("night", "hours"),
    [
        (datetime(2026, 3, 28, 21, 30, tzinfo=UTC), 6.5),
        (datetime(2026, 10, 24, 20, 30, tzinfo=UTC), 8.5),
    ],
    ids=["an-hour-is-missing", "an-hour-comes-twice"],
)
async def test_quiet_ends_by_the_clock_on_the_wall_when_clocks_change(
    sqlite_database: Database, sealer: Sealer, night: datetime, hours: float
) -> None:
    house = AlarmHouse(
        sqlite_database, sealer, cameras=wall(3), clock=HandWoundClock(night), zone="Europe/Berlin"
    )
    await house.add_target()
    await house.add_rule(quiet=QuietHours(22 * 60, 6 * 60))
    await house.clock.advance(1)
    await house.tick()
    await house.down(1)
    # 22:30 by the wall; quiet until 06:00, which is 04:00 UTC in summer and 05:00 in winter.
    await house.pass_s(hours * 3_600 - 60, step_s=1_200)
    assert house.said() == []
    await house.pass_s(120)
    assert house.titles() == ["Camera down: Gate 1"]


async def test_maintenance_says_nothing_and_ends_with_what_is_still_down(house: AlarmHouse) -> None:
    await house.maintain(30)
    await house.down(1, 2)
    await house.pass_s(900)
    await house.up(2)
    await house.down(3)
    await house.pass_s(800)
    assert house.said() == []
    await house.pass_s(200)
    assert house.titles() == ["Maintenance is over: 2 cameras still down"]
    await house.up(1, 3)
    await house.pass_s(300)
    assert house.titles() == ["2 cameras up again"]


async def test_maintenance_of_a_camera_is_about_that_camera(house: AlarmHouse) -> None:
    await house.maintain(30, "camera", 1)
    await house.down(1, 2)
    await house.pass_s(600)
    assert house.titles() == ["Camera down: Gate 2"]


async def test_a_restart_does_not_end_maintenance(house: AlarmHouse) -> None:
    await house.maintain(30)
    await house.down(1)
    await house.pass_s(600)
    house.begin()
    await house.pass_s(600)
    assert house.said() == []
    await house.clock.advance(3_600)
    house.begin()
    await house.pass_s(60)
    assert house.titles() == ["Maintenance is over: Camera still down: Gate 1"]


@pytest.mark.parametrize("changes", [{"enabled": False}, {"status": "maintenance"}])
async def test_cameras_that_are_off_or_worked_on_never_alert(
    house: AlarmHouse, changes: dict[str, object]
) -> None:
    first, *others = house.catalogue.all()
    house.catalogue.replace([replace(first, **changes), *others])  # type: ignore[arg-type]
    await house.down(int(first.id))
    await house.pass_s(600)
    assert house.said() == []


async def test_a_muted_camera_says_nothing(house: AlarmHouse) -> None:
    async with house.database.write() as writing:
        await repository.put_muted(writing, {1})
    await house.down(1, 2)
    await house.pass_s(600)
    assert house.titles() == ["Camera down: Gate 2"]


async def test_two_rules_that_say_the_same_to_one_target_say_it_once(house: AlarmHouse) -> None:
    await house.add_rule(name="Second", kinds=frozenset({Kind.CAMERA}))
    await house.clock.advance(1)
    await house.down(1)
    await house.pass_s(600)
    await house.up(1)
    await house.pass_s(600)
    assert house.titles() == ["Camera down: Gate 1", "Camera up again: Gate 1"]


async def test_a_rule_has_windows_of_its_own(house: AlarmHouse) -> None:
    await house.change_rule(down_after_s=10, up_after_s=600)
    await house.down(1)
    await house.pass_s(60)
    assert house.titles() == ["Camera down: Gate 1"]
    await house.up(1)
    await house.pass_s(500)
    assert house.said() == []
    await house.pass_s(150)
    assert house.titles() == ["Camera up again: Gate 1"]


async def test_a_long_outage_is_told_again_where_somebody_wants_that(house: AlarmHouse) -> None:
    await house.set_windows(remind_hours=2)
    await house.down(1)
    await house.pass_s(5 * 3_600, step_s=900)
    assert house.titles() == [
        "Camera down: Gate 1",
        "Camera still down: Gate 1",
        "Camera still down: Gate 1",
    ]


async def test_not_knowing_is_neither_down_nor_up(house: AlarmHouse) -> None:
    await house.down(1)
    await house.pass_s(200)
    await house.set_state(HealthState.UNKNOWN, 1, 2, cause="not_watched")
    await house.pass_s(600)
    assert house.titles() == ["Camera down: Gate 1"]
