"""Whose account is whose: what a restore would do to people, and doing it.

An account is never overwritten, and nobody is let in again, unless whoever restores says so: in a
hub that is in use the accounts that are here stay as they are, and only those whose names are not
here are brought (lesson A14).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from pantau.accounts.models import (
    FirstRunLinkRow,
    PasswordHistoryRow,
    RecoveryCodeRow,
    SessionRow,
    UserAreaRow,
    UserRow,
)
from pantau.areas.models import AreaRow
from pantau.backups.models import People
from pantau.core.clock import Clock
from pantau.core.errors import Conflict
from pantau.db.base import Base
from pantau.db.database import Reading, Writing

__all__ = ["Accounts", "Differences", "People", "accounts_of", "compare", "settle_people"]

_USERS: Final = Base.metadata.tables[UserRow.__tablename__]
_OWNED: Final = tuple(
    Base.metadata.tables[row.__tablename__]
    for row in (PasswordHistoryRow, RecoveryCodeRow, UserAreaRow)
)
_SESSIONS: Final = Base.metadata.tables[SessionRow.__tablename__]
_LINKS: Final = Base.metadata.tables[FirstRunLinkRow.__tablename__]
_AREAS: Final = Base.metadata.tables[AreaRow.__tablename__]
_PROTECTED: Final = ("password_hash", "role", "disabled_at", "totp_secret_sealed", "has_all_areas")
"""What makes a difference to who may do what."""
_WORDS: Final = {
    "password_hash": "password",
    "role": "role",
    "disabled_at": "locked out or not",
    "totp_secret_sealed": "second factor",
    "has_all_areas": "areas",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Somebody who is here and in the backup, and not the same."""

    username: str
    what: tuple[str, ...]
    role_here: str
    role_there: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Accounts here and in a backup."""

    here: int
    there: int
    changed: tuple[Changed, ...] = ()
    only_here: tuple[str, ...] = ()
    only_there: tuple[str, ...] = ()
    clashes: tuple[str, ...] = ()
    """Of those only there: whose number is somebody else's here; they cannot be brought beside."""
    has_admin_there: bool = False


@dataclass(frozen=True, slots=True)
class Accounts:
    """All accounts of one database, as rows."""

    users: tuple[dict[str, Any], ...]
    owned: tuple[tuple[dict[str, Any], ...], ...]
    """In the order of the tables that belong to users."""


async def accounts_of(work: Reading) -> Accounts:
    """Return all accounts with what belongs to them."""

    async def rows(table: Any) -> tuple[dict[str, Any], ...]:
        found = await work.session.execute(select(table))
        return tuple(dict(row) for row in found.mappings())

    return Accounts(await rows(_USERS), tuple([await rows(table) for table in _OWNED]))


def compare(here: Accounts, there: Accounts) -> Differences:
    """Return what differs."""
    by_name = {row["name_key"]: row for row in here.users}
    numbers = {row["id"]: row["name_key"] for row in here.users}
    changed: list[Changed] = []
    only_there: list[str] = []
    clashes: list[str] = []
    for row in there.users:
        ours = by_name.get(row["name_key"])
        if ours is None:
            taken = row["id"] in numbers
            (clashes if taken else only_there).append(row["username"])
            continue
        what = [_WORDS[name] for name in _PROTECTED if ours[name] != row[name]]
        if ours["id"] != row["id"]:
            what.append("number")
        if what:
            changed.append(
                Changed(
                    username=row["username"],
                    what=tuple(what),
                    role_here=ours["role"],
                    role_there=row["role"],
                )
            )
    names = {row["name_key"] for row in there.users}
    return Differences(
        here=len(here.users),
        there=len(there.users),
        changed=tuple(changed),
        only_here=tuple(row["username"] for row in here.users if row["name_key"] not in names),
        only_there=tuple(only_there),
        clashes=tuple(clashes),
        has_admin_there=any(_is_admin(row) for row in there.users),
    )


async def settle_people(scratch: Writing, here: Accounts, people: People, clock: Clock) -> None:
    """Make the accounts in `scratch` what they shall be, and end every session and link.

    Raises Conflict where nobody could sign in as an admin afterwards.
    """
    if people == "keep" and here.users:
        await _keep(scratch, here)
    if here.users and not any(_is_admin(row) for row in await _users(scratch)):
        raise Conflict(
            "backup.no_admin",
            "Nobody could sign in as an admin afterwards: keep the accounts that are here.",
            field="people",
        )
    now = clock.now()
    open_ones = update(_SESSIONS).where(_SESSIONS.c.ended_at.is_(None))
    await scratch.session.execute(open_ones.values(ended_at=now))
    unused = update(_LINKS).where(_LINKS.c.used_at.is_(None))
    await scratch.session.execute(unused.values(used_at=now))


async def _keep(scratch: Writing, here: Accounts) -> None:
    session = scratch.session
    numbers = [row["id"] for row in here.users]
    names = [row["name_key"] for row in here.users]
    # What belongs to them goes with them.
    await session.execute(
        delete(_USERS).where(_USERS.c.id.in_(numbers) | _USERS.c.name_key.in_(names))
    )
    await session.execute(insert(_USERS), list(here.users))
    areas = set((await session.execute(select(_AREAS.c.id))).scalars())
    for table, rows in zip(_OWNED, here.owned, strict=True):
        kept = [_without_number(row) for row in rows if row.get("area_id") in {None, *areas}]
        if kept:
            await session.execute(insert(table), kept)


async def _users(work: Reading) -> Sequence[Any]:
    return (await work.session.execute(select(_USERS))).mappings().all()


def _without_number(row: dict[str, Any]) -> dict[str, Any]:
    # Their own numbers may be taken by rows of others, and mean nothing.
    return {name: value for name, value in row.items() if name != "id"}


def _is_admin(row: Any) -> bool:
    return row["role"] == "admin" and row["disabled_at"] is None
