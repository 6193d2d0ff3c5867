"""`/api/admin/camera-imports`: catalogues become previews, previews become cameras, and back."""

from typing import Annotated, Final

from fastapi import Depends, File, Form, Query, Request, Response, UploadFile

from pantau.accounts.client import client_of
from pantau.accounts.users.asker import Asker, asker
from pantau.cameras.decisions import Visibility
from pantau.cameras.importing.candidates import MOST_BYTES
from pantau.cameras.importing.discovering import Discovery, catalogue_of
from pantau.cameras.importing.export import CameraExport, ExportFormat, export_headers
from pantau.cameras.importing.options import AreaRule, Options
from pantau.cameras.importing.schemas import (
    DeviceOutput,
    DiscoveredInput,
    DiscoverInput,
    ImportOutput,
    RowOutput,
    UndoneOutput,
    device_output,
    import_output,
    row_output,
)
from pantau.cameras.importing.service import CameraImports
from pantau.cameras.importing.values import Decision
from pantau.cameras.importing.verifying import Verification
from pantau.cameras.importing.working import ImportWork
from pantau.core.errors import Invalid
from pantau.web.access import operators
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, Listed, NextPage, RowNumber, Saved, refusals
from pantau.web.principal import Principal

_READ: Final = refusals(400, 401, 403, 404, 429)
_WRITE: Final = refusals(400, 401, 403, 404, 409, 413, 429, 503)
_ROWS: Final = 100

_Who = Annotated[Principal, Depends(current_principal)]


