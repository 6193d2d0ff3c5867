"""A dead database shows in /health, and does not pretend that nobody can watch."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pantau.core.clock import SystemClock, always
from pantau.db.database import Database
from pantau.db.liveness import Liveness
from pantau.db.place import Place
from pantau.health import probes
from pantau.health.api import HealthPages
from pantau.health.monitor import Monitor, Part
from tests.support.clock import HandWoundClock
from tests.support.database import opened
from tests.web.http_peer import serving, visiting

pytestmark = pytest.mark.anyio


class House:
    def __init__(self, database: Database) -> None:
        clock = SystemClock()
        probe = probes.database(Liveness(database, clock).ask)
        self.monitor = Monitor([Part("database", probe, essential=False)], clock=clock)
        self.routes = HealthPages(
            self.monitor, clock=clock, zone=always(ZoneInfo("Asia/Jakarta")), security={}
        ).routes()

    async def ask(self, method: str = "GET") -> tuple[int, Any]:
        await self.monitor.look()
        async with serving(exact=self.routes) as port, visiting(port) as visitor:
            answer = await visitor.ask("/health", method)
        return answer.status, json.loads(answer.body) if answer.body else None


async def test_database_that_answers_is_measured(database: Database) -> None:
    status, body = await House(database).ask()
    assert (status, body["status"], body["down"]) == (200, "ok", [])
    part = body["parts"]["database"]
    assert part["ok"]
    assert part["answer_ms"] > 0


async def test_health_answers_head(sqlite_database: Database) -> None:
    assert await House(sqlite_database).ask("HEAD") == (200, None)


async def test_defect_74_dead_database_shows(sqlite_place: Place) -> None:
    async with opened(sqlite_place) as database:
        house = House(database)
        assert (await house.ask())[1]["status"] == "ok"
        assert sqlite_place.file is not None
        sqlite_place.file.write_bytes(b"this is no database" * 500)
        status, body = await house.ask()
    assert (status, body["status"], body["down"]) == (200, "degraded", ["database"])
    assert body["parts"]["database"]["message"]


async def test_defect_74_file_that_somebody_replaced_shows(sqlite_place: Place) -> None:
    async with opened(sqlite_place) as database:
        house = House(database)
        await house.ask()
        assert sqlite_place.file is not None
        copy = sqlite_place.file.with_suffix(".copy")
        copy.write_bytes(sqlite_place.file.read_bytes())
        copy.replace(sqlite_place.file)
        _, replaced = await house.ask()
        sqlite_place.file.unlink()
        _, removed = await house.ask()
    assert replaced["down"] == removed["down"] == ["database"]
    assert "replaced" in removed["parts"]["database"]["message"]


async def test_database_without_a_free_connection_shows(sqlite_place: Place) -> None:
    async with opened(sqlite_place, readers=1, wait_s=0.1) as database:
        probe = probes.database(Liveness(database, HandWoundClock()).ask)
        async with database.read():
            finding = await probe()
        assert not finding.ok
        assert (await probe()).ok
