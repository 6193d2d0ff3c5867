"""Who a request acts for, found in memory."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from pantau.web.exchange import Scope
from pantau.web.principal import Principal

FindKey: TypeAlias = Callable[[str], Awaitable[Principal]]
"""Gets the SHA-256 of a sent API key in hex; returns its principal, or `Principal(refusal=…)`."""


class SessionResolver:
    """Implements `web.principal.Resolver` for sessions and, through `find_key`, for API keys."""

    async def resolve(self, scope: Scope) -> Principal:
        """Return who asks; never raises for a bad credential."""
        raise NotImplementedError
