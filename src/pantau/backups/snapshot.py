"""One state of a whole database, read while others go on writing.

SQLite readers of a write-ahead log and PostgreSQL transactions that repeat what they read keep
nobody waiting: not for a moment.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import (
    JSON,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    Text,
    TextClause,
    cast,
    column,
    select,
    table,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from pantau.db.change_counters import ChangeCounterRow
from pantau.db.engines import reader_engine
from pantau.db.errors import translated, translated_connecting
from pantau.db.place import Place

NEVER_KEPT: Final = frozenset({ChangeCounterRow.__tablename__})
"""How often something changed means nothing in another database."""
_WAIT_S: Final = 30.0
_AT_A_TIME: Final = 2000
_AT_A_TIME_OF_TEXTS: Final = 200
_AT_A_TIME_OF_BYTES: Final = 8
_REVISION: Final = text("SELECT version_num FROM alembic_version")
_SQLITE_HIGHEST: Final = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
_SERIAL: Final = text("SELECT pg_get_serial_sequence(:table, :column)")


def kept_tables(metadata: MetaData) -> tuple[Table, ...]:
    """Return the tables that belong in a backup, those that others refer to first."""
    return tuple(each for each in metadata.sorted_tables if each.name not in NEVER_KEPT)


class Snapshot:
    """One state of a database, for as long as its block lasts.  Loop only."""

    def __init__(self, connection: AsyncConnection, tables: Sequence[Table], revision: str) -> None:
        self._connection = connection
        self.tables: Final = tuple(tables)
        self.revision: Final = revision
        self.is_sqlite: Final = connection.dialect.name == "sqlite"

    async def count(self) -> int:
        """Return how many rows there are in all."""
        with translated():
            told = await self._connection.execute(counting(self.tables))
        return sum(told.one())

    async def rows(self, of: Table) -> AsyncIterator[Sequence[Sequence[Any]]]:
        """Yield a table's rows some at a time, as the driver returns them, in their order."""
        size = _at_a_time(of)
        query = _query(of).execution_options(yield_per=size)
        with translated():
            result = await self._connection.stream(query)
            async for some in result.partitions(size):
                yield some

    async def highest(self, of: Table) -> int:
        """Return the highest number that a table ever gave to a row; 0 where none is known."""
        key = list(of.primary_key.columns)
        if len(key) != 1 or not key[0].autoincrement:
            return 0
        with translated():
            if self.is_sqlite:
                if not of.dialect_options["sqlite"].get("autoincrement"):
                    return 0
                told = await self._connection.scalar(_SQLITE_HIGHEST, {"table": of.name})
                return int(told or 0)
            named = {"table": of.name, "column": key[0].name}
            sequence = await self._connection.scalar(_SERIAL, named)
            if sequence is None:
                return 0
            # The name comes from the catalogue of the database, quoted where it must be.
            asked = text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")  # noqa: S608
            return int(await self._connection.scalar(asked) or 0)


def counting(tables: Sequence[Table]) -> TextClause:
    """Return what answers one row with the number of rows of each table, in their order.

    One question instead of one per table; the names are those of our own tables.
    """
    counts = (f'(SELECT count(*) FROM "{each.name}")' for each in tables)  # noqa: S608
    return text(f"SELECT {', '.join(counts)}")


@asynccontextmanager
async def snapshot_of(
    place: Place, tables: Sequence[Table], *, newest: str | None = None
) -> AsyncIterator[Snapshot]:
    """Give the state of now; raises Unavailable when the database is away.

    `newest` is the step of `tables`, where a newer release may have added to those in the database:
    what is read of them is what there was at that step.
    """
    engine = reader_engine(place, readers=1, wait_s=_WAIT_S)
    try:
        with translated_connecting():
            connection = await engine.connect()
        try:
            with translated():
                # The first look is what both databases keep from then on.
                stored = str(await connection.scalar(_REVISION))
            yield Snapshot(connection, tables, min(stored, newest or stored))
        finally:
            await connection.close()
    finally:
        await engine.dispose()


def _query(of: Table) -> Select[Any]:
    # Without the types of the columns: what the driver returns is made portable in a thread.
    bare = table(of.name, *(column(each.name) for each in of.columns))
    keys = [bare.c[each.name] for each in of.primary_key.columns]
    # A driver of PostgreSQL reads JSON by itself, and then its text is lost.
    read = (
        cast(bare.c[each.name], Text) if isinstance(each.type, JSON) else bare.c[each.name]
        for each in of.columns
    )
    return select(*read).order_by(*keys)


def _at_a_time(of: Table) -> int:
    types = [each.type for each in of.columns]
    if any(isinstance(type_, LargeBinary) for type_ in types):
        return _AT_A_TIME_OF_BYTES
    is_long = any(isinstance(type_, String) and type_.length is None for type_ in types)
    return _AT_A_TIME_OF_TEXTS if is_long else _AT_A_TIME
