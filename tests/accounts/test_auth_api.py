"""`/api/auth` over HTTP: bodies and cookies as existing clients know them."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pyotp
import pytest

from pantau.db.database import Database
from tests.accounts.door import PASSWORD, Door, door_on, winding
from tests.accounts.hub import FRIEND, Visit, hub_of
from tests.support.database import above_sql

pytestmark = pytest.mark.anyio

LOGIN = {"username": "siti", "password": PASSWORD}
BROWSER = {"sec_fetch_site": "same-origin"}


@pytest.fixture
async def door(database: Database) -> Door:
    door = door_on(database)
    await door.user()
    return door


@pytest.fixture
async def program(door: Door) -> AsyncIterator[Visit]:
    async with hub_of(door) as visit:
        yield visit


def without_cookies(visit: Visit) -> Visit:
    return Visit(visit.port, dict(visit.headers))


async def test_login_answers_as_documented(program: Visit, door: Door) -> None:
    status, told = await program.post("/api/auth/login", LOGIN)

    assert status == 200
    assert told["success"] is True
    data = told["data"]
    assert data.keys() == {"token", "refreshToken", "user"}
    assert data["user"] == {"id": 1, "username": "siti", "role": "admin"}
    cookies = program.set_cookies()
    assert cookies["token"] == {
        "value": data["token"],
        "Path": "/",
        "Max-Age": "3600",
        "HttpOnly": "",
        "SameSite": "Lax",
    }
    assert cookies["refreshToken"] == {
        "value": data["refreshToken"],
        "Path": "/api/auth/refresh",
        "Max-Age": "604800",
        "HttpOnly": "",
        "SameSite": "Lax",
    }
    assert program.last is not None
    assert program.last.header("cache-control") == "no-store"
    status, told = await program.get("/api/auth/verify")
    assert (status, told["data"]) == (
        200,
        {"user": {"id": 1, "username": "siti", "role": "admin"}},
    )


@above_sql
async def test_defect_18_secure_follows_the_scheme_that_was_used(program: Visit) -> None:
    await program.post("/api/auth/login", LOGIN)
    assert all("Secure" not in cookie for cookie in program.set_cookies().values())
    await program.post("/api/auth/login", LOGIN, x_forwarded_proto="https")
    assert all("Secure" in cookie for cookie in program.set_cookies().values())
    assert all(cookie["SameSite"] == "Lax" for cookie in program.set_cookies().values())


@above_sql
async def test_page_of_a_configured_site_gets_cookies_that_come_along(door: Door) -> None:
    async with hub_of(door, allowed=(FRIEND,)) as visit:
        await visit.post("/api/auth/login", LOGIN, origin=FRIEND, x_forwarded_proto="https")
        assert {cookie["SameSite"] for cookie in visit.set_cookies().values()} == {"None"}
        await visit.post("/api/auth/login", LOGIN, origin=FRIEND)
        assert {cookie["SameSite"] for cookie in visit.set_cookies().values()} == {"Lax"}


@above_sql
async def test_defect_19_browser_gets_no_token_that_a_script_could_read(program: Visit) -> None:
    status, told = await program.post("/api/auth/login", LOGIN, **BROWSER)
    assert status == 200
    assert (told["data"]["token"], told["data"]["refreshToken"]) == ("", "")
    status, told = await program.post("/api/auth/refresh", **BROWSER)
    assert status == 200
    assert told["data"] == {"token": "", "refreshToken": ""}
    assert (await program.get("/api/auth/verify"))[0] == 200


@above_sql
async def test_bearer_token_opens_without_cookies(program: Visit) -> None:
    _, told = await program.post("/api/auth/login", LOGIN)
    other = without_cookies(program)
    bearer = {"authorization": f"Bearer {told['data']['token']}"}
    assert (await other.get("/api/admin/secret", **bearer))[0] == 200
    assert (await other.get("/api/admin/secret"))[0] == 401
    wrong = {"authorization": f"Bearer {told['data']['refreshToken']}"}
    assert (await other.get("/api/admin/secret", **wrong))[0] == 401


@pytest.mark.parametrize("body", [None, {}, {"refreshToken": None}])
@above_sql
async def test_defect_67_refresh_takes_no_body(program: Visit, body: object) -> None:
    await program.post("/api/auth/login", LOGIN)
    status, told = await program.post("/api/auth/refresh", body)
    assert status == 200
    assert told["data"].keys() == {"token", "refreshToken"}
    assert program.set_cookies().keys() == {"token", "refreshToken"}


@above_sql
async def test_refresh_takes_the_token_from_the_body(program: Visit) -> None:
    _, told = await program.post("/api/auth/login", LOGIN)
    other = without_cookies(program)
    body = {"refreshToken": told["data"]["refreshToken"]}
    status, renewed = await other.post("/api/auth/refresh", body)
    assert status == 200
    bearer = {"authorization": f"Bearer {renewed['data']['token']}"}
    assert (await without_cookies(program).get("/api/auth/verify", **bearer))[0] == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, "auth.refresh_missing"),
        ({"refreshToken": "x"}, "auth.refresh_invalid"),
        ({"refreshToken": "x" * 4000}, "auth.refresh_invalid"),
    ],
)
@above_sql
async def test_refusals_of_refresh_have_a_text_each(
    program: Visit, body: object, code: str
) -> None:
    status, told = await program.post("/api/auth/refresh", body)
    assert (status, told["code"], told["success"]) == (401, code, False)


async def test_defect_12_logout_ends_everything_at_once(program: Visit) -> None:
    _, told = await program.post("/api/auth/login", LOGIN)
    refresh = told["data"]["refreshToken"]
    bearer = {"authorization": f"Bearer {told['data']['token']}"}

    status, _ = await program.post("/api/auth/logout", **await program.meant())

    assert status == 200
    cleared = program.set_cookies()
    assert {name: cookie["Path"] for name, cookie in cleared.items()} == {
        "token": "/",
        "refreshToken": "/api/auth/refresh",
    }
    assert all(cookie["Max-Age"] == "0" for cookie in cleared.values())
    assert {name for name, _ in program.jar} == {"csrf_token", "pantau_device"}
    other = without_cookies(program)
    assert (await other.get("/api/admin/secret", **bearer))[0] == 401
    assert (await other.post("/api/auth/refresh", {"refreshToken": refresh}))[0] == 401
    assert (await other.post("/api/auth/logout", **bearer))[0] == 401


@above_sql
async def test_logout_needs_the_csrf_token(program: Visit) -> None:
    await program.post("/api/auth/login", LOGIN)
    status, told = await program.post("/api/auth/logout")
    assert (status, told["code"]) == (403, "csrf.invalid")
    assert (await program.get("/api/auth/verify"))[0] == 200


@above_sql
async def test_csrf_token_is_documented_and_stays_valid_over_signing_in(program: Visit) -> None:
    status, told = await program.get("/api/auth/csrf")
    assert status == 200
    assert told["data"].keys() == {"token", "headerName", "expiresIn"}
    assert (told["data"]["headerName"], told["data"]["expiresIn"]) == ("X-CSRF-Token", 3600)
    assert program.set_cookies()["csrf_token"] == {
        "value": told["data"]["token"],
        "Path": "/",
        "Max-Age": "3600",
        "HttpOnly": "",
        "SameSite": "Strict",
    }
    await program.post("/api/auth/login", LOGIN)
    headers = {"x_csrf_token": told["data"]["token"]}
    assert (await program.post("/api/auth/logout", **headers))[0] == 200


@above_sql
async def test_tabs_share_their_csrf_token(program: Visit, door: Door) -> None:
    _, first = await program.get("/api/auth/csrf")
    await door.clock.advance(600)
    _, second = await program.get("/api/auth/csrf")
    assert second["data"]["token"] == first["data"]["token"]
    assert second["data"]["expiresIn"] == 3000


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "", "password": "x"}, "username"),
        ({"username": "x" * 51, "password": "x"}, "username"),
        ({"username": "x", "password": ""}, "password"),
        ({"username": "x", "password": "x" * 129}, "password"),
        ({"username": "x"}, "password"),
        ({"username": "x", "password": "x", "admin": True}, "admin"),
        ({"username": ["x"], "password": "x"}, "username"),
    ],
)
@above_sql
async def test_malformed_login_is_400_with_its_field(
    program: Visit, body: object, field: str
) -> None:
    status, told = await program.post("/api/auth/login", body)
    assert status == 400
    assert told["success"] is False
    assert [error["field"] for error in told["errors"]] == [field]


@above_sql
async def test_expired_password_is_told_and_opens_only_the_own_account(
    program: Visit, door: Door
) -> None:
    await door.user("tua", password_changed_at=door.clock.now() - timedelta(days=91))
    status, told = await program.post("/api/auth/login", {**LOGIN, "username": "tua"})
    assert status == 200
    assert told["data"]["passwordExpired"] is True
    assert "expired" in told["data"]["passwordExpiryMessage"]
    assert "passwordExpiryWarning" not in told["data"]
    status, told = await program.get("/api/admin/secret")
    assert (status, told["code"]) == (403, "access.password_expired")
    assert (await program.get("/api/auth/verify"))[0] == 200


@above_sql
async def test_password_that_expires_soon_is_told_as_an_object(program: Visit, door: Door) -> None:
    await door.user("lama", password_changed_at=door.clock.now() - timedelta(days=80))
    _, told = await program.post("/api/auth/login", {**LOGIN, "username": "lama"})
    warning = told["data"]["passwordExpiryWarning"]
    assert warning.keys() == {"shouldWarn", "daysRemaining", "message"}
    assert (warning["shouldWarn"], warning["daysRemaining"]) == (True, 10)
    assert "passwordExpired" not in told["data"]


async def test_second_factor_over_http(program: Visit, door: Door) -> None:
    await program.post("/api/auth/login", LOGIN)
    meant = await program.meant()
    path = "/api/auth/second-factor"
    _, offered = await program.post(f"{path}/enrol", {"password": PASSWORD}, **meant)
    totp = pyotp.TOTP(offered["data"]["secret"])

    def code() -> str:
        return totp.generate_otp(int(door.clock.unix_s()) // 30)

    status, told = await program.post(f"{path}/confirm", {"code": code()}, **meant)
    assert (status, len(told["data"]["recovery_codes"])) == (200, 10)
    assert (await program.get(path))[1]["data"] == {"enabled": True, "recovery_codes_left": 10}
    await door.clock.advance(60)

    fresh = without_cookies(program)
    status, told = await fresh.post("/api/auth/login", LOGIN)
    assert (status, told["code"]) == (401, "auth.second_factor")
    answer = {"challenge": told["challenge"], "code": code()}
    status, told = await fresh.post(path, answer)
    assert status == 200
    assert told["data"]["user"]["username"] == "siti"
    assert (await fresh.get("/api/admin/secret"))[0] == 200

    disabled = await program.post(f"{path}/disable", {"password": PASSWORD}, **meant)
    assert disabled[0] == 200


async def test_own_sessions_are_listed_and_ended(program: Visit) -> None:
    await program.post("/api/auth/login", LOGIN)
    phone = without_cookies(program)
    phone.headers["user-agent"] = "Mozilla/5.0 (iPhone) Safari/604.1"
    await phone.post("/api/auth/login", LOGIN)

    _, told = await program.get("/api/auth/sessions")
    assert {view["device"]: view["is_current"] for view in told["data"]} == {
        "Firefox": True,
        "Safari on iPhone": False,
    }
    assert {view["address"] for view in told["data"]} == {"203.0.113.9"}
    other = next(view["id"] for view in told["data"] if not view["is_current"])
    meant = await program.meant()
    assert (await program.ask("DELETE", f"/api/auth/sessions/{other}", **meant))[0] == 200
    assert (await phone.get("/api/auth/verify"))[0] == 401
    assert (await program.ask("DELETE", f"/api/auth/sessions/{other}", **meant))[0] == 404
    assert (await program.ask("DELETE", "/api/auth/sessions/x1", **meant))[0] == 400


@above_sql
async def test_sessions_of_others_are_not_among_ones_own(program: Visit, door: Door) -> None:
    await door.user("ani", "viewer")
    foreign = await door.sign_in("ani")
    await program.post("/api/auth/login", LOGIN)
    path = f"/api/auth/sessions/{foreign.session_id}"
    assert (await program.ask("DELETE", path, **await program.meant()))[0] == 404
    assert (await door.who(foreign.access_token)).is_known


async def test_signing_out_everywhere(program: Visit) -> None:
    await program.post("/api/auth/login", LOGIN)
    phone = without_cookies(program)
    await phone.post("/api/auth/login", LOGIN)
    status, _ = await program.post("/api/auth/logout-everywhere", **await program.meant())
    assert status == 200
    assert (await phone.get("/api/auth/verify"))[0] == 401
    assert {name for name, _ in program.jar} == {"csrf_token", "pantau_device"}


async def test_locked_address_is_told_when_to_come_back(program: Visit, door: Door) -> None:
    for number in range(10):
        body = {"username": f"name{number}", "password": "x"}
        asked = program.post("/api/auth/login", body)
        status, _ = await winding(door.clock, asked)
        assert status == 401
    status, told = await program.post("/api/auth/login", {**LOGIN, "username": "other"})
    assert (status, told["code"]) == (429, "auth.address_locked")
    assert told["retryAfter"] == 3600
    assert program.last is not None
    assert program.last.header("retry-after") == "3600"


@above_sql
async def test_defect_76_known_browser_gets_in_where_strangers_are_locked_out(
    program: Visit, door: Door
) -> None:
    await program.post("/api/auth/login", LOGIN)
    stranger = without_cookies(program)
    for _ in range(6):
        wrong = stranger.post("/api/auth/login", {**LOGIN, "password": "x"})
        assert (await winding(door.clock, wrong))[0] == 401
    assert (await winding(door.clock, stranger.post("/api/auth/login", LOGIN)))[0] == 401
    assert (await program.post("/api/auth/login", LOGIN))[0] == 200
