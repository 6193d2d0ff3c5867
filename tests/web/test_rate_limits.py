"""Limits on real sockets: what is counted, for whom, and what the refused are told."""

import asyncio

import pytest

from pantau.settings import LimitSettings
from pantau.web.shared_counters import SharedCounters
from tests.support.clock import HandWoundClock
from tests.web.guarded import EXPIRED_KEY, KEY, Hub, ask, ask_on, envelope, guarded_hub
from tests.web.http_peer import Answer, visiting

pytestmark = pytest.mark.anyio

FEW = LimitSettings(
    public_per_minute=5,
    auth_per_minute=3,
    admin_per_minute=4,
    reads_per_minute=8,
    key_per_minute=6,
)


async def statuses(hub: Hub, target: str, times: int, **headers: str) -> list[int]:
    return [answer.status for answer in await many(hub, target, times, **headers)]


async def many(
    hub: Hub, target: str, times: int, method: str = "GET", **headers: str
) -> list[Answer]:
    fields = {"x_forwarded_for": "203.0.113.1", **headers}
    async with visiting(hub.port) as visitor:
        return [await ask_on(visitor, target, method, **fields) for _ in range(times)]


async def test_the_hundred_and_first_request_of_a_minute_is_refused_and_told_when_to_return() -> (
    None
):
    async with guarded_hub() as hub:
        answers = await many(hub, "/api/search?limit=1", 101)
        assert [answer.status for answer in answers[:100]] == [200] * 100
        assert [answers[at].header("x-ratelimit-remaining") for at in (0, 50, 99)] == [
            "99",
            "49",
            "0",
        ]
        refused = answers[100]
        assert refused.status == 429
        assert refused.header("retry-after") == "60"
        assert envelope(refused)["retryAfter"] == 60
        assert envelope(refused)["code"] == "rate.exceeded"
        assert refused.header("x-ratelimit-limit") == "100"
        assert refused.header("x-ratelimit-remaining") == "0"
        assert refused.header("x-ratelimit-reset") == str(int(hub.clock.unix_s()) + 60)
        assert hub.events == [("RATE_LIMIT_EXCEEDED", {"rate_class": "public", "limit": 100})]
        hub.clock.wind(60.1)
        assert (await ask(hub, "/api/search?limit=1")).status == 200


@pytest.mark.parametrize(
    ("method", "target", "limit"),
    [
        ("GET", "/api/kept", 5),
        ("GET", "/api/nowhere", 5),
        ("GET", "/nowhere", 5),
        ("GET", "/api/auth/csrf", 3),
        ("POST", "/api/auth/login", 3),
        ("POST", "/admin/sign-in", 3),
        ("GET", "/api/admin/stats", 4),
        ("GET", "/api/admin/nowhere", 4),
        ("GET", "/api/users", 5),
        ("POST", "/api/cache/clear", 5),
        ("POST", "/admin/rename", 4),
        ("GET", "/admin", 8),
        ("POST", "/api/viewer/start", 8),
        ("GET", "/api/list", 8),
        ("HEAD", "/api/list", 8),
        ("GET", "/", 8),
        ("GET", "/hls/nobody", 8),
    ],
)
async def test_each_address_of_the_hub_has_the_limit_of_its_class(
    method: str, target: str, limit: int
) -> None:
    async with guarded_hub(limits=FEW) as hub:
        answers = await many(hub, target, limit + 2, method, **hub.meant())
        refused = [answer.status == 429 for answer in answers]
        assert refused == [False] * limit + [True] * 2
        assert answers[-1].header("retry-after")
        assert answers[-1].header("x-content-type-options") == "nosniff"
        assert "RATE_LIMIT_EXCEEDED" in hub.said


