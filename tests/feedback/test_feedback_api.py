"""`/api/feedback`: the wire contract of the reference, what is refused, and who sees what."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pantau.db.database import Database
from pantau.feedback.limits import MESSAGES_OF_VISITOR
from pantau.site.values import Community
from pantau.web.principal import ANONYMOUS, Principal
from tests.accounts.asking import ADMIN
from tests.audit.trails import rows
from tests.feedback.house import FEEDBACK, OF_AREA_1, OPERATOR, TEXT, inbox_on
from tests.support.clock import START
from tests.support.hub import Hub

pytestmark = pytest.mark.anyio

KEYS = {
    "id",
    "name",
    "email",
    "phone",
    "message",
    "status",
    "ip_address",
    "created_at",
    "category",
    "camera_id",
    "camera_name",
    "incident_at",
    "is_spam",
    "sender",
    "notes",
    "changed_at",
    "changed_by",
}
STATS = {"total", "unread", "read", "resolved", "spam", "privacy"}


async def test_a_message_comes_back_as_it_was_sent(database: Database, tmp_path: Path) -> None:
    inbox = await inbox_on(database, Hub(database, tmp_path))
    sent: dict[str, Any] = {
        "name": "Budi <b>",
        "email": "budi@contoh.id",
        "phone": "+62 812-3456-789",
        "message": "  Ada yang jatuh\r\ndi sini; </script><script>alert(1)</script>  ",
        "category": "place",
        "camera_id": 1,
        "incident_at": "2026-03-01T14:30:15+07:00",
    }
    answer = await inbox.asking.ask("POST", FEEDBACK, sent)
    assert (answer.status, answer.json["success"], set(answer.data)) == (201, True, {"id"})
    assert answer.json["message"] == "Terima kasih. Masukan Anda sudah terkirim."
    listed = await inbox.asking.get(FEEDBACK, OPERATOR)
    assert listed.json["pagination"] == {"page": 1, "limit": 20, "total": 1, "totalPages": 1}
    (row,) = listed.data
    assert set(row) == KEYS
    assert row["message"] == "Ada yang jatuh\ndi sini; </script><script>alert(1)</script>"
    assert datetime.fromisoformat(row["incident_at"]) == datetime.fromisoformat(sent["incident_at"])
    for name in ("name", "email", "phone", "category", "camera_id"):
        assert row[name] == sent[name]
    assert (row["camera_name"], row["status"], row["is_spam"]) == ("Simpang 1", "unread", 0)
    assert row["ip_address"] is None
    async with database.read() as reading:
        stored = (await reading.session.execute(text("SELECT * FROM feedbacks"))).one()
    assert "192.0.2.7" not in json.dumps([str(each) for each in stored])


async def test_the_body_of_the_references_client_is_taken(sqlite_database: Database) -> None:
    inbox = await inbox_on(sqlite_database)
    assert await inbox.send(name="", email="") == 1
    assert await inbox.send(name=None, email=None) == 2
    row = (await inbox.asking.get(FEEDBACK, OPERATOR)).data[0]
    assert (row["name"], row["email"], row["category"]) == (None, None, "other")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"message": "pendek"}, "message"),
        ({"message": "x" * 1001}, "message"),
        ({"message": "          x"}, "message"),
        ({}, "message"),
        ({"message": 7}, "message"),
        ({"message": "nol \0 byte di sini"}, "message"),
        ({"message": "separuh \ud800 saja"}, "message"),
        ({"message": TEXT, "name": "n" * 101}, "name"),
        ({"message": TEXT, "name": "dua\nbaris"}, "name"),
        ({"message": TEXT, "email": "bukan surel"}, "email"),
        ({"message": TEXT, "email": "a@b"}, "email"),
        ({"message": TEXT, "email": f"{'a' * 100}@contoh.id"}, "email"),
        ({"message": TEXT, "phone": "telepon saya"}, "phone"),
        ({"message": TEXT, "category": "lain"}, "category"),
        ({"message": TEXT, "category": ["place"]}, "category"),
        ({"message": TEXT, "camera_id": 99}, "camera_id"),
        ({"message": TEXT, "camera_id": 3}, "camera_id"),
        ({"message": TEXT, "camera_id": 10**30}, "camera_id"),
        ({"message": TEXT, "camera_id": 1.5}, "camera_id"),
        ({"message": TEXT, "incident_at": "2026-02-31T10:00:00Z"}, "incident_at"),
        ({"message": TEXT, "incident_at": "2026-02-01T10:00:00"}, "incident_at"),
        ({"message": TEXT, "incident_at": "2026-03-01T08:03:00Z"}, "incident_at"),
        ({"message": TEXT, "incident_at": 10**20}, "incident_at"),
        ({"message": TEXT, "status": "read"}, "status"),
        ({"message": TEXT, "ip_address": "1.2.3.4"}, "ip_address"),
    ],
)
async def test_wrong_fields_are_named(
    sqlite_database: Database, body: dict[str, Any], field: str
) -> None:
    inbox = await inbox_on(sqlite_database)
    answer = await inbox.asking.ask("POST", FEEDBACK, body)
    assert (answer.status, answer.fields) == (400, [field])
    assert (await inbox.asking.get(f"{FEEDBACK}/stats", OPERATOR)).data["total"] == 0


async def test_moments_are_taken_as_unix_milliseconds_too(sqlite_database: Database) -> None:
    inbox = await inbox_on(sqlite_database)
    at = START - timedelta(hours=2)
    await inbox.send(incident_at=int(at.timestamp() * 1000))
    row = (await inbox.asking.get(FEEDBACK, OPERATOR)).data[0]
    assert datetime.fromisoformat(row["incident_at"]) == at


async def test_a_request_to_take_something_down_needs_a_way_back(
    sqlite_database: Database,
) -> None:
    inbox = await inbox_on(sqlite_database)
    refused = await inbox.asking.ask("POST", FEEDBACK, {"message": TEXT, "category": "privacy"})
    assert refused.status == 400
    assert "nomor telepon" in refused.json["errors"][0]["message"]
    await inbox.send(category="privacy", phone="0812345678")


async def test_numbers_of_an_empty_inbox_are_zero(database: Database) -> None:
    inbox = await inbox_on(database)
    answer = await inbox.asking.get(f"{FEEDBACK}/stats", OPERATOR)
    assert answer.data == dict.fromkeys(STATS, 0)
    listed = await inbox.asking.get(FEEDBACK, OPERATOR)
    assert listed.json["pagination"] == {"page": 1, "limit": 20, "total": 0, "totalPages": 0}


async def test_totals_ignore_what_somebody_looks_at(database: Database) -> None:
    inbox = await inbox_on(database)
    numbers = [await inbox.send() for _ in range(3)]
    await inbox.asking.ask(
        "PATCH", f"{FEEDBACK}/{numbers[0]}/status", {"status": "resolved"}, who=OPERATOR
    )
    await inbox.send(website="http://beli.example")
    unread = await inbox.asking.get(FEEDBACK, OPERATOR, query="status=unread&limit=1&page=2")
    assert [row["id"] for row in unread.data] == [numbers[1]]
    assert unread.json["pagination"] == {"page": 2, "limit": 1, "total": 2, "totalPages": 2}
    stats = (await inbox.asking.get(f"{FEEDBACK}/stats", OPERATOR)).data
    assert stats == {
        "total": 3,
        "unread": 2,
        "read": 0,
        "resolved": 1,
        "spam": 1,
        "privacy": 0,
    }


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "page=0", "page=-1", "status=new"])
async def test_paging_is_judged(sqlite_database: Database, query: str) -> None:
    inbox = await inbox_on(sqlite_database)
    assert (await inbox.asking.get(FEEDBACK, OPERATOR, query=query)).status == 400


async def test_changes_and_deletions_are_on_the_record_without_contacts(
    database: Database,
) -> None:
    inbox = await inbox_on(database)
    number = await inbox.send(email="budi@contoh.id")
    path = f"{FEEDBACK}/{number}"
    for body in ({"notes": "sudah ditelepon"}, {"is_spam": True}, {"is_spam": False}):
        answer = await inbox.asking.ask("PATCH", path, body, who=OPERATOR)
        assert (answer.status, answer.data["notes"]) == (200, "sudah ditelepon")
        assert answer.data["changed_by"] == "siti"
    answer = await inbox.asking.ask("PATCH", f"{path}/status", {"status": "read"}, who=ADMIN)
    assert (answer.data["status"], answer.json["message"]) == ("read", "Masukan sudah diubah.")
    assert (await inbox.asking.delete(path, OPERATOR)).status == 200
    assert (await inbox.asking.delete(path, OPERATOR)).status == 404
    trail = await rows(database)
    assert [row["name"] for row in trail] == ["feedback_updated"] * 4 + ["feedback_deleted"]
    assert json.loads(trail[3]["details"])["before"] == {"status": "unread"}
    assert json.loads(trail[3]["details"])["after"] == {"status": "read"}
    assert "budi@contoh.id" not in str([dict(row) for row in trail])


async def test_operators_of_an_area_see_what_is_about_their_cameras(
    database: Database, tmp_path: Path
) -> None:
    inbox = await inbox_on(database, Hub(database, tmp_path))
    own, other, none = [await inbox.send(camera_id=number) for number in (1, 2, None)]
    listed = await inbox.asking.get(FEEDBACK, OF_AREA_1)
    assert [row["id"] for row in listed.data] == [own]
    assert (await inbox.asking.get(f"{FEEDBACK}/stats", OF_AREA_1)).data["total"] == 1
    for number in (other, none):
        path = f"{FEEDBACK}/{number}"
        assert (await inbox.asking.delete(path, OF_AREA_1)).status == 404
        assert (await inbox.asking.get(path, OF_AREA_1)).status == 404


@pytest.mark.parametrize("who", [ANONYMOUS, Principal(kind="session", user_id=9, role="viewer")])
async def test_contacts_are_for_those_who_answer(sqlite_database: Database, who: Principal) -> None:
    inbox = await inbox_on(sqlite_database)
    number = await inbox.send()
    for path in (FEEDBACK, f"{FEEDBACK}/stats", f"{FEEDBACK}/{number}"):
        assert (await inbox.asking.get(path, who)).status in {401, 403}


async def test_a_visitor_sends_five_an_hour(sqlite_database: Database) -> None:
    inbox = await inbox_on(sqlite_database)
    for _ in range(MESSAGES_OF_VISITOR):
        await inbox.send()
    refused = await inbox.asking.ask("POST", FEEDBACK, {"message": TEXT})
    assert (refused.status, refused.json["code"]) == (429, "feedback.often")
    assert 3500 < int(refused.headers["retry-after"]) <= 3600
    assert refused.json["message"].startswith("Anda sudah mengirim")
    await inbox.later()
    await inbox.send()


async def test_what_is_wrong_does_not_count(sqlite_database: Database) -> None:
    inbox = await inbox_on(sqlite_database)
    for _ in range(20):
        await inbox.asking.ask("POST", FEEDBACK, {"message": TEXT, "camera_id": 99})
    await inbox.send()


async def test_a_full_inbox_says_so(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pantau.feedback.service.MOST_UNREAD", 2)
    inbox = await inbox_on(sqlite_database)
    for _ in range(2):
        await inbox.send()
    refused = await inbox.asking.ask("POST", FEEDBACK, {"message": TEXT})
    assert (refused.status, refused.json["code"]) == (503, "feedback.full")


async def test_nothing_is_taken_where_it_is_switched_off(sqlite_database: Database) -> None:
    inbox = await inbox_on(sqlite_database)
    inbox.rules.now = Community(feedback_enabled=False)
    refused = await inbox.asking.ask("POST", FEEDBACK, {"message": TEXT})
    assert (refused.status, refused.json["code"]) == (404, "feedback.off")


async def test_old_messages_and_old_spam_leave(database: Database) -> None:
    inbox = await inbox_on(database)
    inbox.rules.now = Community(feedback_days=100)
    await inbox.send()
    await inbox.send(website="x")
    await inbox.clock.advance(31 * 86_400)
    await inbox.send()
    await inbox.feedback.expire()
    stats = (await inbox.asking.get(f"{FEEDBACK}/stats", OPERATOR)).data
    assert (stats["total"], stats["spam"]) == (2, 0)
    await inbox.clock.advance(70 * 86_400)
    await inbox.feedback.expire()
    assert (await inbox.asking.get(f"{FEEDBACK}/stats", OPERATOR)).data["total"] == 1


async def test_only_the_newest_spam_is_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pantau.feedback.service.MOST_SPAM", 2)
    inbox = await inbox_on(database)
    numbers = [await inbox.send(website="x") for _ in range(4)]
    by = inbox.asking
    found = [(await by.get(f"{FEEDBACK}/{number}", OPERATOR)).status for number in numbers]
    assert found == [404, 404, 200, 200]
