"""What strangers do is counted, bounded, and never in anybody's way."""

import asyncio
import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from pantau.audit.chain import Draft
from pantau.audit.events import SecurityEvent
from pantau.audit.notes import Bounds, NoteBook
from pantau.db.database import Database
from tests.audit.trails import rows, run_sql, trail_on
from tests.support.clock import START, HandWoundClock

pytestmark = pytest.mark.anyio
FAILURE = SecurityEvent.AUTH_FAILURE


def told(found: Any) -> list[tuple[str, str, str, int]]:
    return [(row["name"], row["address"], row["username"], row["count"]) for row in found]


async def test_first_is_written_at_once_and_the_rest_of_the_minute_as_one(
    database: Database,
) -> None:
    clock = HandWoundClock()
    trail = trail_on(database, clock)
    trail.note(FAILURE, address="192.0.2.1", username="admin", endpoint="POST /api/auth/login")
    await trail.flush()
    for _ in range(500):
        trail.note(FAILURE, address="192.0.2.1", username="admin")
    trail.note(FAILURE, address="192.0.2.2", username="admin")
    await trail.flush()
    expected = [
        ("AUTH_FAILURE", "192.0.2.1", "admin", 1),
        ("AUTH_FAILURE", "192.0.2.2", "admin", 1),
    ]
    assert told(await rows(database)) == expected
    clock.wind(60)
    await trail.flush()
    assert told(await rows(database)) == [*expected, ("AUTH_FAILURE", "192.0.2.1", "admin", 500)]


async def test_endless_attempts_cost_one_entry_a_minute(sqlite_database: Database) -> None:
    clock = HandWoundClock()
    trail = trail_on(sqlite_database, clock)
    for _ in range(600):
        trail.note(FAILURE, address="192.0.2.1", username="admin")
        clock.wind(1)
        await trail.flush()
    found = await rows(sqlite_database)
    assert len(found) <= 11
    assert sum(row["count"] for row in found) + 60 >= 600


async def test_flood_of_different_names_is_bounded_and_counted(sqlite_database: Database) -> None:
    clock = HandWoundClock()
    bounds = Bounds(most_kept=300, burst=100, per_day=864)
    trail = trail_on(sqlite_database, clock, bounds)
    for number in range(20_000):
        trail.note(FAILURE, address=f"2001:db8::{number:x}", username=f"name{number}")
    await trail.flush(everything=True)
    found = await rows(sqlite_database)
    assert len(found) == 101
    assert found[-1]["name"] == "AUDIT_NOTES_MERGED"
    assert json.loads(found[-1]["details"]) == {"events": {"AUTH_FAILURE": 19_900}}
    assert sum(row["count"] for row in found) == 20_000
    clock.wind(1000)
    for number in range(100):
        trail.note(FAILURE, address="192.0.2.1", username=f"later{number}")
    await trail.flush(everything=True)
    assert len(await rows(sqlite_database)) == 101 + 10 + 1, "room for 864 a day is 10 in 1,000 s"


def failure_of(username: str) -> Draft:
    return Draft(at=START, kind="security", name=FAILURE, actor_kind="anonymous", username=username)


def test_memory_holds_a_bounded_number_of_events() -> None:
    book = NoteBook(HandWoundClock(), Bounds(most_kept=10))
    for number in range(1_000):
        book.add(failure_of(f"name{number}"))
    assert len(book) == 10 + 1
    assert sum(draft.count for draft in book.due(everything=True).drafts) == 1_000


def test_what_happens_while_something_is_written_is_not_lost() -> None:
    book = NoteBook(HandWoundClock(), Bounds(most_kept=2))
    for name in ("one", "two", "three"):
        book.add(failure_of(name))
    batch = book.due(everything=True)
    assert book.find(FAILURE, address="", username="one")
    book.add(failure_of("four"))
    book.written(batch)
    late = book.due(everything=True)
    assert [(draft.username, draft.count) for draft in late.drafts] == [("one", 1), ("", 1)]
    book.written(late)
    assert not book.due(everything=True)


async def test_names_of_any_length_take_little_memory(sqlite_database: Database) -> None:
    trail = trail_on(sqlite_database)
    trail.note(
        FAILURE,
        address="x" * 10**6,
        username="y" * 10**6,
        user_agent="z" * 10**6,
        endpoint="w" * 10**6,
        details={"a": "b" * 10**6},
    )
    await trail.flush()
    (row,) = await rows(sqlite_database)
    assert sum(len(str(value)) for value in row.values()) < 9_000


async def test_what_cannot_be_written_now_is_written_later(sqlite_database: Database) -> None:
    trail = trail_on(sqlite_database)
    await run_sql(sqlite_database, "ALTER TABLE audit_head RENAME TO away")
    trail.note(FAILURE, address="192.0.2.1")
    with pytest.raises(Exception, match="audit_head"):
        await trail.flush()
    trail.note(FAILURE, address="192.0.2.1")
    await run_sql(sqlite_database, "ALTER TABLE away RENAME TO audit_head")
    await trail.flush(everything=True)
    assert told(await rows(sqlite_database)) == [("AUTH_FAILURE", "192.0.2.1", "", 2)]


async def test_service_writes_within_seconds_and_the_rest_when_it_is_closed(
    sqlite_database: Database,
) -> None:
    clock = HandWoundClock()
    trail = trail_on(sqlite_database, clock)
    service = asyncio.ensure_future(trail.run())
    await clock.advance(1)
    trail.note(SecurityEvent.CSRF_INVALID, address="192.0.2.1")
    assert await rows(sqlite_database) == []
    while not await rows(sqlite_database):
        await clock.advance(0.5)
    assert clock.now() - START < timedelta(seconds=30)
    trail.note(SecurityEvent.CSRF_INVALID, address="192.0.2.1")
    await trail.close()
    assert [row["count"] for row in await rows(sqlite_database)] == [1, 1]
    service.cancel()
    with suppress(asyncio.CancelledError):
        await service


async def test_closing_without_a_database_ends_all_the_same(sqlite_database: Database) -> None:
    trail = trail_on(sqlite_database)
    trail.note(FAILURE)
    async with sqlite_database.write():
        await trail.close()
