"""What tables look like, and what a change of them takes away from whoever knows the old ones.

Reading a shape asks the database; comparing two is pure.  A release goes on working with tables of
which it knows an earlier shape when every read and every write that was possible still is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Integer, SmallInteger, String, inspect
from sqlalchemy.engine import Inspector
from sqlalchemy.types import TypeEngine

from pantau.db.base import BOOKKEEPING

_WITHOUT_BOUND: Final = 2**31


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """One column: what fits into it, and what must be given."""

    family: str
    size: int
    """The longest text, or bytes of a whole number; 0 where nothing is bounded."""
    is_optional: bool
    """NULL may be written."""
    has_default: bool
    """A row may be written without it."""


@dataclass(frozen=True, slots=True)
class TableShape:
    """One table; rules are told as texts that are equal where the rules are."""

    columns: Mapping[str, ColumnShape]
    rules: frozenset[str]


Shape = Mapping[str, TableShape]


def shape_of(connection: Connection) -> Shape:
    """Return all tables that hold content."""
    found = inspect(connection)
    is_sqlite = connection.dialect.name == "sqlite"
    return {
        name: TableShape(
            {told["name"]: _column(told, is_sqlite=is_sqlite) for told in found.get_columns(name)},
            frozenset(_rules(found, name)),
        )
        for name in found.get_table_names()
        if name not in BOOKKEEPING
    }


def what_breaks(before: Shape, after: Shape) -> tuple[str, ...]:
    """Return, as sentences, why whoever knows `before` could fail with `after`."""
    return tuple(_broken(before, after))


def _broken(before: Shape, after: Shape) -> Iterator[str]:
    for name, old in sorted(before.items()):
        new = after.get(name)
        if new is None:
            yield f"The table {name} is gone."
            continue
        for column, was in old.columns.items():
            yield from _broken_column(f"{name}.{column}", was, new.columns.get(column))
        for column in sorted(new.columns.keys() - old.columns.keys()):
            if not (new.columns[column].is_optional or new.columns[column].has_default):
                yield f"{name}.{column} is new and must be given, and the older release does not."
        for rule in sorted(new.rules - old.rules):
            yield f"{name} has a rule that the older release does not know: {rule}."


def _broken_column(name: str, was: ColumnShape, now: ColumnShape | None) -> Iterator[str]:
    if now is None:
        yield f"{name} is gone."
        return
    if now.family != was.family:
        yield f"{name} holds {now.family}, and held {was.family}."
    elif now.size < was.size:
        yield f"{name} is narrower than it was."
    if was.is_optional and not now.is_optional:
        yield f"{name} must be given, and could be left empty."
    if was.has_default and not (now.has_default or now.is_optional):
        yield f"{name} must be given, and had a default."


def _column(told: Any, *, is_sqlite: bool) -> ColumnShape:
    family, size = _sized(told["type"])
    is_numbered = bool(is_sqlite and told.get("primary_key") and family == "whole numbers")
    return ColumnShape(
        family=family,
        size=size,
        is_optional=bool(told["nullable"]),
        has_default=told["default"] is not None or is_numbered or bool(told.get("identity")),
    )


def _sized(type_: TypeEngine[Any]) -> tuple[str, int]:
    if isinstance(type_, String):
        return "texts", type_.length or _WITHOUT_BOUND
    if isinstance(type_, Integer):
        size = 2 if isinstance(type_, SmallInteger) else 4
        return "whole numbers", 8 if isinstance(type_, BigInteger) else size
    return type_.__class__.__name__.lower(), 0


def _rules(found: Inspector, name: str) -> Iterator[str]:
    yield f"key ({', '.join(found.get_pk_constraint(name)['constrained_columns'])})"
    for told in found.get_unique_constraints(name):
        yield f"one row per ({', '.join(told['column_names'])})"
    for index in found.get_indexes(name):
        if index["unique"] and "duplicates_constraint" not in index:
            parts = index.get("expressions") or index["column_names"]
            options = index.get("dialect_options", {})
            found_where = (options.get(f"{kind}_where") for kind in ("sqlite", "postgresql"))
            condition = "".join(f" where {where}" for where in found_where if where is not None)
            yield f"one row per ({', '.join(str(part) for part in parts)}){condition}"
    for check in found.get_check_constraints(name):
        yield f"check {check['sqltext']}"
    for key in found.get_foreign_keys(name):
        own, other = ", ".join(key["constrained_columns"]), ", ".join(key["referred_columns"])
        yield f"({own}) belongs to {key['referred_table']} ({other})"
