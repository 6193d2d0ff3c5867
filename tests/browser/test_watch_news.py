"""What an open watch page hears: a camera dies, comes back, is mended, is taken from the public."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from pantau.cameras.decisions import CutOff, PublicDecision
from pantau.cameras.models import Camera, LiveState
from pantau.core.ids import CameraId
from tests.browser.conftest import CAMERAS
from tests.browser.house import House, open_house
from tests.browser.sights import open_page, wait_for_moving_picture, wait_for_state
from tests.browser.stills import jpeg
from tests.support.templates import compiled_once

WATCH = "/kamera/1-kamera-1"
BOX = "pantau-player [data-part=box]"
SOON_MS = 6_000
NEXT_MS = 20_000
"""Past the longest time between two questions."""
TIMERS = """(() => {
  const open = (window.timers = new Map());
  const kinds = [["setInterval", "clearInterval", false], ["setTimeout", "clearTimeout", true]];
  for (const [set, clear, once] of kinds) {
    const [begin, end] = [window[set], window[clear]];
    window[set] = (work, ...rest) => {
      const id = begin.call(window, () => { once && open.delete(id); work(); }, ...rest);
      open.set(id, new Error(set).stack);
      return id;
    };
    window[clear] = (id) => (open.delete(id), end.call(window, id));
  }
  // What belongs to the page as a whole outlives its elements.
  window.left = () => [...open.values()].filter((stack) => !stack.includes("app_shell"));
})()"""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """Each test has cameras of its own."""
    house = House(CAMERAS, still=lambda number: (b"image/jpeg", jpeg(number)))
    compiled_once(house.pages)
    with open_house(house):
        yield house


def change(house: House, number: int, **changes: Any) -> None:
    """Have the operator change one camera."""
    cameras = [house.catalogue.by_id(each) for each in house.streams]
    known: list[Camera] = [each for each in cameras if each is not None]
    house.catalogue.replace(
        [replace(each, **changes) if each.id == CameraId(number) else each for each in known]
    )


def watch(page: Page, house: House, path: str, *states: str) -> None:
    """Open a camera's page and let it hear the first news."""
    page.clock.install()
    page.goto(house.address + path)
    wait_for_state(page, *states)
    hear(page, SOON_MS)


def hear(page: Page, after_ms: int = NEXT_MS) -> None:
    """Let the page ask for news, and wait for the answer."""
    with page.expect_response("**/kini/*.json"):
        page.clock.fast_forward(after_ms)


def test_maintenance_while_somebody_watches_is_told_and_so_is_its_end(
    browser: Browser, house: House
) -> None:
    with open_page(browser) as page:
        watch(page, house, WATCH, "live")
        change(house, 1, status="maintenance")
        hear(page)
        wait_for_state(page, "service")
        expect(page.locator(BOX)).to_contain_text("Sedang dirawat")
        expect(page.locator("[data-fresh=facts]")).to_contain_text("Sedang dirawat")
        change(house, 1, status="active")
        hear(page)
        wait_for_state(page, "live")
        wait_for_moving_picture(page, frames=3)
        expect(page.locator("[data-fresh=facts]")).to_contain_text("Menyala")


def test_a_camera_that_comes_back_is_seen_without_a_tap(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        watch(page, house, "/kamera/8-kamera-8", "service")
        house.see(8, LiveState.LIVE)
        change(house, 8, status="active")
        hear(page)
        wait_for_state(page, "live")


def test_a_camera_that_is_taken_from_the_public_leaves_no_picture(
    browser: Browser, house: House
) -> None:
    with open_page(browser) as page:
        watch(page, house, "/kamera/2-kamera-2", "live")
        change(house, 2, decision=PublicDecision(cut_off=CutOff(at=house.clock.now())))
        hear(page)
        wait_for_state(page, "failed")
        expect(page.locator(BOX)).to_contain_text("sudah tidak ada")
        video = page.locator("pantau-player video")
        assert video.get_attribute("poster") is None
        assert video.get_attribute("src") is None
        change(house, 2, decision=PublicDecision())
        with page.expect_navigation():
            page.clock.fast_forward(300_000)
        wait_for_state(page, "live")


def test_the_last_picture_stays_behind_a_stall(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        page.goto(f"{house.address}/kamera/3-kamera-3")
        wait_for_state(page, "live")
        house.streams[3].freeze()
        wait_for_state(page, "stalled", "waiting")
        expect(page.locator(BOX)).to_contain_text("Gambar berhenti")
        expect(page.locator(".player__say")).to_contain_text("Berhenti")
        expect(page.locator("pantau-player [data-part=clock]")).to_be_hidden()
        poster = page.locator("pantau-player video[poster^=blob]")
        expect(poster).to_have_count(1)


def test_another_key_of_the_stream_loads_the_page_anew(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        watch(page, house, "/kamera/4-kamera-4", "live")
        change(house, 4, stream_revision=7)
        with page.expect_navigation():
            page.clock.fast_forward(NEXT_MS)
        wait_for_state(page, "live")
        address = page.locator("pantau-player").get_attribute("data-address")
        assert address == "/hls/key-4/index.m3u8?r=7"


def test_what_leaves_the_page_ends_all_it_began(browser: Browser, house: House) -> None:
    with open_page(browser) as page:
        page.add_init_script(TIMERS)
        page.goto(house.address + WATCH)
        wait_for_state(page, "live")
        page.wait_for_selector("[data-part=picture][style*=touch-action]")
        expect(page.locator("[data-fill=size]")).to_have_text("192×108")
        expect(page.locator("[data-fill=delay]")).to_contain_text("sekitar")
        assert page.evaluate("left().length") > 2
        page.evaluate(
            "window.player = document.querySelector('pantau-player'); player.remove();"
            "document.querySelector('camera-actions').remove()"
        )
        for _ in range(100):
            if page.evaluate("left().length") == 0:
                break
            page.wait_for_timeout(100)
        assert page.evaluate("left()") == []
        assert page.evaluate("player.querySelector('video').hasAttribute('src')") is False
        page.keyboard.press("+")
        assert page.evaluate("player.querySelector('[data-part=zoom-bar]').hidden") is True


def test_several_players_stand_on_one_page(browser: Browser, house: House) -> None:
    with open_page(browser, width=1366, height=768) as page:
        page.goto(house.address + WATCH)
        wait_for_state(page, "live")
        page.evaluate(
            "(() => { const other = document.querySelector('pantau-player').cloneNode(true);"
            " other.dataset.hold = ''; other.dataset.state = 'idle'; delete other.dataset.tools;"
            " other.dataset.address = '/hls/key-10/index.m3u8'; window.told = [];"
            " document.addEventListener('player-state', (e) => told.push(e.detail));"
            " document.querySelector('.watch').prepend(other); window.other = other; })()"
        )
        expect(page.locator("pantau-player[data-state=idle]")).to_have_count(1)
        assert house.streams[10].playlists == 0
        page.evaluate("other.play()")
        expect(page.locator("pantau-player[data-state=live]")).to_have_count(2)
        page.evaluate("other.setSound(true)")
        assert page.evaluate("[...document.querySelectorAll('video')].map((v) => v.muted)") == [
            False,
            True,
        ]
        page.evaluate("other.release()")
        expect(page.locator("pantau-player[data-state=idle]")).to_have_count(1)
        assert page.evaluate("other.querySelector('video').hasAttribute('src')") is False
        assert page.evaluate("told.at(-1)") == "idle"
