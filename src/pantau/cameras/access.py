"""Who may see what of a camera: one pure decision for lists, playlists, segments, stills, playback.

Everything that shows a camera asks here and nowhere else.  A camera that somebody may not see
and one that never was are answered alike (lesson X10).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Literal
from zoneinfo import ZoneInfo

from pantau.cameras.decisions import PublicDecision, Showing, Visibility, Window
from pantau.cameras.models import Camera
from pantau.core.clock import Clock, Zone
from pantau.core.errors import Forbidden, NotFound, Problem, Unavailable

Visitor = Literal["public", "partner", "operator"]
"""For the camera in question: `operator` is whoever may run it, `partner` whoever signed in."""

_MAINTENANCE_RETRY_S: Final = 60
_WEEK_DAYS: Final = 7
_CLOCK_CHANGE_STEP: Final = timedelta(minutes=15)
"""Clocks are changed at quarters of an hour."""
_MOST_STEPS: Final = 26 * 4


class Purpose(StrEnum):
    """What is asked for."""

    LIST = "list"
    """A line in a list, a page about it, a place in the sitemap."""
    LIVE = "live"
    """A playlist or a segment."""
    STILL = "still"
    PLAYBACK = "playback"


class CacheClass(StrEnum):
    """Who may keep an answer."""

    SHARED = "shared"
    """Anybody: browsers, CDNs."""
    PRIVATE = "private"
    """Nobody: a gated answer in a shared cache is open to all (lesson X12)."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The visitor may have it, may keep it like this, and sees it this late."""

    camera: Camera
    cache: CacheClass
    delay_s: int = 0


@dataclass(frozen=True, slots=True)
class CameraAccess:
    """Decides at the present moment; `zone_now` tells the zone of the site, for schedules."""

    clock: Clock
    zone_now: Zone

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the site at this moment."""
        return self.zone_now()

    def decide(
        self, camera: Camera | None, purpose: Purpose, visitor: Visitor = "public"
    ) -> Allowed | Problem:
        """Return permission, or the problem to answer with.  Some microseconds."""
        return decide(camera, purpose, visitor, now=self.clock.now(), zone=self.zone)

    def is_listed(self, camera: Camera) -> bool:
        """Tell whether the public finds it in lists at this moment."""
        return isinstance(self.decide(camera, Purpose.LIST), Allowed)


def decide(
    camera: Camera | None, purpose: Purpose, visitor: Visitor, *, now: datetime, zone: ZoneInfo
) -> Allowed | Problem:
    """Return permission, or the problem to answer with; `now` is aware."""
    if camera is None or not camera.enabled:
        return _unknown()
    if visitor == "operator":
        return Allowed(camera, CacheClass.PRIVATE)
    decision = camera.decision
    showing = showing_at(decision, now=now, zone=zone)
    if showing is Showing.HIDDEN or not _is_for(decision.visibility, visitor):
        return _unknown()
    problem = _problem(camera, purpose, showing)
    if problem is not None:
        return problem
    is_public = decision.visibility is Visibility.PUBLIC
    cache = CacheClass.SHARED if is_public else CacheClass.PRIVATE
    return Allowed(camera, cache, delay_in(decision, showing))


def delay_in(decision: PublicDecision, showing: Showing) -> int:
    """Return how many seconds late the pictures are for those it is for."""
    # What is late in the live picture must not be early in a still.
    return decision.delay_s if showing in {Showing.DELAYED, Showing.STILL} else 0


def _problem(camera: Camera, purpose: Purpose, showing: Showing) -> Problem | None:
    if purpose is Purpose.LIVE and camera.status == "maintenance":
        return Unavailable(
            "stream.maintenance",
            "This camera is being worked on.",
            retry_after_s=_MAINTENANCE_RETRY_S,
        )
    if showing is Showing.STILL and purpose in {Purpose.LIVE, Purpose.PLAYBACK}:
        return Forbidden("stream.still_only", "This camera shows still pictures only.")
    return None


def showing_at(decision: PublicDecision, *, now: datetime, zone: ZoneInfo) -> Showing:
    """Return how those it is for see a camera."""
    if decision.cut_off is not None and decision.cut_off.is_on(now):
        return Showing.HIDDEN
    if decision.schedule:
        local = now.astimezone(zone)
        for window in decision.schedule:
            if _holds(window, local):
                return _possible(window.showing, decision)
    if decision.still_only:
        return Showing.STILL
    return Showing.DELAYED if decision.delay_s else Showing.LIVE


def next_change(decision: PublicDecision, *, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the decision may read differently without anybody changing it; None: never.

    Never later than it does; on days when clocks are changed it may be earlier.
    """
    moments = []
    if decision.cut_off is not None and decision.cut_off.until is not None:
        moments.append(decision.cut_off.until)
    if decision.schedule:
        midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        for ahead in range(_WEEK_DAYS + 1):
            moments += _edges(decision.schedule, midnight + timedelta(days=ahead))
    # As UTC: moments of one zone are compared by clock faces, which show some hours twice.
    return min((moment for each in moments if (moment := each.astimezone(UTC)) > now), default=None)


def _edges(schedule: tuple[Window, ...], midnight: datetime) -> Iterator[datetime]:
    tomorrow = midnight + timedelta(days=1)
    if midnight.utcoffset() != tomorrow.utcoffset():
        # Local time jumps somewhere today, over an edge or back before one.
        first = midnight.astimezone(UTC)
        yield from (first + step * _CLOCK_CHANGE_STEP for step in range(_MOST_STEPS))
    for window in schedule:
        for edge in (window.begins, window.ends):
            yield midnight.replace(hour=edge.hour, minute=edge.minute)


def _possible(showing: Showing, decision: PublicDecision) -> Showing:
    # A window may ask for a delay of a camera that has none set: the safe reading is no picture.
    is_unset = showing is Showing.DELAYED and not decision.delay_s
    return Showing.STILL if is_unset else showing


def _is_for(visibility: Visibility, visitor: Visitor) -> bool:
    match visibility:
        case Visibility.PUBLIC:
            return True
        case Visibility.PARTNER:
            return visitor == "partner"
        case Visibility.PRIVATE:
            return False


def _holds(window: Window, local: datetime) -> bool:
    today, moment = local.isoweekday(), local.time().replace(second=0, microsecond=0)
    if window.begins < window.ends:
        return today in window.days and window.begins <= moment < window.ends
    yesterday = (today - 2) % _WEEK_DAYS + 1
    return (today in window.days and moment >= window.begins) or (
        yesterday in window.days and moment < window.ends
    )


def _unknown() -> NotFound:
    return NotFound("stream.unknown", "There is no such stream.")
