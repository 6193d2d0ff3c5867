"""`/api/recordings/tokens`: playback tokens, for admins and for operators within their areas."""

from typing import Annotated, Final

from fastapi import Depends, Request

from pantau.accounts.client import client_of
from pantau.accounts.users.asker import Asker, asker
from pantau.core.clock import Clock
from pantau.recordings.rights.links import link_path
from pantau.recordings.rights.schemas import (
    DeviceOutput,
    TokenChange,
    TokenInput,
    TokenMade,
    TokenOutput,
    device_output,
    token_made,
    token_output,
)
from pantau.recordings.rights.tokens import PlaybackTokens
from pantau.web.access import operators
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, RowNumber, Saved, refusals
from pantau.web.principal import Principal

_READ: Final = refusals(401, 403, 429)
_ONE: Final = refusals(400, 401, 403, 404, 429)
_ADD: Final = refusals(400, 401, 403, 409, 429)
_WRITE: Final = refusals(400, 401, 403, 404, 409, 429)
_Who = Annotated[Principal, Depends(current_principal)]


class TokenApi:
    """The endpoints of playback tokens; include `endpoints.router`."""

    def __init__(self, tokens: PlaybackTokens, clients: ClientAddresses, *, clock: Clock) -> None:
        self._tokens = tokens
        self._clients = clients
        self._clock = clock
        self.endpoints = Endpoints("/api/recordings/tokens", tag="playback tokens")
        add = self.endpoints
        look, write = operators("recordings:read"), operators("recordings:write")
        add.get("", access=look, responses=_READ)(self.listed)
        add.post("", access=write, status_code=201, responses=_ADD)(self.create)
        add.get("/{token_id}", access=look, responses=_ONE)(self.one)
        add.put("/{token_id}", access=write, responses=_WRITE)(self.change)
        add.post("/{token_id}/revoke", access=write, responses=_ONE)(self.revoke)
        add.get("/{token_id}/devices", access=look, responses=_ONE)(self.devices)
        add.delete("/{token_id}/devices/{device_id}", access=write, responses=_ONE)(self.end_device)

    async def listed(self, who: _Who) -> Answer[list[TokenOutput]]:
        """List the tokens, also those that are over, the newest first."""
        now = self._clock.now()
        return Answer(data=[token_output(each, now) for each in await self._tokens.all(who)])

    async def create(self, body: TokenInput, who: _Who, request: Request) -> Saved[TokenMade]:
        """Make a token; `token` is shown this once."""
        now = self._clock.now()
        token, text = await self._tokens.create(
            body.as_draft(now), code=body.code, by=self._by(who, request)
        )
        return Saved(
            message="The token was created. Copy it: it is not shown again.",
            data=token_made(token, text, link_path(text), now),
        )

    async def one(self, token_id: RowNumber, who: _Who) -> Answer[TokenOutput]:
        """Show a token."""
        return Answer(data=token_output(await self._tokens.one(token_id, who), self._clock.now()))

    async def change(
        self, token_id: RowNumber, body: TokenChange, who: _Who, request: Request
    ) -> Saved[TokenOutput]:
        """Change everything about a token but its text; it holds at once."""
        now = self._clock.now()
        await self._tokens.change(token_id, body.as_draft(now), by=self._by(who, request))
        listed = await self._tokens.one(token_id, who)
        return Saved(message="The token was saved.", data=token_output(listed, now))

    async def revoke(self, token_id: RowNumber, who: _Who, request: Request) -> Done:
        """End a token and every device that activated it, for good."""
        await self._tokens.revoke(token_id, by=self._by(who, request))
        return Done(message="The token was revoked.")

    async def devices(self, token_id: RowNumber, who: _Who) -> Answer[list[DeviceOutput]]:
        """List the devices of a token: those in use, and those that ended within 30 days."""
        devices = await self._tokens.devices(token_id, who)
        return Answer(data=[device_output(each) for each in devices])

    async def end_device(
        self, token_id: RowNumber, device_id: RowNumber, who: _Who, request: Request
    ) -> Done:
        """End one device; its place is free again."""
        await self._tokens.end_device(token_id, device_id, by=self._by(who, request))
        return Done(message="The device was signed off.")

    def _by(self, who: Principal, request: Request) -> Asker:
        return asker(who, client_of(request.scope, self._clients))
