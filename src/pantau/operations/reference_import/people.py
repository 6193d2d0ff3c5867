"""Users of the reference as they are here, with the passwords they know."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pantau.accounts.models import fold
from pantau.accounts.passwords.hashing import is_bcrypt
from pantau.operations.reference_import.report import TableReport
from pantau.operations.reference_import.values import SourceRow
from pantau.web.principal import Role

_ROLES: Final[tuple[Role, ...]] = ("admin", "viewer")
_MOST_NAME: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtUser:
    """Somebody to add; `number` is their number in the reference."""

    number: int
    username: str
    password_hash: str
    role: Role
    created_at: datetime
    password_changed_at: datetime | None
    last_login_at: datetime | None
    last_login_address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtPassword:
    """An earlier password of somebody; `user_number` is their number in the reference."""

    user_number: int
    password_hash: str
    created_at: datetime


def bring_users(
    rows: Iterable[Mapping[str, Any]], taken: Collection[str], report: TableReport, *, now: datetime
) -> list[BroughtUser]:
    """Return the users whose folded names are not `taken`."""
    brought: list[BroughtUser] = []
    names = set(taken)
    for values in rows:
        row = SourceRow(values, report)
        report.found += 1
        username = row.text("username")
        if not username or len(username) > _MOST_NAME:
            report.skip(f"the name is empty or longer than {_MOST_NAME} characters")
        elif fold(username) in taken:
            report.already += 1
            report.remark(f"{username}: somebody of that name is here; left as they are.")
        elif fold(username) in names:
            report.skip("another user has the same name but for upper and lower case")
            report.remark(f"{username}: left behind, the name is taken by another of them.")
        elif not is_bcrypt(row.text("password_hash")):
            report.skip("the password hash is not one of bcrypt")
            report.remark(f"{username}: left behind, add them anew with a new password.")
        else:
            names.add(fold(username))
            brought.append(_user(row, username, now))
            report.brought += 1
    return brought


def bring_passwords(
    rows: Iterable[Mapping[str, Any]],
    brought: Collection[int],
    here: Collection[int],
    report: TableReport,
    *,
    now: datetime,
) -> list[BroughtPassword]:
    """Return earlier passwords of users that are `brought`; those of users `here` are known."""
    passwords: list[BroughtPassword] = []
    for values in rows:
        row = SourceRow(values, report)
        report.found += 1
        owner = row.raw("user_id")
        password_hash = row.text("password_hash")
        if not isinstance(owner, int) or owner not in {*brought, *here}:
            report.skip("its user was left behind")
        elif owner in here:
            report.already += 1
        elif not is_bcrypt(password_hash):
            report.skip("the password hash is not one of bcrypt")
        else:
            at = row.moment("created_at", otherwise=now) or now
            passwords.append(
                BroughtPassword(user_number=owner, password_hash=password_hash, created_at=at)
            )
            report.brought += 1
    return passwords


def _user(row: SourceRow, username: str, now: datetime) -> BroughtUser:
    return BroughtUser(
        number=row.number,
        username=username,
        password_hash=row.text("password_hash"),
        role=row.choice("role", _ROLES, "viewer"),
        created_at=row.moment("created_at", otherwise=now) or now,
        password_changed_at=row.moment("password_changed_at", otherwise=None),
        last_login_at=row.moment("last_login_at", otherwise=None),
        last_login_address=row.address("last_login_ip") or None,
    )
