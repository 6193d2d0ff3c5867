"""`/api/admin/mediamtx` and `/api/admin/debug`: the media server, for admins.

Answers hold neither addresses of cameras nor passwords: they are made of what the media server
reports of running paths, never of its configuration.
"""

from typing import Annotated, Final

from fastapi import Depends, Request

from pantau.audit.actors import actor_of
from pantau.cameras.service import Catalogue
from pantau.streaming.media_asking import MediaServerDesk
from pantau.streaming.media_readers import ReaderServer, everybody
from pantau.streaming.media_schemas import (
    PathsOutput,
    ReadersOutput,
    SyncInput,
    SyncOutput,
    paths_output,
    readers_output,
    sync_output,
)
from pantau.web.access import admins
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Saved, refusals
from pantau.web.principal import Principal

_LOOK: Final = refusals(401, 403, 429, 503)
_SYNC: Final = refusals(400, 401, 403, 429, 503)
_Who = Annotated[Principal, Depends(current_principal)]


class MediaServerApi:
    """The endpoints of the media server; include `endpoints.router`."""

    def __init__(
        self,
        desk: MediaServerDesk,
        *,
        server: ReaderServer,
        catalogue: Catalogue,
        clients: ClientAddresses,
    ) -> None:
        self._desk = desk
        self._server = server
        self._catalogue = catalogue
        self._clients = clients
        self.endpoints = Endpoints("/api/admin", tag="media server")
        add, who = self.endpoints, admins()
        add.post("/mediamtx/sync", access=who, responses=_SYNC)(self.sync)
        add.get("/debug/mediamtx-paths", access=who, responses=_LOOK)(self.paths)
        add.get("/debug/mediamtx-readers", access=who, responses=_LOOK)(self.readers)

    async def sync(
        self, who: _Who, request: Request, body: SyncInput | None = None
    ) -> Saved[SyncOutput]:
        """Have the worker compare the media server with the cameras and correct it, at once.

        503 when the worker or the media server does not answer: then nothing is known.
        """
        actor = actor_of(
            who,
            self._clients.of(request.scope),
            request.headers.get("user-agent", ""),
            endpoint=f"{request.method} {request.url.path}",
        )
        is_forced = body is not None and body.forceUpdate
        outcome = await self._desk.compare(is_forced=is_forced, by=actor)
        touched = outcome.added + outcome.changed + outcome.deleted
        message = f"{touched} of {outcome.desired} paths were corrected."
        if outcome.troubles:
            message += f" {len(outcome.troubles)} could not be: see `failed`."
        return Saved(message=message, data=sync_output(outcome))

    async def paths(self) -> Answer[PathsOutput]:
        """Compare every camera with the paths that the media server has at this moment."""
        paths = await self._server.paths()
        kept = await self._desk.report()
        return Answer(data=paths_output(self._catalogue.all(), paths, kept))

    async def readers(self) -> Answer[ReadersOutput]:
        """List who reads from the media server: everybody, and those who are not this hub."""
        readers = await everybody(self._server)
        return Answer(data=readers_output(readers, self._catalogue.all()))
