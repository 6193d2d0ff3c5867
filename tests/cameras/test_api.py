"""`/api/cameras` over HTTP, as existing clients and ours use it."""

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.accounts.users.values import NewUser
from pantau.areas.models import Area
from pantau.areas.repository import insert_areas
from pantau.cameras.capabilities import SourceKind
from pantau.cameras.repository import stored_cameras
from pantau.core.ids import AreaId
from pantau.db import place as places
from pantau.db.place import Place
from pantau.web.principal import Role
from tests.safety.house import PASSWORD, House, Told, open_house
from tests.support.clock import START
from tests.support.database import KINDS, fresh_postgresql

pytestmark = pytest.mark.anyio

ADDRESS = "rtsp://admin:geheim@10.0.0.1:554/live"
MASKED = "rtsp://admin:***@10.0.0.1:554/live"


@dataclass
class Client:
    """Somebody who asks with a token."""

    house: House
    token: str

    async def ask(self, method: str, path: str = "", json: Any = None) -> Told:
        return await self.house.ask(method, f"/api/cameras{path}", json=json, bearer=self.token)

    async def add(self, **more: Any) -> int:
        body = {"name": "Gate", "private_rtsp_url": ADDRESS, **more}
        answer = await self.ask("POST", json=body)
        assert answer.status == 201, answer.text
        number: int = answer.json["data"]["id"]
        return number

    async def one(self, number: int) -> dict[str, Any]:
        answer = await self.ask("GET", f"/{number}")
        assert answer.status == 200, answer.text
        found: dict[str, Any] = answer.json["data"]
        return found


