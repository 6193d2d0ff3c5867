"""Hits and misses, in all and over the last hour and day, with bounded memory."""

import asyncio
import sys

import pytest

from pantau.core.errors import NotFound
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.hit_rates import DAY_MINUTES, HOUR_MINUTES, Hits, Tally
from tests.support.requests import hot
from tests.web.caching import House, ask

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("hits", "misses", "rate"),
    [(0, 0, "0%"), (2, 1, "66.67%"), (1, 0, "100.00%"), (0, 5, "0.00%"), (1, 7, "12.50%")],
)
def test_rate_reads_as_clients_know_it(hits: int, misses: int, rate: str) -> None:
    assert Hits(hits, misses).rate == rate


def test_hour_forgets_what_the_day_remembers() -> None:
    tally = Tally(100.0)
    tally.hits, tally.misses = 10, 4
    for minute in range(1, 62):
        tally.mark(100.0 + 60 * minute)
    tally.hits += 3
    assert tally.over(HOUR_MINUTES) == Hits(3, 0)
    assert tally.over(DAY_MINUTES) == tally.total() == Hits(13, 4)


def test_day_ends_too() -> None:
    tally = Tally(0.0)
    tally.misses = 7
    for minute in range(1, 3 * DAY_MINUTES):
        tally.mark(60.0 * minute)
        tally.hits += 1
    assert tally.over(DAY_MINUTES) == Hits(DAY_MINUTES + 1, 0)
    assert tally.over(HOUR_MINUTES) == Hits(HOUR_MINUTES + 1, 0)


def test_an_endpoint_that_was_silent_for_long_tells_the_right_hour() -> None:
    tally = Tally(0.0)
    for minute in range(1, 5 * HOUR_MINUTES):
        tally.mark(60.0 * minute)
    tally.hits = 2
    assert tally.over(HOUR_MINUTES) == tally.over(DAY_MINUTES) == Hits(2, 0)
    for minute in range(5 * HOUR_MINUTES, 6 * HOUR_MINUTES + 1):
        tally.mark(60.0 * minute)
    assert tally.over(HOUR_MINUTES) == Hits(0, 0)
    assert tally.over(DAY_MINUTES) == Hits(2, 0)


def test_an_endpoint_that_nobody_asks_takes_no_memory() -> None:
    silent, asked = Tally(0.0), Tally(0.0)
    asked.misses = 1
    for tally in (silent, asked):
        tally.mark(60.0)
    # Seventy of them are a megabyte and a half.
    assert _bytes_of(silent) < 1_000 < _bytes_of(asked) < 25_000


def _bytes_of(tally: Tally) -> int:
    return sum(sys.getsizeof(getattr(tally, name)) for name in tally.__slots__)


def test_machine_that_slept_for_a_week_counts_nothing_twice() -> None:
    tally = Tally(0.0)
    tally.hits = 5
    tally.mark(60.0)
    tally.mark(7 * 86_400.0)
    assert tally.over(DAY_MINUTES) == Hits(0, 0)
    assert tally.total() == Hits(5, 0)


async def test_endpoints_are_told_apart_and_summed() -> None:
    house = House()
    areas, site = house.route("/api/areas/public"), house.route("/api/branding/public")
    for route in (areas, areas, areas, site):
        await ask(route)
    stats = house.cache.stats()
    assert [(each.path, each.total) for each in stats.endpoints] == [
        ("/api/areas/public", Hits(2, 1)),
        ("/api/branding/public", Hits(0, 1)),
    ]
    assert (stats.total, stats.total.rate) == (Hits(2, 2), "50.00%")
    assert (stats.sets, stats.deletes, stats.invalidations) == (2, 0, 0)


async def test_rates_move_with_time_while_nobody_looks() -> None:
    house = House()
    route = house.route()
    running = asyncio.create_task(house.cache.run())
    await ask(route)
    await house.clock.advance(3_000)
    assert house.cache.stats().hour == Hits(0, 1)
    await house.clock.advance(3_000)
    stats = house.cache.stats()
    assert (stats.hour, stats.day) == (Hits(0, 0), Hits(0, 1))
    running.cancel()


async def test_rates_are_those_of_now_whenever_somebody_looks() -> None:
    house = House()
    await ask(house.route())
    house.clock.wind(7_200)
    stats = house.cache.stats()
    assert (stats.hour, stats.day) == (Hits(0, 0), Hits(0, 1))


def test_snapshots_count_as_hits_when_they_answer_and_only_then() -> None:
    house = House()

    def handle(request: HotRequest) -> Reply:
        if request.rest == "9":
            raise NotFound("camera.unknown", "There is no such camera.")
        return Reply(200, b"{}")

    routes = house.cache.counted({"/api/stream/": Route(handle, cross_origin=True)})
    route = routes["/api/stream/"]
    assert route.cross_origin
    route.handler(hot("/api/stream/1", rest="1"))
    with pytest.raises(NotFound):
        route.handler(hot("/api/stream/9", rest="9"))
    stats = house.cache.stats()
    assert stats.endpoints[0].total == Hits(1, 0)
    assert stats.endpoints[0].ttl_s is None
    assert stats.keys == ("/api/stream/",)


def test_snapshots_are_rebuilt_once_when_an_operator_says_so() -> None:
    house = House()
    rebuilt: list[str] = []
    route = Route(lambda _: Reply(200, b"{}"))
    house.cache.counted(
        {"/api/stream": route, "/api/cameras/active": route},
        rebuild=lambda: rebuilt.append("streams"),
    )
    house.cache.counted({"/": route})
    assert house.cache.invalidate_prefix("/api/areas") == 0
    assert rebuilt == []
    assert house.cache.invalidate_prefix("/api/cameras") == 1
    assert house.cache.clear() == 2
    assert rebuilt == ["streams", "streams"]
    assert house.cache.stats().invalidations == 3
