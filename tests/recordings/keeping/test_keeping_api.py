"""The API of holds, deletions, quotas, disks and plans: who may what, and what is refused."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.db.database import Database
from pantau.recordings.holds import Holds
from pantau.recordings.keeper import KeptCamera
from pantau.recordings.keeping_api import KeepingApi
from pantau.recordings.keeping_service import Keeping
from pantau.recordings.models import SegmentState
from pantau.recordings.own_cameras import OwnCameras
from pantau.recordings.planner import KeepingSettings, Planner
from pantau.recordings.quotas import Quotas
from pantau.web.client_address import ClientAddresses
from pantau.web.principal import Principal
from tests.accounts.asking import ADMIN, Asking
from tests.cameras.desk import Desk, open_desk
from tests.recordings.keeping.house import HOUR_MS, KEEP_HOURS, SIZE, Keep, keep

pytestmark = pytest.mark.anyio

VIEWER = Principal(kind="session", user_id=3, username="budi", role="viewer", session_id=3)
READER = Principal(kind="api_key", key_id=1, scopes=frozenset({"recordings:read"}))
WRITER = Principal(kind="api_key", key_id=2, scopes=frozenset({"recordings:write"}))
SITI = Principal(
    kind="session",
    user_id=2,
    username="siti",
    role="operator",
    session_id=2,
    area_ids=frozenset({7}),
)


@dataclass
class Office:
    """A web process with two cameras: number 1 in area 7, number 2 in none; and its worker."""

    desk: Desk
    keep: Keep
    asking: Asking

    async def held(self, camera_id: int, from_ms: int, to_ms: int) -> int:
        body = {"camera_id": camera_id, "from": from_ms, "to": to_ms, "reason": "case 7"}
        made = await self.asking.post("/api/recordings/holds", body)
        assert made.status == 201
        return int(made.data["id"])


def api_of(desk: Desk, one: Keep, cameras: list[Camera]) -> Asking:
    database, clock, trail = desk.hub.database, desk.hub.clock, desk.trail
    catalogue = Catalogue(cameras, clock=clock)
    own = OwnCameras(catalogue)

    async def kept(_: object) -> list[KeptCamera]:
        return [KeptCamera(id=n, area_id=7 if n == 1 else None, keep_hours=None) for n in (1, 2)]

    async def areas() -> dict[int, str]:
        return {7: "Wanasari"}

    planner = Planner(
        database,
        catalogue=catalogue,
        own=own,
        cameras=kept,
        settings=KeepingSettings(keep_hours=KEEP_HOURS, low_hours=4, reserve_bytes=2**20),
        clock=clock,
    )
    keeping = Keeping(
        database,
        own=own,
        holds=Holds(database, own=own, trail=trail, clock=clock),
        quotas=Quotas(
            database,
            catalogue=catalogue,
            own=own,
            planner=planner,
            areas=areas,
            trail=trail,
            clock=clock,
        ),
        planner=planner,
        trail=trail,
        clock=clock,
    )
    return Asking([KeepingApi(keeping, ClientAddresses(), clock).endpoints])


@pytest.fixture
async def office(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    desk = await open_desk(sqlite_database, tmp_path)
    await desk.hub.add_area(7, "Wanasari")
    gate = (await desk.add("Gate", area_id=7, enable_recording=True)).camera
    market = (await desk.add("Market")).camera
    async with keep(sqlite_database, [tmp_path / "a"], clock=desk.hub.clock) as one:
        office = Office(desk, one, api_of(desk, one, [gate, market]))
        yield office


async def test_held_footage_is_not_deleted_by_operators_either(office: Office) -> None:
    one = office.keep
    held, free = await one.add(1, ago_h=5), await one.add(1, ago_h=2)
    number = await office.held(1, held.start_ms + 1, held.start_ms + 2)
    span = {"from": held.start_ms, "to": free.end_ms}
    refused = await office.asking.post("/api/recordings/1/delete", span)
    assert (refused.status, refused.json["code"]) == (409, "recordings.held")
    assert await one.pending() == 0
    assert (await office.asking.post(f"/api/recordings/holds/{number}/release", {})).status == 200
    again = await office.asking.post(f"/api/recordings/holds/{number}/release", {})
    assert (again.status, again.json["code"]) == (409, "recordings.hold_ended")
    taken = await office.asking.post("/api/recordings/1/delete", span)
    assert (taken.status, taken.data["segments"], taken.data["size_bytes"]) == (202, 2, 2 * SIZE)
    await one.deleter.settle()
    listed = await office.asking.get("/api/recordings/deletions", READER, "camera_id=1&limit=1")
    assert [each["reason"] for each in listed.data] == ["operator"]
    more = listed.json["pagination"]["next_cursor"]
    rest = await office.asking.get("/api/recordings/deletions", READER, f"limit=5&cursor={more}")
    assert {listed.data[0]["from_ms"], rest.data[0]["from_ms"]} == {held.start_ms, free.start_ms}
    assert (await office.desk.actions())[-3:] == [
        "HOLD_RECORDINGS",
        "RELEASE_HOLD",
        "DELETE_RECORDINGS",
    ]


async def test_operators_of_an_area_see_and_change_what_is_theirs(office: Office) -> None:
    one, ask = office.keep, office.asking
    mine, other = await one.add(1, ago_h=5), await one.add(2, ago_h=5)
    gone = await one.add(9, ago_h=5)
    hold = await office.held(2, other.start_ms, other.end_ms)
    span = {"from": other.start_ms, "to": other.end_ms}
    assert (await ask.post("/api/recordings/2/delete", span, who=SITI)).status == 403
    assert (await ask.post("/api/recordings/9/delete", span, who=SITI)).status == 404
    assert (await ask.post("/api/recordings/10/delete", span)).status == 404
    assert (await ask.post(f"/api/recordings/holds/{hold}/release", {}, who=SITI)).status == 403
    assert (await ask.get("/api/recordings/holds", SITI)).data == []
    assert len((await ask.get("/api/recordings/holds", READER)).data) == 1
    quotas = (await ask.get("/api/recordings/quotas", SITI)).data
    assert [each["id"] for each in quotas["cameras"]] == [1]
    assert [each["id"] for each in quotas["areas"]] == [7]
    limit = {"quota_bytes": 10}
    assert (await ask.put("/api/recordings/quotas/cameras/2", limit, SITI)).status == 403
    assert (await ask.put("/api/recordings/quotas/areas/7", limit, SITI)).status == 403
    assert (await ask.put("/api/recordings/quotas/cameras/1", limit, SITI)).data == {
        "id": 1,
        "name": "Gate",
        "quota_bytes": 10,
        "used_bytes": SIZE,
    }
    assert (await ask.put("/api/recordings/quotas/areas/7", limit)).data["used_bytes"] == SIZE
    plan = (await ask.get("/api/recordings/planner", SITI)).data
    assert [each["camera_id"] for each in plan["cameras"]] == [1]
    asked = {"from": mine.start_ms, "to": mine.end_ms}
    assert (await ask.post("/api/recordings/1/delete", asked, who=SITI)).status == 202
    # Footage of a camera that was removed belongs to no area.
    everything = {"from": 0, "to": gone.end_ms}
    assert (await ask.post("/api/recordings/9/delete", everything)).data["segments"] == 1


@pytest.mark.parametrize("path", ["holds", "deletions", "quotas", "storage", "planner"])
async def test_viewers_and_keys_of_another_scope_see_nothing_of_it(
    office: Office, path: str
) -> None:
    for who, status in ((VIEWER, 403), (WRITER, 403), (Principal(), 401), (READER, 200)):
        assert (await office.asking.get(f"/api/recordings/{path}", who)).status == status


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"from": 5, "to": 5}, "to"),
        ({"from": "yesterday"}, "from"),
        ({"to": -1}, "to"),
        ({"to": 2**60}, "to"),
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"until": "2020-01-01T00:00:00Z"}, "until"),
        ({"camera_id": "1"}, "camera_id"),
        ({"more": 1}, "more"),
    ],
)
async def test_holds_that_cannot_be_name_the_field(
    office: Office, change: dict[str, object], field: str
) -> None:
    body = {"camera_id": 1, "from": 1, "to": "2026-03-01T10:00:00+07:00", "reason": "r", **change}
    answer = await office.asking.post("/api/recordings/holds", body)
    assert answer.status == 400
    assert any(field in each for each in answer.fields), answer.json


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("deletions", "limit=0", "limit"),
        ("deletions", "cursor=%21", "cursor"),
        ("deletions", "from=soon", "from"),
        ("deletions", "from=9&to=3", "to"),
        ("deletions", "reason=because", "reason"),
        ("planner", "keep_hours=0", "keep_hours"),
        ("planner", "rate_factor=nan", "rate_factor"),
        ("planner", "more_cameras=3", "mbit_per_s"),
    ],
)
async def test_questions_that_cannot_be_answered_name_the_field(
    office: Office, path: str, query: str, field: str
) -> None:
    answer = await office.asking.get(f"/api/recordings/{path}", ADMIN, query)
    assert (answer.status, any(field in each for each in answer.fields)) == (400, True), answer.json


async def test_disks_and_forecasts_tell_what_is_measured_and_what_would_be(
    office: Office,
) -> None:
    one = office.keep
    for n in range(12):
        await one.add(1, ago_h=n / 6, size_bytes=75_000)
    await one.add(1, ago_h=0, minutes=3, state=SegmentState.OPEN)
    await one.keeper.look()
    storage = (await office.asking.get("/api/recordings/storage")).data
    assert [each["level"] for each in storage["disks"]] == ["ok"]
    assert storage["alarms"] == []
    plan = (await office.asking.get("/api/recordings/planner")).data
    [camera] = plan["cameras"]
    # Twelve files of ten minutes: 75 kB each ten minutes, on no more than two hours.
    assert camera["bytes_per_day"] == pytest.approx(75_000 * 144, rel=0.01)
    assert (camera["basis"], camera["covered_hours"]) == ("hours", pytest.approx(2))
    assert camera["needed_bytes"] == pytest.approx(camera["bytes_per_day"] * 1.1)
    assert plan["forecast"]["fits"] is True
    question = "more_cameras=9&rate_factor=2&keep_hours=48"
    what_if = (await office.asking.get("/api/recordings/planner", query=question)).data["what_if"]
    assert what_if["needed_bytes"] == pytest.approx(camera["bytes_per_day"] * 2.2 * (2 + 9))
    office.desk.hub.clock.wind(HOUR_MS / 1000)
    silent = (await office.asking.get("/api/recordings/storage")).data["alarms"]
    assert [(each["kind"], each["urgent"]) for each in silent] == [("silent", True)]
