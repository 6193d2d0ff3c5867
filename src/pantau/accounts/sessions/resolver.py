"""Who a request acts for, found in memory."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from pantau.accounts.sessions.credentials import Sent, sent_in
from pantau.accounts.sessions.memory import Known, SessionMemory
from pantau.accounts.sessions.tokens import Tokens
from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.web.exchange import Scope
from pantau.web.principal import ANONYMOUS, Principal

FindKey: TypeAlias = Callable[[str], Awaitable[Principal]]
"""Gets the SHA-256 of a sent API key in hex; returns its principal, or `Principal(refusal=…)`."""

_INVALID: Final = Principal(refusal="invalid")
_EXPIRED: Final = Principal(refusal="expired")
_REVOKED: Final = Principal(refusal="revoked")
_UNAVAILABLE: Final = Principal(refusal="unavailable")
"""A credential was sent and the database, which knows it, does not answer."""


class SessionResolver:
    """Implements `web.principal.Resolver` for sessions and, through `find_key`, for API keys."""

    def __init__(
        self,
        tokens: Tokens,
        memory: SessionMemory,
        *,
        find_key: FindKey,
        access_s: float,
        clock: Clock,
    ) -> None:
        self._tokens = tokens
        self._memory = memory
        self._find_key = find_key
        self._access_s = access_s
        self._clock = clock

    async def resolve(self, scope: Scope) -> Principal:
        """Return who asks; never raises for a bad credential, nor for a good one that is stale."""
        sent = sent_in(scope)
        if sent.kind == "nothing":
            return ANONYMOUS
        if sent.kind == "broken":
            return _INVALID
        try:
            if sent.kind == "key":
                return await self._find_key(hashlib.sha256(sent.text.encode()).hexdigest())
            return await self._resolve_token(sent.text)
        except Unavailable:
            return _UNAVAILABLE

    async def signed_out_by(self, scope: Scope) -> Principal:
        """Return whose session the token in this request can end: an expired one may, too.

        Its refresh token, which lives longer, never comes along to where people sign out.
        """
        sent = sent_in(scope)
        known = await self._known(sent)
        now_s = self._clock.unix_s()
        if known is None or known.session.ended_at is not None or now_s >= known.ends_s:
            return _INVALID
        return known.principal

    async def _known(self, sent: Sent) -> Known | None:
        token = self._tokens.read(sent.text, "access") if sent.kind == "token" else None
        if token is None:
            return None
        known = await self._memory.find(token.family_hash, least_generation=token.generation)
        return known if known and known.session.generation == token.generation else None

    async def _resolve_token(self, text: str) -> Principal:
        token = self._tokens.read(text, "access")
        if token is None:
            return _INVALID
        known = await self._memory.find(token.family_hash, least_generation=token.generation)
        if known is None or known.session.ended_at is not None:
            return _REVOKED
        if known.session.generation != token.generation:
            return _REVOKED
        now_s = self._clock.unix_s()
        if now_s >= known.ends_s or now_s >= known.renewed_s + self._access_s:
            return _EXPIRED
        self._memory.touch(known.session.id, now_s)
        return known.principal_at(now_s)
