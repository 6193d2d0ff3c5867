"""Imports on a database of the test, and people who use them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pantau.accounts.users.asker import Asker
from pantau.areas.models import Area
from pantau.areas.repository import all_areas
from pantau.audit.trail import AuditTrail
from pantau.cameras.importing.export import CameraExport
from pantau.cameras.importing.options import Options
from pantau.cameras.importing.service import CameraImports
from pantau.cameras.importing.values import ImportView, Line
from pantau.cameras.repository import stored_cameras
from pantau.cameras.stored import StoredCamera
from pantau.core.networks import policy_of
from pantau.core.sealing import Sealer, keyring
from pantau.db.database import Database
from tests.audit.trails import trail_on
from tests.cameras.desk import ADMIN
from tests.support.clock import HandWoundClock


@dataclass
class Office:
    """`imports` and `export` on one database."""

    database: Database
    clock: HandWoundClock
    sealer: Sealer
    trail: AuditTrail
    imports: CameraImports
    export: CameraExport

    async def preview(
        self, data: bytes, *, by: Asker = ADMIN, name: str = "kota.json", **options: Any
    ) -> ImportView:
        return await self.imports.preview(data, file_name=name, options=Options(**options), by=by)

    async def brought(self, data: bytes, *, by: Asker = ADMIN, **options: Any) -> ImportView:
        """Preview and apply."""
        view = await self.preview(data, by=by, **options)
        return await self.imports.apply(view.id, by=by)

    async def lines(self, view: ImportView, *, by: Asker = ADMIN) -> Sequence[Line]:
        return await self.imports.lines(view.id, by=by, limit=20_000)

    async def cameras(self) -> list[StoredCamera]:
        async with self.database.read() as reading:
            return await stored_cameras(reading, self.sealer)

    async def areas(self) -> list[Area]:
        async with self.database.read() as reading:
            return await all_areas(reading)


def office_on(database: Database, folder: Path, *networks: str) -> Office:
    """Return imports and exports that may lead into `networks` as well."""
    clock = HandWoundClock()
    sealer = Sealer(keyring(folder / "sealing.keys"))
    trail = trail_on(database, clock)
    return Office(
        database=database,
        clock=clock,
        sealer=sealer,
        trail=trail,
        imports=CameraImports(
            database, sealer=sealer, trail=trail, clock=clock, policy=policy_of(networks)
        ),
        export=CameraExport(database, sealer=sealer, trail=trail, clock=clock),
    )
