"""The settings in a browser: they fit with the longest texts, and say what is unsaved."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route, expect

from pantau.audit.actors import CONSOLE
from pantau.site.editing import SiteEditing
from pantau.site.theme import PREFIX, serve_theme
from tests.admin.test_settings import pages_on, site_on
from tests.browser.admin_hub import HOSTILE, AdminHub, open_admin
from tests.browser.house import SOLID_NAME
from tests.browser.sights import open_page
from tests.browser.test_admin_look import fits, judge
from tests.support.requests import hot

pytestmark = pytest.mark.timeout(240)
PAGE = "/admin/settings"
LONGEST = {
    "branding.company_name": SOLID_NAME[:200], "branding.hero_title": HOSTILE,
    "branding.hero_subtitle": f"{HOSTILE}\n\n{SOLID_NAME}", "landing.area_coverage": SOLID_NAME,
    "map.credit": SOLID_NAME[:200],
}  # fmt: skip


@pytest.fixture(scope="module")
def hub(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminHub]:
    file = tmp_path_factory.mktemp("settings") / "pantau.db"
    shutil.copyfile(sqlite_template, file)
    with open_admin(file, pages_on) as hub:
        house = hub.house
        editing = SiteEditing(house.database, site_on(house), trail=house.trail)
        hub.run(editing.save(LONGEST, by=CONSOLE))
        yield hub


def paint(route: Route) -> None:
    """Answer with the style sheet of a colour, which the house of these tests does not serve."""
    request = hot(urlsplit(route.request.url).path)
    request.rest = request.path.removeprefix(PREFIX)
    reply = serve_theme(request)
    route.fulfill(status=200, content_type="text/css", body=reply.body)


@pytest.mark.parametrize(("width", "locale"), [(360, "id-ID"), (1366, "en-GB")])
def test_the_sections_fit_and_can_be_read(
    browser: Browser, hub: AdminHub, width: int, locale: str
) -> None:
    # One width is enough for what everybody can read; both are for what fits.
    look = judge if width < 1000 else fits
    with open_page(browser, width=width, height=740, locale=locale) as page:
        page.route(f"**{PREFIX}*", paint)
        hub.sign_in(page)
        for section in ("looks", "map", "map/reset"):
            page.goto(f"{hub.address}{PAGE}/{section}")
            look(page, section)
        page.goto(f"{hub.address}{PAGE}/texts")
        page.fill("[name='branding.whatsapp_number']", "none")
        page.click("[name=preview]")
        expect(page.locator(".hint__bad")).to_have_count(1)
        look(page, "mistaken")


def test_the_bar_says_what_is_unsaved_and_the_preview_takes_the_colour(
    browser: Browser, hub: AdminHub
) -> None:
    with open_page(browser, width=1366, height=740, locale="en-GB") as page:
        page.route(f"**{PREFIX}*", paint)
        hub.sign_in(page, then=f"{PAGE}/looks")
        said = page.locator(".save__say")
        expect(said).to_be_empty()
        page.fill("[name='branding.primary_color']", "#cc2299")
        expect(said).to_have_text("1 unsaved change")
        page.click("[name=preview]")
        expect(page.locator("html")).to_have_css("--brand-h", "344")
        page.goto(f"{hub.address}{PAGE}/looks")
        expect(page.locator("html")).to_have_css("--brand-h", "200")
