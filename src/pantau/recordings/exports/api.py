"""`/api/recordings/exports` and `/api/clips`: making films of footage, fetching, sharing them."""

from typing import Annotated, Final, TypeAlias

from fastapi import Depends, Path, Query, Request, Response

from pantau.accounts.client import client_of
from pantau.accounts.users.asker import Asker, asker
from pantau.recordings.exports.links import ClipLinks
from pantau.recordings.exports.manifest import FILE_NAME
from pantau.recordings.exports.models import ExportState, ExportWish
from pantau.recordings.exports.schemas import (
    CLIPS,
    EXPORTS,
    ExportInput,
    ExportOutput,
    LinkInput,
    LinkOutput,
    MadeLinkOutput,
    export_output,
    link_output,
    made_link_output,
)
from pantau.recordings.exports.sending import ExportSender
from pantau.recordings.exports.service import Exports
from pantau.recordings.models import Span
from pantau.recordings.playback.ranges import Version, wanted
from pantau.web.access import operators, public
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, Listed, NextPage, RowNumber, Saved, refusals
from pantau.web.principal import Principal

_READ: Final = refusals(400, 401, 403, 404, 429)
_MAKE: Final = refusals(400, 401, 403, 404, 409, 429, 507)
_WRITE: Final = refusals(400, 401, 403, 404, 409, 429)
_FILE: Final = {
    **refusals(400, 401, 403, 404, 416, 429),
    200: {"content": {"video/mp4": {}}, "description": "The file, or the part that was asked for"},
}
_CLIP: Final = {
    **refusals(400, 404, 416, 429),
    200: {"content": {"video/mp4": {}}, "description": "The clip, or the part that was asked for"},
}

_Who = Annotated[Principal, Depends(current_principal)]
_ExportId: TypeAlias = Annotated[str, Path(max_length=64)]
_Name: TypeAlias = Annotated[str, Path(max_length=200)]
_Token: TypeAlias = Annotated[str, Path(max_length=128)]
_Part: TypeAlias = Annotated[int, Path(ge=1, le=10_000)]


