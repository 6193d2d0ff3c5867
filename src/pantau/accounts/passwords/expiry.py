"""How old a password may become."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordAge:
    """How a password stands on some day."""

    is_expired: bool = False
    days_left: int | None = None
    """Begun days until it expires; nothing where passwords never do."""
    should_warn: bool = False


@dataclass(frozen=True, slots=True)
class PasswordExpiry:
    """The rule: `days` after its choice a password must be replaced (0: never)."""

    days: int
    warn_days: int

    def expires_at(self, changed_at: datetime) -> datetime | None:
        """Return from when on a password chosen at `changed_at` has expired."""
        return changed_at + self.days * _DAY if self.days else None

    def judge(self, changed_at: datetime, now: datetime) -> PasswordAge:
        """Return how a password chosen at `changed_at` stands at `now`."""
        expires_at = self.expires_at(changed_at)
        if expires_at is None:
            return PasswordAge()
        if now >= expires_at:
            return PasswordAge(is_expired=True, days_left=0)
        days_left = math.ceil((expires_at - now) / _DAY)
        return PasswordAge(days_left=days_left, should_warn=days_left <= self.warn_days)
