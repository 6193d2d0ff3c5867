"""`/api/admin/audit`: admins find what happened, page by page, and take it away as a table."""

import csv
import io
from typing import Any
from urllib.parse import urlencode

import pytest

from pantau.audit.actors import Actor
from pantau.audit.api import AuditApi
from pantau.audit.events import Action, AdminAction, Name, SecurityEvent
from pantau.audit.export import csv_of, harmless
from pantau.audit.reading import AuditReader
from pantau.audit.repository import Search
from pantau.audit.verification import Verifier
from pantau.db.database import Database
from pantau.web.access import SCOPES
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import Receive, Scope, Send
from pantau.web.principal import ANONYMOUS, Principal, put_principal
from tests.accounts.asking import ADMIN, Answer, Asking
from tests.audit.trails import BUDI, KEY, break_in, record, rows, trail_on
from tests.support.clock import HandWoundClock
from tests.web.http_peer import serving, visiting

pytestmark = pytest.mark.anyio
PATH = "/api/admin/audit"
SITI = Actor("session", 12, "Siti", "2001:db8::1", "Chrome", "DELETE /api/users/4")
HAPPENED: tuple[tuple[Actor, Name, str], ...] = (
    (BUDI, Action.CREATE_CAMERA, "camera 3 (North gate)"),
    (BUDI, Action.UPDATE_CAMERA, "camera 3 (North gate)"),
    (SITI, Action.CREATE_USER, "user 4 (tono)"),
    (SITI, AdminAction.CACHE_CLEARED, ""),
    (SITI, SecurityEvent.API_KEY_CREATED, "key 1 (100%_off)"),
)


def asking_on(database: Database) -> Asking:
    clock = HandWoundClock()
    api = AuditApi(
        database,
        trail=trail_on(database, clock),
        verifier=Verifier(database, key=KEY),
        clients=ClientAddresses(),
        clock=clock,
    )
    return Asking([api.endpoints])


async def filled(database: Database) -> Asking:
    clock = HandWoundClock()
    trail = trail_on(database, clock)
    for actor, name, target in HAPPENED:
        await record(trail, database, name, actor=actor, target=target)
        clock.wind(60)
    return asking_on(database)


async def find(asking: Asking, **wanted: Any) -> list[int]:
    answer = await asking.get(PATH, query=urlencode(wanted))
    assert answer.status == 200, answer.body
    return [entry["id"] for entry in answer.json["data"]]


async def test_entry_is_told_with_everything(database: Database) -> None:
    asking = await filled(database)
    answer = await asking.get(PATH, query="limit=1")
    (entry,) = answer.json["data"]
    assert entry.pop("hash")
    assert entry == {
        "id": 5,
        "at": "2026-03-01T08:04:00Z",
        "kind": "security",
        "name": "API_KEY_CREATED",
        "event": "API_KEY_CREATED",
        "actor": "session",
        "user_id": 12,
        "username": "Siti",
        "address": "2001:db8::1",
        "user_agent": "Chrome",
        "endpoint": "DELETE /api/users/4",
        "target": "key 1 (100%_off)",
        "details": {},
        "count": 1,
    }


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [5, 4, 3, 2, 1]),
        ({"kind": "security"}, [5]),
        ({"name": "UPDATE_CAMERA"}, [2]),
        ({"name": "CAMERA_UPDATED"}, [2]),
        ({"name": "ADMIN_ACTION"}, [4]),
        ({"name": "cache_cleared"}, [4]),
        ({"name": "NOTHING"}, []),
        ({"actor": "siti"}, [5, 4, 3]),
        ({"actor": "7"}, [2, 1]),
        ({"address": "2001:db8::1"}, [5, 4, 3]),
        ({"target": "north"}, [2, 1]),
        ({"target": "%_"}, [5]),
        ({"since": "2026-03-01T08:02:00Z"}, [5, 4, 3]),
        ({"since": "2026-03-01T15:02:00+07:00"}, [5, 4, 3]),
        ({"until": "2026-03-01T08:02:00"}, [2, 1]),
        ({"text": "chrome"}, [5, 4, 3]),
        ({"text": "\u0000\ud83d"}, []),
        ({"text": "gate", "name": "CREATE_CAMERA"}, [1]),
    ],
)
async def test_search_finds_what_was_asked_for(
    database: Database, wanted: dict[str, str], expected: list[int]
) -> None:
    asking = await filled(database)
    answer = await asking.get(PATH, query=urlencode(wanted, errors="surrogatepass"))
    assert [entry["id"] for entry in answer.json["data"]] == expected


async def test_pages_are_stable_while_things_happen(database: Database) -> None:
    asking = await filled(database)
    first = (await asking.get(PATH, query="limit=2")).json
    await record(trail_on(database), database)
    cursor = first["pagination"]["next_cursor"]
    second = (await asking.get(PATH, query=urlencode({"limit": 2, "cursor": cursor}))).json
    last = await asking.get(
        PATH, query=urlencode({"limit": 2, "cursor": second["pagination"]["next_cursor"]})
    )
    assert [[entry["id"] for entry in page["data"]] for page in (first, second, last.json)] == [
        [5, 4],
        [3, 2],
        [1],
    ]
    assert last.json["pagination"] == {"limit": 2, "next_cursor": None}


@pytest.mark.parametrize(
    "query",
    [
        "kind=other",
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=nonsense",
        "since=yesterday",
        "since=0001-01-01T00:00:00%2B07:00",
        "until=9999-12-31T23:59:59-01:00",
        "text=" + "x" * 201,
        "unknown=1",
    ],
)
async def test_search_that_means_nothing_is_refused(sqlite_database: Database, query: str) -> None:
    answer = await asking_on(sqlite_database).get(PATH, query=query)
    assert answer.status == 400
    assert answer.fields == [query.partition("=")[0]]


