"""`/api/cameras`: the cameras, for those who run them."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response

from pantau.accounts.client import client_of
from pantau.accounts.users.asker import Asker, asker
from pantau.cameras.asking import DEFAULT_ROWS, CameraQuery
from pantau.cameras.changes import CameraChange, CutOffOrder
from pantau.cameras.editing import CameraEditor
from pantau.cameras.inputs import (
    BulkInput,
    CameraInput,
    CameraUpdate,
    CutOffInput,
    ProbeInput,
    SourceUpdate,
)
from pantau.cameras.listing import CameraList, ListedCamera
from pantau.cameras.probing import Prober
from pantau.cameras.schemas import (
    BulkOutput,
    CameraListed,
    CameraOutput,
    CreatedCamera,
    EventOutput,
    KindOutput,
    ProbeOutput,
    bulk_output,
    camera_output,
    counts_output,
    created_camera,
    event_output,
    kind_outputs,
    probe_output,
)
from pantau.core.clock import Clock
from pantau.core.errors import Invalid
from pantau.web.access import operators, viewers
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, Listed, NextPage, RowNumber, Saved, refusals
from pantau.web.principal import Principal

_READ: Final = refusals(401, 403, 429)
_LIST: Final = refusals(400, 401, 403, 429)
_ONE: Final = refusals(400, 401, 403, 404, 429)
_WRITE_NEW: Final = refusals(400, 401, 403, 409, 429)
_WRITE: Final = refusals(400, 401, 403, 404, 409, 429)
_LOOK: Final = refusals(400, 401, 403, 404, 429, 503)

_ALL = Answer[list[CameraOutput]]
_Who = Annotated[Principal, Depends(current_principal)]
_Limit = Annotated[int | None, Query(ge=1, le=200)]
_Cursor = Annotated[str | None, Query(max_length=1000)]


class CameraApi:
    """The endpoints of cameras; include `endpoints.router`."""

    def __init__(
        self,
        editor: CameraEditor,
        cameras: CameraList,
        prober: Prober,
        *,
        clients: ClientAddresses,
        clock: Clock,
    ) -> None:
        self._editor = editor
        self._cameras = cameras
        self._prober = prober
        self._clients = clients
        self._clock = clock
        self.endpoints = Endpoints("/api/cameras", tag="cameras")
        self._declare_reading()
        self._declare_writing()

    def _declare_reading(self) -> None:
        add, who = self.endpoints, viewers("cameras:read")
        add.get("", access=who, response_model=_ALL | CameraListed, responses=_LIST)(self.listed)
        add.get("/kinds", access=who, responses=_READ)(self.kinds)
        add.get("/{camera_id}", access=who, responses=_ONE)(self.one)
        # What happened names hosts, which whoever only looks does not see.
        add.get("/{camera_id}/events", access=operators("cameras:write"), responses=_ONE)(
            self.events
        )

    def _declare_writing(self) -> None:
        add, who = self.endpoints, operators("cameras:write")
        add.post("", access=who, status_code=201, responses=_WRITE_NEW)(self.add)
        add.post("/bulk", access=who, responses=_WRITE_NEW)(self.bulk)
        add.post("/probe", access=who, responses=_LOOK)(self.probe)
        add.put("/{camera_id}", access=who, responses=_WRITE)(self.change)
        add.patch("/{camera_id}", access=who, responses=_WRITE)(self.change)
        add.delete("/{camera_id}", access=who, responses=_WRITE)(self.remove)
        add.post("/{camera_id}/probe", access=who, responses=_LOOK)(self.probe_one)
        add.post("/{camera_id}/rotate-key", access=who, responses=_WRITE)(self.rotate_key)
        add.put("/{camera_id}/cut-off", access=who, responses=_WRITE)(self.cut_off)
        add.delete("/{camera_id}/cut-off", access=who, responses=_WRITE)(self.restore)

    async def listed(
        self, wanted: Annotated[CameraQuery, Query()], who: _Who
    ) -> Response | CameraListed:
        """List the cameras: all of them, or with `limit` or `cursor` a page with counts."""
        sees_source = _sees_source(who)
        which = wanted.as_filter(sees_hosts=sees_source)
        if wanted.limit is None and wanted.cursor is None:
            found = await self._cameras.all(which)
            everything = _ALL(data=[self._output(each, sees_source) for each in found])
            # Written at once: the framework would take every camera apart once more.
            return Response(everything.model_dump_json(), media_type="application/json")
        limit = wanted.limit or DEFAULT_ROWS
        page = await self._cameras.page(
            which,
            sort=wanted.sort,
            descending=wanted.order == "desc",
            limit=limit,
            cursor=wanted.cursor,
        )
        return CameraListed(
            data=[self._output(each, sees_source) for each in page.rows],
            pagination=NextPage(limit=limit, next_cursor=page.next_cursor),
            counts=counts_output(page.counts),
        )

    async def kinds(self) -> Answer[list[KindOutput]]:
        """List the kinds of sources, and what can be done with each."""
        return Answer(data=kind_outputs())

    async def one(self, camera_id: RowNumber, who: _Who) -> Answer[CameraOutput]:
        """Show a camera."""
        listed = await self._cameras.one(camera_id)
        return Answer(data=self._output(listed, _sees_source(who)))

    async def events(
        self, camera_id: RowNumber, limit: _Limit = None, cursor: _Cursor = None
    ) -> Listed[EventOutput]:
        """List what happened to a camera, the newest first; also to one that was deleted."""
        rows = limit or DEFAULT_ROWS
        page = await self._editor.events(camera_id, limit=rows, cursor=cursor)
        return Listed(
            data=[event_output(event) for event in page.rows],
            pagination=NextPage(limit=rows, next_cursor=page.next_cursor),
        )

    async def add(self, body: CameraInput, who: _Who, request: Request) -> Saved[CreatedCamera]:
        """Add a camera."""
        stored = await self._editor.create(body.as_change(), by=self._by(who, request))
        return Saved(message="The camera was created.", data=created_camera(stored))

    async def change(
        self, camera_id: RowNumber, body: CameraUpdate, who: _Who, request: Request
    ) -> Done:
        """Change what the body names of a camera; everything else stays."""
        if not body.model_fields_set:
            raise Invalid("cameras.nothing", "Name at least one field.", field="body")
        await self._editor.change(camera_id, body.as_change(), by=self._by(who, request))
        return Done(message="The camera was saved.")

    async def remove(self, camera_id: RowNumber, who: _Who, request: Request) -> Done:
        """Delete a camera."""
        await self._editor.remove(camera_id, by=self._by(who, request))
        return Done(message="The camera was deleted.")

    async def bulk(self, body: BulkInput, who: _Who, request: Request) -> Saved[BulkOutput]:
        """Change, cut off, restore or delete many; those that cannot be are told and stay."""
        editor, by = self._editor, self._by(who, request)
        if body.change is not None:
            outcome = await editor.change_many(body.ids, body.change.as_change(), by=by)
        elif body.cut_off is not None:
            outcome = await editor.cut_off_many(body.ids, self._order(body.cut_off), by=by)
        elif body.action == "delete":
            outcome = await editor.remove_many(body.ids, by=by)
        else:
            outcome = await editor.restore_many(body.ids, by=by)
        told = f"{len(outcome.changed)} changed, {len(outcome.refused)} refused."
        return Saved(message=told, data=bulk_output(outcome))

    async def probe(self, body: ProbeInput, who: _Who, request: Request) -> Answer[ProbeOutput]:
        """Look at a source that is not saved; takes some seconds."""
        source = await self._editor.candidate(body.as_change(), by=self._by(who, request))
        return Answer(data=probe_output(await self._prober.look(source)))

    async def probe_one(
        self,
        camera_id: RowNumber,
        who: _Who,
        request: Request,
        body: SourceUpdate | None = None,
    ) -> Answer[ProbeOutput]:
        """Look at the source of a camera, with what the body would change about it."""
        change = CameraChange() if body is None else body.as_change()
        source = await self._editor.candidate(
            change, by=self._by(who, request), camera_id=camera_id
        )
        return Answer(data=probe_output(await self._prober.look(source)))

    async def rotate_key(
        self, camera_id: RowNumber, who: _Who, request: Request
    ) -> Saved[CreatedCamera]:
        """Give a camera another stream key: every address of its stream is worthless at once."""
        stored = await self._editor.rotate_key(camera_id, by=self._by(who, request))
        return Saved(message="The camera has a new stream key.", data=created_camera(stored))

    async def cut_off(
        self, camera_id: RowNumber, body: CutOffInput, who: _Who, request: Request
    ) -> Done:
        """Take a camera from the public at once; operators keep it."""
        await self._editor.cut_off(camera_id, self._order(body), by=self._by(who, request))
        return Done(message="The public does not see the camera.")

    async def restore(self, camera_id: RowNumber, who: _Who, request: Request) -> Done:
        """Give the public a camera back."""
        await self._editor.restore(camera_id, by=self._by(who, request))
        return Done(message="The cut-off has ended.")

    def _order(self, body: CutOffInput) -> CutOffOrder:
        until = body.until
        if body.minutes is not None:
            until = self._clock.now() + timedelta(minutes=body.minutes)
        return CutOffOrder(reason=body.reason, until=until)

    def _output(self, listed: ListedCamera, sees_source: bool) -> CameraOutput:  # noqa: FBT001
        return camera_output(listed, now=self._clock.now(), sees_source=sees_source)

    def _by(self, who: Principal, request: Request) -> Asker:
        return asker(who, client_of(request.scope, self._clients))


def _sees_source(who: Principal) -> bool:
    """Tell whether somebody runs cameras, and so may know where their pictures come from."""
    return who.role in {"admin", "operator"} or "cameras:write" in who.scopes
