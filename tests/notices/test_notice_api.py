"""Announcements and notices over HTTP: every field comes back, rights, and what is public."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pantau.cameras.service import Catalogue
from pantau.core.ids import AreaId
from pantau.db.database import Database
from pantau.notices.api import NoticeApi
from pantau.notices.board import Board
from pantau.notices.camera_notices import CameraNotices
from pantau.notices.public import PublicBoard
from pantau.notices.service import Announcements
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest
from pantau.web.principal import Principal
from tests.accounts.asking import Answer, Asking
from tests.audit.trails import rows, trail_on
from tests.feedback.house import OF_AREA_1
from tests.support.cameras import camera
from tests.support.clock import HandWoundClock
from tests.support.hub import Hub

pytestmark = pytest.mark.anyio

ANNOUNCEMENTS = "/api/announcements"
WHOLE: dict[str, Any] = {
    "title_id": "Jalan ditutup",
    "title_en": "Road closed",
    "text_id": "Minggu **pagi**.\n\n- satu",
    "text_en": "Sunday morning.",
    "severity": "warning",
    "link": "https://contoh.id/cfd?x=1#a",
    "starts_at": "2026-02-01T00:00:00Z",
    "ends_at": "2026-04-01T00:00:00Z",
    "target": "area",
    "area_id": 1,
    "camera_id": None,
    "on_wall": True,
    "on_watch": False,
    "dismissible": False,
    "position": 7,
    "enabled": True,
}
PUBLIC = {
    "id",
    "title",
    "text",
    "severity",
    "picture",
    "link",
    "starts_at",
    "ends_at",
    "target",
    "area_id",
    "camera_id",
    "placement",
    "dismissible",
}
NOTICE = {
    "owner": "Dinas Perhubungan",
    "purpose": "Memantau lalu lintas.",
    "retention": "7 hari",
    "contact": "dishub@contoh.id",
}


@dataclass
class Office:
    database: Database
    clock: HandWoundClock
    board: Board
    notices: CameraNotices
    public: PublicBoard
    asking: Asking

    async def seen(self) -> Any:
        """Return what the public is told."""
        await self.board.refresh()
        scope = {"method": "GET", "path": "/", "query_string": b"", "headers": []}
        request = HotRequest(scope, request_id=b"1", look_up_client=ClientAddresses().of)
        return json.loads(self.public.active(request).body)["data"]

    async def put_notice(self, path: str, body: object, who: Principal) -> Answer:
        answer = await self.asking.put(path, body, who)
        await self.notices.refresh()
        return answer


async def office_on(database: Database, folder: Path) -> Office:
    hub, clock = Hub(database, folder), HandWoundClock()
    places = {1: AreaId(1), 2: AreaId(2), 3: AreaId(1)}
    for number in (1, 2):
        await hub.add_area(number, f"Wilayah {number}")
    cameras = [
        camera(number, area_id=area_id, enabled=number != 3) for number, area_id in places.items()
    ]
    for each in cameras:
        await hub.add_camera(each.id, area_id=each.area_id, enabled=each.enabled)
    catalogue = Catalogue(cameras, clock=clock)

    async def area_exists(number: int) -> bool:
        return number in {1, 2}

    trail, board = trail_on(database, clock), Board(database, clock)
    announcements = Announcements(
        database, catalogue=catalogue, area_exists=area_exists, trail=trail, clock=clock
    )
    notices = CameraNotices(
        database,
        catalogue=catalogue,
        area_exists=area_exists,
        default_hours=72,
        trail=trail,
        clock=clock,
    )
    await notices.refresh()
    api = NoticeApi(announcements, notices, clients=ClientAddresses(), clock=clock)
    return Office(
        database=database,
        clock=clock,
        board=board,
        notices=notices,
        public=PublicBoard(board, catalogue),
        asking=Asking([api.announcements, api.cameras, api.areas, api.hub]),
    )


async def test_every_field_of_an_announcement_comes_back(
    database: Database, tmp_path: Path
) -> None:
    office = await office_on(database, tmp_path)
    added = await office.asking.post(ANNOUNCEMENTS, WHOLE)
    assert added.status == 201, added.body
    number = added.data["id"]
    assert {name: added.data[name] for name in WHOLE} == WHOLE
    assert (added.data["state"], added.data["picture"]) == ("now", None)
    for name, value in {**WHOLE, "title_id": "Lain", "severity": "info", "on_watch": True}.items():
        changed = {**WHOLE, name: value}
        answer = await office.asking.put(f"{ANNOUNCEMENTS}/{number}", changed)
        assert answer.data[name] == value
    assert [row["id"] for row in (await office.asking.get(ANNOUNCEMENTS)).data] == [number]
    assert (await office.asking.delete(f"{ANNOUNCEMENTS}/{number}")).status == 200
    assert (await office.asking.get(f"{ANNOUNCEMENTS}/{number}")).status == 404
    names = [row["name"] for row in await rows(database)]
    assert names[0] == "CREATE_ANNOUNCEMENT"
    assert names[-1] == "DELETE_ANNOUNCEMENT"
    assert set(names[1:-1]) == {"UPDATE_ANNOUNCEMENT"}


async def test_the_public_is_told_so_much_and_no_more(
    sqlite_database: Database, tmp_path: Path
) -> None:
    office = await office_on(sqlite_database, tmp_path)
    await office.asking.post(ANNOUNCEMENTS, WHOLE)
    await office.asking.post(ANNOUNCEMENTS, {"title_id": "x", "starts_at": "2027-01-01T00:00:00Z"})
    await office.asking.post(ANNOUNCEMENTS, {"title_id": "x", "target": "camera", "camera_id": 3})
    (seen,) = await office.seen()
    assert set(seen) == PUBLIC
    assert seen["title"] == {"id": "Jalan ditutup", "en": "Road closed"}
    assert seen["placement"] == ["wall"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title_id": ""}, "title_id"),
        ({"title_id": "x" * 121}, "title_id"),
        ({"title_id": "a\0b"}, "title_id"),
        ({"text_id": "x" * 2001}, "text_id"),
        ({"severity": "bad"}, "severity"),
        ({"link": "http://contoh.id"}, "link"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "https://contoh.id\\@jahat.example"}, "link"),
        ({"link": "https://bank.id@jahat.example/"}, "link"),
        ({"link": "https://conto\th.id"}, "link"),
        ({"link": "https://localhost/"}, "link"),
        ({"link": "https://2130706433/"}, "link"),
        ({"starts_at": "2026-02-30T00:00:00Z"}, "starts_at"),
        ({"ends_at": "2026-01-01T00:00:00Z"}, "ends_at"),
        ({"area_id": 9}, "area_id"),
        ({"area_id": None}, "area_id"),
        ({"target": "camera"}, "camera_id"),
        ({"on_wall": False}, "on_wall"),
        ({"position": -1}, "position"),
        ({"position": 1.5}, "position"),
        ({"picture": "0" * 32}, "picture"),
    ],
)
async def test_wrong_fields_are_named(
    sqlite_database: Database, tmp_path: Path, changes: dict[str, Any], field: str
) -> None:
    office = await office_on(sqlite_database, tmp_path)
    answer = await office.asking.post(ANNOUNCEMENTS, {**WHOLE, **changes})
    assert (answer.status, answer.fields) == (400, [field])


async def test_operators_of_an_area_announce_there_and_nowhere_else(
    sqlite_database: Database, tmp_path: Path
) -> None:
    office = await office_on(sqlite_database, tmp_path)
    own = await office.asking.post(ANNOUNCEMENTS, WHOLE, OF_AREA_1)
    assert own.status == 201
    for changes in (
        {"target": "all"},
        {"area_id": 2},
        {"target": "camera", "camera_id": 2},
    ):
        body = {**WHOLE, **changes}
        assert (await office.asking.post(ANNOUNCEMENTS, body, OF_AREA_1)).status == 403
        path = f"{ANNOUNCEMENTS}/{own.data['id']}"
        assert (await office.asking.put(path, body, OF_AREA_1)).status == 403
    everywhere = await office.asking.post(ANNOUNCEMENTS, {"title_id": "x"})
    path = f"{ANNOUNCEMENTS}/{everywhere.data['id']}"
    assert (await office.asking.delete(path, OF_AREA_1)).status == 403
    assert (await office.asking.put(path, WHOLE, OF_AREA_1)).status == 403


async def test_a_camera_says_what_its_area_and_the_hub_say_else(
    database: Database, tmp_path: Path
) -> None:
    office = await office_on(database, tmp_path)
    admin = Principal(kind="session", user_id=1, username="admin", role="admin")
    hub = await office.put_notice("/api/camera-notice", NOTICE, admin)
    assert {name: hub.data[name] for name in NOTICE} == NOTICE
    area = {"owner": "Kecamatan"}
    assert (await office.put_notice("/api/areas/1/notice", area, admin)).status == 200
    own = await office.put_notice("/api/cameras/1/notice", {"contact": "0812"}, OF_AREA_1)
    assert own.data["owner"] == ""
    assert own.data["effective"] == {**NOTICE, "owner": "Kecamatan", "contact": "0812"}
    assert own.data["keep_hours"] is None
    said = office.notices.of(1, 1).texts
    assert (said.owner, said.contact, said.purpose) == ("Kecamatan", "0812", NOTICE["purpose"])
    assert office.notices.of(2, 2).texts.owner == NOTICE["owner"]
    for path in ("/api/camera-notice", "/api/areas/2/notice", "/api/cameras/2/notice"):
        assert (await office.asking.put(path, NOTICE, OF_AREA_1)).status == 403
    for path in ("/api/areas/9/notice", "/api/cameras/9/notice"):
        assert (await office.asking.get(path)).status == 404
    assert (await office.asking.put("/api/camera-notice", {"owner": "x" * 201})).fields == ["owner"]
    entries = await rows(database)
    assert {row["name"] for row in entries} == {"UPDATE_CAMERA_NOTICE"}
    assert entries[-1]["target"] == "camera 1 (Camera 1)"
