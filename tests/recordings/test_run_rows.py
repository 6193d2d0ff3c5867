"""What is told of a million segments is read from one index: rows are never looked at."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from pantau.db.database import Database, Reading
from pantau.recordings import keeping_repository, run_rows
from pantau.recordings.models import Span

pytestmark = pytest.mark.anyio
_SPAN = Span(10**12, 10**12 + 86_400_000)


async def _plan(database: Database, ask: Callable[[Reading], Awaitable[object]]) -> list[str]:
    """Return how SQLite finds what `ask` asks for."""
    found: list[str] = []

    async with database.read() as reading:
        execute = reading.session.execute

        async def explained(query: Any, *more: Any, **named: Any) -> Any:
            words = query.compile(
                dialect=sqlite.dialect(),
                compile_kwargs={"literal_binds": True, "render_postcompile": True},
            )
            plan = await execute(text(f"EXPLAIN QUERY PLAN {words}"))
            found.extend(str(row[-1]) for row in plan)
            return await execute(query, *more, **named)

        reading.session.execute = explained  # type: ignore[method-assign, assignment]
        try:
            await ask(reading)
        finally:
            del reading.session.execute
    return [line for line in found if "recording_segments" in line]


ASKED: list[Callable[[Reading], Awaitable[object]]] = [
    lambda reading: run_rows.runs(reading, 1, _SPAN, gap_ms=2_000, limit=10),
    lambda reading: run_rows.runs_of(reading, [1, 2], _SPAN, gap_ms=2_000, limit=10),
    run_rows.totals,
    lambda reading: run_rows.totals(reading, 1),
    lambda reading: run_rows.lately(reading, [1, 2], since_ms=[2, 1], now_ms=10**12),
]


@pytest.mark.parametrize("ask", ASKED, ids=["runs", "runs of many", "totals", "of one", "lately"])
async def test_only_the_index_is_read(
    sqlite_database: Database, ask: Callable[[Reading], Awaitable[object]]
) -> None:
    (line,) = await _plan(sqlite_database, ask)
    assert "COVERING INDEX ix_recording_segments_runs" in line


async def test_what_lies_where_is_counted_in_the_order_of_its_index(
    sqlite_database: Database,
) -> None:
    (line,) = await _plan(sqlite_database, keeping_repository.used)
    assert "ix_recording_segments_used" in line
