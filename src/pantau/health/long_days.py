"""Ninety days of every camera, day by day: what is over is counted once, today with the rest."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pantau.core.clock import Clock
from pantau.core.ids import CameraId
from pantau.db.database import Database
from pantau.health import repository
from pantau.health.figures import DAYS, Counted, Figures, count, midnight
from pantau.health.uptime import Uptime
from pantau.health.values import Span

LONG_DAYS: Final = 90
_OLDER: Final = LONG_DAYS - DAYS
_BATCH: Final = 100
"""Spans that are counted, or cameras that are added up, before others get their turn."""


@dataclass(frozen=True, slots=True)
class LongDays:
    """The last `LONG_DAYS` calendar days of the site, today last."""

    counted: Counted
    days: tuple[date, ...]
    older: Mapping[CameraId, Sequence[Uptime]] = field(repr=False)
    """What lies before the days of `counted`."""

    def of(self, camera_id: CameraId) -> list[Uptime]:
        """Return the days of a camera; empty ones where nothing was measured."""
        older = self.older.get(camera_id) or [Uptime() for _ in range(_OLDER)]
        return [*older, *self.counted.of(camera_id).by_day]

    async def sum(self, camera_ids: Iterable[CameraId], clock: Clock) -> list[Uptime]:
        """Return the days of several cameras together, letting others on the loop work between."""
        total = [Uptime() for _ in self.days]
        for number, camera_id in enumerate(camera_ids, 1):
            if camera_id in self.older or camera_id in self.counted.cameras:
                for mine, other in zip(total, self.of(camera_id), strict=True):
                    mine.join(other)
            if number % _BATCH == 0:
                await clock.sleep(0)
        return total


class LongBook:
    """Keeps what lies more than `DAYS` days back; that changes at midnight only.  Loop only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._older: Mapping[CameraId, Sequence[Uptime]] = {}
        self._kept_of: tuple[date, str] | None = None
        self._counting = asyncio.Lock()

    async def days(self, counted: Counted, zone: ZoneInfo) -> LongDays:
        """Return the days that end with those of `counted`; raises Unavailable."""
        first = counted.days[0]
        days = tuple(first - timedelta(days=ago) for ago in range(_OLDER, 0, -1))
        async with self._counting:
            # A clock that was set shows another first day, and is believed.
            if self._kept_of != (first, zone.key):
                self._older = await self._count(days, first, zone)
                self._kept_of = (first, zone.key)
            return LongDays(counted, (*days, *counted.days), self._older)

    async def _count(
        self, days: Sequence[date], first: date, zone: ZoneInfo
    ) -> Mapping[CameraId, Sequence[Uptime]]:
        from_at, until_at = midnight(days[0], zone), midnight(first, zone)
        edges = [midnight(day, zone).timestamp() for day in days]
        found: dict[CameraId, Figures] = {}
        # Ten days at a time: three months of a city that flickers do not lie in memory at once.
        begin = from_at
        while begin < until_at:
            end = min(begin + timedelta(days=10), until_at)
            await self._add(begin, end, edges, found)
            begin = end
        return {camera_id: tuple(figures.by_day) for camera_id, figures in found.items()}

    async def _add(
        self,
        begin: datetime,
        end: datetime,
        edges: Sequence[float],
        found: dict[CameraId, Figures],
    ) -> None:
        async with self._database.read() as reading:
            spans = await repository.spans(reading, from_at=begin, until_at=end)
        for number, span in enumerate(spans, 1):
            figures = found.setdefault(span.camera_id, _empty())
            count(_cut(span, begin, end), figures, edges, end.timestamp())
            if number % _BATCH == 0:
                await self._clock.sleep(0)


def _cut(span: Span, begin: datetime, end: datetime) -> Span:
    ended_at = end if span.ended_at is None else min(span.ended_at, end)
    return replace(span, began_at=max(span.began_at, begin), ended_at=ended_at)


def _empty() -> Figures:
    return Figures(by_day=[Uptime() for _ in range(_OLDER)])
