"""What the sweep has to write: gathered in memory, written in one go, kept while nobody can."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from pantau.core.clock import Clock
from pantau.core.errors import Problem
from pantau.core.ids import CameraId
from pantau.db.database import Database
from pantau.health import alarm_rows, repository
from pantau.health.values import AlarmKind, Change
from pantau.health.verdict import Belief

log = structlog.get_logger()

LONGEST_GAP: Final = timedelta(minutes=2)
"""A pause of the worker up to here, a restart say, is no gap in the history."""
_WATCHED_EVERY_S: Final = 60.0
_WRITE_S: Final = 5.0
_AGAIN_WITHIN: Final = timedelta(minutes=10)
_EXPIRE_EVERY_S: Final = 3_600.0
_MOST_KEPT: Final = 20_000


class Ledger:
    """Writes beliefs, spans and alarms.  Loop only."""

    def __init__(
        self, database: Database, *, clock: Clock, keep: timedelta = timedelta(days=400)
    ) -> None:
        self._database = database
        self._clock = clock
        self._keep = keep
        self._changes: list[Change] = []
        self._gone: set[CameraId] = set()
        self._watched_mono = float("-inf")
        self._has_wishes = True
        database.changes.on("health", self._look_for_wishes)

    async def load(self) -> dict[CameraId, Belief]:
        """Return what was believed, after what nobody watched was made unknown."""
        async with self._database.write() as writing:
            is_gap = await repository.close_gap(writing, now=self._clock.now(), longest=LONGEST_GAP)
            known = await repository.beliefs(writing)
        if is_gap:
            log.info("health_gap_noted", cameras=len(known))
        return known

    def note(self, change: Change) -> None:
        """Have a change written with the next batch."""
        if len(self._changes) >= _MOST_KEPT:
            # A database that is away for so long loses the oldest history, never the newest.
            del self._changes[: _MOST_KEPT // 10]
        self._changes.append(change)

    def let_go(self, camera_id: CameraId) -> None:
        """Have a camera forgotten that is not there any more."""
        self._changes = [each for each in self._changes if each.camera_id != camera_id]
        self._gone.add(camera_id)

    async def write(self) -> bool:
        """Write what was gathered; return whether there was nothing to write, or it was written."""
        now_mono = self._clock.mono_s()
        is_due = now_mono - self._watched_mono >= _WATCHED_EVERY_S
        if not (self._changes or self._gone or is_due):
            return True
        changes, gone, now = self._changes, self._gone, self._clock.now()

        async def work() -> None:
            async with self._database.write() as writing:
                await repository.forget(writing, gone, at=now)
                await repository.save(writing, changes)
                await repository.note_watched(writing, until_at=now)

        self._changes, self._gone = [], set()
        if not await _within_deadline(work, "health_not_written"):
            # In front of what came meanwhile.
            self._changes[:0] = changes
            self._gone |= gone
            return False
        self._watched_mono = now_mono
        return True

    async def take_wishes(self) -> list[CameraId]:
        """Return the cameras that somebody wants to be checked now."""
        if not self._has_wishes:
            return []
        self._has_wishes = False
        taken: list[CameraId] = []

        async def work() -> None:
            async with self._database.read() as reading:
                has_any = await repository.has_checks(reading)
            if has_any:
                async with self._database.write() as writing:
                    taken.extend(await repository.take_checks(writing))

        if not await _within_deadline(work, "health_wishes_not_read"):
            self._has_wishes = True
        return taken

    async def begin_alarm(self, kind: AlarmKind, *, cameras: int) -> bool:
        """Begin an alarm; return whether it stands in the database."""

        async def work() -> None:
            async with self._database.write() as writing:
                is_new = await alarm_rows.begin(
                    writing,
                    kind,
                    at=self._clock.now(),
                    cameras=cameras,
                    again_within=_AGAIN_WITHIN,
                )
            if is_new:
                log.error("health_alarm", kind=kind.value, cameras=cameras)

        return await _within_deadline(work, "health_alarm_not_written")

    async def end_alarm(self, kind: AlarmKind) -> bool:
        """End an alarm if one is on; return whether that stands in the database."""

        async def work() -> None:
            async with self._database.write() as writing:
                was_on = await alarm_rows.end(writing, kind, at=self._clock.now())
            if was_on:
                log.info("health_alarm_over", kind=kind.value)

        return await _within_deadline(work, "health_alarm_not_written")

    async def keep_tidy(self) -> None:
        """Delete what is too old, now and then; never returns."""
        while True:
            await self.tidy()
            await self._clock.sleep(_EXPIRE_EVERY_S)

    async def tidy(self) -> int:
        """Delete what is too old, a batch at a time; return how many spans that were."""
        deleted = 0
        while True:
            async with self._database.write() as writing:
                batch = await repository.expire_spans(writing, before_at=self._too_old())
            deleted += batch
            if not batch:
                return deleted

    def _too_old(self) -> datetime:
        return self._clock.now() - self._keep

    def _look_for_wishes(self) -> None:
        self._has_wishes = True


async def _within_deadline(work: Callable[[], Awaitable[None]], event: str) -> bool:
    try:
        async with asyncio.timeout(_WRITE_S):
            await work()
    except (Problem, TimeoutError) as error:
        is_told = isinstance(error, Problem) and error.is_told
        (log.info if is_told else log.warning)(event, reason=type(error).__name__)
        return False
    return True
