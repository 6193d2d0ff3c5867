"""What a batch of views adds to the counts: pure, so that it can be held against counting by hand.

A view belongs to the local day and hour in which it began.  Robots and views below five seconds
are counted and add to nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from pantau.analytics.values import COUNTS_FROM_S, ENGAGED_FROM_S, MOST_VISITORS, QUICK_BELOW_S

VisitorKey: TypeAlias = tuple[int, str]
"""A day and who was seen."""
_QUARTER_S: Final = 900
"""Every zone is so many quarters of an hour from UTC, since 1973 at least."""
_SINCE_S: Final = datetime(1973, 1, 1, tzinfo=UTC).timestamp()


class PlacedView(NamedTuple):
    """A view with the day and the hour of the hub's clock in which it began."""

    day: int
    hour: int
    visitor: str
    camera: int
    device: str
    duration_s: int
    is_bot: bool
    started_s: int
    """In seconds since 1970."""


@dataclass(slots=True)
class Seen:
    """What one visitor did on one day; never less by another view."""

    sessions: int = 0
    watch_s: int = 0
    cameras: int = 0
    hours: int = 0
    has_bounced: bool = False
    last_s: int = 0

    @property
    def rank(self) -> tuple[int, int]:
        """What visitors are ordered by, the busiest first."""
        return -self.sessions, -self.watch_s


@dataclass(slots=True)
class DaySums:
    """What is added to a day."""

    sessions: int = 0
    watch_s: int = 0
    longest_s: int = 0
    visitors: int = 0
    new_visitors: int = 0
    bounced_visitors: int = 0
    robots: int = 0
    short: int = 0


@dataclass(slots=True)
class HourSums:
    """What is added to an hour of a day."""

    sessions: int = 0
    visitors: int = 0


@dataclass(slots=True)
class CameraSums:
    """What is added to a camera's day."""

    sessions: int = 0
    watch_s: int = 0
    visitors: int = 0
    quick: int = 0
    engaged: int = 0


@dataclass(slots=True)
class Known:
    """What is in the roll-ups already of the visitors of a batch."""

    visitors: dict[VisitorKey, Seen] = field(default_factory=dict)
    cameras: set[tuple[int, str, int]] = field(default_factory=set)
    """Day, visitor, camera."""


@dataclass(slots=True)
class Sums:
    """What a batch adds, by key."""

    days: dict[int, DaySums] = field(default_factory=dict)
    hours: dict[tuple[int, int], HourSums] = field(default_factory=dict)
    devices: dict[tuple[int, str], int] = field(default_factory=dict)
    cameras: dict[tuple[int, int], CameraSums] = field(default_factory=dict)
    visitors: dict[VisitorKey, Seen] = field(default_factory=dict)
    """The visitors of the batch as they are now, not what is added to them."""
    pairs: set[tuple[int, str, int]] = field(default_factory=set)
    """Day, visitor and camera that were not known."""

    def months(self) -> Mapping[tuple[int, int], CameraSums]:
        """Return what is added to cameras' months."""
        months: dict[tuple[int, int], CameraSums] = {}
        for (day, camera), added in self.cameras.items():
            sums = months.setdefault((month_of(day), camera), CameraSums())
            sums.sessions += added.sessions
            sums.watch_s += added.watch_s
            sums.visitors += added.visitors
            sums.quick += added.quick
            sums.engaged += added.engaged
        return months


