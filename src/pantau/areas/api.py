"""`/api/areas`: endpoints for operators."""

from typing import Annotated, Final

from fastapi import Depends, Request

from pantau.areas.editing import AreaEditing
from pantau.areas.inputs import AreaInput, AreaUpdate, MergeInput, MoveInput
from pantau.areas.schemas import (
    ManagedArea,
    ManagedAreas,
    MovedCameras,
    managed_area,
)
from pantau.areas.values import By, Somebody
from pantau.audit.actors import actor_of
from pantau.web.access import operators, viewers
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, RowNumber, Saved, refusals
from pantau.web.principal import Principal

_READ: Final = refusals(401, 403, 429)
_ONE: Final = refusals(400, 401, 403, 404, 429)
_ADD: Final = refusals(400, 401, 403, 429)
_WRITE: Final = refusals(400, 401, 403, 404, 409, 429)
_Who = Annotated[Principal, Depends(current_principal)]


class AreaApi:
    """The endpoints of areas; include `endpoints.router`."""

    def __init__(self, areas: AreaEditing, clients: ClientAddresses) -> None:
        self._areas = areas
        self._clients = clients
        self.endpoints = Endpoints("/api/areas", tag="areas")
        add, look, write = self.endpoints, viewers("areas:read"), operators("areas:write")
        add.get("", access=look, responses=_READ)(self.listed)
        add.post("", access=write, status_code=201, responses=_ADD)(self.add)
        add.get("/{area_id}", access=look, responses=_ONE)(self.one)
        add.put("/{area_id}", access=write, responses=_WRITE)(self.change)
        add.patch("/{area_id}", access=write, responses=_WRITE)(self.change_some)
        add.delete("/{area_id}", access=write, responses=_WRITE)(self.delete)
        add.post("/{area_id}/merge", access=write, responses=_WRITE)(self.merge)
        add.post("/{area_id}/move-cameras", access=write, responses=_WRITE)(self.move_cameras)

    async def listed(self) -> ManagedAreas:
        """List every area with all it has, in the order of the hierarchy."""
        return ManagedAreas(data=[managed_area(view) for view in await self._areas.all()])

    async def one(self, area_id: RowNumber) -> Answer[ManagedArea]:
        """Show an area."""
        return Answer(data=managed_area(await self._areas.one(area_id)))

    async def add(self, body: AreaInput, who: _Who, request: Request) -> Saved[ManagedArea]:
        """Add an area."""
        view = await self._areas.add(body.as_draft(), by=self._by(who, request))
        return Saved(message="The area was created.", data=managed_area(view))

    async def change(
        self, area_id: RowNumber, body: AreaUpdate, who: _Who, request: Request
    ) -> Saved[ManagedArea]:
        """Change any fields of an area; what is left out stays."""
        view = await self._areas.change(
            area_id, body.as_draft(), body.model_fields_set, by=self._by(who, request)
        )
        return Saved(message="The area was saved.", data=managed_area(view))

    async def change_some(
        self, area_id: RowNumber, body: AreaUpdate, who: _Who, request: Request
    ) -> Saved[ManagedArea]:
        """Change any fields of an area, like PUT."""
        return await self.change(area_id, body, who, request)

    async def delete(self, area_id: RowNumber, who: _Who, request: Request) -> Done:
        """Delete an area that has no cameras."""
        await self._areas.delete(area_id, by=self._by(who, request))
        return Done(message="The area was deleted.")

    async def merge(
        self, area_id: RowNumber, body: MergeInput, who: _Who, request: Request
    ) -> Saved[ManagedArea]:
        """Give cameras and rights of an area to another one, delete it; return the other one."""
        view, moved = await self._areas.merge(area_id, body.into, by=self._by(who, request))
        return Saved(
            message=f"The areas were joined; {len(moved.moved)} cameras were moved.",
            data=managed_area(view),
        )

    async def move_cameras(
        self, area_id: RowNumber, body: MoveInput, who: _Who, request: Request
    ) -> Saved[MovedCameras]:
        """Put the cameras of an area into another one, or into none."""
        moved = await self._areas.move_cameras(area_id, body.into, by=self._by(who, request))
        count = len(moved.moved)
        return Saved(
            message=f"{count} cameras were moved.",
            data=MovedCameras(moved=count, kept=moved.kept),
        )

    def _by(self, who: Principal, request: Request) -> By:
        actor = actor_of(
            who,
            self._clients.of(request.scope),
            request.headers.get("user-agent", ""),
            endpoint=f"{request.method} {request.url.path}",
        )
        return Somebody(who, actor)
