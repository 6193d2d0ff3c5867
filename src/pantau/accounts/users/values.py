"""What a user is to those who manage users."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final, Literal

from pantau.web.principal import Role


class Keep(Enum):
    """The value of a field that a change leaves alone, where nothing (None) is a value."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may sign in, without anything secret."""

    id: int
    username: str
    role: Role
    area_ids: frozenset[int] | None = None
    """The areas an operator may change; None: all of them."""
    is_disabled: bool = False
    has_second_factor: bool = False
    created_at: datetime
    password_changed_at: datetime
    """The day of the account, where the password was never changed."""
    last_login_at: datetime | None = None
    last_login_address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """Somebody who is to be added."""

    username: str
    password: str
    role: Role = "viewer"
    area_ids: frozenset[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChange:
    """What is to be different about a user; what is not given stays."""

    username: str | None = None
    role: Role | None = None
    area_ids: frozenset[int] | Literal[Keep.KEEP] | None = KEEP
    is_disabled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilter:
    """Which users are wanted; all of them by default."""

    search: str = ""
    """Somewhere in the name, in any case."""
    role: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRecord:
    """What a new password is compared with; never leaves the service."""

    username: str
    password_hash: str = field(repr=False)
    earlier: tuple[str, ...] = field(repr=False)
    """Hashes of the passwords before it, the newest first."""
