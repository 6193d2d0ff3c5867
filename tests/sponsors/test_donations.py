"""Where visitors may give money: the operator's own page, over https, or nowhere."""

from typing import Any

import pytest

from pantau.db.database import Database
from pantau.site.editing import SiteEditing
from pantau.site.service import SiteService
from pantau.site.showing import shown
from pantau.site.values import defaults_for
from pantau.sponsors.donation_api import DonationApi
from pantau.sponsors.donation_public import public_donation
from pantau.sponsors.donations import Donations
from pantau.web.client_address import ClientAddresses
from tests.accounts.asking import Asking
from tests.audit.trails import rows, trail_on
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio

SETTINGS = "/api/saweria/settings"
NOWHERE = {"enabled": False, "saweria_link": None, "leaderboard_link": None}


def parts_on(database: Database) -> tuple[SiteService, Asking]:
    clock = HandWoundClock()
    site = SiteService(database, clock=clock, defaults=defaults_for("Kota", ""))
    editing = SiteEditing(database, site, trail=trail_on(database, clock))
    return site, Asking([DonationApi(Donations(editing), ClientAddresses()).endpoints])


def public(site: SiteService) -> dict[str, Any]:
    return public_donation(site.now().donation).model_dump()


async def test_every_field_comes_back_and_can_be_changed_alone(database: Database) -> None:
    site, asking = parts_on(database)
    # Nobody's page is shown before the operator names one.
    assert public(site) == NOWHERE
    now = {"saweria_link": "", "leaderboard_link": "", "enabled": 0}
    assert (await asking.get(SETTINGS)).data == now
    for name, sent, kept in (
        ("saweria_link", " https://saweria.co/kota ", "https://saweria.co/kota"),
        ("enabled", True, 1),
        ("leaderboard_link", "https://saweria.co/papan", "https://saweria.co/papan"),
    ):
        now = {**now, name: kept}
        assert (await asking.put(SETTINGS, {name: sent})).data == now
    assert public(site) == {
        "enabled": True,
        "saweria_link": "https://saweria.co/kota",
        "leaderboard_link": "https://saweria.co/papan",
    }
    seen = shown(site.now(), site)
    assert (seen.donation, seen.leaderboard) == (now["saweria_link"], now["leaderboard_link"])
    await asking.put(SETTINGS, {"enabled": 0})
    assert public(site) == NOWHERE
    assert (shown(site.now(), site).donation, shown(site.now(), site).leaderboard) == ("", "")
    names = [each["name"] for each in await rows(database)]
    assert names == ["saweria_settings_updated"] * 4


async def test_what_cannot_be_is_refused_with_its_field(sqlite_database: Database) -> None:
    site, asking = parts_on(sqlite_database)
    for body, field in (
        ({}, "body"),
        ({"enabled": True}, "saweria_link"),
        ({"saweria_link": "javascript:alert(1)"}, "saweria_link"),
        ({"saweria_link": "http://saweria.co/kota"}, "saweria_link"),
        ({"saweria_link": "https://"}, "saweria_link"),
        ({"saweria_link": "https://saweria.co/" + "x" * 500}, "saweria_link"),
        ({"leaderboard_link": "//saweria.co"}, "leaderboard_link"),
        ({"enabled": "true"}, "enabled"),
        ({"id": 1}, "id"),
    ):
        refused = await asking.put(SETTINGS, body)
        assert (refused.status, refused.fields) == (400, [field]), (body, refused.body)
    await site.values()
    assert public(site) == NOWHERE
