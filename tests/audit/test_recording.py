"""What people do is recorded with them, in the same transaction, and without their secrets."""

import asyncio
import json

import pytest

from pantau.audit.actors import Actor, actor_of
from pantau.audit.events import Action, AdminAction, SecurityEvent
from pantau.db.database import Database
from pantau.web.principal import Principal
from tests.audit.trails import BUDI, record, rows, run_sql, trail_on
from tests.support.clock import START

pytestmark = pytest.mark.anyio

SECOND_COPY = (
    "INSERT INTO audit_entries SELECT 9, at, kind, name, actor_kind, user_id, username,"
    " address, user_agent, endpoint, target, details, count, hash FROM audit_entries"
)


async def test_entry_tells_who_did_what_to_what_from_where(database: Database) -> None:
    await record(trail_on(database), database, target="camera 3 (North gate)")
    (row,) = await rows(database)
    told = {name: row[name] for name in row if name not in {"at", "hash"}}
    assert told == {
        "id": 1,
        "kind": "action",
        "name": "UPDATE_CAMERA",
        "actor_kind": "session",
        "user_id": 7,
        "username": "budi",
        "address": "192.0.2.7",
        "user_agent": "Firefox",
        "endpoint": "PUT /api/cameras/3",
        "target": "camera 3 (North gate)",
        "details": "{}",
        "count": 1,
    }
    assert str(row["at"]).startswith(f"{START:%Y-%m-%d %H:%M:%S}")


async def test_action_that_fails_leaves_no_entry_and_no_gap(database: Database) -> None:
    trail = trail_on(database)

    async def fail() -> None:
        async with database.write() as work:
            await trail.record(work, BUDI, Action.DELETE_CAMERA)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    await record(trail, database)
    assert [row["name"] for row in await rows(database)] == ["UPDATE_CAMERA"]


async def test_several_entries_of_one_transaction_keep_their_order(database: Database) -> None:
    trail = trail_on(database)
    async with database.write() as work:
        await trail.record(work, BUDI, Action.CREATE_USER)
        await trail.record(work, BUDI, SecurityEvent.API_KEY_CREATED)
    assert [(row["name"], row["kind"]) for row in await rows(database)] == [
        ("CREATE_USER", "action"),
        ("API_KEY_CREATED", "security"),
    ]


async def test_only_what_changed_is_kept_and_secrets_only_by_name(database: Database) -> None:
    await record(
        trail_on(database),
        database,
        before={"name": "Gate", "enabled": True, "source": "rtsp://a:geheim@10.0.0.1/1", "x": 1},
        after={"name": "Gate", "enabled": False, "source": "rtsp://a:anders@10.0.0.1/1", "x": 1},
        details={"password": "geheim", "note": "token=geheim"},
    )
    (row,) = await rows(database)
    assert json.loads(row["details"]) == {
        "changed": ["enabled", "source"],
        "before": {"enabled": True, "source": "rtsp://***"},
        "after": {"enabled": False, "source": "rtsp://***"},
        "password": "***",
        "note": "token=***",
    }


async def test_texts_that_no_database_or_terminal_likes_are_made_harmless(
    database: Database,
) -> None:
    nasty = Actor("session", 1, "a\x00b\ud800\x1b[31m", "1" * 500, "x" * 5000, "GET /p?token=abc")
    await record(
        trail_on(database),
        database,
        actor=nasty,
        target="t\r\nINJECTED" * 100,
        details={"deep": "\x00\ud800", "long": ["y " * 3_000] * 5},
    )
    (row,) = await rows(database)
    assert row["username"] == "a\ufffdb\ufffd\ufffd[31m"
    assert row["endpoint"] == "GET /p"
    assert (len(row["address"]), len(row["user_agent"]), len(row["target"])) == (64, 300, 200)
    assert "\n" not in row["target"]
    assert len(row["details"]) < 8_100
    assert json.loads(row["details"])["shortened"]


async def test_an_actor_without_a_name_is_told_by_its_key() -> None:
    actor = actor_of(Principal(kind="api_key", key_id=4), "192.0.2.1", "curl", endpoint="GET /x")
    assert actor == Actor("api_key", None, "api key 4", "192.0.2.1", "curl", "GET /x")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET username = 'siti'",
        "UPDATE audit_entries SET id = id + 10",
        "DELETE FROM audit_entries",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET last_id = 0",
        "UPDATE audit_head SET anchor_id = 99",
        SECOND_COPY,
    ],
)
async def test_tables_refuse_to_be_changed(database: Database, statement: str) -> None:
    trail = trail_on(database)
    await record(trail, database)
    before = await rows(database)
    with pytest.raises(Exception, match="neither changed nor taken away"):
        await run_sql(database, statement)
    assert await rows(database) == before


async def test_replacing_a_row_is_no_way_around(sqlite_database: Database) -> None:
    await record(trail_on(sqlite_database), sqlite_database)
    with pytest.raises(Exception, match="neither changed nor taken away"):
        await run_sql(
            sqlite_database, "REPLACE INTO audit_entries SELECT * FROM audit_entries WHERE id = 1"
        )
    with pytest.raises(Exception, match="neither changed nor taken away"):
        await run_sql(sqlite_database, "REPLACE INTO audit_head SELECT * FROM audit_head")


async def test_parallel_writers_make_one_chain_without_gaps(database: Database) -> None:
    trail = trail_on(database)
    await asyncio.gather(*(record(trail, database, AdminAction.CACHE_CLEARED) for _ in range(50)))
    assert [row["id"] for row in await rows(database)] == list(range(1, 51))
