"""`/api/saweria/settings`: the donation page for admins, as existing clients call it."""

from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Request
from pydantic import ConfigDict

from pantau.accounts.client import client_of
from pantau.accounts.users.asker import asker
from pantau.core.shapes import Shape
from pantau.site.values import Donation
from pantau.sponsors.donations import Donations
from pantau.sponsors.inputs import Flag, Link
from pantau.web.access import admins
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Saved, refusals
from pantau.web.principal import Principal

_Who = Annotated[Principal, Depends(current_principal)]


class _Wire(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DonationOutput(_Wire):
    """What is set, for admins."""

    saweria_link: str
    leaderboard_link: str
    enabled: Literal[0, 1]


class DonationUpdate(_Wire):
    """Body of `PUT /api/saweria/settings`: what is left out stays, what is empty is none."""

    saweria_link: Link = ""
    """https only."""
    leaderboard_link: Link = ""
    enabled: Flag = False

    def given(self) -> dict[str, Any]:
        """Return what was sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class DonationApi:
    """The endpoints; include `endpoints.router`."""

    def __init__(self, donations: Donations, clients: ClientAddresses) -> None:
        self._donations = donations
        self._clients = clients
        self.endpoints: Final = Endpoints("/api/saweria", tag="sponsors")
        add = self.endpoints
        look, write = admins("site:read"), admins("site:write")
        add.get("/settings", access=look, responses=refusals(401, 403, 429))(self.show)
        add.put("/settings", access=write, responses=refusals(400, 401, 403, 429))(self.change)

    async def show(self) -> Answer[DonationOutput]:
        """Show what is set."""
        return Answer(data=_output(await self._donations.now()))

    async def change(
        self, body: DonationUpdate, who: _Who, request: Request
    ) -> Saved[DonationOutput]:
        """Set where visitors may give money."""
        by = asker(who, client_of(request.scope, self._clients)).actor
        after = await self._donations.change(body.given(), by=by)
        return Saved(message="The donation page was saved.", data=_output(after))


def _output(donation: Donation) -> DonationOutput:
    return DonationOutput(
        saweria_link=donation.link,
        leaderboard_link=donation.leaderboard_link,
        enabled=1 if donation.enabled else 0,
    )