async def test_what_is_there_of_streams_and_health_is_never_refused() -> None:
    async with guarded_hub(limits=FEW) as hub:
        assert set(await statuses(hub, "/hls/there.mp4", 40)) == {200}
        assert set(await statuses(hub, "/health", 40)) == {200}
        assert set(await statuses(hub, "/hls/gone.mp4", 8)) == {404}
        assert set(await statuses(hub, "/hls/gone.mp4", 2)) == {429}
        assert set(await statuses(hub, "/hls/there.mp4", 10)) == {200}


async def test_a_thousand_phones_behind_one_address_meet_no_limit() -> None:
    async with guarded_hub() as hub:
        assert set(await statuses(hub, "/api/list", 1500)) == {200}
        assert set(await statuses(hub, "/hls/there.mp4", 1500)) == {200}


async def test_classes_and_addresses_have_counts_of_their_own() -> None:
    async with guarded_hub(limits=FEW) as hub:
        assert set(await statuses(hub, "/api/kept", 6)) == {200, 429}
        assert await statuses(hub, "/api/list", 1) == [200]
        assert await statuses(hub, "/api/auth/csrf", 1) == [200]
        assert await statuses(hub, "/api/kept", 1, x_forwarded_for="203.0.113.2") == [200]


async def test_parallel_requests_cannot_exceed_the_limit() -> None:
    async with guarded_hub(limits=FEW) as hub:
        answers = await asyncio.gather(*(ask(hub, "/api/auth/csrf") for _ in range(40)))
        assert sorted(answer.status for answer in answers) == [200] * 3 + [429] * 37


async def test_two_processes_share_one_limit(valkey_url: str) -> None:
    clock = HandWoundClock()
    shared = [SharedCounters(valkey_url, clock) for _ in range(2)]
    async with (
        guarded_hub(limits=FEW, clock=clock, counters=shared[0]) as one,
        guarded_hub(limits=FEW, clock=clock, counters=shared[1]) as other,
    ):
        answers = await asyncio.gather(
            *(ask(hub, "/api/auth/csrf") for _ in range(10) for hub in (one, other))
        )
    assert sorted(answer.status for answer in answers) == [200] * 3 + [429] * 17
    for counters in shared:
        assert counters.answers
        await counters.close()


async def test_a_server_of_counts_that_is_away_refuses_and_admits_as_before() -> None:
    clock = HandWoundClock()
    counters = SharedCounters("redis://127.0.0.1:1/0", clock)
    async with guarded_hub(limits=FEW, clock=clock, counters=counters) as hub:
        assert await statuses(hub, "/api/auth/csrf", 5) == [200] * 3 + [429] * 2
    await counters.close()


async def test_defect_13_behind_a_proxy_each_visitor_has_a_limit_of_its_own() -> None:
    async with guarded_hub(limits=FEW) as hub:
        for number in range(20):
            visitor = f"198.51.100.{number}"
            assert await statuses(hub, "/api/kept", 2, x_forwarded_for=visitor) == [200] * 2


@pytest.mark.parametrize(
    "spoofed",
    [
        {"x_forwarded_for": "198.51.100.{n}"},
        {"x_real_ip": "198.51.100.{n}"},
        {"cf_connecting_ip": "198.51.100.{n}"},
        {"forwarded": "for=198.51.100.{n}"},
        {"x_client_ip": "198.51.100.{n}"},
    ],
)
async def test_defect_14_a_visitor_gets_no_new_count_by_claiming_to_be_another(
    spoofed: dict[str, str],
) -> None:
    async with guarded_hub(limits=FEW, trusted=()) as hub:
        found = [
            (await ask(hub, "/api/kept", **{k: v.format(n=n) for k, v in spoofed.items()})).status
            for n in range(6)
        ]
        assert found == [200] * 5 + [429]


async def test_defect_14_what_a_visitor_puts_before_the_proxys_word_counts_for_nothing() -> None:
    async with guarded_hub(limits=FEW) as hub:
        found = [
            (await ask(hub, "/api/kept", x_forwarded_for=f"198.51.100.{n}, 203.0.113.1")).status
            for n in range(6)
        ]
        assert found == [200] * 5 + [429]


