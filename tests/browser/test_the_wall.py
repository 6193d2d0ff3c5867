"""The wall in a real browser: narrowing, favourites, fresh states, and life without a script."""

from playwright.sync_api import Browser

from pantau.cameras.models import LiveState
from tests.browser.house import House
from tests.browser.sights import open_page


def test_typing_narrows_the_list_and_clearing_brings_it_back(
    browser: Browser, house: House
) -> None:
    with open_page(browser) as page:
        page.goto(house.address)
        page.get_by_role("searchbox").fill("pasar wetan")
        assert page.locator(".cam:visible").count() == 1
        assert page.inner_text("[data-part=count]") == "1 kamera cocok"
        page.get_by_role("searchbox").fill("zzz")
        assert page.get_by_text("Tidak ada kamera yang cocok").is_visible()
        page.get_by_role("button", name="Hapus pencarian").tap()
        assert page.locator(".cam:visible").count() == 10
        assert page.inner_text("[data-part=count]") == "10 kamera"


def test_a_star_is_remembered_and_lists_the_camera(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        page.goto(house.address)
        page.get_by_role("button", name="Favorit: Alun-Alun Barat").tap()
        assert page.inner_text("[data-part=favourites]") == "1"
        with page.expect_navigation():
            page.get_by_role("link", name="Favorit").tap()
        assert page.locator(".cam").count() == 1
        pressed = page.get_by_role("button", name="Favorit: Alun-Alun Barat")
        assert pressed.get_attribute("aria-pressed") == "true"


def test_a_camera_that_fails_is_marked_while_the_page_is_open(
    browser: Browser, house: House
) -> None:
    with open_page(browser) as page:
        page.clock.install()
        page.goto(house.address)
        house.see(1, LiveState.OFFLINE)
        house.see(5, LiveState.LIVE)
        page.clock.fast_forward(20_000)
        page.wait_for_selector("[data-id='1'] [data-state=offline] .still__flag")
        assert "Luring" in page.inner_text("[data-id='1'] .still__flag")
        assert page.locator("[data-id='5'] .still__flag").count() == 0
        assert page.inner_text("[data-part=problems]").startswith("2 luring")


def test_nobody_asks_for_news_while_the_tab_is_hidden(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        page.clock.install()
        page.goto(house.address)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.evaluate(
            "Object.defineProperty(document, 'hidden', {value: true});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
        page.clock.fast_forward(300_000)
        page.wait_for_timeout(300)
        assert [url for url in asked if url.endswith(".json")] == []


def test_picture_size_and_theme_survive_a_reload(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        page.goto(house.address)
        page.get_by_title("Rapat").tap()
        page.get_by_role("button", name="Ganti tema").tap()
        page.reload()
        assert page.get_attribute("html", "data-density") == "dense"
        assert page.get_attribute("html", "data-theme") == "dark"
        assert page.get_by_role("radio", name="Rapat").is_checked()


def test_a_page_that_was_merely_confirmed_still_works(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        page.goto(house.address)
        # The second visit is answered with 304, whose headers replace those of the kept page.
        page.goto(house.address)
        assert page.locator("theme-switch button").is_visible()


def test_the_wall_is_whole_without_a_script(browser: Browser, house: House) -> None:
    with open_page(browser, has_script=False) as page:
        page.goto(house.address)
        assert page.locator(".cam:visible").count() == 10
        page.get_by_role("searchbox").fill("margaluyu")
        with page.expect_navigation():
            page.get_by_role("button", name="Cari").tap()
        assert page.locator(".cam").count() == 4
        assert "q=margaluyu" in page.url
        assert page.get_by_role("link", name="Bendung Margaluyu").is_visible()
        assert not page.locator(".fav").first.is_visible()


def test_english_is_one_tap_away_and_stays(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        page.goto(house.address)
        page.get_by_role("link", name="English").tap()
        assert page.get_attribute("html", "lang") == "en"
        page.get_by_role("link", name="Simpang Lima Tirtasari").tap()
        page.wait_for_selector("pantau-player")
        assert page.get_attribute("html", "lang") == "en"


def test_a_camera_that_does_not_exist_is_told_as_a_page(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        answer = page.goto(f"{house.address}/kamera/4711-nirgends")
        assert answer is not None
        assert answer.status == 404
        assert page.get_by_role("heading", name="Halaman ini tidak ada").is_visible()
        assert page.get_by_role("link", name="Lihat semua kamera").is_visible()
