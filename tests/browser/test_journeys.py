"""What people do from beginning to end, on a whole hub: real cameras, real streams, real files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.boot.installation import Installation
from tests.browser.sights import DECODED, open_page, wait_for_moving_picture, wait_for_state
from tests.support.farm import HEVC, SILENT, SMALL, FarmInThread
from tests.support.waiting import until_in_thread

pytestmark = pytest.mark.timeout(180)
PATIENCE_S = 90.0
"""A hub looks for a camera that went away every few seconds, and later every minute."""
NAMES = ("Simpang Lima", "Pasar Wetan", "Alun-Alun", "Stasiun", "Terminal", "Jembatan", "Bendung")
CAMERA = """
[[cameras]]
name = "{name}"
source = "{source}"
area = "{area}"
on_demand = false
record = {record}
"""
LIVE_PLAYERS = """() => [...document.querySelectorAll("pantau-player video")]
  .filter((video) => video.getVideoPlaybackQuality().totalVideoFrames > 5).length"""


@dataclass
class Place:
    """A hub with nine cameras: one sends H.265, one can lose its electricity."""

    hub: Installation
    mortal: FarmInThread

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.hub.port}"

    def page_of(self, name: str) -> str:
        """Return the address of a camera's page, once the camera is live."""
        return f"{self.address}/k/{self.hub.until_live(name)['id']}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with FarmInThread() as farm, FarmInThread() as mortal:
        cameras = []
        for number, name in enumerate(NAMES):
            farm.add(f"cam{number}", SMALL if number % 2 else SILENT)
            cameras.append((name, farm.url(f"cam{number}"), number == 0))
        farm.add("hevc", HEVC)
        mortal.add("mortal", SMALL)
        cameras += [("Sungai", farm.url("hevc"), False), ("Bukit", mortal.url("mortal"), False)]
        toml = "".join(
            CAMERA.format(name=name, source=source, area="Wanasari", record=str(record).lower())
            for name, source, record in cameras
        )
        with Installation(tmp_path_factory.mktemp("journeys"), toml) as hub:
            yield Place(hub.until_ready(), mortal)


def has_recorded(place: Place, number: int) -> bool:
    """Whether something of a camera can be replayed by anybody."""
    page = place.hub.get(f"/rekaman/{number}")
    if page[0] in {301, 308}:
        page = place.hub.get(page[1]["location"])
    return re.search(rb'data-runs="\[\[', page[2]) is not None


def test_found_watched_shared_opened_by_somebody_else_and_replayed(
    browser: Browser, place: Place
) -> None:
    number = place.hub.until_live("Simpang Lima")["id"]
    with open_page(browser, width=360, height=740) as page:
        page.goto(place.address)
        page.get_by_role("searchbox").fill("simpng lima")
        page.locator("[data-part=found] a", has_text="Simpang Lima").first.tap()
        wait_for_state(page, "live")
        wait_for_moving_picture(page)
        page.locator("share-sheet").get_by_text("Bagikan", exact=True).first.click()
        shown = page.locator("share-sheet [data-part=link]")
        # Without its script the sheet shows what comes after the name of the hub.
        expect(shown).to_have_value(re.compile(re.escape(f"{place.address}/kamera/{number}-")))
        link = shown.input_value()
    until_in_thread(lambda: has_recorded(place, number), timeout_s=PATIENCE_S)
    with open_page(browser) as page:
        page.goto(link)
        wait_for_state(page, "live")
        page.locator("main a[href^='/rekaman/']").first.click()
        page.wait_for_url("**/rekaman/**")
        page.get_by_role("button", name="Putar", exact=True).first.click()
        page.wait_for_selector("playback-player[data-state=playing]")
        wait_for_moving_picture(page, frames=5)


def test_a_camera_that_dies_while_it_is_watched_is_told_of_and_comes_back(
    browser: Browser, place: Place
) -> None:
    with open_page(browser) as page:
        page.goto(place.page_of("Bukit"))
        wait_for_state(page, "live")
        wait_for_moving_picture(page)
        place.mortal.die()
        try:
            wait_for_state(page, "stalled", "waiting", "offline", timeout_s=PATIENCE_S)
            expect(page.locator("[data-part=box]")).not_to_be_empty()
            # What was seen last stays: never a black picture.
            assert page.evaluate("document.querySelector('video').videoWidth") > 0
        finally:
            place.mortal.come_back()
        place.hub.until_live("Bukit")
        if page.get_by_role("button", name="Coba sekarang").locator("visible=true").count():
            page.get_by_role("button", name="Coba sekarang").locator("visible=true").click()
        wait_for_state(page, "live", timeout_s=PATIENCE_S)
        wait_for_moving_picture(page)


