"""The map in a real browser: marks, the sheet, areas, where this device is, and no map at all."""

import math
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from pantau.cameras.models import LiveState
from tests.browser.conftest import CAMERAS
from tests.browser.house import House, Placed, open_house
from tests.browser.sights import OVERFLOW, SMALL_TARGETS, open_page, read_by_everybody
from tests.browser.stills import jpeg

READY: Final = "pantau-map[data-state=ready]"
MARKS: Final = ".map .spot"
HERE: Final = (-6.98, 110.41)
CROWD: Final = (-6.89, 110.41)
NAN: Final = float("nan")
_TRANSPARENT: Final = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f"
    b"\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00\x00"
    b"\x00\x00IEND\xaeB`\x82"
)


def at(house: House, points: Sequence[tuple[float | None, float | None]]) -> None:
    """Place the cameras of `house`, in the order of their numbers."""
    cameras = sorted(house.catalogue.all(), key=lambda camera: camera.id)
    house.catalogue.replace(
        [
            replace(camera, latitude=point[0], longitude=point[1])
            for camera, point in zip(cameras, points, strict=True)
        ]
    )


def spoiled(number: int) -> tuple[float | None, float | None]:
    """Return where camera `number` of many stands: in the city, in a crowd, or what forms make."""
    chance = random.Random(number)
    latitude = HERE[0] + chance.gauss(0, 0.02)
    longitude = HERE[1] + chance.gauss(0, 0.02)
    return {
        1: (0.0, 0.0),
        2: (NAN, longitude),
        3: (longitude, latitude),
        4: (999.0, longitude),
        5: (None, None),
        6: (-latitude, longitude),
        7: CROWD,
    }.get(number % 40, (latitude, longitude))


@pytest.fixture(scope="module")
def city() -> Iterator[House]:
    """Eight hundred cameras in seventeen areas; every tenth is offline, many a place spoiled."""
    placed = [
        Placed(
            f"Kamera {number} Simpang Jalan {number * 7}",
            f"Wilayah {number % 17}",
            state=LiveState.OFFLINE if number % 10 == 9 else LiveState.LIVE,
        )
        for number in range(1, 801)
    ]
    house = House(placed, still=lambda number: (b"image/jpeg", jpeg(number)))
    at(house, [spoiled(number) for number in range(1, 801)])
    with open_house(house):
        yield house


@pytest.fixture(scope="module")
def town_of_ten() -> Iterator[House]:
    house = House(CAMERAS, still=lambda number: (b"image/jpeg", jpeg(number)))
    with open_house(house):
        yield house


@pytest.fixture
def street(town_of_ten: House) -> House:
    """Ten cameras in one street: 5 and 6 are offline, 7 is unknown, 8 in maintenance."""
    at(town_of_ten, [(HERE[0] - number / 700, HERE[1] + number / 900) for number in range(10)])
    return town_of_ten


def go(page: Page, house: House, query: str = "") -> None:
    # Nothing flies, so what is seen after a press is what is meant.
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{house.address}/peta{query}")
    page.wait_for_selector(READY)


def counted(page: Page) -> int:
    """Return how many cameras the marks in view stand for."""
    said = page.locator(MARKS).evaluate_all(
        "(marks) => marks.map((mark) => Number(mark.textContent) || 1)"
    )
    return sum(said)


def test_eight_hundred_cameras_and_spoiled_places_are_a_map(browser: Browser, city: House) -> None:
    with open_page(browser, width=1366, height=768, locale="en-GB") as page:
        go(page, city)
        marks = page.locator(MARKS)
        assert 5 < marks.count() < 80
        # Of each forty, four have no place; one has its latitude mirrored and is far away.
        assert counted(page) == 700
        expect(page.get_by_text("80 cameras have no point yet")).to_be_visible()
        boxes = marks.evaluate_all(
            "(marks) => marks.map((mark) => { const box = mark.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2] })"
        )
        apart = [math.dist(a, b) for at_, a in enumerate(boxes) for b in boxes[:at_]]
        assert min(apart) > 44
        # To the end of both ways, and back.
        for _ in range(20):
            page.get_by_role("button", name="Closer").click()
        for _ in range(32):
            page.get_by_role("button", name="Farther away").click()
        assert counted(page) == 720
        page.get_by_role("button", name="Show every camera").click()
        assert counted(page) == 700


