"""`/api/admin/mediamtx` and `/api/admin/debug` over HTTP, with a control API behind them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pantau.audit.trail import AuditTrail
from pantau.cameras.models import CameraSource
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.db.database import Database
from pantau.streaming.media_api import MediaServerApi
from pantau.streaming.media_asking import MediaServerDesk
from pantau.streaming.media_readers import is_this_machine
from pantau.streaming.media_reporting import MediaReporting
from pantau.streaming.media_server import MediaServerClient
from pantau.streaming.owned_paths import OwnedPaths
from pantau.streaming.reconciler import Reconciler
from pantau.web.client_address import ClientAddresses
from pantau.web.principal import ANONYMOUS, Principal
from tests.accounts.asking import Asking
from tests.audit.trails import KEY
from tests.streaming.paths_in_memory import PathsInMemory
from tests.streaming.worked import have_worked
from tests.support.cameras import camera, key_of
from tests.support.clock import HandWoundClock
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.anyio

SYNC = "/api/admin/mediamtx/sync"
PATHS = "/api/admin/debug/mediamtx-paths"
READERS = "/api/admin/debug/mediamtx-readers"
OPERATOR = Principal(kind="session", user_id=2, username="siti", role="operator", session_id=2)


def runtime(name: str, *readers: tuple[str, str], **more: object) -> dict[str, Any]:
    return {
        "name": name,
        "ready": bool(readers),
        "source": {"type": "rtspSource", "id": ""},
        "bytesReceived": 7,
        "bytesSent": 5,
        "readers": [{"type": kind, "id": number} for kind, number in readers],
        "sourceUrl": "rtsp://admin:geheim@10.0.0.1:554/live",
        **more,
    }


RUNNING = (
    runtime(key_of(1), ("hlsSession", "s1"), ("hlsSession", "s2"), ("rtspSession", "r1")),
    runtime(key_of(3)),
    runtime("somebody", ("hlsMuxer", ""), ("webRTCSession", "127.0.0.1:4711")),
)
LISTS = {
    "paths": RUNNING,
    "hlssessions": (
        {"id": "s1", "remoteAddr": "127.0.0.1:50000"},
        {"id": "s2", "remoteAddr": "203.0.113.9:50001"},
    ),
    "rtspsessions": ({"id": "r1", "remoteAddr": "[::ffff:127.0.0.1]:50002"},),
}


@asynccontextmanager
async def control_api(*, is_there: bool = True) -> AsyncIterator[MediaServerClient]:
    """A media server that answers lists only, two items a page, and has no other kind of reader."""

    async def listed(request: web.Request) -> web.Response:
        items = LISTS.get(request.match_info["list"])
        if items is None:
            return web.json_response({"error": "404 page not found"}, status=404)
        page = int(request.query["page"])
        shown = items[page * 2 : page * 2 + 2]
        pages = -(-len(items) // 2)
        return web.json_response(
            {"itemCount": len(items), "pageCount": pages, "items": list(shown)}
        )

    app = web.Application()
    app.router.add_get("/v3/{list}/list", listed)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    if not is_there:
        await runner.cleanup()
    address = f"http://127.0.0.1:{port}"
    try:
        async with MediaServerClient(base_url=address, call_timeout_s=10) as client:
            yield client
    finally:
        await runner.cleanup()


@dataclass
class Desk:
    asking: Asking
    server: PathsInMemory
    database: Database


@asynccontextmanager
async def desk_on(
    database: Database, folder: Path, *, is_there: bool = True, has_worked: bool = True
) -> AsyncIterator[Desk]:
    clock = HandWoundClock()
    if has_worked:
        await have_worked(database, clock)
    page = CameraSource("https://x.example/a", kind="embed")
    cameras = [camera(1), camera(2), camera(3, enabled=False), camera(4, source=page)]
    catalogue = Catalogue(cameras, clock=clock)
    server = PathsInMemory()
    reporting = MediaReporting(database, clock)
    reconciler = Reconciler(
        server=server,
        catalogue=catalogue,
        owned=OwnedPaths(folder / "paths.json"),
        clock=clock,
    )
    supervisor = Supervisor(clock)
    supervisor.add(Service("keep", reporting.keep))
    supervisor.add(Service("answer", lambda: reporting.answer(reconciler)))
    async with control_api(is_there=is_there) as client:
        desk = MediaServerDesk(
            database, trail=AuditTrail(database, key=KEY, clock=clock), clock=clock, wait_s=50.0
        )
        api = MediaServerApi(desk, server=client, catalogue=catalogue, clients=ClientAddresses())
        try:
            yield Desk(Asking([api.endpoints]), server, database)
        finally:
            await supervisor.stop(deadline_s=10)


@pytest.mark.parametrize("body", [None, {}, {"forceUpdate": False}, {"forceUpdate": True}])
async def test_synchronising_tells_what_really_came_of_it(
    sqlite_database: Database, tmp_path: Path, body: object
) -> None:
    async with desk_on(sqlite_database, tmp_path) as desk:
        desk.server.refuses = {key_of(2)}
        answer = await desk.asking.post(SYNC, body)
        assert answer.status == 200
        assert answer.json["success"] is True
        assert answer.data | {"duration_ms": 0} == {
            "version": "v1.20.0-pantau.1",
            "desired": 2,
            "added": 1,
            "changed": 0,
            "deleted": 0,
            "unchanged": 0,
            "foreign": 0,
            "failed": [
                {
                    "camera_id": 2,
                    "path": key_of(2),
                    "code": "media_server.refused",
                    "message": "no",
                }
            ],
            "duration_ms": 0,
        }
        again = await desk.asking.post(SYNC, body)
        is_forced = isinstance(body, dict) and body.get("forceUpdate", False)
        assert again.data["changed"] == (1 if is_forced else 0)


@pytest.mark.parametrize("body", [{"forceUpdate": "maybe"}, {"force": True}, [1], b"{"])
async def test_body_that_means_nothing_is_refused(
    sqlite_database: Database, tmp_path: Path, body: object
) -> None:
    async with desk_on(sqlite_database, tmp_path) as desk:
        assert (await desk.asking.post(SYNC, body)).status == 400
        assert desk.server.lists == 0


async def test_media_server_that_is_away_is_a_503_with_its_cause(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with desk_on(sqlite_database, tmp_path, is_there=False) as desk:
        desk.server.lost = True
        answer = await desk.asking.post(SYNC, None)
        assert (answer.status, answer.json["code"]) == (503, "media_server.unreachable")
        for path in (PATHS, READERS):
            answer = await desk.asking.get(path)
            assert (answer.status, answer.json["code"]) == (503, "media_server.unreachable")


async def test_where_no_worker_ever_worked_nothing_is_known_and_nobody_waits(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with desk_on(sqlite_database, tmp_path, has_worked=False) as desk:
        assert (await desk.asking.get(PATHS)).data["media_server"] is None
        answer = await desk.asking.post(SYNC, None)
        assert (answer.status, answer.json["code"]) == (503, "worker.silent")


async def test_every_camera_is_compared_with_its_path(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with desk_on(sqlite_database, tmp_path) as desk:
        desk.server.refuses = {key_of(2)}
        await desk.asking.post(SYNC, None)
        answer = await desk.asking.get(PATHS)
        async with asyncio.timeout(PATIENCE_S):
            # Whoever asked is answered at once; the report is written beside that.
            while answer.data["paths"][1]["failure"] is None:
                await asyncio.sleep(0.01)
                answer = await desk.asking.get(PATHS)
    assert answer.data["summary"] == {
        "cameras": 4,
        "expected": 2,
        "present": 1,
        "missing": 1,
        "unwanted": 1,
        "foreign": 1,
    }
    first, second, third, fourth = answer.data["paths"]
    assert first == {
        "camera_id": 1,
        "camera_name": "Camera 1",
        "path": key_of(1),
        "enabled": True,
        "expected": True,
        "present": True,
        "ready": True,
        "state": "",
        "source_type": "rtspSource",
        "readers": 3,
        "bytes_received": 7,
        "bytes_sent": 5,
        "failure": None,
    }
    assert (second["present"], second["failure"]) == (False, "no")
    assert (third["expected"], third["present"]) == (False, True)
    assert (fourth["expected"], fourth["present"]) == (False, False)
    assert answer.data["foreign"] == [{"name": "somebody", "ready": True, "readers": 2}]
    assert answer.data["media_server"]["kind"] == "pantau"


async def test_readers_are_listed_raw_and_without_this_hub_itself(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with desk_on(sqlite_database, tmp_path) as desk:
        answer = await desk.asking.get(READERS)
    assert (answer.data["raw_count"], answer.data["filtered_count"]) == (5, 1)
    assert answer.data["filtered"] == [
        {
            "path": key_of(1),
            "camera_id": 1,
            "type": "hlsSession",
            "id": "s2",
            "remote_address": "203.0.113.9:50001",
        }
    ]


async def test_no_answer_holds_an_address_of_a_camera(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with desk_on(sqlite_database, tmp_path) as desk:
        answers = [
            await desk.asking.post(SYNC, None),
            await desk.asking.get(PATHS),
            await desk.asking.get(READERS),
        ]
    for answer in answers:
        assert answer.status == 200
        assert b"rtsp:" not in answer.body
        assert b"geheim" not in answer.body
        assert b"10.0.0.1" not in answer.body


@pytest.mark.parametrize("who", [ANONYMOUS, OPERATOR])
async def test_only_admins_may(sqlite_database: Database, tmp_path: Path, who: Principal) -> None:
    async with desk_on(sqlite_database, tmp_path) as desk:
        assert (await desk.asking.get(PATHS, who)).status in {401, 403}
        assert (await desk.asking.get(READERS, who)).status in {401, 403}
        assert (await desk.asking.post(SYNC, None, who)).status in {401, 403}
        assert desk.server.lists == 0


@pytest.mark.parametrize(
    ("told", "is_it"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1:80", True),
        ("::1", True),
        ("[::1]:80", True),
        ("[::ffff:127.0.0.1]:80", True),
        ("localhost:80", True),
        ("LOCALHOST", True),
        ("203.0.113.9:80", False),
        ("2001:db8::1", False),
        ("[2001:db8::1]:80", False),
        ("10.127.0.0.1", False),
        ("localhost.example:80", False),
        ("6f1f9a44-8d43-4a8e-9d53-0f5f7b0a7f02", False),
        ("", False),
    ],
)
def test_whether_an_address_is_this_machine(told: str, is_it: bool) -> None:
    assert is_this_machine(told) is is_it
