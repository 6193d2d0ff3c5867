"""What the drivers raise, in the words of the house.  The only place that knows their texts."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from pantau.core.errors import Exhausted, Problem, Unavailable
from pantau.db.place import Place

RETRY_AFTER_S: Final = 2.0
BUSY: Final = "database.busy"

_BUSY_STATES: Final = frozenset({"55P03", "40001", "40P01"})
"""PostgreSQL: lock not available, serialization failure, deadlock."""
_FULL_STATES: Final = frozenset({"53100", "53200"})
_AWAY_CLASSES: Final = ("08", "57P", "53", "28", "3D")
"""PostgreSQL: connection lost, shutting down, no connection left, refused, no such database."""


def breaks_unique(error: IntegrityError, rule: str) -> bool:
    """Tell whether `error` is a second row with the same value where there may be one.

    `rule` is `table.column` (several: `table.one, table.two`, in the order of the constraint), or
    the name of a unique index over an expression.  The transaction is lost: catch it around
    `Database.write()`, or around a `session.begin_nested()` to go on.
    """
    cause = _cause(error)
    if _state(cause) == "23505":
        table, name = str(cause.table_name), str(cause.constraint_name)
        columns = str(cause.detail or "").partition("(")[2].partition(")=")[0]
        broken = ", ".join(f"{table}.{column}" for column in columns.split(", "))
        return rule in {broken, name}
    broken = str(cause).removeprefix("UNIQUE constraint failed: ")
    return broken in {rule, f"index '{rule}'"}


def breaks_foreign_key(error: IntegrityError) -> bool:
    """Tell whether `error` is a reference to a row that is not there, or to one that must stay."""
    cause = _cause(error)
    return _state(cause) == "23503" or str(cause) == "FOREIGN KEY constraint failed"


def busy(wait_s: float) -> Unavailable:
    """Return what is said when no connection was free in time."""
    return Unavailable(
        BUSY,
        "The database is busy. Try again in a moment.",
        retry_after_s=RETRY_AFTER_S,
        waited_s=round(wait_s, 1),
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turn trouble of the database into a problem; faults of our statements stay what they are."""
    try:
        yield
    except DBAPIError as error:
        problem = _problem_of(error)
        if problem is None:
            raise
        raise problem from error
    except PoolTimeoutError as error:
        raise busy(0.0) from error


@contextmanager
def translated_connecting() -> Iterator[None]:
    """As `translated`, and what a network says when there is nobody to connect to."""
    try:
        with translated():
            yield
    except (OSError, TimeoutError) as error:
        raise _away(str(error)) from error


@contextmanager
def translated_driver(place: Place) -> Iterator[None]:
    """As `translated_connecting`, for statements that are given to the driver itself."""
    try:
        with translated_connecting():
            yield
    except _driver_errors(place) as error:
        raise _away(str(error)) from error


def _driver_errors(place: Place) -> tuple[type[Exception], ...]:
    if place.is_sqlite:
        return (sqlite3.Error,)
    import asyncpg  # noqa: PLC0415 - most installations have a file and load no other driver

    return (asyncpg.PostgresError, asyncpg.InterfaceError)


def _problem_of(error: DBAPIError) -> Problem | None:
    cause = _cause(error)
    name = str(getattr(cause, "sqlite_errorname", ""))
    state = _state(cause)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or state in _BUSY_STATES:
        return busy(0.0)
    if name == "SQLITE_FULL" or state in _FULL_STATES:
        return Exhausted(
            "database.full", "The disk of the database is full. Make room on it.", cause=str(cause)
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return Unavailable(
            "database.damaged",
            "The database is damaged. Run pantau database check, and restore a backup.",
            cause=str(cause),
        )
    is_away = name.startswith(("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_INTERRUPT"))
    if error.connection_invalidated or is_away or state.startswith(_AWAY_CLASSES):
        return _away(str(cause))
    return None


def _away(cause: str) -> Unavailable:
    return Unavailable(
        "database.away",
        "The database does not answer. Try again in a moment.",
        retry_after_s=RETRY_AFTER_S,
        cause=cause,
    )


def _cause(error: DBAPIError) -> Any:
    """Return the driver's own error; SQLAlchemy puts one of its own around those of asyncpg."""
    return getattr(error.orig, "driver_exception", None) or error.orig


def _state(cause: Any) -> str:
    return str(getattr(cause, "sqlstate", "") or "")
