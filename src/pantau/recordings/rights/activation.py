"""A token becomes a cookie: once for each device, as often as the same device comes back."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pantau.accounts.client import Client
from pantau.accounts.trail import Trail, note_at
from pantau.audit.actors import Actor
from pantau.audit.events import Action, SecurityEvent
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from pantau.db.database import Database, Writing
from pantau.recordings.rights import token_repository
from pantau.recordings.rights.book import IDLE, RightsBook
from pantau.recordings.rights.guessing import GuessGate
from pantau.recordings.rights.token_texts import TokenTexts, session_hash
from pantau.recordings.rights.tokens import target_of
from pantau.recordings.rights.values import Device, PlaybackToken

_COOKIE_BYTES: Final = 32
_LONGEST_COOKIE: Final = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Activated:
    """A device that may replay from now on."""

    token: PlaybackToken
    cookie: str
    """Its only copy in the clear."""
    max_age_s: int
    is_new: bool
    """False: this device had activated the token before."""


class Activations:
    """Lets devices in and out.  Loop only."""

    def __init__(
        self,
        database: Database,
        book: RightsBook,
        *,
        texts: TokenTexts,
        gate: GuessGate,
        trail: Trail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._book = book
        self._texts = texts
        self._gate = gate
        self._trail = trail
        self._clock = clock

    async def activate(self, written: str, client: Client, *, held_cookie: str) -> Activated:
        """Let a device in by the text that somebody opened or typed.

        Raises Throttled for an address that guesses, Invalid for no text at all, NotFound for one
        that is no token, Forbidden for one that is over, and Conflict where no device is free.
        """
        if not written.strip():
            raise Invalid("playback.token_missing", "Type the code.", field="token")
        try:
            async with self._gate.attempt(client.address) as guess:
                hashes = await self._known(written)
                guess.take_back()
            async with self._database.write() as work:
                activated = await self._let_in(work, hashes, client, held_cookie)
        except (NotFound, Forbidden, Conflict) as problem:
            self._note(problem, client)
            raise
        await self._book.refresh_if_possible()
        return activated

    async def leave(self, held_cookie: str) -> None:
        """End the device with this cookie, if it is one; its owner says so."""
        if not held_cookie:
            return
        async with self._database.write() as work:
            device = await token_repository.device_by_hash(work, session_hash(held_cookie))
            if device is None or device.ended_at is not None:
                return
            await token_repository.end_device(work, device.id, at=self._clock.now(), reason="left")
            work.changed("playback")
        await self._book.refresh_if_possible()

    async def _known(self, written: str) -> tuple[str, ...]:
        hashes = self._texts.hashes_of(written)
        async with self._database.read() as work:
            if hashes and await token_repository.token_by_hash(work, hashes) is not None:
                return hashes
        raise NotFound("playback.token_unknown", "No such code or link is known.")

    async def _let_in(
        self, work: Writing, hashes: tuple[str, ...], client: Client, held_cookie: str
    ) -> Activated:
        token = await token_repository.token_by_hash(work, hashes)
        if token is None or not token.is_live(self._clock.now()):
            raise Forbidden(
                "playback.token_over",
                "This access has ended. Ask whoever gave it to you for a new one.",
            )
        return await self._reused(work, token, held_cookie) or await self._added(
            work, token, client
        )

    async def _reused(
        self, work: Writing, token: PlaybackToken, held_cookie: str
    ) -> Activated | None:
        """Let a device in that has a live cookie of this token; end one of another token."""
        if not held_cookie:
            return None
        now = self._clock.now()
        held = await token_repository.device_by_hash(work, session_hash(held_cookie))
        if held is None or held.ended_at is not None:
            return None
        if held.token_id == token.id and now - held.last_seen_at < IDLE:
            await token_repository.write_seen(work, {held.id: now}, {token.id: now})
            return self._activated(token, held_cookie, is_new=False)
        await token_repository.end_device(work, held.id, at=now, reason="replaced")
        return None

    async def _added(self, work: Writing, token: PlaybackToken, client: Client) -> Activated:
        now = self._clock.now()
        await token_repository.end_idle(work, token.id, seen_before=now - IDLE, at=now)
        in_use = await token_repository.count_devices(work, token.id)
        if token.max_devices and in_use >= token.max_devices:
            raise Conflict(
                "playback.devices_full",
                "This access is in use on as many devices as it allows.",
            )
        cookie = secrets.token_urlsafe(_COOKIE_BYTES)
        device = Device(
            id=0,
            token_id=token.id,
            ip_address=client.address[:45],
            user_agent=client.user_agent[:300],
            created_at=now,
            last_seen_at=now,
        )
        await token_repository.add_device(work, device, session_hash=session_hash(cookie))
        await token_repository.count_use(work, token.id, at=now)
        work.changed("playback")
        await self._trail.record(
            work,
            Actor("link", None, token.label, client.address, client.user_agent, client.endpoint),
            Action.ACTIVATE_PLAYBACK_TOKEN,
            target=target_of(token),
            after={"devices": in_use + 1},
        )
        return self._activated(token, cookie, is_new=True)

    def _activated(self, token: PlaybackToken, cookie: str, *, is_new: bool) -> Activated:
        left = _LONGEST_COOKIE
        if token.expires_at is not None:
            left = min(left, token.expires_at - self._clock.now())
        return Activated(token, cookie, max(1, int(left.total_seconds())), is_new)

    def _note(self, problem: Problem, client: Client) -> None:
        # Equal ones within a minute are one entry with a count.
        note_at(
            self._trail,
            SecurityEvent.PLAYBACK_REFUSED,
            client,
            "",
            {"reason": problem.code.rpartition(".")[2]},
        )
