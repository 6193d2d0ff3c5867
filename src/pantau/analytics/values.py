"""The numbers as pages draw them: every value says in its name or its words what it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from pantau.analytics.periods import Period

COUNTS_FROM_S: Final = 5
"""Shorter views are accidents; they are told apart and in no other number."""
QUICK_BELOW_S: Final = 10
ENGAGED_FROM_S: Final = 60
MOST_CAMERAS: Final = 10
MOST_VISITORS: Final = 20
MOST_RECENT: Final = 50
MOST_PEAKS: Final = 5
MOST_ACTIVITY: Final = 10

COUNTED: Final[Mapping[str, str]] = {
    "sessions": (
        "Views of at least 5 seconds by people; a view belongs to the day and hour it began in. "
        "Robots and shorter views are counted apart."
    ),
    "uniqueVisitors": (
        "Different visitors of each local day, added up over the days: a visitor is a hash that "
        "is made anew every day, so nobody is recognised on another day."
    ),
    "newVisitors": "Visitors with one view on a day, added up over the days.",
    "returningVisitors": "Visitors with several views on the same day, added up over the days.",
    "bouncedVisitors": "Visitors with a view below 10 seconds on a day, added up over the days.",
    "comparison": "The equally long time right before, in whole days.",
    "topVisitors": "Visitors of one day, since nobody is recognised on another day.",
    "activeViewers": "Views under way that have lasted 5 seconds: who watches two cameras is two.",
}
"""What is counted, for the clients of the API; pages say it in their own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums of a stretch of days."""

    sessions: int = 0
    visitors: int = 0
    watch_s: int = 0
    longest_s: int = 0
    new_visitors: int = 0
    """Visitors with one view on their day."""
    bounced_visitors: int = 0
    """Visitors with a view below 10 seconds on their day."""
    robots: int = 0
    """Views of robots, which are in no other number."""
    short: int = 0
    """People's views below 5 seconds, which are in no other number."""

    @property
    def average_s(self) -> int:
        """How long a view lasts, rounded to whole seconds; 0 without views."""
        return rounded(self.watch_s, self.sessions)

    @property
    def returning_visitors(self) -> int:
        """Visitors with more than one view on their day."""
        return self.visitors - self.new_visitors

    @property
    def bounce_percent(self) -> int:
        """How many of a hundred visitors had a view below 10 seconds."""
        return rounded(100 * self.bounced_visitors, self.visitors)

    @property
    def returning_percent(self) -> int:
        """How many of a hundred visitors came again on the same day."""
        return rounded(100 * self.returning_visitors, self.visitors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The time before, and by how many per cent each number has changed since."""

    previous: Totals
    sessions_percent: int
    visitors_percent: int
    watch_percent: int
    average_percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """One calendar day of the hub."""

    day: date
    sessions: int
    visitors: int
    watch_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HourFigures:
    """One hour of the clock, 0 to 23, over all days of a period."""

    hour: int
    sessions: int
    visitors: int
    """Different visitors of each such hour, added up over the days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """One hour of one weekday; 0 is Sunday."""

    weekday: int
    hour: int
    sessions: int
    visitors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFigures:
    """One kind of device; `percent` with one digit."""

    device: str
    sessions: int
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayFigures:
    """How playing went, as players themselves tell; zeros where none told anything."""

    starts: int = 0
    average_start_ms: int = 0
    stalls: int = 0
    stalled_ms: int = 0
    refused: int = 0
    """Players that could not show the codec."""
    failed: int = 0
    """Players that gave up, for whatever reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFigures:
    """One camera over a period."""

    camera_id: int | None
    """None: what an older hub told of a camera that is not known here."""
    name: str
    sessions: int
    visitors: int
    """Different visitors of each day, added up over the days."""
    watch_s: int
    quick: int
    """Views below 10 seconds."""
    engaged: int
    """Views of 60 seconds and more."""
    playing: PlayFigures = PlayFigures()

    @property
    def average_s(self) -> int:
        """How long a view lasts, rounded to whole seconds."""
        return rounded(self.watch_s, self.sessions)

    @property
    def bounce_percent(self) -> float:
        """How many of a hundred views were below 10 seconds, with one digit."""
        return percentage(self.quick, self.sessions)

    @property
    def engaged_percent(self) -> float:
        """How many of a hundred views lasted a minute or more, with one digit."""
        return percentage(self.engaged, self.sessions)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorFigures:
    """One visitor on one day."""

    day: date
    visitor: str
    """A hash of that day, or whatever stands in its place."""
    sessions: int
    cameras: int
    watch_s: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSession:
    """A view that is over."""

    id: int
    camera_id: int | None
    camera_name: str
    visitor: str
    address: str
    """Empty unless the operator has addresses kept."""
    device: str
    delivery: str
    started_at: datetime
    ended_at: datetime
    duration_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveSession:
    """A view under way."""

    session_id: str
    camera_id: int
    camera_name: str
    visitor: str
    address: str
    device: str
    delivery: str
    started_at: datetime
    duration_s: int


@dataclass(frozen=True, slots=True)
class Counting:
    """How far the counting has got: `behind` views are in no number yet."""

    behind: int = 0
    is_recount: bool = False
    """Everything is being counted again, after another time zone was chosen for instance."""

    @property
    def is_complete(self) -> bool:
        """Whether the numbers are all there, but for the last seconds."""
        return not self.is_recount and self.behind < 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything about one period that is over or under way."""

    period: Period
    totals: Totals
    comparison: Comparison | None
    """None for everything, before which there is nothing."""
    by_day: Sequence[DayFigures] = ()
    """Days with views, the oldest first."""
    by_hour: Sequence[HourFigures] = ()
    """Hours with views, from 0."""
    heat: Sequence[HeatCell] = ()
    """Cells with views, by weekday and hour."""
    peaks: Sequence[HourFigures] = ()
    """The busiest hours, at most 5."""
    cameras: Sequence[CameraFigures] = ()
    """Every camera with views, the most watched first; the first 10 are the top cameras."""
    devices: Sequence[DeviceFigures] = ()
    visitors: Sequence[VisitorFigures] = ()
    """The busiest visitors, at most 20."""
    recent: Sequence[PastSession] = ()
    """The newest views, at most 50."""
    counting: Counting = field(default_factory=Counting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What is watched at this moment, and what was watched shortly before."""

    at: datetime
    viewers: int
    """Views under way: who watches two cameras is two, as on the dashboard."""
    sessions: Sequence[ActiveSession] = ()
    """These views, the newest first."""
    by_camera: Mapping[int, int] = field(default_factory=dict)
    recent: Sequence[PastSession] = ()
    """Views that are over and began within the last five minutes, at most 10."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraStates:
    """How many cameras there are, and how those are that are enabled and were looked at."""

    total: int
    online: int
    offline: int
    maintenance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """The few figures of the dashboard."""

    period: Period
    current: Totals
    previous: Totals
    comparison: Comparison
    active_now: int
    cameras: CameraStates
    counting: Counting = field(default_factory=Counting)


def changed_percent(before: float, after: float) -> int:
    """Return by how many per cent a number has changed: 100 from nothing to something."""
    if before <= 0:
        return 100 if after > 0 else 0
    return round((after - before) / before * 100)


def percentage(part: int, whole: int) -> float:
    """Return a share as per cent with one digit; 0 of nothing."""
    return round(100 * part / whole, 1) if whole > 0 else 0.0


def rounded(part: int, whole: int) -> int:
    """Return a quotient as a whole number; 0 where there is nothing to divide by."""
    return round(part / whole) if whole > 0 else 0
