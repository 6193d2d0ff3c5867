"""`/api/recordings`: what people and keys may see of recorders, and decide about them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pantau.cameras.conditions import CatalogueConditions
from pantau.cameras.listing import CameraList
from pantau.cameras.service import Catalogue
from pantau.db.database import Database
from pantau.recordings import recorder_rows, repository
from pantau.recordings.api import RecordingApi
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.models import PlaybackMode
from pantau.recordings.recorders import (
    Command,
    RecorderState,
    RecorderStatus,
    RestartReason,
)
from pantau.recordings.service import RecordingService
from pantau.recordings.status import STALE, RecorderBook
from pantau.recordings.storage.places import Places
from pantau.web.client_address import ClientAddresses
from pantau.web.principal import Principal
from tests.accounts.asking import ADMIN, Asking
from tests.cameras.desk import Desk, open_desk
from tests.recordings.footage import AT_MS
from tests.recordings.test_catalogue import draft
from tests.support.clock import START

pytestmark = pytest.mark.anyio

VIEWER = Principal(kind="session", user_id=3, username="budi", role="viewer", session_id=3)
READER = Principal(kind="api_key", key_id=1, scopes=frozenset({"recordings:read"}))
WRITER = Principal(kind="api_key", key_id=2, scopes=frozenset({"recordings:write"}))
OTHER_KEY = Principal(kind="api_key", key_id=3, scopes=frozenset({"cameras:write"}))
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


@dataclass
class Office:
    """A web process with two cameras: number 1 in area 7, number 2 in none."""

    desk: Desk
    service: RecordingService
    asking: Asking

    @property
    def database(self) -> Database:
        return self.desk.hub.database

    async def see(self, number: int, status: RecorderStatus, **more: Any) -> None:
        state = RecorderState(
            camera_id=number, status=status, since_at=START, seen_at=START, **more
        )
        async with self.database.write() as writing:
            await recorder_rows.save_states(writing, [state], is_news=True)

    async def keep(self, *starts: int, camera_id: int = 1) -> None:
        drafts = [draft(at, at + 600_000, camera_id=camera_id) for at in starts]
        async with self.database.write() as writing:
            await repository.insert_many(writing, drafts, at=START)

    async def commands(self) -> list[Command]:
        async with self.database.read() as reading:
            return await recorder_rows.open_commands(reading)


@pytest.fixture
async def office(sqlite_database: Database, tmp_path: Path) -> Office:
    desk = await open_desk(sqlite_database, tmp_path)
    hub = desk.hub
    await hub.add_area(7, "Wanasari")
    await desk.add("Gate", area_id=7)
    await desk.add("Market")
    catalogue = Catalogue([], clock=hub.clock)
    service = RecordingService(
        sqlite_database,
        catalogue=RecordingCatalogue(sqlite_database, Places([]), hub.clock),
        book=RecorderBook(sqlite_database, hub.clock),
        cameras=CameraList(
            sqlite_database,
            hub.sealer,
            conditions=CatalogueConditions(catalogue),
            clock=hub.clock,
        ),
        editor=desk.editor,
        trail=desk.trail,
        clock=hub.clock,
        keep_hours=72,
    )
    return Office(desk, service, Asking([RecordingApi(service, ClientAddresses()).endpoints]))


async def test_the_overview_has_what_existing_clients_look_for(office: Office) -> None:
    await office.desk.change(1, enable_recording=True)
    await office.see(1, RecorderStatus.RECORDING, last_segment_ms=AT_MS, bytes_per_s=2.5)
    await office.keep(AT_MS, AT_MS + 600_000)
    await office.keep(AT_MS, camera_id=99)
    data = (await office.asking.get("/api/recordings/overview")).data
    assert data["overview"] == {
        "total_cameras": 2,
        "active_recordings": 1,
        "total_storage_gb": "0.00",
        "recent_restarts_24h": 0,
    }
    gate = data["cameras"][0]
    assert {name: gate[name] for name in ("id", "name", "enable_recording")} == {
        "id": 1,
        "name": "Gate",
        "enable_recording": 1,
    }
    assert gate["recording_status"] == "recording"
    assert gate["recording_duration_hours"] == 5
    assert gate["last_recording_start"] == "2026-03-01T08:00:00Z"
    assert gate["runtime_status"]["isRecording"] is True
    assert gate["runtime_status"]["startTime"] == "2026-03-01T08:00:00Z"
    assert gate["runtime_status"]["restartCount"] == 0
    assert gate["storage"] == {
        "totalSize": 2_000,
        "segmentCount": 2,
        "totalSizeGB": "0.00",
        "oldestSegment": "2026-03-01T08:00:00Z",
        "newestSegment": "2026-03-01T08:20:00Z",
    }
    market = data["cameras"][1]
    assert (market["enable_recording"], market["recording_status"]) == (0, "stopped")
    assert data["removed"][0]["camera_id"] == 99


async def test_what_nobody_saw_is_unknown_and_never_stopped(office: Office) -> None:
    await office.desk.change(1, enable_recording=True)
    status = await office.asking.get("/api/recordings/1/status")
    assert status.data["recording_status"] == "unknown"
    await office.see(1, RecorderStatus.RECORDING)
    await office.desk.hub.clock.advance(STALE.total_seconds() + 1)
    data = (await office.asking.get("/api/recordings/1/status")).data
    assert data["recording_status"] == "unknown"
    assert data["runtime_status"]["cause"] == "worker_silent"
    assert data["runtime_status"]["isRecording"] is False
    assert data["camera_name"] == "Gate"


async def test_starting_writes_the_camera_asks_the_worker_and_stands_in_the_trail(
    office: Office,
) -> None:
    answer = await office.asking.post("/api/recordings/1/start", {"duration_hours": 24})
    assert answer.status == 200
    assert answer.data["enable_recording"] == 1
    assert answer.data["recording_duration_hours"] == 24
    assert [(each.camera_id, each.action) for each in await office.commands()] == [(1, "start")]
    actions = await office.desk.actions()
    assert actions[-2:] == ["UPDATE_CAMERA", "recording_started"]
    answer = await office.asking.post("/api/recordings/1/stop", {})
    assert answer.data["enable_recording"] == 0
    assert [each.action for each in await office.commands()] == ["start", "stop"]
    assert (await office.desk.actions())[-1] == "recording_stopped"


async def test_a_body_is_not_needed_to_start_or_stop(office: Office) -> None:
    for path in ("start", "stop"):
        answer = await office.asking.ask("POST", f"/api/recordings/1/{path}", who=ADMIN)
        assert answer.status == 200


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("POST", "start", "duration_hours"),
        ("PUT", "settings", "recording_duration_hours"),
    ],
)
async def test_hours_that_make_no_sense_are_refused_by_name(
    office: Office, method: str, path: str, field: str
) -> None:
    nonsense: tuple[object, ...] = (0, -1, 2_161, "5", 1.5, True, [], 10**30)
    for hours in nonsense:
        body = {field: hours}
        answer = await office.asking.ask(method, f"/api/recordings/1/{path}", body, who=ADMIN)
        assert answer.status == 400
        assert answer.fields == [field]
    assert await office.commands() == []


async def test_what_cannot_be_recorded_is_refused_with_a_true_status(office: Office) -> None:
    await office.desk.add("Page", address="https://x.test/page", kind="embed")
    assert (await office.asking.post("/api/recordings/3/start", {})).status == 400
    await office.desk.change(2, enabled=False)
    assert (await office.asking.post("/api/recordings/2/start", {})).status == 409
    assert (await office.asking.post("/api/recordings/2/restart", {})).status == 409
    assert (await office.asking.post("/api/recordings/77/start", {})).status == 404
    assert await office.commands() == []


async def test_a_restart_is_accepted_and_its_outcome_can_be_read(office: Office) -> None:
    await office.asking.post("/api/recordings/1/start", {})
    answer = await office.asking.post("/api/recordings/1/restart", {})
    assert answer.status == 202
    number = answer.data["id"]
    assert answer.data["done_at"] is None
    async with office.database.write() as writing:
        await recorder_rows.finish_command(writing, number, outcome="No.", at=START)
    told = (await office.asking.get("/api/recordings/1/commands")).data
    assert [(each["action"], each["outcome"]) for each in told] == [
        ("restart", "No."),
        ("start", ""),
    ]


async def test_settings_change_what_is_named(office: Office) -> None:
    path = "/api/recordings/1/settings"
    answer = await office.asking.put(path, {"enable_recording": 1})
    assert answer.data["enable_recording"] == 1
    answer = await office.asking.put(path, {"recording_duration_hours": 48})
    assert (answer.data["enable_recording"], answer.data["recording_duration_hours"]) == (1, 48)
    assert (await office.desk.actions())[-1] == "recording_settings_updated"
    assert (await office.asking.put(path, {})).status == 400
    assert (await office.asking.put(path, {"enable_recording": "yes"})).status == 400
    assert (await office.asking.put(path, {"enabled": 1})).status == 400


async def test_rules_are_kept_and_what_is_not_named_stays(office: Office) -> None:
    path = "/api/recordings/1/rules"
    usual = (await office.asking.get(path, VIEWER)).data
    assert usual == {
        "playback": "inherit",
        "preview_minutes": None,
        "quota_bytes": None,
        "schedule": [],
        "sound": 1,
    }
    window = {"days": [7, 6], "begins": "22:00", "ends": "06:00"}
    given = {"playback": "token", "schedule": [window], "sound": 0, "quota_bytes": 10**12}
    answer = await office.asking.put(path, given)
    assert answer.data["schedule"] == [{**window, "days": [6, 7]}]
    answer = await office.asking.ask("PATCH", path, {"preview_minutes": 15}, who=ADMIN)
    assert answer.data == {
        "playback": "token",
        "preview_minutes": 15,
        "quota_bytes": 10**12,
        "schedule": [{**window, "days": [6, 7]}],
        "sound": 0,
    }
    assert (await office.desk.actions())[-1] == "UPDATE_RECORDING"
    entries = len(await office.desk.actions())
    await office.asking.ask("PATCH", path, {"playback": "token"}, who=ADMIN)
    assert len(await office.desk.actions()) == entries
    answer = await office.asking.ask("PATCH", path, {"preview_minutes": None}, who=ADMIN)
    assert answer.data["preview_minutes"] is None
    assert (await office.service.rules(1)).playback is PlaybackMode.TOKEN


NONSENSE: list[tuple[dict[str, object], str]] = [
    ({"playback": "everybody"}, "playback"),
    ({"playback": None}, "playback"),
    ({"preview_minutes": 0}, "preview_minutes"),
    ({"preview_minutes": True}, "preview_minutes"),
    ({"quota_bytes": -5}, "quota_bytes"),
    ({"quota_bytes": 2**63}, "quota_bytes"),
    ({"schedule": [{"days": [8], "begins": "1:00", "ends": "02:00"}]}, "schedule"),
    ({"schedule": [{"days": [], "begins": "01:00", "ends": "02:00"}]}, "schedule"),
    ({"schedule": None}, "schedule"),
    ({"sound": "loud"}, "sound"),
    ({"colour": "red"}, "colour"),
]


async def test_rules_that_make_no_sense_are_refused_by_name(office: Office) -> None:
    for body, field in NONSENSE:
        answer = await office.asking.put("/api/recordings/1/rules", body)
        assert answer.status == 400
        assert {name.partition(".")[0] for name in answer.fields} == {field}
    assert (await office.asking.put("/api/recordings/1/rules", {})).status == 400


async def test_restarts_are_listed_newest_first_within_limits(office: Office) -> None:
    async with office.database.write() as writing:
        for number in range(3):
            await recorder_rows.add_restart(
                writing, 1, RestartReason.STALLED, f"no {number}", at=START
            )
        await recorder_rows.add_restart(writing, 99, RestartReason.CRASHED, "", at=START)
        await recorder_rows.note_recovered(writing, [1], at=START)
    everything = (await office.asking.get("/api/recordings/restarts")).data
    assert [each["camera_name"] for each in everything] == ["", "Gate", "Gate", "Gate"]
    assert everything[0]["reason"] == "process_crashed"
    assert (everything[1]["success"], everything[1]["recovery_time"]) == (1, 0)
    assert everything[1]["restart_time"] == everything[1]["restarted_at"]
    assert everything[0]["recovered_at"] is None
    one = (await office.asking.get("/api/recordings/1/restarts", query="limit=2")).data
    assert [each["detail"] for each in one] == ["no 2", "no 1"]
    for limit in ("-1", "0", "501", "all", "1e3"):
        for path in ("/api/recordings/restarts", "/api/recordings/1/restarts"):
            answer = await office.asking.get(path, query=f"limit={limit}")
            assert (answer.status, answer.fields) == (400, ["limit"])
    assert (await office.asking.get("/api/recordings/77/restarts")).status == 404


READS = ["overview", "restarts", "1/restarts", "1/status", "1/commands", "1/rules"]
WRITES = [
    ("POST", "1/start", {}),
    ("POST", "1/stop", {}),
    ("POST", "1/restart", {}),
    ("PUT", "1/settings", {"enable_recording": 1}),
    ("PUT", "1/rules", {"sound": 0}),
    ("PATCH", "1/rules", {"sound": 1}),
]


async def test_who_may_look(office: Office) -> None:
    for path in READS:
        asked = [
            (await office.asking.get(f"/api/recordings/{path}", who)).status
            for who in (VIEWER, READER, operator(), NOBODY, WRITER, OTHER_KEY)
        ]
        assert asked == [200, 200, 200, 401, 403, 403]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
async def test_who_may_decide(
    office: Office, method: str, path: str, body: dict[str, object]
) -> None:
    await office.asking.post("/api/recordings/1/start", {})

    async def asked(who: Principal) -> int:
        return (await office.asking.ask(method, f"/api/recordings/{path}", body, who=who)).status

    refused = [await asked(who) for who in (NOBODY, VIEWER, READER, OTHER_KEY, operator(8))]
    assert refused == [401, 403, 403, 403, 403]
    assert len(await office.commands()) == 1
    assert await asked(operator(7)) in {200, 202}


async def test_a_number_that_is_none_is_refused(office: Office) -> None:
    for number in ("abc", "-1", "1.5", "9" * 40, "%00"):
        assert (await office.asking.get(f"/api/recordings/{number}/status")).status == 400


async def test_nothing_that_is_answered_names_an_address_or_a_place(office: Office) -> None:
    await office.desk.change(1, enable_recording=True)
    await office.keep(AT_MS)
    for path in READS:
        body = (await office.asking.get(f"/api/recordings/{path}")).body
        assert b"rtsp" not in body
        assert b"geheim" not in body
        assert b"disk-1" not in body
