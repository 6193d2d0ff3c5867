"""Every number of viewers, for pages and endpoints alike: one counting for all of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from pantau.analytics.periods import Period
from pantau.analytics.values import ActiveSession, CameraStates, Now, Report, Short
from pantau.core.clock import Clock
from pantau.db.database import Database


class Watching(Protocol):
    """Who watches at this moment; the viewers' service behind `app/` implements it."""

    def sessions(self) -> Sequence[ActiveSession]:
        """Return the views under way that count, on all nodes."""
        ...

    def counts(self) -> Mapping[int, int]:
        """Return the viewers of every camera that has any."""
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

    def period(self, written: str) -> Period:
        """Return the period that a request names; raises Invalid with the field `period`."""
        raise NotImplementedError

    async def report(self, period: Period) -> Report:
        """Return everything about a period, seconds old at most.  Raises Unavailable."""
        raise NotImplementedError

    async def short(self, written: str = "today") -> Short:
        """Return the figures of the dashboard; unknown words mean today."""
        raise NotImplementedError

    async def now(self) -> Now:
        """Return what is watched at this moment, two seconds old at most."""
        raise NotImplementedError
