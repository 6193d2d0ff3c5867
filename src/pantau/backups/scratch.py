"""Builds the database of an archive aside, in a SQLite file that nobody uses yet.

Every name in a statement comes from the tables that were made here; what the archive calls things
is only compared with them.  Everything here blocks: run it in a thread.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from pantau.backups.manifest import ColumnEntry, TableEntry, damaged
from pantau.backups.portable import ValueTrouble, kind_declared, values_in
from pantau.backups.reading import Archive
from pantau.backups.snapshot import NEVER_KEPT
from pantau.core.errors import Invalid
from pantau.db.base import BOOKKEEPING

_AT_A_TIME: Final = 500
_OTHERS: Final = NEVER_KEPT | BOOKKEEPING
_TABLES: Final = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@'"
)
_TRIGGERS: Final = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    columns: tuple[ColumnEntry, ...]

    def insert(self, names: Sequence[str]) -> str:
        own = {column.name for column in self.columns}
        written = ", ".join(_quoted(name) for name in names if name in own)
        marks = ", ".join("?" for _ in names)
        return f"INSERT INTO {_quoted(self.name)} ({written}) VALUES ({marks})"  # noqa: S608


def load(archive: Archive, file: Path) -> None:
    """Put the rows of `archive` into `file`, which has the empty tables of its revision.

    Raises Invalid when a table, a column or a row is not one of ours; the file is of no use then.
    """
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.executescript("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;")
        connection.execute("PRAGMA foreign_keys=OFF")
        known = {table.name: table for table in _tables(connection)}
        _compare(archive.manifest.tables, known)
        connection.execute("BEGIN IMMEDIATE")
        with _without_triggers(connection):
            for table in known.values():
                connection.execute(f"DELETE FROM {_quoted(table.name)}")  # noqa: S608
            connection.execute("DELETE FROM sqlite_sequence")
            for entry in archive.manifest.tables:
                _fill(connection, archive, known[entry.name], entry)
        orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
        if orphan is not None:
            raise damaged(f"a row of {orphan[0]} belongs to a row of {orphan[2]} that is not in it")
        connection.execute("COMMIT")


def settle(file: Path) -> None:
    """Make `file` one file that is on the disk for good, readable by its owner alone."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        found = connection.execute("PRAGMA quick_check").fetchone()
        if found != ("ok",):
            raise damaged("the database that was made of it is not sound")
    file.chmod(0o600)
    opened = os.open(file, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _tables(connection: sqlite3.Connection) -> Iterator[_Table]:
    for (name,) in connection.execute(_TABLES).fetchall():
        if name in _OTHERS:
            continue
        told = connection.execute(f"PRAGMA table_info({_quoted(name)})").fetchall()
        yield _Table(
            name, tuple(ColumnEntry(name=row[1], kind=kind_declared(row[2])) for row in told)
        )


def _compare(entries: Sequence[TableEntry], known: dict[str, _Table]) -> None:
    told = {entry.name for entry in entries}
    for name in sorted(told ^ known.keys()):
        what = "holds a table that Pantau does not have" if name in told else "lacks a table"
        raise Invalid("backup.tables", f"This backup {what}: {name}.", field="file")
    for entry in entries:
        ours = {column.name: column.kind for column in known[entry.name].columns}
        theirs = {column.name: column.kind for column in entry.columns}
        if len(theirs) != len(entry.columns):
            raise Invalid("backup.columns", f"{entry.name} has a column twice.", field="file")
        for name in sorted(theirs.keys() ^ ours.keys()):
            what = "a column that Pantau does not have" if name in theirs else "not the column"
            raise Invalid("backup.columns", f"{entry.name} has {what}: {name}.", field="file")
        if theirs != ours:
            raise Invalid(
                "backup.columns", f"{entry.name} has columns of other kinds.", field="file"
            )


@contextmanager
def _without_triggers(connection: sqlite3.Connection) -> Iterator[None]:
    triggers = connection.execute(_TRIGGERS).fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {_quoted(name)}")
    yield
    for _, statement in triggers:
        connection.execute(statement)


def _fill(
    connection: sqlite3.Connection, archive: Archive, table: _Table, entry: TableEntry
) -> None:
    statement = table.insert([column.name for column in entry.columns])
    number = 0
    with archive.lines(entry) as lines:
        while some := list(islice(lines, _AT_A_TIME)):
            try:
                rows = []
                for line in some:
                    number += 1
                    rows.append(values_in(entry.columns, line))
                connection.executemany(statement, rows)
            except ValueTrouble as trouble:
                raise Invalid(
                    "backup.value", f"Row {number} of {entry.name}: {trouble}.", field="file"
                ) from trouble
            except (sqlite3.Error, OverflowError) as error:
                raise Invalid(
                    "backup.value",
                    f"A row of {entry.name} near {number} cannot be: {error}.",
                    field="file",
                ) from error
    _set_highest(connection, entry)


def _set_highest(connection: sqlite3.Connection, entry: TableEntry) -> None:
    told = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (entry.name,))
    (made_with,) = told.fetchone()
    if "AUTOINCREMENT" not in made_with or not entry.highest:
        return
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (entry.name,))
    reached = found.fetchone()
    if reached is None:
        added = "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)"
        connection.execute(added, (entry.name, entry.highest))
    elif reached[0] < entry.highest:
        raised = "UPDATE sqlite_sequence SET seq = ? WHERE name = ?"
        connection.execute(raised, (entry.highest, entry.name))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
