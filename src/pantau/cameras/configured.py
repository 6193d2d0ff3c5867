"""Brings the cameras of the settings into the database, which everybody else reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from pantau.areas.repository import all_areas, insert_areas, update_areas
from pantau.cameras.repository import (
    insert_cameras,
    stored_cameras,
    update_cameras,
)
from pantau.cameras.synchronising import Known, Plan, Wanted, missing, plan, without_removals
from pantau.core.clock import Clock
from pantau.core.ids import remembered_numbers
from pantau.core.sealing import Sealer
from pantau.db.database import Database, Reading, Writing
from pantau.db.numbers import highest_number, reserve_numbers

log = structlog.get_logger()

CAMERA_NUMBERS: Final = "camera-numbers.json"
AREA_NUMBERS: Final = "area-numbers.json"
"""Where names had their numbers before cameras and areas were rows; read, never written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredCameras:
    """Makes the database say what the settings say."""

    database: Database
    sealer: Sealer
    secret: bytes
    """Of the installation; stream keys are derived from it."""
    data_dir: Path
    clock: Clock

    async def synchronise(self, wanted: Iterable[Wanted]) -> Plan:
        """Add, change and retire cameras, and return what that was.

        Costs one read when there is nothing to do.  Raises ValueError for a damaged file of
        numbers.
        """
        wanted = tuple(wanted)
        async with self.database.read() as reading:
            known = await self._known(reading)
            planned = self._plan(wanted, known)
        if planned.is_empty and _highest_remembered(known) <= known.highest_camera:
            return _told(planned)
        async with self.database.write() as writing:
            planned = self._plan(wanted, await self._known(writing))
            await self._write(writing, planned)
        return _told(planned)

    async def add_missing(self, wanted: Iterable[Wanted]) -> Plan:
        """Add those cameras that were never in the database, and leave everything else alone.

        For processes beside the worker, whose settings may say less than the worker's.
        """
        wanted = tuple(wanted)
        async with self.database.read() as reading:
            if not missing(wanted, await stored_cameras(reading, None)):
                return Plan()
        async with self.database.write() as writing:
            known = await self._known(writing)
            planned = without_removals(self._plan(missing(wanted, known.cameras), known))
            await self._write(writing, planned)
        return planned

    def _plan(self, wanted: Iterable[Wanted], known: Known) -> Plan:
        return plan(wanted, known, secret=self.secret, now=self.clock.now())

    async def _known(self, reading: Reading) -> Known:
        return Known(
            cameras=await stored_cameras(reading, self.sealer),
            areas=await all_areas(reading),
            camera_numbers=remembered_numbers(self.data_dir / CAMERA_NUMBERS),
            area_numbers=remembered_numbers(self.data_dir / AREA_NUMBERS),
            highest_camera=await highest_number(reading, "cameras"),
            highest_area=await highest_number(reading, "areas"),
        )

    async def _write(self, writing: Writing, planned: Plan) -> None:
        await insert_areas(writing, planned.areas_added)
        await update_areas(writing, planned.areas_changed)
        await update_cameras(writing, planned.changed, sealer=self.sealer)
        await insert_cameras(writing, planned.added, sealer=self.sealer)
        # A number that stood in a link once must not lead to a camera that an operator adds.
        numbers = remembered_numbers(self.data_dir / CAMERA_NUMBERS)
        await reserve_numbers(writing, "cameras", max(numbers.values(), default=0))
        numbers = remembered_numbers(self.data_dir / AREA_NUMBERS)
        await reserve_numbers(writing, "areas", max(numbers.values(), default=0))


def _highest_remembered(known: Known) -> int:
    return max(known.camera_numbers.values(), default=0)


def _told(planned: Plan) -> Plan:
    for sentence in planned.refused:
        log.error("configured_camera_refused", problem=sentence)
    if not planned.is_empty:
        log.info("cameras_synchronised", added=len(planned.added), changed=len(planned.changed))
    return planned
