"""Who pays for the hub: the parts of sponsors and of the donation page."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter

from pantau.admin.pages import MakePages
from pantau.admin.sponsor import SponsorPage
from pantau.admin.sponsors import SponsorPages
from pantau.app.foundation import Foundation
from pantau.app.site import site_editing
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.sponsors.api import SponsorApi
from pantau.sponsors.board import SponsorBoard
from pantau.sponsors.donation_api import DonationApi
from pantau.sponsors.donation_public import donation_routes
from pantau.sponsors.donations import Donations
from pantau.sponsors.public import PublicSponsors
from pantau.sponsors.service import Sponsors
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import Route
from pantau.web.response_cache import ResponseCache


@dataclass(frozen=True, slots=True, kw_only=True)
class Sponsoring:
    """The parts of one web process; endpoints and pages use the same."""

    base: Foundation
    catalogue: Catalogue
    sponsors: Sponsors
    donations: Donations
    board: SponsorBoard

    def routers(self, clients: ClientAddresses) -> tuple[APIRouter, ...]:
        """Return the endpoints."""
        return (
            SponsorApi(self.sponsors, clients).endpoints.router,
            DonationApi(self.donations, clients).endpoints.router,
        )

    def pages(self) -> tuple[MakePages, ...]:
        """Return the pages of admins, for `Services.further`."""
        return (
            lambda frame: SponsorPages(frame, self.sponsors, self.donations),
            lambda frame: SponsorPage(frame, self.sponsors, self.catalogue),
        )

    def routes(self, cache: ResponseCache) -> Mapping[str, Route]:
        """Return the routes of the fast lane for whole addresses."""
        public = PublicSponsors(self.board, self.catalogue).routes()
        return {**cache.counted(public), **donation_routes(self.base.site, cache)}


def sponsoring_of(base: Foundation, catalogue: Catalogue) -> Sponsoring:
    """Return the parts, knowing nothing yet; starts nothing."""
    return Sponsoring(
        base=base,
        catalogue=catalogue,
        sponsors=Sponsors(base.database, trail=base.trail, clock=base.clock, zone=base.site.zone),
        donations=Donations(site_editing(base)),
        board=SponsorBoard(base.database, clock=base.clock, zone=base.site.zone),
    )


async def open_sponsoring(
    base: Foundation, catalogue: Catalogue, supervisor: Supervisor
) -> Sponsoring:
    """Return the parts, known already and kept up to date by a service (web process)."""
    sponsoring = sponsoring_of(base, catalogue)
    await sponsoring.board.refresh()
    supervisor.add(Service("sponsors.board", sponsoring.board.follow))
    return sponsoring
