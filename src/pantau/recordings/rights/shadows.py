"""The worker writes down when cameras could not be seen, so that nobody replays it later."""

import asyncio
from typing import Final

import structlog

from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock, Zone
from pantau.core.errors import Problem
from pantau.db.database import Database
from pantau.recordings.rights import shadow_repository
from pantau.recordings.rights.darkness import DarkBook, Turn, to_ms
from pantau.recordings.rights.shadow_repository import DecidedSince
from pantau.recordings.rights.values import MOST_PREVIEW_MINUTES, MOST_WINDOW_HOURS

log = structlog.get_logger()

LOOK_EVERY_S: Final = 2.0
_WRITE_EVERY_S: Final = 30.0
"""How often it is written that nothing changed: what an outage of the worker adds to its length."""
_PRUNE_EVERY_S: Final = 6 * 3600.0
_HOUR_MS: Final = 3_600_000
KEPT_MS: Final = (max(MOST_WINDOW_HOURS, MOST_PREVIEW_MINUTES // 60) + 24) * _HOUR_MS
"""Longer than anybody but operators reaches back, so that no footage outlives its shadow."""


class ShadowKeeper:
    """Looks at the cameras every few seconds, and at once when they change.  Loop only.

    Level-triggered: what it missed it finds at the next look.
    """

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        *,
        decided_since: DecidedSince,
        clock: Clock,
        zone: Zone,
    ) -> None:
        self._database = database
        self._decided_since = decided_since
        self._catalogue = catalogue
        self._clock = clock
        self._zone = zone
        self._book: DarkBook | None = None
        self._unwritten: list[Turn] = []
        self._written_mono: float | None = None
        self._pruned_mono: float | None = None
        self._is_writing = asyncio.Lock()
        catalogue.on_cameras(self._look)

    async def run(self) -> None:
        """Look and write, until cancelled; a database that is away is waited for."""
        while True:
            try:
                await self.look()
            except Problem as error:
                log.info("shadows_not_written", waiting=len(self._unwritten), error=error)
            await self._clock.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Look, and write what turned; raises Unavailable where the database is away."""
        async with self._is_writing:
            if self._book is None:
                self._book = await self._opened()
            self._look()
            await self._write()
            await self._prune()

    async def _opened(self) -> DarkBook:
        async with self._database.read() as work:
            stand = await shadow_repository.stand_of(work, self._decided_since)
        return DarkBook(
            self._zone,
            under_way=stand.under_way,
            looked_ms=stand.looked_ms,
            unsure=stand.unsure,
        )

    def _look(self) -> None:
        # Also from within a change of the catalogue: two that follow each other are two looks.
        if self._book is not None:
            self._unwritten += self._book.look(self._catalogue.all(), self._clock.now())

    async def _write(self) -> None:
        mono_s, turns = self._clock.mono_s(), tuple(self._unwritten)
        is_due = self._written_mono is None or mono_s - self._written_mono >= _WRITE_EVERY_S
        if not turns and not is_due:
            return
        looked_ms = to_ms(self._clock.now()) if self._book is None else self._book.looked_ms
        async with self._database.write() as work:
            await shadow_repository.write_turns(work, turns, looked_ms=looked_ms)
            if turns:
                work.changed("playback")
        del self._unwritten[: len(turns)]
        self._written_mono = mono_s

    async def _prune(self) -> None:
        mono_s = self._clock.mono_s()
        if self._pruned_mono is not None and mono_s - self._pruned_mono < _PRUNE_EVERY_S:
            return
        async with self._database.write() as work:
            await shadow_repository.prune(work, before_ms=to_ms(self._clock.now()) - KEPT_MS)
        self._pruned_mono = mono_s
