"""Users in the database."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import Select, delete, select, update
from sqlalchemy.exc import IntegrityError

from pantau.accounts.account_rows import role_of
from pantau.accounts.models import (
    PasswordHistoryRow,
    UserAreaRow,
    UserRow,
    fold,
)
from pantau.accounts.passwords.history import KEPT
from pantau.accounts.users.values import NewUser, PasswordRecord, User, UserFilter
from pantau.core.errors import Invalid
from pantau.db.database import Reading
from pantau.db.errors import breaks_foreign_key, breaks_unique
from pantau.db.paging import Key, Keyset, Page

_BY_NUMBER: Final = Keyset[UserRow](Key(UserRow.id, int))


class UserRepository:
    """What may be asked about users inside one unit of work."""

    def __init__(self, work: Reading) -> None:
        self._work = work
        self._session = work.session

    async def all(self, wanted: UserFilter) -> tuple[User, ...]:
        """Return the users that are wanted, the oldest first."""
        rows = await self._session.scalars(_query(wanted).order_by(UserRow.id))
        return await self._values(rows.all())

    async def page(self, wanted: UserFilter, *, limit: int, cursor: str | None) -> Page[User]:
        """Return a page of the same list."""
        found = await _BY_NUMBER.page(self._work, _query(wanted), limit=limit, cursor=cursor)
        return Page(await self._values(found.rows), found.next_cursor)

    async def one(self, user_id: int) -> User | None:
        """Return a user; nothing when there is none."""
        row = await self._session.get(UserRow, user_id)
        return None if row is None else (await self._values([row]))[0]

    async def named(self, username: str) -> User | None:
        """Return the user of that name, however it is written."""
        row = await self._session.scalar(select(UserRow).where(UserRow.name_key == fold(username)))
        return None if row is None else (await self._values([row]))[0]

    async def admins(self) -> frozenset[int]:
        """Return the admins who may sign in."""
        admins = select(UserRow.id).where(UserRow.role == "admin", UserRow.disabled_at.is_(None))
        return frozenset((await self._session.scalars(admins)).all())

    async def add(self, new: NewUser, *, password_hash: str, at: datetime) -> User:
        """Keep a user; raises Invalid for a name that is taken and an area that is not there."""
        row = UserRow(
            username=new.username,
            password_hash=password_hash,
            role=new.role,
            has_all_areas=new.area_ids is None,
            created_at=at,
            password_changed_at=at,
        )
        self._session.add(row)
        await self._flush()
        await self._set_areas(row.id, new.area_ids)
        return (await self._values([row]))[0]

    async def change(self, user: User, *, disabled_at: datetime | None) -> User:
        """Make the row of `user.id` say what `user` says; raises as `add` does."""
        row = await self._session.get_one(UserRow, user.id)
        row.username = user.username
        row.role = user.role
        row.has_all_areas = user.area_ids is None
        if user.is_disabled != (row.disabled_at is not None):
            row.disabled_at = disabled_at if user.is_disabled else None
        await self._flush()
        await self._set_areas(user.id, user.area_ids)
        return (await self._values([row]))[0]

    async def remove(self, user_id: int) -> None:
        """Remove a user with everything that is theirs."""
        await self._session.execute(delete(UserRow).where(UserRow.id == user_id))

    async def password(self, user_id: int) -> PasswordRecord | None:
        """Return what a new password of this user is compared with."""
        row = await self._session.get(UserRow, user_id)
        if row is None:
            return None
        earlier = await self._session.scalars(
            select(PasswordHistoryRow.password_hash)
            .where(PasswordHistoryRow.user_id == user_id)
            .order_by(PasswordHistoryRow.id.desc())
            .limit(KEPT)
        )
        return PasswordRecord(
            username=row.username, password_hash=row.password_hash, earlier=tuple(earlier.all())
        )

    async def replace_password(
        self, user_id: int, *, old_hash: str, new_hash: str, at: datetime
    ) -> bool:
        """Keep a new password and remember the old one; false when it was replaced meanwhile."""
        replaced = await self._session.scalar(
            update(UserRow)
            .where(UserRow.id == user_id, UserRow.password_hash == old_hash)
            .values(password_hash=new_hash, password_changed_at=at)
            .returning(UserRow.id)
        )
        if replaced is None:
            return False
        self._session.add(
            PasswordHistoryRow(user_id=user_id, password_hash=old_hash, created_at=at)
        )
        await self._session.flush()
        kept = (
            select(PasswordHistoryRow.id)
            .where(PasswordHistoryRow.user_id == user_id)
            .order_by(PasswordHistoryRow.id.desc())
            .limit(KEPT)
        )
        await self._session.execute(
            delete(PasswordHistoryRow).where(
                PasswordHistoryRow.user_id == user_id, PasswordHistoryRow.id.not_in(kept)
            )
        )
        return True

    async def _set_areas(self, user_id: int, area_ids: frozenset[int] | None) -> None:
        await self._session.execute(delete(UserAreaRow).where(UserAreaRow.user_id == user_id))
        self._session.add_all(
            UserAreaRow(user_id=user_id, area_id=area_id) for area_id in sorted(area_ids or ())
        )
        await self._flush()

    async def _flush(self) -> None:
        try:
            await self._session.flush()
        except IntegrityError as error:
            if breaks_unique(error, "users.name_key"):
                raise Invalid(
                    "users.name_taken", "This username is taken.", field="username"
                ) from error
            if breaks_foreign_key(error):
                raise Invalid(
                    "users.area_unknown", "One of these areas does not exist.", field="area_ids"
                ) from error
            raise

    async def _values(self, rows: Iterable[UserRow]) -> tuple[User, ...]:
        kept = tuple(rows)
        scoped = {row.id for row in kept if row.role == "operator" and not row.has_all_areas}
        areas: dict[int, set[int]] = {user_id: set() for user_id in scoped}
        if scoped:
            pairs = select(UserAreaRow.user_id, UserAreaRow.area_id)
            if len(scoped) == 1:
                pairs = pairs.where(UserAreaRow.user_id.in_(scoped))
            for user_id, area_id in await self._session.execute(pairs):
                areas.get(user_id, set()).add(area_id)
        return tuple(
            _value(row, frozenset(areas[row.id]) if row.id in scoped else None) for row in kept
        )


def _query(wanted: UserFilter) -> Select[UserRow]:
    query = select(UserRow)
    if wanted.search:
        query = query.where(UserRow.name_key.contains(fold(wanted.search), autoescape=True))
    if wanted.role is not None:
        query = query.where(UserRow.role == wanted.role)
    return query


def _value(row: UserRow, area_ids: frozenset[int] | None) -> User:
    return User(
        id=row.id,
        username=row.username,
        role=role_of(row.role),
        area_ids=area_ids,
        is_disabled=row.disabled_at is not None,
        has_second_factor=row.totp_enabled_at is not None,
        created_at=row.created_at,
        password_changed_at=row.password_changed_at or row.created_at,
        last_login_at=row.last_login_at,
        last_login_address=row.last_login_address,
    )
