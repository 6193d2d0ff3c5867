"""What an API key is to those who work with keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

MOST_DAYS: Final = 365
"""How long a key lives at most."""
DEFAULT_SCOPES: Final = frozenset({"areas:read", "cameras:read"})
"""Of a key for which none were asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as admins see it: everything but the key."""

    id: int
    prefix: str
    client_name: str
    description: str = ""
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What is asked of a key that is made."""

    client_name: str
    description: str = ""
    scopes: frozenset[str] = DEFAULT_SCOPES
    expires_at: datetime | None = None
    """Nothing: after a year, the longest there is."""
