"""The health board: worst first, in plain words, and a check at the press of a button."""

from datetime import timedelta

import pytest

from pantau.cameras.models import HealthState
from pantau.core.ids import CameraId
from pantau.health import alarm_rows, repository
from pantau.health.values import AlarmKind, Change
from pantau.health.verdict import Belief
from tests.admin.house import AdminHouse
from tests.admin.person import Person

pytestmark = pytest.mark.anyio


async def believe(house: AdminHouse, number: int, state: HealthState, cause: str = "") -> None:
    at = house.clock.now() - timedelta(hours=number)
    gone_at = at if cause == "gone" else None
    belief = Belief(state=state, cause=cause, since_at=at, checked_at=at, gone_since_at=gone_at)
    async with house.database.write() as writing:
        await repository.save(writing, [Change(CameraId(number), belief, at)])


async def alarm(house: AdminHouse) -> None:
    async with house.database.write() as writing:
        await alarm_rows.begin(
            writing,
            AlarmKind.MEDIA_SERVER,
            at=house.clock.now(),
            cameras=6,
            again_within=timedelta(0),
        )


async def test_board_shows_the_worst_first_and_says_why(house: AdminHouse, rini: Person) -> None:
    await believe(house, 1, HealthState.ONLINE)
    await believe(house, 2, HealthState.DEGRADED, "frozen")
    await believe(house, 3, HealthState.OFFLINE, "login_refused")
    await believe(house, 4, HealthState.DEAD, "gone")
    await rini.get("/admin/health")
    text = rini.text
    order = ["Simpang Empat", "Bendung", "Alun-Alun", "Simpang Lima"]
    places = [text.index(name) for name in order]
    assert places == sorted(places)
    assert "The camera refused the user name or password." in text
    assert "Its source says so since" in text
    assert "Gone at its source 1" in text


async def test_board_is_narrowed_by_state_and_words(house: AdminHouse, rini: Person) -> None:
    await believe(house, 3, HealthState.OFFLINE, "refused")
    await rini.get("/admin/health?state=offline")
    assert "Simpang Empat" in rini.text
    assert "Alun-Alun" not in rini.text
    await rini.get("/admin/health?q=alun")
    assert "Alun-Alun" in rini.text
    assert "Simpang Empat" not in rini.text
    await rini.get("/admin/health?q=nowhere&page=99")
    assert "No camera fits" in rini.text


async def test_board_of_an_empty_hub_says_so(house: AdminHouse, rini: Person) -> None:
    house.catalogue.replace([])
    await rini.get("/admin/health")
    assert "No camera yet" in rini.text


async def test_camera_has_a_history(house: AdminHouse, rini: Person) -> None:
    await believe(house, 3, HealthState.OFFLINE, "refused")
    answer = await rini.get("/admin/health/cameras/3")
    assert answer.status == 200
    assert "nothing listens on that port" in rini.text
    assert "What it was like" in rini.text
    assert (await rini.get("/admin/health/cameras/99")).status == 404


async def test_check_now_asks_the_worker(house: AdminHouse, rini: Person) -> None:
    await rini.get("/admin/health")
    here = "/admin/health?state=offline"
    answer = await rini.post("/admin/health/cameras/1/check", {"back": here})
    assert (answer.status, answer.header("location")) == (303, here)
    await rini.get("/admin/health")
    assert "will be checked within seconds" in rini.text
    async with house.database.write() as writing:
        assert await repository.take_checks(writing) == [1]


async def test_alarm_is_acknowledged_with_a_button(house: AdminHouse, rini: Person) -> None:
    await alarm(house)
    await rini.get("/admin/health")
    assert "The media server does not answer" in rini.text
    assert "6 cameras affected" in rini.text
    await rini.send("/admin/health/alarms/1/acknowledge")
    assert "The alarm was acknowledged." in rini.text
    assert "seen by rini" in rini.text


async def test_viewer_looks_and_has_no_buttons(house: AdminHouse, person: Person) -> None:
    await house.add("budi", "viewer")
    await person.sign_in("budi")
    await alarm(house)
    await person.get("/admin/health")
    assert "The media server does not answer" in person.text
    assert "/check" not in person.page
    assert "Acknowledge" not in person.text
    assert (await person.post("/admin/health/cameras/1/check")).status == 403


async def test_operator_checks_cameras_of_own_areas_only(house: AdminHouse, person: Person) -> None:
    area = await house.area("Wanasari")
    await house.add("siti", "operator", area_ids=frozenset({area}))
    await person.sign_in("siti")
    await person.get("/admin/health")
    assert "/check" not in person.page
    assert (await person.post("/admin/health/cameras/1/check")).status == 403
