"""Who pays for the hub: the parts of sponsors and of the donation page."""

from collections.abc import Mapping
from dataclasses import dataclass

from pantau.app.foundation import Foundation
from pantau.app.site import site_editing
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.sponsors.board import SponsorBoard
from pantau.sponsors.donation_public import donation_routes
from pantau.sponsors.donations import Donations
from pantau.sponsors.public import PublicSponsors
from pantau.sponsors.service import Sponsors
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
