"""What the API of users takes and gives."""

import re
from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from pantau.accounts.passwords.expiry import PasswordAge
from pantau.accounts.passwords.rules import LEAST_SIGNS, MOST_SIGNS
from pantau.accounts.passwords.warning import ExpiryWarning, warning_of
from pantau.accounts.sessions.service import SessionView
from pantau.accounts.users.values import KEEP, NewUser, User, UserChange
from pantau.core.shapes import Shape
from pantau.web.principal import Role

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{3,50}", re.ASCII)
_MOST_TYPED: Final = 1024


def _name(written: str) -> str:
    if not _NAME.fullmatch(written):
        raise PydanticCustomError(
            "username", "A username has 3 to 50 letters, digits, hyphens or underscores."
        )
    return written


Username = Annotated[
    str,
    AfterValidator(_name),
    WithJsonSchema({"type": "string", "pattern": "^[a-zA-Z0-9_-]{3,50}$"}),
]
NewPassword = Annotated[
    str,
    # How long it may be is the policy's to say, with its other reasons.
    WithJsonSchema({"type": "string", "minLength": LEAST_SIGNS, "maxLength": MOST_SIGNS}),
]
TypedPassword = Annotated[str, StringConstraints(max_length=_MOST_TYPED)]
AreaIds = Annotated[frozenset[Annotated[int, Field(ge=1, le=2**63 - 1)]], Field(max_length=1000)]


class _Input(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UserInput(_Input):
    """Body of `POST /api/users`."""

    username: Username
    password: NewPassword
    role: Role = "viewer"
    area_ids: AreaIds | None = None

    def as_new(self) -> NewUser:
        """Return it as the service takes it."""
        return NewUser(
            username=self.username,
            password=self.password,
            role=self.role,
            area_ids=self.area_ids,
        )


class UserUpdate(_Input):
    """Body of `PUT /api/users/{id}`: what is left out stays."""

    username: Username | None = None
    role: Role | None = None
    area_ids: AreaIds | None = None
    disabled: bool | None = None

    def as_change(self) -> UserChange:
        """Return it as the service takes it."""
        return UserChange(
            username=self.username,
            role=self.role,
            area_ids=self.area_ids if "area_ids" in self.model_fields_set else KEEP,
            is_disabled=self.disabled,
        )


class ProfileUpdate(_Input):
    """Body of `PUT /api/users/profile`."""

    username: Username


class PasswordUpdate(_Input):
    """Body of `PUT /api/users/{id}/password`."""

    password: NewPassword
    current_password: TypedPassword = ""
    """Needed for one's own account, and looked at for no other."""


class OwnPasswordUpdate(_Input):
    """Body of `PUT /api/users/profile/password`."""

    current_password: TypedPassword
    new_password: NewPassword


class _Output(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UserOutput(_Output):
    """A user as admins see them."""

    id: int
    username: str
    role: Role
    created_at: datetime
    area_ids: list[int] | None
    """Of operators: the areas that they may change; nothing: all of them."""
    disabled: bool
    second_factor: bool
    password_changed_at: datetime
    last_login_at: datetime | None
    last_login_ip: str | None


class ProfileOutput(_Output):
    """One's own account."""

    id: int
    username: str
    role: Role
    created_at: datetime
    password_changed_at: datetime
    passwordExpiryWarning: ExpiryWarning | None  # noqa: N815 - the name that clients know
    area_ids: list[int] | None
    second_factor: bool


class SessionOutput(_Output):
    """Where somebody is signed in."""

    id: int
    device: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    current: bool
    """Whether it is the one that asks."""


class Requirements(_Output):
    """What is asked of a password."""

    requirements: list[str]


def user_output(user: User) -> UserOutput:
    """Return what admins may see of `user`."""
    return UserOutput(
        id=user.id,
        username=user.username,
        role=user.role,
        created_at=user.created_at,
        area_ids=_listed(user.area_ids),
        disabled=user.is_disabled,
        second_factor=user.has_second_factor,
        password_changed_at=user.password_changed_at,
        last_login_at=user.last_login_at,
        last_login_ip=user.last_login_address,
    )


def profile_output(user: User, age: PasswordAge) -> ProfileOutput:
    """Return what somebody sees of themselves."""
    return ProfileOutput(
        id=user.id,
        username=user.username,
        role=user.role,
        created_at=user.created_at,
        password_changed_at=user.password_changed_at,
        passwordExpiryWarning=warning_of(age),
        area_ids=_listed(user.area_ids),
        second_factor=user.has_second_factor,
    )


def session_output(session: SessionView, current_id: int | None) -> SessionOutput:
    """Return a session for a list of them."""
    return SessionOutput(
        id=session.id,
        device=session.device,
        address=session.address,
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
        ends_at=session.ends_at,
        current=session.id == current_id,
    )


def _listed(area_ids: frozenset[int] | None) -> list[int] | None:
    return None if area_ids is None else sorted(area_ids)
