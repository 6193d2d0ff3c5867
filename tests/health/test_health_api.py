"""Who may ask how cameras do, what they are told, and what nobody is told."""

import json
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pantau.audit.reading import AuditReader
from pantau.audit.repository import Search
from pantau.cameras.decisions import PublicDecision, Visibility
from pantau.cameras.models import Camera, HealthState, LiveState, Observation
from pantau.cameras.service import Catalogue
from pantau.core.clock import always
from pantau.core.ids import AreaId, CameraId
from pantau.db.database import Database
from pantau.health import alarm_rows, repository
from pantau.health.camera_api import HealthApi
from pantau.health.figures import FigureBook
from pantau.health.service import HealthBook
from pantau.health.status import PublicStatus, Status
from pantau.health.values import AlarmKind, Change
from pantau.health.verdict import Belief
from pantau.portal.status.page import StatusPage
from pantau.ui.files import read_assets
from pantau.ui.render import Pages
from pantau.ui.site import Site
from pantau.web.assets import Assets
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Reply
from pantau.web.principal import Principal
from tests.accounts.asking import Asking
from tests.audit.trails import trail_on
from tests.support.cameras import camera
from tests.support.clock import START, HandWoundClock

pytestmark = pytest.mark.anyio

VIEWER = Principal(kind="session", user_id=3, username="budi", role="viewer", session_id=3)
KEY = Principal(kind="api_key", key_id=1, scopes=frozenset({"cameras:read"}))
NOBODY = Principal()


def operator(*area_ids: int) -> Principal:
    return Principal(
        kind="session",
        user_id=2,
        username="siti",
        role="operator",
        session_id=2,
        area_ids=frozenset(area_ids),
    )


def in_area(number: int, area: int = 1, **changes: Any) -> Camera:
    return camera(number, area_id=AreaId(area), area_name=f"Area {area}", **changes)


SECRET = PublicDecision(visibility=Visibility.PRIVATE)


@cache
def assets() -> Assets:
    """Compressing every file takes a tenth of a second, for every test the same."""
    return read_assets()


class Town:
    def __init__(self, database: Database, *cameras: Camera) -> None:
        self.clock = HandWoundClock(START + timedelta(days=3))
        self.database = database
        self.catalogue = Catalogue(cameras, clock=self.clock)
        zone = ZoneInfo("Asia/Jakarta")
        self.book = HealthBook(
            database,
            catalogue=self.catalogue,
            figures=FigureBook(database, clock=self.clock, zone=always(zone)),
            trail=trail_on(database, self.clock),
            clock=self.clock,
        )
        self.asking = Asking([HealthApi(self.book, self.catalogue, ClientAddresses()).endpoints])
        self.public = PublicStatus(self.catalogue, self.book, self.clock)
        pages = Pages(assets=assets(), site=lambda: Site(zone=zone), now=self.clock.now)
        self.page = StatusPage(self.public, pages)

    async def believe(self, number: int, state: HealthState, cause: str = "") -> None:
        at = self.clock.now() - timedelta(hours=2)
        belief = Belief(state=state, cause=cause, since_at=at, checked_at=self.clock.now())
        async with self.database.write() as writing:
            await repository.save(writing, [Change(CameraId(number), belief, at)])
        await self.book.refresh()

    async def alarm(self, kind: AlarmKind = AlarmKind.MEDIA_SERVER) -> int:
        async with self.database.write() as writing:
            await alarm_rows.begin(
                writing,
                kind,
                at=self.clock.now() - timedelta(minutes=5),
                cameras=7,
                again_within=timedelta(0),
            )
        await self.book.refresh()
        return (await self.book.alarms())[0].id

    async def status(self) -> Status:
        await self.public.refresh()
        return self.public.status

    def ask(self, path: str, **headers: str) -> Reply:
        routes = {**self.public.routes(), **self.page.exact()}
        address, _, query = path.partition("?")
        fields = [(n.replace("_", "-").encode(), text.encode()) for n, text in headers.items()]
        scope = {
            "method": "GET",
            "path": address,
            "query_string": query.encode(),
            "headers": fields,
        }
        request = HotRequest(scope, request_id=b"1", look_up_client=ClientAddresses().of)
        reply = routes[address].handler(request)
        assert isinstance(reply, Reply)
        return reply


