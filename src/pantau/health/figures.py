"""Uptime of every camera over the last day, week and month, and day by day; kept for a minute."""

import asyncio
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pantau.cameras.models import HealthState
from pantau.core.clock import Clock, Zone
from pantau.core.ids import CameraId
from pantau.db.database import Database
from pantau.health import repository
from pantau.health.uptime import Uptime
from pantau.health.values import Span
from pantau.health.verdict import DOWN, UP

DAYS: Final = 30
OUTAGE_S: Final = 600.0
"""What ends sooner is told as uptime, not as an outage."""
_DAY_S: Final = 86_400.0
_KEPT_S: Final = 60.0
_BATCH: Final = 500
"""Spans that are counted before others on the loop get their turn: about two milliseconds."""


@dataclass(slots=True)
class Figures:
    """What is known of one camera."""

    day: Uptime = field(default_factory=Uptime)
    week: Uptime = field(default_factory=Uptime)
    month: Uptime = field(default_factory=Uptime)
    by_day: list[Uptime] = field(default_factory=lambda: [Uptime() for _ in range(DAYS)])
    """The last `DAYS` calendar days of the site, today last."""
    falls: int = 0
    """How often it went down within the last week."""
    outages: list[tuple[datetime, datetime]] = field(default_factory=list)
    """When it was down for long within the last week, and came back, in order."""


@dataclass(frozen=True, slots=True)
class Counted:
    """All figures at one moment."""

    at: datetime
    days: tuple[date, ...]
    cameras: Mapping[CameraId, Figures]

    def of(self, camera_id: CameraId) -> Figures:
        """Return the figures of a camera; empty ones where nothing was measured."""
        return self.cameras.get(camera_id) or Figures()

    def sum(self, camera_ids: Iterable[CameraId]) -> Figures:
        """Return the figures of several cameras together: camera-seconds, not means of means."""
        total = Figures()
        for camera_id in camera_ids:
            figures = self.cameras.get(camera_id)
            if figures is None:
                continue
            total.day.join(figures.day)
            total.week.join(figures.week)
            total.month.join(figures.month)
            total.falls += figures.falls
            for mine, other in zip(total.by_day, figures.by_day, strict=True):
                mine.join(other)
        return total


class FigureBook:
    """Counts when somebody asks, at most once a minute.  Loop only."""

    def __init__(self, database: Database, *, clock: Clock, zone: Zone) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._counted: Counted | None = None
        self._counted_mono = 0.0
        self._counted_in = zone()
        self._counting = asyncio.Lock()

    @property
    def zone(self) -> ZoneInfo:
        """Where days begin."""
        return self._zone()

    async def figures(self) -> Counted:
        """Return the figures, a minute old at most.  Raises Unavailable with the database."""
        async with self._counting:
            now_mono, zone = self._clock.mono_s(), self._zone()
            is_old = now_mono - self._counted_mono >= _KEPT_S or zone is not self._counted_in
            if self._counted is None or is_old:
                self._counted = await self._count(zone)
                self._counted_mono, self._counted_in = now_mono, zone
            return self._counted

    async def _count(self, zone: ZoneInfo) -> Counted:
        now = self._clock.now()
        days = last_days(now, zone)
        edges = [midnight(day, zone).timestamp() for day in days]
        from_at = min(midnight(days[0], zone), now - timedelta(days=DAYS))
        async with self._database.read() as reading:
            spans = await repository.spans(reading, from_at=from_at, until_at=now)
        cameras: dict[CameraId, Figures] = {}
        for first in range(0, len(spans), _BATCH):
            for span in spans[first : first + _BATCH]:
                count(span, cameras.setdefault(span.camera_id, Figures()), edges, now.timestamp())
            await self._clock.sleep(0)
        return Counted(now, days, cameras)


def count(span: Span, figures: Figures, edges: Sequence[float], now_s: float) -> None:
    """Add one span to the figures of its camera; `edges` are when each day began."""
    if span.state is HealthState.UNKNOWN:
        return
    began_s = span.began_at.timestamp()
    ended_s = now_s if span.ended_at is None else min(span.ended_at.timestamp(), now_s)
    is_up = span.state in UP
    is_outage = not is_up and ended_s - began_s >= OUTAGE_S
    if is_outage and span.ended_at is not None and ended_s > now_s - 7 * _DAY_S:
        figures.outages.append((span.began_at, span.ended_at))
    if span.state in DOWN and now_s - 7 * _DAY_S <= began_s < now_s:
        figures.falls += 1
    for uptime, days in ((figures.day, 1), (figures.week, 7), (figures.month, DAYS)):
        uptime.add(max(began_s, now_s - days * _DAY_S), ended_s, is_up=is_up)
    for number in range(max(bisect_right(edges, began_s) - 1, 0), len(edges)):
        if edges[number] >= ended_s:
            break
        ends_s = edges[number + 1] if number + 1 < len(edges) else now_s
        figures.by_day[number].add(max(began_s, edges[number]), min(ended_s, ends_s), is_up=is_up)


def last_days(now: datetime, zone: ZoneInfo) -> tuple[date, ...]:
    """Return the last `DAYS` calendar days, today last."""
    today = now.astimezone(zone).date()
    return tuple(today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins there."""
    return datetime.combine(day, time(), zone)
