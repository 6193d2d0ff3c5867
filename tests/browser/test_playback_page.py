"""Finding and replaying footage in a real browser, from real files through the real API."""

from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median

import pytest
from playwright.sync_api import Browser, Page

from pantau.db.place import Place
from pantau.recordings.models import Reach, Span
from tests.browser.playback_house import NOTHING, PlaybackHouse, open_playback_house
from tests.browser.sights import open_page, wait_for_moving_picture

RECORDINGS = ((-120, 600), (-60, 600), (-50, 120), (-45, 300), (-10, 560))
"""Minutes from now, and seconds: a run of 12 minutes an hour ago, then 3 minutes of nothing."""
PATIENCE_MS = 45_000
NOTE = "[data-part=note-text]"


@pytest.fixture(scope="module")
def served(sqlite_template_place: Place) -> Iterator[PlaybackHouse]:
    with open_playback_house(sqlite_template_place, RECORDINGS) as house:
        yield house


@pytest.fixture
def house(served: PlaybackHouse) -> PlaybackHouse:
    served.be_operator()
    return served


def state(page: Page, *wanted: str) -> None:
    which = ", ".join(f"playback-player[data-state={each}]" for each in wanted)
    page.wait_for_selector(which, timeout=PATIENCE_MS)


def play(page: Page) -> None:
    page.locator("[data-part=start]").click()
    state(page, "playing")


def shown_s(page: Page) -> float:
    """Return when the shown picture was taken, Unix seconds, as the clock tells it."""
    told = page.get_attribute("[data-part=clock]", "datetime") or ""
    return datetime.fromisoformat(told).timestamp()


def wait_until_shown(page: Page, at_s: float, *, within_s: float = 8.0) -> None:
    """Wait until the clock is at a moment, or so many seconds behind it."""
    for _ in range(PATIENCE_MS // 100):
        if 0 <= shown_s(page) + 1 - at_s <= within_s + 1:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"the clock shows {shown_s(page)}, not {at_s}")


def wait_for_note(page: Page, words: str) -> None:
    page.wait_for_selector(f"{NOTE}:has-text('{words}')", timeout=PATIENCE_MS)


def draws(page: Page) -> int:
    return int(page.get_attribute("playback-reel", "data-draws") or 0)


@pytest.mark.parametrize("way", ["native", "hlsjs"])
def test_a_tap_plays_the_moment_of_the_link(
    browser: Browser, house: PlaybackHouse, way: str
) -> None:
    with open_page(browser) as page:
        page.goto(house.page(minutes=-58, more=f"player={way}"))
        assert page.locator("[data-part=note]").is_hidden()
        play(page)
        wait_for_moving_picture(page)
        assert page.get_attribute("playback-player", "data-path") == way
        wait_until_shown(page, house.at_ms(-58) / 1000)


def test_a_moment_inside_a_piece_is_met_to_the_second(
    browser: Browser, house: PlaybackHouse
) -> None:
    with open_page(browser) as page:
        page.goto(house.page(minutes=-58 + 2.6 / 60))
        play(page)
        page.locator(".player__bar [data-do=toggle]").click()
        state(page, "paused")
        assert shown_s(page) >= house.at_ms(-58) // 1000 + 2


@pytest.mark.parametrize("way", [pytest.param("native", marks=pytest.mark.long), "hlsjs"])
def test_play_goes_on_behind_a_gap_and_says_so(
    browser: Browser, house: PlaybackHouse, way: str
) -> None:
    with open_page(browser) as page:
        page.goto(house.page(minutes=-48 - 4 / 60, more=f"player={way}"))
        play(page)
        wait_for_note(page, "Tidak ada rekaman")
        wait_until_shown(page, house.at_ms(-45) / 1000)
        state(page, "playing")
        assert page.locator(NOTE).is_visible()


@pytest.mark.parametrize("way", ["native", pytest.param("hlsjs", marks=pytest.mark.long)])
def test_play_goes_on_from_one_list_to_the_next(
    browser: Browser, house: PlaybackHouse, way: str
) -> None:
    with open_page(browser) as page:
        lists: list[str] = []
        page.on("request", lambda request: lists.append(request.url))
        page.goto(house.page(minutes=-58, more=f"player={way}"))
        page.evaluate("document.querySelector('pantau-playback').dataset.window = '5000'")
        page.locator("[data-rate='2']").click()
        play(page)
        wait_until_shown(page, house.at_ms(-58) / 1000 + 17)
        begun = {url for url in lists if "playback.m3u8" in url}
        assert 2 <= len(begun) <= 5, begun


