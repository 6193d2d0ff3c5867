"""What signing in reads and writes of a user."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, bindparam, exists, or_, select, update

from pantau.accounts.models import UserAreaRow, UserRow
from pantau.db.base import Base
from pantau.db.database import Reading, Writing
from pantau.web.principal import ROLES, Role

_USERS: Final = Base.metadata.tables[UserRow.__tablename__]
_NOTE_SIGN_IN: Final = (
    update(_USERS)
    .where(_USERS.c.id == bindparam("user"))
    .values(last_login_at=bindparam("at"), last_login_address=bindparam("from"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user as signing in needs it."""

    id: int
    username: str
    name_key: str
    role: Role
    area_ids: frozenset[int] | None
    """Of operators; None: all areas."""
    password_hash: str
    password_since: datetime
    is_disabled: bool
    totp_secret_sealed: str | None
    """Of a second factor that is enabled."""

    @property
    def has_second_factor(self) -> bool:
        """Tell whether a password is not enough."""
        return self.totp_secret_sealed is not None


async def account_called(work: Reading, name_key: str) -> Account | None:
    """Return the user of this name."""
    if not name_key.isprintable():  # PostgreSQL takes no NUL, drivers no half of a character
        return None
    return await _account(work, UserRow.name_key == name_key)


async def account_numbered(work: Reading, user_id: int) -> Account | None:
    """Return the user with this id."""
    return await _account(work, UserRow.id == user_id)


async def has_imported_passwords(work: Reading) -> bool:
    """Tell whether any user still has the bcrypt hash that came from elsewhere."""
    found = await work.session.scalar(select(exists().where(UserRow.password_hash.like("$2%"))))
    return bool(found)


async def has_admin(work: Reading) -> bool:
    """Tell whether anybody is an admin who may sign in."""
    found = await work.session.scalar(
        select(exists().where(UserRow.role == "admin", UserRow.disabled_at.is_(None)))
    )
    return bool(found)


async def note_sign_in(work: Writing, user_id: int, *, at: datetime, address: str) -> None:
    """Remember when and from where somebody signed in last."""
    told = {"user": user_id, "at": at, "from": address}
    await work.session.execute(_NOTE_SIGN_IN, told)


async def replace_hash(work: Writing, user_id: int, password_hash: str) -> None:
    """Keep the same password under a stronger hash."""
    await work.session.execute(
        update(UserRow).where(UserRow.id == user_id).values(password_hash=password_hash)
    )


async def restore_admin(work: Writing, user_id: int, *, password_hash: str, at: datetime) -> None:
    """Give somebody a new password and every right."""
    await work.session.execute(
        update(UserRow)
        .where(UserRow.id == user_id)
        .values(
            password_hash=password_hash,
            password_changed_at=at,
            role="admin",
            has_all_areas=True,
            disabled_at=None,
        )
    )


async def use_step(work: Writing, user_id: int, step: int) -> bool:
    """Note that the code of `step` was used; return false where it, or a later one, was before."""
    done = await work.session.execute(
        update(UserRow)
        .where(
            UserRow.id == user_id,
            or_(UserRow.totp_last_step.is_(None), UserRow.totp_last_step < step),
        )
        .values(totp_last_step=step)
        .returning(UserRow.id)
    )
    return done.first() is not None


def role_of(text: str) -> Role:
    """Return the role; whatever is not one may look, and nothing else."""
    return next((role for role in ROLES if role == text), "viewer")


async def areas_of(work: Reading, row: UserRow) -> frozenset[int] | None:
    """Return the areas that somebody may change; None: all of them."""
    if row.role != "operator" or row.has_all_areas:
        return None
    found: Sequence[int] = (
        await work.session.scalars(select(UserAreaRow.area_id).where(UserAreaRow.user_id == row.id))
    ).all()
    return frozenset(found)


async def _account(work: Reading, condition: ColumnElement[bool]) -> Account | None:
    row = await work.session.scalar(
        # Statements that were not told to the session may have changed it in this transaction.
        select(UserRow).where(condition).execution_options(populate_existing=True)
    )
    if row is None:
        return None
    return Account(
        id=row.id,
        username=row.username,
        name_key=row.name_key,
        role=role_of(row.role),
        area_ids=await areas_of(work, row),
        password_hash=row.password_hash,
        password_since=row.password_changed_at or row.created_at,
        is_disabled=row.disabled_at is not None,
        totp_secret_sealed=row.totp_secret_sealed if row.totp_enabled_at else None,
    )
