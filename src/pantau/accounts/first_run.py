"""The first admin: a link that works once, instead of a password that everybody knows."""

import hashlib
import re
import secrets
from datetime import timedelta
from typing import Final

from pantau.accounts import account_rows, link_rows
from pantau.accounts.account_rows import Account
from pantau.accounts.client import Client
from pantau.accounts.passwords.hashing import PasswordHasher
from pantau.accounts.passwords.rules import breaches, requirements
from pantau.accounts.second_factor import factor_rows
from pantau.accounts.sessions.beginning import Beginnings
from pantau.accounts.sessions.service import SignIns
from pantau.accounts.sessions.values import SignedIn
from pantau.accounts.trail import Trail, actor_at
from pantau.accounts.users.repository import UserRepository
from pantau.accounts.users.values import NewUser
from pantau.audit.actors import CONSOLE
from pantau.audit.events import AdminAction, SecurityEvent
from pantau.core.clock import Clock
from pantau.core.errors import Invalid, NotFound
from pantau.db.database import Database, Writing
from pantau.web.principal import Principal

WELCOME_PATH: Final = "/admin/welcome"
LIFETIME: Final = timedelta(hours=24)
_USERNAME: Final = re.compile(r"[a-zA-Z0-9_-]{3,50}", re.ASCII)


class FirstRun:
    """Makes and redeems links to `/admin/welcome?token=…` (lessons X04, X05)."""

    def __init__(
        self,
        database: Database,
        *,
        beginnings: Beginnings,
        sign_ins: SignIns,
        hasher: PasswordHasher,
        trail: Trail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._beginnings = beginnings
        self._sign_ins = sign_ins
        self._hasher = hasher
        self._trail = trail
        self._clock = clock

    async def link_if_needed(self) -> str | None:
        """Return the path of a fresh link while there is no admin; older links die."""
        links = Links(self._database, clock=self._clock)
        return await links.first()

    async def recovery_link(self) -> str:
        """Return the path of a link that works although admins exist."""
        return await Links(self._database, clock=self._clock).recovery(self._trail)

    async def is_valid(self, token: str) -> bool:
        """Tell whether `token` can be redeemed still."""
        return await self._kind_of(token) is not None

    async def redeem(self, token: str, username: str, password: str, client: Client) -> SignedIn:
        """Make the admin and sign them in; of two at once one gets NotFound.

        With a recovery link, an existing `username` gets the new password and the role instead, and
        loses the second factor.  Raises Invalid for a name or a password that cannot be used; the
        link stays good then.
        """
        if await self._kind_of(token) is None:
            raise _dead_link()
        _check(username, password)
        password_hash = await self._hasher.hash(password)
        new = NewUser(username=username, password="", role="admin")
        change = self._beginnings.change
        async with self._database.write() as work:
            is_recovery = await link_rows.use(work, _hash(token), now=self._clock.now())
            if is_recovery is None:
                raise _dead_link()
            if not is_recovery and await account_rows.has_admin(work):
                raise _dead_link()
            account = await self._admin(work, new, password_hash, may_exist=is_recovery)
            signed_in, session = await self._beginnings.begin_in(work, account, client)
            work.changed("accounts")
            await self._record(work, account, client, is_recovery=is_recovery)
        self._beginnings.remember(session, client, change=change)
        return signed_in

    async def _kind_of(self, token: str) -> bool | None:
        async with self._database.read() as work:
            is_recovery = await link_rows.kind_of(work, _hash(token), now=self._clock.now())
            if is_recovery is False and await account_rows.has_admin(work):
                return None
        return is_recovery

    async def _admin(
        self, work: Writing, new: NewUser, password_hash: str, *, may_exist: bool
    ) -> Account:
        repository = UserRepository(work)
        now = self._clock.now()
        existing = await repository.named(new.username) if may_exist else None
        if existing is None:
            user = await repository.add(new, password_hash=password_hash, at=now)
        else:
            await self._sign_ins.revoke_all(work, existing.id)
            await factor_rows.disable(work, existing.id)
            await account_rows.restore_admin(work, existing.id, password_hash=password_hash, at=now)
            user = existing
        account = await account_rows.account_numbered(work, user.id)
        assert account is not None, "it was written in this transaction"
        return account

    async def _record(
        self, work: Writing, account: Account, client: Client, *, is_recovery: bool
    ) -> None:
        who = Principal(
            kind="link", user_id=account.id, username=account.username, role=account.role
        )
        await self._trail.record(
            work,
            actor_at(client, who),
            AdminAction.FIRST_ADMIN_CREATED,
            target=f"user {account.id} ({account.username})",
            details={"link": "recovery" if is_recovery else "first run"},
        )


class Links:
    """Makes links; needs nothing but the database, for a command on the machine."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def first(self) -> str | None:
        """Return the path of a fresh link while there is no admin; older links die."""
        async with self._database.read() as reading:
            is_needed = not await account_rows.has_admin(reading)
            some_are_left = await link_rows.exist(reading, is_recovery=False)
        if is_needed:
            async with self._database.write() as work:
                return await self._make(work, is_recovery=False)
        if some_are_left:
            async with self._database.write() as work:
                await link_rows.remove(work, is_recovery=False)
        return None

    async def recovery(self, trail: Trail) -> str:
        """Return the path of a link that works although admins exist; `trail` is told."""
        async with self._database.write() as work:
            path = await self._make(work, is_recovery=True)
            details = {"action": "admin_link_created"}
            await trail.record(work, CONSOLE, SecurityEvent.ADMIN_ACTION, details=details)
        return path

    async def _make(self, work: Writing, *, is_recovery: bool) -> str:
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        await link_rows.add(
            work, _hash(token), is_recovery=is_recovery, at=now, expires_at=now + LIFETIME
        )
        return f"{WELCOME_PATH}?token={token}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _check(username: str, password: str) -> None:
    if not _USERNAME.fullmatch(username):
        raise Invalid(
            "users.name",
            "A username has 3 to 50 letters, digits, hyphens or underscores.",
            field="username",
        )
    broken = breaches(password, username=username)
    if broken:
        raise Invalid(
            "password.weak",
            "The password does not meet the requirements.",
            field="password",
            sentences=tuple(breach.sentence for breach in broken),
            envelope={"requirements": list(requirements())},
        )


def _dead_link() -> NotFound:
    return NotFound(
        "first_run.link",
        "This link does not work any more. Start the hub again, or run `pantau admin-link`.",
    )
