"""A backup of an older Pantau, at an earlier step of the tables, is brought up to today's."""

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Connection, MetaData, Table, create_engine, insert

from pantau.accounts.models import fold
from pantau.backups.making import Made, make_archive, read_parts
from pantau.backups.restoring import SECRET_FILES
from pantau.backups.snapshot import NEVER_KEPT, snapshot_of
from pantau.db.base import BOOKKEEPING
from pantau.db.place import FILE_NAME, Place, sqlite_place
from pantau.migrations.upgrade import step_aside
from tests.backups.hubs import LOCK, FullHub, row_for
from tests.support.clock import START

pytestmark = pytest.mark.anyio
OLD: Final = "0012"
FILLED: Final = ("areas", "users", "site_values", "view_history")


def old_tables(file: Path) -> tuple[Table, ...]:
    """Fill some tables of an old database, and return all that belong in a backup of it."""
    engine = create_engine(f"sqlite:///{file}")
    found = MetaData()
    found.reflect(engine)
    with engine.begin() as connection:
        for name in FILLED:
            connection.execute(insert(found.tables[name]), [_row(found.tables[name])])
    engine.dispose()
    others = NEVER_KEPT | BOOKKEEPING
    return tuple(each for each in found.sorted_tables if each.name not in others)


def _row(table: Table) -> dict[str, Any]:
    row = row_for(table)
    if table.name == "users":
        row |= {"username": "Siti", "name_key": fold("Siti"), "role": "admin", "disabled_at": None}
    if "managed_by" in row:
        row |= {"managed_by": "operator", "removed_at": None}
    return row


def rows_of(file: Path, tables: tuple[Table, ...]) -> dict[str, list[dict[str, Any]]]:
    def read(connection: Connection) -> dict[str, list[dict[str, Any]]]:
        return {
            each.name: [dict(row) for row in connection.execute(each.select()).mappings()]
            for each in tables
            if each.name in FILLED
        }

    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        found = read(connection)
    engine.dispose()
    return found


async def old_backup(folder: Path, template: Path) -> tuple[Made, tuple[Table, ...]]:
    """Make an old hub in `folder`, and a backup of it as the Pantau of that day did."""
    await asyncio.to_thread(folder.mkdir)
    file = folder / FILE_NAME
    await step_aside(file, OLD)
    tables = await asyncio.to_thread(old_tables, file)
    old = FullHub(sqlite_place(file), folder, template, tables)
    async with snapshot_of(old.place, tables) as snapshot:
        assert snapshot.revision == OLD
        made = await make_archive(
            snapshot,
            folder / "old.tar.age",
            label=old.hub.label,
            parts=lambda: read_parts(folder, plain=(), secret=SECRET_FILES, with_secrets=True),
            lock=LOCK,
            now=START,
        )
    return made, tables


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
async def test_an_older_backup_is_brought_up_to_today(
    kind: str, request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path
) -> None:
    made, tables = await old_backup(tmp_path / "old", sqlite_template)
    place: Place = sqlite_place(tmp_path / "new" / FILE_NAME)
    if kind == "postgresql":
        place = request.getfixturevalue("postgresql_place")
    new = FullHub(place, tmp_path / "new", sqlite_template)
    preview = await new.prepare(made.file)
    assert preview.is_older
    staged = await asyncio.to_thread(rows_of, new.staging.database, tables)
    new.decide(preview)
    result = await new.carry_out()
    assert result.ok, result.sentence
    before = await asyncio.to_thread(rows_of, tmp_path / "old" / FILE_NAME, tables)
    assert staged == before
    assert {len(rows) for rows in staged.values()} == {1}
    after = await new.contents()
    assert {name: len(after[name]) for name in FILLED} == dict.fromkeys(FILLED, 1)
    assert after["users"][0][1] == "Siti"
    # Tables that came since are there, and empty.
    assert after["feedbacks"] == after["sponsors"] == after["backup_runs"] == []
    assert (await new.verify()).ok
