"""Every fault ends in picture, a named reason or tap-to-play; nothing waits for ever."""

import json

import pytest
from playwright.sync_api import Browser, Page

from pantau.web.exchange import Reply
from tests.browser.house import House
from tests.browser.sights import open_page, player, wait_for_moving_picture, wait_for_state

PATHS = ["native", pytest.param("hlsjs", marks=pytest.mark.long)]


def refusal(status: int, code: str) -> Reply:
    body = json.dumps({"success": False, "message": "", "code": code}).encode()
    return Reply(status, body, content_type=b"application/json")


def box(page: Page) -> str:
    return page.inner_text("[data-part=box]")


@pytest.mark.parametrize("path", PATHS)
def test_a_server_that_comes_back_is_found_again(browser: Browser, house: House, path: str) -> None:
    house.streams[1].refusal = refusal(503, "stream.no_origin")
    house.streams[1].refuse_playlists = 3
    with open_page(browser) as page:
        page.goto(f"{house.address}/kamera/1-kamera-1?player={path}")
        wait_for_state(page, "waiting")
        assert "Mencoba lagi dalam" in box(page)
        wait_for_state(page, "live", timeout_s=30)
        wait_for_moving_picture(page)
        assert box(page) == ""


@pytest.mark.parametrize("path", PATHS)
def test_a_stall_is_noticed_told_and_healed(browser: Browser, house: House, path: str) -> None:
    with open_page(browser) as page:
        page.goto(f"{house.address}/kamera/1-kamera-1?player={path}")
        wait_for_state(page, "live")
        house.streams[1].freeze()
        wait_for_state(page, "stalled", "waiting", timeout_s=30)
        assert "Gambar berhenti" in box(page)
        house.streams[1].thaw()
        wait_for_state(page, "live", timeout_s=30)
        wait_for_moving_picture(page)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("status", "code", "state", "words"),
    [
        (503, "stream.unreachable", "offline", "Kamera luring"),
        (503, "stream.maintenance", "service", "Sedang dirawat"),
        (404, "stream.unknown", "failed", "sudah tidak ada"),
        (403, "stream.denied", "failed", "tidak untuk umum"),
    ],
)
def test_a_refusal_is_named(
    browser: Browser, house: House, path: str, status: int, code: str, state: str, words: str
) -> None:
    house.streams[1].refusal = refusal(status, code)
    house.streams[1].refuse_playlists = 1000
    with open_page(browser) as page:
        page.goto(f"{house.address}/kamera/1-kamera-1?player={path}")
        wait_for_state(page, state)
        assert words in box(page)


def test_there_is_no_retry_button_for_what_retrying_cannot_mend(
    browser: Browser, house: House
) -> None:
    house.streams[1].refusal = refusal(404, "stream.unknown")
    house.streams[1].refuse_playlists = 1000
    with open_page(browser) as page:
        page.goto(f"{house.address}/kamera/1-kamera-1")
        wait_for_state(page, "failed")
        assert page.locator("[data-part=box] button").count() == 0


@pytest.mark.parametrize("path", PATHS)
def test_a_stream_that_never_answers_ends_in_a_named_reason(
    browser: Browser, house: House, path: str
) -> None:
    house.streams[1].silent = True
    with open_page(browser) as page:
        page.clock.install()
        page.goto(f"{house.address}/kamera/1-kamera-1?player={path}")
        for _ in range(5):
            wait_for_state(page, "loading")
            page.clock.fast_forward(21_000)
            wait_for_state(page, "waiting")
            assert "Belum ada gambar" in box(page)
            page.clock.fast_forward(16_000)
        wait_for_state(page, "loading")
        page.clock.fast_forward(21_000)
        wait_for_state(page, "failed")
        assert "Belum ada gambar" in box(page)
        house.streams[1].silent = False
        page.get_by_role("button", name="Coba sekarang").tap()
        wait_for_state(page, "live")


def test_an_offline_camera_is_tried_again_by_itself(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        page.clock.install()
        page.goto(f"{house.address}/kamera/5-kamera-5")
        wait_for_state(page, "offline")
        assert house.streams[5].playlists == 0
        page.clock.fast_forward(31_000)
        wait_for_state(page, "live")


def test_a_codec_that_the_browser_lacks_is_said_before_anything_is_tried(
    browser: Browser, house: House
) -> None:
    with open_page(browser) as page:
        page.add_init_script(
            "HTMLMediaElement.prototype.canPlayType = function (type) {"
            " return /hvc1/.test(type) ? '' : 'maybe'; };"
            "MediaSource.isTypeSupported = (type) => !/hvc1/.test(type);"
        )
        page.goto(f"{house.address}/kamera/9-kamera-9")
        wait_for_state(page, "still")
        assert "tidak bisa memutar H.265" in box(page)
        assert house.streams[9].segments == 0
        page.get_by_role("button", name="Tampilkan gambar diam").tap()
        assert box(page) == ""


def test_a_browser_that_does_not_say_what_it_can_decode_is_not_held_back(
    browser: Browser, house: House
) -> None:
    with open_page(browser) as page:
        page.add_init_script("HTMLMediaElement.prototype.canPlayType = () => 'maybe';")
        page.goto(f"{house.address}/kamera/9-kamera-9")
        wait_for_state(page, "live")


def test_refused_autoplay_asks_for_a_tap(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        page.add_init_script(
            "const play = HTMLMediaElement.prototype.play; let tapped = false;"
            "addEventListener('click', () => { tapped = true; }, true);"
            "HTMLMediaElement.prototype.play = function () {"
            " return tapped ? play.call(this)"
            " : Promise.reject(new DOMException('', 'NotAllowedError')); };"
        )
        page.goto(f"{house.address}/kamera/1-kamera-1")
        wait_for_state(page, "idle")
        assert "Ketuk untuk memutar" in page.inner_text(".player__bar")
        page.get_by_role("button", name="Putar").tap()
        wait_for_state(page, "live")


def test_a_film_the_browser_cannot_read_is_given_to_the_next_way(
    browser: Browser, house: House
) -> None:
    with open_page(browser) as page:
        # A browser that says it plays HLS and then does not: some televisions and in-app browsers.
        page.add_init_script(
            "const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'src');"
            "Object.defineProperty(HTMLMediaElement.prototype, 'src', {"
            " get: source.get,"
            " set(value) { source.set.call(this,"
            "   String(value).includes('.m3u8') ? '/robots.txt' : value); } });"
        )
        page.goto(f"{house.address}/kamera/1-kamera-1")
        wait_for_state(page, "live")
        assert player(page)["path"] == "hlsjs"