async def test_list_tells_state_cause_and_figures(database: Database) -> None:
    town = Town(database, in_area(1), in_area(2, area=2), in_area(3))
    await town.believe(1, HealthState.OFFLINE, "refused")
    await town.believe(2, HealthState.ONLINE)
    answer = await town.asking.get("/api/health/cameras", VIEWER)
    assert answer.status == 200
    first, second, third = answer.data
    assert (first["state"], first["cause"], first["uptime"]["day"]) == ("offline", "refused", 0.0)
    assert "port" in first["message"]
    assert first["falls_this_week"] == 1
    assert second["uptime"] == {"day": 100.0, "week": 100.0, "month": 100.0}
    assert (third["state"], third["cause"]) == ("unknown", "not_checked")
    assert third["uptime"]["month"] is None
    offline = await town.asking.get("/api/health/cameras", VIEWER, "state=offline")
    assert [one["id"] for one in offline.data] == [1]
    there = await town.asking.get("/api/health/cameras", VIEWER, "area_id=2")
    assert [one["id"] for one in there.data] == [2]
    assert (await town.asking.get("/api/health/cameras", VIEWER, "state=fine")).status == 400
    assert (await town.asking.get("/api/health/cameras", KEY)).status == 200
    assert (await town.asking.get("/api/health/cameras", NOBODY)).status == 401


async def test_no_answer_holds_an_address_or_a_password(sqlite_database: Database) -> None:
    town = Town(sqlite_database, in_area(1))
    await town.believe(1, HealthState.OFFLINE, "login_refused")
    texts = [
        (await town.asking.get("/api/health/cameras", VIEWER)).body,
        (await town.asking.get("/api/health/cameras/1", VIEWER)).body,
        (await town.status()).model_dump_json().encode(),
        town.ask("/status").body,
    ]
    for text in texts:
        assert not any(secret in text for secret in (b"geheim", b"rtsp:", b"10.0.0.1"))


async def test_history_of_one_camera(database: Database) -> None:
    town = Town(database, in_area(1))
    await town.believe(1, HealthState.ONLINE)
    await town.clock.advance(3_600)
    await town.believe(1, HealthState.OFFLINE, "timed_out")
    answer = await town.asking.get("/api/health/cameras/1", VIEWER)
    assert [span["state"] for span in answer.data["spans"]] == ["offline", "online"]
    assert answer.data["spans"][0]["ended_at"] is None
    assert len(answer.data["days"]) == 30
    assert (await town.asking.get("/api/health/cameras/9", VIEWER)).status == 404
    assert (await town.asking.get("/api/health/cameras/1", VIEWER, "days=0")).status == 400


async def test_alarm_is_acknowledged_once_and_that_stands_in_the_trail(database: Database) -> None:
    town = Town(database, in_area(1))
    alarm_id = await town.alarm()
    path = f"/api/health/alarms/{alarm_id}/acknowledge"
    assert (await town.asking.post(path, {}, VIEWER)).status == 403
    first = await town.asking.post(path, {}, operator(1))
    assert first.data["acknowledged_by"] == "siti"
    again = await town.asking.post(path, {})
    assert again.data["acknowledged_by"] == "siti"
    listed = await town.asking.get("/api/health/alarms", VIEWER)
    assert [one["cameras"] for one in listed.data] == [7]
    assert (await town.asking.post("/api/health/alarms/99/acknowledge", {})).status == 404
    entries = (await AuditReader(database).page(Search(), limit=10)).rows
    assert [(entry.draft.name, entry.draft.username) for entry in entries] == [
        ("health_alarm_acknowledged", "siti")
    ]


async def test_check_is_for_operators_of_the_area(database: Database) -> None:
    town = Town(database, in_area(1), in_area(2, area=2), in_area(3, status="maintenance"))
    await town.believe(3, HealthState.UNKNOWN, "maintenance")
    assert (await town.asking.post("/api/health/cameras/1/check", {}, VIEWER)).status == 403
    assert (await town.asking.post("/api/health/cameras/2/check", {}, operator(1))).status == 403
    assert (await town.asking.post("/api/health/cameras/3/check", {}, operator(1))).status == 409
    assert (await town.asking.post("/api/health/cameras/9/check", {}, operator(1))).status == 404
    for _ in range(2):
        answer = await town.asking.post("/api/health/cameras/1/check", {}, operator(1))
        assert answer.status == 202
    async with database.write() as writing:
        assert await repository.take_checks(writing) == [1]