def test_a_tap_into_a_gap_plays_what_follows_it(browser: Browser, house: PlaybackHouse) -> None:
    with open_page(browser, width=1000) as page:
        page.goto(house.page(minutes=-50))
        page.get_by_role("button", name="10 mnt").click()
        box = page.locator(".reel__slide").bounding_box()
        assert box is not None
        three_minutes_px = box["width"] * 3 / 10
        page.mouse.click(box["x"] + box["width"] / 2 + three_minutes_px, box["y"] + 30)
        wait_for_note(page, "Tidak ada rekaman")
        wait_until_shown(page, house.at_ms(-45) / 1000)


def test_the_tape_is_pulled_and_shows_where_it_is(browser: Browser, house: PlaybackHouse) -> None:
    with open_page(browser) as page:
        page.goto(house.page(minutes=-55))
        page.get_by_role("button", name="1 jam").tap()
        box = page.locator(".reel__slide").bounding_box()
        assert box is not None
        middle, y = box["x"] + box["width"] / 2, box["y"] + 30
        page.mouse.move(middle, y)
        page.mouse.down()
        page.mouse.move(middle + 30, y, steps=5)
        assert page.locator("[data-part=peek]").is_visible()
        page.wait_for_selector("[data-part=peek-picture][style*=previews]", timeout=PATIENCE_MS)
        page.mouse.up()
        assert page.locator("[data-part=peek]").is_hidden()
        state(page, "playing")
        wait_until_shown(page, house.at_ms(-55) / 1000 - 30 * 3600 / box["width"], within_s=20)


