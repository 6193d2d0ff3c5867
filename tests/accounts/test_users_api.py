"""`/api/users` over HTTP: the contract, and what it refuses."""

from datetime import timedelta

import pytest

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.accounts.users.values import UserChange
from pantau.db.database import Database
from pantau.web.access import SCOPES
from pantau.web.endpoints import rules_of
from pantau.web.principal import ANONYMOUS, Principal
from tests.accounts.asking import Asking
from tests.accounts.house import OTHER_PASSWORD, PASSWORD, House, house_on

pytestmark = pytest.mark.anyio

USERS = "/api/users"
NEW = {"username": "siti", "password": OTHER_PASSWORD}


@pytest.fixture
async def house(sqlite_database: Database) -> House:
    house = house_on(sqlite_database)
    await house.add("admin", "admin")
    return house


@pytest.fixture
async def admin(house: House) -> Principal:
    return await house.sign_in("admin")


@pytest.fixture
async def asking(house: House) -> Asking:
    return house.asking


async def test_requirements_are_public(asking: Asking) -> None:
    answer = await asking.get(f"{USERS}/password-requirements", ANONYMOUS)

    assert answer.status == 200
    assert len(answer.data["requirements"]) == 7


async def test_user_is_made_as_viewer_unless_said_otherwise(
    asking: Asking, admin: Principal
) -> None:
    answer = await asking.post(USERS, NEW, admin)

    assert answer.status == 201
    assert answer.json["success"] is True
    assert answer.json["message"]
    assert answer.data == {
        "id": 2,
        "username": "siti",
        "role": "viewer",
        "created_at": "2026-03-01T08:00:00Z",
        "area_ids": None,
        "disabled": False,
        "second_factor": False,
        "password_changed_at": "2026-03-01T08:00:00Z",
        "last_login_at": None,
        "last_login_ip": None,
    }


async def test_every_field_that_is_written_is_read_back(
    house: House, asking: Asking, admin: Principal
) -> None:
    north, south = await house.area("North"), await house.area("South")
    made = {**NEW, "role": "operator", "area_ids": [south, north]}
    changed = {"username": "tono", "role": "operator", "area_ids": [south], "disabled": True}

    first = (await asking.post(USERS, made, admin)).data
    second = (await asking.put(f"{USERS}/{first['id']}", changed, admin)).data
    read = (await asking.get(f"{USERS}/{first['id']}", admin)).data

    assert first["area_ids"] == [north, south]
    assert read == second
    assert {name: read[name] for name in changed} == changed


async def test_what_is_left_out_stays_and_null_lifts_the_limit_to_areas(
    house: House, asking: Asking, admin: Principal
) -> None:
    north = await house.area("North")
    made = {**NEW, "role": "operator", "area_ids": [north]}
    path = f"{USERS}/{(await asking.post(USERS, made, admin)).data['id']}"

    kept = (await asking.put(path, {"username": "tono"}, admin)).data
    lifted = (await asking.put(path, {"area_ids": None}, admin)).data

    assert kept["area_ids"] == [north]
    assert lifted["area_ids"] is None
    assert lifted["username"] == "tono"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**NEW, "username": "ab"}, "username"),
        ({**NEW, "username": "a" * 51}, "username"),
        ({**NEW, "username": "si ti"}, "username"),
        ({**NEW, "username": "siti\n"}, "username"),
        ({**NEW, "username": "sití"}, "username"),
        ({**NEW, "username": "ADMIN"}, "username"),
        ({**NEW, "role": "root"}, "role"),
        ({**NEW, "role": None}, "role"),
        ({**NEW, "area_ids": [1]}, "area_ids"),
        ({**NEW, "role": "operator", "area_ids": [404]}, "area_ids"),
        ({**NEW, "role": "operator", "area_ids": [2**63]}, "area_ids.0"),
        ({**NEW, "id": 7}, "id"),
        ({**NEW, "password_hash": "x"}, "password_hash"),
        ({**NEW, "password": "short"}, "password"),
        ({**NEW, "password": "Password123!"}, "password"),
        ({**NEW, "password": "a" * 100_000}, "password"),
        ({**NEW, "password": "Sunshine\u0000Kettle-42"}, "password"),
        ({"username": "siti"}, "password"),
        ([], "body"),
    ],
)
async def test_what_cannot_be_a_user_is_told_by_field(
    asking: Asking, admin: Principal, body: object, field: str
) -> None:
    answer = await asking.post(USERS, body, admin)

    assert answer.status == 400
    assert answer.json["success"] is False
    assert field in answer.fields
    assert len((await asking.get(USERS, admin)).data) == 1


