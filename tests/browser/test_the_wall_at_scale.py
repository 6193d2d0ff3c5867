"""A wall of hundreds of cameras: page by page, with stills only where somebody looks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.house import House, Placed, open_house
from tests.browser.sights import open_page
from tests.browser.stills import jpeg
from tests.support.templates import compiled_once

COUNT = 310
IDS_ON_SCREEN = """() => [...document.querySelectorAll(".cam")].filter((tile) => {
  const box = tile.getBoundingClientRect();
  return box.height > 0 && box.bottom >= 0 && box.top <= innerHeight;
}).map((tile) => tile.dataset.id)"""
DISTINCT = "new Set([...document.querySelectorAll('.cam')].map((tile) => tile.dataset.id)).size"


@pytest.fixture(scope="module")
def city() -> Iterator[House]:
    placed = [
        Placed(f"Kamera {number} Jalan Nomor {number * 7}", f"Wilayah {number % 17:02}")
        for number in range(COUNT)
    ]
    house = House(placed, still=lambda number: (b"image/jpeg", jpeg(number)))
    compiled_once(house.pages)
    with open_house(house):
        yield house


def scroll_to_the_end(page: Page) -> None:
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")


def test_scrolling_brings_every_camera_once(browser: Browser, city: House) -> None:
    with open_page(browser) as page:
        page.goto(f"{city.address}/?sort=name")
        for shown in (120, 180, 240, 300, COUNT):
            scroll_to_the_end(page)
            expect(page.locator(".cam").nth(shown - 1)).to_be_attached()
        expect(page.locator(".cam")).to_have_count(COUNT)
        expect(page.locator("[data-part=pager]")).to_have_count(0)
        assert page.evaluate(DISTINCT) == COUNT
        # One list under one heading, as if it had come at once.
        assert page.locator("[data-part=list] .place").count() == 1
        star = page.locator(".fav").last
        star.tap()
        expect(star).to_have_attribute("aria-pressed", "true")
        expect(page.locator("[data-part=favourites]")).to_have_text("1")


def test_a_page_that_does_not_come_leaves_its_link(browser: Browser, city: House) -> None:
    with open_page(browser) as page:
        page.route("**/?sort=name&page=2", lambda route: route.fulfill(status=204, body=""))
        page.goto(f"{city.address}/?sort=name")
        scroll_to_the_end(page)
        link = page.get_by_role("link", name="Tidak dapat dimuat")
        expect(link).to_be_visible()
        page.unroute("**/?sort=name&page=2")
        with page.expect_navigation():
            link.tap()
        assert page.url.endswith("/?sort=name&page=2")


def test_pages_follow_each_other_without_a_script(browser: Browser, city: House) -> None:
    with open_page(browser, has_script=False) as page:
        page.goto(f"{city.address}/?sort=name")
        seen: list[str] = []
        for number in range(1, 7):
            seen += page.locator(".cam__name").all_inner_texts()
            if number < 6:
                with page.expect_navigation():
                    page.locator("[rel=next]").tap()
        assert len(seen) == len(set(seen)) == COUNT
        assert page.locator("[rel=next]").count() == 0
        with page.expect_navigation():
            page.locator("[rel=prev]").tap()
        assert page.url.endswith("page=5")


def test_only_stills_that_are_looked_at_are_asked_for_again(browser: Browser, city: House) -> None:
    with open_page(browser) as page:
        page.clock.install()
        page.goto(city.address)
        page.wait_for_load_state("networkidle")
        asked: set[str] = set()
        page.on(
            "request",
            lambda request: (
                asked.add(request.url.rpartition("/")[2].removesuffix(".jpg"))
                if "/api/thumbnails/" in request.url and request.resource_type == "fetch"
                else None
            ),
        )
        with page.expect_response("**/api/thumbnails/*"):
            page.clock.fast_forward(20_000)
        on_screen = set(page.evaluate(IDS_ON_SCREEN))
        expect(page.locator(f".cam[data-id='{min(on_screen)}'] img[src^=blob]")).to_be_visible()
        assert asked
        assert asked <= on_screen
        assert len(on_screen) < 20


def test_all_cameras_are_searched_also_those_that_have_not_come(
    browser: Browser, city: House
) -> None:
    with open_page(browser) as page:
        page.goto(city.address)
        assert page.locator(".cam").count() == 60
        page.get_by_role("searchbox").fill("nomor 2156")
        expect(page.locator("[data-part=found] .cam")).to_have_count(1)
        assert page.inner_text("[data-part=found] .cam__name") == "Kamera 308 Jalan Nomor 2156"
        # More than are shown at once: the rest comes by scrolling.
        page.get_by_role("searchbox").fill("kamera jalan")
        expect(page.locator("[data-part=count]")).to_have_text(f"{COUNT} kamera cocok")
        for shown in (120, 180, 240, 300, COUNT):
            scroll_to_the_end(page)
            expect(page.locator("[data-part=found] .cam").nth(shown - 1)).to_be_attached()
