"""Which cameras stand near another one."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pantau.cameras.models import PublicCamera
from pantau.portal.map.points import point_of

_EARTH_RADIUS_M: Final = 6_371_000.0
_NEAR_M: Final = 20_000.0
_LEAST_RING: Final = 2


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A camera and how far away it is; None where one of the two has no coordinates."""

    camera: PublicCamera
    distance_m: float | None


def neighbours(
    camera: PublicCamera, cameras: Iterable[PublicCamera], *, most: int
) -> list[Neighbour]:
    """Return at most `most` others: the nearest first, then those of the same area."""
    measured: list[tuple[float, PublicCamera]] = []
    same_area: list[PublicCamera] = []
    for other in cameras:
        if other.id == camera.id:
            continue
        distance_m = _distance_m(camera, other)
        if distance_m is not None and distance_m <= _NEAR_M:
            measured.append((distance_m, other))
        elif other.area_id is not None and other.area_id == camera.area_id:
            same_area.append(other)
    measured.sort(key=lambda pair: (pair[0], pair[1].id))
    near = [Neighbour(other, distance_m) for distance_m, other in measured]
    return [*near, *(Neighbour(other, None) for other in same_area)][:most]


def next_to(
    camera: PublicCamera, cameras: Iterable[PublicCamera]
) -> tuple[PublicCamera | None, PublicCamera | None]:
    """Return the cameras before and after this one as the wall orders them: a ring.

    Leafing through it shows every camera once; the nearest ones would lead to and fro.
    """
    ring = sorted(cameras, key=_place_on_wall)
    here = next((at for at, other in enumerate(ring) if other.id == camera.id), None)
    if here is None or len(ring) < _LEAST_RING:
        return None, None
    return ring[here - 1], ring[(here + 1) % len(ring)]


def _place_on_wall(camera: PublicCamera) -> tuple[bool, str, str, int]:
    area = camera.area_name
    return area is None, (area or "").casefold(), camera.name.casefold(), camera.id


def _distance_m(a: PublicCamera, b: PublicCamera) -> float | None:
    here, there = point_of(a), point_of(b)
    if here is None or there is None:
        return None
    mean = math.radians((here.latitude + there.latitude) / 2)
    # A city is flat enough for this; 20 km at 7° south are off by centimetres.
    east = math.radians(there.longitude - here.longitude) * math.cos(mean)
    return math.hypot(math.radians(there.latitude - here.latitude), east) * _EARTH_RADIUS_M
