"""API keys: made once, recognised on every request from memory, revoked for good."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from pantau.accounts.keys.repository import KeyRepository
from pantau.accounts.keys.values import MOST_DAYS, ApiKey, NewKey
from pantau.accounts.trail import Trail
from pantau.audit.actors import Actor
from pantau.audit.events import SecurityEvent
from pantau.core.clock import Clock
from pantau.core.errors import Invalid, NotFound, Problem
from pantau.db.database import Database
from pantau.web.access import SCOPES
from pantau.web.principal import Principal

log = structlog.get_logger()

KEY_BYTES: Final = 32
PREFIX_SIGNS: Final = 8
MOST_KEYS: Final = 500
"""Live ones; all of them are in the memory of every process."""
_WRITE_EVERY_S: Final = 60.0
_NO_HASH: Final = "0" * 64


class ApiKeys:
    """The keys of this installation.  Loop only; `load` before the first `find`.

    `follow` and `run` are services: the first takes over what other processes change, the second
    writes down when keys were used.
    """

    def __init__(self, database: Database, trail: Trail, *, clock: Clock) -> None:
        self._database = database
        self._trail = trail
        self._clock = clock
        self._keys: dict[str, ApiKey] = {}
        self._version = 0
        """Grows with every change made here, so that a reading begun before it is dropped."""
        self._used_at: dict[int, datetime] = {}
        self._changed = asyncio.Event()
        database.changes.on("keys", self._changed.set)

    async def load(self) -> None:
        """Take every live key into memory."""
        while True:
            version = self._version
            async with self._database.read() as work:
                keys = await KeyRepository(work).live()
            if version == self._version:
                self._keys = dict(keys)
                return

    async def find(self, key_hash: str) -> Principal:
        """Return whom the key with this SHA-256 (hex) stands for; never waits.

        Does the same work for a key that exists and for one that does not.
        """
        key = self._keys.get(key_hash)
        is_known = hmac.compare_digest(key_hash.encode(), (key_hash if key else _NO_HASH).encode())
        if key is None or not is_known:
            return Principal(refusal="invalid")
        now = self._clock.now()
        if key.expires_at <= now:
            return Principal(refusal="expired", key_id=key.id)
        self._used_at[key.id] = now
        return Principal(kind="api_key", key_id=key.id, username=key.client_name, scopes=key.scopes)

    async def all(self) -> Sequence[ApiKey]:
        """Return every key that is not revoked, expired ones too, the newest first."""
        async with self._database.read() as work:
            keys = (await KeyRepository(work).live()).values()
        used = self._used_at
        return sorted(
            (replace(key, last_used_at=used.get(key.id, key.last_used_at)) for key in keys),
            key=lambda key: (key.created_at, key.id),
            reverse=True,
        )

    async def create(self, new: NewKey, *, by: Actor) -> tuple[ApiKey, str]:
        """Make a key; return it and its only copy in the clear."""
        now = self._clock.now()
        expires_at = _expiry(new, now)
        unknown = sorted(new.scopes - SCOPES)
        if unknown:
            raise Invalid("keys.scope", f"There is no scope {unknown[0]}.", field="scopes")
        if not new.scopes:
            raise Invalid("keys.scope", "Give the key at least one scope.", field="scopes")
        secret = secrets.token_hex(KEY_BYTES)
        async with self._database.write() as work:
            repository = KeyRepository(work)
            if await repository.count_live() >= MOST_KEYS:
                raise Invalid("keys.too_many", f"There are {MOST_KEYS} keys. Revoke some first.")
            key = await repository.add(
                new,
                key_hash=hash_of(secret),
                prefix=secret[:PREFIX_SIGNS],
                created_at=now,
                expires_at=expires_at,
            )
            await self._trail.record(
                work, by, SecurityEvent.API_KEY_CREATED, target=_target(key), after=_told(key)
            )
            work.changed("keys")
        self._keys = {**self._keys, hash_of(secret): key}
        self._version += 1
        return key, secret

    async def revoke(self, key_id: int, *, by: Actor) -> None:
        """End a key for good; raises NotFound for one that does not exist or has ended."""
        async with self._database.write() as work:
            key = await KeyRepository(work).revoke(key_id, at=self._clock.now())
            if key is None:
                raise NotFound("keys.unknown", "There is no such API key.")
            await self._trail.record(
                work, by, SecurityEvent.API_KEY_REVOKED, target=_target(key), before=_told(key)
            )
            work.changed("keys")
        self._keys = {sent: kept for sent, kept in self._keys.items() if kept.id != key_id}
        self._used_at.pop(key_id, None)
        self._version += 1

    async def follow(self) -> None:
        """Load again whenever the keys changed, here or in another process, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self.load()

    async def run(self) -> None:
        """Write down once a minute which keys were used, until cancelled."""
        while True:
            await self._clock.sleep(_WRITE_EVERY_S)
            await self.write_uses()

    async def write_uses(self) -> None:
        """Write down when keys were last used."""
        used = dict(self._used_at)
        if not used:
            return
        async with self._database.write() as work:
            await KeyRepository(work).write_uses(used)
        for key_id, at in used.items():
            if self._used_at.get(key_id) == at:
                del self._used_at[key_id]

    async def close(self) -> None:
        """Write down what is left; call it before the database is closed."""
        try:
            await self.write_uses()
        except Problem as error:
            log.warning("key_uses_lost", keys=len(self._used_at), error=error)


def hash_of(key: str) -> str:
    """Return the SHA-256 of a key in hex, by which it is kept and found."""
    return hashlib.sha256(key.encode()).hexdigest()


def _expiry(new: NewKey, now: datetime) -> datetime:
    longest_at = now + timedelta(days=MOST_DAYS)
    expires_at = longest_at if new.expires_at is None else new.expires_at
    if not now < expires_at <= longest_at:
        raise Invalid(
            "keys.expiry",
            f"A key lives at least until now and at most {MOST_DAYS} days.",
            field="expires_at",
        )
    # Only now: the last days of the calendar cannot be told in every zone.
    return expires_at.astimezone(UTC)


def _target(key: ApiKey) -> str:
    return f"api key {key.id} ({key.client_name})"


def _told(key: ApiKey) -> dict[str, object]:
    return {
        "client_name": key.client_name,
        "description": key.description,
        "prefix": key.prefix,
        "scopes": sorted(key.scopes),
        "expires_at": key.expires_at.isoformat(),
    }
