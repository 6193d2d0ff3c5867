"""Bodies of `/api/auth/second-factor`."""

from pydantic import ConfigDict

from pantau.accounts.sessions.schemas import Code, Password
from pantau.core.shapes import Shape


class _Body(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CodeInput(_Body):
    """A code from the app that was just set up."""

    code: Code


class PasswordInput(_Body):
    """One's password, once more."""

    password: Password


class StandingOutput(_Body):
    """Whether a code is asked for, and how many recovery codes are left."""

    enabled: bool
    recovery_codes_left: int


class EnrolmentOutput(_Body):
    """A secret for an authenticator app; told once."""

    secret: str
    uri: str
    qr_svg: str


class RecoveryOutput(_Body):
    """Ten codes to be kept on paper; told once."""

    recovery_codes: list[str]