@pytest.mark.parametrize("path", [PATH, f"{PATH}/names", f"{PATH}/verify", f"{PATH}.csv"])
async def test_nobody_but_admins_reads_the_trail(sqlite_database: Database, path: str) -> None:
    asking = asking_on(sqlite_database)
    assert (await asking.get(path)).status == 200
    assert (await asking.get(path, who=ANONYMOUS)).status == 401
    for role in ("operator", "viewer"):
        assert (await asking.get(path, who=session_of(role))).status == 403
    key = Principal(kind="api_key", key_id=1, scopes=SCOPES)
    assert (await asking.get(path, who=key)).status == 403


def session_of(role: Any) -> Principal:
    return Principal(kind="session", user_id=2, username="budi", role=role)


async def test_names_are_those_that_clients_of_the_reference_know(
    sqlite_database: Database,
) -> None:
    told = (await asking_on(sqlite_database).get(f"{PATH}/names")).data
    ours = {"PLAYBACK_REFUSED"}
    assert len(set(told["security_events"]) - ours) == 24
    assert ours <= set(told["security_events"])
    assert set(told["actions"]) >= {"LOGIN", "LOGOUT", "CHANGE_OWN_PASSWORD", "UPDATE_PROFILE"}
    assert set(told["admin_actions"]) >= {"timezone_updated", "backup_exported", "sponsor_assigned"}


async def test_verification_is_told(database: Database) -> None:
    asking = await filled(database)
    assert (await asking.get(f"{PATH}/verify")).data == {
        "ok": True,
        "entries": 5,
        "first_id": 1,
        "last_id": 5,
        "problem": "",
        "broken_id": None,
        "message": "Every entry fits.",
    }
    await break_in(database, "UPDATE audit_entries SET username = 'x' WHERE id = 3")
    told = (await asking.get(f"{PATH}/verify")).data
    assert (told["ok"], told["problem"], told["broken_id"]) == (False, "changed", 3)


def table(answer: Answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))


async def test_table_has_what_the_search_finds_and_says_who_took_it(database: Database) -> None:
    asking = await filled(database)
    answer = await asking.get(f"{PATH}.csv", query="name=CAMERA_UPDATED")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-2026-03-01.csv"'
    assert table(answer)[1][:7] == [
        "2",
        "2026-03-01T08:01:00.000Z",
        "action",
        "UPDATE_CAMERA",
        "session",
        "7",
        "budi",
    ]
    taken = (await rows(database))[-1]
    assert (taken["name"], taken["username"]) == ("audit_exported", ADMIN.username)
    assert taken["details"] == '{"search":{"name":"CAMERA_UPDATED"}}'


async def test_longer_table_than_a_page_is_whole(sqlite_database: Database) -> None:
    trail = trail_on(sqlite_database)
    async with sqlite_database.write() as work:
        for _ in range(450):
            await trail.record(work, BUDI, Action.LOGIN)
    lines = table(await asking_on(sqlite_database).get(f"{PATH}.csv"))
    assert [line[0] for line in lines[1:]] == [str(number) for number in range(451, 0, -1)]


async def test_table_that_was_cut_off_says_so(sqlite_database: Database) -> None:
    await filled(sqlite_database)
    reader = AuditReader(sqlite_database)
    pieces = [piece async for piece in csv_of(reader.every(Search(), most=3), most=3)]
    lines = list(csv.reader(io.StringIO(b"".join(pieces).decode("utf-8-sig"))))
    assert [line[0] for line in lines[1:4]] == ["5", "4", "3"]
    assert "newest 3" in lines[4][0]


async def test_table_comes_over_a_real_connection(sqlite_database: Database) -> None:
    app = (await filled(sqlite_database)).app

    async def as_admin(scope: Scope, receive: Receive, send: Send) -> None:
        put_principal(scope, ADMIN)
        await app(scope, receive, send)

    async with serving(as_admin) as port, visiting(port) as visitor:
        answer = await visitor.ask(f"{PATH}.csv?kind=security")
        assert answer.status == 200
        assert answer.header("cache-control") == "no-store"
        assert answer.body.count(b"\r\n") == 2
        assert (await visitor.ask(f"{PATH}?limit=1")).status == 200, "the connection goes on"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", '=HYPERLINK("x")', "＝1"]
)
def test_defect_37_text_of_a_visitor_is_no_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"


async def test_formula_in_any_column_is_made_harmless(sqlite_database: Database) -> None:
    text = "=cmd|' /C calc'!A0"
    actor = Actor("session", 1, text, text, text, text)
    await record(trail_on(sqlite_database), sqlite_database, actor=actor, target=text)
    lines = table(await asking_on(sqlite_database).get(f"{PATH}.csv"))
    cells = [cell for line in lines for cell in line]
    assert sum("cmd" in cell for cell in cells) == 5
    assert not [cell for cell in cells if cell.startswith("=")]


async def test_dashboards_get_the_newest_actions_in_their_shape(database: Database) -> None:
    await filled(database)
    recent = await AuditReader(database).recent(2)
    assert [line.model_dump() for line in recent] == [
        {
            "id": 4,
            "user_id": 12,
            "action": "cache_cleared",
            "details": "{}",
            "ip_address": "2001:db8::1",
            "username": "Siti",
            "created_at": "2026-03-01 08:03:00",
        },
        {
            "id": 3,
            "user_id": 12,
            "action": "CREATE_USER",
            "details": "user 4 (tono)",
            "ip_address": "2001:db8::1",
            "username": "Siti",
            "created_at": "2026-03-01 08:02:00",
        },
    ]
