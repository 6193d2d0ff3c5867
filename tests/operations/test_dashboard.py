"""`GET /api/admin/stats`: the names that existing clients read, filled with what is true."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pantau.audit.actors import CONSOLE
from pantau.audit.events import Action
from pantau.audit.reading import AuditReader
from pantau.audit.schemas import RecentLog
from pantau.cameras.models import Camera, CameraSource, HealthState, LiveState, Observation
from pantau.cameras.service import Catalogue
from pantau.core.clock import SystemClock
from pantau.core.ids import CameraId
from pantau.core.supervisor import Supervisor
from pantau.db.database import Database
from pantau.health.monitor import Finding, Report
from pantau.health.values import Alarm
from pantau.operations.dashboard import Dashboard, Snapshot, Sources, counted
from pantau.operations.dashboard_api import DashboardApi
from pantau.operations.machine import MachineFacts, Memory, Process, Room
from pantau.operations.machine_watch import Machine
from pantau.recordings.keeping_values import Alarm as StorageAlarm
from pantau.recordings.keeping_values import AlarmKind, Disk, Level, Storage
from pantau.recordings.recorders import RecorderState, RecorderStatus
from pantau.streaming.media_server import ActualPath
from pantau.viewers.views import Delivery, LiveView
from pantau.web.principal import ANONYMOUS, Principal
from pantau.web.response_cache import ResponseCache
from tests.audit.trails import trail_on
from tests.operations.house import ADMIN, OPERATOR, VIEWER, at_home, house_on, key_with

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 1, 17, 30, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Jakarta")
VISITOR = "0123456789abcdef" * 2
# reference.md, GET /stats and appendix B; everything else is ours.
DATA = {
    "summary",
    "system",
    "streams",
    "recentLogs",
    "mtxConnected",
    "cameraStatusBreakdown",
    "topCameras",
    "allSessions",
}
ADDED = {"machine", "recordings", "cache", "pool", "alarms"}
SUMMARY = {"totalCameras", "activeCameras", "disabledCameras", "totalAreas", "activeViewers"}
SYSTEM = {
    "platform",
    "arch",
    "cpus",
    "cpuModel",
    "cpuLoad",
    "totalMem",
    "freeMem",
    "usedMem",
    "memUsagePercent",
    "uptime",
    "loadAvg",
}
STREAM = {"id", "name", "ready", "state", "viewers", "sessions", "bytesReceived", "bytesSent"}
SESSION = {
    "sessionId",
    "cameraId",
    "cameraName",
    "ipAddress",
    "deviceType",
    "startedAt",
    "durationSeconds",
}
LOG = {
    "id",
    "user_id",
    "action",
    "details",
    "ip_address",
    "username",
    "created_at",
    "created_at_wib",
}


def camera(number: int, **more: Any) -> Camera:
    values = {
        "id": CameraId(number),
        "slug": f"kamera-{number}",
        "stream_key": f"key-{number}",
        "name": f"Camera {number}",
        "source": CameraSource("testcard:"),
    }
    return Camera(**{**values, **more})


def cameras() -> Catalogue:
    """Return one of each: live, offline, in maintenance, unknown, switched off."""
    catalogue = Catalogue(
        [
            camera(1),
            camera(2),
            camera(3, status="maintenance"),
            camera(4),
            camera(5, enabled=False),
        ],
        clock=SystemClock(),
    )
    catalogue.observe(
        {
            CameraId(1): Observation(LiveState.LIVE, NOW, NOW),
            CameraId(2): Observation(LiveState.OFFLINE, NOW, NOW),
            CameraId(3): Observation(LiveState.LIVE, NOW, NOW),
        }
    )
    return catalogue


def path(number: int, **more: Any) -> ActualPath:
    values: dict[str, Any] = {
        "name": f"key-{number}",
        "ready": True,
        "ready_at": NOW,
        "online": True,
        "source_type": "rtspSource",
        "tracks": ("H264",),
        "width_px": None,
        "height_px": None,
        "inbound_bytes": 4_000,
        "outbound_bytes": 9_000,
        "readers": 1,
    }
    return ActualPath(**{**values, **more})


def view(number: int, *, address: str | None = None) -> LiveView:
    return LiveView(
        session_id=f"session-{number}",
        camera_id=number,
        visitor=VISITOR,
        device="mobile",
        browser="Chrome",
        address=address,
        user_agent=None,
        started_at=NOW - timedelta(seconds=number),
        last_seen_at=NOW,
        duration_s=60,
        delivery=Delivery.LIVE,
    )


def machine() -> Machine:
    return Machine(
        facts=MachineFacts(platform="linux", arch="x64", cpus=4, cpu_model="A processor"),
        sampled_at=NOW,
        cpu_percent=12.5,
        load=(1.0, 0.5, 0.25),
        memory=Memory(16_000, 4_000),
        received_bytes_per_s=None,
        sent_bytes_per_s=2_000.0,
        up_s=400_000.4,
        rooms={"data": Room(1_000, 250), "/mnt/nfs": None},
        processes=(Process("media", 2, 7_000),),
    )


def recorder(number: int, status: RecorderStatus, *, bytes_per_s: float = 0.0) -> RecorderState:
    return RecorderState(
        camera_id=number, status=status, since_at=NOW, seen_at=NOW, bytes_per_s=bytes_per_s
    )


def alarm(kind: str, ended_at: datetime | None = None) -> Alarm:
    return Alarm(
        id=1,
        kind=kind,
        began_at=NOW,
        ended_at=ended_at,
        cameras=9,
        acknowledged_at=None,
        acknowledged_by="",
    )


def sources(database: Database, catalogue: Catalogue) -> Sources:
    clock = SystemClock()
    cache = ResponseCache(clock=clock, spawn=Supervisor(clock).spawn, most_entries=1, most_bytes=1)

    async def areas() -> int:
        return 3

    async def storage() -> Storage:
        disks = tuple(
            Disk(
                place=name,
                level=Level.OK,
                total_bytes=10,
                free_bytes=5,
                footage_bytes=1,
                bytes_per_s=1.0,
                hours_left=hours,
            )
            for name, hours in (("one", None), ("two", 90.0), ("three", 9.5))
        )
        return Storage(disks=disks, alarms=(), seen_at=NOW)

    async def storage_alarms() -> list[StorageAlarm]:
        return [StorageAlarm(AlarmKind.FUTURE), StorageAlarm(AlarmKind.GONE, place="two")]

    return Sources(
        catalogue=catalogue,
        paths=lambda: {"key-1": path(1), "key-4": path(4, ready=False, state="connecting")},
        is_media_connected=lambda: True,
        sessions=lambda: [view(2), view(1, address="203.0.113.9")],
        counts=lambda: {1: 1, 2: 1},
        areas=areas,
        recent=AuditReader(database).recent,
        machine=machine,
        recorders=lambda: {
            1: recorder(1, RecorderStatus.RECORDING, bytes_per_s=500.0),
            2: recorder(2, RecorderStatus.STALLED),
            3: recorder(3, RecorderStatus.UNKNOWN),
            4: recorder(4, RecorderStatus.RESTING),
        },
        storage=storage,
        storage_alarms=storage_alarms,
        health_alarms=lambda: [alarm("media_server"), alarm("our_network", NOW)],
        health=lambda: Report(
            findings={"disk": Finding(ok=False, message="Full."), "worker": Finding(ok=True)},
            essential_down=(),
            others_down=("disk",),
            age_s=1.0,
            loop_lag_s=0.0,
        ),
        cache=cache.stats,
        pool=database.stats,
        now=lambda: NOW,
    )


async def asked(database: Database, who: Principal, dashboard: Dashboard | None = None) -> Any:
    """Return status and data of the answer to somebody."""
    house = house_on(database)
    told = dashboard or Dashboard(sources(database, cameras()))
    house.app.include_router(DashboardApi(told, zone=lambda: ZONE).endpoints.router)
    house.who = who
    async with at_home(house) as visitor:
        answer = await visitor.ask("/api/admin/stats")
    return answer.status, json.loads(answer.body).get("data")


async def test_admin_gets_every_field_that_existing_clients_know(sqlite_database: Database) -> None:
    async with sqlite_database.write() as work:
        await trail_on(sqlite_database).record(work, CONSOLE, Action.LOGIN, target="user 1 (rini)")
    status, data = await asked(sqlite_database, ADMIN)
    assert status == 200
    assert set(data) == DATA | ADDED
    assert set(data["summary"]) == SUMMARY
    assert set(data["system"]) == SYSTEM
    assert set(data["streams"][0]) == STREAM | {"inbound_bytes", "outbound_bytes"}
    assert set(data["allSessions"][0]) == SESSION | {"visitor"}
    assert set(data["recentLogs"][0]) == LOG
    assert set(data["cameraStatusBreakdown"]) == {"online", "offline", "maintenance", "unknown"}
    assert set(data["topCameras"][0]) == {"id", "name", "viewers"}
    assert data["mtxConnected"] is True


async def test_numbers_are_true(sqlite_database: Database) -> None:
    _, data = await asked(sqlite_database, ADMIN)
    assert data["summary"] == {
        "totalCameras": 5,
        "activeCameras": 4,
        "disabledCameras": 1,
        "totalAreas": 3,
        "activeViewers": 1,
    }
    assert data["cameraStatusBreakdown"] == {
        "online": 1,
        "offline": 1,
        "maintenance": 1,
        "unknown": 1,
    }
    assert data["system"]["cpuLoad"] == 12.5
    assert data["system"]["usedMem"] + data["system"]["freeMem"] == data["system"]["totalMem"]
    assert data["system"]["memUsagePercent"] == 75
    assert data["system"]["uptime"] == 400_000
    assert data["machine"]["disks"] == [
        {"name": "data", "total_bytes": 1_000, "free_bytes": 250},
        {"name": "/mnt/nfs", "total_bytes": None, "free_bytes": None},
    ]
    assert data["machine"]["received_bytes_per_s"] is None
    assert data["recordings"] == {
        "wanted": 2,
        "recording": 1,
        "losing": 1,
        "unknown": 1,
        "bytes_per_s": 500,
        "hours_left": 9.5,
    }
    assert [(each["source"], each["kind"], each["is_urgent"]) for each in data["alarms"]] == [
        ("cameras", "media_server", True),
        ("recordings", "gone", True),
        ("hub", "disk", False),
        ("recordings", "future", False),
    ]


async def test_streams_come_by_viewers_and_bytes_only_count_while_somebody_watches(
    sqlite_database: Database,
) -> None:
    _, data = await asked(sqlite_database, ADMIN)
    told = [
        (each["id"], each["state"], each["viewers"], each["bytesSent"], each["outbound_bytes"])
        for each in data["streams"]
    ]
    assert told == [
        (1, "ready", 1, 9_000, 9_000),
        (2, "idle", 1, 0, 0),
        (3, "idle", 0, 0, 0),
        (4, "buffering", 0, 0, 9_000),
    ]
    assert [each["sessionId"] for each in data["streams"][0]["sessions"]] == ["session-1"]
    assert [each["sessionId"] for each in data["allSessions"]] == ["session-1", "session-2"]
    assert [each["id"] for each in data["topCameras"]] == [1, 2]


async def test_trail_and_addresses_are_for_admins(sqlite_database: Database) -> None:
    async with sqlite_database.write() as work:
        await trail_on(sqlite_database).record(work, CONSOLE, Action.LOGIN, target="user 1 (rini)")
    for who, shows in ((ADMIN, True), (OPERATOR, False), (VIEWER, False)):
        _, data = await asked(sqlite_database, who)
        assert bool(data["recentLogs"]) is shows
        addresses = [each["ipAddress"] for each in data["allSessions"]]
        assert addresses == ["203.0.113.9" if shows else VISITOR[:8], VISITOR[:8]]
    status, data = await asked(sqlite_database, key_with("analytics:read"))
    assert (status, data["recentLogs"]) == (200, [])
    assert (await asked(sqlite_database, key_with("cameras:read")))[0] == 403
    assert (await asked(sqlite_database, ANONYMOUS))[0] == 401


class Unread:
    """A hub that has not looked at its machine, with an entry around midnight."""

    def __init__(self, database: Database) -> None:
        told = replace(sources(database, cameras()), machine=lambda: None)
        self._dashboard = Dashboard(told)

    async def snapshot(self) -> Snapshot:
        return await self._dashboard.snapshot()

    async def recent(self, limit: int = 10) -> list[RecentLog]:
        return [
            RecentLog(
                id=limit,
                user_id=None,
                action="LOGIN",
                details="",
                ip_address="",
                username="",
                created_at="2026-03-01 17:30:05",
            )
        ]


async def test_what_is_not_known_is_null_and_times_are_those_of_the_site(
    sqlite_database: Database,
) -> None:
    house = house_on(sqlite_database)
    api = DashboardApi(Unread(sqlite_database), zone=lambda: ZONE)
    house.app.include_router(api.endpoints.router)
    house.who = ADMIN
    async with at_home(house) as visitor:
        data = json.loads((await visitor.ask("/api/admin/stats")).body)["data"]
    assert set(data["system"].values()) == {None}
    assert data["machine"] is None
    assert data["recentLogs"][0]["created_at_wib"] == "2026-03-02 00:30:05"


def test_health_outweighs_what_a_stream_does_at_the_moment() -> None:
    catalogue = cameras()
    catalogue.take_health(
        {
            CameraId(1): HealthState.DEAD,
            CameraId(2): HealthState.DEGRADED,
            CameraId(3): HealthState.ONLINE,
            CameraId(4): HealthState.ONLINE,
        }
    )
    found = counted(catalogue)
    assert (found.online, found.offline, found.maintenance, found.unknown) == (2, 1, 1, 0)
    assert found.online + found.offline + found.maintenance + found.unknown == found.enabled