async def test_weak_password_is_answered_with_all_reasons_and_the_requirements(
    asking: Asking, admin: Principal
) -> None:
    answer = await asking.post(USERS, {**NEW, "password": "siti"}, admin)

    assert answer.status == 400
    assert answer.fields == ["password"] * 6
    assert len({error["message"] for error in answer.json["errors"]}) == 6
    assert len(answer.json["requirements"]) == 7
    assert answer.json["code"] == "password.weak"


async def test_list_is_whole_unless_pages_are_asked_for(
    house: House, asking: Asking, admin: Principal
) -> None:
    for name in ("siti", "budi", "tono"):
        await house.add(name)

    whole = await asking.get(USERS, admin)
    page = await asking.get(USERS, admin, "limit=3")
    rest = await asking.get(
        USERS, admin, f"limit=3&cursor={page.json['pagination']['next_cursor']}"
    )
    found = await asking.get(USERS, admin, "search=TON")

    assert [user["username"] for user in whole.data] == ["admin", "siti", "budi", "tono"]
    assert "pagination" not in whole.json
    assert whole.data[0].keys() >= {"id", "username", "role", "created_at"}
    assert page.data + rest.data == whole.data
    assert rest.json["pagination"] == {"limit": 3, "next_cursor": None}
    assert [user["username"] for user in found.data] == ["tono"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "cursor=x", "role=root", "search=" + "a" * 51]
)
async def test_list_refuses_what_it_cannot_mean(
    asking: Asking, admin: Principal, query: str
) -> None:
    assert (await asking.get(USERS, admin, query)).status == 400


async def test_no_answer_holds_a_hash(house: House, asking: Asking, admin: Principal) -> None:
    bodies = [
        (await asking.get(path, admin)).body.decode()
        for path in (USERS, f"{USERS}/1", f"{USERS}/profile", f"{USERS}/1/sessions")
    ]
    assert not [body for body in bodies if "argon2" in body or "hash" in body or "totp" in body]


@pytest.mark.parametrize(
    ("number", "status"), [("404", 404), ("x", 400), ("-1", 400), ("1.0", 400)]
)
async def test_only_the_number_of_a_user_names_one(
    asking: Asking, admin: Principal, number: str, status: int
) -> None:
    path = f"{USERS}/{number}"
    told = {
        (await asking.get(path, admin)).status,
        (await asking.put(path, {"role": "viewer"}, admin)).status,
        (await asking.put(f"{path}/password", {"password": OTHER_PASSWORD}, admin)).status,
        (await asking.delete(path, admin)).status,
        (await asking.post(f"{path}/unlock", None, admin)).status,
        (await asking.delete(f"{path}/second-factor", admin)).status,
        (await asking.get(f"{path}/sessions", admin)).status,
        (await asking.delete(f"{path}/sessions", admin)).status,
        (await asking.delete(f"{path}/sessions/1", admin)).status,
    }
    assert told == {status}


async def test_defect_20_last_admin_stays(house: House, asking: Asking, admin: Principal) -> None:
    viewer = await house.add("siti")

    demoted = await asking.put(f"{USERS}/1", {"role": "viewer"}, admin)
    deleted = await asking.delete(f"{USERS}/1", admin)
    without_current = await asking.put(f"{USERS}/1/password", {"password": OTHER_PASSWORD}, admin)
    other = await asking.delete(f"{USERS}/{viewer.id}", admin)

    assert (demoted.status, deleted.status, without_current.status) == (400, 400, 400)
    assert without_current.fields == ["current_password"]
    assert other.status == 200


