"""How many watched each camera in the last days, for lists that begin with what is popular."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from pantau.analytics.rows import CameraDayRow
from pantau.core.clock import Clock
from pantau.db.database import Database

DAYS: Final = 7
_EVERY_S: Final = 600.0


class Popular:
    """Read from the counts every ten minutes, and held in memory.  Loop only."""

    def __init__(self, database: Database, clock: Clock, zone: Callable[[], ZoneInfo]) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._visitors: Mapping[int, int] = {}

    def visitors(self) -> Mapping[int, int]:
        """Return the visitors of the last seven days, added up by day, of cameras that had any."""
        return self._visitors

    async def refresh(self) -> None:
        """Read them."""
        today_on = self._clock.now().astimezone(self._zone()).date()
        first_on = today_on - timedelta(days=DAYS - 1)
        row = CameraDayRow
        query = (
            select(row.camera, func.sum(row.visitors))
            .where(row.day.between(first_on.toordinal(), today_on.toordinal()))
            .group_by(row.camera)
        )
        async with self._database.read() as reading:
            found = await reading.session.execute(query)
            self._visitors = {int(camera): int(visitors) for camera, visitors in found}

    async def run(self) -> None:
        """Keep them up to date; never returns."""
        while True:
            await self.refresh()
            await self._clock.sleep(_EVERY_S)
