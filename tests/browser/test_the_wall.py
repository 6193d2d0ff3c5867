"""The wall in a real browser: searching, favourites, what is near, news, and no script at all."""

import json
import re
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, expect

from pantau.cameras.models import LiveState
from tests.browser.house import House
from tests.browser.public_pages import open_menus
from tests.browser.sights import OVERFLOW, SMALL_TARGETS, open_page, read_by_everybody

TABLE: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "portal" / "search_cases.json").read_text(encoding="utf-8")
)
SEARCH_LIKE_THE_WALL = """async ({cameras, cases}) => {
  const { Index } = await import("pantau/wall_find");
  const named = cameras.map(([id, name, location, area]) =>
    ({id, slug: "", name, location, area, point: null}));
  const index = new Index(named);
  return cases.map(([text]) => index.find(text).map((camera) => camera.id));
}"""


def found(page: Page) -> list[str]:
    return page.locator("[data-part=found] .cam__name").all_inner_texts()


def later(page: Page) -> None:
    """Let the time pass after which an open wall asks for news."""
    page.clock.fast_forward(20_000)


def test_typing_finds_cameras_and_clearing_brings_the_list_back(
    browser: Browser, shared_house: House
) -> None:
    with open_page(browser) as page:
        page.goto(shared_house.address)
        search = page.get_by_role("searchbox")
        search.fill("psaar wetn")
        expect(page.locator("[data-part=found] .cam")).to_have_count(1)
        expect(page.locator("[data-part=count]")).to_have_text("1 kamera cocok")
        assert found(page) == ["Pasar Wetan, pintu utama"]
        # What is counted of all cameras does not stand beside it (lesson F14).
        expect(page.locator("[data-part=problems]")).to_be_hidden()
        # A tile that was made on the device shows its still and its state as any other.
        search.fill("bendung")
        expect(page.locator("[data-part=found] [data-state=offline] .still__flag")).to_be_visible()
        expect(page.locator("[data-part=found] .still img")).to_be_visible()
        read_by_everybody(page)
        page.set_viewport_size({"width": 320, "height": 740})
        open_menus(page)
        assert page.evaluate(SMALL_TARGETS) == []
        page.evaluate("document.documentElement.style.fontSize = '150%'")
        assert page.evaluate(OVERFLOW) == {"document": 0, "bad": []}
        search.fill("zzz")
        expect(page.get_by_text("Tidak ada kamera yang cocok").first).to_be_visible()
        page.locator("[data-part=clear]").tap()
        expect(page.locator(".cam:visible")).to_have_count(10)
        expect(page.locator("[data-part=count]")).to_have_text("10 kamera")
        expect(page.locator("[data-part=problems]")).to_be_visible()


def test_the_browser_finds_what_the_server_finds(browser: Browser, shared_house: House) -> None:
    with open_page(browser) as page:
        page.goto(shared_house.address)
        ids = page.evaluate(SEARCH_LIKE_THE_WALL, TABLE)
        wrong = [
            (text, got, wanted)
            for (text, wanted), got in zip(TABLE["cases"], ids, strict=True)
            if got != wanted
        ]
        assert wrong == []


def test_what_was_found_is_there_again_on_the_way_back(
    browser: Browser, shared_house: House
) -> None:
    with open_page(browser) as page:
        page.goto(shared_house.address)
        page.get_by_role("searchbox").fill("alun")
        page.locator("[data-part=found]").get_by_role("link", name="Alun-Alun Barat").tap()
        page.wait_for_selector("pantau-player")
        page.go_back()
        expect(page.locator(".cam:visible")).to_have_count(1)
        assert page.url.endswith("/?q=alun")


def test_a_keyboard_is_enough(browser: Browser, shared_house: House) -> None:
    with open_page(browser, width=1366, height=800) as page:
        page.goto(shared_house.address)
        page.wait_for_selector("camera-wall:defined")
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("margaluyu")
        expect(page.locator("[data-part=found] .cam")).to_have_count(4)
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="Bendung Margaluyu")).to_be_focused()
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("link", name="Flyover Margaluyu")).to_be_focused()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowUp")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("[data-part=found]")).to_be_hidden()
        expect(page.get_by_role("searchbox")).to_have_value("")
        page.keyboard.press("Escape")
        expect(page.get_by_role("searchbox")).not_to_be_focused()
        page.keyboard.press("Control+k")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.press("ArrowDown")
        first = page.locator("[data-part=list] .cam a").first
        expect(first).to_be_focused()
        page.keyboard.press("ArrowDown")
        expect(page.get_by_role("link", name="Bendung Margaluyu")).to_be_focused()
        page.keyboard.press("End")
        expect(page.get_by_role("link", name="Terminal", exact=True)).to_be_focused()


