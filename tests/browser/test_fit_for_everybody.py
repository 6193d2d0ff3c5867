"""Every public page fits small screens and large fonts, and can be read by everybody."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.public_pages import LOOKS, PublicPage, open_menus, settle
from tests.browser.sights import OVERFLOW, SMALL_TARGETS, open_page, read_by_everybody
from tests.browser.town import Town

EVERY_PAGE = pytest.mark.parametrize("public", LOOKS)
WIDTHS = (320, 360, 768, 1440)


def fits(page: Page) -> None:
    """Fail where something is wider than a screen, cut off, or too small for a finger."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        for zoom in (100, 150):
            page.evaluate(f"document.documentElement.style.fontSize = '{zoom}%'")
            assert page.evaluate(OVERFLOW) == {"document": 0, "bad": []}, (width, zoom)
            if zoom == 100 and width < 1000:
                assert page.evaluate(SMALL_TARGETS) == [], width
    page.evaluate("document.documentElement.style.fontSize = ''")


@EVERY_PAGE
def test_a_phone_in_indonesian(browser: Browser, town: Town, public: PublicPage) -> None:
    with open_page(browser, width=360, height=740, locale="id-ID") as page:
        page.goto(town.address + public.address)
        settle(page, public)
        open_menus(page)
        assert page.get_attribute("html", "lang") == "id"
        fits(page)
        page.set_viewport_size({"width": 360, "height": 740})
        read_by_everybody(page, public.address)


@EVERY_PAGE
def test_nothing_is_missing_without_a_script(
    browser: Browser, town: Town, public: PublicPage
) -> None:
    with open_page(browser, width=360, height=740, has_script=False) as page:
        page.goto(town.address + public.address)
        assert page.locator("main h1").first.is_visible()
        assert page.locator(public.without_script).first.is_visible()
        # What only a script makes work is not shown to those who have none.
        assert page.locator("[data-js]:visible").count() == 0
        if not public.is_framed:
            assert page.locator("nav a[href='/']").first.is_visible()


def test_the_guards_see_what_is_too_wide_and_what_is_too_small(
    browser: Browser, town: Town
) -> None:
    with open_page(browser, width=360, height=740) as page:
        page.goto(town.address)
        assert page.evaluate(OVERFLOW) == {"document": 0, "bad": []}
        page.evaluate("document.querySelector('.cam').style.minWidth = '400px'")
        assert page.evaluate(OVERFLOW)["bad"] != []
        page.evaluate("document.querySelector('.tabs a').style.cssText = 'height: 20px'")
        with pytest.raises(AssertionError):
            fits(page)
