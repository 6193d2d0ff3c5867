"""What going back to a snapshot would keep and lose, found out while the hub runs."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import text

from pantau.backups.protection import Unlock
from pantau.backups.reading import open_archive
from pantau.backups.restoring import Hub
from pantau.backups.server_tables import our_server_tables
from pantau.backups.snapshots import TakenSnapshot
from pantau.db.base import BOOKKEEPING
from pantau.db.engines import plain_engine
from pantau.db.errors import translated_connecting

_OTHERS: Final = BOOKKEEPING | {"change_counters"}
Columns = Mapping[str, frozenset[str]]
"""The columns of each table."""


class Decision(Protocol):
    """What becomes of a table's rows."""

    @property
    def what(self) -> str:
        """What they are, in words."""
        ...


@dataclass(frozen=True, slots=True)
class Contents:
    """Tables, their columns, and how many rows they have."""

    columns: Columns
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class KeptAndLost:
    """As sentences."""

    kept: tuple[str, ...]
    lost: tuple[str, ...]


def kept_and_lost(
    now: Contents,
    then: Contents,
    decisions: Mapping[str, Decision],
    filled: Mapping[tuple[str, str], int],
) -> KeptAndLost:
    """Tell what stays and what the tables of `then` have no place for.

    `filled` says how many rows have something in a column that only `now` has.
    """
    rows_now: dict[str, int] = {}
    rows_then: dict[str, int] = {}
    for name in sorted(now.rows.keys() & then.rows.keys()):
        if name in decisions:
            what = decisions[name].what
            rows_now[what] = rows_now.get(what, 0) + now.rows[name]
            rows_then[what] = rows_then.get(what, 0) + then.rows[name]
    kept = tuple(
        f"{what[:1].upper()}{what[1:]}: {_counted(count)} ({count - rows_then[what]:+} since)"
        for what, count in rows_now.items()
        if count or rows_then[what]
    )
    tables = (
        f"The table {name}, which is new: {_counted(now.rows[name])}"
        for name in sorted(now.rows.keys() - then.rows.keys())
    )
    columns = (
        f"The column {name}.{column}, which is new: {_counted(filled.get((name, column), 0))}"
        for name in sorted(now.columns.keys() & then.columns.keys())
        for column in sorted(now.columns[name] - then.columns[name])
    )
    return KeptAndLost(kept, (*tables, *columns))


def _counted(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"


async def look(hub: Hub, taken: TakenSnapshot, decisions: Mapping[str, Decision]) -> KeptAndLost:
    """Compare what is there with a snapshot; raises Unavailable, and Invalid for a damaged one."""
    then = await asyncio.to_thread(_then_in_thread, taken)
    if hub.place.file is not None:
        now, filled = await asyncio.to_thread(_now_in_thread, hub.place.file, then)
    else:
        now, filled = await _now_on_server(hub, then)
    return kept_and_lost(now, then, decisions, filled)


def _then_in_thread(taken: TakenSnapshot) -> Contents:
    if taken.kind == "sqlite":
        with closing(sqlite3.connect(f"file:{taken.file}?mode=ro", uri=True)) as connection:
            return _contents(connection)
    with tempfile.TemporaryDirectory(prefix="pantau-") as folder:
        manifest = open_archive(taken.file, Unlock(), work=Path(folder)).manifest
    return Contents(
        {table.name: frozenset(each.name for each in table.columns) for table in manifest.tables},
        {table.name: table.rows for table in manifest.tables},
    )


def _now_in_thread(file: Path, then: Contents) -> tuple[Contents, Mapping[tuple[str, str], int]]:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("BEGIN")
        now = _contents(connection)
        return now, {
            (name, column): int(connection.execute(_filled(name, column)).fetchone()[0])
            for name, column in _added(now.columns, then.columns)
        }


async def _now_on_server(
    hub: Hub, then: Contents
) -> tuple[Contents, Mapping[tuple[str, str], int]]:
    tables = await our_server_tables(hub)
    columns = {table.name: frozenset(each.name for each in table.columns) for table in tables}
    with translated_connecting():
        async with plain_engine(hub.place).connect() as connection:
            rows = {name: int(await connection.scalar(text(_rows(name))) or 0) for name in columns}
            filled = {
                (name, column): int(await connection.scalar(text(_filled(name, column))) or 0)
                for name, column in _added(columns, then.columns)
            }
    return Contents(columns, rows), filled


def _added(now: Columns, then: Columns) -> list[tuple[str, str]]:
    return [
        (name, column)
        for name in sorted(now.keys() & then.keys())
        for column in sorted(now[name] - then[name])
    ]


def _contents(connection: sqlite3.Connection) -> Contents:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    names = {name for (name,) in found if not name.startswith("sqlite_")} - _OTHERS
    return Contents(
        {
            name: frozenset(
                row[1] for row in connection.execute(f'PRAGMA table_info("{name}")').fetchall()
            )
            for name in names
        },
        {name: int(connection.execute(_rows(name)).fetchone()[0]) for name in names},
    )


# The names are those that the database itself gives.
def _rows(table: str) -> str:
    return f'SELECT count(*) FROM "{table}"'  # noqa: S608


def _filled(table: str, column: str) -> str:
    return f'SELECT count("{column}") FROM "{table}"'  # noqa: S608
