"""Areas as the public reads them, every field named (lesson X07)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, PlainSerializer

from pantau.areas.models import Area, AreaKeeper
from pantau.areas.values import AreaView
from pantau.core.shapes import Shape

UtcText = Annotated[
    datetime,
    PlainSerializer(lambda at: at.isoformat(timespec="seconds").replace("+00:00", "Z"), str),
]


class _Wire(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PublicArea(_Wire):
    """One area."""

    id: int
    name: str
    description: str | None
    rt: str | None
    rw: str | None
    kelurahan: str | None
    kecamatan: str | None
    created_at: UtcText
    latitude: float | None
    longitude: float | None
    camera_count: int
    """How many of its cameras the public sees."""


class ManagedArea(PublicArea):
    """One area as operators see it."""

    camera_count: int
    """How many cameras it has, whoever sees them."""
    public_camera_count: int
    """How many of them the public sees."""
    slug: str
    managed_by: AreaKeeper
    is_configured: bool
    """Whether cameras of the settings or of the demo name it: then its name stays."""


class ManagedAreas(_Wire):
    """Answer of `GET /api/areas`."""

    success: Literal[True] = True
    data: list[ManagedArea]
    cached: bool = False
    """Always false: what operators change they see at once."""


class MovedCameras(_Wire):
    """What became of the cameras of an area."""

    moved: int
    kept: int
    """How many stayed, because the settings say where they are."""


class AreaList(_Wire):
    """Answer of `GET /api/areas/public`."""

    success: Literal[True] = True
    data: list[PublicArea]


class Kelurahan(_Wire):
    """A kelurahan that some area names, and the kecamatan it is in."""

    kelurahan: str
    kecamatan: str | None


class Rw(_Wire):
    """An RW that some area names, and where it is."""

    rw: str
    kelurahan: str | None
    kecamatan: str | None


class Filters(_Wire):
    """Everything that lists of cameras can be narrowed by."""

    kecamatans: list[str]
    kelurahans: list[Kelurahan]
    rws: list[Rw]


class AreaFilters(_Wire):
    """Answer of `GET /api/areas/filters`."""

    success: Literal[True] = True
    data: Filters


def public_area(area: Area, *, camera_count: int) -> PublicArea:
    """Return what the public may know of `area`."""
    return PublicArea(
        id=area.id,
        name=area.name,
        description=area.description,
        rt=area.rt,
        rw=area.rw,
        kelurahan=area.kelurahan,
        kecamatan=area.kecamatan,
        created_at=area.created_at,
        latitude=area.latitude,
        longitude=area.longitude,
        camera_count=camera_count,
    )


def managed_area(view: AreaView) -> ManagedArea:
    """Return what operators may know of an area."""
    area, cameras = view.area, view.cameras
    whole = public_area(area, camera_count=cameras.every).model_dump(exclude={"created_at"})
    return ManagedArea(
        **whole,
        created_at=area.created_at,
        public_camera_count=cameras.public,
        slug=area.slug,
        managed_by=area.managed_by,
        is_configured=cameras.configured > 0,
    )


def filters_of(areas: Iterable[Area]) -> Filters:
    """Return each part of the hierarchy once, in order."""
    areas = tuple(areas)
    kelurahans = {(area.kecamatan, area.kelurahan) for area in areas if area.kelurahan}
    rws = {(area.kecamatan, area.kelurahan, area.rw) for area in areas if area.rw}
    return Filters(
        kecamatans=sorted({area.kecamatan for area in areas if area.kecamatan}),
        kelurahans=[
            Kelurahan(kelurahan=kelurahan or "", kecamatan=kecamatan)
            for kecamatan, kelurahan in sorted(kelurahans, key=_order)
        ],
        rws=[
            Rw(rw=rw or "", kelurahan=kelurahan, kecamatan=kecamatan)
            for kecamatan, kelurahan, rw in sorted(rws, key=_order)
        ],
    )


def _order(parts: tuple[str | None, ...]) -> tuple[str, ...]:
    return tuple(part or "" for part in parts)
