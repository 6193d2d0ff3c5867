"""Endpoints and pages of what the operator says of the hub, and of who pays for it."""

from collections.abc import Collection, Mapping

from fastapi import APIRouter

from pantau.admin.pages import MakePages
from pantau.admin.settings import SettingsPages
from pantau.admin.sponsor import SponsorPage
from pantau.admin.sponsors import SponsorPages
from pantau.app.accounts import Accounts
from pantau.app.foundation import Foundation
from pantau.app.site import site_editing
from pantau.app.sponsors import Sponsoring
from pantau.site.branding_api import BrandingApi
from pantau.site.settings_api import SettingsApi
from pantau.sponsors.api import SponsorApi
from pantau.sponsors.donation_api import DonationApi
from pantau.web.client_address import ClientAddresses


def site_routers(
    base: Foundation, accounts: Accounts, clients: ClientAddresses
) -> tuple[APIRouter, ...]:
    """Return the endpoints of settings and branding."""
    editing = site_editing(base)

    async def names_of(numbers: Collection[int]) -> Mapping[int, str]:
        return {user.id: user.username for user in await accounts.users.all() if user.id in numbers}

    settings = SettingsApi(editing, clients, clock=base.clock)
    branding = BrandingApi(editing, clients, names_of=names_of)
    return settings.settings.router, settings.admin.router, branding.endpoints.router


def settings_pages(base: Foundation) -> MakePages:
    """Return the pages, for `Services.further`."""
    editing = site_editing(base)
    return lambda frame: SettingsPages(frame, editing)


def sponsor_routers(sponsoring: Sponsoring, clients: ClientAddresses) -> tuple[APIRouter, ...]:
    """Return the endpoints of sponsors and of the donation page."""
    return (
        SponsorApi(sponsoring.sponsors, clients).endpoints.router,
        DonationApi(sponsoring.donations, clients).endpoints.router,
    )


def sponsor_pages(sponsoring: Sponsoring) -> tuple[MakePages, ...]:
    """Return the pages of admins, for `Services.further`."""
    return (
        lambda frame: SponsorPages(frame, sponsoring.sponsors, sponsoring.donations),
        lambda frame: SponsorPage(frame, sponsoring.sponsors, sponsoring.catalogue),
    )
