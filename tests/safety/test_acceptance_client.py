"""Acceptance: the reference's browser client, as it behaves on every page and in every tab."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from pantau.db.place import Place
from tests.safety.house import PASSWORD, House, open_house
from tests.safety.outsider import Heard, page

pytestmark = pytest.mark.anyio

FRIEND: Final = "https://admin.friend.example"
PATHS: Final = {"token": "/", "refreshToken": "/api/auth/refresh", "csrf_token": "/"}
AGES: Final = {"token": "3600", "refreshToken": "604800", "csrf_token": "3600"}


@pytest.fixture
async def house(anyio_backend: str, tmp_path: Path, database_place: Place) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data", database_place) as house:
        await house.add_user("boss", "admin")
        yield house


@pytest.fixture
async def plain_house(anyio_backend: str, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data", allowed_origins=(FRIEND,)) as house:
        await house.add_user("boss", "admin")
        yield house


def check_cookies(answer: Heard, *names: str, is_https: bool, same_site: str = "Lax") -> None:
    for name in names:
        cookie = dict(answer.cookies[name])
        assert cookie.pop("")
        expected = {
            "Path": PATHS[name],
            "Max-Age": AGES[name],
            "HttpOnly": "",
            "SameSite": "Strict" if name == "csrf_token" else same_site,
            **({"Secure": ""} if is_https else {}),
        }
        assert cookie == expected, name


@pytest.mark.parametrize("is_https", [False, True])
async def test_a_day_of_an_admin(house: House, *, is_https: bool) -> None:
    async with page(house, is_https=is_https, address="203.0.113.5") as admin:
        loaded = await admin.ask("GET", "/api/auth/csrf")
        check_cookies(loaded, "csrf_token", is_https=is_https)
        assert loaded.data["headerName"] == "X-CSRF-Token"
        assert loaded.data["expiresIn"] == 3600
        assert len(bytes.fromhex(loaded.data["token"])) == 32
        admin.token = loaded.data["token"]

        begun = await admin.sign_in("boss")
        check_cookies(begun, "token", "refreshToken", is_https=is_https)
        assert begun.data.keys() == {"token", "refreshToken", "user"}
        assert begun.data["user"].keys() == {"id", "username", "role"}

        # The token was fetched before signing in.
        helping = {"username": "helper", "password": PASSWORD, "role": "viewer"}
        made = await admin.ask("POST", "/api/users", helping)
        assert (made.status, made.json["success"]) == (201, True)
        listed = await admin.ask("GET", "/api/users")
        helper = next(user for user in listed.data if user["username"] == "helper")
        changed = await admin.ask("PUT", f"/api/users/{helper['id']}", {"role": "operator"})
        assert changed.status == 200
        doubled = await admin.ask("POST", "/api/users", helping)
        assert (doubled.status, doubled.json["errors"][0]["field"]) == (400, "username")

        before = admin.held("token")
        renewed = await admin.ask("POST", "/api/auth/refresh")
        assert renewed.data.keys() == {"token", "refreshToken"}
        check_cookies(renewed, "token", "refreshToken", is_https=is_https)
        assert admin.held("token") not in {before, ""}
        assert (await admin.ask("DELETE", f"/api/users/{helper['id']}")).status == 200

        kept, body = admin.held("token"), {"refreshToken": admin.held("refreshToken")}
        assert len(kept) > 40
        assert len(body["refreshToken"]) > 40
        left = await admin.ask("POST", "/api/auth/logout")
        assert left.status == 200
        assert {left.cookies[name]["Max-Age"] for name in ("token", "refreshToken")} == {"0"}
        assert {left.cookies[name][""] for name in ("token", "refreshToken")} == {""}
        assert not await admin.is_in()
        assert (await admin.ask("POST", "/api/auth/refresh")).status == 401
        # Nor is anything left of what somebody may have copied.
        assert (await admin.ask("POST", "/api/auth/refresh", body)).status == 401
        for sent in ({"cookie": f"token={kept}"}, {"authorization": f"Bearer {kept}"}):
            assert (await admin.ask("GET", "/api/auth/verify", **sent)).status == 401


async def test_all_tabs_refresh_at_once_and_all_stay_in(house: House) -> None:
    async with page(house) as tabs:
        await tabs.load()
        begun = await tabs.sign_in("boss")
        used = begun.data["refreshToken"]
        for _ in range(3):
            answers = await asyncio.gather(
                *(tabs.ask("POST", "/api/auth/refresh") for _ in range(8))
            )
            assert {answer.status for answer in answers} == {200}
            assert len({answer.data["token"] for answer in answers}) == 1
            everywhere = await asyncio.gather(*(tabs.is_in() for _ in range(4)))
            assert all(everywhere)
            house.clock.ahead_s += 6

        async with page(house) as thief:
            stolen = await thief.ask("POST", "/api/auth/refresh", {"refreshToken": used})
            assert (stolen.status, stolen.code) == (401, "auth.refresh_reused")
        assert not await tabs.is_in()
        assert (await tabs.ask("POST", "/api/auth/refresh")).status == 401


async def test_another_browser_gets_nothing_for_a_used_token_within_the_grace_either(
    plain_house: House,
) -> None:
    async with page(plain_house) as owner, page(plain_house) as thief:
        used = (await owner.sign_in("boss")).data["refreshToken"]
        await owner.ask("POST", "/api/auth/refresh")
        thief.sent["user-agent"] = "curl/8"
        stolen = await thief.ask("POST", "/api/auth/refresh", {"refreshToken": used})
        assert stolen.status == 401
        assert not await owner.is_in()


async def test_refusals_say_one_thing_each_and_set_no_cookie(plain_house: House) -> None:
    async with page(plain_house) as admin:
        await admin.load()
        wrong = await admin.sign_in("boss", "Wrong-Kettle-42")
        unknown = await admin.sign_in("nobody", PASSWORD)
        for answer in (wrong, unknown):
            assert answer.status == 401
            assert answer.cookies == {}
            assert answer.json["success"] is False
        assert wrong.json["message"] == unknown.json["message"]
        missing = await admin.ask("POST", "/api/auth/refresh")
        rubbish = await admin.ask("POST", "/api/auth/refresh", {"refreshToken": "x" * 90})
        no_one = await admin.ask("GET", "/api/auth/verify")
        broken = await admin.ask("GET", "/api/auth/verify", authorization="Bearer x")
        texts = [each.json["message"] for each in (missing, rubbish, no_one, broken)]
        assert len(set(texts)) == 4
        assert {each.status for each in (missing, rubbish, no_one, broken)} == {401}


async def test_an_old_password_is_announced_and_then_must_go(plain_house: House) -> None:
    house = plain_house
    async with page(house) as admin:
        house.clock.ahead_s += 80 * 86_400
        await admin.load()
        warned = await admin.sign_in("boss")
        warning = warned.data["passwordExpiryWarning"]
        assert warning.keys() == {"shouldWarn", "daysRemaining", "message"}
        assert warning["shouldWarn"] is True
        assert warning["daysRemaining"] == 10
        assert "10" in warning["message"]
        assert "passwordExpired" not in warned.data
        assert (await admin.ask("GET", "/api/users/profile")).data["passwordExpiryWarning"]

        house.clock.ahead_s += 11 * 86_400
        await admin.load()
        expired = await admin.sign_in("boss")
        assert expired.data["passwordExpired"] is True
        assert expired.data["passwordExpiryMessage"]
        assert "passwordExpiryWarning" not in expired.data
        assert (await admin.ask("GET", "/api/users")).status == 403
        body = {"current_password": PASSWORD, "new_password": "Another-Kettle-77x"}
        assert (await admin.ask("PUT", "/api/users/profile/password", body)).status == 200
        assert (await admin.ask("GET", "/api/users")).status == 200


async def test_a_configured_site_signs_in_from_elsewhere_and_no_other_does(
    plain_house: House,
) -> None:
    async with page(plain_house, is_https=True, origin=FRIEND) as friend:
        loaded = await friend.ask("GET", "/api/auth/csrf")
        for answer in (loaded, await friend.sign_in("boss")):
            assert answer.headers["access-control-allow-origin"] == FRIEND
            assert answer.headers["access-control-allow-credentials"] == "true"
            assert "Origin" in answer.headers["vary"]
        check_cookies(answer, "token", "refreshToken", is_https=True, same_site="None")
        # A write from there needs the token to come along as well.
        assert loaded.cookies["csrf_token"]["SameSite"] == "None"
        friend.token = loaded.data["token"]
        assert (await friend.ask("POST", "/api/cache/clear")).status == 200
        assert (await friend.ask("GET", "/api/stream")).headers[
            "access-control-allow-origin"
        ] == FRIEND
    async with page(plain_house, is_https=True, origin="https://evil.example") as stranger:
        refused = await stranger.sign_in("boss")
        assert (refused.status, refused.cookies) == (403, {})
        assert refused.headers.get("access-control-allow-credentials") is None
