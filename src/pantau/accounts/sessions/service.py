"""Signing in, renewing and signing out."""

import re
from collections.abc import Sequence
from typing import Final

from pantau.accounts.account_rows import Account, role_of
from pantau.accounts.attempts import Attempt, Attempts
from pantau.accounts.client import Client
from pantau.accounts.models import SessionRow, fold
from pantau.accounts.proving import Proofs
from pantau.accounts.sessions import session_rows
from pantau.accounts.sessions.beginning import Beginnings
from pantau.accounts.sessions.challenges import Challenges
from pantau.accounts.sessions.devices import device_name
from pantau.accounts.sessions.renewing import Renewals
from pantau.accounts.sessions.values import (
    Credentials,
    SecondFactorNeeded,
    SessionView,
    SignedIn,
    UserSession,
)
from pantau.accounts.trail import Trail, actor_at, note_at
from pantau.audit.events import Action, SecurityEvent
from pantau.core.clock import Clock
from pantau.core.errors import Forbidden, Invalid, NotFound, Unauthenticated
from pantau.db.database import Database, Writing
from pantau.web.principal import Principal

__all__ = ["Credentials", "SecondFactorNeeded", "SessionView", "SignIns", "SignedIn", "UserSession"]

_LIKE_A_NAME: Final = re.compile(r"[\w.@-]{1,50}")


