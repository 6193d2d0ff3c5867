"""Copies the tables of a PostgreSQL server beside themselves, for as long as a transaction lasts.

Into a schema of its own: what is done to the copies locks nothing that anybody uses, a rollback or
the end of the connection takes them away, and no right is needed beyond that of making a schema.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, MetaData, Table, text

from pantau.db.base import BOOKKEEPING
from pantau.migrations.stepping import take_steps

_SCHEMA: Final = "pantau_rehearsal"
_LOCK_MS: Final = 5000
_SIZE: Final = text(
    "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c"
    " WHERE c.relkind = 'r' AND c.relnamespace = to_regnamespace(current_schema())"
)
_SERIAL: Final = text("SELECT pg_get_serial_sequence(:table, :column)")


def size_of_tables(connection: Connection) -> int:
    """Return how many bytes all tables and their indexes are."""
    return int(connection.execute(_SIZE).scalar_one())


def copied_tables(connection: Connection, steps: Path, revision: str | None) -> None:
    """Make the tables of `revision` in a schema of their own, with all rows, and use that schema.

    The transaction must be rolled back.  Nothing at all is made for None.
    """
    # Waiting for a table would make everybody wait who comes later.
    connection.execute(text(f"SET LOCAL lock_timeout = {_LOCK_MS}"))
    live = connection.execute(text("SELECT current_schema()")).scalar_one()
    connection.execute(text(f"CREATE SCHEMA {_SCHEMA}"))
    connection.execute(text(f"SET LOCAL search_path TO {_SCHEMA}"))
    if revision is None:
        return
    take_steps(connection, steps, revision)
    found = MetaData()
    found.reflect(connection)
    tables = [table for table in found.sorted_tables if table.name not in BOOKKEEPING]
    quote = connection.dialect.identifier_preparer.quote
    names = [quote(table.name) for table in tables]
    for name in names:
        connection.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
    if names:
        connection.execute(text(f"TRUNCATE {', '.join(names)}"))
    for table in tables:
        name = quote(table.name)
        columns = ", ".join(quote(column.name) for column in table.columns)
        # The names are those of tables that our own steps made.
        copied = f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {quote(live)}.{name}"  # noqa: S608
        connection.execute(text(copied))
        _go_on_numbering(connection, table)
    for name in names:
        connection.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))


def _go_on_numbering(connection: Connection, table: Table) -> None:
    keys = list(table.primary_key.columns)
    if len(keys) != 1:
        return
    named = {"table": f"{_SCHEMA}.{table.name}", "column": keys[0].name}
    sequence = connection.execute(_SERIAL, named).scalar_one_or_none()
    if sequence is not None:
        highest = f'SELECT max("{keys[0].name}") FROM "{table.name}"'  # noqa: S608 - our names
        connection.execute(
            text(f"SELECT setval(CAST(:sequence AS regclass), coalesce(({highest}), 1))"),
            {"sequence": sequence},
        )