def test_a_mark_opens_the_sheet_which_leads_to_the_picture(browser: Browser, street: House) -> None:
    with open_page(browser) as page:
        go(page, street, "?kamera=5")
        heading = page.get_by_role("heading", name="Bendung Margaluyu")
        expect(heading).to_be_visible()
        other = page.get_by_role("button", name=re.compile("^Flyover Margaluyu, Luring"))
        expect(other).to_have_attribute("data-mark", "off")
        other.tap()
        expect(page.get_by_role("heading", name="Flyover Margaluyu")).to_be_visible()
        expect(other).to_have_attribute("aria-current", "true")
        expect(page.locator("[data-part=picture] .still__flag")).to_contain_text("Luring")
        assert page.url.endswith("/peta?kamera=6")
        near = page.locator("[data-part=near] a")
        expect(near).to_have_count(5)
        expect(near.first).to_contain_text(re.compile(r"\d+ m"))
        assert (page.get_by_role("link", name="Ke multi").get_attribute("href") or "").endswith(
            "/multi?tambah=6"
        )
        page.get_by_role("button", name="Tutup").tap()
        expect(page.get_by_role("heading", name="Flyover Margaluyu")).to_be_hidden()
        assert page.url.endswith("/peta")
        other.tap()
        with page.expect_navigation():
            page.get_by_role("link", name="Tonton").tap()
        assert page.url.endswith("/kamera/6-kamera-6")


def test_shapes_tell_states_apart_without_colour(browser: Browser, street: House) -> None:
    at(street, [(HERE[0], HERE[1] + number / 50) for number in range(10)])
    with open_page(browser, width=1366, locale="en-GB") as page:
        go(page, street)
        marks = {
            mark.get_attribute("aria-label"): mark.get_attribute("data-mark")
            for mark in page.locator(MARKS).all()
        }
        assert marks["Simpang Lima Tirtasari"] == "on"
        assert marks["Pintu Air, Maintenance"] == "service"
        assert marks["Puskesmas, Not checked yet"] == "unknown"
        assert [kind for name, kind in marks.items() if "Bendung" in str(name)] == ["off"]
        looks = {
            kind: page.locator(f"{MARKS}[data-mark={kind}]").first.evaluate(
                "(mark) => { const look = getComputedStyle(mark, '::before');"
                " return [look.borderRadius, look.transform, look.boxShadow.includes('inset')] }"
            )
            for kind in ("on", "off", "service", "unknown")
        }
        assert len({str(look[:2]) for look in looks.values()}) == 3
        assert looks["unknown"] != looks["on"]
        for kind, count in {"on": 6, "off": 2, "service": 1, "unknown": 1}.items():
            expect(page.locator(f"[data-part=count-{kind}]")).to_have_text(str(count))


def test_cameras_at_one_place_come_apart_in_the_streets(browser: Browser, street: House) -> None:
    at(street, [HERE] * 9 + [(-6.9, 110.5)])
    with open_page(browser, width=1366, locale="en-GB") as page:
        go(page, street)
        crowd = page.get_by_role("button", name="9 cameras close together, 2 offline")
        assert crowd.evaluate("(mark) => mark.style.getPropertyValue('--broken')") == "22"
        crowd.focus()
        page.keyboard.press("Enter")
        expect(page.locator(MARKS)).to_have_count(9)
        # Who came by keyboard goes on among them.
        assert page.evaluate("document.activeElement.className") == "spot"
        page.get_by_role("button", name="Alun-Alun Barat").click()
        expect(page.get_by_role("heading", name="Alun-Alun Barat")).to_be_visible()


def test_a_crowd_that_nothing_parts_is_a_list(browser: Browser, city: House) -> None:
    with open_page(browser, width=1366, locale="en-GB") as page:
        go(page, city, "?kamera=7")
        page.get_by_role("button", name="20 cameras close together").click()
        expect(page.get_by_role("heading", name="20 cameras at this place")).to_be_visible()
        expect(page.locator("[data-part=near-list] li")).to_have_count(20)


