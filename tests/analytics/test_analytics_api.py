"""The numbers over HTTP: names and types as existing dashboards read them, and who sees what."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select, text

from pantau.app.view_counting import roller_of
from pantau.audit.models import AuditEntryRow
from tests.analytics.views import COUNTED_TABLES, keep, view
from tests.safety.house import House, open_house
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.anyio

VIEWERS = "/api/admin/analytics/viewers"
LIVE = "/api/admin/analytics/live"
EXPORT = "/api/admin/analytics/export.csv"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def running(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("numbers") / "data") as one:
        for role in ("viewer", "operator", "admin"):
            await one.add_user(f"{role}-a", role)
        yield one


@pytest.fixture
async def house(running: House) -> House:
    """The one house of this module; nothing was ever watched there."""
    async with running.base.database.write() as writing:
        for table in COUNTED_TABLES:
            await writing.session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - ours
        writing.changed("analytics")
    # Every answer that is kept is too old by then.
    running.clock.ahead_s += 3600
    return running


def noon(house: House) -> datetime:
    """Return this moment after making it noon there: no midnight comes in between."""
    local = house.clock.now().astimezone(house.base.site.zone())
    later = local.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
    house.clock.ahead_s += (later - local).total_seconds()
    return house.clock.now()


async def token_of(house: House, role: Any) -> str:
    return (await house.sign_in(f"{role}-a")).access_token


async def watched(house: House, *views: Any) -> None:
    await keep(house.base.database, views)
    await roller_of(house.base).catch_up()


async def test_a_report_has_the_names_and_types_that_dashboards_know(house: House) -> None:
    now = noon(house)
    await watched(
        house,
        view(now, visitor="a" * 32),
        view(now, visitor="a" * 32, duration_s=7),
        view(now, visitor="b" * 32, duration_s=90, device="desktop"),
        view(now, visitor="c" * 32, is_bot=True),
        view(now, visitor="d" * 32, duration_s=2),
    )
    token = await token_of(house, "viewer")
    answer = await house.ask("GET", f"{VIEWERS}?period=today", bearer=token)
    assert answer.status == 200
    data = answer.json["data"]
    assert data["period"] == "today"
    assert data["overview"] == {
        "totalSessions": 3,
        "uniqueVisitors": 2,
        "totalWatchTime": 127,
        "avgSessionDuration": 42,
        "longestSession": 90,
        "activeViewers": 0,
        "robots": 1,
        "shortViews": 1,
    }
    assert data["comparison"]["previous"]["totalSessions"] == 0
    assert data["comparison"]["trends"] == {
        "totalSessions": 100,
        "uniqueVisitors": 100,
        "totalWatchTime": 100,
        "avgSessionDuration": 100,
    }
    assert data["retention"] == {
        "newVisitors": 1,
        "returningVisitors": 1,
        "bouncedVisitors": 1,
        "bounceRate": 50,
        "retentionRate": 50,
    }
    _check_tables(data, now.astimezone(house.base.site.zone()))
    everything = await house.ask("GET", f"{VIEWERS}?period=all", bearer=token)
    assert everything.json["data"]["comparison"] is None
    for period in ("", "8days", "date:2026-02-30", "date:", "%00", "x" * 500):
        refused = await house.ask("GET", f"{VIEWERS}?period={period}", bearer=token)
        assert (refused.status, "period" in refused.text) == (400, True)


def _check_tables(data: Any, local: datetime) -> None:
    [day] = data["charts"]["sessionsByDay"]
    assert set(day) == {"date", "sessions", "unique_visitors", "total_watch_time"}
    [hour] = data["charts"]["sessionsByHour"]
    assert hour == {"hour": f"{local:%H}", "sessions": 3}
    [cell] = data["charts"]["activityHeatmap"]
    weekday = local.isoweekday() % 7
    assert cell == {**hour, "day_of_week": str(weekday), "unique_visitors": 2}
    assert data["peakHours"] == [{**hour, "unique_visitors": 2}]
    assert data["topCameras"] == [
        {
            "camera_id": 1,
            "camera_name": "Gate",
            "total_views": 3,
            "unique_viewers": 2,
            "total_watch_time": 127,
            "avg_duration": 42,
        }
    ]
    assert data["deviceBreakdown"] == [
        {"device_type": "mobile", "count": 2, "percentage": 66.7},
        {"device_type": "desktop", "count": 1, "percentage": 33.3},
    ]
    [first, _] = data["topVisitors"]
    assert (first["ip_address"], first["total_sessions"], first["cameras_watched"]) == (
        "a" * 8,
        2,
        1,
    )
    assert len(data["recentSessions"]) == 3
    performance = data["cameraPerformance"][0]
    assert (performance["quick_exits"], performance["engaged_sessions"]) == (1, 1)
    assert (performance["bounce_rate"], performance["engagement_rate"]) == (33.3, 33.3)
    assert data["activeSessions"] == []
    assert data["counting"] == {"isComplete": True, "isRecount": False, "behind": 0}


async def test_the_short_figures_and_who_watches_at_this_moment(house: House) -> None:
    now = noon(house)
    await watched(house, view(now, duration_s=60), view(now - timedelta(days=1), duration_s=20))
    token = await token_of(house, "viewer")
    answer = await house.ask("GET", "/api/admin/stats/today?period=nonsense", bearer=token)
    data = answer.json["data"]
    assert data["period"] == "today"
    assert data["current"] == {
        "totalSessions": 1,
        "uniqueViewers": 1,
        "avgDuration": 60,
        "totalWatchTime": 60,
        "activeNow": 0,
    }
    assert data["compare"]["totalWatchTime"] == 20
    assert data["comparison"] == {"sessionsChange": 0, "viewersChange": 0, "durationChange": 200}
    assert set(data["cameras"]) == {"total", "online", "offline", "maintenance"}
    answer = await house.ask("GET", "/api/admin/analytics/realtime", bearer=token)
    data = answer.json["data"]
    assert set(data) == {
        "activeViewers",
        "activeSessions",
        "viewersByCamera",
        "recentActivity",
        "timestamp",
    }
    assert [each["camera_name"] for each in data["recentActivity"]] == ["Gate"]


async def exports(house: House) -> int:
    async with house.base.database.read() as reading:
        names = (await reading.session.scalars(select(AuditEntryRow.name))).all()
    return names.count("EXPORT_ANALYTICS")


async def test_an_export_is_harmless_noted_and_narrowed(house: House) -> None:
    now = noon(house)
    odd = '=cmd|"/c calc"!A0'
    await watched(
        house,
        view(now, camera_id=1, camera_name=odd),
        view(now, camera_id=2, camera_name="\tTab", is_bot=True),
        view(now - timedelta(days=40), camera_id=1),
    )
    token, before = await token_of(house, "operator"), await exports(house)
    answer = await house.ask("GET", f"{EXPORT}?period=30days", bearer=token)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.text.startswith("\ufeff")
    lines = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [each["camera_name"] for each in lines] == ["'\tTab", f"'{odd}"]
    assert [(each["robot"], each["counted"]) for each in lines] == [("1", "0"), ("0", "1")]
    narrowed = await house.ask("GET", f"{EXPORT}?period=all&camera_id=1", bearer=token)
    assert len(narrowed.text.splitlines()) == 3
    assert await exports(house) == before + 2
    refused = await house.ask("GET", EXPORT, bearer=await token_of(house, "viewer"))
    assert refused.status == 403


async def test_a_long_export_comes_whole_and_addresses_are_for_admins(house: House) -> None:
    at = noon(house)
    # Many at one moment: where one page ends, the next begins with the next of them.
    views = [view(at, visitor=f"{number:032x}") for number in range(1_205)]
    object.__setattr__(views[-1], "ip_address", "192.0.2.55")
    await watched(house, *views)
    for role in ("viewer", "operator", "admin"):
        token = await token_of(house, role)
        answer = await house.ask("GET", f"{VIEWERS}?period=today", bearer=token)
        assert ("192.0.2.55" in answer.text) == (role == "admin")
        if role == "viewer":
            continue
        answer = await house.ask("GET", f"{EXPORT}?period=today", bearer=token)
        assert ("192.0.2.55" in answer.text) == (role == "admin")
        ids = [int(each["id"]) for each in csv.DictReader(io.StringIO(answer.text[1:]))]
        assert ids == sorted(set(ids), reverse=True)
        assert len(ids) == 1_205


@asynccontextmanager
async def following(house: House, token: str) -> AsyncIterator[aiohttp.ClientResponse]:
    url = f"http://127.0.0.1:{house.port}{LIVE}"
    headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
    async with house.http.get(url, headers=headers) as answer:
        yield answer


async def next_event(answer: aiohttp.ClientResponse) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        async for line in answer.content:
            if line.startswith(b"data: "):
                return json.loads(line.removeprefix(b"data: "))
    raise AssertionError("the stream has ended")


async def test_a_stream_tells_what_is_new_and_ends_with_the_sign_in(house: House) -> None:
    signed_in = await house.sign_in("viewer-a")
    async with following(house, signed_in.access_token) as answer:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        assert "no-store" in answer.headers["cache-control"]
        assert (await next_event(answer))["recentActivity"] == []
        await watched(house, view(house.clock.now()))
        assert len((await next_event(answer))["recentActivity"]) == 1
        # Who does not ask for events gets one.
        told = await house.ask("GET", LIVE, bearer=signed_in.access_token)
        assert told.text.count("data: ") == 1
        await house.sign_out(signed_in)
        async with asyncio.timeout(PATIENCE_S):
            rest = await answer.content.read()
    assert b"event: over" in rest
