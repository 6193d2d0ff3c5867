"""Which tables of a PostgreSQL server are ours, and what they are like there.

Asked of the server itself and not of our models: around a change of releases its tables may be
those of the other one.
"""

import tempfile
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, create_engine, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from pantau.backups.restoring import Hub
from pantau.backups.snapshot import NEVER_KEPT
from pantau.core.errors import NotFound
from pantau.db.base import BOOKKEEPING
from pantau.db.engines import plain_engine
from pantau.db.errors import translated_connecting
from pantau.db.reach import reach_of

_STEP = text("SELECT version_num FROM alembic_version")


async def our_server_tables(hub: Hub) -> tuple[Table, ...]:
    """Return our tables as they are, those that others refer to first.

    Raises NotFound where there are none, and Unavailable.
    """
    with translated_connecting():
        async with plain_engine(hub.place).connect() as connection:
            if not await connection.run_sync(
                lambda blocking: inspect(blocking).has_table("alembic_version")
            ):
                raise NotFound("database.none", "There is nothing in the database yet.")
            step = str(await connection.scalar(_STEP))
            reach = await reach_of(connection)
            names = {each.name for each in hub.tables} | set(reach.made_tables if reach else ())
            if step in hub.schema.revisions:
                names |= await _names_at(hub, step)
            return await reflected(connection, names - BOOKKEEPING - NEVER_KEPT)


async def reflected(connection: AsyncConnection, names: Collection[str]) -> tuple[Table, ...]:
    """Return those of the tables called `names` that are there."""

    def look(blocking: Connection) -> tuple[Table, ...]:
        found = MetaData()
        found.reflect(blocking, only=lambda name, _: name in names)
        return tuple(found.sorted_tables)

    return await connection.run_sync(look)


async def _names_at(hub: Hub, step: str) -> set[str]:
    with tempfile.TemporaryDirectory(prefix="pantau-") as folder:
        file = Path(folder) / "tables.db"
        await hub.schema.make(file, step)
        engine = create_engine(f"sqlite:///{file}")
        try:
            return set(inspect(engine).get_table_names())
        finally:
            engine.dispose()
