"""`/api/health/cameras` and `/api/health/alarms`: what is believed, since when, and why."""

from typing import Annotated, Final

from fastapi import Depends, Query, Request

from pantau.accounts.client import client_of
from pantau.accounts.users.asker import Asker, asker
from pantau.cameras.models import HealthState
from pantau.cameras.service import Catalogue
from pantau.health.schemas import (
    AlarmOutput,
    CameraHealthOutput,
    CameraHistoryOutput,
    alarm_output,
    camera_output,
    history_output,
)
from pantau.health.service import MOST_HISTORY_DAYS, HealthBook
from pantau.web.access import operators, viewers
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, RowNumber, Saved, refusals
from pantau.web.principal import Principal

_READ: Final = refusals(400, 401, 403, 429)
_ONE: Final = refusals(400, 401, 403, 404, 429)
_CHECK: Final = refusals(400, 401, 403, 404, 409, 429)

_Who = Annotated[Principal, Depends(current_principal)]


class HealthApi:
    """The endpoints of cameras' health; include `endpoints.router`."""

    def __init__(self, book: HealthBook, catalogue: Catalogue, clients: ClientAddresses) -> None:
        self._book = book
        self._catalogue = catalogue
        self._clients = clients
        self.endpoints: Final = Endpoints("/api/health", tag="health")
        self._declare()

    def _declare(self) -> None:
        add = self.endpoints
        look, run = viewers("cameras:read"), operators("cameras:write")
        add.get("/cameras", access=look, responses=_READ)(self.cameras)
        add.get("/cameras/{camera_id}", access=look, responses=_ONE)(self.camera)
        add.post("/cameras/{camera_id}/check", access=run, status_code=202, responses=_CHECK)(
            self.check
        )
        add.get("/alarms", access=look, responses=_READ)(self.alarms)
        add.post("/alarms/{alarm_id}/acknowledge", access=run, responses=_ONE)(self.acknowledge)

    async def cameras(
        self,
        state: HealthState | None = None,
        area_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    ) -> Answer[list[CameraHealthOutput]]:
        """List all cameras with what is believed of them, or those of one state or area."""
        known, counted = await self._book.checked(), await self._book.figures()
        found = [
            camera_output(camera, known.get(camera.id), counted.of(camera.id))
            for camera in self._catalogue.all()
            if area_id is None or camera.area_id == area_id
        ]
        return Answer(data=[one for one in found if state is None or one.state is state])

    async def camera(
        self, camera_id: RowNumber, days: Annotated[int, Query(ge=1, le=MOST_HISTORY_DAYS)] = 7
    ) -> Answer[CameraHistoryOutput]:
        """Show one camera with its history of the last days."""
        camera, spans = await self._book.history(camera_id, days=days)
        known, counted = await self._book.checked(), await self._book.figures()
        return Answer(data=history_output(camera, known.get(camera.id), counted, spans))

    async def check(self, camera_id: RowNumber, who: _Who, request: Request) -> Done:
        """Have a camera looked at as soon as possible; the list tells what came of it."""
        await self._book.ask_check(camera_id, by=self._by(who, request))
        return Done(message="The camera will be checked within seconds.")

    async def alarms(self) -> Answer[list[AlarmOutput]]:
        """List the newest alarms."""
        return Answer(data=[alarm_output(alarm) for alarm in await self._book.alarms()])

    async def acknowledge(
        self, alarm_id: RowNumber, who: _Who, request: Request
    ) -> Saved[AlarmOutput]:
        """Note that somebody has seen an alarm."""
        alarm = await self._book.acknowledge(alarm_id, by=self._by(who, request))
        return Saved(message="The alarm was acknowledged.", data=alarm_output(alarm))

    def _by(self, who: Principal, request: Request) -> Asker:
        return asker(who, client_of(request.scope, self._clients))