class SignIns:
    """The sessions of everybody.  Loop only."""

    def __init__(
        self,
        database: Database,
        *,
        attempts: Attempts,
        proofs: Proofs,
        challenges: Challenges,
        beginnings: Beginnings,
        renewals: Renewals,
        trail: Trail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._attempts = attempts
        self._proofs = proofs
        self._challenges = challenges
        self._beginnings = beginnings
        self._renewals = renewals
        self._trail = trail
        self._clock = clock

    async def sign_in(
        self, credentials: Credentials, client: Client
    ) -> SignedIn | SecondFactorNeeded:
        """Begin a session.

        Raises Unauthenticated `auth.failed` with one sentence for every reason, and Throttled when
        this address has guessed too often.  Waits up to 8 s after failures.
        """
        name_key = fold(credentials.username)
        async with self._attempts.begin(name_key, client) as attempt:
            account = await self._proofs.account_with(
                name_key, credentials.password, is_locked=attempt.is_locked
            )
            if account is None:
                raise await self._refusal(attempt, credentials.username, client)
            if account.has_second_factor and not credentials.code:
                await attempt.take_back()
                return SecondFactorNeeded(self._challenges.make(account))
            better_hash = await self._proofs.better_hash(account, credentials.password)
            signed_in = await self._beginnings.begin(
                account, client, code=credentials.code, better_hash=better_hash
            )
            if signed_in is None:
                raise await self._refusal(attempt, account.username, client)
            await attempt.passed()
            return signed_in

    async def second_factor(self, challenge: str, code: str, client: Client) -> SignedIn:
        """Begin the session that `sign_in` stopped before; wrong codes count like passwords."""
        account = await self._challenged(challenge)
        if account is None:
            raise Unauthenticated(
                "auth.challenge", "This took longer than five minutes. Sign in again."
            )
        async with self._attempts.begin(account.name_key, client) as attempt:
            signed_in = None
            if not attempt.is_locked:
                signed_in = await self._beginnings.begin(account, client, code=code)
            if signed_in is None:
                raise await self._refusal(attempt, account.username, client)
            await attempt.passed()
            return signed_in

    async def refresh(self, token: str, client: Client) -> SignedIn:
        """Return the next pair of tokens; the same one again within the grace."""
        return await self._renewals.refresh(token, client)

    async def sign_out(self, principal: Principal, client: Client) -> None:
        """End the session of `principal`."""
        if principal.session_id is None:
            return
        async with self._database.write() as work:
            now = self._clock.now()
            if await session_rows.end(work, principal.session_id, at=now) is None:
                return
            work.changed("accounts")
            await self._trail.record(
                work,
                actor_at(client, principal),
                Action.LOGOUT,
                details={"session": principal.session_id},
            )

    async def sessions(self, user_id: int) -> Sequence[SessionView]:
        """Return the live sessions of a user, the newest first."""
        async with self._database.read() as work:
            rows = await session_rows.live(work, user_id, now=self._clock.now())
        return [_view(row) for row in rows]

    async def sessions_of_everybody(self, *, most: int = 200) -> Sequence[UserSession]:
        """Return the live sessions of all users, the newest first, at most so many."""
        async with self._database.read() as work:
            found = await session_rows.live_of_everybody(work, now=self._clock.now(), most=most)
        return [
            UserSession(
                user_id=user.id, username=user.username, role=role_of(user.role), session=_view(row)
            )
            for row, user in found
        ]

    async def revoke(self, session_id: int, *, by: Principal, client: Client) -> None:
        """End a session: one's own, or as an admin anybody's; else NotFound."""
        owner_id = None if by.role == "admin" else by.user_id
        async with self._database.write() as work:
            ended = await session_rows.end(work, session_id, at=self._clock.now(), user_id=owner_id)
            if ended is None:
                raise NotFound("session.unknown", "There is no such session.")
            work.changed("accounts")
            await self._trail.record(
                work,
                actor_at(client, by),
                SecurityEvent.SESSION_INVALIDATED,
                target=f"user {ended}",
                details={"session": session_id},
            )

    async def revoke_all(
        self, work: Writing, user_id: int, *, keep_session_id: int | None = None
    ) -> int:
        """End the sessions of a user with the commit of `work`; return how many.

        For whoever changes a password or a role, or deletes a user.
        """
        work.changed("accounts")
        return await session_rows.end_all(
            work, user_id, at=self._clock.now(), keep_session_id=keep_session_id
        )

    async def sign_out_everywhere(self, principal: Principal, client: Client) -> int:
        """End all sessions of who asks, this one too; return how many."""
        if principal.user_id is None:
            return 0
        async with self._database.write() as work:
            ended = await self.revoke_all(work, principal.user_id)
            await self._trail.record(
                work,
                actor_at(client, principal),
                SecurityEvent.SESSION_INVALIDATED,
                target=f"user {principal.user_id} ({principal.username})",
                details={"sessions": ended},
            )
        return ended

    async def end_all_others(self, principal: Principal, client: Client) -> int:
        """End the sessions of everybody but the one that asks, for an admin; return how many."""
        if principal.role != "admin" or principal.session_id is None:
            raise Forbidden("access.role", "Your role does not allow this.")
        async with self._database.write() as work:
            ended = await session_rows.end_others(
                work, at=self._clock.now(), keep_session_id=principal.session_id
            )
            work.changed("accounts")
            await self._trail.record(
                work,
                actor_at(client, principal),
                SecurityEvent.SESSION_INVALIDATED,
                target="everybody",
                details={"sessions": ended},
            )
        return ended

    async def unlock(self, username: str) -> None:
        """Forget the failures of an account: for admins, whatever the name."""
        await self._attempts.unlock_account(fold(username))

    async def is_locked(self, username: str) -> bool:
        """Tell whether an account takes no password from devices that it does not know."""
        return await self._attempts.is_account_locked(fold(username))

    async def confirm_password(self, user_id: int, password: str, client: Client) -> None:
        """Have somebody signed in prove who they are; counted like signing in.

        Raises Invalid `auth.password` when the password is wrong, Throttled after too many.
        """
        account = await self._proofs.account_numbered(user_id)
        if account is None:
            raise NotFound("user.unknown", "There is no such user.")
        async with self._attempts.begin(account.name_key, client) as attempt:
            proven = await self._proofs.account_with(
                account.name_key, password, is_locked=attempt.is_locked
            )
            if proven is None:
                await self._count_failure(attempt, account.username, client)
                raise Invalid("auth.password", "The password is not right.", field="password")
            await attempt.passed()

    async def _challenged(self, challenge: str) -> Account | None:
        user_id = self._challenges.user_id_in(challenge)
        account = None if user_id is None else await self._proofs.account_numbered(user_id)
        if account is None or not self._challenges.is_good(challenge, account):
            return None
        return account

    async def _refusal(self, attempt: Attempt, username: str, client: Client) -> Unauthenticated:
        await self._count_failure(attempt, username, client)
        return Unauthenticated("auth.failed", "The user name or the password is not right.")

    async def _count_failure(self, attempt: Attempt, username: str, client: Client) -> None:
        # Some type their password where the name belongs: what does not look like a name stays out.
        told = username if _LIKE_A_NAME.fullmatch(username) else ""
        note_at(self._trail, SecurityEvent.AUTH_FAILURE, client, told)
        if await attempt.failed():
            note_at(self._trail, SecurityEvent.ACCOUNT_LOCKOUT, client, told)


def _view(row: SessionRow) -> SessionView:
    return SessionView(
        id=row.id,
        device=device_name(row.user_agent),
        address=row.address,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        ends_at=row.ends_at,
    )