async def test_one_line_of_the_new_internet_is_one_address() -> None:
    async with guarded_hub(limits=FEW) as hub:
        found = [
            (await ask(hub, "/api/kept", x_forwarded_for=f"2001:db8:1:2::{n:x}")).status
            for n in range(6)
        ]
        assert found == [200] * 5 + [429]
        assert (await ask(hub, "/api/kept", x_forwarded_for="2001:db8:1:3::1")).status == 200


async def test_a_proxy_that_names_nobody_is_limited_in_everything_but_reads() -> None:
    async with guarded_hub(limits=FEW) as hub, visiting(hub.port) as proxy:
        assert {(await proxy.ask("/api/list")).status for _ in range(30)} == {200}
        assert {(await proxy.ask("/hls/gone.mp4")).status for _ in range(30)} == {404}
        found = [(await proxy.ask("/api/auth/csrf")).status for _ in range(5)]
        assert found == [200] * 3 + [429] * 2


async def test_an_api_key_has_a_count_of_its_own_wherever_it_comes_from() -> None:
    async with guarded_hub(limits=FEW) as hub:
        found = [
            (await ask(hub, "/api/kept", x_api_key=KEY, x_forwarded_for=f"198.51.100.{n}")).status
            for n in range(8)
        ]
        assert found == [200] * 6 + [429] * 2
        # The addresses themselves have used up nothing.
        assert await statuses(hub, "/api/kept", 5, x_forwarded_for="198.51.100.1") == [200] * 5


async def test_wrong_api_keys_are_told_counted_and_then_not_even_looked_up() -> None:
    async with guarded_hub(limits=FEW) as hub:
        answers = [(await ask(hub, "/api/kept", x_api_key=f"{n:064x}")).status for n in range(20)]
        assert answers == [200] * 5 + [429] * 15
        assert hub.events[0] == ("API_KEY_INVALID", {"reason": "invalid"})
        assert hub.people.asked <= 6


async def test_a_key_that_has_expired_has_no_count_of_its_own_any_more() -> None:
    async with guarded_hub(limits=FEW) as hub:
        assert await statuses(hub, "/api/kept", 6, x_api_key=EXPIRED_KEY) == [200] * 5 + [429]
        assert hub.events[0] == ("API_KEY_INVALID", {"reason": "expired"})


async def test_reads_say_how_many_are_left_where_programs_read() -> None:
    async with guarded_hub(limits=FEW) as hub:
        answer = await ask(hub, "/api/list")
        assert answer.header("x-ratelimit-limit") == "8"
        assert answer.header("x-ratelimit-remaining") == "7"
        assert int(answer.header("x-ratelimit-reset")) == int(hub.clock.unix_s()) + 60
        assert (await ask(hub, "/")).header("x-ratelimit-limit") == ""
        assert (await ask(hub, "/admin")).header("x-ratelimit-limit") == "8"
        hub.clock.wind(61)
        assert (await ask(hub, "/api/list")).header("x-ratelimit-remaining") == "7"


async def test_a_flood_of_reads_is_told_once_a_minute() -> None:
    async with guarded_hub(limits=FEW) as hub:
        await statuses(hub, "/api/list", 30)
        assert hub.said == ["RATE_LIMIT_EXCEEDED"]
        hub.clock.wind(61)
        await statuses(hub, "/api/list", 30)
        assert hub.said == ["RATE_LIMIT_EXCEEDED"] * 2


async def test_browsers_that_ask_too_often_get_a_page() -> None:
    async with guarded_hub(limits=FEW) as hub:
        pages = await many(hub, "/", 9, accept="text/html")
        assert pages[-1].status == 429
        assert pages[-1].header("content-type").startswith("text/html")
        assert pages[-1].header("retry-after") == "60"
