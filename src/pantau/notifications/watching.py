"""Looks, decides, writes: the worker's part of alerts up to the outbox."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Problem
from pantau.core.jobs import timed_job
from pantau.db.database import Database
from pantau.notifications import outbox_rows, repository, state_rows
from pantau.notifications.judging import Decision, Picture, Place, decide
from pantau.notifications.kinds import COMMON_FAULTS, Kind
from pantau.notifications.seeing import Report, Seen, fleet_report, merged
from pantau.notifications.sources import Source
from pantau.notifications.values import (
    Maintenance,
    Rule,
    Sight,
    Subject,
    Target,
    Told,
    Windows,
)

log = structlog.get_logger()

EVERY_S: Final = 3.0
_AT_LEAST_EVERY_S: Final = 60.0
_TIDY_EVERY_S: Final = 3_600.0
KEEP: Final = timedelta(days=30)


@dataclass(slots=True)
class _Plan:
    """What people described, as it was read last."""

    rules: Sequence[Rule] = ()
    targets: Mapping[int, Target] = field(default_factory=dict)
    windows: Windows = field(default_factory=Windows)
    maintenance: Sequence[Maintenance] = ()
    muted: frozenset[int] = frozenset()


def places_of(catalogue: Catalogue, muted: frozenset[int]) -> dict[int, Place]:
    """Return every camera as far as rules ask."""
    return {
        int(camera.id): Place(
            area_id=camera.area_id,
            is_told=camera.enabled and camera.status == "active" and camera.id not in muted,
        )
        for camera in catalogue.all()
    }


class Watcher:
    """Loop only.  Keeps nothing that is not in the database as well (lesson H01)."""

    def __init__(
        self,
        database: Database,
        *,
        catalogue: Catalogue,
        sources: Sequence[Source],
        zone: Callable[[], ZoneInfo],
        clock: Clock,
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._sources = sources
        self._zone = zone
        self._clock = clock
        self._plan = _Plan()
        self._sights: dict[Subject, Sight] = {}
        self._told: dict[tuple[int, Subject], Told] = {}
        self._watermarks: dict[str, str] = {}
        self._stale = {"plan", *(source.name for source in sources)}
        self._looked_mono: dict[str, float] = {}
        database.changes.on("notifications", partial(self._stale_now, "plan"))
        for source in sources:
            database.changes.on(source.topic, partial(self._stale_now, source.name))

    async def run(self) -> None:
        """Watch until cancelled."""
        await self.load()
        while True:
            try:
                with timed_job("alerts.watching", every_s=EVERY_S):
                    await self.look()
            except Problem as problem:
                # The database is away: what happens meanwhile is seen when it is back.
                log.info("alerts_not_watched", reason=problem.code)
                self._stale = {"plan", *(source.name for source in self._sources)}
            await self._clock.sleep(EVERY_S)

    async def load(self) -> None:
        """Know what was seen and told before this process began."""
        async with self._database.read() as reading:
            self._sights = await state_rows.sights(reading)
            self._told = await state_rows.told(reading)
            self._watermarks = await state_rows.watermarks(reading)

    async def look(self) -> None:
        """Look once, and write what follows in one transaction."""
        now, stale = self._clock.now(), self._take_stale()
        async with self._database.read() as reading:
            if "plan" in stale:
                self._plan = _Plan(
                    rules=await repository.rules(reading),
                    targets={each.id: each for each in await repository.targets(reading)},
                    windows=await repository.windows(reading),
                    maintenance=await repository.open_maintenance(reading),
                    muted=await repository.muted(reading),
                )
            looks = {
                source.name: await source.look(reading, self._watermarks.get(source.name))
                for source in self._sources
                if source.name in stale
            }
        places = places_of(self._catalogue, self._plan.muted)
        seen = self._seen(list(looks.values()), now, places)
        happenings = [each for report in looks.values() for each in report.happenings]
        decision = decide(self._picture(now, seen, places), happenings)
        watermarks = {
            name: report.watermark
            for name, report in looks.items()
            if report.watermark not in {None, self._watermarks.get(name)}
        }
        await self._write(now, seen, decision, {k: v for k, v in watermarks.items() if v})

    def _seen(self, reports: list[Report], now: datetime, places: Mapping[int, Place]) -> Seen:
        first = merged(self._sights, reports)
        is_known = any(
            sight.is_bad
            for subject, sight in first.sights.items()
            if subject.kind in COMMON_FAULTS and subject.kind is not Kind.FLEET
        )
        fleet = fleet_report(
            now, first.sights, places, self._plan.windows, has_other_fault=is_known
        )
        second = merged(first.sights, [fleet])
        return Seen(second.sights, first.changed + second.changed, first.gone + second.gone)

    def _picture(self, now: datetime, seen: Seen, places: Mapping[int, Place]) -> Picture:
        plan = self._plan
        return Picture(
            now=now,
            zone=self._zone(),
            sights=seen.sights,
            told=self._told,
            rules=plan.rules,
            targets=plan.targets,
            windows=plan.windows,
            maintenance=plan.maintenance,
            places=places,
        )

    async def _write(
        self, now: datetime, seen: Seen, decision: Decision, watermarks: Mapping[str, str]
    ) -> None:
        if decision.is_empty and not (seen.changed or seen.gone or watermarks):
            return
        async with self._database.write() as writing:
            await state_rows.put_sights(writing, seen.changed, seen.gone)
            await state_rows.put_told(writing, list(decision.put.values()), decision.gone)
            for name, text in watermarks.items():
                await state_rows.put_watermark(writing, name, text)
            if decision.ended:
                await repository.end_maintenance(writing, decision.ended, at=now)
                writing.changed("notifications")
            refused = await outbox_rows.add_items(writing, decision.items, at=now)
        if refused:
            log.error("alerts_not_kept", items=refused, limit=outbox_rows.MOST_WAITING)
        self._sights = seen.sights
        self._watermarks |= watermarks
        for key in decision.gone:
            self._told.pop(key, None)
        self._told |= decision.put

    def _stale_now(self, name: str) -> None:
        self._stale.add(name)

    def _take_stale(self) -> set[str]:
        now_mono = self._clock.mono_s()
        for source in self._sources:
            last_mono = self._looked_mono.get(source.name, float("-inf"))
            if now_mono - last_mono >= _AT_LEAST_EVERY_S:
                self._stale.add(source.name)
        stale, self._stale = self._stale, set()
        self._looked_mono |= dict.fromkeys(stale, now_mono)
        return stale

    async def keep_tidy(self) -> None:
        """Delete what is too old, now and then; never returns."""
        while True:
            await self.tidy()
            await self._clock.sleep(_TIDY_EVERY_S)

    async def tidy(self) -> None:
        """Delete what is too old, a batch at a time."""
        before_at = self._clock.now() - KEEP
        while True:
            async with self._database.write() as writing:
                gone = await outbox_rows.expire(writing, before_at=before_at)
                await repository.expire_maintenance(writing, before_at=before_at)
            if not gone:
                return
