"""Acceptance: how often one visitor may ask the whole web process, and who that visitor is."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.safety.house import House, Told, open_house

pytestmark = pytest.mark.anyio

CLASSES: Final = (
    ("GET", "/api/openapi.json", 100),
    ("GET", "/api/auth/verify", 30),
    ("GET", "/api/admin/audit", 60),
)
SPOOFS: Final = ("x_forwarded_for", "x_real_ip", "forwarded", "cf_connecting_ip", "true_client_ip")


@pytest.fixture(params=["memory", "valkey"])
async def house(
    request: pytest.FixtureRequest, anyio_backend: str, tmp_path: Path
) -> AsyncIterator[House]:
    shared: dict[str, Any] = {}
    if request.param == "valkey":
        shared["shared_state_url"] = request.getfixturevalue("valkey_url")
    async with open_house(tmp_path / "data", limits={}, **shared) as house:
        yield house


async def test_one_request_more_than_the_limit_is_refused_and_told_when_to_come_back(
    house: House,
) -> None:
    for method, path, limit in CLASSES:
        me = "203.0.113.5"
        answers = [await house.ask(method, path, x_forwarded_for=me) for _ in range(limit)]
        assert {answer.status for answer in answers} <= {200, 401}
        lefts = [int(answer.headers["x-ratelimit-remaining"]) for answer in answers]
        assert lefts == list(range(limit - 1, -1, -1))

        refused = await house.ask(method, path, x_forwarded_for=me)
        assert refused.status == 429
        assert refused.headers["x-ratelimit-limit"] == str(limit)
        assert refused.headers["x-ratelimit-remaining"] == "0"
        resets_in_s = int(refused.headers["x-ratelimit-reset"]) - house.clock.unix_s()
        assert -1 <= resets_in_s <= 61
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert refused.json["success"] is False
        assert refused.json["message"]
        assert refused.json["retryAfter"] == int(refused.headers["retry-after"])
        other = await house.ask(method, path, x_forwarded_for="203.0.113.6")
        assert other.status != 429


async def test_requests_at_once_get_exactly_the_limit(house: House) -> None:
    asked = (house.ask("GET", "/api/admin/audit", x_forwarded_for="203.0.113.5") for _ in range(90))
    answers = await asyncio.gather(*asked)
    assert [answer.status for answer in answers].count(401) == 60


async def test_a_key_has_a_limit_of_its_own(house: House) -> None:
    key = await house.add_key("metrics:read")
    for _ in range(61):
        answer = await house.ask("GET", "/api/admin/cache/stats", key=key)
        assert (answer.status, answer.headers["x-ratelimit-limit"]) == (200, "600")
    keyless = await house.ask("GET", "/api/admin/cache/stats")
    assert keyless.headers["x-ratelimit-remaining"] == "59"


async def test_a_thousand_reads_behind_one_carrier_address_are_never_refused(
    house: House,
) -> None:
    paths = (
        "/api/stream",
        "/api/cameras/active",
        "/api/areas/public",
        "/api/branding/public",
        "/api/settings/map-center",
        "/api/config/public",
        "/wall.id.json",
        "/",
        "/hls/nothing/index.m3u8",
        "/api/thumbnails/9.jpg",
    )
    wrong: list[str] = []

    async def phone(first: int) -> None:
        for number in range(first, first + 50):
            path = f"{paths[number % len(paths)]}?visit={number}"
            answer = await house.ask("GET", path, x_forwarded_for="198.51.100.77")
            if answer.status not in {200, 404}:
                wrong.append(f"{path}: {answer.status}")

    await asyncio.gather(*(phone(50 * each) for each in range(20)))
    assert wrong == []


async def test_what_stands_before_the_proxys_own_word_counts_for_nothing(house: House) -> None:
    answers = [
        await house.ask("GET", "/api/auth/verify", x_forwarded_for=f"192.0.2.{n}, 203.0.113.5")
        for n in range(31)
    ]
    assert [answer.status for answer in answers].count(401) == 30
    assert answers[-1].status == 429


async def test_a_peer_that_is_no_proxy_cannot_claim_to_be_somebody_else(tmp_path: Path) -> None:
    async with open_house(tmp_path, trusted_proxies=("10.9.0.0/16",), limits={}) as house:
        answers: list[Told] = []
        for number in range(31):
            claims = dict.fromkeys(SPOOFS, f"192.0.2.{number}")
            answers.append(await house.ask("GET", "/api/auth/csrf", **claims))
        assert [answer.status for answer in answers] == [200] * 30 + [429]
        https = await house.ask("GET", "/api/stream", x_forwarded_proto="https")
        assert "strict-transport-security" not in https.headers
        assert all("Secure" not in answer.headers.get("set-cookie", "") for answer in answers)
