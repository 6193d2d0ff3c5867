"""Insertions that may say what happens to a row that is there already, which SQL alone cannot."""

from typing import Any

from sqlalchemy.dialects import sqlite

from pantau.db.base import Base
from pantau.db.database import Writing


def inserting(writing: Writing, table: type[Base]) -> Any:
    """Return an insertion of the database's own kind, with `on_conflict_…`."""
    if writing.session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    # Twenty modules, 25 ms and 2 MB that most hubs do without.
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    return postgresql.insert(table)
