"""The rows of a PostgreSQL server as a SQLite file, for whoever merges rows there."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from pantau.backups.portable import columns_of, line_of, values_in
from pantau.backups.restoring import Hub
from pantau.backups.server_tables import our_server_tables
from pantau.backups.snapshot import snapshot_of


async def exported(hub: Hub, target: Path) -> Mapping[str, int]:
    """Write all rows of our tables to the new file `target`, in one state.

    Return the highest number that each table ever gave to a row.
    """
    tables = await our_server_tables(hub)
    highest: dict[str, int] = {}
    async with snapshot_of(hub.place, tables) as snapshot:
        for table in tables:
            await asyncio.to_thread(_make_in_thread, target, table)
            async for rows in snapshot.rows(table):
                await asyncio.to_thread(_add_in_thread, target, table, rows)
            highest[table.name] = await snapshot.highest(table)
    return highest


def _make_in_thread(target: Path, table: Table) -> None:
    # Without types: the file is only joined with, and gives back what was put in.
    columns = ", ".join(_quoted(column.name) for column in table.columns)
    keys = ", ".join(_quoted(column.name) for column in table.primary_key.columns)
    with closing(sqlite3.connect(target)) as connection:
        connection.execute(f"CREATE TABLE {_quoted(table.name)} ({columns}, PRIMARY KEY ({keys}))")
    target.chmod(0o600)


def _add_in_thread(target: Path, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    columns = columns_of(table)
    values = [values_in(columns, line_of(columns, row)) for row in rows]
    marks = ", ".join("?" for _ in columns)
    with closing(sqlite3.connect(target)) as connection, connection:
        connection.executemany(f"INSERT INTO {_quoted(table.name)} VALUES ({marks})", values)  # noqa: S608


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
