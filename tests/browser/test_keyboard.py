"""Every public page is reached whole by a keyboard, and can be read by everybody at a desk."""

import pytest
from playwright.sync_api import Browser

from tests.browser.keyboard import all_reached, walk
from tests.browser.public_pages import KINDS, PublicPage, settle
from tests.browser.sights import open_page, read_by_everybody
from tests.browser.town import Town


@pytest.mark.parametrize("public", KINDS)
def test_a_desk_in_english(browser: Browser, town: Town, public: PublicPage) -> None:
    with open_page(browser, width=1366, height=800, locale="en-GB") as page:
        page.goto(town.address + public.address)
        settle(page, public)
        assert page.get_attribute("html", "lang") == "en"
        all_reached(page, public.address, least=1 if public.is_framed else 8)
        # Half covered by the bar that stays, a link is no target for axe.
        page.evaluate("scrollTo(0, 0)")
        read_by_everybody(page, public.address)


def test_the_guards_see_what_a_keyboard_cannot_reach_or_find(browser: Browser, town: Town) -> None:
    with open_page(browser, width=1366, height=800) as page:
        page.goto(town.address + "/masukan")
        page.wait_for_selector("main h1")
        assert walk(page).missed == set()
        # A sheet that hides where the keyboard is, and a trap.
        page.evaluate(
            "const sheet = new CSSStyleSheet();"
            "sheet.replaceSync('* { outline: none !important; box-shadow: none !important }');"
            "document.adoptedStyleSheets = [sheet]"
        )
        assert walk(page).unseen != ()
        page.evaluate(
            "document.querySelector('main').addEventListener('focusin',"
            " () => document.querySelector('.mark').focus())"
        )
        assert walk(page).missed != set()
