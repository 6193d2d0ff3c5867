"""Renewing a session: both tokens are replaced, and a used refresh token is a stolen one."""

from pantau.accounts.client import Client
from pantau.accounts.sessions import session_rows
from pantau.accounts.sessions.issuing import Issuer
from pantau.accounts.sessions.memory import SessionMemory
from pantau.accounts.sessions.session_rows import Session
from pantau.accounts.sessions.tokens import Token
from pantau.accounts.sessions.values import SignedIn
from pantau.accounts.trail import Trail, note_at
from pantau.audit.events import SecurityEvent
from pantau.core.clock import Clock
from pantau.core.errors import Unauthenticated
from pantau.db.database import Database


class Renewals:
    """Renews sessions.  Loop only.

    Tabs of one browser refresh at the same moment with the same token.  Whoever comes second,
    within `grace_s` and from the same browser, gets the pair that the first one got (lesson X15).
    """

    def __init__(
        self,
        database: Database,
        issuer: Issuer,
        memory: SessionMemory,
        *,
        trail: Trail,
        grace_s: float,
        clock: Clock,
    ) -> None:
        self._database = database
        self._issuer = issuer
        self._memory = memory
        self._trail = trail
        self._grace_s = grace_s
        self._clock = clock

    async def refresh(self, text: str, client: Client) -> SignedIn:
        """Return the next pair.  Raises Unauthenticated, with a text for each reason."""
        if not text:
            raise Unauthenticated("auth.refresh_missing", "There is no refresh token. Sign in.")
        token = self._issuer.tokens.read(text, "refresh")
        if token is None:
            raise Unauthenticated("auth.refresh_invalid", "This refresh token is not valid.")
        session = await self._live(token, least_generation=token.generation)
        if session.generation == token.generation:
            if await self._renew(session, client):
                note_at(
                    self._trail,
                    SecurityEvent.SESSION_REFRESHED,
                    client,
                    session.username,
                    {"session": session.id},
                )
                return self._pair(session, token, session.generation + 1)
            # Somebody else was faster, perhaps in another process.
            session = await self._live(token, least_generation=token.generation + 1)
        if self._came_second(session, token) and client.user_agent == session.user_agent:
            return self._pair(session, token, session.generation)
        raise await self._end(session, token, client)

    async def _live(self, token: Token, *, least_generation: int) -> Session:
        known = await self._memory.find(token.family_hash, least_generation=least_generation)
        if known is None or known.session.ended_at is not None:
            raise Unauthenticated("auth.session_ended", "This sign-in has been ended. Sign in.")
        if self._clock.now() >= known.session.ends_at:
            raise Unauthenticated("auth.session_expired", "This sign-in has expired. Sign in.")
        return known.session

    async def _renew(self, session: Session, client: Client) -> bool:
        async with self._database.write() as work:
            is_first = await session_rows.renew(
                work,
                session.id,
                generation=session.generation,
                at=self._clock.now(),
                user_agent=client.user_agent,
            )
            if is_first:
                work.changed("accounts")
        return is_first

    def _came_second(self, session: Session, token: Token) -> bool:
        passed_s = (self._clock.now() - session.renewed_at).total_seconds()
        return token.generation == session.generation - 1 and passed_s <= self._grace_s

    def _pair(self, session: Session, token: Token, generation: int) -> SignedIn:
        return self._issuer.signed_in(session, token.family, generation=generation)

    async def _end(self, session: Session, token: Token, client: Client) -> Unauthenticated:
        """Somebody has a token that was used: who of the two is the thief cannot be known."""
        async with self._database.write() as work:
            await session_rows.end(work, session.id, at=self._clock.now())
            work.changed("accounts")
        is_stranger = self._came_second(session, token)
        event = (
            SecurityEvent.FINGERPRINT_MISMATCH if is_stranger else SecurityEvent.TOKEN_BLACKLISTED
        )
        details = {"session": session.id, "reason": "a used refresh token came back"}
        note_at(self._trail, event, client, session.username, details)
        note_at(self._trail, SecurityEvent.SESSION_INVALIDATED, client, session.username, details)
        return Unauthenticated(
            "auth.refresh_reused",
            "This refresh token was used before, so the sign-in has been ended. Sign in.",
        )
