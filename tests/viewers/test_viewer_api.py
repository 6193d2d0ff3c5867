"""Beacons and lists of viewers in the whole web process, as players and operators meet them."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pantau.app.cameras import add_missing_configured
from pantau.db.database import open_database
from pantau.db.place import FILE_NAME, sqlite_place
from pantau.viewers.models import PlayQualityRow, ViewHistoryRow
from pantau.viewers.schemas import history_row
from pantau.viewers.views import KeptView
from tests.safety.house import House, open_house
from tests.support.waiting import PATIENCE_S
from tests.viewers.people import PHONE

pytestmark = pytest.mark.anyio

CAMERAS = (
    {"id": 1, "name": "Gate", "kind": "testcard", "source": "testcard://1"},
    {"id": 2, "name": "Lobby", "kind": "testcard", "source": "testcard://2", "enabled": False},
    {"id": 3, "name": "Their page", "kind": "embed", "source": "https://cams.example/3"},
)
SESSION = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

NONSENSE: tuple[tuple[str, Any], ...] = (
    ("start", {}),
    ("start", {"cameraId": "x"}),
    ("start", {"cameraId": -1}),
    ("start", {"cameraId": 2**70}),
    ("start", {"cameraId": 1, "ipAddress": "1.2.3.4"}),
    ("start", [1]),
    ("heartbeat", {}),
    ("heartbeat", {"sessionId": 5}),
    ("stop", {"sessionId": "x" * 101}),
    ("quality", {"camera_id": 1, "failure": "my own"}),
    ("quality", {"camera_id": 1, "stalls": -1}),
    ("quality", {"camera_id": 1, "played_ms": 10**12}),
    ("quality", {"camera_id": 1, "start_ms": 1.5}),
)


@asynccontextmanager
async def hub(folder: Path) -> AsyncIterator[House]:
    async with open_house(folder, cameras=CAMERAS) as house:
        base = house.base
        await add_missing_configured(
            base.settings, base.database, base.sealer, clock=base.clock, demo=()
        )

        async def knows() -> bool:
            told = await house.ask("GET", "/api/cameras/active")
            return len(told.json["data"]) == 2

        async with asyncio.timeout(PATIENCE_S):
            while not await knows():  # noqa: ASYNC110  # nothing but an answer tells
                await asyncio.sleep(0.02)
        yield house


@pytest.fixture
async def house(anyio_backend: str, tmp_path: Path) -> AsyncIterator[House]:
    async with hub(tmp_path) as one:
        yield one


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def quiet(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """One for tests in which nobody watches."""
    async with hub(tmp_path_factory.mktemp("quiet") / "data") as one:
        yield one


async def beacon(house: House, what: str, body: Any, *, address: str = "203.0.113.7") -> Any:
    # Without any proof of intent: a page that goes away has none at hand.
    url = f"http://127.0.0.1:{house.port}/api/viewer/{what}"
    headers = {"user-agent": PHONE, "x-forwarded-for": address}
    async with house.http.post(url, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def start(house: House, camera_id: int, **who: str) -> str:
    status, told = await beacon(house, "start", {"cameraId": camera_id}, **who)
    assert (status, told["success"]) == (200, True)
    assert SESSION.fullmatch(told["data"]["sessionId"])
    return str(told["data"]["sessionId"])


async def test_a_session_begins_goes_on_and_ends(house: House) -> None:
    session = await start(house, 1)
    neighbour = await start(house, 1)
    house.clock.ahead_s += 8
    for known in (session, neighbour):
        status, told = await beacon(house, "heartbeat", {"sessionId": known})
        assert (status, told["success"]) == (200, True)
    await house.add_user("dewi", "viewer")
    bearer = (await house.sign_in("dewi")).access_token
    active = (await house.ask("GET", "/api/viewer/active", bearer=bearer)).json["data"]
    assert (active["totalViewers"], len(active["sessions"])) == (2, 2)
    (camera,) = active["cameras"]
    assert (camera["cameraId"], camera["cameraName"]) == (1, "Gate")
    viewer = next(each for each in camera["viewers"] if each["sessionId"] == session)
    assert viewer["ipAddress"].startswith("visitor-")
    assert viewer["deviceType"] == "mobile"
    assert viewer["durationSeconds"] >= 8
    row = active["sessions"][0]
    assert {"session_id", "ip_address", "last_heartbeat", "duration_seconds"} <= row.keys()
    assert (row["is_active"], row["ended_at"]) == (1, None)
    stats = (await house.ask("GET", "/api/viewer/stats", bearer=bearer)).json["data"]
    assert (stats["activeViewers"], stats["activeSessions"]) == (1, 2)
    assert stats["viewersByCamera"] == [{"camera_id": 1, "viewer_count": 2}]
    assert (stats["today"]["uniqueViewers"], stats["today"]["totalSessions"]) == (1, 2)
    assert stats["today"]["totalWatchTime"] >= 16
    metrics = await house.ask("GET", "/metrics", key=await house.add_key("metrics:read"))
    assert re.search(r'viewers\{camera="1"\} 2', metrics.text)
    assert (await beacon(house, "stop", {"sessionId": session}))[1]["success"] is True
    for what in ("heartbeat", "stop"):
        status, told = await beacon(house, what, {"sessionId": session})
        assert (status, told["success"]) == (200, False)
    assert "203.0.113.7" not in str(active) + str(stats)


async def test_what_is_not_there_is_answered_alike_and_nonsense_is_refused(quiet: House) -> None:
    told = [await beacon(quiet, "start", {"cameraId": number}) for number in (2, 99, 2**62)]
    assert {status for status, _ in told} == {404}
    assert len({(answer["message"], answer["code"]) for _, answer in told}) == 1
    quality = await beacon(quiet, "quality", {"camera_id": 2})
    assert quality[0] == 404
    # And what nobody can mean is refused with its field.
    for what, body in NONSENSE:
        status, told = await beacon(quiet, what, body)
        assert (status, told["success"]) == (400, False), (what, body)


async def test_everything_is_ended_and_written_down_when_the_process_stops(
    tmp_path: Path, anyio_backend: str
) -> None:
    async with hub(tmp_path) as house:
        session = await start(house, 3)
        house.clock.ahead_s += 10
        await beacon(house, "heartbeat", {"sessionId": session})
        house.clock.ahead_s += 4  # Silence, which is not watched.
        report = {"camera_id": 1, "start_ms": 800, "stalls": 1, "codec_refused": True}
        assert (await beacon(house, "quality", report))[1]["success"] is True
    database = open_database(sqlite_place(tmp_path / FILE_NAME), clock=house.clock)
    try:
        async with database.read() as work:
            row = (await work.session.scalars(select(ViewHistoryRow))).one()
            played = (await work.session.scalars(select(PlayQualityRow))).one()
    finally:
        await database.close()
    assert (row.camera_id, row.delivery, row.ip_address) == (3, "embed", "")
    assert 10 <= row.duration_s < 14
    assert (played.plays, played.starts, played.codec_refusals) == (1, 1, 1)


async def test_addresses_that_are_kept_are_for_admins_alone(house: House) -> None:
    bearers = {}
    for role in ("admin", "operator", "viewer"):
        await house.add_user(f"a-{role}", role)
        bearers[role] = {"bearer": (await house.sign_in(f"a-{role}")).access_token}
    bearers["key"] = {"key": await house.add_key("analytics:read")}
    path = "/api/settings/viewers.keep_addresses"
    assert (await house.ask("PUT", path, json={"value": True}, **bearers["admin"])).status == 200
    session = await start(house, 1)
    house.clock.ahead_s += 8
    await beacon(house, "heartbeat", {"sessionId": session})
    for who, credential in bearers.items():
        told = await house.ask("GET", "/api/viewer/active", **credential)
        assert told.json["data"]["totalViewers"] == 1
        assert ("203.0.113.7" in told.text) == (who == "admin"), who
        assert (PHONE in told.text) == (who == "admin"), who


@pytest.mark.parametrize("seen", [False, True])
def test_a_past_view_tells_of_the_person_only_to_some(seen: bool) -> None:
    now = datetime.now(UTC)
    kept = KeptView(
        id=1,
        camera_id=1,
        camera_name="Gate",
        ip_address="198.51.100.9",
        user_agent="Firefox/1",
        device_type="desktop",
        started_at=now,
        ended_at=now,
        duration_s=9,
        created_at=now,
        view_id="0" * 32,
        visitor="f" * 32,
        delivery="live",
        browser="Firefox",
        node="here",
        is_bot=False,
    )
    row = history_row(kept, with_address=seen)
    told = ("198.51.100.9", "Firefox/1") if seen else ("visitor-ffffffffffff", None)
    assert (row.ip_address, row.user_agent) == told


async def test_history_is_bounded_and_pages_give_cookies(quiet: House) -> None:
    house = quiet
    assert (await house.ask("GET", "/api/viewer/history")).status == 401
    key = await house.add_key("analytics:read")
    for query in (
        "limit=0",
        "limit=501",
        "offset=-1",
        "limit=x",
        "cameraId=-1",
        "offset=9999999999",
    ):
        assert (await house.ask("GET", f"/api/viewer/history?{query}", key=key)).status == 400
    told = await house.ask("GET", "/api/viewer/history?limit=500&cameraId=1", key=key)
    assert (told.status, told.json["data"]) == (200, [])
    await _pages_give_cookies(house)


async def _pages_give_cookies(house: House) -> None:
    """Pages on which people watch do; playlists, lists and the wall do not."""
    url = f"http://127.0.0.1:{house.port}"
    async with house.http.get(f"{url}/kamera/1-gate") as page:
        given = page.headers["set-cookie"]
        assert re.fullmatch(
            r"pantau_visitor=[A-Za-z0-9_-]{16}; Path=/; HttpOnly; SameSite=Lax", given
        )
        assert "private" in page.headers["cache-control"]
        assert "text/html" in page.headers["content-type"]
        tag = page.headers["etag"]
    cookie = given.partition(";")[0]
    async with house.http.get(f"{url}/kamera/1-gate", headers={"cookie": cookie}) as page:
        assert "set-cookie" not in page.headers
    async with house.http.get(f"{url}/kamera/1-gate", headers={"if-none-match": tag}) as page:
        assert page.status == 304
        assert "pantau_visitor" in page.headers["set-cookie"]
    behind_tls = {"x-forwarded-proto": "https"}
    async with house.http.get(f"{url}/kamera/1-gate", headers=behind_tls) as page:
        assert page.headers["set-cookie"].endswith("; Secure")
    async with house.http.get(f"{url}/multi?lang=en") as page:
        given = " ".join(page.headers.getall("set-cookie"))
        assert "pantau_visitor=" in given
        assert "pantau_language=en" in given
        assert "private" in page.headers["cache-control"]
    for path in ("/", "/api/stream", "/hls/nothing/index.m3u8"):
        async with house.http.get(url + path) as page:
            assert "set-cookie" not in page.headers
