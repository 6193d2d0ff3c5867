"""How much cameras write, how long it fits, and what would be if: pure functions."""

from dataclasses import dataclass
from typing import Literal

Basis = Literal["week", "day", "hours", "none"]
"""What a measured rate stands on: seven days, one, less than one, or nothing yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPlan:
    """What one camera writes and keeps."""

    camera_id: int
    name: str
    is_removed: bool
    """Its footage is there, the camera is not."""
    keep_hours: int
    bytes_per_day: float | None
    """Measured; None: nothing was recorded in a week."""
    basis: Basis
    covered_hours: float
    """How much recording that stands on."""
    kept_bytes: int
    needed_bytes: float | None
    """What it keeps in the end, with the grace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How long things go on as they are."""

    capacity_bytes: int | None
    """What footage may take in all; None: a disk cannot be read."""
    kept_bytes: int
    needed_bytes: float
    bytes_per_day: float
    fits: bool | None
    full_in_hours: float | None
    """None: never, or not known."""
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
    """How much more everything writes."""
    more_bytes: int = 0
    """Disks that are added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The cameras, how it is, and how it would be."""

    cameras: tuple[CameraPlan, ...]
    forecast: Forecast
    what_if: Forecast | None