class ExportApi:
    """The endpoints of exports; include the routers of `endpoints`, `making` and `clips`."""

    def __init__(
        self, exports: Exports, links: ClipLinks, sender: ExportSender, clients: ClientAddresses
    ) -> None:
        self._exports = exports
        self._links = links
        self._sender = sender
        self._clients = clients
        self.endpoints: Final = Endpoints(EXPORTS, tag="recordings")
        self.making: Final = Endpoints("/api/recordings", tag="recordings")
        self.clips: Final = Endpoints(CLIPS, tag="recordings")
        self._declare()

    def _declare(self) -> None:
        add, one = self.endpoints, "/{export_id}"
        look, make = operators("recordings:read"), operators("recordings:write")
        self.making.post("/{camera_id}/exports", access=make, status_code=202, responses=_MAKE)(
            self.ask
        )
        add.get("", access=look, responses=_READ)(self.listed)
        add.get(one, access=look, responses=_READ)(self.one)
        add.post(f"{one}/cancel", access=make, status_code=202, responses=_WRITE)(self.cancel)
        add.delete(one, access=make, responses=_READ)(self.delete)
        add.get(f"{one}/{FILE_NAME}", access=look, responses=_READ, response_model=None)(
            self.manifest
        )
        add.get(f"{one}/files/{{name}}", access=look, responses=_FILE, response_model=None)(
            self.file
        )
        add.get(f"{one}/links", access=look, responses=_READ)(self.links)
        add.post(f"{one}/links", access=make, status_code=201, responses=_WRITE)(self.link)
        add.delete(f"{one}/links/{{link_id}}", access=make, responses=_READ)(self.revoke)
        anybody = public()
        self.clips.get("/{token}", access=anybody, responses=_CLIP, response_model=None)(self.clip)
        self.clips.get("/{token}/{number}", access=anybody, responses=_CLIP, response_model=None)(
            self.part
        )

    async def ask(
        self, camera_id: RowNumber, wanted_: ExportInput, who: _Who, request: Request
    ) -> Saved[ExportOutput]:
        """Have a clip or a time-lapse made; look at it to see how far it is."""
        wish = ExportWish(Span(wanted_.from_ms, wanted_.to_ms), wanted_.kind, wanted_.speed)
        export = await self._exports.ask(camera_id, wish, by=self._by(who, request))
        return Saved(message="The clip will be made.", data=export_output(export))

    async def listed(
        self,
        who: _Who,
        camera_id: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
        state: ExportState | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str, Query(max_length=1000)] = "",
    ) -> Listed[ExportOutput]:
        """List exports, the newest first."""
        found, following = await self._exports.listed(
            by=who, camera_id=camera_id, state=state, limit=limit, cursor=cursor
        )
        return Listed(
            data=[export_output(export) for export in found],
            pagination=NextPage(limit=limit, next_cursor=following),
        )

    async def one(self, export_id: _ExportId, who: _Who) -> Answer[ExportOutput]:
        """Show one export: how far it is, and its files once it is done."""
        return Answer(data=export_output(await self._exports.one(export_id, by=who)))

    async def cancel(
        self, export_id: _ExportId, who: _Who, request: Request
    ) -> Saved[ExportOutput]:
        """Stop making an export."""
        export = await self._exports.cancel(export_id, by=self._by(who, request))
        return Saved(message="The clip is being stopped.", data=export_output(export))

    async def delete(self, export_id: _ExportId, who: _Who, request: Request) -> Done:
        """Delete an export with its files and links."""
        await self._exports.delete(export_id, by=self._by(who, request))
        return Done(message="The clip was deleted.")

    async def manifest(self, export_id: _ExportId, who: _Who, request: Request) -> Response:
        """Fetch what an export consists of and was made of, with hashes."""
        path = await self._exports.file(export_id, FILE_NAME, by=who)
        return await self._sender.send(request, path)

    async def file(
        self, export_id: _ExportId, name: _Name, who: _Who, request: Request
    ) -> Response:
        """Fetch a file of a finished export, whole or a range of it."""
        export = await self._exports.one(export_id, by=who)
        path = self._exports.path_of(export, name)
        sha256 = next((file.sha256 for file in export.files if file.name == name), "")
        return await self._sender.send(request, path, sha256=sha256)

    async def links(self, export_id: _ExportId, who: _Who) -> Answer[list[LinkOutput]]:
        """List the links of an export, the newest first."""
        found = await self._links.of(export_id, by=who)
        return Answer(data=[link_output(link) for link in found])

    async def link(
        self, export_id: _ExportId, wanted_: LinkInput, who: _Who, request: Request
    ) -> Saved[MadeLinkOutput]:
        """Make a link to an export; its token is told this once."""
        link, token = await self._links.make(
            export_id,
            hours=wanted_.hours,
            max_downloads=wanted_.max_downloads,
            by=self._by(who, request),
        )
        return Saved(message="The link was made.", data=made_link_output(link, token))

    async def revoke(
        self, export_id: _ExportId, link_id: RowNumber, who: _Who, request: Request
    ) -> Done:
        """End a link now."""
        await self._links.revoke(export_id, link_id, by=self._by(who, request))
        return Done(message="The link was ended.")

    async def clip(self, token: _Token, request: Request) -> Response:
        """Fetch the clip that a link leads to."""
        return await self._clip(token, 1, request)

    async def part(self, token: _Token, number: _Part, request: Request) -> Response:
        """Fetch one file of a clip that consists of several, from 1."""
        return await self._clip(token, number, request)

    async def _clip(self, token: str, number: int, request: Request) -> Response:
        opened = await self._links.open(token, number)
        asked = self._sender.asked(request)
        file = opened.export.files[number - 1]
        version = Version(file.size_bytes, f'"{file.sha256}"'.encode())
        plan = wanted(asked.method, asked.header, version)
        if asked.method == "GET" and plan.status in {200, 206}:
            begins = number == 1 and plan.start == 0
            await self._links.count(opened, asked.client_address, is_beginning=begins)
        return await self._sender.send(request, opened.path, sha256=opened.sha256)

    def _by(self, who: Principal, request: Request) -> Asker:
        return asker(who, client_of(request.scope, self._clients))
