"""Cached answers: built once, found without waiting, gone when what they tell has changed."""

import asyncio
import gzip
from itertools import pairwise

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.core.errors import Invalid, NotFound, Problem, Unavailable
from pantau.web.exchange import Reply
from pantau.web.kept_answers import Entry, KeptAnswers
from pantau.web.response_cache import Ttl
from pantau.web.snapshot import Encoded
from tests.support.requests import hot
from tests.web.caching import BODY, House, ask, x_cache

pytestmark = pytest.mark.anyio


async def test_first_visitor_waits_and_the_next_one_does_not() -> None:
    house = House()
    route = house.route()
    first = await ask(route)
    assert (x_cache(first), first.body) == ("MISS", BODY)
    again = route.handler(hot("/api/areas/public"))
    assert isinstance(again, Reply)
    assert (x_cache(again), again.body, house.source.builds) == ("HIT", BODY, 1)


async def test_hit_is_the_same_object_for_everybody_in_every_encoding() -> None:
    house = House()
    route = house.route()
    await ask(route)
    for accepted, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress), ("", bytes)):
        one, two = [await ask(route, accept_encoding=accepted) for _ in range(2)]
        assert one is two
        assert unpack(one.body) == BODY
        tag = dict(one.headers)[b"etag"].decode()
        again = await ask(route, accept_encoding=accepted, if_none_match=tag)
        assert (again.status, again.body, x_cache(again)) == (304, b"", "HIT")


async def test_who_waited_holds_the_same_version_as_who_did_not() -> None:
    house = House()
    route = house.route()
    miss, hit = await ask(route, accept_encoding="gzip"), await ask(route, accept_encoding="gzip")
    assert miss.body == hit.body
    assert [pair for pair in miss.headers if pair[0] != b"x-cache"] == [
        pair for pair in hit.headers if pair[0] != b"x-cache"
    ]
    assert miss.cross_origin
    assert hit.cross_origin


