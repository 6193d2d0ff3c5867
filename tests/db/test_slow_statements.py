"""Slow statements are remembered without their values, on both databases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from pantau.db.database import Database
from pantau.db.slow_statements import SlowStatements, normalised
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("statement", "text_of"),
    [
        ("SELECT a\n  FROM b WHERE c = ?", "SELECT a FROM b WHERE c = ?"),
        ("SELECT 'it''s' , 12.5, t1.c2", "SELECT ? , ?, t1.c2"),
        ("x IN (?, ?, ?)", "x IN (…)"),
        ("x IN ($1::INTEGER, $2::INTEGER)", "x IN (…)"),
        ("x = $1::VARCHAR", "x = $1::VARCHAR"),
        ("INSERT INTO t VALUES (?, ?), (?, ?), (?, ?)", "INSERT INTO t VALUES (…)"),
    ],
)
def test_texts_lose_their_values_and_the_length_of_lists(statement: str, text_of: str) -> None:
    assert normalised(statement) == text_of


@given(st.text(alphabet=st.characters(blacklist_characters="'"), min_size=1))
def test_no_literal_is_kept(secret: str) -> None:
    assert normalised("SELECT a WHERE b = '" + secret + "'") == "SELECT a WHERE b = ?"


async def test_only_slow_ones_are_kept_and_never_more_than_there_is_room_for() -> None:
    slow = SlowStatements(clock=HandWoundClock(), threshold_s=0.1)
    slow.note("SELECT 1", 0.09)
    assert slow.total == 0
    slow.note("SELECT name FROM worst WHERE id = 3", 50.0)
    for number in range(200):
        slow.note(f"VACUUM t_{number}", 0.2)
    assert slow.total == 201
    assert len(slow.worst(1_000)) == 50
    (worst,) = slow.worst(1)
    assert (worst.text, worst.count, worst.longest_s) == (
        "SELECT name FROM worst WHERE id = ?",
        1,
        50.0,
    )


async def test_a_database_notes_what_it_was_slow_at(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = database.slow
    monkeypatch.setattr(slow, "threshold_s", 0.0)
    async with database.read() as work:
        await work.session.execute(text("SELECT :told AS told"), {"told": "a secret"})
    texts = [each.text for each in slow.worst()]
    assert any("told" in each for each in texts)
    assert not any("secret" in each for each in texts)
    async with database.write():
        pass
    assert "COMMIT" in {each.text for each in slow.worst()}
