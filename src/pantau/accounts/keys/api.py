"""`/api/admin/api-keys`: keys for programs, for admins."""

from typing import Annotated, Final

from fastapi import Depends, Request

from pantau.accounts.client import client_of
from pantau.accounts.keys.schemas import KeyInput, KeyMade, KeyOutput, key_made, key_output
from pantau.accounts.keys.service import ApiKeys
from pantau.accounts.trail import actor_at
from pantau.audit.actors import Actor
from pantau.core.clock import Clock
from pantau.web.access import admins
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, RowNumber, Saved, refusals
from pantau.web.principal import Principal

_WRITE: Final = refusals(400, 401, 403, 404, 429)

_Who = Annotated[Principal, Depends(current_principal)]


class KeyApi:
    """The endpoints of API keys; include `endpoints.router`."""

    def __init__(self, keys: ApiKeys, clients: ClientAddresses, *, clock: Clock) -> None:
        self._keys = keys
        self._clients = clients
        self._clock = clock
        self.endpoints = Endpoints("/api/admin/api-keys", tag="api keys")
        add = self.endpoints
        add.get("", access=admins(), responses=refusals(401, 403, 429))(self.listed)
        add.post("", access=admins(), status_code=201, responses=refusals(400, 401, 403, 429))(
            self.create
        )
        add.delete("/{key_id}", access=admins(), responses=_WRITE)(self.revoke)

    async def listed(self) -> Answer[list[KeyOutput]]:
        """List the keys that are not revoked, the newest first."""
        now = self._clock.now()
        return Answer(data=[key_output(key, now) for key in await self._keys.all()])

    async def create(self, body: KeyInput, who: _Who, request: Request) -> Saved[KeyMade]:
        """Make a key; `apiKey` is shown this once."""
        key, secret = await self._keys.create(
            body.as_new(self._clock.now()), by=self._by(who, request)
        )
        return Saved(
            message="The API key was created. Copy it: it is not shown again.",
            data=key_made(key, secret),
        )

    async def revoke(self, key_id: RowNumber, who: _Who, request: Request) -> Done:
        """Revoke a key for good."""
        await self._keys.revoke(key_id, by=self._by(who, request))
        return Done(message="The API key was revoked.")

    def _by(self, who: Principal, request: Request) -> Actor:
        return actor_at(client_of(request.scope, self._clients), who)