def test_keys_move_by_seconds_minutes_files_and_pictures(
    browser: Browser, house: PlaybackHouse
) -> None:
    with open_page(browser, width=1000) as page:
        page.goto(house.page(minutes=-55))
        play(page)
        slider = page.get_by_role("slider", name="Waktu rekaman")
        slider.focus()
        page.keyboard.press("ArrowUp")
        wait_until_shown(page, house.at_ms(-54) / 1000)
        page.keyboard.press("Shift+ArrowRight")
        state(page, "paused")
        before = page.evaluate("document.querySelector('video').currentTime")
        page.keyboard.press("Shift+ArrowRight")
        for _ in range(PATIENCE_MS // 50):
            after = page.evaluate("document.querySelector('video').currentTime")
            if after != before:
                break
            page.wait_for_timeout(50)
        assert 0.02 < after - before < 0.1
        page.keyboard.press("Home")
        wait_until_shown(page, house.at_ms(-120) / 1000)
        boundary_s = (shown_s(page) // 600 + 1) * 600
        if boundary_s >= house.at_ms(-110) / 1000:
            # It began in the last seconds of a file: the next one is of the next recording.
            boundary_s = house.at_ms(-60) / 1000
        page.keyboard.press("PageDown")
        wait_until_shown(page, boundary_s)
        assert "WIB" in (slider.get_attribute("aria-valuetext") or "")


def test_a_playing_picture_does_not_call_back_who_went_far(
    browser: Browser, house: PlaybackHouse
) -> None:
    with open_page(browser) as page:
        page.goto(house.page(minutes=-55))
        play(page)
        # What was not looked at yet takes a while on a slow line; meanwhile the picture moves on.
        page.evaluate("""
            const { runs } = document.querySelector("pantau-playback");
            const fetched = runs.fetchSlice;
            runs.fetchSlice = async (...span) =>
                (await new Promise((done) => setTimeout(done, 1500)), fetched(...span));
            null;
        """)
        page.evaluate(
            "at => void document.querySelector('pantau-playback').course.seek(at)",
            house.at_ms(-27 * 60),
        )
        # There is nothing: it goes on where something is.
        wait_until_shown(page, house.at_ms(-120) / 1000)


def test_a_playing_picture_moves_the_tape_and_draws_nothing(
    browser: Browser, house: PlaybackHouse
) -> None:
    with open_page(browser) as page:
        page.goto(house.page(minutes=-58))
        play(page)
        drawn, place = draws(page), page.get_attribute(".reel__band", "style")
        wait_for_moving_picture(page, frames=60)
        assert page.get_attribute(".reel__band", "style") != place
        assert draws(page) == drawn


def test_live_and_back_without_another_page(browser: Browser, house: PlaybackHouse) -> None:
    with open_page(browser) as page:
        page.goto(house.page(minutes=-58))
        page.evaluate("window.isStillThisPage = true")
        play(page)
        page.get_by_role("link", name="Ke langsung").tap()
        state(page, "live")
        wait_for_moving_picture(page)
        assert page.get_attribute("playback-player", "data-programme") == "live"
        # Which hours a page names depends on the hour at which it is tried: midnight parts them.
        hour = page.locator(".hours a").first
        begins_s = int(hour.get_attribute("data-at") or 0) / 1000
        hour.tap()
        state(page, "playing")
        wait_until_shown(page, begins_s)
        assert page.evaluate("window.isStillThisPage")


def test_fast_is_silent_and_is_what_it_says(browser: Browser, house: PlaybackHouse) -> None:
    with open_page(browser, width=1000) as page:
        page.goto(house.page(minutes=-58))
        page.evaluate("document.querySelector('playback-player').dataset.sound = 'on'")
        page.get_by_role("button", name="2×").click()
        rates = (
            "(({playbackRate, muted}) => [playbackRate, muted])(document.querySelector('video'))"
        )
        assert page.evaluate(rates) == [2, False]
        page.get_by_role("button", name="16×").click()
        assert page.evaluate(rates) == [16, True]
        play(page)
        wait_until_shown(page, house.at_ms(-58) / 1000 + 30, within_s=300)
        assert page.evaluate(rates) == [16, True]


def test_the_picture_is_kept_under_its_time(browser: Browser, house: PlaybackHouse) -> None:
    with open_page(browser, width=1000) as page:
        page.goto(house.page(minutes=-58))
        page.get_by_role("button", name="Simpan gambar").click()
        wait_for_note(page, "Belum ada gambar")
        play(page)
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Simpan gambar").click()
        name = waiting.value.suggested_filename
        day = datetime.fromtimestamp(house.at_ms(-58) / 1000 + 7 * 3600, UTC)
        assert name.startswith(f"kamera-1_{day:%Y-%m-%d_%H-%M-}")
        assert name.endswith("_WIB.jpg")
        assert waiting.value.path().read_bytes()[:3] == b"\xff\xd8\xff"


def test_a_shared_moment_is_the_one_that_was_seen(browser: Browser, house: PlaybackHouse) -> None:
    with open_page(browser, width=1000) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto(house.page(minutes=-58))
        play(page)
        page.locator(".player__bar [data-do=toggle]").click()
        state(page, "paused")
        at_s = shown_s(page)
        page.get_by_role("button", name="Bagikan saat ini").click()
        wait_for_note(page, "disalin")
        link = page.evaluate("navigator.clipboard.readText()")
        assert link == page.url
        page.goto(link)
        assert shown_s(page) == at_s


def test_seeking_shows_a_picture_within_a_second(browser: Browser, house: PlaybackHouse) -> None:
    with open_page(browser) as page:
        page.goto(house.page(minutes=-58))
        play(page)
        took_ms = []
        for minutes in (-119, -46.5, -57.3, -9, -112.2, -44.9, -51.5):
            page.evaluate("delete document.querySelector('playback-player').dataset.firstPictureMs")
            seek = "at => document.querySelector('pantau-playback').course.seek(at)"
            page.evaluate(seek, house.at_ms(minutes))
            page.wait_for_selector("playback-player[data-first-picture-ms]", timeout=PATIENCE_MS)
            told = page.get_attribute("playback-player", "data-first-picture-ms")
            took_ms.append(int(told or 0))
        # A second is the aim; a machine that runs other tests beside is given four.
        assert median(took_ms) <= 4000, took_ms


def test_what_is_not_recorded_or_out_of_reach_is_said(
    browser: Browser, house: PlaybackHouse
) -> None:
    with open_page(browser) as page:
        page.goto(house.page(minutes=-47))
        wait_for_note(page, "tidak terekam")
        assert shown_s(page) == house.at_ms(-45) // 1000
        page.goto(house.page(minutes=10))
        wait_for_note(page, "belum tiba")
        house.reach[1] = Reach((Span(house.at_ms(-49), house.at_ms(999)),))
        page.goto(house.page(minutes=-119))
        wait_for_note(page, "di luar yang dapat Anda lihat")
        assert page.get_by_role("link", name="Masukkan kode").get_attribute("href") == "/putar"
        assert page.locator("[data-part=span]").count() == 0


def test_a_right_that_ended_is_named_and_nothing_spins(
    browser: Browser, house: PlaybackHouse
) -> None:
    with open_page(browser) as page:
        page.goto(house.page(minutes=-58))
        house.reach[1] = NOTHING
        page.locator("[data-part=start]").tap()
        state(page, "failed")
        assert page.locator(".player__box").inner_text().startswith("Saat ini tidak tersedia")


def test_a_connection_that_is_away_is_named_and_comes_back(
    browser: Browser, house: PlaybackHouse
) -> None:
    with open_page(browser) as page:
        page.goto(house.page(minutes=-58))
        page.context.set_offline(True)
        page.locator("[data-part=start]").tap()
        state(page, "waiting", "failed")
        assert "Sambungan terputus" in page.locator(".player__box").inner_text()
        page.context.set_offline(False)
        state(page, "playing")


def test_stills_stand_in_where_nothing_plays(browser: Browser, house: PlaybackHouse) -> None:
    with open_page(browser) as page:
        page.goto(house.page(minutes=-58, more="player=still"))
        page.locator("[data-part=start]").tap()
        state(page, "still")
        assert page.evaluate("document.querySelector('[data-part=still]').naturalWidth") > 0
        wait_until_shown(page, house.at_ms(-58) / 1000 + 2)
