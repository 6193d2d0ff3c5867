"""Turns the camera tables of the settings into cameras with lasting numbers and stream keys."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from pantau.cameras.models import Camera, CameraSource
from pantau.core.ids import AreaId, CameraId, kept_numbers
from pantau.core.signing import derive_uuid
from pantau.settings import CameraSettings


def cameras_from(
    tables: Iterable[CameraSettings], *, data_dir: Path, secret: bytes
) -> tuple[Camera, ...]:
    """Return the cameras in the order of `tables`.

    Numbers are remembered in `data_dir`, so that reordering the file changes no address.  Raises
    what `kept_numbers` raises.
    """
    tables = tuple(tables)
    areas = kept_numbers(
        data_dir / "area-numbers.json", [table.area for table in tables if table.area], fixed={}
    )
    numbers = kept_numbers(
        data_dir / "camera-numbers.json",
        [table.name for table in tables],
        fixed={table.name: table.id for table in tables if table.id is not None},
    )
    slugs: dict[str, str] = {}
    for table in tables:
        slug = slug_of(table.name)
        if not slug or slug in slugs.values():
            slug = f"{slug or 'camera'}-{numbers[table.name]}"
        slugs[table.name] = slug
    return tuple(
        _camera(table, CameraId(numbers[table.name]), slugs[table.name], areas, secret)
        for table in tables
    )


def slug_of(name: str) -> str:
    """Return `name` as lower-case words joined by hyphens, for addresses; may be empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _camera(
    table: CameraSettings, number: CameraId, slug: str, areas: dict[str, int], secret: bytes
) -> Camera:
    key = table.stream_key or derive_uuid(secret, f"stream-key/camera/{number}")
    return Camera(
        id=number,
        slug=slug,
        stream_key=str(key),
        name=table.name,
        source=CameraSource(
            url=table.source,
            kind=table.kind,
            transport=table.transport,
            encode=table.encode,
            tls_fingerprint=table.tls_fingerprint,
        ),
        description=table.description,
        location=table.location,
        area_id=AreaId(areas[table.area]) if table.area else None,
        area_name=table.area or None,
        latitude=table.latitude,
        longitude=table.longitude,
        enabled=table.enabled,
        status=table.status,
        on_demand=table.on_demand,
        low_latency=table.low_latency,
        is_tunnel=table.is_tunnel,
    )
