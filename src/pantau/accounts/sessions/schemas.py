"""Bodies of `/api/auth`: names as existing clients know them."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from pantau.accounts.passwords.warning import ExpiryWarning, warning_of
from pantau.accounts.sessions.values import SessionView, SignedIn
from pantau.core.shapes import Shape
from pantau.web.principal import Role

Code = Annotated[str, Field(min_length=6, max_length=20)]
Password = Annotated[str, Field(min_length=1, max_length=128)]


class _Body(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LoginInput(_Body):
    """Who wants in."""

    username: Annotated[str, Field(min_length=1, max_length=50)]
    password: Password
    code: Code | None = None
    """Of the second factor, where there is one; may follow to `/api/auth/second-factor`."""


class SecondFactorInput(_Body):
    """The second step of signing in."""

    challenge: Annotated[str, Field(min_length=1, max_length=200)]
    code: Code


class RefreshInput(_Body):
    """For clients without cookies; the cookie wins."""

    refreshToken: Annotated[str | None, Field(max_length=4096)] = None  # noqa: N815 - their name


class CsrfOutput(_Body):
    """A token for writes, to be sent back in the header of this name."""

    token: str
    headerName: str  # noqa: N815 - the name that existing clients know
    expiresIn: int  # noqa: N815


class UserOutput(_Body):
    """Who is signed in."""

    id: int
    username: str
    role: Role


class VerifyOutput(_Body):
    """Who is signed in, and that it is so."""

    user: UserOutput


class TokensOutput(_Body):
    """Both tokens; empty for browsers, which get them as cookies that no script can read."""

    token: str
    refreshToken: str  # noqa: N815 - the name that existing clients know


class LoginOutput(TokensOutput):
    """A session that has begun.  At most one of the two kinds of notice is there."""

    user: UserOutput
    passwordExpired: bool | None = None  # noqa: N815
    passwordExpiryMessage: str | None = None  # noqa: N815
    passwordExpiryWarning: ExpiryWarning | None = None  # noqa: N815


class SessionOutput(_Body):
    """One of somebody's own sessions."""

    id: int
    device: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    is_current: bool


def tokens_output(signed_in: SignedIn, *, shows_tokens: bool) -> TokensOutput:
    """Return the two tokens, or two empty texts."""
    return TokensOutput(
        token=signed_in.access_token if shows_tokens else "",
        refreshToken=signed_in.refresh_token if shows_tokens else "",
    )


def login_output(signed_in: SignedIn, *, shows_tokens: bool) -> LoginOutput:
    """Return what somebody is told who has signed in."""
    tokens = tokens_output(signed_in, shows_tokens=shows_tokens)
    warning = warning_of(signed_in.password_age)
    is_expired = signed_in.password_age.is_expired
    return LoginOutput(
        token=tokens.token,
        refreshToken=tokens.refreshToken,
        user=UserOutput(id=signed_in.user_id, username=signed_in.username, role=signed_in.role),
        passwordExpired=True if is_expired else None,
        passwordExpiryMessage=warning.message if warning and is_expired else None,
        passwordExpiryWarning=None if is_expired else warning,
    )


def session_output(view: SessionView, *, current_id: int | None) -> SessionOutput:
    """Return a session as its owner sees it."""
    return SessionOutput(
        id=view.id,
        device=view.device,
        address=view.address,
        created_at=view.created_at,
        last_seen_at=view.last_seen_at,
        ends_at=view.ends_at,
        is_current=view.id == current_id,
    )
