"""Every route × everybody who might come: who gets in, and who does not."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from pantau.db.place import Place
from pantau.web.access import SCOPES
from pantau.web.endpoints import rules_of
from tests.safety.house import CLIENT, House, open_house

pytestmark = pytest.mark.anyio

EVERYBODY: Final = "everybody"
PEOPLE: Final = "people"
ADMINS: Final = "admins"

ROWS: Final[Mapping[tuple[str, str], tuple[str, str | None]]] = {
    # route: who may use it with a session, and the scope that opens it to an API key
    ("GET", "/api/auth/csrf"): (EVERYBODY, None),
    ("POST", "/api/auth/login"): (EVERYBODY, None),
    ("POST", "/api/auth/second-factor"): (EVERYBODY, None),
    ("POST", "/api/auth/refresh"): (EVERYBODY, None),
    ("POST", "/api/auth/logout"): (PEOPLE, None),
    ("GET", "/api/auth/verify"): (PEOPLE, None),
    ("GET", "/api/auth/sessions"): (PEOPLE, None),
    ("DELETE", "/api/auth/sessions/{session_id}"): (PEOPLE, None),
    ("POST", "/api/auth/logout-everywhere"): (PEOPLE, None),
    ("GET", "/api/auth/second-factor"): (PEOPLE, None),
    ("POST", "/api/auth/second-factor/enrol"): (PEOPLE, None),
    ("POST", "/api/auth/second-factor/confirm"): (PEOPLE, None),
    ("POST", "/api/auth/second-factor/disable"): (PEOPLE, None),
    ("POST", "/api/auth/second-factor/recovery-codes"): (PEOPLE, None),
    ("GET", "/api/users/password-requirements"): (EVERYBODY, None),
    ("GET", "/api/users/profile"): (PEOPLE, None),
    ("PUT", "/api/users/profile"): (PEOPLE, None),
    ("PUT", "/api/users/profile/password"): (PEOPLE, None),
    ("GET", "/api/users"): (ADMINS, None),
    ("POST", "/api/users"): (ADMINS, None),
    ("GET", "/api/users/{user_id}"): (ADMINS, None),
    ("PUT", "/api/users/{user_id}"): (ADMINS, None),
    ("DELETE", "/api/users/{user_id}"): (ADMINS, None),
    ("PUT", "/api/users/{user_id}/password"): (ADMINS, None),
    ("POST", "/api/users/{user_id}/unlock"): (ADMINS, None),
    ("DELETE", "/api/users/{user_id}/second-factor"): (ADMINS, None),
    ("GET", "/api/users/{user_id}/sessions"): (ADMINS, None),
    ("DELETE", "/api/users/{user_id}/sessions"): (ADMINS, None),
    ("DELETE", "/api/users/{user_id}/sessions/{session_id}"): (ADMINS, None),
    ("GET", "/api/admin/api-keys"): (ADMINS, None),
    ("POST", "/api/admin/api-keys"): (ADMINS, None),
    ("DELETE", "/api/admin/api-keys/{key_id}"): (ADMINS, None),
    ("GET", "/api/admin/audit"): (ADMINS, None),
    ("GET", "/api/admin/audit/names"): (ADMINS, None),
    ("GET", "/api/admin/audit/verify"): (ADMINS, None),
    ("GET", "/api/admin/audit.csv"): (ADMINS, None),
    ("GET", "/api/cache/stats"): (ADMINS, "metrics:read"),
    ("POST", "/api/cache/invalidate"): (ADMINS, "cache:write"),
    ("POST", "/api/cache/clear"): (ADMINS, "cache:write"),
    ("GET", "/api/admin/cache/stats"): (ADMINS, "metrics:read"),
    ("POST", "/api/admin/cache/clear"): (ADMINS, "cache:write"),
    ("GET", "/api/admin/database/stats"): (ADMINS, "metrics:read"),
    ("GET", "/metrics"): (ADMINS, "metrics:read"),
    ("GET", "/api/openapi.json"): (EVERYBODY, None),
}
HOT: Final = frozenset(
    {
        "/",
        "/api/areas/filters",
        "/api/areas/public",
        "/api/branding/public",
        "/api/cameras/active",
        "/api/config/manifest",
        "/api/config/public",
        "/api/config/version",
        "/api/health",
        "/api/settings/landing-page",
        "/api/settings/map-center",
        "/api/stream",
        "/favicon.ico",
        "/health",
        "/health/live",
        "/health/ready",
        "/robots.txt",
        "/wall.en.json",
        "/wall.id.json",
    }
)
"""Addresses of the fast lane: anybody may read them, nobody may write to them."""
HOT_PREFIXES: Final = frozenset(
    {"/api/thumbnails/", "/api/stream/", "/kamera/", "/assets/", "/hls/", "/k/"}
)
DENIED: Final = {401, 403}
ENDS_SESSIONS: Final = frozenset({"/api/auth/logout", "/api/auth/logout-everywhere"})


@dataclass(frozen=True)
class Caller:
    """Somebody with a credential; `may` tells what the rows mean for them."""

    name: str
    role: str = ""
    scope: str = ""
    sent: Mapping[str, str] | None = None

    def may(self, who: str, scope: str | None) -> bool:
        if who == EVERYBODY:
            return True
        if self.scope:
            return self.scope == scope
        return self.role in ({"admin"} if who == ADMINS else {"admin", "operator", "viewer"})


@pytest.fixture
async def house(anyio_backend: str, tmp_path: Path, database_place: Place) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data", database_place) as house:
        yield house


async def callers(house: House) -> list[Caller]:
    """Return one of each kind."""
    await house.add_user("admin-a", "admin")
    found = []
    aged, gone = await house.sign_in("admin-a"), await house.sign_in("admin-a")
    house.clock.ahead_s += house.base.settings.accounts.access_s + 1
    await house.sign_out(gone)
    renewed = await house.sign_in("admin-a")
    await house.accounts.signing_in.sign_ins.refresh(renewed.refresh_token, CLIENT)
    deleted_id = await house.add_user("deleted", "admin")
    deleted = await house.sign_in("deleted")
    await house.ask(
        "DELETE", f"/api/users/{deleted_id}", bearer=(await house.sign_in("admin-a")).access_token
    )
    for role in ("viewer", "operator", "admin"):
        if role != "admin":
            await house.add_user(f"{role}-a", role)
        signed_in = await house.sign_in(f"{role}-a")
        found += [
            Caller(role, role, sent={"cookie": signed_in.access_token}),
            Caller(f"{role} as Bearer", role, sent={"bearer": signed_in.access_token}),
        ]
    nobody = {
        "anonymous": {},
        "expired": {"cookie": aged.access_token},
        "signed out": {"cookie": gone.access_token},
        "signed out, as Bearer": {"bearer": gone.access_token},
        "rotated": {"bearer": renewed.access_token},
        "deleted": {"cookie": deleted.access_token},
        "refresh token": {"bearer": signed_in.refresh_token},
        "refresh token as cookie": {"cookie": signed_in.refresh_token},
        "stream token": {"bearer": _stream_token(house)},
        "garbage": {"bearer": "a.b.c"},
        "unknown key": {"key": "0" * 64},
    }
    found += [Caller(name, sent=sent) for name, sent in nobody.items()]
    found += [
        Caller(f"key {scope}", scope=scope, sent={"key": await house.add_key(scope)})
        for scope in sorted(SCOPES)
    ]
    return found


def test_every_route_has_a_row(declared: tuple[set[tuple[str, str]], set[str], set[str]]) -> None:
    routes, exact, prefixes = declared
    assert {route for route in routes if not route[1].startswith("/admin")} == set(ROWS)
    assert exact == HOT
    assert prefixes == HOT_PREFIXES


@pytest.fixture
async def declared(
    anyio_backend: str, tmp_path: Path
) -> tuple[set[tuple[str, str]], set[str], set[str]]:
    async with open_house(tmp_path / "data") as house:
        return (
            {(method, path) for method, path, _ in rules_of(house.app)},
            set(house.lane._exact),
            {prefix for prefix, _ in house.lane._prefixes},
        )


async def test_who_may_and_who_may_not(house: House) -> None:
    wrong = []
    everybody = await callers(house)
    for (method, path), (who, scope) in ROWS.items():
        if path in ENDS_SESSIONS:
            continue
        for caller in everybody:
            answer = await house.ask(method, _filled(path), json=_body(method), **_sent(caller))
            got_in = answer.status not in DENIED or _is_about_input(path, answer.code)
            if got_in != caller.may(who, scope):
                wrong.append(f"{caller.name}: {method} {path} → {answer.status} {answer.code}")
            if answer.status >= 500:
                wrong.append(f"{caller.name}: {method} {path} → {answer.status}")
    assert wrong == []


@pytest.mark.parametrize("path", sorted(ENDS_SESSIONS))
async def test_who_ends_a_session_is_out_everywhere_at_once(house: House, path: str) -> None:
    nobodies = [caller for caller in await callers(house) if not caller.role]
    for caller in nobodies:
        # A session whose access token merely aged may be ended, and only that.
        expected = {200, 401} if caller.name == "expired" else {401, 403}
        answer = await house.ask("POST", path, **_sent(caller))
        assert answer.status in expected, (caller.name, answer.status, answer.code)
    for role in ("viewer", "operator", "admin"):
        signed_in = await house.sign_in(f"{role}-a")
        token = signed_in.access_token
        assert (await house.ask("POST", path, cookie=token)).status == 200
        for sent in ({"cookie": token}, {"bearer": token}):
            assert (await house.ask("GET", "/api/auth/verify", **sent)).status == 401
            assert (await house.ask("GET", "/api/users/profile", **sent)).status == 401
        again = await house.ask(
            "POST", "/api/auth/refresh", json={"refreshToken": signed_in.refresh_token}
        )
        assert again.status == 401


async def test_nobody_writes_to_a_hot_address(house: House) -> None:
    for path in sorted(HOT):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = await house.ask(method, path, json={})
            assert answer.status == 405, (method, path, answer.status)


def _sent(caller: Caller) -> dict[str, Any]:
    return dict(caller.sent or {})


def _body(method: str) -> Any:
    return None if method in {"GET", "DELETE"} else {}


def _filled(path: str) -> str:
    # No such rows: whoever gets in hears 404, and changes nothing.
    for name in ("session_id", "user_id", "key_id"):
        path = path.replace(f"{{{name}}}", "999999")
    return path


def _is_about_input(path: str, code: str) -> bool:
    """Signing in refuses credentials with 401 as well: whoever hears that was let in."""
    return path.startswith("/api/auth/") and code.startswith("auth.")


def _stream_token(house: House) -> str:
    """Return what clients of the reference call a stream token: signed, and for streams alone."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    head = part({"alg": "HS256", "typ": "JWT"})
    body = part({"cameraId": 1, "streamKey": "x", "type": "stream_access", "role": "admin"})
    signed = hmac.new(house.base.secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}." + base64.urlsafe_b64encode(signed).decode().rstrip("=")
