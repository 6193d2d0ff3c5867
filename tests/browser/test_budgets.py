"""What a first visit costs in bytes and requests, in a city with hundreds of cameras.

Bytes and requests decide here; milliseconds are measured by `make bench`, where nobody else is.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.public_pages import LOOKS, PublicPage
from tests.browser.sights import open_page
from tests.browser.town import RESIDENTS, Resident, Town, open_town
from tests.browser.wire import Wire

HTML_KB = 25
ALL_KB = 45
STILL_KB = 12
REFUSES_TO_PLAY = (
    "HTMLMediaElement.prototype.play = () =>"
    " Promise.reject(new DOMException('', 'NotAllowedError'));"
)
"""So the page stays as it is before Play."""


@pytest.fixture(scope="module")
def city(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """As many cameras as make a page of the wall full, several times."""
    many = [
        Resident(f"Kamera {number} Simpang Jalan Nomor {number * 7}", 1 + number % 3)
        for number in range(len(RESIDENTS) + 1, 301)
    ]
    with open_town(sqlite_template, tmp_path_factory.mktemp("city"), (*RESIDENTS, *many)) as town:
        yield town


def first_visit(browser: Browser, address: str) -> Wire:
    with open_page(browser) as page:
        page.add_init_script(REFUSES_TO_PLAY)
        wire = Wire()
        wire.watch(page)
        page.goto(address, wait_until="networkidle")
        return wire


@pytest.mark.parametrize("public", LOOKS)
def test_a_first_visit_stays_within_the_budget(
    browser: Browser, city: Town, public: PublicPage
) -> None:
    wire = first_visit(browser, city.address + public.address)
    beyond = public.intent
    told = wire.told(beyond=beyond)
    assert wire.kb("html", beyond=beyond) <= HTML_KB, told
    assert wire.kb("css", beyond=beyond) <= public.css_kb, told
    assert wire.kb("script", beyond=beyond) <= public.script_kb, told
    assert wire.all_kb(beyond=beyond) <= ALL_KB, told
    assert len(wire.fetched(beyond=beyond)) <= public.requests, told
    assert all(each.body_bytes <= STILL_KB * 1024 for each in wire.stills()), wire.stills()


def test_stills_out_of_sight_are_left_for_later(browser: Browser, city: Town) -> None:
    # Chromium looks a few screens ahead; all sixty of a page would be six hundred kilobytes.
    assert 4 <= len(first_visit(browser, city.address).stills()) <= 24


def test_the_guard_sees_what_is_too_much(browser: Browser, city: Town) -> None:
    with open_page(browser) as page:
        wire = Wire()
        wire.watch(page)
        page.goto(city.address, wait_until="networkidle")
        before = wire.all_kb()
        page.evaluate("fetch('/api/stream').then((answer) => answer.arrayBuffer())")
        page.wait_for_load_state("networkidle")
        assert wire.all_kb() > before + 1
