"""How cameras play for people, as their players tell at the end of a view: added up in memory."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias, get_args

from pantau.core.clock import Clock
from pantau.web.client_address import limit_key

Failure: TypeAlias = Literal[
    "slow",
    "network",
    "server",
    "busy",
    "stalled",
    "decode",
    "camera",
    "maintenance",
    "gone",
    "denied",
    "codec",
    "path",
    "blocked",
]
"""Why playing ended: the faults of our player."""
FAILURES: Final[tuple[Failure, ...]] = get_args(Failure)

_HOUR_S: Final = 3600.0
_MOST_ADDRESSES: Final = 50_000
_LIMITS_S: Final = (1, 2, 4, 8)
_MOST_CELLS: Final = 20_000
"""Cameras and hours that wait for the database; it takes them every few seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one player tells of one view."""

    start_ms: int | None
    """From the tap to the first picture; None: there was none."""
    stalls: int
    stalled_ms: int
    played_ms: int
    is_codec_refused: bool
    failure: Failure | None


@dataclass(slots=True)
class Counted:
    """Counters by camera and hour, and failures by their cause as well."""

    cells: dict[tuple[int, datetime], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    failures: Counter[tuple[int, datetime, str]] = field(default_factory=Counter)

    def add(self, camera_id: int, at: datetime, report: Report) -> None:
        """Count a report, unless the database has been away for too long."""
        cell = camera_id, at.replace(minute=0, second=0, microsecond=0)
        if len(self.cells) >= _MOST_CELLS and cell not in self.cells:
            return
        counters = self.cells[cell]
        counters["plays"] += 1
        counters["stalls"] += report.stalls
        counters["stalled_ms"] += report.stalled_ms
        counters["played_ms"] += report.played_ms
        counters["codec_refusals"] += report.is_codec_refused
        if report.start_ms is not None:
            counters["starts"] += 1
            counters["start_ms"] += report.start_ms
            within_s = next((s for s in _LIMITS_S if report.start_ms <= s * 1000), None)
            if within_s is not None:
                counters[f"starts_within_{within_s}s"] += 1
        if report.failure is not None:
            self.failures[(*cell, report.failure)] += 1

    def add_all(self, other: "Counted") -> None:
        """Add what another one counted."""
        for cell, counters in other.cells.items():
            self.cells[cell].update(counters)
        self.failures.update(other.failures)


class ReportLimit:
    """How many reports of one address count within an hour; people behind a carrier share one."""

    def __init__(self, clock: Clock, *, per_hour: int = 600) -> None:
        self._clock = clock
        self._per_hour = per_hour
        self._until_mono = 0.0
        self._counts: Counter[str] = Counter()

    def allows(self, address: str) -> bool:
        """Count a report of `address`; tell whether it may count."""
        now_mono = self._clock.mono_s()
        if now_mono >= self._until_mono or len(self._counts) >= _MOST_ADDRESSES:
            self._until_mono = now_mono + _HOUR_S
            self._counts.clear()
        key = limit_key(address)
        self._counts[key] += 1
        return self._counts[key] <= self._per_hour
