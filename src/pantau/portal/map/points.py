"""Where cameras stand, for maps: which coordinates can be believed, and what a view must hold."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pantau.cameras.models import PublicCamera

_UNSET_DEG: Final = 0.001
"""As near to 0, 0 as nobody has a camera: that is how forms say "no idea" (lesson F28)."""
_END_OF_MAPS_DEG: Final = 85.0
"""Square maps end here."""
_STEP_DIGITS: Final = 5
"""A metre."""
_FEWEST_TO_JUDGE: Final = 4
_USUAL_SHARE: Final = 0.9
_STRAY_TIMES: Final = 3
_NEVER_STRAY_DEG: Final = 0.05


@dataclass(frozen=True, slots=True)
class Point:
    """A place that can be drawn, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Box:
    """What a view must hold, in degrees."""

    south: float
    west: float
    north: float
    east: float


def point_of(camera: PublicCamera) -> Point | None:
    """Return where the camera stands; None where nobody said so, or nothing that can be true."""
    return believed(camera.latitude, camera.longitude)


def believed(latitude: float | None, longitude: float | None) -> Point | None:
    """Return the place that two numbers mean; None for those that mean none.

    Latitudes end at 90, so 107, -6.9 can only be a pair that was written the other way round.
    """
    if latitude is None or longitude is None:
        return None
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    if abs(latitude) > 90 >= abs(longitude):
        latitude, longitude = longitude, latitude
    if abs(latitude) < _UNSET_DEG and abs(longitude) < _UNSET_DEG:
        return None
    if abs(latitude) > _END_OF_MAPS_DEG or abs(longitude) > 180:
        return None
    return Point(round(latitude, _STEP_DIGITS), round(longitude, _STEP_DIGITS))


def box_of(points: Sequence[Point]) -> Box | None:
    """Return what holds the points, but for strays: one wrong digit must not show a continent."""
    kept = without_strays(points)
    if not kept:
        return None
    latitudes = [point.latitude for point in kept]
    longitudes = [point.longitude for point in kept]
    return Box(min(latitudes), min(longitudes), max(latitudes), max(longitudes))


def without_strays(points: Sequence[Point]) -> list[Point]:
    """Return the points that lie with nine tenths of the others; all where there are few."""
    if len(points) < _FEWEST_TO_JUDGE:
        return list(points)
    middle = Point(
        _middle([point.latitude for point in points]),
        _middle([point.longitude for point in points]),
    )
    away = [_apart_deg(middle, point) for point in points]
    usual = sorted(away)[int(_USUAL_SHARE * (len(away) - 1))]
    limit = max(_NEVER_STRAY_DEG, usual * _STRAY_TIMES)
    return [point for point, distance in zip(points, away, strict=True) if distance <= limit]


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _apart_deg(a: Point, b: Point) -> float:
    east = (b.longitude - a.longitude) * math.cos(math.radians(a.latitude))
    return math.hypot(b.latitude - a.latitude, east)
