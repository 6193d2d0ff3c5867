"""Writes down what was watched: many views in one transaction, every ten seconds at most.

What a process that is killed takes with it: views that ended since the last flush, views in
progress that are younger than that, and of longer ones the stretch since they were last noted.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from pantau.core.clock import Clock
from pantau.core.errors import Problem
from pantau.db.database import Database
from pantau.viewers import quality_rows, repository
from pantau.viewers.presence import Presence
from pantau.viewers.quality import Counted, Report
from pantau.viewers.repository import Glances
from pantau.viewers.salt_rows import DailySalts
from pantau.viewers.views import PastView
from pantau.viewers.visitors import Salted
from pantau.viewers.watching import View

log = structlog.get_logger()

TICK_S: Final = 1.0
SWEEP_EVERY_S: Final = 5.0
FLUSH_EVERY_S: Final = 10.0
NOTE_EVERY_S: Final = 120.0
"""How often a view in progress is noted; the first time at the flush after it counts."""
_MOST_PENDING: Final = 100_000
_MOST_NOTED: Final = 10_000
_Cell = tuple[int, datetime]


@dataclass(slots=True)
class _Batch:
    """What waits for the next flush."""

    ended: deque[PastView] = field(default_factory=lambda: deque(maxlen=_MOST_PENDING))
    glances: dict[_Cell, Glances] = field(default_factory=dict)
    quality: Counted = field(default_factory=Counted)
    dropped: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.ended or self.glances or self.quality.cells or self.dropped)


class ViewKeeper:
    """One per web process.  `run` until the end, then `close`."""

    def __init__(
        self,
        presence: Presence,
        database: Database,
        *,
        salts: DailySalts,
        zone: Callable[[], ZoneInfo],
        camera_name: Callable[[int], str | None],
        clock: Clock,
        machine: str = "",
    ) -> None:
        self._presence = presence
        self._database = database
        self._salts = salts
        self._zone = zone
        self._camera_name = camera_name
        self._clock = clock
        self._machine = machine
        self._batch = _Batch()
        self._writing = asyncio.Lock()
        self._is_failing = False

    async def begin(self) -> None:
        """Get the salt of today; nobody may be counted before.  Raises what the database does."""
        await self._renew(self.today())

    async def run(self) -> None:
        """Sweep, flush and change the salt at midnight; never returns."""
        swept_mono = flushed_mono = self._clock.mono_s()
        while True:
            await self._clock.sleep(TICK_S)
            await self.renew_day()
            now_mono = self._clock.mono_s()
            if now_mono - swept_mono >= SWEEP_EVERY_S:
                swept_mono = now_mono
                self.sweep()
            if now_mono - flushed_mono >= FLUSH_EVERY_S:
                flushed_mono = now_mono
                await self._try(self.flush)

    async def close(self, *, hands_over: bool = False) -> None:
        """End what is open at its last touch and write everything down.

        `hands_over`: other nodes go on with it, so it is not over.
        """
        self.sweep()
        if not hands_over:
            self.take(self._presence.end_all())
        await self._try(self.flush)

    def report(self, camera_id: int, report: Report) -> None:
        """Count what a player tells of how a camera played."""
        self._batch.quality.add(camera_id, self._clock.now(), report)

    async def renew_day(self) -> None:
        """Change to the salt of today; with the database away visitors keep their numbers."""
        on_day = self.today()
        if on_day != self._presence.on_day:
            await self._try(lambda: self._renew(on_day))

    def today(self) -> str:
        """Return the calendar day in the hub's zone."""
        return self._clock.now().astimezone(self._zone()).date().isoformat()

    def sweep(self) -> None:
        """Take what is over."""
        self.take(self._presence.sweep())

    def take(self, views: Iterable[View]) -> None:
        """Have views that are over written down at the next flush."""
        now = self._clock.now()
        for view in views:
            if self._presence.is_glance(view):
                self._glance(view)
            else:
                self._batch.ended.append(self._past(view, now))
        self._batch.dropped += self._presence.dropped
        self._presence.dropped.clear()

    async def flush(self) -> None:
        """Write down what is over and note what goes on, in one transaction or none."""
        async with self._writing:
            batch, self._batch = self._batch, _Batch()
            open_views = self._to_note()
            if batch.is_empty and not open_views:
                return
            was_handed_over = is_kept = False
            try:
                async with self._database.write() as work:
                    now = self._clock.now()
                    await repository.add_past_views(work, tuple(batch.ended))
                    await repository.forget_open(work, batch.dropped)
                    await repository.add_glances(work, batch.glances)
                    quality = batch.quality
                    await quality_rows.add_quality(work, quality.cells, quality.failures)
                    notes = [self._past(view, now) for view in open_views]
                    await repository.note_open(work, notes, noted_at=now)
                    was_handed_over = True
                is_kept = True
            except asyncio.CancelledError:
                # A commit that has begun is carried to its end.
                is_kept = was_handed_over
                raise
            finally:
                if not is_kept:
                    self._put_back(batch)
        for view in open_views:
            view.noted_mono = self._clock.mono_s()

    def _to_note(self) -> list[View]:
        presence, now_mono = self._presence, self._clock.mono_s()
        return [
            view
            for view in presence.views()
            if now_mono - view.noted_mono >= NOTE_EVERY_S
            and not view.is_over
            and not presence.is_glance(view)
            and presence.is_ours(view.owner)
        ][:_MOST_NOTED]

    def _past(self, view: View, now: datetime) -> PastView:
        name = self._camera_name(view.camera_id)
        return view.past(camera_name=name, node=self._machine, created_at=now)

    def _glance(self, view: View) -> None:
        cell = view.camera_id, view.started_at.replace(minute=0, second=0, microsecond=0)
        self._add_glances(cell, Glances(int(not view.agent.is_bot), int(view.agent.is_bot)))

    def _add_glances(self, cell: _Cell, more: Glances) -> None:
        seen = self._batch.glances.get(cell, Glances())
        self._batch.glances[cell] = Glances(seen.people + more.people, seen.bots + more.bots)

    def _put_back(self, batch: _Batch) -> None:
        self._batch.ended.extendleft(reversed(batch.ended))
        self._batch.dropped += batch.dropped
        for cell, glances in batch.glances.items():
            self._add_glances(cell, glances)
        self._batch.quality.add_all(batch.quality)

    async def _renew(self, on_day: str) -> None:
        self._presence.renew(Salted(await self._salts.of(on_day), on_day))
        log.info("visitor_numbers_renewed", on_day=on_day)

    async def _try(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Problem as error:
            if not self._is_failing:
                log.info("views_wait_for_the_database", code=error.code)
            self._is_failing = True
        else:
            self._is_failing = False
