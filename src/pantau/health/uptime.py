"""How much of a stretch of time a camera gave pictures.  Pure, exact over the edges of spans.

Online and degraded count as up, offline and dead as down.  Unknown counts for neither: not what
was in maintenance or disabled, not what happened while our own side was at fault or did not run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pantau.cameras.models import HealthState
from pantau.health.verdict import DOWN, UP


class Stretch(Protocol):
    """A span of one state."""

    @property
    def state(self) -> HealthState: ...
    @property
    def began_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime | None:
        """Nothing while it lasts."""
        ...


@dataclass(slots=True)
class Uptime:
    """Seconds up and down; what is left of the stretch is unknown."""

    up_s: float = 0.0
    down_s: float = 0.0

    @property
    def share(self) -> float | None:
        """What part of the measured time it was up, 0 to 1; nothing where nothing was measured."""
        measured_s = self.up_s + self.down_s
        return self.up_s / measured_s if measured_s > 0 else None

    def add(self, span: Stretch, begins_at: datetime, ends_at: datetime) -> None:
        """Count the part of `span` between `begins_at` and `ends_at`."""
        if span.state is HealthState.UNKNOWN:
            return
        began_at = max(span.began_at, begins_at)
        ended_at = ends_at if span.ended_at is None else min(span.ended_at, ends_at)
        lasted_s = (ended_at - began_at).total_seconds()
        if lasted_s <= 0:
            return
        if span.state in UP:
            self.up_s += lasted_s
        elif span.state in DOWN:
            self.down_s += lasted_s

    def join(self, other: "Uptime") -> None:
        """Count another camera's time as well."""
        self.up_s += other.up_s
        self.down_s += other.down_s


def uptime(spans: Iterable[Stretch], begins_at: datetime, ends_at: datetime) -> Uptime:
    """Return the uptime between two moments; spans of one camera must not overlap."""
    counted = Uptime()
    for span in spans:
        counted.add(span, begins_at, ends_at)
    return counted


def percent(share: float | None) -> float | None:
    """Return a share as per cent with two digits, never rounded up to a whole hundred."""
    if share is None:
        return None
    return min(round(share * 100, 2), 99.99) if share < 1 else 100.0
