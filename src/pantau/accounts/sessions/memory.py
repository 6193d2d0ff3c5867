"""Sessions as the next request finds them: in memory, and never older than the last change.

What was read counts until any change of the accounts is committed, here or elsewhere; the first
request after that reads its own session again.  So a sign-out takes effect with the commit, and a
request in between costs a look-up in a dictionary (lesson X28).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pantau.accounts.passwords.expiry import PasswordExpiry
from pantau.accounts.sessions import session_rows
from pantau.accounts.sessions.session_rows import Session
from pantau.core.clock import Clock
from pantau.db.database import Database
from pantau.web.principal import Principal

_MOST: Final = 20_000
_MISS_S: Final = 2.0
"""How long an unknown session stays unknown: a replica may lag behind a sign-in elsewhere."""


@dataclass(frozen=True, slots=True)
class Known:
    """A session with what every request asks of it."""

    session: Session
    principal: Principal
    renewed_s: float
    ends_s: float
    password_until_s: float

    def principal_at(self, now_s: float) -> Principal:
        """Return who acts through this session now."""
        if now_s < self.password_until_s:
            return self.principal
        return replace(self.principal, must_change_password=True)


@dataclass(frozen=True, slots=True)
class _Remembered:
    known: Known | None
    change: int
    read_mono: float


class SessionMemory:
    """Bounded; what does not fit is read again when it is asked for.  Loop only."""

    def __init__(self, database: Database, *, expiry: PasswordExpiry, clock: Clock) -> None:
        self._database = database
        self._expiry = expiry
        self._clock = clock
        self._change = 0
        self._remembered: dict[str, _Remembered] = {}
        self._seen: dict[int, float] = {}
        database.changes.on("accounts", self._forget_what_was_read)

    async def find(self, family_hash: str, *, least_generation: int = 0) -> Known | None:
        """Return the session, ended ones too, or nothing; reads the database on a miss.

        Raises Unavailable when it has to and cannot.
        """
        remembered = self._remembered.get(family_hash)
        if remembered is not None and self._is_current(remembered, least_generation):
            return remembered.known
        change = self._change
        async with self._database.read() as work:
            session = await session_rows.find(work, family_hash)
        return self._remember(family_hash, session, change)

    @property
    def change(self) -> int:
        """A number that grows with every change of the accounts."""
        return self._change

    def remember(self, session: Session, *, change: int) -> None:
        """Know a session that was just begun; `change` is as it was before the transaction."""
        self._remember(session.family_hash, session, change)

    def touch(self, session_id: int, now_s: float) -> None:
        """Note that a session was used."""
        self._seen[session_id] = now_s

    def take_seen(self) -> Sequence[tuple[int, float]]:
        """Return which sessions were used since the last call, and when."""
        seen, self._seen = self._seen, {}
        return list(seen.items())

    def _forget_what_was_read(self) -> None:
        self._change += 1

    def _is_current(self, remembered: _Remembered, least_generation: int) -> bool:
        if remembered.change != self._change:
            return False
        if remembered.known is None:
            return self._clock.mono_s() - remembered.read_mono < _MISS_S
        return remembered.known.session.generation >= least_generation

    def _remember(self, family_hash: str, session: Session | None, change: int) -> Known | None:
        known = None if session is None else self._known(session)
        self._remembered.pop(family_hash, None)
        while len(self._remembered) >= _MOST:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[family_hash] = _Remembered(known, change, self._clock.mono_s())
        return known

    def _known(self, session: Session) -> Known:
        return Known(
            session,
            Principal(
                kind="session",
                user_id=session.user_id,
                username=session.username,
                role=session.role,
                area_ids=session.area_ids,
                session_id=session.id,
            ),
            session.renewed_at.timestamp(),
            session.ends_at.timestamp(),
            _expires_s(self._expiry, session.password_since),
        )


def _expires_s(expiry: PasswordExpiry, since: datetime) -> float:
    expires_at = expiry.expires_at(since)
    return float("inf") if expires_at is None else expires_at.timestamp()
