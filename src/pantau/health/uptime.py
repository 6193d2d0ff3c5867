"""How much of a stretch of time a camera gave pictures.

Online and degraded count as up, offline and dead as down.  Unknown counts for neither: not what
was in maintenance or disabled, not what happened while our own side was at fault or did not run.
"""

from dataclasses import dataclass


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

    def add(self, began_s: float, ended_s: float, *, is_up: bool) -> None:
        """Count what lasted from `began_s` to `ended_s`, in seconds since 1970.

        Not as dates: the difference of two dates in a zone with summer time is an hour off.
        """
        lasted_s = ended_s - began_s
        if lasted_s <= 0:
            return
        if is_up:
            self.up_s += lasted_s
        else:
            self.down_s += lasted_s

    def join(self, other: "Uptime") -> None:
        """Count another camera's time as well."""
        self.up_s += other.up_s
        self.down_s += other.down_s


def percent(share: float | None) -> float | None:
    """Return a share as per cent with two digits, never rounded up to a whole hundred."""
    if share is None:
        return None
    return min(round(share * 100, 2), 99.99) if share < 1 else 100.0
