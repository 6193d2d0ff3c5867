"""What signing in takes and gives."""

from dataclasses import dataclass
from datetime import datetime

from pantau.accounts.passwords.expiry import PasswordAge
from pantau.web.principal import Role


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


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSession:
    """A session as an admin sees it among those of everybody."""

    user_id: int
    username: str
    role: Role
    session: SessionView