def test_what_is_near_is_sorted_on_the_device_and_told_to_nobody(
    browser: Browser, shared_house: House
) -> None:
    with open_page(browser) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(f"{request.url} {request.post_data}"))
        page.context.grant_permissions(["geolocation"])
        # Beside camera 7: each camera stands further to the south-east than the one before.
        page.context.set_geolocation({"latitude": -6.9 - 7 / 700, "longitude": 107.6 + 7 / 900})
        page.goto(shared_house.address)
        page.get_by_role("button", name="Dekat saya").tap()
        expect(page.locator("[data-part=found] .cam")).to_have_count(10)
        assert found(page)[0] == "Puskesmas"
        assert (
            page.locator("[data-part=found] .cam__sub").nth(1).inner_text().startswith("200 m · ")
        )
        assert page.url.endswith("/?sort=near")
        assert [each for each in asked if "6.9" in each or "107." in each] == []
        expect(page.get_by_role("button", name="Dekat saya")).to_have_attribute(
            "aria-pressed", "true"
        )
        page.get_by_role("button", name="Dekat saya").tap()
        expect(page.locator("[data-part=list] .cam")).to_have_count(10)
        expect(page.locator("[data-part=found]")).to_be_hidden()


def test_a_device_that_does_not_tell_where_it_is_leads_to_the_areas(
    browser: Browser, shared_house: House
) -> None:
    with open_page(browser) as page:
        page.add_init_script(
            "navigator.geolocation.getCurrentPosition = (found, failed) => failed({ code: 1 })"
        )
        page.goto(shared_house.address)
        page.get_by_role("button", name="Dekat saya").tap()
        expect(page.get_by_text("Peramban Anda tidak memberi tahu lokasi Anda")).to_be_visible()


def test_a_list_of_names_that_does_not_come_leaves_the_search_to_the_server(
    browser: Browser, shared_house: House
) -> None:
    with open_page(browser) as page:
        page.route("**/wall-names.json", lambda route: route.fulfill(status=204, body=""))
        page.goto(shared_house.address)
        search = page.get_by_role("searchbox")
        search.fill("alun")
        expect(page.get_by_text("Daftar kamera tidak dapat dimuat")).to_be_visible()
        with page.expect_navigation():
            search.press("Enter")
        expect(page.locator(".cam:visible")).to_have_count(1)
        assert page.url.endswith("/?q=alun")


def test_a_star_is_remembered_and_lists_the_camera(browser: Browser, shared_house: House) -> None:
    with open_page(browser) as page:
        page.goto(shared_house.address)
        page.get_by_role("button", name="Favorit: Alun-Alun Barat").tap()
        expect(page.locator("[data-part=favourites]")).to_have_text("1")
        with page.expect_navigation():
            page.get_by_role("link", name="Favorit").tap()
        assert page.locator(".cam").count() == 1
        pressed = page.get_by_role("button", name="Favorit: Alun-Alun Barat")
        expect(pressed).to_have_attribute("aria-pressed", "true")


def test_what_was_opened_last_stays_on_the_device(browser: Browser, shared_house: House) -> None:
    with open_page(browser) as page:
        page.goto(shared_house.address)
        menu = page.locator("summary", has_text="Urutkan")
        menu.tap()
        expect(page.locator("[data-part=recent]")).to_be_hidden()
        menu.tap()
        page.get_by_role("link", name="Alun-Alun Barat", exact=True).tap()
        page.wait_for_selector("pantau-player")
        page.goto(shared_house.address)
        terminal = page.get_by_role("link", name="Terminal", exact=True).get_attribute("href") or ""
        # A link of somebody else leads to the page, past the wall.
        page.goto(shared_house.address + terminal)
        number = terminal.removeprefix("/kamera/").partition("-")[0]
        noted = "number => Object.values(localStorage).some(each => each.startsWith(`${number}.`))"
        page.wait_for_function(noted, arg=number)
        page.goto(shared_house.address)
        assert "opened" not in page.evaluate("document.cookie")
        menu.tap()
        page.locator("[data-part=recent]").tap()
        expect(page.locator("[data-part=found] .cam")).to_have_count(2)
        assert found(page) == ["Terminal", "Alun-Alun Barat"]
        page.get_by_role("button", name="Lupakan ini").tap()
        expect(page.locator("[data-part=found]")).to_be_hidden()
        expect(page.locator("[data-part=recent]")).to_be_hidden()


