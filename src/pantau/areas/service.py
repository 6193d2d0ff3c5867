"""The areas that visitors choose cameras by."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from pantau.areas.repository import all_areas
from pantau.areas.schemas import Filters, PublicArea, filters_of, public_area
from pantau.core.ids import AreaId
from pantau.db.database import Database, Reading

CountCameras: TypeAlias = Callable[[Reading], Awaitable[Mapping[AreaId, int]]]


class AreaService:
    """Reads areas.  `count_cameras` tells how many cameras the public sees in each of them."""

    def __init__(self, database: Database, *, count_cameras: CountCameras) -> None:
        self._database = database
        self._count_cameras = count_cameras

    async def public(self) -> list[PublicArea]:
        """Return every area with its number of cameras, in the order of lists."""
        async with self._database.read() as reading:
            areas = await all_areas(reading)
            counts = await self._count_cameras(reading)
        return [
            public_area(area, camera_count=counts.get(area.id, 0))
            for area in areas
            if area.removed_at is None
        ]

    async def filters(self) -> Filters:
        """Return what lists of cameras can be narrowed by."""
        async with self._database.read() as reading:
            areas = await all_areas(reading)
        return filters_of(area for area in areas if area.removed_at is None)
