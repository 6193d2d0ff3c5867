"""Lite mode in Chromium: who gets it by itself, who chose it, what it changes, and the way out."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.app_house import AppHouse
from tests.browser.house import House, open_house
from tests.browser.sights import open_page, wait_for_state

LITE = "document.documentElement.dataset.lite ?? ''"
NONE = "none"
DEVICES: dict[str, tuple[dict[str, object], str]] = {
    # what the browser of a phone says of itself, and why that is lite
    "nothing unusual": ({}, ""),
    "asks to save data": ({"connection": {"saveData": True}}, "save"),
    "3g": ({"connection": {"effectiveType": "3g"}}, "link"),
    "slow-2g": ({"connection": {"effectiveType": "slow-2g"}}, "link"),
    "half a megabit": ({"connection": {"effectiveType": "4g", "downlink": 0.55}}, "link"),
    "nothing measured": ({"connection": {"effectiveType": "4g", "downlink": 0}}, ""),
    "2 GB": ({"connection": {}, "deviceMemory": 2}, "memory"),
    "4 GB": ({"connection": {}, "deviceMemory": 4}, ""),
    # The phones that matter say nothing of their memory (lesson F08).
    "four cores": ({"connection": {}, "deviceMemory": NONE, "hardwareConcurrency": 4}, "cores"),
    "eight cores": ({"connection": {}, "deviceMemory": NONE, "hardwareConcurrency": 8}, ""),
    "iPhone": (
        {"connection": NONE, "hardwareConcurrency": 4, "vendor": "Apple Computer, Inc."},
        "",
    ),
}
PRETENDS = """for (const [name, told] of Object.entries(JSON.parse(window.name || "{}")))
  Object.defineProperty(navigator, name, { get: () => (told === "none" ? undefined : told) });"""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house(AppHouse()) as house:
        yield house


def test_lite_begins_by_itself_where_data_or_the_device_are_scarce(
    browser: Browser, house: House
) -> None:
    with open_page(browser, width=360) as page:
        # What the next page is told survives in the name of its window.
        page.add_init_script(PRETENDS)
        page.goto(house.address + "/daftar")
        for name, (told, why) in DEVICES.items():
            page.evaluate("(told) => { window.name = told; }", json.dumps({"vendor": "", **told}))
            page.reload()
            assert page.evaluate(LITE) == why, name
            assert page.locator(".lite").is_visible() == bool(why), name


def test_a_desk_with_two_cores_is_not_lite(browser: Browser, house: House) -> None:
    with open_page(browser, width=1366, cores=2) as page:
        page.goto(house.address + "/daftar")
        assert page.evaluate(LITE) == ""


def test_a_link_that_tells_nothing_is_judged_by_the_page_itself(
    browser: Browser, house: House
) -> None:
    with open_page(browser, width=360) as page:
        page.add_init_script(
            """delete Navigator.prototype.connection;
            performance.getEntriesByType = () => [{ fetchStart: 0, responseEnd: 4000 }];"""
        )
        page.goto(house.address + "/daftar")
        page.wait_for_load_state("networkidle")
        for _ in range(300):
            if page.evaluate("sessionStorage.getItem('pantau.slow')") == "1":
                break
            page.wait_for_timeout(100)
        page.goto(house.address + "/daftar")
        assert page.evaluate(LITE) == "slow"


def test_the_way_in_and_out_by_hand_leads_back_to_the_same_page(
    browser: Browser, house: House
) -> None:
    for has_script in (True, False):
        with open_page(browser, width=360, has_script=has_script) as page:
            page.goto(house.address + "/daftar?q=bendung")
            expect(page.locator(".lite")).to_be_hidden()
            page.get_by_role("link", name="Mode hemat").click()
            page.wait_for_load_state()
            assert page.url == house.address + "/daftar?q=bendung"
            expect(page.locator(".lite")).to_be_visible()
            expect(page.locator("html[data-lite=hand]")).to_be_attached()
            # It is remembered, on every page.
            page.goto(house.address + "/kamera/1-kamera-1")
            expect(page.locator(".lite")).to_be_visible()
            page.get_by_role("link", name="Matikan").click()
            page.wait_for_load_state()
            assert page.url == house.address + "/kamera/1-kamera-1"
            expect(page.locator(".lite")).to_be_hidden()


def test_who_turned_it_off_is_not_overruled_by_the_device(browser: Browser, house: House) -> None:
    with open_page(browser, width=360, cores=2) as page:
        page.goto(house.address + "/daftar")
        assert page.evaluate(LITE) == "cores"
        page.goto(house.address + "/daftar?lite=0")
        assert page.url == house.address + "/daftar"
        assert page.evaluate(LITE) == ""


def test_lite_waits_for_a_tap_moves_nothing_and_brings_no_worker(
    browser: Browser, house: House
) -> None:
    asked: list[str] = []
    with open_page(browser, width=360) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(house.address + "/kamera/1-kamera-1?lite=1")
        wait_for_state(page, "idle")
        page.wait_for_load_state("networkidle")
        assert not [url for url in asked if "/hls/" in url]
        root = "getComputedStyle(document.documentElement)"
        assert page.evaluate(f"{root}.getPropertyValue('--fast')").strip() == "0s"
        count = "async () => (await navigator.serviceWorker.getRegistrations()).length"
        assert page.evaluate(count) == 0
        page.locator("pantau-player [data-do=toggle]").click()
        wait_for_state(page, "live")


def test_the_list_works_without_styles_and_scripts(browser: Browser, house: House) -> None:
    with open_page(browser, width=320, has_script=False) as page:
        page.route("**/*.css", lambda route: route.abort())
        page.goto(house.address + "/daftar")
        page.get_by_role("searchbox").fill("bendung")
        page.get_by_role("button", name="Cari", exact=True).click()
        page.get_by_role("link", name="Bendung Margaluyu").click()
        page.wait_for_load_state()
        expect(page.get_by_role("heading", name="Bendung Margaluyu")).to_be_visible()