def test_the_keyboard_reaches_search_marks_and_sheet(browser: Browser, street: House) -> None:
    with open_page(browser, width=1366, locale="en-GB") as page:
        go(page, street)
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("bendng")
        found = page.locator(".map__found button")
        expect(found.first).to_contain_text("Bendung Margaluyu")
        page.keyboard.press("ArrowDown")
        expect(found.first).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Bendung Margaluyu")).to_be_visible()
        chosen = page.locator(f"{MARKS}[aria-current]")
        chosen.focus()
        expect(chosen).to_be_focused()
        page.keyboard.press("Enter")
        page.get_by_role("searchbox").focus()
        page.keyboard.press("Escape")
        expect(page.get_by_role("searchbox")).to_have_value("")
        expect(found).to_have_count(0)


def test_an_area_is_shown_alone_from_the_list_and_from_the_address(
    browser: Browser, city: House
) -> None:
    with open_page(browser, width=1366, locale="en-GB") as page:
        go(page, city)
        everywhere = counted(page)
        number = next(
            int(camera.area_id or 0)
            for camera in city.catalogue.all()
            if camera.area_name == "Wilayah 3"
        )
        page.locator("summary", has_text="Areas").click()
        page.get_by_role("link", name="Wilayah 3 47").click()
        page.wait_for_url(f"**/peta?area={number}")
        assert counted(page) <= everywhere
        again = page.locator(MARKS).evaluate_all("(all) => all.map((mark) => mark.ariaLabel)")
        go(page, city, f"?area={number}")
        shown = page.locator(MARKS).evaluate_all("(all) => all.map((mark) => mark.ariaLabel)")
        assert sorted(shown) == sorted(again)
        assert page.locator(f"#wilayah-{number}[open] li").count() == 47


def test_only_what_is_in_trouble(browser: Browser, city: House) -> None:
    with open_page(browser, width=1366, locale="en-GB") as page:
        go(page, city)
        only = page.get_by_role("button", name=re.compile("^With trouble"))
        troubled = int(only.inner_text().split()[-1])
        assert troubled == int(page.inner_text("[data-part=count-off]")) > 20
        only.click()
        expect(only).to_have_attribute("aria-pressed", "true")
        assert page.locator(f"{MARKS}[data-mark=on]").count() == 0
        assert counted(page) <= troubled


def test_this_device_finds_what_is_near_and_tells_nobody(browser: Browser, street: House) -> None:
    context = browser.new_context(
        viewport={"width": 1366, "height": 768},
        locale="en-GB",
        geolocation={"latitude": -6.985123, "longitude": 110.41456},
        permissions=["geolocation"],
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.post_data or ''}"))
    go(page, street)
    page.get_by_role("button", name="Near me").click()
    expect(page.get_by_role("heading", name="Nearest to you")).to_be_visible()
    nearest = page.locator("[data-part=near-list] strong")
    expect(nearest.first).to_have_text("Bendung Margaluyu")
    expect(page.locator(".map .you")).to_have_count(1)
    assert [each for each in asked if "985123" in each or "41456" in each] == []
    context.close()


def test_a_browser_that_tells_no_position_is_no_error(browser: Browser, street: House) -> None:
    with open_page(browser, width=1366, locale="en-GB") as page:
        go(page, street)
        page.get_by_role("button", name="Near me").click()
        expect(page.get_by_text("This browser does not let the page know")).to_be_visible()
        assert page.locator(MARKS).count() > 0


def test_an_open_map_hears_of_states_and_of_cameras_that_come_and_go(
    browser: Browser, street: House
) -> None:
    with open_page(browser, width=1366, locale="en-GB") as page:
        page.clock.install()
        go(page, street, "?kamera=1")
        try:
            street.see(1, LiveState.OFFLINE)
            page.clock.fast_forward(20_000)
            expect(page.locator(f"{MARKS}[aria-current]")).to_have_attribute("data-mark", "off")
            expect(page.locator("[data-part=picture] .still__flag")).to_contain_text("Offline")
            expect(page.locator("[data-part=count-off]")).to_have_text("3")
            # The one on the screen is taken away, and must not stay there.
            every = street.catalogue.all()
            street.catalogue.replace([camera for camera in every if camera.id != 1])
            page.clock.fast_forward(20_000)
            expect(page.locator("[data-part=count-off]")).to_have_text("2")
            expect(page.get_by_role("heading", name="Simpang Lima Tirtasari")).to_be_hidden()
            street.catalogue.replace(every)
        finally:
            street.see(1, LiveState.LIVE)