class LocalHours:
    """Tells day and hour of the clock in one zone; remembers quarters of an hour."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._known: dict[int, tuple[int, int]] = {}

    def of(self, at: datetime) -> tuple[int, int]:
        """Return the ordinal of the local day and the hour that its clock shows."""
        return self.at(int(at.timestamp()), at)

    def at(self, unix_s: int, at: datetime) -> tuple[int, int]:
        """Return the same for a moment of which the seconds since 1970 are known."""
        if unix_s < _SINCE_S:
            return self._asked(at)
        quarter = unix_s // _QUARTER_S
        found = self._known.get(quarter)
        if found is None:
            if len(self._known) > 100_000:
                self._known.clear()
            found = self._known[quarter] = self._asked(at)
        return found

    def _asked(self, at: datetime) -> tuple[int, int]:
        local = at.astimezone(self._zone)
        return local.toordinal(), local.hour


def month_of(day: int) -> int:
    """Return the ordinal of the first day of the month."""
    return date.fromordinal(day).replace(day=1).toordinal()


def add_views(
    views: Iterable[PlacedView], sums: Sums, known: Known, *, visitors_from_day: int = 0
) -> None:
    """Add `views` to `sums`, and who was seen to `known`.

    Of days before `visitors_from_day` nobody knows who was seen: their views count, visitors
    stay as they were.
    """
    for view in views:
        day = sums.days.get(view.day)
        if day is None:
            day = sums.days[view.day] = DaySums()
        if view.is_bot:
            day.robots += 1
        elif view.duration_s < COUNTS_FROM_S:
            day.short += 1
        else:
            _add_view(view, day, sums)
            if view.day >= visitors_from_day:
                _add_visitor(view, day, sums, known)


def lengthen(
    view: PlacedView,
    was_s: int,
    sums: Sums,
    known: Known,
    *,
    visitors_from_day: int = 0,
    still_bounced: bool = False,
) -> None:
    """Have a view that was counted when it had lasted `was_s` be as long as it says now.

    `still_bounced`: another view of that visitor on that day was below ten seconds.
    """
    duration_s = view.duration_s
    if view.is_bot or duration_s < COUNTS_FROM_S:
        return
    day = sums.days.setdefault(view.day, DaySums())
    if was_s < COUNTS_FROM_S:
        day.short -= 1
        add_views((view,), sums, known, visitors_from_day=visitors_from_day)
        return
    is_no_longer_quick = was_s < QUICK_BELOW_S <= duration_s
    day.watch_s += duration_s - was_s
    day.longest_s = max(day.longest_s, duration_s)
    camera = sums.cameras.setdefault((view.day, view.camera), CameraSums())
    camera.watch_s += duration_s - was_s
    camera.quick -= is_no_longer_quick
    camera.engaged += was_s < ENGAGED_FROM_S <= duration_s
    seen = known.visitors.get((view.day, view.visitor))
    if seen is None or view.day < visitors_from_day:
        return
    sums.visitors[view.day, view.visitor] = seen
    seen.watch_s += duration_s - was_s
    if is_no_longer_quick and seen.has_bounced and not still_bounced:
        seen.has_bounced = False
        day.bounced_visitors -= 1


def busiest(candidates: Mapping[str, Seen], *, most: int = MOST_VISITORS) -> list[tuple[str, Seen]]:
    """Return the busiest visitors of a day: most views, longest watching, then by their hash.

    Who was not among them before and was not seen again is not among them: nobody's numbers fall.
    """
    return sorted(candidates.items(), key=lambda each: (*each[1].rank, each[0]))[:most]


def _add_view(view: PlacedView, day: DaySums, sums: Sums) -> None:
    duration_s = view.duration_s
    day.sessions += 1
    day.watch_s += duration_s
    day.longest_s = max(day.longest_s, duration_s)
    sums.hours.setdefault((view.day, view.hour), HourSums()).sessions += 1
    device = (view.day, view.device)
    sums.devices[device] = sums.devices.get(device, 0) + 1
    camera = sums.cameras.setdefault((view.day, view.camera), CameraSums())
    camera.sessions += 1
    camera.watch_s += duration_s
    camera.quick += duration_s < QUICK_BELOW_S
    camera.engaged += duration_s >= ENGAGED_FROM_S


def _add_visitor(view: PlacedView, day: DaySums, sums: Sums, known: Known) -> None:
    key = (view.day, view.visitor)
    seen = known.visitors.get(key)
    if seen is None:
        seen = known.visitors[key] = Seen()
        day.visitors += 1
        day.new_visitors += 1
    elif seen.sessions == 1:
        day.new_visitors -= 1
    sums.visitors[key] = seen
    seen.sessions += 1
    seen.watch_s += view.duration_s
    seen.last_s = max(seen.last_s, view.started_s)
    hour = 1 << view.hour
    if not seen.hours & hour:
        seen.hours |= hour
        sums.hours[view.day, view.hour].visitors += 1
    if view.duration_s < QUICK_BELOW_S and not seen.has_bounced:
        seen.has_bounced = True
        day.bounced_visitors += 1
    pair = (view.day, view.visitor, view.camera)
    if pair not in known.cameras:
        known.cameras.add(pair)
        sums.pairs.add(pair)
        seen.cameras += 1
        sums.cameras[view.day, view.camera].visitors += 1
