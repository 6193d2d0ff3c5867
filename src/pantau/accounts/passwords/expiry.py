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

    def judge(self, changed_at: datetime, now: datetime) -> PasswordAge:
        """Return how a password chosen at `changed_at` stands at `now`."""
        if not self.days:
            return PasswordAge()
        left = changed_at + self.days * _DAY - now
        if left <= timedelta():
            return PasswordAge(is_expired=True, days_left=0)
        days_left = math.ceil(left / _DAY)
        return PasswordAge(days_left=days_left, should_warn=days_left <= self.warn_days)