def test_without_a_script_the_page_is_a_list(browser: Browser, street: House) -> None:
    with open_page(browser, has_script=False, locale="en-GB") as page:
        page.goto(f"{street.address}/peta")
        assert page.locator(".map").is_hidden()
        assert page.get_by_role("link", name="Bendung Margaluyu").is_visible()
        assert page.get_by_role("heading", name="Marks on the map").count() == 0
        assert page.get_by_role("button", name="Close").count() == 0
        number = page.locator("details.zone").nth(1).get_attribute("id")
        page.goto(f"{street.address}/peta?area={str(number).removeprefix('wilayah-')}")
        assert page.locator("details.zone[open]").count() == 1


def test_a_map_that_cannot_be_loaded_leaves_the_list_and_may_be_tried_again(
    browser: Browser, street: House
) -> None:
    with open_page(browser, width=1366, locale="en-GB") as page:
        page.route("**/peta.json", lambda route: route.fulfill(status=503, body="{}"))
        page.goto(f"{street.address}/peta")
        expect(page.get_by_text("The map could not be loaded.")).to_be_visible()
        expect(page.get_by_role("link", name="Bendung Margaluyu")).to_be_visible()
        page.unroute("**/peta.json")
        page.get_by_role("button", name="Try again").click()
        page.wait_for_selector(READY)
        assert page.locator(MARKS).count() > 0


def test_where_data_are_dear_the_map_waits_to_be_asked(browser: Browser, street: House) -> None:
    with open_page(browser, locale="en-GB") as page:
        page.context.add_cookies([{"name": "pantau_lite", "value": "1", "url": street.address}])
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{street.address}/peta")
        page.wait_for_selector("pantau-map[data-state=waiting]")
        assert not any("leaflet" in each or "peta.json" in each for each in asked)
        page.get_by_role("button", name="Show the map").tap()
        page.wait_for_selector(READY)
        assert any("leaflet" in each for each in asked)


def test_no_other_site_is_asked_until_the_operator_names_one(
    browser: Browser, street: House
) -> None:
    with open_page(browser, width=1366, locale="en-GB") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        go(page, street)
        expect(page.locator(".map__ground .ground__land")).to_have_count(4)
        expect(page.locator(".ground__name").first).to_have_text(re.compile(r"\w+"))
        assert [each for each in asked if not each.startswith(street.address)] == []
        page.route("**/*.png", lambda route: route.fulfill(body=_TRANSPARENT))
        # As the page comes where the settings name tiles of the hub's own.
        page.route(
            re.compile("/peta$"),
            lambda route: route.fulfill(
                response=(told := route.fetch()),
                body=told.text().replace('data-tiles=""', 'data-tiles="/tiles/{z}/{x}/{y}.png"'),
            ),
        )
        go(page, street)
        page.wait_for_selector(".leaflet-tile-loaded[src*='/tiles/']", state="attached")
        assert any(re.search(r"/tiles/\d+/\d+/\d+\.png$", each) for each in asked)


@pytest.mark.parametrize("width", [360, 1366])
def test_marks_sheet_and_found_cameras_can_be_read_by_everybody(
    browser: Browser, street: House, width: int
) -> None:
    with open_page(browser, width=width) as page:
        go(page, street, "?kamera=9")
        page.get_by_role("searchbox").fill("margaluyu")
        expect(page.locator(".map__found button").first).to_be_visible()
        assert page.evaluate(OVERFLOW) == {"document": 0, "bad": []}
        assert page.evaluate(SMALL_TARGETS) == []
        # What lies under the list cannot be pressed, nor reached by keys.
        assert page.evaluate("document.querySelector('.map__ground').inert")
        read_by_everybody(page)
        page.keyboard.press("Escape")
        assert not page.evaluate("document.querySelector('.map__ground').inert")