@dataclass
class Ground:
    """Where web processes of one installation live."""

    folder: Path
    place: Place | None


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One loop for all tests of this file, which share their houses."""
    return "asyncio"


@pytest.fixture(scope="module", params=KINDS)
def ground(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("api")
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, folder / places.FILE_NAME)
        yield Ground(folder, None)
    else:
        for place in fresh_postgresql(request.getfixturevalue("postgresql_template")):
            yield Ground(folder, place)


@pytest.fixture(scope="module")
async def house(anyio_backend: str, ground: Ground) -> AsyncIterator[House]:
    """On both kinds of database, for many tests: whatever they add has to stand beside others."""
    async with open_house(ground.folder, ground.place) as house:
        yield house


@pytest.fixture(scope="module")
async def quick(
    anyio_backend: str, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """On SQLite alone, for many tests, with two areas."""
    folder = tmp_path_factory.mktemp("quick")
    shutil.copy(sqlite_template, folder / places.FILE_NAME)
    async with open_house(folder) as house:
        await add_areas(house, "North", "South")
        yield house


async def client(house: House, name: str = "admin-a", role: Role = "admin", *areas: int) -> Client:
    new = NewUser(
        username=name, password=PASSWORD, role=role, area_ids=frozenset(areas) if areas else None
    )
    if name not in {each.username for each in await house.accounts.users.all()}:
        await house.accounts.users.add(new, by=AT_THE_CONSOLE)
    return Client(house, (await house.sign_in(name)).access_token)


async def add_areas(house: House, *names: str) -> None:
    areas = [
        Area(id=AreaId(number), name=name, slug=name.lower(), created_at=START)
        for number, name in enumerate(names, 1)
    ]
    async with house.base.database.write() as writing:
        await insert_areas(writing, areas)


def fields_of(answer: Told) -> set[str]:
    assert answer.status == 400, answer.text
    return {error["field"] for error in answer.json["errors"]}


async def test_a_camera_is_added_as_the_contract_says(house: House) -> None:
    admin = await client(house)
    answer = await admin.ask("POST", json={"name": "Gate", "private_rtsp_url": ADDRESS})
    assert answer.status == 201
    assert answer.json["success"] is True
    assert set(answer.json["data"]) == {"id", "name", "stream_key"}
    one = await admin.one(answer.json["data"]["id"])
    assert one["private_rtsp_url"] == MASKED
    assert (one["enabled"], one["is_tunnel"], one["enable_recording"]) == (1, 0, 0)
    assert (one["video_codec"], one["recording_duration_hours"]) == ("h264", 5)
    assert (one["latitude"], one["longitude"], one["area_id"]) == (None, None, None)
    assert "geheim" not in (await admin.ask("GET")).text


CONTRACT = {
    "id", "name", "private_rtsp_url", "description", "location", "group_name", "area_id",
    "enabled", "created_at", "updated_at", "is_online", "last_online_check", "status", "latitude",
    "longitude", "is_tunnel", "enable_recording", "recording_duration_hours", "recording_status",
    "last_recording_start", "sponsor_name", "sponsor_logo", "sponsor_url", "sponsor_package",
    "stream_key", "thumbnail_path", "thumbnail_updated_at", "video_codec", "area_name",
}  # fmt: skip
OURS = {
    "slug", "state", "health", "stream_revision", "kind", "relay", "transport", "encode",
    "tls_fingerprint", "tls", "headers", "proxy", "snapshot_url", "on_demand", "low_latency",
    "visibility", "delay_s", "still_only", "schedule", "cut_off", "managed_by", "capabilities",
}  # fmt: skip


async def test_the_list_has_exactly_these_keys_and_flags_are_numbers(quick: House) -> None:
    admin = await client(quick)
    number = await admin.add()
    (one,) = [each for each in (await admin.ask("GET")).json["data"] if each["id"] == number]
    assert set(one) == CONTRACT | OURS
    for name in ("enabled", "is_tunnel", "enable_recording", "is_online", "relay", "still_only"):
        assert one[name] in (0, 1)
        assert not isinstance(one[name], bool)


async def test_values_arrive_as_existing_clients_send_them(quick: House) -> None:
    admin = await client(quick)
    number = await admin.add(
        area_id="1",
        enabled=1,
        is_tunnel=False,
        enable_recording=0,
        latitude="-7.1502",
        longitude=111.88,
        recording_duration_hours="12",
        video_codec="H265",
        description=None,
        group_name="",
        sponsor_name="Toko Maju",
        sponsor_url="https://toko.example.org",
        sponsor_package="gold",
    )
    one = await admin.one(number)
    assert (one["area_id"], one["area_name"]) == (1, "North")
    assert (one["enabled"], one["is_tunnel"]) == (1, 0)
    assert (one["latitude"], one["longitude"]) == (-7.1502, 111.88)
    assert (one["recording_duration_hours"], one["video_codec"]) == (12, "h265")
    assert (one["description"], one["group_name"]) == ("", None)
    assert (one["sponsor_name"], one["sponsor_package"]) == ("Toko Maju", "gold")
    cleared = {"area_id": None, "latitude": None, "longitude": "", "recording_duration_hours": None}
    assert (await admin.ask("PUT", f"/{number}", cleared)).status == 200
    one = await admin.one(number)
    assert [one[name] for name in cleared] == [None] * 4
    assert one["area_name"] is None


async def test_one_field_is_enough_and_put_is_the_switch(house: House) -> None:
    admin = await client(house)
    number = await admin.add(description="Five roads")
    for method, enabled in (("PUT", 0), ("PATCH", True), ("PUT", False)):
        answer = await admin.ask(method, f"/{number}", {"enabled": enabled})
        assert (answer.status, set(answer.json)) == (200, {"success", "message"})
        one = await admin.one(number)
        assert (one["enabled"], one["description"]) == (int(enabled), "Five roads")
    assert (await admin.ask("DELETE", f"/{number}")).status == 200
    for method in ("GET", "PUT", "DELETE"):
        body = {"enabled": 1} if method == "PUT" else None
        assert (await admin.ask(method, f"/{number}", body)).status == 404


async def test_wrong_values_are_refused_by_name(quick: House) -> None:
    admin = await client(quick)
    number = await admin.add()
    wrong: dict[str, list[Any]] = {
        "name": ["", None, 5, "x" * 101, "a\u0000b"],
        "private_rtsp_url": ["", None, "10.0.0.1", "rtsp://127.0.0.1/x", "file:///etc/passwd"],
        "area_id": [99, "99", "x", 0, -1, 1.5, True, [1]],
        "enabled": ["yes", None, 2, "1", []],
        "latitude": [91, "north", "1e5", True, 1e400, "NaN"],
        "status": ["broken", None],
        "video_codec": ["av1", 264],
        "recording_duration_hours": [0, 2161, "x", 1.5],
        "sponsor_url": ["javascript:alert(1)"],
        "sponsor_package": ["iron"],
        "delay_s": [-1, 3601, "60", None],
        "schedule": [[{"days": [8], "begins": "08:00", "ends": "09:00", "showing": "live"}]],
        "kind": ["dvd", "embed"],
        "headers": [[{"name": "A b", "value": "x"}]],
        "surprise": [1],
        "id": [7],
    }
    before = await admin.one(number)
    for field, values in wrong.items():
        for value in values:
            answer = await admin.ask("PUT", f"/{number}", {field: value})
            named = {name.partition(".")[0] for name in fields_of(answer)}
            assert named & {field, "private_rtsp_url"} if field == "kind" else named == {field}
    assert fields_of(await admin.ask("PUT", f"/{number}", {})) == {"body"}
    assert fields_of(await admin.ask("PUT", f"/{number}", {"latitude": 0, "longitude": 0})) == {
        "latitude"
    }
    assert fields_of(await admin.ask("POST", json={})) == {"name", "private_rtsp_url"}
    after = await admin.one(number)
    assert {**after, "last_online_check": None} == {**before, "last_online_check": None}


async def test_secrets_of_sources_come_back_masked_and_count_as_stored(quick: House) -> None:
    admin = await client(quick)
    number = await admin.add(
        private_rtsp_url="https://cdn.example.org/a.m3u8?token=geheim",
        headers=[{"name": "Authorization", "value": "Bearer geheim"}],
        proxy="http://me:geheim@10.0.0.9:3128",
        snapshot_url="https://cdn.example.org/a.jpg?sig=geheim",
    )
    one = await admin.one(number)
    assert "geheim" not in str(one)
    assert one["headers"] == [{"name": "Authorization", "value": "***"}]
    assert (one["relay"], one["capabilities"]["carrier"]) == (1, "relay")
    names = ("private_rtsp_url", "headers", "proxy", "snapshot_url")
    same = {name: one[name] for name in names}
    assert (await admin.ask("PUT", f"/{number}", {**same, "description": "x"})).status == 200
    async with quick.base.database.read() as reading:
        cameras = await stored_cameras(reading, quick.base.sealer)
    (stored,) = [each for each in cameras if each.camera.id == number]
    source = stored.camera.source
    assert source.url == "https://cdn.example.org/a.m3u8?token=geheim"
    assert source.headers == (("Authorization", "Bearer geheim"),)
    assert source.proxy == "http://me:geheim@10.0.0.9:3128"
    assert source.snapshot_url == "https://cdn.example.org/a.jpg?sig=geheim"
    assert stored.camera.stream_revision == 0
    moved = {"private_rtsp_url": "https://evil.example.org/a.m3u8?token=***"}
    assert fields_of(await admin.ask("PUT", f"/{number}", moved)) == {"private_rtsp_url"}


async def test_who_only_looks_does_not_see_where_pictures_come_from(quick: House) -> None:
    admin = await client(quick)
    number = await admin.add(
        private_rtsp_url="https://hidden.example.org/a.m3u8",
        headers=[{"name": "Referer", "value": "x"}],
        proxy="http://10.0.0.9:3128",
        snapshot_url="https://hidden.example.org/a.jpg",
    )
    viewer = await client(quick, "viewer-a", "viewer")
    reader = await quick.add_key("cameras:read")
    for path in ("", f"/{number}", "?search=hidden.example", "?limit=5"):
        by_key = await quick.ask("GET", f"/api/cameras{path}", key=reader)
        for answer in (await viewer.ask("GET", path), by_key):
            assert answer.status == 200
            assert "hidden.example" not in answer.text
            assert "10.0.0.9" not in answer.text
    assert (await admin.ask("GET", "?search=hidden.example")).json["data"][0]["id"] == number
    assert (await viewer.ask("GET", "?search=hidden.example")).json["data"] == []
    assert (await viewer.ask("GET", f"/{number}/events")).status == 403


async def test_operators_change_the_cameras_of_their_areas(quick: House) -> None:
    admin = await client(quick)
    siti = await client(quick, "siti", "operator", 1)
    mine, theirs = await admin.add(area_id=1), await admin.add(area_id=2)
    assert (await siti.ask("PUT", f"/{mine}", {"enabled": 0})).status == 200
    for method, path, body in (
        ("PUT", f"/{theirs}", {"enabled": 0}),
        ("PUT", f"/{mine}", {"area_id": 2}),
        ("PUT", f"/{mine}", {"area_id": None}),
        ("DELETE", f"/{theirs}", None),
        ("PUT", f"/{theirs}/cut-off", {"reason": "x"}),
        ("POST", f"/{theirs}/rotate-key", None),
        ("POST", f"/{theirs}/probe", None),
        ("POST", "", {"name": "x", "private_rtsp_url": ADDRESS}),
    ):
        answer = await siti.ask(method, path, body)
        assert (answer.status, answer.code) == (403, "cameras.area"), (method, path)
    told = await siti.ask("POST", "/bulk", {"ids": [mine, theirs], "change": {"enabled": 1}})
    assert told.json["data"]["changed"] == [mine]
    assert [each["id"] for each in told.json["data"]["refused"]] == [theirs]


async def test_a_camera_is_cut_off_and_given_back(house: House) -> None:
    admin = await client(house)
    number = await admin.add()
    body = {"reason": "An accident", "minutes": 30}
    assert (await admin.ask("PUT", f"/{number}/cut-off", body)).status == 200
    cut = (await admin.one(number))["cut_off"]
    assert (cut["reason"], cut["by"], cut["active"]) == ("An accident", "admin-a", 1)
    house.clock.ahead_s = 31 * 60
    ended = await admin.one(number)
    house.clock.ahead_s = 0
    assert ended["cut_off"]["active"] == 0
    assert (await admin.ask("DELETE", f"/{number}/cut-off")).status == 200
    assert (await admin.one(number))["cut_off"] is None
    for wrong, field in (
        ({}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": "x", "minutes": 0}, "minutes"),
        ({"reason": "x", "until": "2020-01-01T00:00:00Z"}, "until"),
        ({"reason": "x", "until": "2030-01-01T00:00:00"}, "until"),
        ({"reason": "x", "until": "2090-01-01T00:00:00Z", "minutes": 5}, "body"),
    ):
        assert fields_of(await admin.ask("PUT", f"/{number}/cut-off", wrong)) == {field}
    kinds = [event["kind"] for event in (await admin.ask("GET", f"/{number}/events")).json["data"]]
    assert kinds == ["restored", "cut_off", "created"]


async def test_a_new_key_is_told_and_the_old_one_leads_nowhere(quick: House) -> None:
    admin = await client(quick)
    number = await admin.add()
    before = await admin.one(number)
    answer = await admin.ask("POST", f"/{number}/rotate-key")
    after = await admin.one(number)
    assert answer.json["data"]["stream_key"] == after["stream_key"] != before["stream_key"]
    assert after["stream_revision"] == 1


async def test_many_at_once(quick: House) -> None:
    admin = await client(quick)
    numbers = [await admin.add(name=f"Gate {n}") for n in range(3)]
    bulk = await admin.ask(
        "POST",
        "/bulk",
        {"ids": [*numbers, 9_999], "change": {"visibility": "partner", "delay_s": 60}},
    )
    assert bulk.json["data"]["changed"] == numbers
    assert bulk.json["data"]["refused"][0]["code"] == "cameras.unknown"
    assert (await admin.one(numbers[2]))["visibility"] == "partner"
    for wish in ({"cut_off": {"reason": "x"}}, {"action": "restore"}, {"action": "delete"}):
        told = await admin.ask("POST", "/bulk", {"ids": numbers, **wish})
        assert told.json["data"]["changed"] == numbers, wish
    left = {each["id"] for each in (await admin.ask("GET")).json["data"]}
    assert not left & set(numbers)
    for body, field in (
        ({"ids": [], "action": "delete"}, "ids"),
        ({"ids": [1]}, "body"),
        ({"ids": [1], "action": "delete", "change": {"enabled": 0}}, "body"),
        ({"ids": [1], "change": {"name": "x"}}, "change.name"),
        ({"ids": [1], "change": {}}, "change"),
    ):
        assert fields_of(await admin.ask("POST", "/bulk", body)) == {field}, body


async def test_kinds_say_what_can_be_done(quick: House) -> None:
    viewer = await client(quick, "viewer-a", "viewer")
    kinds = {each["kind"]: each for each in (await viewer.ask("GET", "/kinds")).json["data"]}
    assert set(kinds) == {kind.value for kind in SourceKind}
    assert kinds["hls"]["relayed"]["record"] == 0
    assert kinds["mpegts_ws"]["capabilities"]["why_not"]


async def test_what_one_process_saves_the_other_lists_at_once(house: House, ground: Ground) -> None:
    admin = await client(house)
    async with open_house(ground.folder, ground.place) as other:
        elsewhere = Client(other, admin.token)

        async def names(who: Client) -> dict[int, str]:
            return {each["id"]: each["name"] for each in (await who.ask("GET")).json["data"]}

        before = await names(elsewhere)
        number = await admin.add()
        assert await names(elsewhere) == {**before, number: "Gate"}
        await elsewhere.ask("PUT", f"/{number}", {"name": "Harbour"})
        assert await names(admin) == {**before, number: "Harbour"}
