"""What a release does with tables of which it knows an earlier shape: reads and writes of all."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from pantau.db.place import Place
from tests.migrations.steps import engine_at

ONE_ROW = frozenset({"audit_head", "audit_entries"})
"""Only those who have the key of the trail can write here."""
_VALUES: Final[tuple[tuple[type, Callable[[int], Any]], ...]] = (
    (Boolean, lambda _: True),
    (DateTime, lambda number: datetime(2026, 1, 1, 0, 0, number, tzinfo=UTC)),
    (Date, lambda number: date(2026, 1, 1 + number)),
    (JSON, lambda number: {"a": number}),
    (LargeBinary, lambda number: bytes([number])),
    (Float, lambda number: 0.5 + number),
    (SmallInteger, lambda number: 2**15 - 7 + number),
    (Integer, lambda number: 2**31 - 7 + number),
)
"""As large as may be."""


async def goes_on(place: Place, known: MetaData) -> str:
    """Return what goes wrong first when every table of `known` is read and written; "": nothing.

    Whatever is written is rolled back.
    """
    engine = engine_at(place)
    try:
        async with engine.connect() as connection:
            try:
                await connection.run_sync(_use, known)
            except SQLAlchemyError as error:
                return str(getattr(error, "orig", error)).splitlines()[0]
            finally:
                await connection.rollback()
    finally:
        await engine.dispose()
    return ""


def _use(connection: Connection, known: MetaData) -> None:
    for table in reversed(known.sorted_tables):
        if table.name not in ONE_ROW:
            connection.execute(table.delete())
    for table in known.sorted_tables:
        list(connection.execute(table.select().limit(5)))
        if table.name in ONE_ROW:
            continue
        rows = [
            _row(table, number, is_whole=is_whole) for number, is_whole in ((0, True), (1, False))
        ]
        for row in rows[: 1 if _is_one_row(table) else 2]:
            connection.execute(table.insert().values(row))
        keys = list(table.primary_key.columns)
        same = [key == rows[0][key.name] for key in keys]
        changed = {name: value for name, value in rows[0].items() if name not in table.primary_key}
        if changed:
            done = connection.execute(update(table).where(*same).values(changed))
            assert done.rowcount == 1
        found = connection.execute(table.select().where(*same)).mappings().one()
        assert {name: found[name] for name in rows[0]}.keys() == rows[0].keys()


def _is_one_row(table: Table) -> bool:
    return any(column.foreign_keys for column in table.primary_key.columns)


def _row(table: Table, number: int, *, is_whole: bool) -> dict[str, Any]:
    """Return a row as large as may be, or only what must be given."""
    row = {}
    only = {column.name for index in table.indexes if index.unique for column in index.columns}
    for rule in table.constraints:
        if isinstance(rule, UniqueConstraint | PrimaryKeyConstraint):
            only |= {column.name for column in rule.columns}
    for column in table.columns:
        must = not column.nullable and column.server_default is None
        if column.primary_key or must or is_whole:
            row[column.name] = _value(column, number if column.name in only else 0)
    return row


def _value(column: Column[Any], number: int) -> Any:
    if column.foreign_keys:
        return _value(next(iter(column.foreign_keys)).column, 0)
    for rule in column.table.constraints:
        if isinstance(rule, CheckConstraint) and re.search(
            rf"\b{column.name}\b", str(rule.sqltext)
        ):
            allowed = re.findall(r"'([^']+)'", str(rule.sqltext))
            if allowed:
                return allowed[number % len(allowed)]
    for kind, made in _VALUES:
        if isinstance(column.type, kind):
            return made(number)
    assert isinstance(column.type, String), column.type
    return ("w" * (min(column.type.length or 60, 500) - 1)) + str(number)
