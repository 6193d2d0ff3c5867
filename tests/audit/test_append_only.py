"""Migrated tables refuse changes by the same rules as tables made from the models."""

import pytest
from sqlalchemy import text

from pantau.audit.append_only import postgresql_statements, sqlite_statements
from pantau.db.database import Database
from tests.audit.trails import record, run_sql, trail_on

pytestmark = pytest.mark.anyio


async def test_migration_makes_the_triggers_of_the_models(database: Database) -> None:
    is_sqlite = database.place.is_sqlite
    query = (
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit_%'"
        if is_sqlite
        else "SELECT prosrc FROM pg_proc WHERE proname LIKE 'audit_%'"
    )
    async with database.read() as work:
        there = set((await work.session.execute(text(query))).scalars())
    if is_sqlite:
        wanted = {line for line in sqlite_statements() if line.startswith("CREATE TRIGGER")}
    else:
        functions = [
            line for line in postgresql_statements() if "FUNCTION" in line and "$$" in line
        ]
        wanted = {line.split("$$")[1] for line in functions}
    assert there == wanted


@pytest.mark.parametrize("table", ["audit_entries", "audit_head"])
async def test_tables_cannot_be_emptied(database: Database, table: str) -> None:
    await record(trail_on(database), database)
    # SQLite has no TRUNCATE; its DELETE without conditions would be the same thing.
    verb = "DELETE FROM" if database.place.is_sqlite else "TRUNCATE"
    with pytest.raises(Exception, match="neither changed nor taken away"):
        await run_sql(database, f"{verb} {table}")
