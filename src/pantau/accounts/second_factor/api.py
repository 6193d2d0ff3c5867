"""`/api/auth/second-factor/…`: one's own second factor."""

from typing import Annotated, Final

from fastapi import Depends, Request, Response

from pantau.accounts.client import Client, client_of
from pantau.accounts.second_factor.schemas import (
    CodeInput,
    EnrolmentOutput,
    PasswordInput,
    RecoveryOutput,
    StandingOutput,
)
from pantau.accounts.second_factor.service import SecondFactors
from pantau.core.errors import NotFound
from pantau.web.access import signed_in
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, Saved, refusals
from pantau.web.principal import Principal

_WRITE: Final = refusals(400, 401, 403, 409, 429)
_Who = Annotated[Principal, Depends(current_principal)]


class SecondFactorApi:
    """The endpoints of one's own second factor; include `endpoints.router`."""

    def __init__(self, second_factors: SecondFactors, clients: ClientAddresses) -> None:
        self._second_factors = second_factors
        self._clients = clients
        self.endpoints: Final = Endpoints("/api/auth/second-factor", tag="auth")
        add, mine = self.endpoints, signed_in()
        add.get("", access=mine, responses=refusals(401, 403, 429))(self.standing)
        add.post("/enrol", access=mine, responses=_WRITE)(self.enrol)
        add.post("/confirm", access=mine, responses=_WRITE)(self.confirm)
        add.post("/disable", access=mine, responses=_WRITE)(self.disable)
        add.post("/recovery-codes", access=mine, responses=_WRITE)(self.renew_codes)

    async def standing(self, who: _Who) -> Answer[StandingOutput]:
        """Tell whether one has a second factor."""
        if who.user_id is None:
            raise NotFound("user.unknown", "There is no such user.")
        standing = await self._second_factors.standing(who.user_id)
        return Answer(
            data=StandingOutput(
                enabled=standing.is_enabled, recovery_codes_left=standing.recovery_codes_left
            )
        )

    async def enrol(
        self, body: PasswordInput, who: _Who, request: Request, response: Response
    ) -> Answer[EnrolmentOutput]:
        """Get a secret for an authenticator app; it counts once it is confirmed."""
        client = self._client(request)
        enrolment = await self._second_factors.enrol(who, body.password, client)
        _keep_private(response)
        return Answer(
            data=EnrolmentOutput(
                secret=enrolment.secret, uri=enrolment.uri, qr_svg=enrolment.qr_svg
            )
        )

    async def confirm(
        self, body: CodeInput, who: _Who, request: Request, response: Response
    ) -> Saved[RecoveryOutput]:
        """Show that the app works; from here on its code is asked for."""
        recovery = await self._second_factors.confirm(who, body.code, self._client(request))
        _keep_private(response)
        return Saved(
            message="The second factor is enabled. Keep the recovery codes on paper.",
            data=RecoveryOutput(recovery_codes=list(recovery)),
        )

    async def disable(self, body: PasswordInput, who: _Who, request: Request) -> Done:
        """Sign in with the password alone again."""
        await self._second_factors.disable(who, body.password, self._client(request))
        return Done(message="The second factor is disabled.")

    async def renew_codes(
        self, body: PasswordInput, who: _Who, request: Request, response: Response
    ) -> Saved[RecoveryOutput]:
        """Get ten fresh recovery codes; earlier ones are void."""
        client = self._client(request)
        recovery = await self._second_factors.renew_codes(who, body.password, client)
        _keep_private(response)
        return Saved(
            message="Earlier recovery codes are void.",
            data=RecoveryOutput(recovery_codes=list(recovery)),
        )

    def _client(self, request: Request) -> Client:
        return client_of(request.scope, self._clients)


def _keep_private(response: Response) -> None:
    response.headers["cache-control"] = "no-store"
