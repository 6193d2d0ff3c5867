"""How much cameras write, how long it fits, and what would be if: pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final, Literal

from pantau.recordings.keeping_values import Storage
from pantau.recordings.retention import HOUR_MS, grace_ms
from pantau.recordings.run_rows import Lately

Basis = Literal["week", "day", "hours", "none"]
"""What a measured rate stands on: seven days, one, less than one, or nothing yet."""
DAY_MS: Final = 24 * HOUR_MS
WEEK_MS: Final = 7 * DAY_MS
_NEARLY: Final = 0.9
_LEAST_MS: Final = 60_000
_MOST_LOW: Final = 0.2
"""As the guard does it."""
_MBIT_BYTES_A_DAY: Final = 1_000_000 / 8 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPlan:
    """What one camera writes and keeps."""

    camera_id: int
    name: str
    area_id: int | None
    is_recorded: bool
    is_removed: bool
    """Its footage is there, the camera is not."""
    keep_hours: int
    quota_bytes: int | None
    bytes_per_day: float | None
    """Measured; None: nothing was recorded in a week."""
    basis: Basis
    covered_hours: float
    """How much recording that stands on."""
    kept_bytes: int

    @property
    def needed_bytes(self) -> float:
        """What it keeps in the end, with the grace; 0 where nothing more is recorded."""
        if self.bytes_per_day is None or not self.is_recorded:
            return 0.0
        keep_ms = self.keep_hours * HOUR_MS
        needed = self.bytes_per_day * (keep_ms + grace_ms(keep_ms)) / DAY_MS
        return needed if self.quota_bytes is None else min(needed, self.quota_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How long things go on as they are."""

    cameras: int
    """Those that are recorded."""
    unmeasured: int
    """Those of them of which nothing is known yet: everything below is without them."""
    capacity_bytes: int | None
    """What footage may take in all; None: a disk cannot be read."""
    kept_bytes: int
    needed_bytes: float
    bytes_per_day: float
    fits: bool | None
    full_in_hours: float | None
    """Until the oldest footage leaves before its time; None: never, or not known."""
    reaches_hours: float | None
    """How far back footage reaches once the disks are full; None: as far as it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """A question."""

    keep_hours: int | None = None
    """For every camera."""
    more_cameras: int = 0
    mbit_per_s: float | None = None
    """Of each camera that is added; None: as the median one that is there."""
    rate_factor: float = 1.0
    """How much more everything that is there writes."""
    more_bytes: int = 0
    """Disks that are added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The cameras, how it is, and how it would be."""

    cameras: tuple[CameraPlan, ...]
    forecast: Forecast
    what_if: Forecast | None


@dataclass(frozen=True, slots=True)
class Rate:
    """How much a camera writes a day."""

    bytes_per_day: float | None
    basis: Basis
    covered_hours: float


def measured(day: Lately | None, week: Lately | None, *, now_ms: int) -> Rate:
    """Return what one camera writes, the larger of what the last day and the last week say.

    Pauses count: a camera with a schedule writes less a day than one without.
    """
    if week is None:
        return Rate(None, "none", 0.0)
    known_ms = now_ms - week.oldest_ms
    covered_hours = week.covered_ms / HOUR_MS
    by_week = week.size_bytes / max(_LEAST_MS, min(known_ms, WEEK_MS))
    day_bytes = 0 if day is None else day.size_bytes
    by_day = day_bytes / max(_LEAST_MS, min(known_ms, DAY_MS))
    basis: Basis = "hours"
    if known_ms >= DAY_MS * _NEARLY:
        basis = "week" if known_ms >= WEEK_MS * _NEARLY else "day"
    return Rate(max(by_day, by_week) * DAY_MS, basis, covered_hours)


def capacity_of(storage: Storage, *, reserve_bytes: int) -> int | None:
    """Return what footage may take on all disks together; None: that cannot be told."""
    volumes: dict[int, int] = {}
    for disk in storage.disks:
        if disk.free_bytes is None or disk.volume is None:
            return None
        known = volumes.get(disk.volume, disk.free_bytes - reserve_bytes)
        volumes[disk.volume] = known + disk.footage_bytes
    return sum(max(0, room) for room in volumes.values()) if volumes else None


def forecast(
    cameras: Sequence[CameraPlan],
    *,
    capacity_bytes: int | None,
    low_hours: float,
    area_quotas: Mapping[int, int],
) -> Forecast:
    """Return what comes of it when everything goes on as it is."""
    writing = [each for each in cameras if each.is_recorded]
    known = [each for each in writing if each.bytes_per_day]
    per_day = sum(each.bytes_per_day or 0.0 for each in known)
    kept = sum(each.kept_bytes for each in cameras)
    share = _area_shares(known, area_quotas)
    needed = sum(each.needed_bytes * share[each.camera_id] for each in known)
    usable = fits = full_in_hours = reaches_hours = None
    if capacity_bytes is not None:
        # The guard keeps so much free.
        usable = capacity_bytes - min(low_hours * per_day / 24, capacity_bytes * _MOST_LOW)
        fits = needed <= usable
        if not fits:
            full_in_hours = _full_in_hours(known, share, kept, usable)
            reaches_hours = _reaches_hours(known, usable)
    return Forecast(
        cameras=len(writing),
        unmeasured=len(writing) - len(known),
        capacity_bytes=capacity_bytes,
        kept_bytes=kept,
        needed_bytes=needed,
        bytes_per_day=per_day,
        fits=fits,
        full_in_hours=full_in_hours,
        reaches_hours=reaches_hours,
    )


def median_rate(cameras: Iterable[CameraPlan]) -> float | None:
    """Return what the camera in the middle writes a day; None: none was measured."""
    rates = [each.bytes_per_day for each in cameras if each.is_recorded and each.bytes_per_day]
    return median(rates) if rates else None


def imagined(
    cameras: Sequence[CameraPlan], question: WhatIf, *, keep_hours: int
) -> list[CameraPlan]:
    """Return the cameras as a question has them; those that are added have numbers below 0.

    Raises ValueError where it does not say what added ones write, and nothing is there to go by.
    """
    added_rate = median_rate(cameras)
    if question.mbit_per_s is not None:
        added_rate = question.mbit_per_s * _MBIT_BYTES_A_DAY
    if question.more_cameras and added_rate is None:
        raise ValueError("nothing says what an added camera writes")
    changed = [
        replace(
            each,
            keep_hours=each.keep_hours if question.keep_hours is None else question.keep_hours,
            bytes_per_day=(
                None if each.bytes_per_day is None else each.bytes_per_day * question.rate_factor
            ),
        )
        for each in cameras
    ]
    added = CameraPlan(
        camera_id=0,
        name="",
        area_id=None,
        is_recorded=True,
        is_removed=False,
        keep_hours=question.keep_hours or keep_hours,
        quota_bytes=None,
        bytes_per_day=added_rate,
        basis="none",
        covered_hours=0.0,
        kept_bytes=0,
    )
    more = [replace(added, camera_id=-number) for number in range(1, question.more_cameras + 1)]
    return [*changed, *more]


def _area_shares(cameras: Sequence[CameraPlan], quotas: Mapping[int, int]) -> dict[int, float]:
    """Return how much of what it needs each camera gets, by what its area may keep."""
    needed: dict[int, float] = {}
    for each in cameras:
        if each.area_id is not None:
            needed[each.area_id] = needed.get(each.area_id, 0.0) + each.needed_bytes
    shares = {
        area_id: min(1.0, quotas[area_id] / sum_) if area_id in quotas and sum_ else 1.0
        for area_id, sum_ in needed.items()
    }
    return {each.camera_id: shares.get(each.area_id or -1, 1.0) for each in cameras}


def _full_in_hours(
    cameras: Sequence[CameraPlan], share: Mapping[int, float], kept: float, usable: float
) -> float:
    """Return when `usable` is reached: each camera grows until it has what it needs."""
    if kept >= usable:
        return 0.0
    slopes, ends = 0.0, list[tuple[float, float]]()
    for each in cameras:
        slope = (each.bytes_per_day or 0.0) / 24
        missing = each.needed_bytes * share[each.camera_id] - each.kept_bytes
        if slope > 0 and missing > 0:
            slopes += slope
            ends.append((missing / slope, slope))
    at, size = 0.0, kept
    for end, slope in sorted(ends):
        grown = size + slopes * (end - at)
        if grown >= usable:
            return at + (usable - size) / slopes
        at, size, slopes = end, grown, slopes - slope
    # What is kept beyond its need leaves meanwhile: full is a matter of the last hour.
    return at


def _reaches_hours(cameras: Sequence[CameraPlan], usable: float) -> float:
    """Return how far back all cameras reach together where not everything has room."""
    at, size = 0.0, 0.0
    slope = sum((each.bytes_per_day or 0.0) / 24 for each in cameras)
    for each in sorted(cameras, key=lambda one: one.keep_hours):
        grown = size + slope * (each.keep_hours - at)
        if grown >= usable:
            return at + max(0.0, usable - size) / slope
        at, size = each.keep_hours, grown
        slope -= (each.bytes_per_day or 0.0) / 24
    return at
