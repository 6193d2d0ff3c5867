"""Puts the whole of a database that was built aside into a PostgreSQL server, all or nothing."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeAlias

from sqlalchemy import Table, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from pantau.backups.portable import columns_of, for_postgresql
from pantau.backups.server_tables import reflected
from pantau.core.errors import Unavailable
from pantau.db.base import BOOKKEEPING
from pantau.db.engines import upgrading_engine
from pantau.db.errors import translated_connecting
from pantau.db.place import Place
from pantau.db.reach import reach_of

Make: TypeAlias = Callable[[AsyncConnection], Awaitable[None]]
"""Makes tables where there are none, in the transaction that is open."""

REFUSED: Final = "backup.refused"
_SERIAL: Final = text("SELECT pg_get_serial_sequence(:table, :column)")
_FUNCTIONS: Final = text(
    "SELECT DISTINCT p.oid::regprocedure::text FROM pg_trigger t"
    " JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid"
    " WHERE NOT t.tgisinternal AND c.relname = ANY(:names)"
    " AND c.relnamespace = to_regnamespace(current_schema())"
    " AND p.pronamespace = c.relnamespace"
)
_SET: Final = text("SELECT setval(CAST(:sequence AS regclass), :number, :is_called)")


async def fill_server(place: Place, tables: Sequence[Table], scratch: Path) -> None:
    """Replace every row of `tables` by those in `scratch`, in one transaction.

    Nobody else may be using the database.  Raises Unavailable when it is away or refuses a row;
    nothing is changed then.
    """

    async def fill(connection: AsyncConnection) -> None:
        await _replace(connection, tables, scratch)

    await _in_one_transaction(place, fill)


async def remake_server(place: Place, scratch: Path, make: Make) -> None:
    """Replace all our tables by those that `make` makes, with the rows in `scratch`.

    As `fill_server` otherwise: whatever step the server was at, it is at that of `scratch`.
    """
    names = await asyncio.to_thread(_names_in_thread, scratch)

    async def remake(connection: AsyncConnection) -> None:
        reach = await reach_of(connection)
        await _drop_ours(connection, {*names, *(reach.made_tables if reach else ()), *BOOKKEEPING})
        await make(connection)
        await _replace(connection, await reflected(connection, names), scratch)

    await _in_one_transaction(place, remake)


async def _drop_ours(connection: AsyncConnection, names: Collection[str]) -> None:
    tables = await reflected(connection, names)
    quote = connection.dialect.identifier_preparer.quote
    if not tables:
        return
    functions = await connection.scalars(_FUNCTIONS, {"names": [table.name for table in tables]})
    called = functions.all()
    await connection.execute(text(f"DROP TABLE {', '.join(quote(each.name) for each in tables)}"))
    for name in called:
        # Quoted by the server where it must be.
        await connection.execute(text(f"DROP FUNCTION {name}"))


def _names_in_thread(scratch: Path) -> frozenset[str]:
    with closing(sqlite3.connect(f"file:{scratch}?mode=ro", uri=True)) as source:
        found = source.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return frozenset(name for (name,) in found if not name.startswith("sqlite_")) - BOOKKEEPING


async def _in_one_transaction(
    place: Place, work: Callable[[AsyncConnection], Awaitable[None]]
) -> None:
    engine = upgrading_engine(place)
    try:
        with translated_connecting():
            async with engine.begin() as connection:
                await work(connection)
    except (SQLAlchemyError, _driver_error()) as error:
        raise Unavailable(
            REFUSED,
            f"The database refused the backup, and nothing was changed: "
            f"{getattr(error, 'orig', error)}",
        ) from error
    finally:
        await engine.dispose()


async def _replace(connection: AsyncConnection, tables: Sequence[Table], scratch: Path) -> None:
    quote = connection.dialect.identifier_preparer.quote
    names = [quote(table.name) for table in tables]
    # The trail lets nobody change it while its triggers are on; they are ours to turn off.
    for name in names:
        await connection.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
    await connection.execute(text(f"TRUNCATE {', '.join(names)}"))
    raw: Any = (await connection.get_raw_connection()).driver_connection
    with closing(sqlite3.connect(f"file:{scratch}?mode=ro", uri=True)) as source:
        for table in tables:
            await raw.copy_records_to_table(
                table.name,
                records=_records(source, table),
                columns=[column.name for column in table.columns],
            )
            await _set_sequence(connection, source, table)
    for name in names:
        await connection.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))


def _records(source: sqlite3.Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    columns = columns_of(table)
    written = ", ".join(f'"{column.name}"' for column in columns)
    for row in source.execute(f'SELECT {written} FROM "{table.name}"'):  # noqa: S608 - our names
        yield tuple(
            for_postgresql(column.kind, value) for column, value in zip(columns, row, strict=True)
        )


async def _set_sequence(
    connection: AsyncConnection, source: sqlite3.Connection, table: Table
) -> None:
    key = list(table.primary_key.columns)
    if len(key) != 1 or not key[0].autoincrement:
        return
    named = {"table": table.name, "column": key[0].name}
    sequence = await connection.scalar(_SERIAL, named)
    if sequence is None:
        return
    # A name of ours.
    highest = source.execute(f'SELECT max("{key[0].name}") FROM "{table.name}"').fetchone()[0]  # noqa: S608
    given = source.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,))
    number = max(highest or 0, *(row[0] for row in given.fetchall()), 0)
    await connection.execute(
        _SET, {"sequence": sequence, "number": max(number, 1), "is_called": number > 0}
    )


def _driver_error() -> type[Exception]:
    # Loaded only where there is a server to speak with.
    from asyncpg.exceptions import PostgresError  # noqa: PLC0415

    error: type[Exception] = PostgresError
    return error
