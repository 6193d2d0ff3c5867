"""The first page of the admin: what is wrong, worst first, then how everything is going."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response

from pantau.accounts.sessions.service import SignIns
from pantau.admin.dashboard_alarms import alarms_of
from pantau.admin.dashboard_figures import Figure, spark, watching_figures
from pantau.admin.dashboard_machine import by_minute, shown_machine
from pantau.admin.dashboard_streams import shown_recordings, shown_streams
from pantau.admin.entries import shown_entry
from pantau.admin.frame import HIDDEN, Frame
from pantau.admin.profile import own_id
from pantau.admin.recordings_figures import Figures
from pantau.admin.wording import Wording
from pantau.analytics.values import Short
from pantau.audit.reading import AuditReader
from pantau.audit.repository import Search
from pantau.cameras.service import Catalogue
from pantau.core.errors import Unavailable
from pantau.db.statistics import PoolStatistics
from pantau.health.monitor import Report
from pantau.operations.dashboard import CameraCounts, Dashboard, Snapshot, counted
from pantau.operations.machine_watch import Moment
from pantau.web.access import viewers
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.principal import Principal
from pantau.web.response_cache import CacheStats

PERIODS: Final = ("today", "yesterday", "7days", "30days")
_NEWEST: Final = 8
_Who = Annotated[Principal, Depends(current_principal)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What this process can tell about the hub; nothing where a part is not there."""

    health: Callable[[], Report] | None = None
    pool: Callable[[], PoolStatistics] | None = None
    cache: Callable[[], CacheStats] | None = None
    dashboard: Dashboard | None = None
    last_hour: Callable[[], Sequence[Moment]] = tuple
    short: Callable[[str], Awaitable[Short]] | None = None
    """Figures about watching for one of `PERIODS`."""


class OverviewPages:
    """The overview."""

    def __init__(
        self,
        frame: Frame,
        *,
        catalogue: Catalogue,
        sign_ins: SignIns,
        reader: AuditReader,
        measures: Measures,
    ) -> None:
        self._frame = frame
        self._catalogue = catalogue
        self._sign_ins = sign_ins
        self._reader = reader
        self._measures = measures

    def declare(self, add: Endpoints) -> None:
        """Declare the page."""
        add.get("", access=viewers(), **HIDDEN)(self.show)

    async def show(
        self,
        request: Request,
        who: _Who,
        period: Annotated[str, Query(max_length=20)] = "today",
    ) -> Response:
        """Show what is known at this moment; figures about watching are of `period`."""
        speak = self._frame.wording(request)
        chosen = period if period in PERIODS else "today"
        measures, ask = self._measures, self._measures.dashboard
        snapshot = None if ask is None else await ask.snapshot()
        report = measures.health() if measures.health else None
        hour = measures.last_hour()
        short, is_unreadable = await self._short(chosen)
        machine = None if snapshot is None else snapshot.machine
        counts = counted(self._catalogue)
        values = {
            "period": chosen,
            "periods": period_words(speak),
            "alarms": alarms_of(self._catalogue, report, snapshot, speak),
            "counts": counts,
            "figures": [
                *_of_now(snapshot, hour, speak),
                *_of_cameras(counts, snapshot, speak),
                *_of_watching(short, chosen, speak),
            ],
            "is_unreadable": is_unreadable,
            "is_counting": short is not None and not short.counting.is_complete,
            "machine": None if machine is None else shown_machine(machine, hour, speak),
            "streams": None if snapshot is None else shown_streams(snapshot, speak),
            "recordings": None if snapshot is None else shown_recordings(snapshot, speak),
            "report": report,
            "pool": measures.pool() if measures.pool else None,
            "cache": measures.cache() if measures.cache else None,
            "sessions": await self._sign_ins.sessions(own_id(who)),
            "entries": await self._newest(who, speak),
            "now": self._frame.pages.now(),
        }
        return self._frame.draw(request, "overview.html", values)

    async def _short(self, period: str) -> tuple[Short | None, bool]:
        """Return the figures, and whether they are there and cannot be read."""
        if self._measures.short is None:
            return None, False
        try:
            return await self._measures.short(period), False
        except Unavailable:
            return None, True

    async def _newest(self, who: Principal, speak: Wording) -> list[object]:
        if who.role != "admin":
            return []
        page = await self._reader.page(Search(), limit=_NEWEST)
        return [shown_entry(entry, speak) for entry in page.rows]


def period_words(speak: Wording) -> dict[str, str]:
    """Return the periods that both pages know, in order."""
    return {
        "today": speak("Today"),
        "yesterday": speak("Yesterday"),
        "7days": speak("7 days"),
        "30days": speak("30 days"),
    }


def _of_now(snapshot: Snapshot | None, hour: Sequence[Moment], speak: Wording) -> list[Figure]:
    if snapshot is None:
        return []
    fig = Figures(speak)
    course = by_minute(hour, lambda each: each.viewers)
    most = max((each for each in course if each is not None), default=0)
    told = speak("Watching in the last hour: at most %(count)s") % {"count": fig.number(most)}
    return [
        Figure(
            label=speak("Watching now"),
            value=fig.number(snapshot.viewers),
            hints=(speak("Players open; who watches two cameras counts twice"),),
            spark=spark(course, told),
        )
    ]


def _of_cameras(counts: CameraCounts, snapshot: Snapshot | None, speak: Wording) -> list[Figure]:
    fig = Figures(speak)
    others = [
        (counts.offline, speak.ngettext("%(num)s offline", "%(num)s offline", counts.offline)),
        (
            counts.maintenance,
            speak.ngettext("%(num)s in maintenance", "%(num)s in maintenance", counts.maintenance),
        ),
        (
            counts.unknown,
            speak.ngettext("%(num)s not checked yet", "%(num)s not checked yet", counts.unknown),
        ),
        (
            counts.disabled,
            speak.ngettext("%(num)s switched off", "%(num)s switched off", counts.disabled),
        ),
    ]
    found = [
        Figure(
            label=speak("Cameras on"),
            value=fig.number(counts.online),
            small=speak("of %(num)s") % {"num": fig.number(counts.total)},
            hints=(", ".join(said for count, said in others if count),),
        )
    ]
    if snapshot is not None and snapshot.recordings.wanted:
        recordings = snapshot.recordings
        found.append(
            Figure(
                label=speak("Recording now"),
                value=fig.number(recordings.recording),
                small=speak("of %(num)s") % {"num": fig.number(recordings.wanted)},
                hints=(speak("Those that should be at this time of the day"),),
                is_bad=recordings.losing > 0,
            )
        )
    return found


def _of_watching(short: Short | None, period: str, speak: Wording) -> list[Figure]:
    if short is None:
        return []
    return watching_figures(short.current, short.previous, period, speak)
