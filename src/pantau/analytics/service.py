"""Every number of viewers, for pages and endpoints alike: one counting for all of them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from pantau.analytics import reading as figures
from pantau.analytics.kept import Kept
from pantau.analytics.periods import Days, Period, local_day, period_of, period_of_today
from pantau.analytics.state import stored_state, views_behind
from pantau.analytics.values import (
    MOST_ACTIVITY,
    MOST_PEAKS,
    MOST_RECENT,
    ActiveSession,
    CameraStates,
    Comparison,
    Counting,
    HeatCell,
    HourFigures,
    Now,
    PastSession,
    Report,
    Short,
    Totals,
    changed_percent,
)
from pantau.core.clock import Clock
from pantau.db.database import Database, Reading
from pantau.viewers.views import LiveView

_REPORTS_S: Final = 30.0
_SHORT_S: Final = 10.0
_RECENT_S: Final = 2.0
_ACTIVITY: Final = timedelta(minutes=5)


class Watching(Protocol):
    """Who watches at this moment: `viewers.service.Viewers`."""

    def live(self) -> Sequence[LiveView]:
        """Return the views under way that count, on all nodes, the newest first."""
        ...


class Analytics:
    """Reads roll-ups only; every answer is kept shortly and worked out once.  Loop only."""

    def __init__(
        self,
        database: Database,
        *,
        watching: Watching,
        camera_states: Callable[[], CameraStates],
        camera_names: Callable[[], Mapping[int, str]],
        zone: Callable[[], ZoneInfo],
        clock: Clock,
    ) -> None:
        self._database = database
        self._watching = watching
        self._camera_states = camera_states
        self._camera_names = camera_names
        self._zone = zone
        self._clock = clock
        self._reports: Kept[Report] = Kept(clock, keep_s=_REPORTS_S)
        self._pairs: Kept[tuple[Totals, Totals, Counting]] = Kept(clock, keep_s=_SHORT_S)
        self._recent: Kept[Sequence[PastSession]] = Kept(clock, keep_s=_RECENT_S, least_s=_RECENT_S)
        database.changes.on("analytics", self._forget)

    def period(self, written: str) -> Period:
        """Return the period that a request names; raises Invalid with the field `period`."""
        return period_of(written, local_day(self._clock.now(), self._zone()))

    async def report(self, period: Period) -> Report:
        """Return everything about a period, seconds old at most.  Raises Unavailable."""
        question = (period, self._zone().key)
        return await self._reports.get(question, lambda: self._read_report(period))

    async def short(self, written: str = "today") -> Short:
        """Return the figures of the dashboard; unknown words mean today."""
        period = period_of_today(written, local_day(self._clock.now(), self._zone()))
        question = (period, self._zone().key)
        current, previous, counting = await self._pairs.get(
            question, lambda: self._read_pair(period)
        )
        return Short(
            period=period,
            current=current,
            previous=previous,
            comparison=compared(previous, current),
            active_now=len(self._watching.live()),
            cameras=self._camera_states(),
            counting=counting,
        )

    async def now(self) -> Now:
        """Return what is watched at this moment, and what ended two seconds ago at most."""
        live, names = self._watching.live(), self._camera_names()
        recent = await self._recent.get("recent", self._read_recent)
        return Now(
            at=self._clock.now(),
            viewers=len(live),
            sessions=[_active(view, names) for view in live],
            by_camera=Counter(view.camera_id for view in live),
            recent=recent,
        )

    def _forget(self) -> None:
        self._reports.forget()
        self._pairs.forget()

    async def _read_report(self, period: Period) -> Report:
        names = self._camera_names()
        async with self._database.read() as reading:
            played = await figures.played(reading, period.days, is_everything=period.is_everything)
            totals = await figures.totals(reading, period.days, played)
            comparison = None
            if period.previous is not None:
                comparison = compared(await _totals(reading, period.previous), totals)
            cells = await figures.heat(reading, period.days)
            hours = by_hour(cells)
            return Report(
                period=period,
                totals=totals,
                comparison=comparison,
                by_day=await figures.by_day(reading, period.days),
                by_hour=hours,
                heat=cells,
                peaks=sorted(hours, key=lambda each: (-each.sessions, each.hour))[:MOST_PEAKS],
                cameras=await figures.cameras(reading, period, played, names),
                devices=await figures.devices(reading, period.days),
                visitors=await figures.busiest(reading, period.days),
                recent=await figures.recent(
                    reading, period.days.moments(self._zone()), names, limit=MOST_RECENT
                ),
                counting=await _counting(reading),
            )

    async def _read_pair(self, period: Period) -> tuple[Totals, Totals, Counting]:
        assert period.previous is not None
        async with self._database.read() as reading:
            return (
                await _totals(reading, period.days),
                await _totals(reading, period.previous),
                await _counting(reading),
            )

    async def _read_recent(self) -> Sequence[PastSession]:
        now = self._clock.now()
        # A clock that was set back must not hide what ended just now.
        moments = (now - _ACTIVITY, now + _ACTIVITY)
        async with self._database.read() as reading:
            return await figures.recent(reading, moments, self._camera_names(), limit=MOST_ACTIVITY)


def compared(previous: Totals, current: Totals) -> Comparison:
    """Return by how much the numbers have changed."""
    return Comparison(
        previous=previous,
        sessions_percent=changed_percent(previous.sessions, current.sessions),
        visitors_percent=changed_percent(previous.visitors, current.visitors),
        watch_percent=changed_percent(previous.watch_s, current.watch_s),
        average_percent=changed_percent(previous.average_s, current.average_s),
    )


def by_hour(cells: Sequence[HeatCell]) -> list[HourFigures]:
    """Return the same cells over all weekdays, from hour 0."""
    sessions, visitors = Counter[int](), Counter[int]()
    for cell in cells:
        sessions[cell.hour] += cell.sessions
        visitors[cell.hour] += cell.visitors
    return [
        HourFigures(hour=hour, sessions=sessions[hour], visitors=visitors[hour])
        for hour in sorted(sessions)
    ]


def _active(view: LiveView, names: Mapping[int, str]) -> ActiveSession:
    return ActiveSession(
        session_id=view.session_id,
        camera_id=view.camera_id,
        camera_name=names.get(view.camera_id, ""),
        visitor=view.visitor,
        address=view.address or "",
        device=view.device,
        delivery=view.delivery,
        started_at=view.started_at,
        duration_s=max(0, view.duration_s),
    )


async def _totals(reading: Reading, days: Days) -> Totals:
    return await figures.totals(reading, days, await figures.played(reading, days))


async def _counting(reading: Reading) -> Counting:
    state = await stored_state(reading)
    behind = await views_behind(reading, 0 if state is None else state.counted_id)
    return Counting(behind=behind, is_recount=state is not None and state.is_recount)
