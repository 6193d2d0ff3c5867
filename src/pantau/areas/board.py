"""What is known of areas at this moment, in memory: public pages cost no query."""

import asyncio
from collections.abc import Mapping

from pantau.areas.models import Area
from pantau.areas.repository import all_areas
from pantau.db.database import Database


class AreaBoard:
    """Every area that has not been removed, by its number.  Loop only.

    Not every one of them is for the public: ask only for areas with a camera that the public sees.
    `stamp` grows when one of them became another.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._areas: Mapping[int, Area] = {}
        self._changed = asyncio.Event()
        self.stamp = 0
        database.changes.on("areas", self._changed.set)

    def of(self, area_id: int) -> Area | None:
        """Return an area, None for one that nobody described."""
        return self._areas.get(area_id)

    async def refresh(self) -> None:
        """Read all of them."""
        async with self._database.read() as reading:
            found = await all_areas(reading)
        areas = {int(area.id): area for area in found if area.removed_at is None}
        if areas != self._areas:
            self._areas = areas
            self.stamp += 1

    async def follow(self) -> None:
        """Take over every change, wherever it was made; never returns."""
        while True:
            # First of all: whoever restarts this after a failure must not lose a change.
            self._changed.clear()
            await self.refresh()
            await self._changed.wait()
