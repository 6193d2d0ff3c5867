"""`/api/playback/{activate,leave,me}`: what whoever asks may replay, and how it becomes more."""

from collections.abc import Mapping
from typing import Final, Literal

from fastapi import Request, Response

from pantau.accounts.client import client_of
from pantau.cameras.service import Catalogue
from pantau.recordings.models import Reach
from pantau.recordings.rights.activation import Activations
from pantau.recordings.rights.credentials import COOKIE
from pantau.recordings.rights.links import activated_cookie, gone_cookie
from pantau.recordings.rights.schemas import (
    Access,
    Me,
    ReplayableCamera,
    TokenText,
    access_of,
)
from pantau.recordings.rights.service import Replayer, ReplayRights
from pantau.web.access import public
from pantau.web.client_address import ClientAddresses
from pantau.web.cookies import cookie_of
from pantau.web.endpoints import Endpoints
from pantau.web.envelope import Answer, Done, Saved, refusals

_NEVER_KEPT: Final = "private, no-store"


class ReplayApi:
    """For everybody; include `endpoints.router`."""

    def __init__(
        self,
        rights: ReplayRights,
        activations: Activations,
        catalogue: Catalogue,
        clients: ClientAddresses,
    ) -> None:
        self._rights = rights
        self._activations = activations
        self._catalogue = catalogue
        self._clients = clients
        self.endpoints = Endpoints("/api/playback", tag="playback")
        add = self.endpoints
        add.post("/activate", access=public(), responses=refusals(400, 403, 404, 409, 429))(
            self.activate
        )
        add.post("/leave", access=public(), responses=refusals(403, 429))(self.leave)
        add.get("/me", access=public(), responses=refusals(429))(self.me)

    async def activate(
        self, body: TokenText, request: Request, response: Response
    ) -> Saved[Access]:
        """Let this device in; the same device may do so again, which takes no further place."""
        activated = await self._activations.activate(
            body.token,
            client_of(request.scope, self._clients),
            held_cookie=cookie_of(request.scope, COOKIE),
        )
        response.headers["cache-control"] = _NEVER_KEPT
        response.headers.append(
            "set-cookie", activated_cookie(activated, request.scope, self._clients)
        )
        return Saved(message="This device may replay now.", data=access_of(activated.token))

    async def leave(self, request: Request, response: Response) -> Done:
        """Give the place of this device back."""
        await self._activations.leave(cookie_of(request.scope, COOKIE))
        response.headers["cache-control"] = _NEVER_KEPT
        response.headers.append("set-cookie", gone_cookie(request.scope, self._clients))
        return Done(message="This device replays what everybody may.")

    async def me(self, request: Request, response: Response) -> Answer[Me]:
        """Tell which cameras may be replayed, and how far back; never how much there is."""
        response.headers["cache-control"] = _NEVER_KEPT
        response.headers.append("vary", "Cookie, Authorization, X-API-Key, X-Playback-Token")
        who = await self._rights.who(request.scope)
        reaches = self._rights.reaches_of(who)
        return Answer(
            data=Me(
                access=_access(who, reaches),
                token=None if who.token is None else access_of(who.token),
                cameras=[
                    camera
                    for number in reaches
                    if (camera := self._camera(number, who)) is not None
                ],
            )
        )

    def _camera(self, number: int, who: Replayer) -> ReplayableCamera | None:
        camera = self._catalogue.by_id(number)
        if camera is None:
            return None
        return ReplayableCamera(
            id=number,
            slug=camera.slug,
            name=camera.name,
            area_id=camera.area_id,
            area_name=camera.area_name,
            window_minutes=self._rights.window_minutes_for(who, camera),
        )


def _access(who: Replayer, reaches: Mapping[int, Reach]) -> Literal["public", "token", "operator"]:
    if any(reach.is_operator for reach in reaches.values()):
        return "operator"
    return "public" if who.token is None else "token"
