"""`/api/cache`: the contract's shapes, for admins only, with a record of who emptied it."""

import asyncio
import json
from contextlib import suppress

import pytest

from pantau.core.clock import SystemClock
from pantau.db.database import Database
from pantau.db.place import Place
from pantau.db.watching import ChangeWatcher
from pantau.web.principal import ANONYMOUS, Principal
from tests.audit.trails import rows
from tests.operations.house import (
    ADMIN,
    OPERATOR,
    VIEWER,
    House,
    at_home,
    house_on,
    key_with,
    post,
)
from tests.support.database import opened
from tests.support.waiting import until
from tests.web.http_peer import Visitor

pytestmark = pytest.mark.anyio

LOOKS = ("/api/cache/stats", "/api/admin/cache/stats", "/api/admin/database/stats", "/metrics")
DROPS = ("/api/cache/invalidate", "/api/cache/clear", "/api/admin/cache/clear")


@pytest.fixture
def house(database: Database) -> House:
    return house_on(database)


async def x_cache(visitor: Visitor, path: str = "/api/areas/public") -> str:
    return (await visitor.ask(path)).header("x-cache")


@pytest.mark.parametrize(
    ("who", "looks", "drops"),
    [
        (ANONYMOUS, 401, 401),
        (VIEWER, 403, 403),
        (OPERATOR, 403, 403),
        (ADMIN, 200, 200),
        (key_with("metrics:read"), 200, 403),
        (key_with("cache:write"), 403, 200),
        (key_with("cameras:read"), 403, 403),
    ],
    ids=["nobody", "viewer", "operator", "admin", "key to look", "key to drop", "other key"],
)
async def test_only_admins_and_the_right_keys_get_in(
    sqlite_database: Database, who: Principal, looks: int, drops: int
) -> None:
    house = house_on(sqlite_database)
    house.who = who
    async with at_home(house) as visitor:
        for path in LOOKS:
            assert (await visitor.ask(path)).status == looks, path
        for path in DROPS:
            assert (await post(visitor, path, {"pattern": "/api"})).status == drops, path


async def test_statistics_have_the_fields_that_clients_know(house: House) -> None:
    house.who = ADMIN
    async with at_home(house) as visitor:
        for _ in range(3):
            await visitor.ask("/api/areas/public?x=1")
        await visitor.ask("/api/cameras/active")
        answers = [await visitor.ask(path) for path in LOOKS[:2]]
    first, second = (json.loads(answer.body) for answer in answers)
    assert first == second
    stats = first["data"]
    assert {name: stats[name] for name in ("hits", "misses", "sets", "deletes", "hitRate")} == {
        "hits": 3,
        "misses": 1,
        "sets": 1,
        "deletes": 0,
        "hitRate": "75.00%",
    }
    assert (stats["invalidations"], stats["size"]) == (0, 2)
    assert stats["keys"] == ["/api/cameras/active", "/api/areas/public"]
    assert (stats["hitRate1h"], stats["hitRate24h"]) == ("75.00%", "75.00%")
    active = next(each for each in stats["endpoints"] if each["path"] == "/api/cameras/active")
    assert (active["hits"], active["hitRate1h"], active["ttlSeconds"]) == (1, "100.00%", None)


async def test_unused_cache_has_a_rate_of_nothing(house: House) -> None:
    house.who = ADMIN
    async with at_home(house) as visitor:
        answer = await visitor.ask("/api/cache/stats")
    assert json.loads(answer.body)["data"]["hitRate"] == "0%"


async def test_invalidation_counts_what_begins_so_and_is_recorded(house: House) -> None:
    house.who = ADMIN
    async with at_home(house) as visitor:
        for path in ("/api/areas/public", "/api/areas/filters", "/api/branding/public"):
            await visitor.ask(path)
        answer = await post(visitor, "/api/cache/invalidate", {"pattern": "/api/areas"})
        assert await x_cache(visitor) == "MISS"
    body = json.loads(answer.body)
    assert (answer.status, body["success"], body["count"]) == (200, True, 2)
    assert body["message"]
    (entry,) = await rows(house.database)
    assert (entry["name"], entry["target"], entry["username"]) == (
        "cache_invalidated",
        "/api/areas",
        "siti",
    )
    assert (entry["address"], entry["user_agent"]) == ("127.0.0.1", "tests")