@pytest.mark.parametrize("path", [pytest.param("native", marks=pytest.mark.long), "hlsjs"])
def test_a_network_that_drops_is_told_of_and_the_picture_returns(
    browser: Browser, place: Place, path: str
) -> None:
    with open_page(browser) as page:
        page.goto(f"{place.page_of('Pasar Wetan')}?player={path}")
        wait_for_state(page, "live")
        wait_for_moving_picture(page)
        page.context.set_offline(True)
        wait_for_state(page, "stalled", "waiting", timeout_s=PATIENCE_S)
        expect(page.locator("[data-part=box]")).not_to_be_empty()
        page.context.set_offline(False)
        wait_for_state(page, "live", timeout_s=PATIENCE_S)
        wait_for_moving_picture(page)
        expect(page.locator("[data-part=box]")).to_be_empty()


def test_h265_is_refused_in_words_where_it_cannot_be_played(browser: Browser, place: Place) -> None:
    address = place.page_of("Sungai")
    with open_page(browser) as page:
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url))
        page.goto(address)
        wait_for_state(page, "still")
        expect(page.locator("[data-part=box]")).to_contain_text("tidak bisa memutar H.265")
        page.get_by_role("button", name="Tampilkan gambar diam").click()
        expect(page.locator("[data-part=still]")).to_be_visible()
        assert [url for url in fetched if url.endswith(".mp4")] == []


def test_nine_cameras_at_once_and_the_one_that_cannot_says_so(
    browser: Browser, place: Place
) -> None:
    numbers = [place.hub.until_live(name)["id"] for name in (*NAMES, "Bukit", "Sungai")]
    with open_page(browser, width=1920, height=1080) as page:
        page.goto(f"{place.address}/multi?kamera={'.'.join(map(str, numbers))}")
        until_in_thread(lambda: page.evaluate(LIVE_PLAYERS) == 8, what="eight decode")
        refused = page.locator(f"pantau-player[data-camera='{numbers[-1]}'] [data-part=box]")
        expect(refused).to_contain_text("H.265")


def test_a_screen_in_a_lobby_turns_to_the_next_cameras(browser: Browser, place: Place) -> None:
    numbers = [place.hub.until_live(name)["id"] for name in NAMES[:3]]
    with open_page(browser, width=1366, height=800) as page:
        page.goto(f"{place.address}/multi?kamera={'.'.join(map(str, numbers))}&tata=1&kios=5")
        seen: set[str] = set()

        def all_were_shown() -> bool:
            for each in page.locator("pantau-player[data-state=live]").all():
                seen.add(each.get_attribute("data-camera") or "")
            return len(seen) == len(numbers)

        until_in_thread(all_were_shown, timeout_s=PATIENCE_S, what="every camera had its turn")


def test_without_a_script_a_camera_is_found_and_its_stream_is_there(
    browser: Browser, place: Place
) -> None:
    number = place.hub.until_live("Stasiun")["id"]
    with open_page(browser, width=360, height=740, has_script=False) as page:
        page.goto(place.address)
        page.get_by_role("searchbox").fill("stasiun")
        page.get_by_role("button", name="Cari").click()
        page.get_by_role("link", name="Stasiun").first.click()
        assert f"/kamera/{number}-" in page.url
        video = page.locator("video")
        assert video.get_attribute("controls") is not None
        playlist = page.request.get(place.address + (video.get_attribute("src") or ""))
        assert playlist.text().startswith("#EXTM3U")
        # The browser's own controls, and nothing of ours.
        video.evaluate("(video) => { video.muted = true; return video.play(); }")
        until_in_thread(lambda: page.evaluate(DECODED) > 5, what="a decoded picture")


def test_a_keyboard_finds_plays_stops_and_goes_back(browser: Browser, place: Place) -> None:
    place.hub.until_live("Terminal")
    with open_page(browser, width=1366, height=800) as page:
        page.goto(place.address)
        page.wait_for_selector("camera-wall:defined")
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("terminal")
        expect(page.locator("[data-part=found] a", has_text="Terminal")).to_be_visible()
        tab_to(page, "a[href^='/kamera/']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/kamera/**")
        wait_for_state(page, "live")
        tab_to(page, "[data-do=toggle]")
        page.keyboard.press("Enter")
        expect(page.locator("pantau-player")).to_have_attribute("data-state", "paused")
        page.keyboard.press("Enter")
        wait_for_state(page, "live")
        tab_to(page, "nav a[href='/']")
        page.keyboard.press("Enter")
        page.wait_for_selector("camera-wall:defined")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the keyboard is at something that `selector` names."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"no Tab reaches {selector}")