async def test_catalogue_learns_what_is_believed(sqlite_database: Database) -> None:
    town = Town(sqlite_database, in_area(1), in_area(2))
    await town.believe(1, HealthState.OFFLINE, "refused")
    faces = {face.id: face for face in town.catalogue.public()}
    assert (faces[1].health, faces[1].is_online) == (HealthState.OFFLINE, False)
    assert (faces[2].health, faces[2].is_online) == (HealthState.UNKNOWN, True)


STATUS_KEYS = {"checked_at", "cameras", "uptime", "days", "areas", "incidents"}
COUNTS = {"total", "online", "degraded", "offline", "maintenance", "unknown"}


async def test_public_status_has_exactly_these_keys_and_public_cameras_only(
    sqlite_database: Database,
) -> None:
    town = Town(
        sqlite_database,
        in_area(1),
        in_area(2),
        in_area(3, area=2, status="maintenance"),
        in_area(4, area=2),
        in_area(5, area=9, decision=SECRET),
        in_area(6, area=9, enabled=False),
    )
    now = town.clock.now()
    town.catalogue.observe({CameraId(4): Observation(LiveState.LIVE, now, now)})
    for number, state in ((1, HealthState.OFFLINE), (2, HealthState.DEGRADED)):
        await town.believe(number, state, "frozen")
    await town.believe(5, HealthState.OFFLINE, "refused")
    await town.alarm()
    await town.status()
    body = json.loads(town.ask("/api/status").body)
    status = body["data"]
    assert body.keys() == {"success", "data"}
    assert status.keys() == STATUS_KEYS
    assert status["cameras"] == {
        "total": 4,
        "online": 2,
        "degraded": 1,
        "offline": 1,
        "maintenance": 1,
        "unknown": 0,
    }
    assert [area["name"] for area in status["areas"]] == ["Area 1", "Area 2"]
    assert all(area.keys() == COUNTS | {"id", "name"} for area in status["areas"])
    assert status["uptime"] == {"day": 50.0, "week": 50.0, "month": 50.0}
    incidents = [(one["kind"], one["area_id"], one["cameras"]) for one in status["incidents"]]
    assert incidents == [("cameras_offline", 1, 1), ("maintenance", 2, 1), ("hub", None, None)]
    assert all(
        one.keys() == {"kind", "area_id", "area_name", "cameras", "began_at", "ended_at"}
        for one in status["incidents"]
    )
    text = json.dumps(body)
    assert "Area 9" not in text
    assert "frozen" not in text
    assert "media_server" not in text


async def test_dead_camera_is_merely_offline_for_the_public(sqlite_database: Database) -> None:
    town = Town(sqlite_database, in_area(1))
    await town.believe(1, HealthState.DEAD, "gone")
    status = await town.status()
    assert status.cameras.offline == 1
    assert "dead" not in status.model_dump_json()


async def test_page_says_it_without_a_script_in_both_languages(sqlite_database: Database) -> None:
    town = Town(sqlite_database, in_area(1), in_area(2))
    await town.believe(1, HealthState.OFFLINE, "refused")
    await town.believe(2, HealthState.ONLINE)
    await town.status()
    indonesian = town.ask("/status").body.decode()
    english = town.ask("/status", accept_language="en").body.decode()
    assert "1 dari 2 kamera menyala" in indonesian
    assert "1 of 2 cameras are on" in english
    assert "50\u00a0%" in english
    asked = town.ask("/status?lang=en")
    assert any(name == b"set-cookie" for name, _ in asked.headers)
    assert town.ask("/status").body == indonesian.encode()


async def test_page_tells_not_measured_from_fine(sqlite_database: Database) -> None:
    empty = Town(sqlite_database)
    assert "There is no camera yet" in empty.ask("/status", accept_language="en").body.decode()
    town = Town(sqlite_database, in_area(1))
    text = town.ask("/status", accept_language="en").body.decode()
    assert "have not been checked yet" in text
    assert "Nothing that we know of" not in text


async def test_status_follows_what_changes_and_keeps_its_figures_without_a_database(
    sqlite_database: Database,
) -> None:
    town = Town(sqlite_database, in_area(1))
    await town.believe(1, HealthState.ONLINE)
    first = await town.status()
    version = town.public.version
    assert (await town.status()).uptime == first.uptime
    assert town.public.version == version
    town.catalogue.replace([replace(in_area(1), decision=SECRET)])
    assert (await town.status()).cameras.total == 0
    assert town.public.version == version + 1
