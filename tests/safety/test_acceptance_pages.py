"""Acceptance: the reference's browser client opens every page; no request fails, no field lacks."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, TypeAlias

import pytest

from tests.safety.house import PASSWORD, WIDE, House, open_house
from tests.safety.outsider import Page, add_cameras, page

pytestmark = pytest.mark.anyio

Shape: TypeAlias = Mapping[str, Any]
TEXT: Final = str
MAYBE_TEXT: Final = (str, type(None))
NUMBER: Final = (int, float)
MAYBE_NUMBER: Final = (int, float, type(None))
FLAG: Final = {0, 1}
"""The client compares with `===`: true is no 1."""

STREAM: Final[Shape] = {
    "id": int,
    "name": TEXT,
    "description": MAYBE_TEXT,
    "location": MAYBE_TEXT,
    "area_id": (int, type(None)),
    "area_name": MAYBE_TEXT,
    "is_tunnel": FLAG,
    "is_online": FLAG,
    "status": {"active", "maintenance", "offline"},
    "latitude": MAYBE_NUMBER,
    "longitude": MAYBE_NUMBER,
    "video_codec": {"h264", "h265"},
    "thumbnail_path": MAYBE_TEXT,
    "kelurahan": MAYBE_TEXT,
    "kecamatan": MAYBE_TEXT,
    "streams": {"hls": TEXT, "webrtc": TEXT},
}
STATS: Final[Shape] = {
    "summary": dict.fromkeys(
        ("totalCameras", "activeCameras", "disabledCameras", "totalAreas", "activeViewers"), int
    ),
    "system": {
        "platform": TEXT,
        "arch": TEXT,
        "cpus": int,
        "cpuModel": TEXT,
        **dict.fromkeys(
            ("cpuLoad", "totalMem", "freeMem", "usedMem", "memUsagePercent", "uptime"), NUMBER
        ),
        "loadAvg": list,
    },
    "streams": list,
    "recentLogs": list,
    "mtxConnected": bool,
    "cameraStatusBreakdown": dict.fromkeys(("online", "offline", "maintenance"), int),
    "topCameras": list,
    "allSessions": list,
}
SOME: Final = dict.fromkeys(("totalSessions", "uniqueViewers", "totalWatchTime"), NUMBER)
TODAY: Final[Shape] = {
    "current": {**SOME, "avgDuration": NUMBER, "activeNow": int},
    "compare": SOME,
    "comparison": dict.fromkeys(("sessionsChange", "viewersChange", "durationChange"), NUMBER),
    "cameras": dict.fromkeys(("total", "online", "offline", "maintenance"), int),
    "period": TEXT,
}
ANALYTICS: Final[Shape] = {
    "period": TEXT,
    "overview": dict.fromkeys(
        (
            "totalSessions",
            "uniqueVisitors",
            "totalWatchTime",
            "avgSessionDuration",
            "longestSession",
            "activeViewers",
        ),
        NUMBER,
    ),
    "retention": dict.fromkeys(
        ("newVisitors", "returningVisitors", "bouncedVisitors", "bounceRate", "retentionRate"),
        NUMBER,
    ),
    "charts": dict.fromkeys(("sessionsByDay", "sessionsByHour", "activityHeatmap"), list),
    **dict.fromkeys(
        (
            "topCameras",
            "deviceBreakdown",
            "topVisitors",
            "recentSessions",
            "peakHours",
            "cameraPerformance",
            "activeSessions",
        ),
        list,
    ),
}
SPONSOR: Final[Shape] = {
    "id": int,
    "name": TEXT,
    "package": {"bronze", "silver", "gold"},
    "price": MAYBE_NUMBER,
    "active": FLAG,
    "start_date": MAYBE_TEXT,
    "end_date": MAYBE_TEXT,
    "contact_name": MAYBE_TEXT,
    "contact_email": MAYBE_TEXT,
    "contact_phone": MAYBE_TEXT,
    "notes": MAYBE_TEXT,
}
FEEDBACK: Final[Shape] = {
    "id": int,
    "name": MAYBE_TEXT,
    "email": MAYBE_TEXT,
    "message": TEXT,
    "status": {"unread", "read", "resolved"},
    "created_at": TEXT,
}
BRANDING: Final = [
    "company_name",
    "company_tagline",
    "company_description",
    "city_name",
    "province_name",
    "hero_title",
    "hero_subtitle",
    "footer_text",
    "copyright_text",
    "meta_title",
    "meta_description",
    "meta_keywords",
    "logo_text",
    "primary_color",
    "show_powered_by",
    "whatsapp_number",
    "watermark_enabled",
    "watermark_text",
    "watermark_position",
    "watermark_opacity",
]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def house(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("pages")
    async with open_house(folder / "data", limits=WIDE) as house:
        await house.add_user("boss", "admin")
        await add_cameras(house)
        yield house


@pytest.fixture
async def visitor(house: House) -> AsyncIterator[Page]:
    async with page(house) as visitor:
        yield await visitor.load()


@pytest.fixture
async def admin(visitor: Page) -> Page:
    assert (await visitor.sign_in("boss")).status == 200
    return visitor


def check(found: Any, shape: Any, at: str = "") -> None:
    """Compare types and fields; fields may be more, never fewer or of another type."""
    if isinstance(shape, Mapping):
        assert isinstance(found, dict), (at, found)
        assert shape.keys() <= found.keys(), (at, shape.keys() - found.keys())
        for name, expected in shape.items():
            check(found[name], expected, f"{at}.{name}")
    elif isinstance(shape, set):
        assert not isinstance(found, bool), at
        assert found in shape, (at, found)
    elif shape is bool:
        assert isinstance(found, bool), (at, found)
    else:
        assert isinstance(found, shape), (at, found)
        assert not isinstance(found, bool), (at, found)


async def told(page: Page, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
    answer = await page.ask(method, path, body)
    assert answer.status == status, (method, path, answer.status, answer.text[:400])
    assert answer.json["success"] is True, (path, answer.json)
    return answer.json.get("data")


async def test_the_landing_page(visitor: Page) -> None:
    branding = await told(visitor, "GET", "/api/branding/public")
    assert set(BRANDING) <= branding.keys()
    check(
        await told(visitor, "GET", "/api/settings/map-center"),
        {"latitude": NUMBER, "longitude": NUMBER, "zoom": int, "name": TEXT},
    )
    for stream in await told(visitor, "GET", "/api/stream"):
        check(stream, STREAM)
        assert f"/hls/{stream['stream_key']}/" in stream["streams"]["hls"]
    for area in await told(visitor, "GET", "/api/areas/public"):
        check(area, {"id": int, "name": TEXT, "camera_count": int})
    donation = await told(visitor, "GET", "/api/saweria/config")
    check(donation, {"saweria_link": MAYBE_TEXT, "leaderboard_link": MAYBE_TEXT})
    assert "enabled" in donation
    check(
        await told(visitor, "GET", "/api/settings/landing-page"),
        dict.fromkeys(("area_coverage", "hero_badge", "section_title"), TEXT),
    )
    assert (await visitor.ask("HEAD", "/api/health")).status in {200, 503}
    assert (await visitor.ask("GET", "/health")).status in {200, 503}


async def test_a_viewer_is_counted_once_by_the_player(visitor: Page) -> None:
    camera = (await told(visitor, "GET", "/api/stream"))[0]
    begun = await told(visitor, "POST", "/api/viewer/start", {"cameraId": camera["id"]})
    session = {"sessionId": begun["sessionId"]}
    await told(visitor, "POST", "/api/viewer/heartbeat", session)
    await told(visitor, "POST", "/api/viewer/stop", session)
    for path in ("heartbeat", "stop"):
        ended = await visitor.ask("POST", f"/api/viewer/{path}", session)
        assert (ended.status, ended.json["success"]) == (200, False)
    unknown = await visitor.ask("POST", "/api/viewer/start", {"cameraId": 2_000_000_000})
    assert (unknown.status, unknown.json["success"]) == (404, False)


async def test_the_playback_page(visitor: Page) -> None:
    cameras = await told(visitor, "GET", "/api/cameras/active")
    for camera in cameras:
        check(camera, {"id": int, "name": TEXT, "enable_recording": FLAG})


async def test_the_dashboard_and_the_analytics(admin: Page) -> None:
    check(await told(admin, "GET", "/api/admin/stats"), STATS)
    for period in ("today", "yesterday", "7days", "30days", "whatever"):
        check(await told(admin, "GET", f"/api/admin/stats/today?period={period}"), TODAY)
    for period in ("today", "yesterday", "7days", "30days", "all", "date:2026-03-01"):
        check(await told(admin, "GET", f"/api/admin/analytics/viewers?period={period}"), ANALYTICS)
    for period in ("x", "date:2026-02-30", "date:", ""):
        refused = await admin.ask("GET", f"/api/admin/analytics/viewers?period={period}")
        assert refused.status == 400, period
    check(
        await told(admin, "GET", "/api/admin/analytics/realtime"),
        {
            "activeViewers": int,
            "activeSessions": list,
            "viewersByCamera": list,
            "recentActivity": list,
            "timestamp": TEXT,
        },
    )
    check(
        await told(admin, "GET", "/api/viewer/active"),
        {"totalViewers": int, "cameras": list, "sessions": list},
    )
    check(
        await told(admin, "GET", "/api/viewer/stats"),
        {"activeViewers": int, "activeSessions": NUMBER, "viewersByCamera": list, "today": dict},
    )
    assert await told(admin, "GET", "/api/viewer/history?limit=5") == []


async def test_cameras_areas_and_users(admin: Page) -> None:
    area = await told(admin, "POST", "/api/areas", {"name": "Selatan", "rw": "02"}, status=201)
    body = {
        "name": "Pasar",
        "private_rtsp_url": "rtsp://a:b@10.77.0.8/pasar",
        "area_id": str(area["id"]),
        "latitude": "",
        "longitude": None,
        "enabled": 1,
        "video_codec": "h264",
    }
    made = await told(admin, "POST", "/api/cameras", body, status=201)
    await told(admin, "PUT", f"/api/cameras/{made['id']}", {"enabled": 0})
    await told(admin, "PUT", f"/api/cameras/{made['id']}", {"status": "maintenance"})
    await told(admin, "DELETE", f"/api/cameras/{made['id']}")
    await told(admin, "PUT", f"/api/areas/{area['id']}", {"name": "Selatan 2", "kecamatan": "Kota"})
    listed = await told(admin, "GET", "/api/areas")
    assert {"Selatan 2"} <= {each["name"] for each in listed if each["kecamatan"] == "Kota"}
    await told(admin, "DELETE", f"/api/areas/{area['id']}")
    new = {"username": "budi", "password": PASSWORD, "role": "viewer"}
    user = await told(admin, "POST", "/api/users", new, status=201)
    assert await told(admin, "GET", "/api/users")
    body = {"password": "Another-Teapot-91"}
    await told(admin, "PUT", f"/api/users/{user['id']}/password", body)
    await told(admin, "DELETE", f"/api/users/{user['id']}")


async def test_feedback_and_its_inbox(admin: Page) -> None:
    sent = {"name": "", "email": "", "message": "Kamera pasar buram sejak tadi pagi."}
    made = await told(admin, "POST", "/api/feedback", sent, status=201)
    listed = await admin.ask("GET", "/api/feedback?page=1&limit=20&status=")
    check(listed.json["pagination"], dict.fromkeys(("page", "limit", "total", "totalPages"), int))
    row = next(each for each in listed.json["data"] if each["id"] == made["id"])
    check(row, FEEDBACK)
    check(
        await told(admin, "GET", "/api/feedback/stats"),
        dict.fromkeys(("total", "unread", "read", "resolved"), int),
    )
    await told(admin, "PATCH", f"/api/feedback/{made['id']}/status", {"status": "resolved"})
    await told(admin, "DELETE", f"/api/feedback/{made['id']}")


async def test_sponsors(admin: Page) -> None:
    body = {
        "name": "Toko Maju",
        "logo": "",
        "url": "https://toko.example",
        "package": "gold",
        "price": 3_000_000,
        "active": True,
        "start_date": "",
        "end_date": "",
        "contact_name": "Sari",
        "contact_email": "",
        "contact_phone": "0812",
        "notes": "",
    }
    made = await told(admin, "POST", "/api/sponsors", body, status=201)
    rows = await told(admin, "GET", "/api/sponsors")
    check(next(each for each in rows if each["id"] == made["id"]), SPONSOR)
    stats = await told(admin, "GET", "/api/sponsors/stats")
    counts = ("total_sponsors", "active_sponsors", "bronze_count", "silver_count", "gold_count")
    check(stats, {**dict.fromkeys(counts, int), "monthly_revenue": NUMBER, "expiring_soon": list})
    await told(admin, "PUT", f"/api/sponsors/{made['id']}", {**body, "active": False})
    for row in await told(admin, "GET", "/api/sponsors/active"):
        assert not {"contact_name", "contact_email", "contact_phone", "price", "notes"} & row.keys()
    await told(admin, "DELETE", f"/api/sponsors/{made['id']}")


async def test_the_settings_tabs(admin: Page) -> None:
    center = {"latitude": -7.15, "longitude": 111.88, "zoom": 13, "name": "Bojonegoro"}
    for value in (center, '{"latitude":-7.2,"longitude":111.9,"zoom":12,"name":"Kota"}'):
        await told(
            admin,
            "PUT",
            "/api/settings/map_default_center",
            {"value": value, "description": "Default map center"},
        )
    assert (await told(admin, "GET", "/api/settings/map-center"))["name"] == "Kota"
    for key in ("landing_area_coverage", "landing_hero_badge", "landing_section_title"):
        body = {"value": "Dua <b>desa</b>", "description": "x"}
        await told(admin, "PUT", f"/api/settings/{key}", body)
    zone = await told(admin, "GET", "/api/admin/settings/timezone")
    check(zone, {"timezone": TEXT, "shortName": TEXT})
    await told(admin, "PUT", "/api/admin/settings/timezone", {"timezone": "WITA"})
    zone = await told(admin, "GET", "/api/admin/settings/timezone")
    assert (zone["timezone"], zone["shortName"]) == ("Asia/Makassar", "WITA")
    await told(admin, "PUT", "/api/admin/settings/timezone", {"timezone": "WIB"})
    donating: dict[str, Any] = {
        "saweria_link": "https://saweria.example/kota",
        "leaderboard_link": "",
        "enabled": True,
    }
    await told(admin, "PUT", "/api/saweria/settings", donating)
    check(await told(admin, "GET", "/api/saweria/settings"), {"saweria_link": TEXT})
    for row in await told(admin, "GET", "/api/branding/admin"):
        check(row, {"key": TEXT, "value": MAYBE_TEXT, "description": MAYBE_TEXT})
    whole: dict[str, Any] = {
        "company_name": "Kota",
        "show_powered_by": "true",
        "watermark_opacity": "0.7",
    }
    changed = await told(admin, "POST", "/api/branding/bulk", {"settings": whole})
    assert changed["updated_count"] == len(whole)
    await told(admin, "PUT", "/api/branding/hero_title", {"value": "Kota kita"})
    assert (await told(admin, "GET", "/api/branding/public"))["hero_title"] == "Kota kita"
    await told(admin, "POST", "/api/branding/reset")


async def test_telegram_and_backup(admin: Page) -> None:
    status = await told(admin, "GET", "/api/admin/telegram/status")
    check(status, dict.fromkeys(("enabled", "monitoringConfigured", "feedbackConfigured"), bool))
    exported = await admin.ask("GET", "/api/admin/backup/export")
    assert exported.status == 200
    assert "attachment" in exported.headers["content-disposition"]
    check(exported.json, {"version": TEXT, "exported_at": TEXT, "data": dict})
    seen = await told(admin, "POST", "/api/admin/backup/preview", {"backup": exported.json})
    check(seen, {"version": TEXT, "tables": dict})
    body = {"backup": exported.json, "mode": "merge"}
    done = await told(admin, "POST", "/api/admin/backup/import", body)
    check(done, dict.fromkeys(("imported", "skipped", "errors"), dict))


async def test_recordings(admin: Page, visitor: Page) -> None:
    found = await told(admin, "GET", "/api/recordings/overview")
    check(found, {"overview": dict, "cameras": list})
    assert await told(admin, "GET", "/api/recordings/restarts?limit=50") == []
    camera = (await told(visitor, "GET", "/api/stream"))[0]
    await told(admin, "POST", f"/api/recordings/{camera['id']}/start", {"duration_hours": 5})
    await told(admin, "POST", f"/api/recordings/{camera['id']}/stop")
    footage = await told(admin, "GET", f"/api/recordings/{camera['id']}/segments")
    check(footage, {"camera_id": int, "segments": list, "total_segments": int})
