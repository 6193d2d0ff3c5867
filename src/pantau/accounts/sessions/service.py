"""Signing in, renewing and signing out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pantau.accounts.client import Client
from pantau.accounts.passwords.expiry import PasswordAge
from pantau.db.database import Writing
from pantau.web.principal import Principal, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What somebody types to sign in."""

    username: str
    password: str
    code: str = ""
    """From the authenticator app, or a recovery code; may follow later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session that has begun or was renewed, with its tokens; they are nowhere else."""

    user_id: int
    username: str
    role: Role
    session_id: int
    access_token: str
    refresh_token: str
    device_token: str = ""
    """For the cookie `pantau_device`; only after a sign-in."""
    password_age: PasswordAge


@dataclass(frozen=True, slots=True)
class SecondFactorNeeded:
    """The password is right; a code is wanted too."""

    challenge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session as its owner sees it."""

    id: int
    device: str
    """Such as “Firefox on Linux”."""
    address: str
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime


class SignIns:
    """The sessions of everybody.  Loop only."""

    async def sign_in(
        self, credentials: Credentials, client: Client
    ) -> SignedIn | SecondFactorNeeded:
        """Begin a session.

        Raises Unauthenticated `auth.failed` with one sentence for every reason, and Throttled when
        this address has guessed too often.  Waits up to 8 s after failures.
        """
        raise NotImplementedError

    async def second_factor(self, challenge: str, code: str, client: Client) -> SignedIn:
        """Begin the session that `sign_in` stopped before."""
        raise NotImplementedError

    async def refresh(self, token: str, client: Client) -> SignedIn:
        """Return the next pair of tokens; the same one again within the grace."""
        raise NotImplementedError

    async def sign_out(self, principal: Principal, client: Client) -> None:
        """End the session of `principal`."""
        raise NotImplementedError

    async def sessions(self, user_id: int) -> Sequence[SessionView]:
        """Return the live sessions of a user, the newest first."""
        raise NotImplementedError

    async def revoke(self, session_id: int, *, by: Principal, client: Client) -> None:
        """End a session: one's own, or as an admin anybody's; else NotFound."""
        raise NotImplementedError

    async def revoke_all(
        self, work: Writing, user_id: int, *, keep_session_id: int | None = None
    ) -> int:
        """End the sessions of a user with the commit of `work`; return how many.

        For whoever changes a password or a role, or deletes a user.
        """
        raise NotImplementedError

    async def sign_out_everywhere(self, principal: Principal, client: Client) -> int:
        """End all sessions of who asks, this one too; return how many."""
        raise NotImplementedError

    async def unlock(self, username: str) -> None:
        """Forget the failures of an account: for admins, whatever the name."""
        raise NotImplementedError

    async def confirm_password(self, user_id: int, password: str, client: Client) -> None:
        """Have somebody signed in prove who they are; counted like signing in.

        Raises Invalid `auth.password` when the password is wrong, Throttled after too many.
        """
        raise NotImplementedError
