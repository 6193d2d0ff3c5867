"""`/api/recordings`: recorders and what is decided about them, for those who run cameras."""

from typing import Annotated, Final

from fastapi import Depends, Query, Request

from pantau.accounts.client import client_of
from pantau.accounts.users.asker import Asker, asker
from pantau.recordings.schemas import (
    CommandOutput,
    OverviewOutput,
    RecorderOutput,
    RecordSettingsInput,
    RestartOutput,
    RulesInput,
    RulesOutput,
    StartRecordingInput,
    command_output,
    overview_output,
    restart_output,
    rules_output,
    status_output,
)
from pantau.recordings.service import DEFAULT_ROWS, MOST_ROWS, RecordingService
from pantau.web.access import operators, viewers
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, RowNumber, Saved, refusals
from pantau.web.principal import Principal

_READ: Final = refusals(401, 403, 429)
_LIST: Final = refusals(400, 401, 403, 429)
_ONE: Final = refusals(400, 401, 403, 404, 429)
_WRITE: Final = refusals(400, 401, 403, 404, 409, 429)

_Who = Annotated[Principal, Depends(current_principal)]
_Limit = Annotated[int, Query(ge=1, le=MOST_ROWS)]


class RecordingApi:
    """The endpoints of recorders; include `endpoints.router`."""

    def __init__(self, service: RecordingService, clients: ClientAddresses) -> None:
        self._service = service
        self._clients = clients
        self.endpoints: Final = Endpoints("/api/recordings", tag="recordings")
        self._declare()

    def _declare(self) -> None:
        add = self.endpoints
        look, run = viewers("recordings:read"), operators("recordings:write")
        add.get("/overview", access=look, responses=_READ)(self.overview)
        add.get("/restarts", access=look, responses=_LIST)(self.restarts)
        add.get("/{camera_id}/restarts", access=look, responses=_ONE)(self.camera_restarts)
        add.get("/{camera_id}/status", access=look, responses=_ONE)(self.status)
        add.get("/{camera_id}/commands", access=look, responses=_ONE)(self.commands)
        add.get("/{camera_id}/rules", access=look, responses=_ONE)(self.rules)
        add.post("/{camera_id}/start", access=run, responses=_WRITE)(self.start)
        add.post("/{camera_id}/stop", access=run, responses=_WRITE)(self.stop)
        add.post("/{camera_id}/restart", access=run, status_code=202, responses=_WRITE)(
            self.restart
        )
        add.put("/{camera_id}/settings", access=run, responses=_WRITE)(self.settings)
        add.put("/{camera_id}/rules", access=run, responses=_WRITE)(self.change_rules)
        add.patch("/{camera_id}/rules", access=run, responses=_WRITE)(self.change_rules)

    async def overview(self) -> Answer[OverviewOutput]:
        """Show every recorder with what is kept of its camera."""
        return Answer(data=overview_output(await self._service.overview()))

    async def restarts(self, limit: _Limit = DEFAULT_ROWS) -> Answer[list[RestartOutput]]:
        """List when recorders had to begin anew, the newest first."""
        names = await self._service.names()
        found = await self._service.restarts(limit=limit)
        return Answer(data=[restart_output(each, names) for each in found])

    async def camera_restarts(
        self, camera_id: RowNumber, limit: _Limit = DEFAULT_ROWS
    ) -> Answer[list[RestartOutput]]:
        """List when the recorder of a camera had to begin anew, the newest first."""
        found = await self._service.restarts(camera_id, limit=limit)
        names = await self._service.names()
        return Answer(data=[restart_output(each, names) for each in found])

    async def status(self, camera_id: RowNumber) -> Answer[RecorderOutput]:
        """Show the recorder of a camera: what is desired, what it does, what it has done."""
        return Answer(data=status_output(await self._service.one(camera_id)))

    async def commands(
        self, camera_id: RowNumber, limit: _Limit = DEFAULT_ROWS
    ) -> Answer[list[CommandOutput]]:
        """List what the recorder of a camera was asked for, and what came of it."""
        found = await self._service.commands(camera_id, limit=limit)
        return Answer(data=[command_output(each) for each in found])

    async def rules(self, camera_id: RowNumber) -> Answer[RulesOutput]:
        """Show who may replay a camera, when it is recorded, and how much of it is kept."""
        return Answer(data=rules_output(await self._service.rules(camera_id)))

    async def start(
        self,
        camera_id: RowNumber,
        who: _Who,
        request: Request,
        body: StartRecordingInput | None = None,
    ) -> Saved[RecorderOutput]:
        """Have a camera recorded from now on; `status` tells what comes of it."""
        hours = None if body is None else body.duration_hours
        one = await self._service.start(camera_id, duration_hours=hours, by=self._by(who, request))
        return Saved(message="The camera will be recorded.", data=status_output(one))

    async def stop(
        self, camera_id: RowNumber, who: _Who, request: Request
    ) -> Saved[RecorderOutput]:
        """Have a camera not recorded any more; its footage stays as long as it is kept."""
        one = await self._service.stop(camera_id, by=self._by(who, request))
        return Saved(message="The camera will not be recorded.", data=status_output(one))

    async def restart(
        self, camera_id: RowNumber, who: _Who, request: Request
    ) -> Saved[CommandOutput]:
        """Have a recorder close its file and begin another; `commands` tells what came of it."""
        command = await self._service.restart(camera_id, by=self._by(who, request))
        return Saved(message="The recorder will begin anew.", data=command_output(command))

    async def settings(
        self, camera_id: RowNumber, body: RecordSettingsInput, who: _Who, request: Request
    ) -> Saved[RecorderOutput]:
        """Change whether a camera is recorded, and for how long its footage is kept."""
        one = await self._service.change_settings(
            camera_id,
            enable_recording=body.enable_recording,
            keep_hours=body.recording_duration_hours,
            by=self._by(who, request),
        )
        return Saved(message="The settings were saved.", data=status_output(one))

    async def change_rules(
        self, camera_id: RowNumber, body: RulesInput, who: _Who, request: Request
    ) -> Saved[RulesOutput]:
        """Change what the body names of the rules of a camera; everything else stays."""
        rules = await self._service.change_rules(
            camera_id, body.changes(), by=self._by(who, request)
        )
        return Saved(message="The rules were saved.", data=rules_output(rules))

    def _by(self, who: Principal, request: Request) -> Asker:
        return asker(who, client_of(request.scope, self._clients))
