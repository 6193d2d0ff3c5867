"""`/api/saweria`: the donation page, as existing clients call it."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Request
from pydantic import ConfigDict

from pantau.accounts.client import client_of
from pantau.accounts.users.asker import asker
from pantau.core.shapes import Shape
from pantau.site.service import SiteService
from pantau.site.values import Donation
from pantau.sponsors.donations import Donations
from pantau.sponsors.inputs import Flag, Link
from pantau.web.access import admins
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Saved, refusals
from pantau.web.exchange import Route
from pantau.web.hot_paths import HotPath
from pantau.web.principal import Principal
from pantau.web.response_cache import ResponseCache, Ttl

CONFIG: Final = "/api/saweria/config"
_Who = Annotated[Principal, Depends(current_principal)]


class _Wire(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PublicDonation(_Wire):
    """Where visitors may give money; links are null while that is off."""

    enabled: bool
    saweria_link: str | None
    leaderboard_link: str | None


class DonationAnswer(_Wire):
    """Answer of `GET /api/saweria/config`."""

    success: Literal[True] = True
    data: PublicDonation


DOCUMENTED: Final = (HotPath(CONFIG, "Where visitors may give money", "sponsors", DonationAnswer),)


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


def donation_routes(site: SiteService, cache: ResponseCache) -> Mapping[str, Route]:
    """Return the route that pages ask first, for the fast lane."""

    async def build(_: Mapping[str, str]) -> bytes:
        donation = (await site.values()).donation
        return DonationAnswer(data=public_donation(donation)).model_dump_json().encode()

    return {CONFIG: cache.endpoint(CONFIG, ttl=Ttl.VERY_LONG, tags=("site",), build=build)}


def public_donation(donation: Donation) -> PublicDonation:
    """Return what anybody may know."""
    is_open = donation.enabled and bool(donation.link)
    return PublicDonation(
        enabled=is_open,
        saweria_link=donation.link if is_open else None,
        leaderboard_link=(donation.leaderboard_link or None) if is_open else None,
    )


def _output(donation: Donation) -> DonationOutput:
    return DonationOutput(
        saweria_link=donation.link,
        leaderboard_link=donation.leaderboard_link,
        enabled=1 if donation.enabled else 0,
    )