class CameraImportApi:
    """The endpoints of imports; include `endpoints.router` and `exports.router`."""

    def __init__(
        self,
        imports: CameraImports,
        *,
        verification: Verification,
        work: ImportWork,
        export: CameraExport,
        discovery: Discovery,
        clients: ClientAddresses,
    ) -> None:
        self._imports = imports
        self._verification = verification
        self._work = work
        self._export = export
        self._discovery = discovery
        self._clients = clients
        self.endpoints = Endpoints("/api/admin/camera-imports", tag="camera imports")
        self.exports = Endpoints("/api/admin/cameras", tag="camera imports")
        self._declare()

    def _declare(self) -> None:
        add, who = self.endpoints, operators("cameras:write")
        add.get("", access=who, responses=refusals(400, 401, 403, 429))(self.listed)
        add.post("", access=who, status_code=201, responses=_WRITE)(self.upload)
        add.post("/discover", access=who, responses=_WRITE)(self.discover)
        add.post("/discovered", access=who, status_code=201, responses=_WRITE)(self.discovered)
        add.get("/{import_id}", access=who, responses=_READ)(self.one)
        add.delete("/{import_id}", access=who, responses=_WRITE)(self.discard)
        add.get("/{import_id}/rows", access=who, responses=_READ)(self.rows)
        add.put("/{import_id}/options", access=who, responses=_WRITE)(self.choose)
        add.post("/{import_id}/verify", access=who, status_code=202, responses=_WRITE)(self.verify)
        add.post("/{import_id}/apply", access=who, status_code=202, responses=_WRITE)(self.apply)
        add.post("/{import_id}/undo", access=who, responses=_WRITE)(self.undo)
        self.exports.get(
            "/export",
            access=who,
            response_class=Response,
            responses={200: {"content": {"application/json": {}, "text/csv": {}}}, **_READ},
        )(self.exported)

    async def listed(self, who: _Who, request: Request) -> Answer[list[ImportOutput]]:
        """List the newest imports: everybody's for admins, one's own for operators."""
        views = await self._imports.views(by=self._by(who, request))
        return Answer(data=[import_output(view) for view in views])

    async def upload(
        self,
        who: _Who,
        request: Request,
        *,
        file: Annotated[UploadFile | None, File()] = None,
        text: Annotated[str, Form()] = "",
        profile: Annotated[str, Form(max_length=32)] = "",
        area_rule: Annotated[AreaRule, Form()] = AreaRule.FIELDS,
        area: Annotated[str, Form(max_length=100)] = "",
        visibility: Annotated[Visibility | None, Form()] = None,
    ) -> Saved[ImportOutput]:
        """Read a catalogue, a file or pasted text, and decide every row; nothing is written."""
        data = text.encode("utf-8", "replace")
        if file is not None:
            data = await file.read(MOST_BYTES + 1)
        if not data:
            raise Invalid("import.empty", "Send a file, or the text of one.", field="file")
        options = Options(profile=profile, area_rule=area_rule, area=area, visibility=visibility)
        view = await self._imports.preview(
            data,
            file_name=(file.filename or "") if file is not None else "",
            options=options,
            by=self._by(who, request),
        )
        return Saved(message="The catalogue was read.", data=import_output(view))

    async def discover(self, body: DiscoverInput) -> Answer[list[DeviceOutput]]:
        """Search the network for ONVIF devices; takes some seconds."""
        devices = await self._discovery.devices(interface=body.interface)
        return Answer(data=[device_output(device) for device in devices])

    async def discovered(
        self, body: DiscoveredInput, who: _Who, request: Request
    ) -> Saved[ImportOutput]:
        """Search the network, and make a preview of what answers."""
        devices = await self._discovery.devices(interface=body.interface)
        data = catalogue_of(devices, pattern=body.pattern, user=body.user, password=body.password)
        options = body.options
        if not options.profile:
            options = options.model_copy(update={"profile": "private-rtsp"})
        view = await self._imports.preview(
            data, file_name="ONVIF", options=options, by=self._by(who, request)
        )
        return Saved(message="The network was searched.", data=import_output(view))

    async def one(self, import_id: RowNumber, who: _Who, request: Request) -> Answer[ImportOutput]:
        """Show an import, and how far it has got."""
        view = await self._imports.view(import_id, by=self._by(who, request))
        return Answer(data=import_output(view))

    async def rows(
        self,
        import_id: RowNumber,
        who: _Who,
        request: Request,
        *,
        decision: Decision | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = _ROWS,
        cursor: Annotated[int, Query(ge=0, le=10**6)] = 0,
    ) -> Listed[RowOutput]:
        """Show the rows of an import, those behind the row that `cursor` names."""
        lines = await self._imports.lines(
            import_id,
            by=self._by(who, request),
            decision=decision,
            after=cursor,
            limit=limit + 1,
        )
        shown = lines[:limit]
        following = str(shown[-1].row) if len(lines) > limit else None
        return Listed(
            data=[row_output(line) for line in shown],
            pagination=NextPage(limit=limit, next_cursor=following),
        )

    async def choose(
        self, import_id: RowNumber, body: Options, who: _Who, request: Request
    ) -> Saved[ImportOutput]:
        """Decide a preview anew with other choices."""
        view = await self._imports.choose(import_id, body, by=self._by(who, request))
        return Saved(message="The rows were decided anew.", data=import_output(view))

    async def verify(self, import_id: RowNumber, who: _Who, request: Request) -> Done:
        """Start to look at every address; the import tells how far that has got."""
        await self._verification.begin(import_id, by=self._by(who, request))
        return Done(message="The addresses are being looked at.")

    async def apply(self, import_id: RowNumber, who: _Who, request: Request) -> Done:
        """Start to write a preview, all of it or nothing; the import tells how far that is."""
        await self._work.begin(import_id, by=self._by(who, request))
        return Done(message="The cameras are being written.")

    async def undo(self, import_id: RowNumber, who: _Who, request: Request) -> Saved[UndoneOutput]:
        """Delete what an import created and put back what it changed."""
        undone = await self._imports.undo(import_id, by=self._by(who, request))
        output = UndoneOutput(deleted=undone.deleted, restored=undone.restored, kept=undone.kept)
        return Saved(message="The import was taken back.", data=output)

    async def discard(self, import_id: RowNumber, who: _Who, request: Request) -> Done:
        """Forget a preview."""
        await self._imports.discard(import_id, by=self._by(who, request))
        return Done(message="The preview was forgotten.")

    async def exported(
        self,
        who: _Who,
        request: Request,
        format_: Annotated[ExportFormat, Query(alias="format")] = "json",
        *,
        with_secrets: bool = False,
    ) -> Response:
        """Export every camera that one runs; with secrets for admins alone."""
        text = await self._export.text(
            format_, with_secrets=with_secrets, by=self._by(who, request)
        )
        return Response(text, headers=dict(export_headers(format_)))

    def _by(self, who: Principal, request: Request) -> Asker:
        return asker(who, client_of(request.scope, self._clients))
