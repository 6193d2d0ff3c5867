"""Every public page, one line each: what is demanded of all of them is demanded of a new line too.

Who adds a page adds its line here; test_fit_for_everybody, test_budgets, test_contrast and
test_keyboard read it.  The town (town.py) is what the pages show.
"""

from dataclasses import dataclass
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sights import wait_for_state

KB: Final = 1024


@dataclass(frozen=True, slots=True)
class PublicPage:
    """One page, or one state of a page that looks different."""

    address: str
    settled: str = "main h1"
    """What is there as soon as the page is whole."""
    has_player: bool = False
    """Whether a player is on it, which ends in some state."""
    without_script: str = "main h1"
    """What is visible without a script, beside a heading."""
    script_kb: int = 10
    css_kb: int = 8
    requests: int = 15
    """What a first visit may cost, compressed, before Play."""
    intent: str = ""
    """What a script loads beyond the budget because the page is about it: a part of its address."""
    has_own_look: bool = True
    """Whether it has colours that no other line has."""
    is_state: bool = False
    """Whether another line is the same page: keys and readers meet the same things there."""
    is_framed: bool = False
    """Whether it stands inside other people's pages: no header, no menu, no way to our pages."""


PUBLIC_PAGES: Final = (
    PublicPage("/", without_script=".cam"),
    PublicPage("/?q=zzz", is_state=True),
    PublicPage("/?favourites=1", has_own_look=False),
    PublicPage("/?problems=1", without_script=".cam", has_own_look=False),
    PublicPage("/?sort=popular", without_script=".cam", has_own_look=False),
    PublicPage("/?size=dense", without_script=".cam", is_state=True),
    PublicPage("/?size=large", without_script=".cam", has_own_look=False),
    PublicPage("/kamera/1-camera-1", has_player=True, without_script="video"),
    PublicPage("/kamera/5-camera-5", has_player=True, is_state=True),
    PublicPage("/kamera/6-camera-6", has_player=True, has_own_look=False),
    PublicPage("/kamera/8-camera-8", has_player=True, is_state=True),
    # A still takes the place of what the browser cannot decode, and brings what follows a picture.
    PublicPage("/kamera/9-camera-9", has_player=True, script_kb=15, requests=17, is_state=True),
    PublicPage("/kamera/99-nirgends"),
    PublicPage("/peta", intent="leaflet"),
    # Whoever opens it has chosen what plays.
    PublicPage(
        "/multi?kamera=1.3.5.6",
        settled=".tile[data-camera='6'] pantau-player[data-state]",
        intent="js/player.",
    ),
    PublicPage("/multi"),
    PublicPage("/wilayah/2-area-2", without_script=".cam", has_own_look=False),
    PublicPage("/daftar", without_script="form"),
    PublicPage("/status"),
    PublicPage("/status?area=2", has_own_look=False),
    PublicPage("/status/5-camera-5", has_own_look=False),
    PublicPage("/putar", without_script="form"),
    PublicPage("/masukan", without_script="form"),
    PublicPage("/rekaman"),
    PublicPage("/rekaman/1-camera-1"),
    PublicPage("/sematkan/1", has_player=True, without_script="video", is_framed=True),
    PublicPage("/sematkan/6", has_player=True, has_own_look=False, is_framed=True),
    PublicPage("/sematkan/99", has_own_look=False, is_framed=True),
)
"""Owners append here.  States that look alike need no line of their own."""
LOOKS: Final = tuple(
    pytest.param(each, marks=[] if each.has_own_look else [pytest.mark.long], id=each.address)
    for each in PUBLIC_PAGES
)
"""For what costs seconds: states that differ from another line in nothing but their list are of
the long form."""
KINDS: Final = tuple(
    pytest.param(
        each,
        marks=[pytest.mark.long] if each.is_state or not each.has_own_look else [],
        id=each.address,
    )
    for each in PUBLIC_PAGES
)
"""For what costs most: of several states of one page the first, and all in the long form."""


def settle(page: Page, public: PublicPage) -> None:
    """Wait until the page is whole, and have it lay out what it would leave for later."""
    page.wait_for_selector(public.settled)
    if public.has_player:
        wait_for_state(page, "live", "still", "offline", "service", "idle")
        expect(page.locator("pantau-player[data-state=loading]")).to_have_count(0)
    page.evaluate(
        "const sheet = new CSSStyleSheet();"
        "sheet.replaceSync('* { content-visibility: visible !important }');"
        "document.adoptedStyleSheets = [sheet]"
    )


def open_menus(page: Page) -> None:
    """Open everything that is folded up."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
