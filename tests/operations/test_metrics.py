"""What /metrics tells is what really happened in this process."""

import asyncio
import platform
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pantau import __version__
from pantau.audit.events import Action, SecurityEvent
from pantau.cameras.models import LiveState, Observation
from pantau.cameras.service import Catalogue
from pantau.core.ids import CameraId
from pantau.core.metrics import Exposition
from pantau.db.database import Database
from pantau.db.place import Place
from pantau.health.monitor import Finding, Monitor, Part
from pantau.operations.metrics import Measuring, Sources
from pantau.viewers.presence import Presence
from pantau.viewers.visitors import Salted
from pantau.web.traffic import Traffic
from tests.operations.house import ADMIN, at_home, house_on
from tests.support.cameras import camera
from tests.support.clock import START, HandWoundClock
from tests.support.database import opened
from tests.viewers.people import poll
from tests.web.caching import House as CacheHouse
from tests.web.caching import ask

pytestmark = pytest.mark.anyio


class Events:
    def __init__(self) -> None:
        self.seen: dict[str, int] = {
            Action.LOGIN: 4,
            SecurityEvent.AUTH_FAILURE: 2,
            SecurityEvent.CSRF_INVALID: 1,
        }
        self.dropped = 9


class Pieces:
    fetched = 5
    held_bytes = 4096


class Process:
    def __init__(self, database: Database) -> None:
        self.clock = HandWoundClock()
        self.caching = CacheHouse()
        self.traffic = Traffic()
        self.catalogue = Catalogue(
            [camera(1), camera(2), camera(3, enabled=False)], clock=self.clock
        )
        self.presence = Presence(self.clock, salted=Salted(b"salt", "2026-03-01"))
        self.monitor = Monitor([Part("disk", self._full, essential=False)], clock=self.clock)
        self.exposition = Exposition(
            Measuring(
                Sources(
                    cache=self.caching.cache,
                    pool=database.stats,
                    traffic=self.traffic,
                    catalogue=self.catalogue,
                    presence=self.presence,
                    edge=Pieces(),
                    monitor=self.monitor,
                    events=Events(),
                )
            )
        )

    @staticmethod
    async def _full() -> Finding:
        return Finding(ok=False, message="full")

    def told(self) -> dict[str, dict[tuple[str, ...], float]]:
        return told(self.exposition.text().decode())


def told(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    return {
        family.name: {tuple(s.labels.values()): s.value for s in family.samples}
        for family in text_string_to_metric_families(text)
    }


async def test_every_source_is_told(sqlite_database: Database) -> None:
    process = Process(sqlite_database)
    route = process.caching.route()
    for _ in range(3):
        await ask(route)
    process.traffic.note("/api/areas/public", 200)
    process.traffic.note("/api/areas/public", 200)
    process.presence.touch(1, poll())
    process.clock.wind(6)
    process.presence.touch(1, poll())
    process.catalogue.observe({CameraId(1): Observation(LiveState.LIVE, START, START, "h264")})
    await process.monitor.look()
    async with sqlite_database.read():
        found: Any = process.told()
    assert found["pantau_build_info"] == {(platform.python_version(), __version__): 1}
    assert found["pantau_requests"] == {("api", "200"): 2}
    assert found["pantau_cache_hits"] == {("/api/areas/public",): 2}
    assert found["pantau_cache_misses"] == {("/api/areas/public",): 1}
    assert found["pantau_viewers"] == {("1",): 1}
    assert found["pantau_cameras"][("live",)] == 1
    assert found["pantau_cameras"][("unknown",)] == 1
    assert found["pantau_cameras"][("offline",)] == 0
    assert found["pantau_part_up"] == {("disk",): 0}
    assert found["pantau_pool_read_connections"][("in_use",)] == 1
    assert found["pantau_logins"] == {("success",): 4, ("failure",): 2, ("lockout",): 0}
    assert found["pantau_audit_entries"][("CSRF_INVALID",)] == 1
    assert found["pantau_edge_fetches"] == {(): 5}
    assert found["pantau_audit_dropped"] == {(): 9}


async def test_exhausted_pool_is_counted_and_nobody_is_let_past_it(sqlite_place: Place) -> None:
    async with opened(sqlite_place, readers=1) as database:
        process = Process(database)
        assert process.told()["pantau_pool_exhausted"] == {(): 0}

        async def read() -> None:
            async with database.read():
                await asyncio.sleep(0)

        await asyncio.gather(*(read() for _ in range(4)))
        found = process.told()
    assert found["pantau_pool_exhausted"] == {(): 3}
    assert sum(found["pantau_pool_read_connections"].values()) <= 1


async def test_metrics_and_pool_statistics_come_over_http(sqlite_database: Database) -> None:
    house = house_on(sqlite_database, Process(sqlite_database).exposition)
    house.who = ADMIN
    async with at_home(house) as visitor:
        answer = await visitor.ask("/metrics")
        pool = await visitor.ask("/api/admin/database/stats")
    assert answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8"
    assert told(answer.body.decode())["pantau_pool_exhausted"] == {(): 0}
    for field in (
        "readHits", "readMisses", "writeHits", "writeMisses", "totalQueries", "readPoolSize",
        "readPoolInUse", "readPoolAvailable", "writeConnectionActive", "hitRate",
        "pool_exhausted_total",
    ):  # fmt: skip
        assert f'"{field}"'.encode() in pool.body
