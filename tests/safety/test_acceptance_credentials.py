"""Acceptance: what a credential is worth on the whole web process, and for how long."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from pantau.db.place import Place
from pantau.web.endpoints import rules_of
from tests.safety.house import PASSWORD, House, open_house
from tests.safety.outsider import page

pytestmark = pytest.mark.anyio

WRITES: Final = {"POST", "PUT", "PATCH", "DELETE"}
EXEMPT: Final = {
    "/api/auth/login",
    "/api/auth/second-factor",
    "/api/auth/refresh",
    # What any visitor may do, with no credential read: players that leave, a tap on a cached page.
    "/api/viewer/start",
    "/api/viewer/heartbeat",
    "/api/viewer/stop",
    "/api/viewer/quality",
    "/suara",
}


@pytest.fixture
async def house(anyio_backend: str, tmp_path: Path, database_place: Place) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data", database_place) as house:
        await house.add_user("boss", "admin")
        yield house


@pytest.fixture
async def plain_house(anyio_backend: str, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data") as house:
        await house.add_user("boss", "admin")
        yield house


async def writes_of(house: House) -> list[tuple[str, str]]:
    found = []
    for method, path, _ in rules_of(await house.application()):
        if method in WRITES and path not in EXEMPT:
            found.append((method, re.sub(r"\{[^}]+\}", "999999", path)))
    return found


async def test_no_write_of_a_cookie_session_goes_without_the_token(plain_house: House) -> None:
    house = plain_house
    cookie = (await house.sign_in("boss")).access_token
    good, other = house.csrf(), house.csrf()
    forged = "ab" * 32
    tries: dict[str, dict[str, str]] = {
        "neither": {},
        "header alone": {"x-csrf-token": good},
        "cookie alone": {"csrf_token": good},
        "two tokens": {"x-csrf-token": good, "csrf_token": other},
        "unsigned": {"x-csrf-token": forged, "csrf_token": forged},
        "empty": {"x-csrf-token": "", "csrf_token": ""},
        "in the address": {"csrf_token": good, "query": good},
    }
    wrong = []
    routes = await writes_of(house)
    assert len(routes) > 20
    for method, path in routes:
        for name, sent in tries.items():
            answer = await _send(house, method, path, cookie, sent)
            if (answer.status, answer.code) != (403, "csrf.invalid"):
                wrong.append(f"{method} {path}, {name}: {answer.status} {answer.code}")
            elif answer.json["error"] != "Forbidden" or answer.json["success"] is not False:
                wrong.append(f"{method} {path}: {answer.text}")
    assert wrong == []
    house.clock.ahead_s += 3_601
    cookie = (await house.sign_in("boss")).access_token
    aged = await _send(
        house, "POST", "/api/cache/clear", cookie, {"x-csrf-token": good, "csrf_token": good}
    )
    assert (aged.status, aged.code) == (403, "csrf.invalid")


async def _send(house: House, method: str, path: str, cookie: str, sent: dict[str, str]) -> Any:
    async with page(house) as visitor:
        visitor.keep("token", cookie)
        if "csrf_token" in sent:
            visitor.keep("csrf_token", sent["csrf_token"])
        if "query" in sent:
            path += f"?csrf_token={sent['query']}"
        headers = {"x-csrf-token": sent["x-csrf-token"]} if "x-csrf-token" in sent else {}
        return await visitor.ask(method, path, {}, **headers)


async def test_a_key_needs_no_token_and_lends_none_to_a_session(plain_house: House) -> None:
    house = plain_house
    key = await house.add_key("cache:write")
    answer = await house.ask("POST", "/api/cache/clear", key=key, json=None)
    assert answer.status == 200
    cookie = (await house.sign_in("boss")).access_token
    for more in (
        {"x_api_key": "f" * 64},
        {"x_api_key": "x"},
        {"authorization": "Bearer "},
        {"authorization": "Bearer x"},
        {"authorization": "Basic Ym9zczp4"},
    ):
        async with page(house) as visitor:
            visitor.keep("token", cookie)
            refused = await visitor.ask("POST", "/api/cache/clear", **more)
            assert refused.status in {401, 403}, more


async def test_another_site_writes_nothing_even_with_the_token(plain_house: House) -> None:
    house = plain_house
    cookie, token = (await house.sign_in("boss")).access_token, house.csrf()
    for more in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://cctv.example.evil.example"},
        {"sec_fetch_site": "cross-site", "origin": "https://evil.example"},
    ):
        async with page(house) as visitor:
            visitor.keep("token", cookie)
            visitor.keep("csrf_token", token)
            visitor.token = token
            refused = await visitor.ask("POST", "/api/cache/clear", {}, **more)
            assert (refused.status, refused.code) == (403, "origin.foreign"), more
            signing_in = await visitor.ask(
                "POST", "/api/auth/login", {"username": "boss", "password": PASSWORD}, **more
            )
            assert (signing_in.status, signing_in.cookies) == (403, {})


CHANGES: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("demoted", "PUT", "/api/users/{id}", {"role": "viewer"}),
    ("disabled", "PUT", "/api/users/{id}", {"disabled": True}),
    ("renamed", "PUT", "/api/users/{id}", {"username": "somebody-else"}),
    ("given a password", "PUT", "/api/users/{id}/password", {"password": "Another-Kettle-77x"}),
    ("signed out by an admin", "DELETE", "/api/users/{id}/sessions", None),
    ("deleted", "DELETE", "/api/users/{id}", None),
)


async def test_who_is_changed_is_out_with_the_next_request(house: House) -> None:
    boss = (await house.sign_in("boss")).access_token
    wrong = []
    for number, (what, method, path, body) in enumerate(CHANGES):
        name = f"target-{number}"
        user_id = await house.add_user(name, "admin")
        session = await house.sign_in(name)
        asked = ({"cookie": session.access_token}, {"bearer": session.access_token})
        for sent in asked:
            assert (await house.ask("GET", "/api/users", **sent)).status == 200
        done = await house.ask(method, path.format(id=user_id), json=body, bearer=boss)
        assert done.status == 200, done.text
        for sent in asked:
            for address in ("/api/users", "/admin", "/api/admin/audit", "/metrics"):
                answer = await house.ask("GET", address, **sent)
                if answer.status != 401:
                    wrong.append(f"{what}: {address} → {answer.status}")
        left = {"refreshToken": session.refresh_token}
        again = await house.ask("POST", "/api/auth/refresh", json=left)
        if again.status != 401:
            wrong.append(f"{what}: refresh → {again.status}")
    assert wrong == []


async def test_a_demoted_admin_comes_back_as_what_they_are(plain_house: House) -> None:
    house = plain_house
    boss = (await house.sign_in("boss")).access_token
    user_id = await house.add_user("target", "admin")
    await house.ask("PUT", f"/api/users/{user_id}", json={"role": "viewer"}, bearer=boss)
    back = (await house.sign_in("target")).access_token
    assert (await house.ask("GET", "/api/users", bearer=back)).status == 403
    promoting = await house.ask("PUT", f"/api/users/{user_id}", json={"role": "admin"}, cookie=back)
    assert promoting.status == 403


async def test_the_cache_is_the_admins_at_the_documented_addresses(plain_house: House) -> None:
    house = plain_house
    await house.add_user("eve", "viewer")
    boss, eve = await house.sign_in("boss"), await house.sign_in("eve")
    asked: tuple[tuple[str, str, Any], ...] = (
        ("GET", "/api/cache/stats", None),
        ("POST", "/api/cache/invalidate", {"pattern": "/api/areas"}),
        ("POST", "/api/cache/clear", None),
    )
    for method, path, body in asked:
        assert (await house.ask(method, path, json=body)).status == 401
        assert (await house.ask(method, path, json=body, cookie=eve.access_token)).status == 403
        answer = await house.ask(method, path, json=body, cookie=boss.access_token)
        assert (answer.status, answer.json["success"]) == (200, True)
        doubled = path.replace("/api/cache", "/api/cache/api/cache")
        assert (await house.ask(method, doubled, cookie=boss.access_token)).status == 404
        if path.endswith("stats"):
            assert {
                *("hits", "misses", "sets", "deletes", "invalidations", "hitRate", "size", "keys")
            } <= answer.json["data"].keys()
    empty = await house.ask(
        "POST", "/api/cache/invalidate", json={"pattern": ""}, cookie=boss.access_token
    )
    assert empty.status == 400
