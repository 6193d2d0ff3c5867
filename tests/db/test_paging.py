import base64
import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import String, delete, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from pantau.core.errors import Invalid
from pantau.db.base import Number, UtcDateTime
from pantau.db.database import Database
from pantau.db.paging import MOST_ROWS, Key, Keyset

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


class Apart(DeclarativeBase):
    """Tables of this file alone."""


class Visit(Apart):
    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    name: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    score: Mapped[float]


NEWEST_FIRST = Keyset[Visit](Key(Visit.at, datetime, descending=True), Key(Visit.id, int))
BY_NAME = Keyset[Visit](Key(Visit.name, str), Key(Visit.id, int, descending=True))
BY_SCORE = Keyset[Visit](Key(Visit.score, float, descending=True), Key(Visit.id, int))


async def put_visits(database: Database, count: int) -> None:
    """Add visits of which many have the same date, the same name or the same score."""
    async with database.write() as work:
        connection = await work.session.connection()
        await connection.run_sync(Apart.metadata.create_all)
        rows = [
            {
                "id": number,
                "name": f"n{number % 3}",
                "at": NOON + timedelta(minutes=number % 4),
                "score": (number % 5) / 3,
            }
            for number in range(1, count + 1)
        ]
        await work.session.execute(insert(Visit), rows)


async def walk(database: Database, keyset: Keyset[Visit], *, limit: int) -> list[int]:
    """Return the numbers of all rows, page by page."""
    seen: list[int] = []
    cursor: str | None = None
    while True:
        async with database.read() as work:
            page = await keyset.page(work, select(Visit), limit=limit, cursor=cursor)
        assert len(page.rows) <= limit
        seen += [row.id for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            return seen


@pytest.mark.parametrize("limit", [1, 2, 7, 25, 200])
@pytest.mark.parametrize("keyset", [NEWEST_FIRST, BY_NAME, BY_SCORE])
async def test_pages_put_together_are_the_whole_list_in_order(
    database: Database, keyset: Keyset[Visit], limit: int
) -> None:
    await put_visits(database, 25)
    in_order = await walk(database, keyset, limit=MOST_ROWS)
    assert sorted(in_order) == list(range(1, 26))
    assert await walk(database, keyset, limit=limit) == in_order


async def test_order_is_what_was_asked_for(database: Database) -> None:
    await put_visits(database, 6)
    assert await walk(database, NEWEST_FIRST, limit=2) == [3, 2, 6, 1, 5, 4]
    assert await walk(database, BY_NAME, limit=2) == [6, 3, 4, 1, 5, 2]


async def test_a_row_that_goes_away_moves_nothing_into_the_gap(database: Database) -> None:
    await put_visits(database, 12)
    async with database.read() as work:
        first = await NEWEST_FIRST.page(work, select(Visit), limit=4)
    async with database.write() as writing:
        await writing.session.execute(delete(Visit).where(Visit.id == first.rows[0].id))
    async with database.read() as work:
        rest = await NEWEST_FIRST.page(work, select(Visit), limit=100, cursor=first.next_cursor)
    seen = [row.id for row in (*first.rows, *rest.rows)]
    assert sorted(seen) == list(range(1, 13))


async def test_conditions_of_the_query_hold_on_every_page(database: Database) -> None:
    await put_visits(database, 20)
    query = select(Visit).where(Visit.name == "n1")
    async with database.read() as work:
        first = await BY_NAME.page(work, query, limit=3)
        second = await BY_NAME.page(work, query, limit=3, cursor=first.next_cursor)
    assert {row.name for row in (*first.rows, *second.rows)} == {"n1"}
    assert len({row.id for row in (*first.rows, *second.rows)}) == 6


async def test_the_last_page_has_no_cursor_also_when_it_is_full(sqlite_database: Database) -> None:
    await put_visits(sqlite_database, 4)
    async with sqlite_database.read() as work:
        whole = await BY_NAME.page(work, select(Visit), limit=4)
        assert whole.next_cursor is None
        none = await BY_NAME.page(work, select(Visit).where(Visit.id < 0), limit=4)
    assert none.rows == ()
    assert none.next_cursor is None


@pytest.mark.parametrize("limit", [0, -1, MOST_ROWS + 1, 10**12])
async def test_a_page_has_a_bounded_size(sqlite_database: Database, limit: int) -> None:
    async with sqlite_database.read() as work:
        with pytest.raises(Invalid) as refused:
            await BY_NAME.page(work, select(Visit), limit=limit)
    assert refused.value.field == "limit"


def forged(*values: Any) -> str:
    text = json.dumps(values)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


BAD = [
    "x",
    "é",
    "====",
    "AAAA",
    "a" * 2000,
    forged("n" * 2000, 1),
    forged(),
    forged("n1"),
    forged("n1", 1, 2),
    forged(1, 1),
    forged("n1", "1"),
    forged("n1", None),
    forged("n1", True),
    forged("n1", 1.5),
    forged("n1", 2**63),
    forged("n1", -(2**70)),
    forged("n\0", 1),
    forged([["n1"]], 1),
    base64.urlsafe_b64encode(b'{"a":1}').decode(),
    base64.urlsafe_b64encode(b"[" * 700).decode(),
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
]


@pytest.mark.parametrize("cursor", BAD)
async def test_a_cursor_that_we_did_not_make_is_refused(
    sqlite_database: Database, cursor: str
) -> None:
    await put_visits(sqlite_database, 1)
    async with sqlite_database.read() as work:
        with pytest.raises(Invalid) as refused:
            await BY_NAME.page(work, select(Visit), limit=10, cursor=cursor)
    assert refused.value.field == "cursor"
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "cursor", [forged("2026-03-01T12:00:00", 1), forged("yesterday", 1), forged(17, 1)]
)
async def test_a_date_in_a_cursor_has_a_zone(sqlite_database: Database, cursor: str) -> None:
    async with sqlite_database.read() as work:
        with pytest.raises(Invalid):
            await NEWEST_FIRST.page(work, select(Visit), limit=10, cursor=cursor)


@pytest.mark.parametrize("score", ["NaN", "Infinity", "-Infinity"])
async def test_a_number_that_is_none_is_refused(sqlite_database: Database, score: str) -> None:
    cursor = base64.urlsafe_b64encode(f"[{score},1]".encode()).decode()
    async with sqlite_database.read() as work:
        with pytest.raises(Invalid):
            await BY_SCORE.page(work, select(Visit), limit=10, cursor=cursor)


ENCODED = st.binary(max_size=80).map(lambda raw: base64.urlsafe_b64encode(raw).decode())


@given(st.text(max_size=120) | ENCODED)
def test_any_text_is_a_cursor_or_a_refusal(cursor: str) -> None:
    for keyset in (NEWEST_FIRST, BY_NAME, BY_SCORE):
        with contextlib.suppress(Invalid):
            keyset._read(cursor)
