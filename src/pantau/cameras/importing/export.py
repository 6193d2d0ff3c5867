"""Every camera as our own catalogue, which can be imported again."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Final, Literal

from pantau.accounts.users.asker import Asker
from pantau.areas.repository import all_areas
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.cameras.importing.records import COLUMNS, MARK, cells_of, record_of
from pantau.cameras.repository import stored_cameras
from pantau.core.clock import Clock
from pantau.core.errors import Forbidden
from pantau.core.sealing import Sealer
from pantau.db.database import Database

ExportFormat = Literal["json", "csv"]
_VERSION: Final = 1


class CameraExport:
    """Writes exports.  With secrets they are for admins alone; every one is audited."""

    def __init__(
        self, database: Database, *, sealer: Sealer, trail: AuditTrail, clock: Clock
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._trail = trail
        self._clock = clock

    async def text(self, format_: ExportFormat, *, with_secrets: bool, by: Asker) -> str:
        """Return the cameras that the asker runs; those of the settings are among them.

        Raises Forbidden for secrets that somebody other than an admin asks for.
        """
        may_have_secrets = by.principal.role == "admin" or by.actor.kind == "console"
        if with_secrets and not may_have_secrets:
            raise Forbidden("export.secrets", "Only admins may take passwords along.")
        async with self._database.write() as writing:
            cameras = [
                stored
                for stored in await stored_cameras(writing, self._sealer)
                if stored.removed_at is None and by.principal.may_change_area(stored.camera.area_id)
            ]
            areas = {area.id: area for area in await all_areas(writing)}
            await self._trail.record(
                writing,
                by.actor,
                Action.EXPORT_CAMERAS,
                target="cameras",
                details={
                    "cameras": len(cameras),
                    "format": format_,
                    "sources_readable": with_secrets,
                },
            )
        records = [
            record_of(
                stored,
                None if stored.camera.area_id is None else areas.get(stored.camera.area_id),
                with_secrets=with_secrets,
            )
            for stored in cameras
        ]
        if format_ == "csv":
            return _table(records)
        whole = {
            "format": MARK,
            "version": _VERSION,
            "exported_at": self._clock.now().isoformat(timespec="seconds"),
            "cameras": records,
        }
        return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _table(records: list[dict[str, object]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    writer.writerows(cells_of(record) for record in records)
    return written.getvalue()


def export_headers(format_: ExportFormat) -> Mapping[str, str]:
    """Return the headers of an export as a download."""
    kind = "text/csv" if format_ == "csv" else "application/json"
    return {
        "content-type": f"{kind}; charset=utf-8",
        "content-disposition": f'attachment; filename="cameras.{format_}"',
        "cache-control": "no-store",
    }
