"""Every route × everybody who might come: who gets in, and who does not."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from pantau.app.bodies import LARGER_BODIES
from pantau.app.rest import ADDRESSES
from pantau.db.place import Place
from pantau.web.access import SCOPES
from pantau.web.endpoints import rules_of
from pantau.web.late import beginning
from tests.safety.house import CLIENT, House, open_house
from tests.safety.rows import ADMINS, EVERYBODY, HOT, HOT_PREFIXES, OPERATORS, PEOPLE, ROWS
from tests.support.database import above_sql

pytestmark = pytest.mark.anyio

SIGNS_IN: Final = frozenset(
    {("POST", "/admin/sign-in"), ("POST", "/admin/second-factor"), ("POST", "/admin/welcome")}
)
"""Anybody may send these forms; what is wrong with what they send is a 401 as well, and costs
whoever tries again a wait."""
DENIED: Final = {401, 403}
ENDS_SESSIONS: Final = frozenset({"/api/auth/logout", "/api/auth/logout-everywhere"})
ASKED_ONCE: Final = frozenset(
    {
        ("POST", "/admin/sign-out"),
        ("POST", "/admin/profile/sessions/end"),
        ("POST", "/admin/sessions/end-all"),
        ("POST", "/admin/profile/second-factor/begin"),
        ("POST", "/admin/profile/second-factor/codes"),
        ("POST", "/admin/profile/second-factor/disable"),
    }
)
"""Pages that end sessions, or count a wrong password, which makes the next one wait."""

NOT_IN_THIS_HOUSE: Final = frozenset({"media_server.unreachable", "worker.silent"})
"""Codes of the 503 that is the right answer where neither a media server nor a worker runs."""
ROLES_OF: Final[Mapping[str, frozenset[str]]] = {
    PEOPLE: frozenset({"admin", "operator", "viewer"}),
    OPERATORS: frozenset({"admin", "operator"}),
    ADMINS: frozenset({"admin"}),
}


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
        return self.role in ROLES_OF[who]


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
    assert routes == set(ROWS)
    assert exact == HOT
    assert prefixes == HOT_PREFIXES
    # Whatever begins otherwise is answered without loading the rest.
    assert {beginning(path) for _, path in routes} == ADDRESSES
    # Nothing is let in for an address that is no more.
    assert not [each for each in LARGER_BODIES if not any(p.startswith(each) for _, p in routes)]


@pytest.fixture
async def declared(
    anyio_backend: str, tmp_path: Path
) -> tuple[set[tuple[str, str]], set[str], set[str]]:
    async with open_house(tmp_path / "data") as house:
        return (
            {
                *((method, path) for method, path, _ in rules_of(await house.application())),
                *(("POST", path) for path in house.lane._writings),
            },
            set(house.lane._exact),
            {prefix for prefix, _ in house.lane._prefixes},
        )


@pytest.mark.timeout(150)
@pytest.mark.parametrize("part", ["api", "pages"])
@above_sql
async def test_who_may_and_who_may_not(house: House, part: str) -> None:
    wrong = []
    everybody = await callers(house)
    for (method, path), (who, scope) in ROWS.items():
        if path in ENDS_SESSIONS or (method, path) in ASKED_ONCE:
            continue
        if (method, path) in SIGNS_IN or path.startswith("/admin") is not (part == "pages"):
            continue
        for caller in everybody:
            answer = await house.ask(method, _filled(path), json=_body(method), **_sent(caller))
            got_in = answer.status not in DENIED or _is_about_input(path, answer.code)
            if got_in != caller.may(who, scope):
                wrong.append(f"{caller.name}: {method} {path} → {answer.status} {answer.code}")
            if answer.status >= 500 and answer.code not in NOT_IN_THIS_HOUSE:
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


@pytest.mark.parametrize(("method", "path"), sorted(ASKED_ONCE))
@above_sql
async def test_pages_that_are_asked_once_let_in_whom_their_row_says(
    house: House, method: str, path: str
) -> None:
    who, scope = ROWS[method, path]
    everybody = await callers(house)
    for caller in sorted(everybody, key=lambda caller: caller.may(who, scope)):
        answer = await house.ask(method, path, **_sent(caller))
        got_in = answer.status not in DENIED
        if not caller.may(who, scope):
            assert not got_in, (caller.name, answer.status)
        elif caller.role:
            assert got_in, (caller.name, answer.status)
            return


@above_sql
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
    return re.sub(r"\{\w+\}", "999999", path)


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
