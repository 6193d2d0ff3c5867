"""Brings the rows of now into tables of an earlier step: what was recorded and changed stays.

Three databases: the earlier one, in which the result is built; what is there now; and, where the
steps between are known, the earlier one after them.  A value that is now what the steps made of it
is brought as it was before them; any other was changed by somebody since, and is brought as it is.
Everything here blocks: run it in a thread.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pantau.core.errors import Conflict
from pantau.db.base import BOOKKEEPING

Keep = Literal["now", "merge"]
"""`now`: rows are as they are.  `merge`: so they are, without what steps between made of them."""

_TABLES: Final = (
    "SELECT name FROM {base}.sqlite_master WHERE type = 'table'"
    " AND name NOT LIKE 'sqlite@_%' ESCAPE '@'"
)
_TRIGGERS: Final = "SELECT name, sql FROM main.sqlite_master WHERE type = 'trigger'"


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    is_required: bool
    default: str | None
    key: int
    """Its place in the primary key; 0: it is none."""


def merge_rows(
    earlier: Path,
    now: Path,
    *,
    after_steps: Path | None,
    decisions: Mapping[str, Keep],
    highest: Mapping[str, int] | None = None,
) -> None:
    """Make the rows in the file `earlier` those of `now`, all or none.

    `after_steps` is a copy of `earlier` that was brought to the step of `now`.  `highest` tells the
    highest numbers ever given to rows, where `now` does not know them itself.  A table without a
    decision is brought as it is.  Raises Conflict where a row of now cannot be in the earlier
    tables, and changes nothing then.
    """
    with closing(sqlite3.connect(earlier, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("PRAGMA temp_store=FILE")
        connection.execute("ATTACH ? AS now", (str(now),))
        if after_steps is not None:
            connection.execute("ATTACH ? AS stepped", (str(after_steps),))
        connection.execute("BEGIN")
        with _without_triggers(connection):
            here = set(_tables(connection, "now"))
            stepped = set(_tables(connection, "stepped")) if after_steps else set()
            for name in _tables(connection, "main"):
                if name in here:
                    merged = decisions.get(name) == "merge" and name in stepped
                    _Bringing(connection, name, is_merged=merged).bring()
        _go_on_numbering(connection, highest)
        _check(connection)
        connection.execute("COMMIT")


class _Bringing:
    """One table."""

    def __init__(self, connection: sqlite3.Connection, name: str, *, is_merged: bool) -> None:
        self._connection = connection
        self._name = name
        self._table = _quoted(name)
        self._columns = _columns(connection, "main", name)
        self._here = {column.name for column in _columns(connection, "now", name)}
        stepped = _columns(connection, "stepped", name) if is_merged else ()
        self._stepped = {column.name for column in stepped}
        self._keys = [column.name for column in self._columns if column.key]
        if not set(self._keys) <= self._here:
            raise _refused(name, "its rows are told apart in another way now")
        self._is_merged = is_merged and set(self._keys) <= self._stepped

    def bring(self) -> None:
        missing = [column for column in self._columns if column.name not in self._here]
        if missing or self._is_merged:
            self._set_aside()
        for column in missing:
            self._check_required(column)
        self._run(f"DELETE FROM main.{self._table}")  # noqa: S608 - names of our own tables
        names = ", ".join(_quoted(column.name) for column in self._columns)
        values = ", ".join(self._value(column) for column in self._columns)
        joined = self._joined() if missing or self._is_merged else ""
        brought = (
            f"INSERT INTO main.{self._table} ({names}) SELECT {values} FROM now.{self._table} n"  # noqa: S608
        )
        self._run(f"{brought}{joined}")
        if self._is_merged:
            self._bring_back(names)
        self._connection.execute("DROP TABLE IF EXISTS temp.old_rows")

    def _set_aside(self) -> None:
        self._connection.execute(f"CREATE TEMP TABLE old_rows AS SELECT * FROM main.{self._table}")  # noqa: S608
        keys = ", ".join(_quoted(key) for key in self._keys)
        self._connection.execute(f"CREATE INDEX temp.old_keys ON old_rows ({keys})")

    def _joined(self) -> str:
        joined = f" LEFT JOIN temp.old_rows o ON {self._same('o', 'n')}"
        if not self._is_merged:
            return joined
        joined += f" LEFT JOIN stepped.{self._table} s ON {self._same('s', 'n')}"
        # A row that a step has made, and nobody has touched, is none of the earlier tables.
        same = " AND ".join(
            f"n.{_quoted(name)} IS s.{_quoted(name)}" for name in sorted(self._stepped & self._here)
        )
        return f"{joined} WHERE NOT ({self._is('s')} AND NOT {self._is('o')} AND {same})"

    def _value(self, column: _Column) -> str:
        name = _quoted(column.name)
        if column.name not in self._here:
            return f"CASE WHEN {self._is('o')} THEN o.{name} ELSE {column.default or 'NULL'} END"
        if not self._is_merged or column.key or column.name not in self._stepped:
            return f"n.{name}"
        untouched = f"{self._is('o')} AND {self._is('s')} AND n.{name} IS s.{name}"
        return f"CASE WHEN {untouched} THEN o.{name} ELSE n.{name} END"

    def _bring_back(self, names: str) -> None:
        """Bring the rows that a step has taken away, and nobody else."""
        gone = (
            f"NOT EXISTS (SELECT 1 FROM stepped.{self._table} s WHERE {self._same('s', 'o')})"  # noqa: S608
            f" AND NOT EXISTS (SELECT 1 FROM now.{self._table} n WHERE {self._same('n', 'o')})"
        )
        self._run(
            f"INSERT INTO main.{self._table} ({names})"  # noqa: S608
            f" SELECT {names} FROM temp.old_rows o WHERE {gone}"
        )

    def _check_required(self, column: _Column) -> None:
        if not column.is_required or column.default is not None:
            return
        is_new = f"NOT EXISTS (SELECT 1 FROM temp.old_rows o WHERE {self._same('o', 'n')})"  # noqa: S608
        found = self._connection.execute(
            f"SELECT count(*) FROM now.{self._table} n WHERE {is_new}"  # noqa: S608
        ).fetchone()
        if found[0]:
            raise _refused(
                self._name, f"{found[0]} rows that came since have nothing for {column.name}"
            )

    def _same(self, one: str, other: str) -> str:
        return " AND ".join(f"{one}.{_quoted(key)} = {other}.{_quoted(key)}" for key in self._keys)

    def _is(self, one: str) -> str:
        return f"{one}.{_quoted(self._keys[0])} IS NOT NULL"

    def _run(self, statement: str) -> None:
        try:
            self._connection.execute(statement)
        except sqlite3.IntegrityError as error:
            raise _refused(self._name, str(error)) from error


def _refused(name: str, why: str) -> Conflict:
    return Conflict(
        "database.cannot_roll_back",
        f"What is in {name} cannot be in the earlier tables: {why}. Nothing was changed. Stay with "
        "this release, or restore a whole backup.",
    )


def _check(connection: sqlite3.Connection) -> None:
    orphan = connection.execute("PRAGMA main.foreign_key_check").fetchone()
    if orphan is not None:
        raise _refused(orphan[0], f"a row belongs to a row of {orphan[2]} that is not there")


def _go_on_numbering(connection: sqlite3.Connection, highest: Mapping[str, int] | None) -> None:
    """Let no number be given a second time."""
    if not _has_sequences(connection, "main"):
        return
    reached = dict(highest or {})
    if highest is None and _has_sequences(connection, "now"):
        reached = dict(connection.execute("SELECT name, seq FROM now.sqlite_sequence").fetchall())
    own = {column.name for column in _columns(connection, "main", "sqlite_sequence")}
    assert own == {"name", "seq"}
    numbered = dict(connection.execute("SELECT name, seq FROM main.sqlite_sequence").fetchall())
    for name, number in reached.items():
        if name in numbered and number > numbered[name]:
            raised = "UPDATE main.sqlite_sequence SET seq = ? WHERE name = ?"
            connection.execute(raised, (number, name))
        elif name not in numbered and number and _is_numbered(connection, name):
            connection.execute(
                "INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)", (name, number)
            )


def _has_sequences(connection: sqlite3.Connection, base: str) -> bool:
    found = f"SELECT 1 FROM {base}.sqlite_master WHERE name = 'sqlite_sequence'"  # noqa: S608
    return connection.execute(found).fetchone() is not None


def _is_numbered(connection: sqlite3.Connection, name: str) -> bool:
    made = connection.execute("SELECT sql FROM main.sqlite_master WHERE name = ?", (name,))
    told = made.fetchone()
    return told is not None and "AUTOINCREMENT" in told[0]


def _tables(connection: sqlite3.Connection, base: str) -> Sequence[str]:
    found = connection.execute(_TABLES.format(base=base)).fetchall()
    return [name for (name,) in found if name not in BOOKKEEPING]


def _columns(connection: sqlite3.Connection, base: str, table: str) -> Sequence[_Column]:
    told = connection.execute(f"PRAGMA {base}.table_info({_quoted(table)})").fetchall()
    return [
        _Column(name, is_required=bool(required), default=default, key=key)
        for _, name, _, required, default, key in told
    ]


@contextmanager
def _without_triggers(connection: sqlite3.Connection) -> Iterator[None]:
    triggers = connection.execute(_TRIGGERS).fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER main.{_quoted(name)}")
    yield
    for _, statement in triggers:
        connection.execute(statement)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