async def test_profile_is_ones_own(house: House, asking: Asking) -> None:
    await house.add("siti")
    await house.clock.advance(timedelta(days=80).total_seconds())
    siti = await house.sign_in("siti")

    answer = await asking.get(f"{USERS}/profile", siti)

    assert answer.data == {
        "id": 2,
        "username": "siti",
        "role": "viewer",
        "created_at": "2026-03-01T08:00:00Z",
        "password_changed_at": "2026-03-01T08:00:00Z",
        "passwordExpiryWarning": {
            "shouldWarn": True,
            "daysRemaining": 10,
            "message": "Your password expires in 10 days. Choose a new one.",
        },
        "area_ids": None,
        "second_factor": False,
    }


async def test_profile_takes_a_name_and_nothing_else(house: House, asking: Asking) -> None:
    await house.add("siti")
    siti = await house.sign_in("siti")

    renamed = await asking.put(f"{USERS}/profile", {"username": "tono"}, siti)
    promoted = await asking.put(f"{USERS}/profile", {"username": "tono", "role": "admin"}, siti)
    taken = await asking.put(f"{USERS}/profile", {"username": "admin"}, siti)

    assert renamed.data["username"] == "tono"
    assert (promoted.status, promoted.fields) == (400, ["role"])
    assert (taken.status, taken.fields) == (400, ["username"])


async def test_own_password_is_changed_with_the_current_one(house: House, asking: Asking) -> None:
    await house.add("siti")
    siti = await house.sign_in("siti")
    path = f"{USERS}/profile/password"

    wrong = await asking.put(
        path, {"current_password": "Wrong-Kettle-43", "new_password": OTHER_PASSWORD}, siti
    )
    same = await asking.put(path, {"current_password": PASSWORD, "new_password": PASSWORD}, siti)
    right = await asking.put(
        path, {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}, siti
    )

    assert (wrong.status, wrong.fields) == (400, ["current_password"])
    assert (same.status, same.fields) == (400, ["new_password"])
    assert right.status == 200
    assert (await house.sign_in("siti", OTHER_PASSWORD)).is_known


async def test_sessions_of_a_user_are_seen_and_ended(
    house: House, asking: Asking, admin: Principal
) -> None:
    siti = await house.add("siti")
    path = f"{USERS}/{siti.id}/sessions"
    tokens = [await house.tokens("siti") for _ in range(3)]

    seen = (await asking.get(path, admin)).data
    mine = (await asking.get(f"{USERS}/1/sessions", admin)).data
    one = await asking.delete(f"{path}/{tokens[0].session_id}", admin)
    strange = await asking.delete(f"{path}/{admin.session_id}", admin)
    rest = await asking.delete(path, admin)

    assert {session["id"] for session in seen} == {token.session_id for token in tokens}
    assert [session["current"] for session in mine] == [True]
    assert (one.status, strange.status, rest.status) == (200, 404, 200)
    assert not [token for token in tokens if (await house.principal(token)).is_known]


async def test_expired_password_opens_only_the_way_to_a_new_one(
    house: House, asking: Asking
) -> None:
    await house.clock.advance(timedelta(days=90).total_seconds())
    expired = await house.sign_in("admin")

    profile = await asking.get(f"{USERS}/profile", expired)
    listed = await asking.get(USERS, expired)
    renamed = await asking.put(f"{USERS}/profile", {"username": "tono"}, expired)
    changed = await asking.put(
        f"{USERS}/profile/password",
        {"current_password": PASSWORD, "new_password": OTHER_PASSWORD},
        expired,
    )

    assert [answer.status for answer in (profile, listed, renamed, changed)] == [200, 403, 403, 200]


async def test_defect_09_nobody_but_an_admin_manages_users(house: House, asking: Asking) -> None:
    siti = await house.add("siti")
    tokens = {ANONYMOUS: 401, Principal(kind="api_key", key_id=1, scopes=SCOPES): 403}
    for role in ("viewer", "operator"):
        await house.users.change(siti.id, UserChange(role=role), by=AT_THE_CONSOLE)
        tokens[await house.sign_in("siti")] = 403
    paths = [
        (method, path.replace("{user_id}", str(siti.id)).replace("{session_id}", "1"))
        for method, path, rule in rules_of(asking.app)
        if rule == "admins"
    ]

    assert len(paths) == 11
    for who, status in tokens.items():
        for method, path in paths:
            answer = await asking.ask(method, path, {"role": "admin"}, who=who)
            assert answer.status == status, (method, path)
    assert (await house.users.one(siti.id)).role == "operator"
