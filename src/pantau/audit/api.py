"""`/api/admin/audit`: the trail, for admins."""

from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from pantau.audit.actors import actor_of
from pantau.audit.events import AdminAction
from pantau.audit.export import csv_of
from pantau.audit.reading import MOST_EXPORTED, AuditReader
from pantau.audit.schemas import (
    EntryOutput,
    NamesOutput,
    PageInput,
    ReportOutput,
    SearchInput,
)
from pantau.audit.trail import AuditTrail
from pantau.audit.verification import Verifier
from pantau.core.clock import Clock
from pantau.db.database import Database
from pantau.web.access import admins
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Listed, NextPage, refusals
from pantau.web.principal import Principal

_REFUSED: Final = refusals(401, 403, 429)
_REFUSED_INPUT: Final = refusals(400, 401, 403, 429)
_CSV: Final = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


class AuditApi:
    """The endpoints of the trail; include `endpoints.router`."""

    def __init__(
        self,
        database: Database,
        *,
        trail: AuditTrail,
        verifier: Verifier,
        clients: ClientAddresses,
        clock: Clock,
    ) -> None:
        self._database = database
        self._reader = AuditReader(database)
        self._trail = trail
        self._verifier = verifier
        self._clients = clients
        self._clock = clock
        self.endpoints = Endpoints("/api/admin", tag="audit")
        add = self.endpoints
        add.get("/audit", access=admins(), responses=_REFUSED_INPUT)(self.listed)
        add.get("/audit/names", access=admins(), responses=_REFUSED)(self.names)
        add.get("/audit/verify", access=admins(), responses=_REFUSED)(self.verify)
        add.get(
            "/audit.csv",
            access=admins(),
            response_class=Response,
            responses={**_CSV, **_REFUSED_INPUT},
        )(self.export)

    async def listed(self, wanted: Annotated[PageInput, Query()]) -> Listed[EntryOutput]:
        """List what happened, the newest first."""
        page = await self._reader.page(
            wanted.as_search(), limit=wanted.limit, cursor=wanted.cursor or None
        )
        return Listed(
            data=[EntryOutput.of(entry) for entry in page.rows],
            pagination=NextPage(limit=wanted.limit, next_cursor=page.next_cursor),
        )

    async def names(self) -> Answer[NamesOutput]:
        """List the names that entries can have."""
        return Answer(data=NamesOutput())

    async def verify(self) -> Answer[ReportOutput]:
        """Walk along the whole chain and say whether every entry is as it was written."""
        return Answer(data=ReportOutput.of(await self._verifier.verify()))

    async def export(
        self,
        wanted: Annotated[SearchInput, Query()],
        request: Request,
        who: Annotated[Principal, Depends(current_principal)],
    ) -> Response:
        """Give what happened as CSV, the newest first, at most 100,000 entries."""
        actor = actor_of(
            who,
            self._clients.of(request.scope),
            request.headers.get("user-agent", ""),
            endpoint=f"{request.method} {request.url.path}",
        )
        search = wanted.as_search()
        narrowed = wanted.model_dump(mode="json", exclude_defaults=True)
        async with self._database.write() as work:
            await self._trail.record(
                work, actor, AdminAction.AUDIT_EXPORTED, details={"search": narrowed}
            )
        name = f"audit-{self._clock.now():%Y-%m-%d}.csv"
        return StreamingResponse(
            csv_of(self._reader.every(search), most=MOST_EXPORTED),
            media_type="text/csv; charset=utf-8",
            headers={
                "content-disposition": f'attachment; filename="{name}"',
                "cache-control": "no-store",
            },
        )
