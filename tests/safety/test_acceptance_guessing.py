"""Acceptance: guessing passwords over the whole web process, from one place and from many."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any, Final

import pytest

from tests.safety.house import PASSWORD, WIDE, House, Told, open_house
from tests.safety.outsider import make_delays_free, page

pytestmark = pytest.mark.anyio

WRONG: Final = "Wrong-Kettle-42"


@pytest.fixture(params=["memory", "valkey"])
async def houses(
    request: pytest.FixtureRequest, anyio_backend: str, tmp_path: Path
) -> AsyncIterator[list[House]]:
    """One process that counts by itself, or two that count together."""
    shared: dict[str, Any] = {}
    if request.param == "valkey":
        shared["shared_state_url"] = request.getfixturevalue("valkey_url")
    async with AsyncExitStack() as stack:
        found = [
            await stack.enter_async_context(open_house(tmp_path / "data", **shared))
            for _ in range(2 if shared else 1)
        ]
        await found[0].add_user("boss", "admin")
        await found[0].add_user("budi", "viewer")
        for house in found:
            make_delays_free(house)
        yield found


@pytest.fixture
async def house(anyio_backend: str, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data", limits=WIDE) as house:
        await house.add_user("boss", "admin")
        await house.add_user("budi", "viewer")
        yield house


async def guess(house: House, name: str, password: str = WRONG, at: str = "203.0.113.5") -> Told:
    body = {"username": name, "password": password}
    return await house.ask("POST", "/api/auth/login", json=body, x_forwarded_for=at)


async def failures(house: House, name: str) -> int:
    """Return how many guesses of the password of `name` were really looked at."""
    attempts = house.accounts.signing_in.attempts
    count = attempts._account(name)
    return await attempts._counters.count(count.failed_key, within_s=900)


async def test_fifty_guesses_at_once_from_everywhere_are_five(houses: list[House]) -> None:
    """Forty-nine wrong ones and the right one: once five were looked at, it is too late."""
    asked = [
        guess(houses[number % len(houses)], "boss", at=f"192.0.2.{number}") for number in range(49)
    ]
    answers = await asyncio.gather(*asked)
    late = await guess(houses[0], "boss", PASSWORD, at="192.0.2.200")

    assert {answer.status for answer in answers} <= {401, 429}
    assert {answer.code for answer in answers} <= {"auth.failed", "auth.queue_full"}
    assert (late.status, late.code) == (401, "auth.failed")
    assert await failures(houses[0], "boss") == 5


async def test_fifty_guesses_at_once_from_one_address_are_ten(houses: list[House]) -> None:
    asked = [guess(houses[n % len(houses)], f"name-{n}") for n in range(50)]
    answers = await asyncio.gather(*asked)

    assert sum(answer.status == 401 for answer in answers) <= 10
    # Also the right password, while the address is locked; everybody else is free to sign in.
    for house in houses:
        refused = await guess(house, "boss", PASSWORD)
        assert refused.status == 429
        assert 3500 <= int(refused.headers["retry-after"]) <= 3600
        assert refused.json["retryAfter"] == int(refused.headers["retry-after"])
        assert (await guess(house, "boss", PASSWORD, at="203.0.113.6")).status == 200


async def test_a_known_device_gets_in_where_strangers_are_locked_out(houses: list[House]) -> None:
    house = houses[-1]
    async with page(house, address="203.0.113.9") as owner:
        await owner.sign_in("boss")
        await owner.load()
        await owner.ask("POST", "/api/auth/logout")
        for number in range(6):
            await guess(houses[0], "boss", at=f"192.0.2.{number}")
        assert (await guess(house, "boss", PASSWORD, at="192.0.2.99")).status == 401
        assert (await owner.sign_in("boss")).status == 200
        # The same device is a stranger to every other account.
        for number in range(6):
            await guess(houses[0], "budi", at=f"192.0.2.{100 + number}")
        assert (await owner.sign_in("budi")).status == 401


async def test_an_admin_unlocks_an_account(houses: list[House]) -> None:
    for number in range(6):
        await guess(houses[0], "budi", at=f"192.0.2.{number}")
    assert (await guess(houses[-1], "budi", PASSWORD, at="192.0.2.99")).status == 401
    async with page(houses[-1], address="203.0.113.9") as admin:
        await admin.load()
        await admin.sign_in("boss")
        users = (await admin.ask("GET", "/api/users")).data
        budi = next(user for user in users if user["username"] == "budi")
        assert (await admin.ask("POST", f"/api/users/{budi['id']}/unlock")).status == 200
    assert (await guess(houses[0], "budi", PASSWORD, at="192.0.2.99")).status == 200


async def test_nothing_tells_unknown_wrong_and_locked_apart(house: House) -> None:
    slept = make_delays_free(house)
    await house.add_user("locked", "viewer")
    for number in range(5):
        await guess(house, "locked", at=f"192.0.2.{number}")
    kinds: dict[str, tuple[str, str]] = {
        "unknown": ("nobody", WRONG),
        "wrong": ("boss", WRONG),
        "locked": ("locked", WRONG),
        "locked, right password": ("locked", PASSWORD),
    }
    shapes, work_s = {}, {}
    for name, (username, password) in kinds.items():
        spent = []
        for number in range(3):
            slept.clear()
            began_s = time.process_time()
            answer = await guess(house, username, password, at=f"198.51.{len(name)}.{number}")
            spent.append(time.process_time() - began_s)
        secret = {"request_id", "date", "x-request-id"}
        shapes[name] = (
            answer.status,
            {key: value for key, value in answer.json.items() if key not in secret},
            sorted(answer.headers.keys()),
        )
        work_s[name] = median(spent)
    for name, shape in shapes.items():
        assert shape == shapes["wrong"], name
    assert max(work_s.values()) < 2.5 * min(work_s.values()), work_s


async def test_waiting_comes_before_the_work_and_grows(house: House) -> None:
    slept = make_delays_free(house)
    for network, name in enumerate(("boss", "nobody")):
        slept.clear()
        for number in range(6):
            await guess(house, name, at=f"192.0.{network}.{number}")
        # The sixth meets a locked account, and waits no less for it.
        assert slept == [1, 2, 4, 8, 8], name


async def test_spoofed_addresses_give_no_new_guesses(tmp_path: Path) -> None:
    async with open_house(tmp_path, trusted_proxies=("10.9.0.0/16",)) as house:
        make_delays_free(house)
        answers = [await guess(house, f"name-{n}", at=f"192.0.2.{n}") for n in range(11)]
        assert [answer.status for answer in answers] == [401] * 10 + [429]


async def test_the_form_of_the_sign_in_page_is_no_way_around(house: House) -> None:
    make_delays_free(house)
    for number in range(6):
        await guess(house, "boss", at=f"192.0.2.{number}")
    token = house.csrf()
    async with page(house, address="192.0.2.77") as stranger:
        stranger.keep("csrf_token", token)
        url = f"http://127.0.0.1:{house.port}/admin/sign-in"
        form = {"csrf_token": token, "username": "boss", "password": PASSWORD}
        async with stranger.http.post(
            url, data=form, headers=stranger.sent, allow_redirects=False
        ) as answer:
            assert answer.status == 401
            assert "token=" not in answer.headers.get("set-cookie", "").replace("csrf_token=", "")