def test_an_open_wall_hears_what_changed(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        house.viewers.update({2: 1_000, 3: 1})
        page.clock.install()
        page.goto(house.address)
        assert page.inner_text("[data-id='2'] .seen b") == "1.000"
        assert page.inner_text("[data-part=watching]") == "1.001 menonton"
        assert page.inner_text("[data-part=toast]") == ""
        house.see(1, LiveState.OFFLINE)
        house.see(5, LiveState.LIVE)
        house.viewers.update({1: 7, 2: 0, 3: 0})
        house.portal.audience.forget()
        house.cut_off(4)
        later(page)
        expect(page.locator("[data-id='1'] [data-state=offline] .still__flag")).to_contain_text(
            "Luring"
        )
        expect(page.locator("[data-id='5'] .still__flag")).to_have_count(0)
        expect(page.locator("[data-part=problems]")).to_have_text(re.compile("^2 luring"))
        # Nobody watching is not worth a word, and a camera that was cut off leaves with its still.
        expect(page.locator(".seen:not(template .seen)")).to_have_count(1)
        expect(page.locator("[data-id='1'] .seen")).to_contain_text("7")
        expect(page.locator("[data-id='4']")).to_have_count(0)
        toast = page.locator("[data-part=toast]")
        expect(toast).to_have_text(
            "Baru saja luring: Simpang Lima Tirtasari. Pulih kembali: Bendung Margaluyu"
        )
        page.clock.fast_forward(7_000)
        expect(toast).to_have_text("")


def test_nobody_asks_for_news_while_the_tab_is_hidden(
    browser: Browser, shared_house: House
) -> None:
    with open_page(browser) as page:
        page.clock.install()
        page.goto(shared_house.address)
        page.wait_for_selector("camera-wall:defined")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        hide = (
            "Object.defineProperty(document, 'hidden', {value: HIDDEN, configurable: true});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
        page.evaluate(hide.replace("HIDDEN", "true"))
        page.clock.fast_forward(300_000)
        with page.expect_response("**/wall.id.json"):
            page.evaluate(hide.replace("HIDDEN", "false"))
        # The one question is the one that followed when the tab was looked at again.
        assert len([url for url in asked if url.endswith("/wall.id.json")]) == 1


def test_picture_size_and_theme_survive_a_reload(browser: Browser, shared_house: House) -> None:
    with open_page(browser) as page:
        page.goto(shared_house.address)
        page.get_by_title("Rapat").tap()
        page.get_by_role("button", name="Ganti tema").tap()
        page.reload()
        assert page.get_attribute("html", "data-density") == "dense"
        assert page.get_attribute("html", "data-theme") == "dark"
        assert page.get_by_role("radio", name="Rapat").is_checked()
        # The second visit is answered with 304, whose headers replace those of the kept page.
        assert page.locator("theme-switch button").is_visible()


def test_the_wall_is_whole_without_a_script(browser: Browser, shared_house: House) -> None:
    with open_page(browser, has_script=False) as page:
        page.goto(shared_house.address)
        assert page.locator(".cam:visible").count() == 10
        page.get_by_role("searchbox").fill("margaluyu")
        with page.expect_navigation():
            page.get_by_role("button", name="Cari").tap()
        assert page.locator(".cam").count() == 4
        assert "q=margaluyu" in page.url
        assert page.get_by_role("link", name="Bendung Margaluyu").is_visible()
        assert not page.locator(".fav").first.is_visible()
        assert not page.get_by_role("button", name="Dekat saya").is_visible()
        page.locator("summary", has_text="Urutkan").tap()
        with page.expect_navigation():
            page.get_by_role("link", name="Menurut nama").tap()
        assert page.locator(".cam__name").first.inner_text() == "Alun-Alun Barat"
        page.locator("summary", has_text="Wilayah").tap()
        with page.expect_navigation():
            page.get_by_role("link", name="Kali Bening").tap()
        assert re.search(r"/wilayah/\d+-kali-bening$", page.url)
        assert page.get_by_role("heading", name="Kali Bening", level=1).is_visible()
        assert page.inner_text("[data-part=problems]") == "1 dirawat"


def test_english_is_one_tap_away_and_stays(browser: Browser, shared_house: House) -> None:
    with open_page(browser) as page:
        page.goto(f"{shared_house.address}/?sort=name")
        page.get_by_role("link", name="English").tap()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.get_by_role("link", name="Simpang Lima Tirtasari").tap()
        page.wait_for_selector("pantau-player")
        assert page.get_attribute("html", "lang") == "en"


def test_a_camera_that_does_not_exist_is_told_as_a_page(
    browser: Browser, shared_house: House
) -> None:
    with open_page(browser) as page:
        for path in ("/kamera/4711-nirgends", "/wilayah/4711-nirgends"):
            answer = page.goto(shared_house.address + path)
            assert answer is not None
            assert answer.status == 404
            assert page.get_by_role("heading", name="Halaman ini tidak ada").is_visible()
            assert page.get_by_role("link", name="Lihat semua kamera").is_visible()
