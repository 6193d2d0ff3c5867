"""From the wall to a moving picture, natively and through hls.js, and without any script."""

import pytest
from playwright.sync_api import Browser

from tests.browser.house import House
from tests.browser.sights import open_page, player, wait_for_moving_picture, wait_for_state


def test_a_tap_on_the_wall_ends_in_moving_picture(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        page.goto(house.address)
        page.get_by_role("link", name="Simpang Lima Tirtasari").tap()
        wait_for_state(page, "live")
        wait_for_moving_picture(page)
        assert player(page)["path"] == "native"
        assert page.url.endswith("/kamera/1-kamera-1")


@pytest.mark.parametrize("path", ["native", "hlsjs"])
def test_both_ways_of_playing_decode_pictures(browser: Browser, house: House, path: str) -> None:
    with open_page(browser) as page:
        page.goto(f"{house.address}/kamera/1-kamera-1?player={path}")
        wait_for_state(page, "live")
        wait_for_moving_picture(page)
        assert player(page)["path"] == path
        assert int(player(page)["firstPictureMs"]) > 0


@pytest.mark.parametrize("path", ["native", "hlsjs"])
def test_the_clock_tells_when_the_shown_picture_was_taken(
    browser: Browser, house: House, path: str
) -> None:
    with open_page(browser) as page:
        page.goto(f"{house.address}/kamera/1-kamera-1?player={path}")
        page.wait_for_selector("[data-part=clock]:not([hidden])")
        told = page.get_attribute("[data-part=clock]", "datetime")
        behind_s = page.evaluate("told => (Date.now() - Date.parse(told)) / 1000", told)
        assert 1 < behind_s < 15
        assert page.inner_text("[data-part=clock]").endswith(" WIB")


def test_stills_are_shown_where_nothing_else_works(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        page.goto(f"{house.address}/kamera/1-kamera-1?player=still")
        wait_for_state(page, "still")
        assert page.evaluate("document.querySelector('[data-part=still]').naturalWidth") > 0
        # Let go of, the picture stays on the screen and its file does not stay in the memory.
        assert page.evaluate(
            """async () => {
              const shown = document.querySelector('[data-part=still]');
              document.querySelector('pantau-player').release();
              const again = Object.assign(new Image(), { src: shown.src });
              const isKept = await again.decode().then(() => true, () => false);
              return [shown.src.startsWith('blob:'), shown.naturalWidth > 0, isKept];
            }"""
        ) == [True, True, False]


def test_hls_js_is_fetched_only_by_browsers_that_need_it(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url))
        page.goto(f"{house.address}/kamera/1-kamera-1")
        wait_for_state(page, "live")
        assert [url for url in fetched if "/vendor/" in url] == []


def test_pause_stops_the_picture_and_play_goes_on(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        page.goto(f"{house.address}/kamera/1-kamera-1")
        wait_for_state(page, "live")
        page.get_by_role("button", name="Jeda").tap()
        wait_for_state(page, "paused")
        assert page.evaluate("document.querySelector('video').paused")
        page.get_by_role("button", name="Putar").tap()
        wait_for_state(page, "live")
        wait_for_moving_picture(page)


def test_a_hidden_tab_lets_go_and_takes_up_again(browser: Browser, house: House) -> None:
    hide = """hidden => {
      Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    with open_page(browser) as page:
        page.clock.install()
        page.goto(f"{house.address}/kamera/1-kamera-1")
        wait_for_state(page, "live")
        page.evaluate(hide, True)
        page.clock.fast_forward(11_000)
        assert page.get_attribute("video", "src") is None
        page.evaluate(hide, False)
        wait_for_state(page, "live")
        wait_for_moving_picture(page)


def test_without_a_script_the_video_element_plays_by_itself(browser: Browser, house: House) -> None:
    with open_page(browser, has_script=False) as page:
        page.goto(f"{house.address}/kamera/1-kamera-1")
        video = page.locator("video")
        assert video.get_attribute("controls") is not None
        assert video.get_attribute("src") == "/hls/key-1/index.m3u8"
        assert video.get_attribute("poster") == "/api/thumbnails/1.jpg?w=640"
        assert page.get_by_role("link", name="Buka siaran di pemutar lain").is_visible()
        assert not page.locator(".player__bar").is_visible()
