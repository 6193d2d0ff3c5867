"""Many new cameras in one transaction: numbers, slugs, stream keys, sealed addresses."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import uuid4

from pantau.cameras.models import Camera, CameraSource
from pantau.cameras.repository import insert_cameras, taken_slugs
from pantau.cameras.stored import StoredCamera
from pantau.core.ids import CameraId
from pantau.core.sealing import Sealer
from pantau.core.slugs import free_slug
from pantau.db.database import Writing
from pantau.db.numbers import highest_number

_NONE_YET: Final = CameraId(0)


def blank(now: datetime) -> StoredCamera:
    """Return an operator's camera with nothing said of it, for `applying.applied` to fill in."""
    camera = Camera(id=_NONE_YET, slug="", stream_key="", name="", source=CameraSource(""))
    return StoredCamera(camera=camera, created_at=now, updated_at=now)


def new_stream_key() -> str:
    """Return a stream key that nobody can guess."""
    return str(uuid4())


async def add_cameras(
    writing: Writing, cameras: Sequence[StoredCamera], *, sealer: Sealer
) -> list[StoredCamera]:
    """Add cameras, and return them as they are then, in the same order.

    Numbers and slugs are given here, whatever the inputs carry; so are stream keys, except where an
    input has one already, which the caller knows to be free.  One statement for all rows: 10,000
    take some seconds, most of them for sealing.  The caller records events and the audit entry.
    """
    if not cameras:
        return []
    number = await highest_number(writing, "cameras")
    slugs = await taken_slugs(writing)
    numbered: list[StoredCamera] = []
    for stored in cameras:
        number += 1
        slug = free_slug(stored.camera.name, number, slugs)
        slugs.add(slug)
        camera = replace(
            stored.camera,
            id=CameraId(number),
            slug=slug,
            stream_key=stored.camera.stream_key or new_stream_key(),
        )
        numbered.append(replace(stored, camera=camera))
    await insert_cameras(writing, numbered, sealer=sealer)
    return numbered
