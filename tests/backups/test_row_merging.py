"""Rows of now in tables of before: what people and cameras did stays, what a step did goes."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pantau.backups.row_merging import Keep, merge_rows
from pantau.core.errors import Conflict

BEFORE = """
CREATE TABLE things (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, note TEXT,
    size INTEGER NOT NULL DEFAULT 7);
CREATE UNIQUE INDEX uq_name ON things (name);
CREATE TABLE parts (id INTEGER PRIMARY KEY, thing INTEGER REFERENCES things (id));
CREATE TABLE alembic_version (version_num TEXT);
INSERT INTO alembic_version VALUES ('0001');
INSERT INTO things VALUES (1, 'one', 'first', 1), (2, 'two', NULL, 2), (3, 'three', 'x', 3);
INSERT INTO parts VALUES (1, 1);
"""
MERGE: dict[str, Keep] = {"things": "merge"}


class Bases:
    """The three databases."""

    def __init__(self, folder: Path, steps: str) -> None:
        self.earlier, self.now, self.after = (
            folder / name for name in ("earlier.db", "now.db", "after.db")
        )
        self.do(self.earlier, BEFORE)
        for file in (self.now, self.after):
            self.do(file, BEFORE)
            self.do(file, steps)

    def do(self, file: Path, script: str) -> None:
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(script)

    def since(self, script: str) -> None:
        """Do what people did since the steps were taken."""
        self.do(self.now, script)

    def merge(self, decisions: dict[str, Keep] | None = None, *, knows_steps: bool = True) -> None:
        merge_rows(
            self.earlier,
            self.now,
            after_steps=self.after if knows_steps else None,
            decisions=MERGE if decisions is None else decisions,
        )

    def rows(self, table: str = "things") -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.earlier)) as connection:
            return connection.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()  # noqa: S608


def test_what_only_the_step_changed_is_as_before_it(tmp_path: Path) -> None:
    bases = Bases(tmp_path, "UPDATE things SET name = upper(name), size = size * 10;")
    bases.since("UPDATE things SET note = 'mine' WHERE id = 2")
    bases.since("UPDATE things SET name = 'Renamed' WHERE id = 3")
    bases.merge()
    assert bases.rows() == [(1, "one", "first", 1), (2, "two", "mine", 2), (3, "Renamed", "x", 3)]


def test_a_table_that_is_kept_as_it_is_keeps_what_a_step_did(tmp_path: Path) -> None:
    bases = Bases(tmp_path, "UPDATE things SET name = upper(name);")
    bases.merge({"things": "now"})
    assert [row[1] for row in bases.rows()] == ["ONE", "TWO", "THREE"]


def test_who_does_not_know_the_steps_keeps_what_they_did(tmp_path: Path) -> None:
    bases = Bases(tmp_path, "UPDATE things SET name = upper(name);")
    bases.merge(knows_steps=False)
    assert [row[1] for row in bases.rows()] == ["ONE", "TWO", "THREE"]


def test_rows_that_came_and_went_since_stay_as_they_are(tmp_path: Path) -> None:
    bases = Bases(tmp_path, "UPDATE things SET name = upper(name);")
    bases.since("DELETE FROM things WHERE id = 3; INSERT INTO things (name) VALUES ('four')")
    bases.since("INSERT INTO parts VALUES (2, 4)")
    bases.merge()
    assert [row[:2] for row in bases.rows()] == [(1, "one"), (2, "two"), (4, "four")]
    assert bases.rows("parts") == [(1, 1), (2, 4)]


def test_rows_that_a_step_made_or_took_away_are_as_before_it(tmp_path: Path) -> None:
    bases = Bases(
        tmp_path,
        "DELETE FROM things WHERE id = 3; INSERT INTO things (id, name) VALUES (9, 'new');",
    )
    bases.since("UPDATE things SET note = 'mine' WHERE id = 2")
    bases.merge()
    assert [row[0] for row in bases.rows()] == [1, 2, 3]


def test_columns_that_are_gone_come_from_the_snapshot_or_their_default(tmp_path: Path) -> None:
    bases = Bases(
        tmp_path, "ALTER TABLE things DROP COLUMN size; ALTER TABLE things DROP COLUMN note;"
    )
    bases.since("INSERT INTO things (name) VALUES ('four')")
    bases.merge()
    assert bases.rows()[0] == (1, "one", "first", 1)
    assert bases.rows()[-1] == (4, "four", None, 7)


def test_columns_and_tables_that_came_are_left_behind(tmp_path: Path) -> None:
    bases = Bases(
        tmp_path,
        "ALTER TABLE things ADD COLUMN n INTEGER DEFAULT 3; CREATE TABLE bags (id INTEGER);",
    )
    before = bases.rows()
    bases.merge()
    assert bases.rows() == before


def test_a_table_that_a_step_took_away_comes_back(tmp_path: Path) -> None:
    bases = Bases(tmp_path, "DROP TABLE parts;")
    bases.merge()
    assert bases.rows("parts") == [(1, 1)]


def test_a_value_that_nobody_has_is_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    bases = Bases(
        tmp_path,
        "DROP TABLE things; CREATE TABLE things (id INTEGER PRIMARY KEY, note TEXT, size INTEGER);"
        "INSERT INTO things VALUES (1, 'first', 1), (5, 'x', 1)",
    )
    before = bases.rows()
    with pytest.raises(Conflict, match="1 rows that came since have nothing for name"):
        bases.merge()
    assert bases.rows() == before


@pytest.mark.parametrize(
    "since",
    [
        "DROP INDEX uq_name; UPDATE things SET name = 'one', note = 'second' WHERE id = 2",
        "DELETE FROM things WHERE id = 1",
    ],
    ids=["unique", "orphan"],
)
def test_rows_that_the_earlier_tables_refuse_are_told(since: str, tmp_path: Path) -> None:
    bases = Bases(tmp_path, "")
    bases.since(since)
    before = bases.rows()
    with pytest.raises(Conflict, match="cannot be in the earlier tables"):
        bases.merge()
    assert bases.rows() == before


def test_no_number_is_given_twice(tmp_path: Path) -> None:
    bases = Bases(tmp_path, "")
    bases.since(
        "INSERT INTO things (id, name) VALUES (40, 'gone'); DELETE FROM things WHERE id = 40"
    )
    bases.merge()
    bases.do(bases.earlier, "INSERT INTO things (name) VALUES ('next')")
    assert bases.rows()[-1][0] == 41


def test_triggers_do_not_stop_it_and_are_there_afterwards(tmp_path: Path) -> None:
    bases = Bases(tmp_path, "UPDATE things SET note = 'stepped'")
    refusing = "CREATE TRIGGER kept BEFORE DELETE ON things BEGIN SELECT RAISE(ABORT, 'no'); END;"
    bases.do(bases.earlier, refusing)
    bases.merge()
    with pytest.raises(sqlite3.IntegrityError, match="no"):
        bases.do(bases.earlier, "DELETE FROM things")
