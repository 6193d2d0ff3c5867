"""`/api/admin/api-keys` over HTTP."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from pantau.accounts.keys.api import KeyApi
from pantau.accounts.keys.service import ApiKeys, hash_of
from pantau.accounts.keys.values import DEFAULT_SCOPES
from pantau.db.database import Database
from pantau.web.access import SCOPES
from pantau.web.client_address import ClientAddresses
from pantau.web.principal import ANONYMOUS, Principal
from tests.accounts.asking import ADDRESS, ADMIN, Asking
from tests.audit.trails import rows, trail_on
from tests.support.clock import START, HandWoundClock

pytestmark = pytest.mark.anyio

PATH = "/api/admin/api-keys"
IN_A_DAY = (START + timedelta(days=1)).isoformat()


@pytest.fixture
async def keys(sqlite_database: Database) -> ApiKeys:
    clock = HandWoundClock()
    return ApiKeys(sqlite_database, trail_on(sqlite_database, clock), clock=clock)


@pytest.fixture
async def asking(keys: ApiKeys) -> Asking:
    return Asking([KeyApi(keys, ClientAddresses(), clock=HandWoundClock()).endpoints])


async def test_defect_23_key_of_the_documented_form_is_made(asking: Asking, keys: ApiKeys) -> None:
    answer = await asking.post(PATH, {"clientName": "NVR", "expiresInDays": 30})

    assert answer.status == 201
    assert answer.json["success"] is True
    assert answer.data.keys() >= {"id", "apiKey", "clientName", "scopes", "expiresAt", "createdAt"}
    assert answer.data["clientName"] == "NVR"
    assert answer.data["scopes"] == sorted(DEFAULT_SCOPES)
    assert answer.data["createdAt"] == "2026-03-01T08:00:00Z"
    assert answer.data["expiresAt"] == "2026-03-31T08:00:00Z"
    assert (await keys.find(hash_of(answer.data["apiKey"]))).is_known


async def test_defect_23_key_of_the_form_of_the_schema_is_made(asking: Asking) -> None:
    wanted = {
        "name": "NVR",
        "description": "In the cellar",
        "expires_at": IN_A_DAY,
        "scopes": ["cameras:write", "areas:read"],
    }
    answer = await asking.post(PATH, wanted)

    assert answer.status == 201
    assert answer.data["clientName"] == "NVR"
    assert answer.data["description"] == "In the cellar"
    assert answer.data["expiresAt"] == "2026-03-02T08:00:00Z"
    assert answer.data["scopes"] == ["areas:read", "cameras:write"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"clientName": "NVR", "name": "NVR"},
        {"clientName": "NVR", "expiresInDays": 30, "expires_at": IN_A_DAY},
        {"clientName": ""},
        {"clientName": "   "},
        {"clientName": "N" * 101},
        {"clientName": "N\u0000"},
        {"clientName": 7},
        {"clientName": "NVR", "description": "d" * 501},
        {"clientName": "NVR", "description": "\n"},
        {"clientName": "NVR", "expiresInDays": 0},
        {"clientName": "NVR", "expiresInDays": 366},
        {"clientName": "NVR", "expires_at": "2026-02-30T00:00:00Z"},
        {"clientName": "NVR", "expires_at": "2026-03-05T00:00:00"},
        {"clientName": "NVR", "expires_at": "2020-03-05T00:00:00Z"},
        {"clientName": "NVR", "expires_at": "9999-12-31T23:59:59-12:00"},
        {"clientName": "NVR", "expires_at": "0001-01-01T00:00:00+12:00"},
        {"clientName": "NVR", "scopes": []},
        {"clientName": "NVR", "scopes": ["users:write"]},
        {"clientName": "NVR", "scopes": "areas:read"},
        {"clientName": "NVR", "colour": "red"},
        [],
        "NVR",
        None,
        b"{",
        b'{"clientName": "\\ud800"}',
    ],
)
async def test_what_makes_no_key_is_told_and_makes_none(
    asking: Asking, keys: ApiKeys, body: object
) -> None:
    answer = await asking.post(PATH, body)

    assert answer.status == 400
    assert answer.json["success"] is False
    assert answer.json["message"]
    assert list(await keys.all()) == []


async def test_list_tells_all_but_the_key(asking: Asking, keys: ApiKeys) -> None:
    made = (await asking.post(PATH, {"clientName": "NVR", "expiresInDays": 1})).data
    await keys.find(hash_of(made["apiKey"]))

    answer = await asking.get(PATH)

    assert answer.data == [
        {
            "id": made["id"],
            "clientName": "NVR",
            "description": "",
            "prefix": made["apiKey"][:8],
            "scopes": sorted(DEFAULT_SCOPES),
            "createdAt": "2026-03-01T08:00:00Z",
            "expiresAt": "2026-03-02T08:00:00Z",
            "lastUsedAt": "2026-03-01T08:00:00Z",
            "isActive": 1,
        }
    ]
    assert made["apiKey"] not in answer.body.decode()


async def test_revoked_key_leaves_the_list_and_is_gone(asking: Asking, keys: ApiKeys) -> None:
    made = (await asking.post(PATH, {"clientName": "NVR"})).data

    first = await asking.delete(f"{PATH}/{made['id']}")
    second = await asking.delete(f"{PATH}/{made['id']}")

    assert (first.status, second.status) == (200, 404)
    assert (await asking.get(PATH)).data == []
    assert not (await keys.find(hash_of(made["apiKey"]))).is_known


@pytest.mark.parametrize(
    ("number", "status"),
    [("7", 404), ("0", 404), ("x", 400), ("1_0", 400), ("+1", 400), ("-1", 400), ("9" * 25, 400)],
)
async def test_only_a_number_names_a_key(asking: Asking, number: str, status: int) -> None:
    assert (await asking.delete(f"{PATH}/{number}")).status == status


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (ANONYMOUS, 401),
        (Principal(kind="session", user_id=2, role="operator"), 403),
        (Principal(kind="session", user_id=3, role="viewer"), 403),
        (Principal(kind="api_key", key_id=1, scopes=SCOPES), 403),
        (Principal(kind="session", user_id=1, role="admin", must_change_password=True), 403),
    ],
)
async def test_keys_are_for_admins_only(asking: Asking, who: Principal, status: int) -> None:
    told = {
        (await asking.get(PATH, who=who)).status,
        (await asking.post(PATH, {"clientName": "NVR"}, who=who)).status,
        (await asking.delete(f"{PATH}/1", who=who)).status,
    }
    assert told == {status}


async def test_record_tells_who_made_the_key(asking: Asking, sqlite_database: Database) -> None:
    await asking.post(PATH, {"clientName": "NVR"})

    (entry,) = await rows(sqlite_database)
    told: Mapping[str, Any] = entry
    assert told["name"] == "API_KEY_CREATED"
    assert (told["user_id"], told["username"]) == (ADMIN.user_id, ADMIN.username)
    assert told["address"] == ADDRESS
    assert told["endpoint"] == f"POST {PATH}"
