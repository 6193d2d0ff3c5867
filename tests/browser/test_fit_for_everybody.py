"""Pages fit small screens and large fonts, can be read by everybody, and cost little data."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.house import House, Placed, open_house
from tests.browser.sights import (
    OVERFLOW,
    SMALL_TARGETS,
    Traffic,
    open_page,
    read_by_everybody,
    wait_for_state,
)
from tests.browser.stills import jpeg

PAGES = [
    "/",
    "/?q=zzz",
    "/?favourites=1",
    "/?size=dense",
    "/?size=large",
    "/kamera/1-kamera-1",
    "/kamera/3-kamera-3",
    "/kamera/5-kamera-5",
    "/kamera/8-kamera-8",
    "/kamera/9-kamera-9",
    "/kamera/99-nirgends",
]
KB = 1024


def open_menus(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")


def settle(page: Page) -> None:
    if page.locator("pantau-player").count():
        wait_for_state(page, "live", "still", "offline", "service")
    # Axe and overflow see only what is laid out.
    page.evaluate(
        "const sheet = new CSSStyleSheet();"
        "sheet.replaceSync('.place { content-visibility: visible !important }');"
        "document.adoptedStyleSheets = [sheet]"
    )


@pytest.mark.parametrize("width", [360, 1366])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_in_either_theme(
    browser: Browser, shared_house: House, path: str, width: int
) -> None:
    with open_page(browser, width=width) as page:
        page.goto(shared_house.address + path)
        settle(page)
        open_menus(page)
        read_by_everybody(page)


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_the_screen(browser: Browser, shared_house: House, path: str) -> None:
    with open_page(browser, width=360, height=740) as page:
        page.goto(shared_house.address + path)
        settle(page)
        open_menus(page)
        for width in (320, 360, 768):
            page.set_viewport_size({"width": width, "height": 740})
            for zoom in (100, 150):
                page.evaluate(f"document.documentElement.style.fontSize = '{zoom}%'")
                assert page.evaluate(OVERFLOW) == {"document": 0, "bad": []}, (width, zoom)
                if zoom == 100:
                    assert page.evaluate(SMALL_TARGETS) == [], width


def test_the_overflow_guard_sees_overflow(browser: Browser, shared_house: House) -> None:
    with open_page(browser, width=360, height=740) as page:
        page.goto(shared_house.address)
        page.evaluate("document.querySelector('.cam').style.minWidth = '400px'")
        assert page.evaluate(OVERFLOW)["bad"] != []


@pytest.fixture
def city() -> Iterator[House]:
    """As many cameras as the wall shows at once."""
    placed = [
        Placed(f"Kamera {number} Simpang Jalan Nomor {number * 7}", f"Wilayah {number % 17}")
        for number in range(240)
    ]
    with open_house(House(placed, still=lambda number: (b"image/jpeg", jpeg(number)))) as house:
        yield house


@pytest.mark.parametrize("path", ["/", "/kamera/1-kamera-1"])
def test_a_first_visit_stays_within_the_budget(browser: Browser, city: House, path: str) -> None:
    with open_page(browser) as page:
        traffic = Traffic()
        traffic.watch(page)
        page.goto(city.address + path, wait_until="networkidle" if path == "/" else "load")
        page.wait_for_timeout(300)
        kinds = traffic.by_kind
        assert kinds["document"] <= 25 * KB
        assert kinds["stylesheet"] <= 8 * KB
        assert kinds["script"] <= 10 * KB
        assert traffic.largest[0] <= 50 * KB, traffic.largest
