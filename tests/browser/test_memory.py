"""Whoever changes cameras for an hour leaves nothing behind (lesson F27).  Counts decide."""

from contextlib import suppress

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.house import House
from tests.browser.memory import Held, held
from tests.browser.sights import open_page, wait_for_state

WARM_UP = 3
SWITCHES = 6
SPARE_NODES = 60
"""Texts that change, and what Chromium keeps of the page before."""
SPARE_LISTENERS = 12
SPARE_HEAP_BYTES = 3_000_000
LOOKS = 20


def grew_little(early: Held, late: Held) -> None:
    assert late.media <= early.media, (early, late)
    assert late.documents <= early.documents + 1, (early, late)
    assert late.nodes <= early.nodes + SPARE_NODES, (early, late)
    assert late.listeners <= early.listeners + SPARE_LISTENERS, (early, late)
    assert late.heap_bytes <= early.heap_bytes + SPARE_HEAP_BYTES, (early, late)


def grows_little(early: Held, page: Page, session: CDPSession) -> None:
    """Look until it is so: Chromium lets go of the page before in its own time."""
    for _ in range(LOOKS - 1):
        with suppress(AssertionError):
            return grew_little(early, held(page, session))
        page.wait_for_timeout(250)
    return grew_little(early, held(page, session))


def exchange(page: Page, numbers: tuple[int, int], house: House) -> None:
    """Have one stage take other cameras, as kiosks and people do, without a new page."""
    for number in numbers:
        page.evaluate(
            "(still) => { const old = document.querySelector('pantau-player');"
            "const fresh = old.cloneNode(true);"
            "fresh.dataset.address = fresh.dataset.address.replace(/key-\\\\d+/, `key-${still}`);"
            "fresh.dataset.state = 'idle'; old.replaceWith(fresh); }",
            number,
        )
        # A handle, as waiting for a selector gives one, would itself hold what it found.
        expect(page.locator("pantau-player")).to_have_attribute("data-state", "live")
    assert house.address in page.url


def session_of(page: Page) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    return session


@pytest.mark.timeout(120)
def test_players_that_are_exchanged_leave_nothing(browser: Browser, house: House) -> None:
    with open_page(browser, width=1366, height=800) as page:
        page.goto(f"{house.address}/kamera/1-kamera-1")
        wait_for_state(page, "live")
        session = session_of(page)
        for _ in range(WARM_UP):
            exchange(page, (2, 1), house)
        early = held(page, session)
        for _ in range(SWITCHES):
            exchange(page, (2, 1), house)
        grows_little(early, page, session)


@pytest.mark.timeout(120)
def test_leafing_from_camera_to_camera_leaves_nothing(browser: Browser, house: House) -> None:
    def round_trip(page: Page) -> None:
        for number in (2, 1):
            page.goto(f"{house.address}/kamera/{number}-kamera-{number}")
            wait_for_state(page, "live")
        page.goto(house.address)
        expect(page.locator(".cam").first).to_be_visible()

    with open_page(browser, width=1366, height=800) as page:
        session = session_of(page)
        for _ in range(WARM_UP):
            round_trip(page)
        early = held(page, session)
        for _ in range(SWITCHES // 2):
            round_trip(page)
        grows_little(early, page, session)


def test_the_guard_sees_what_is_left_behind(browser: Browser, house: House) -> None:
    with open_page(browser, width=1366, height=800) as page:
        page.goto(f"{house.address}/kamera/1-kamera-1")
        wait_for_state(page, "live")
        session = session_of(page)
        early = held(page, session)
        page.evaluate(
            "window.kept = [...Array(200)].map(() => { const each = document.createElement('p');"
            " addEventListener('resize', () => each.remove()); return each; })"
        )
        with pytest.raises(AssertionError):
            grows_little(early, page, session)
