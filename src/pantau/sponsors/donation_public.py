"""`/api/saweria/config`: where visitors may give money, as existing clients ask for it."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import ConfigDict

from pantau.core.shapes import Shape
from pantau.site.service import SiteService
from pantau.site.values import Donation
from pantau.web.exchange import Route
from pantau.web.hot_paths import HotPath
from pantau.web.response_cache import ResponseCache, Ttl

CONFIG: Final = "/api/saweria/config"


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