async def test_clear_drops_everything_and_rebuilds_snapshots(house: House) -> None:
    house.who = ADMIN
    async with at_home(house) as visitor:
        await visitor.ask("/api/areas/public")
        cleared = json.loads((await post(visitor, "/api/cache/clear")).body)
        assert set(cleared) == {"success", "message"}
        assert house.snapshots_made == 1
        assert await x_cache(visitor) == "MISS"
        counted = json.loads((await post(visitor, "/api/admin/cache/clear")).body)
    assert counted["data"] == {"cleared": 2}
    assert [entry["name"] for entry in await rows(house.database)] == ["cache_cleared"] * 2


@pytest.mark.parametrize(
    "body",
    [None, {}, {"pattern": ""}, {"pattern": "  "}, {"pattern": 7}, {"pattern": "/a", "x": 1}, []],
)
async def test_defect_77_pattern_that_is_none_is_bad_input(
    sqlite_database: Database, body: object
) -> None:
    house = house_on(sqlite_database)
    house.who = ADMIN
    async with at_home(house) as visitor:
        await visitor.ask("/api/areas/public")
        answer = await post(visitor, "/api/cache/invalidate", body)
        assert await x_cache(visitor) == "HIT"
    told = json.loads(answer.body)
    assert (answer.status, told["success"], bool(told["errors"])) == (400, False, True)
    assert await rows(house.database) == []


async def test_defect_7_cache_cannot_be_seen_or_emptied_by_strangers(
    sqlite_database: Database,
) -> None:
    house = house_on(sqlite_database)
    async with at_home(house) as visitor:
        await visitor.ask("/api/areas/public")
        for path in ("/api/cache/stats", "/api/cache/api/cache/stats"):
            answer = await visitor.ask(path)
            assert answer.status in {401, 404}
            assert b"/api/areas" not in answer.body
        await post(visitor, "/api/cache/clear")
        await post(visitor, "/api/cache/api/cache/clear")
        assert await x_cache(visitor) == "HIT"


async def test_clear_that_could_not_be_recorded_does_not_happen(sqlite_place: Place) -> None:
    async with opened(sqlite_place, wait_s=0.1) as database:
        house = house_on(database)
        house.who = ADMIN
        async with at_home(house) as visitor:
            await visitor.ask("/api/areas/public")
            async with database.write():
                answer = await post(visitor, "/api/cache/clear")
            assert answer.status == 503
            assert await x_cache(visitor) == "HIT"


def follow(house: House) -> None:
    def drop() -> None:
        house.cache.invalidate_tag("areas")

    house.database.changes.on("areas", drop)


@pytest.mark.parametrize("topic", ["areas", "cache"])
async def test_other_processes_hear_within_a_second(database_place: Place, topic: str) -> None:
    clock = SystemClock()
    async with opened(database_place) as here, opened(database_place) as elsewhere:
        one, other = house_on(here), house_on(elsewhere)
        one.who = ADMIN
        follow(other)
        watcher = ChangeWatcher(elsewhere, clock=clock)
        await watcher.begin()
        watching = asyncio.create_task(watcher.run())
        try:
            async with at_home(one) as admin, at_home(other) as visitor:
                await visitor.ask("/api/areas/public")
                assert await x_cache(visitor) == "HIT"
                if topic == "cache":
                    assert (await post(admin, "/api/cache/clear")).status == 200
                else:
                    async with here.write() as work:
                        work.changed("areas")
                committed_mono = clock.mono_s()
                await until(lambda: "/api/areas/public" not in other.cache.stats().keys)
                assert clock.mono_s() - committed_mono <= 1.0
                assert await x_cache(visitor) == "MISS"
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
