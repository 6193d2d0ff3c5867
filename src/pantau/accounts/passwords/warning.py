"""What people are told of a password that will expire."""

from pydantic import ConfigDict

from pantau.accounts.passwords.expiry import PasswordAge
from pantau.core.shapes import Shape


class ExpiryWarning(Shape):
    """The object `passwordExpiryWarning` of the API."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shouldWarn: bool  # noqa: N815 - the name that existing clients know
    daysRemaining: int  # noqa: N815
    message: str


def warning_of(age: PasswordAge) -> ExpiryWarning | None:
    """Return what to tell about a password of this age; nothing while there is nothing to do."""
    if age.days_left is None or not (age.should_warn or age.is_expired):
        return None
    return ExpiryWarning(shouldWarn=True, daysRemaining=age.days_left, message=_message(age))


def _message(age: PasswordAge) -> str:
    if age.is_expired:
        return "Your password has expired. Choose a new one."
    if age.days_left == 1:
        return "Your password expires within a day. Choose a new one."
    return f"Your password expires in {age.days_left} days. Choose a new one."