async def test_crowd_of_misses_builds_once() -> None:
    house = House()
    route = house.route()
    house.source.gate.clear()
    crowd = [asyncio.create_task(ask(route)) for _ in range(500)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert house.source.builds == 1
    house.source.gate.set()
    answers = await asyncio.gather(*crowd)
    assert {(x_cache(answer), answer.body) for answer in answers} == {("MISS", BODY)}
    assert house.source.builds == 1
    assert house.cache.stats().total.misses == 500


async def test_failing_build_fails_everybody_waiting_once_and_is_not_kept() -> None:
    house = House()
    route = house.route()
    house.source.failure = NotFound("area.unknown", "There is no such area.")
    house.source.gate.clear()
    crowd = [asyncio.create_task(ask(route)) for _ in range(20)]
    await asyncio.sleep(0)
    house.source.gate.set()
    answers = await asyncio.gather(*crowd, return_exceptions=True)
    assert {type(answer) for answer in answers} == {NotFound}
    assert len({id(answer) for answer in answers}) == 20
    assert house.source.builds == 1
    house.source.failure = None
    assert (await ask(route)).body == BODY
    assert house.source.builds == 2


async def test_bug_in_a_build_is_a_500_without_its_text() -> None:
    house = House()
    route = house.route()
    house.source.failure = KeyError("secret column")
    with pytest.raises(Problem) as refused:
        await ask(route)
    assert refused.value.status == 500
    assert "secret" not in refused.value.sentence


async def test_visitor_who_leaves_does_not_end_the_build_for_the_others() -> None:
    house = House()
    route = house.route()
    house.source.gate.clear()
    first = asyncio.create_task(ask(route))
    await asyncio.sleep(0)
    second = asyncio.create_task(ask(route))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    house.source.gate.set()
    assert (await second).body == BODY
    assert first.cancelled()
    assert house.source.builds == 1
    assert x_cache(await ask(route)) == "HIT"


@pytest.mark.parametrize("how", ["tag", "prefix", "clear"])
async def test_invalidation_during_a_build_is_not_lost(how: str) -> None:
    house = House()
    route = house.route()
    house.source.gate.clear()
    before = asyncio.create_task(ask(route))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    house.source.body = b"newer"
    {
        "tag": lambda: house.cache.invalidate_tag("areas"),
        "prefix": lambda: house.cache.invalidate_prefix("/api/areas"),
        "clear": house.cache.clear,
    }[how]()
    # Who comes after the change does not join the build that began before it.
    after = asyncio.create_task(ask(route))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    house.source.gate.set()
    assert (await before).body == BODY
    assert (await after).body == b"newer"
    assert (await ask(route)).body == b"newer"


async def test_tag_drops_what_depends_on_it_and_nothing_else() -> None:
    house = House()
    areas = house.route("/api/areas/public", tags=("areas", "cameras"))
    site = house.route("/api/branding/public", tags=("site",))
    await ask(areas)
    await ask(site)
    assert house.cache.invalidate_tag("keys") == 0
    assert house.cache.invalidate_tag("cameras") == 1
    assert x_cache(await ask(areas)) == "MISS"
    assert x_cache(await ask(site)) == "HIT"


async def test_prefix_drops_paths_that_begin_so() -> None:
    house = House()
    public, filters = house.route("/api/areas/public"), house.route("/api/areas/filters")
    site = house.route("/api/branding/public")
    for route in (public, filters, site):
        await ask(route)
    assert house.cache.invalidate_prefix("/api/areas") == 2
    assert [x_cache(await ask(route)) for route in (public, filters, site)] == [
        "MISS",
        "MISS",
        "HIT",
    ]


@pytest.mark.parametrize("ttl", list(Ttl))
async def test_each_class_is_kept_for_its_time(ttl: Ttl) -> None:
    house = House()
    route = house.route(ttl=ttl)
    await ask(route)
    house.clock.wind(ttl.value - 0.1)
    assert x_cache(await ask(route)) == "HIT"
    house.clock.wind(60)
    assert x_cache(await ask(route)) == "MISS"
    assert house.source.builds == 2


def test_classes_are_those_of_the_contract() -> None:
    assert [ttl.value for ttl in Ttl] == [30, 120, 300, 900, 3600]


async def test_used_answer_is_renewed_behind_the_visitors_back() -> None:
    house = House()
    route = house.route(ttl=Ttl.SHORT)
    await ask(route)
    await ask(route)
    house.clock.wind(31)
    house.source.body = b"newer"
    assert (await ask(route)).body == BODY
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    renewed = await ask(route)
    assert (x_cache(renewed), renewed.body, house.source.builds) == ("HIT", b"newer", 2)


async def test_answer_that_nobody_used_is_not_handed_out_old() -> None:
    house = House()
    route = house.route(ttl=Ttl.SHORT)
    await ask(route)
    house.clock.wind(31)
    house.source.body = b"newer"
    assert (await ask(route)).body == b"newer"


async def test_last_good_answer_stands_in_while_nothing_can_be_built() -> None:
    house = House()
    route = house.route(ttl=Ttl.SHORT)
    await ask(route)
    house.source.failure = Unavailable("database.busy", "The database does not answer.")
    house.clock.wind(600)
    assert (await ask(route)).body == BODY
    house.cache.invalidate_tag("areas")
    with pytest.raises(Unavailable):
        await ask(route)


async def test_thing_that_is_gone_is_not_told_from_memory() -> None:
    house = House()
    route = house.route(ttl=Ttl.SHORT)
    await ask(route)
    house.source.failure = NotFound("area.unknown", "There is no such area.")
    house.clock.wind(600)
    with pytest.raises(NotFound):
        await ask(route)


async def test_defect_62_unknown_parameters_create_no_entries() -> None:
    house = House()
    plain, paged = house.route(), house.route("/api/areas/paged", parameters=("page",))
    await ask(plain)
    await ask(paged, "/api/areas/paged")
    for number in range(1, 10_001):
        await ask(plain, query=f"x={number}")
        await ask(paged, "/api/areas/paged", query=f"x={number}&y=1")
    stats = house.cache.stats()
    assert stats.keys == ("/api/areas/public", "/api/areas/paged")
    assert house.source.builds == 2
    assert stats.total.hits == 20_000


async def test_defect_62_declared_parameters_cannot_fill_the_memory() -> None:
    house = House(most_entries=50, most_bytes=10**6)
    route = house.route(parameters=("page",))
    for number in range(1, 1_001):
        await ask(route, query=f"page={number}")
        stats = house.cache.stats()
        assert len(stats.keys) <= 50
        assert stats.size_bytes <= 10**6
    assert stats.deletes == 950


async def test_least_used_answer_leaves_first() -> None:
    house = House(most_entries=2)
    route = house.route(parameters=("page",))
    for page in ("1", "2", "1", "3"):
        await ask(route, query=f"page={page}")
    house.cache.stats()
    assert house.cache.stats().keys == ("/api/areas/public?page=1", "/api/areas/public?page=3")


async def test_answer_larger_than_everything_is_served_and_not_kept() -> None:
    house = House(most_bytes=65_536)
    route = house.route()
    house.source.body = bytes(range(256)) * 1024
    assert x_cache(await ask(route)) == "MISS"
    assert x_cache(await ask(route)) == "MISS"
    assert house.cache.stats().size_bytes == 0


async def test_order_and_spelling_of_parameters_make_no_new_entry() -> None:
    house = House()
    route = house.route(parameters=("page", "area"))
    for query in ("page=2&area=a%20b", "area=a+b&page=2&x=1", "page=1&area=a b&page=2"):
        await ask(route, query=query.replace(" ", "%20"))
    assert house.source.asked == [{"page": "2", "area": "a b"}]


async def test_values_that_no_honest_client_sends_are_refused() -> None:
    route = House().route(parameters=("page",))
    with pytest.raises(Invalid) as refused:
        await ask(route, query="page=" + "9" * 101)
    assert refused.value.field == "page"
    with pytest.raises(Invalid):
        await ask(route, query="page=1&x=" + "y" * 2000)
    plain = House().route()
    assert (await ask(plain, query="x=" + "y" * 2000)).body == BODY


async def test_builds_at_once_are_bounded() -> None:
    house = House()
    route = house.route(parameters=("page",))
    house.source.gate.clear()
    crowd = [asyncio.create_task(ask(route, query=f"page={n}")) for n in range(100)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert house.source.builds == 32
    house.source.gate.set()
    answers = await asyncio.gather(*crowd, return_exceptions=True)
    assert sum(isinstance(answer, Unavailable) for answer in answers) == 68


async def test_everything_without_parameters_is_ready_before_the_first_visitor() -> None:
    house = House()
    routes = [house.route("/api/areas/public"), house.route("/api/branding/public")]
    await house.cache.warm_up()
    await house.cache.warm_up()
    assert house.source.builds == 2
    assert [x_cache(await ask(route)) for route in routes] == ["HIT", "HIT"]


async def test_failure_while_warming_up_leaves_the_work_to_the_first_visitor() -> None:
    house = House()
    route = house.route()
    house.source.failure = OSError("no database yet")
    await house.cache.warm_up()
    house.source.failure = None
    assert x_cache(await ask(route)) == "MISS"


async def test_answer_that_could_not_even_stand_in_leaves_by_itself() -> None:
    house = House()
    route = house.route(ttl=Ttl.SHORT)
    running = asyncio.create_task(house.cache.run())
    await ask(route)
    await house.clock.advance(3600)
    assert len(house.cache.stats().keys) == 1
    await house.clock.advance(60)
    stats = house.cache.stats()
    assert (stats.keys, stats.size_bytes, stats.deletes) == ((), 0, 1)
    running.cancel()


def test_two_endpoints_cannot_share_an_address() -> None:
    house = House()
    house.route()
    with pytest.raises(ValueError, match="cached already"):
        house.route()


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3000)), max_size=60),
    st.integers(1, 5),
    st.integers(5_000, 30_000),
)
def test_memory_is_counted_exactly_and_stays_within_both_limits(
    puts: list[tuple[int, int]], most_entries: int, most_bytes: int
) -> None:
    kept = KeptAnswers(most_entries=most_entries, most_bytes=most_bytes)
    for number, size_bytes in puts:
        entry = Entry("/p", frozenset(), Encoded(bytes(size_bytes)).warm(), 0.0)
        kept.put(str(number), entry)
        assert len(kept) <= most_entries
        assert kept.held_bytes == sum(each.cost_bytes for each in kept.entries()) <= most_bytes
        if entry.cost_bytes <= most_bytes:
            assert kept.use(str(number)) is entry
    assert all(one != two for one, two in pairwise(kept))
