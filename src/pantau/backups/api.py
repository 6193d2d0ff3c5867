"""`/api/admin/backup`: the JSON backups of reference servers, looked at and brought."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

from fastapi import Depends, Request, Response

from pantau.accounts.client import client_of
from pantau.accounts.users.asker import Asker, asker
from pantau.backups.reference_json import (
    HISTORY,
    LEFT,
    MOST_ROWS,
    TABLES,
    TAKEN,
    TOO_LONG,
    VERSION,
    ReferenceBackup,
    read_reference_backup,
)
from pantau.backups.schemas import ImportInput, ImportOutput, PreviewInput, PreviewOutput
from pantau.core.errors import Invalid
from pantau.web.access import admins
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Saved, refusals
from pantau.web.principal import Principal

_WRITE: Final = refusals(400, 401, 403, 413, 429, 503)
_READ: Final = refusals(401, 403, 429)
_Who = Annotated[Principal, Depends(current_principal)]


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of one table."""

    table: str
    brought: int
    already: str = ""
    """What was left as it is here; empty: nothing."""
    faults: str = ""
    """What of it cannot be used, and why; empty: all can be."""


Mode: TypeAlias = Literal["merge", "replace"]
BringReference: TypeAlias = Callable[
    [ReferenceBackup, tuple[str, ...], Mode, Asker], Awaitable[tuple[Brought, ...]]
]
"""Brings tables in one transaction, on behalf of somebody."""


ExportReference: TypeAlias = Callable[[Asker], Awaitable[tuple[str, bytes]]]
"""Returns the name of a file and the file, and has it in the trail who took it."""


class ReferenceBackupApi:
    """The endpoints; include `endpoints.router`."""

    def __init__(
        self, bring: BringReference, export: ExportReference, clients: ClientAddresses
    ) -> None:
        self._bring = bring
        self._export = export
        self._clients = clients
        self.endpoints: Final = Endpoints("/api/admin/backup", tag="backups")
        add = self.endpoints
        add.get(
            "/export",
            access=admins(),
            response_class=Response,
            responses={200: {"content": {"application/json": {}}}, **_READ},
        )(self.export)
        add.post("/preview", access=admins(), responses=_WRITE)(self.preview)
        add.post("/import", access=admins(), responses=_WRITE)(self.bring)

    async def export(self, who: _Who, request: Request) -> Response:
        """Export what the reference exports, without hashes and passwords: no backup of a hub."""
        by = asker(who, client_of(request.scope, self._clients))
        name, data = await self._export(by)
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(data, media_type="application/json", headers=headers)

    async def preview(self, body: PreviewInput) -> Answer[PreviewOutput]:
        """Look at the backup of a reference server; nothing is written."""
        backup = read_reference_backup(body.backup)
        told = PreviewOutput(version=VERSION, exported_at=backup.exported_at, tables=backup.counts)
        return Answer(data=told)

    async def bring(self, body: ImportInput, who: _Who, request: Request) -> Saved[ImportOutput]:
        """Bring what is in the backup of a reference server: all of it or nothing.

        `merge` leaves what is here as it is.  `replace` makes areas with the same name, cameras
        with the same stream key and texts what the backup says of them.  Nothing is deleted either
        way; people and keys are never brought, and history is brought once.
        """
        backup = read_reference_backup(body.backup)
        unknown = sorted(set(body.tables or ()) - set(TABLES))
        if unknown:
            raise Invalid("backup.reference", f"There is no table {unknown[0]}.", field="tables")
        wanted = [name for name in backup.tables if body.tables is None or name in body.tables]
        long = {name for name in HISTORY if len(backup.tables.get(name, ())) > MOST_ROWS}
        taken = tuple(name for name in TAKEN if name in wanted and name not in long)
        by = asker(who, client_of(request.scope, self._clients))
        done = await self._bring(backup, taken, body.mode, by) if taken else ()
        skipped = {name: LEFT[name] for name in wanted if name in LEFT}
        skipped |= {name: TOO_LONG for name in wanted if name in long}
        skipped |= {each.table: each.already for each in done if each.already}
        return Saved(
            message="Data berhasil diimpor.",
            data=ImportOutput(
                success=True,
                imported={each.table: each.brought for each in done},
                skipped=skipped,
                errors={each.table: each.faults for each in done if each.faults},
            ),
        )
