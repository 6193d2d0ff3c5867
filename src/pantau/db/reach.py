"""How far back a database reaches: which releases may use it, noted in the database itself.

A step says in `oldest_release` which release is the oldest that works with its tables, as the step
that this release came with.  Whoever takes steps leaves the highest of these numbers here, so that
a release that has never heard of the newest steps knows whether it may go on.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from pantau.db.base import REACH

_MAKE: Final = text(
    f"CREATE TABLE IF NOT EXISTS {REACH}"
    " (oldest_release VARCHAR(32) NOT NULL, made_tables TEXT NOT NULL)"
)
_FORGET: Final = text(f"DELETE FROM {REACH}")  # noqa: S608 - a name of ours
_PUT: Final = text(f"INSERT INTO {REACH} VALUES (:oldest, :made)")  # noqa: S608
_GET: Final = text(f"SELECT oldest_release, made_tables FROM {REACH}")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Reach:
    """What the last one to take steps left."""

    oldest_release: str
    """Releases before this step do not understand the tables."""
    made_tables: tuple[str, ...]
    """Tables that steps have made since this is kept."""


async def reach_of(connection: AsyncConnection) -> Reach | None:
    """Return what is noted; None: nothing is, and only the newest release may use the database."""
    return await connection.run_sync(read_reach)


def read_reach(connection: Connection) -> Reach | None:
    """As `reach_of`, where a connection blocks."""
    if not inspect(connection).has_table(REACH):
        return None
    found = connection.execute(_GET).one_or_none()
    return None if found is None else Reach(found[0], tuple(json.loads(found[1])))


def put_reach(connection: Connection, oldest_release: str, made: Collection[str]) -> None:
    """Note what was done, in the transaction that did it."""
    connection.execute(_MAKE)
    before = read_reach(connection)
    tables = sorted({*made, *(before.made_tables if before else ())} - {REACH})
    connection.execute(_FORGET)
    connection.execute(_PUT, {"oldest": oldest_release, "made": json.dumps(tables)})
