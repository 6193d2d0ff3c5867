"""A small table for tests of what holds for every table, and questions that take long."""

from typing import Final

from sqlalchemy import text

from pantau.db.database import Database, Reading

_TABLE: Final = "CREATE TABLE things (id INTEGER PRIMARY KEY, name VARCHAR(40) UNIQUE)"
_FOREVER: Final = {
    "sqlite": (
        "WITH RECURSIVE counted(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM counted) "
        "SELECT count(*) FROM counted"
    ),
    "postgresql": "SELECT pg_sleep(600)",
}


async def make_things(database: Database, *names: str) -> None:
    """Make the table `things`, with one row per name."""
    async with database.write() as work:
        await work.session.execute(text(_TABLE))
        for number, name in enumerate(names, 1):
            await put(work, number, name)


async def put(work: Reading, number: int, name: str) -> None:
    """Add a thing."""
    await work.session.execute(
        text("INSERT INTO things (id, name) VALUES (:id, :name)"), {"id": number, "name": name}
    )


async def names(work: Reading) -> list[str]:
    """Return the names of all things."""
    return list(await work.session.scalars(text("SELECT name FROM things ORDER BY id")))


async def names_in(database: Database) -> list[str]:
    async with database.read() as work:
        return await names(work)


async def ask_forever(work: Reading) -> None:
    """Ask something that has no end."""
    kind = work.session.get_bind().dialect.name
    await work.session.execute(text(_FOREVER[kind]))
