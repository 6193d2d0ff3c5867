"""Managing users: who may sign in, in which role, where; and their passwords."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from pantau.accounts.passwords.expiry import PasswordAge, PasswordExpiry
from pantau.accounts.passwords.hashing import PasswordHasher
from pantau.accounts.passwords.history import KEPT, was_used
from pantau.accounts.passwords.rules import breaches, requirements
from pantau.accounts.second_factor import factor_rows
from pantau.accounts.sessions.service import SessionView, SignIns
from pantau.accounts.trail import Trail, note_at
from pantau.accounts.users.asker import Asker
from pantau.accounts.users.repository import UserRepository
from pantau.accounts.users.values import KEEP, NewUser, PasswordRecord, User, UserChange, UserFilter
from pantau.audit.events import Action, AdminAction, SecurityEvent
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Invalid, NotFound
from pantau.db.database import Database
from pantau.db.paging import Page

_WEAK: Final = "The password does not meet the requirements."


class Users:
    """Everybody who may sign in.  Loop only.

    At every moment at least one admin may sign in, however many changes arrive at once: what
    `Database.write()` reads stays true until it commits.
    """

    def __init__(
        self,
        database: Database,
        *,
        sign_ins: SignIns,
        hasher: PasswordHasher,
        expiry: PasswordExpiry,
        trail: Trail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._sign_ins = sign_ins
        self._hasher = hasher
        self._expiry = expiry
        self._trail = trail
        self._clock = clock

    async def all(self, wanted: UserFilter | None = None) -> Sequence[User]:
        """Return the users that are wanted, the oldest first."""
        async with self._database.read() as work:
            return await UserRepository(work).all(wanted or UserFilter())

    async def page(
        self, wanted: UserFilter, *, limit: int, cursor: str | None = None
    ) -> Page[User]:
        """Return a page of the same list."""
        async with self._database.read() as work:
            return await UserRepository(work).page(wanted, limit=limit, cursor=cursor)

    async def one(self, user_id: int) -> User:
        """Return a user; raises NotFound."""
        async with self._database.read() as work:
            return _found(await UserRepository(work).one(user_id))

    async def named(self, username: str) -> User:
        """Return the user of that name, however it is written; raises NotFound."""
        async with self._database.read() as work:
            return _found(await UserRepository(work).named(username))

    def password_age(self, user: User) -> PasswordAge:
        """Return how the password of `user` stands today."""
        return self._expiry.judge(user.password_changed_at, self._clock.now())

    async def add(self, new: NewUser, *, by: Asker) -> User:
        """Add a user.  Raises Invalid for a weak password, a taken name, a strange area."""
        _check_areas(new.role, new.area_ids)
        self._check_password(new.password, new.username, by, field="password")
        password_hash = await self._hasher.hash(new.password)
        async with self._database.write() as work:
            user = await UserRepository(work).add(
                new, password_hash=password_hash, at=self._clock.now()
            )
            work.changed("accounts")
            await self._trail.record(
                work, by.actor, Action.CREATE_USER, target=_target(user), after=_told(user)
            )
        return user

    async def change(
        self, user_id: int, change: UserChange, *, by: Asker, action: Action = Action.UPDATE_USER
    ) -> User:
        """Change a user; return how they are then.

        Another name, another role or being disabled ends the sessions, but for that of somebody
        who renames themselves.  Raises Invalid when no admin would be left.
        """
        async with self._database.write() as work:
            repository = UserRepository(work)
            admins = await repository.admins()
            before = _found(await repository.one(user_id))
            wanted = _changed(before, change)
            if wanted == before:
                return before
            if wanted.is_disabled and by.is_self(user_id):
                raise Invalid("users.self", "You cannot disable your own account.")
            if admins == {user_id} and not _runs_everything(wanted):
                raise _last_admin()
            after = await repository.change(wanted, disabled_at=self._clock.now())
            if _ends_sessions(before, after):
                keeps = by.is_self(user_id) and before.role == after.role
                await self._sign_ins.revoke_all(
                    work, user_id, keep_session_id=by.principal.session_id if keeps else None
                )
            work.changed("accounts")
            await self._trail.record(
                work,
                by.actor,
                action,
                target=_target(before),
                before=_told(before),
                after=_told(after),
            )
        return after

    async def remove(self, user_id: int, *, by: Asker) -> None:
        """Remove a user for good; raises Invalid for oneself and for the last admin."""
        if by.is_self(user_id):
            raise Invalid("users.self", "You cannot delete your own account.")
        async with self._database.write() as work:
            repository = UserRepository(work)
            admins = await repository.admins()
            user = _found(await repository.one(user_id))
            if admins == {user_id}:
                raise _last_admin()
            await self._sign_ins.revoke_all(work, user_id)
            await repository.remove(user_id)
            work.changed("accounts")
            await self._trail.record(
                work, by.actor, Action.DELETE_USER, target=_target(user), before=_told(user)
            )

    async def set_password(
        self, user_id: int, password: str, *, by: Asker, current: str = ""
    ) -> None:
        """Give somebody a new password and end their sessions.

        For one's own account this is `change_own_password`.
        """
        if by.is_self(user_id):
            await self.change_own_password(current, password, by=by, field="password")
            return
        record = await self._password(user_id)
        self._check_password(password, record.username, by, field="password")
        await self._replace(user_id, record, password, by=by, field="password")

    async def change_own_password(
        self, current: str, new: str, *, by: Asker, field: str = "new_password"
    ) -> None:
        """Choose a new password for oneself; all other sessions end.

        Raises Invalid when `current` is wrong, Throttled after too many of those.
        """
        user_id = by.user_id
        if user_id is None:
            raise NotFound("users.unknown", "There is no such user.")
        if not current:
            raise Invalid(
                "password.current_missing",
                "Type your current password too.",
                field="current_password",
            )
        self._check_password(new, by.principal.username, by, field=field)
        try:
            await self._sign_ins.confirm_password(user_id, current, by.client)
        except Invalid as error:
            raise Invalid(error.code, error.sentence, field="current_password") from error
        await self._replace(user_id, await self._password(user_id), new, by=by, field=field)

    async def unlock(self, user_id: int, *, by: Asker) -> None:
        """Let somebody try to sign in again at once, who was locked after wrong passwords."""
        user = await self.one(user_id)
        await self._sign_ins.unlock(user.username)
        async with self._database.write() as work:
            await self._trail.record(
                work, by.actor, AdminAction.ACCOUNT_UNLOCKED, target=_target(user)
            )

    async def reset_second_factor(self, user_id: int, *, by: Asker) -> None:
        """Let somebody sign in without the second factor that they lost; ends their sessions.

        Raises Invalid for oneself: that needs one's password, on the own profile.
        """
        if by.is_self(user_id):
            raise Invalid("users.self", "Switch off your own second factor on your profile.")
        async with self._database.write() as work:
            repository = UserRepository(work)
            user = _found(await repository.one(user_id))
            await factor_rows.disable(work, user_id)
            await self._sign_ins.revoke_all(work, user_id)
            work.changed("accounts")
            await self._trail.record(
                work,
                by.actor,
                AdminAction.SECOND_FACTOR_DISABLED,
                target=_target(user),
                before={"second_factor": user.has_second_factor},
                after={"second_factor": False},
            )

    async def sessions(self, user_id: int) -> Sequence[SessionView]:
        """Return where a user is signed in, the newest first; raises NotFound."""
        await self.one(user_id)
        return await self._sign_ins.sessions(user_id)

    async def end_session(self, user_id: int, session_id: int, *, by: Asker) -> None:
        """End one session of a user; raises NotFound when it is not theirs."""
        if all(session.id != session_id for session in await self.sessions(user_id)):
            raise NotFound("sessions.unknown", "There is no such session.")
        await self._sign_ins.revoke(session_id, by=by.principal, client=by.client)

    async def end_sessions(self, user_id: int, *, by: Asker) -> int:
        """End every session of a user, but not the one that asks; return how many ended."""
        async with self._database.write() as work:
            user = _found(await UserRepository(work).one(user_id))
            ended = await self._sign_ins.revoke_all(
                work,
                user_id,
                keep_session_id=by.principal.session_id if by.is_self(user_id) else None,
            )
            await self._trail.record(
                work,
                by.actor,
                SecurityEvent.SESSION_INVALIDATED,
                target=_target(user),
                details={"sessions": ended},
            )
        return ended

    async def _password(self, user_id: int) -> PasswordRecord:
        async with self._database.read() as work:
            record = await UserRepository(work).password(user_id)
        if record is None:
            raise _unknown()
        return record

    def _check_password(self, password: str, username: str, by: Asker, *, field: str) -> None:
        broken = breaches(password, username=username)
        if not broken:
            return
        note_at(
            self._trail,
            SecurityEvent.PASSWORD_VALIDATION_FAILED,
            by.client,
            by.actor.name,
            {"rules": [breach.rule for breach in broken]},
        )
        raise Invalid(
            "password.weak",
            _WEAK,
            field=field,
            sentences=tuple(breach.sentence for breach in broken),
            envelope={"requirements": list(requirements())},
        )

    async def _replace(
        self, user_id: int, record: PasswordRecord, password: str, *, by: Asker, field: str
    ) -> None:
        if await was_used(self._hasher, password, (record.password_hash, *record.earlier)):
            raise Invalid(
                "password.used",
                f"This password was used before. The one in use and the {KEPT} before it count.",
                field=field,
            )
        new_hash = await self._hasher.hash(password)
        is_own = by.is_self(user_id)
        async with self._database.write() as work:
            is_replaced = await UserRepository(work).replace_password(
                user_id, old_hash=record.password_hash, new_hash=new_hash, at=self._clock.now()
            )
            if not is_replaced:
                raise Conflict(
                    "password.changed_meanwhile", "The password was just changed. Try again."
                )
            await self._sign_ins.revoke_all(
                work, user_id, keep_session_id=by.principal.session_id if is_own else None
            )
            work.changed("accounts")
            await self._trail.record(
                work,
                by.actor,
                Action.CHANGE_OWN_PASSWORD if is_own else Action.CHANGE_PASSWORD,
                target=f"user {user_id} ({record.username})",
            )


def _changed(user: User, change: UserChange) -> User:
    role = change.role or user.role
    area_ids = user.area_ids if change.area_ids is KEEP else change.area_ids
    if change.area_ids is KEEP and role != "operator":
        area_ids = None
    _check_areas(role, area_ids)
    return replace(
        user,
        username=user.username if change.username is None else change.username,
        role=role,
        area_ids=area_ids,
        is_disabled=user.is_disabled if change.is_disabled is None else change.is_disabled,
    )


def _check_areas(role: str, area_ids: frozenset[int] | None) -> None:
    if area_ids is not None and role != "operator":
        raise Invalid(
            "users.areas",
            "Only operators are limited to areas. Leave the areas out.",
            field="area_ids",
        )


def _runs_everything(user: User) -> bool:
    return user.role == "admin" and not user.is_disabled


def _ends_sessions(before: User, after: User) -> bool:
    return (before.username, before.role) != (after.username, after.role) or (
        after.is_disabled and not before.is_disabled
    )


def _found(user: User | None) -> User:
    if user is None:
        raise _unknown()
    return user


def _unknown() -> NotFound:
    return NotFound("users.unknown", "There is no such user.")


def _last_admin() -> Invalid:
    return Invalid(
        "users.last_admin",
        "This is the last admin who can sign in. Make somebody else an admin first.",
    )


def _target(user: User) -> str:
    return f"user {user.id} ({user.username})"


def _told(user: User) -> Mapping[str, object]:
    return {
        "username": user.username,
        "role": user.role,
        "area_ids": None if user.area_ids is None else sorted(user.area_ids),
        "disabled": user.is_disabled,
    }
