"""Cameras by the area they are in: how many, and moving them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select, update

from pantau.areas.values import AreaCameras, Moved
from pantau.cameras.access import CameraAccess
from pantau.cameras.decisions import CutOff, PublicDecision, Visibility
from pantau.cameras.models import Camera, CameraSource
from pantau.cameras.row_texts import schedule_from
from pantau.cameras.rows import CONFIGURED_KEEPERS, CameraRow
from pantau.core.clock import Clock, Zone
from pantau.core.ids import AreaId, CameraId
from pantau.db.database import Reading, Writing

_DECISIVE = (
    CameraRow.id,
    CameraRow.area_id,
    CameraRow.enabled,
    CameraRow.managed_by,
    CameraRow.visibility,
    CameraRow.cut_off_at,
    CameraRow.cut_off_until,
    CameraRow.schedule,
)


@dataclass(frozen=True, slots=True)
class CamerasInAreas:
    """Implements `areas.editing.CamerasOfAreas`; `zone` tells that of the site, for schedules."""

    clock: Clock
    zone: Zone

    async def counted(self, reading: Reading) -> Mapping[AreaId, AreaCameras]:
        """Return how many cameras each area has that has any."""
        found = await reading.session.execute(
            select(*_DECISIVE).where(CameraRow.removed_at.is_(None), CameraRow.area_id.is_not(None))
        )
        every: Counter[AreaId] = Counter()
        public: Counter[AreaId] = Counter()
        configured: Counter[AreaId] = Counter()
        access = CameraAccess(self.clock, self.zone)
        for row in found.mappings():
            area_id = AreaId(row["area_id"])
            every[area_id] += 1
            public[area_id] += access.is_listed(_decided(row))
            configured[area_id] += row["managed_by"] in CONFIGURED_KEEPERS
        return {
            area_id: AreaCameras(count, public[area_id], configured[area_id])
            for area_id, count in every.items()
        }

    async def public(self, reading: Reading) -> Mapping[AreaId, int]:
        """Return how many cameras the public finds in each area that has any."""
        counts = await self.counted(reading)
        return {area_id: count.public for area_id, count in counts.items() if count.public}

    async def move(
        self, writing: Writing, leaving: AreaId, into: AreaId | None, *, at: datetime
    ) -> Moved:
        """Put operators' cameras of an area into another one, or into none; the settings' stay."""
        session = writing.session
        present = (CameraRow.area_id == leaving, CameraRow.removed_at.is_(None))
        kept = (
            await session.scalars(
                select(CameraRow.id).where(*present, CameraRow.managed_by.in_(CONFIGURED_KEEPERS))
            )
        ).all()
        moved = (
            await session.scalars(
                update(CameraRow)
                .where(*present, CameraRow.managed_by.not_in(CONFIGURED_KEEPERS))
                .values(area_id=into, updated_at=at)
                .returning(CameraRow.id)
            )
        ).all()
        if moved:
            writing.changed("cameras")
        return Moved(tuple(sorted(moved)), len(kept))


def _decided(row: RowMapping) -> Camera:
    """Return as much of a camera as decides whether the public finds it."""
    cut_off = None
    if row["cut_off_at"] is not None:
        cut_off = CutOff(at=row["cut_off_at"], until=row["cut_off_until"])
    return Camera(
        id=CameraId(row["id"]),
        slug="",
        stream_key="",
        name="",
        source=CameraSource(""),
        enabled=row["enabled"],
        decision=PublicDecision(
            visibility=Visibility(row["visibility"]),
            cut_off=cut_off,
            schedule=schedule_from(row["schedule"]),
        ),
    )
