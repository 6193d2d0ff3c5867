"""Several cameras at once, on real streams: what plays, is heard, is moved, and dies alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.clips import clip
from tests.browser.house import House, Placed, open_house
from tests.browser.sights import open_page
from tests.browser.stills import jpeg
from tests.support.waiting import until_in_thread

PLACED = tuple(Placed(f"Kamera {number}", area="Wanasari") for number in range(1, 11))
LIVE = """() => [...document.querySelectorAll('pantau-player')]
  .filter((player) => player.dataset.state === 'live'
    && player.querySelector('video').getVideoPlaybackQuality().totalVideoFrames > 5)
  .map((player) => Number(player.dataset.camera))"""
FRAMES = """() => Object.fromEntries([...document.querySelectorAll('pantau-player video')].map(
  (video) => [video.closest('.tile').dataset.camera,
              video.getVideoPlaybackQuality().totalVideoFrames]))"""
HIDE = """hidden => {
  Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture(scope="module")
def wall() -> Iterator[House]:
    """Ten cameras that are fine; every test leaves their streams as they were."""
    house = House(PLACED, still=lambda number: (b"image/jpeg", jpeg(number)))
    for number in (1, 2):
        house.streams[number].clip = clip(has_sound=True)
    with open_house(house) as opened:
        yield opened


def live(page: Page) -> list[int]:
    found: list[int] = page.evaluate(LIVE)
    return found


def wait_for_live(page: Page, *numbers: int) -> None:
    """Wait until these cameras, and no others, show decoded pictures."""
    until_in_thread(lambda: sorted(live(page)) == sorted(numbers), what=f"live: {numbers}")


def order(page: Page) -> list[int]:
    found: list[int] = page.evaluate(
        "[...document.querySelectorAll('.tile')].map((tile) => Number(tile.dataset.camera))"
    )
    return found


def handle(page: Page, number: int) -> Any:
    return page.locator(f".tile[data-camera='{number}'] [data-do=grip]")


def test_nine_cameras_play_and_one_that_does_not_open_keeps_it_to_itself(
    browser: Browser, wall: House
) -> None:
    wall.streams[5].refuse_playlists = 1_000_000
    try:
        with open_page(browser, width=1920, height=1500, locale="en-GB") as page:
            page.goto(f"{wall.address}/multi?kamera=1.2.3.4.5.6.7.8.9")
            wait_for_live(page, 1, 2, 3, 4, 6, 7, 8, 9)
            dead = page.locator("pantau-player[data-camera='5']")
            expect(dead.get_by_role("button", name="Try now")).to_be_visible()
            assert page.locator(".player__box:visible").count() == 1
            wall.streams[5].refuse_playlists = 0
            dead.get_by_role("button", name="Try now").click()
            wait_for_live(page, *range(1, 10))
            before = page.evaluate(FRAMES)
            until_in_thread(
                lambda: all(
                    count > before[number] + 5 for number, count in page.evaluate(FRAMES).items()
                )
            )
    finally:
        wall.streams[5].refuse_playlists = 0


@pytest.mark.long
def test_a_camera_that_dies_while_nine_play_dies_alone(browser: Browser, wall: House) -> None:
    with open_page(browser, width=1920, height=1500, locale="en-GB") as page:
        page.goto(f"{wall.address}/multi?kamera=1.2.3.4.5.6.7.8.9")
        wait_for_live(page, *range(1, 10))
        wall.streams[5].refuse_playlists = 1_000_000
        wall.streams[5].silent = True
        try:
            wait_for_live(page, 1, 2, 3, 4, 6, 7, 8, 9)
            box = page.locator("pantau-player[data-camera='5'] .player__box")
            expect(box).to_be_visible()
            assert page.locator(".player__box:visible").count() == 1
        finally:
            wall.streams[5].refuse_playlists = 0
            wall.streams[5].silent = False


def test_a_tile_is_dragged_and_plays_on(browser: Browser, wall: House) -> None:
    with open_page(browser, width=1366, height=1000, locale="en-GB") as page:
        page.goto(f"{wall.address}/multi?kamera=3.4.5&tata=besar")
        wait_for_live(page, 3, 4, 5)
        page.evaluate("document.querySelectorAll('video').forEach((each) => { each.seen = true })")
        box = handle(page, 3).bounding_box()
        target = page.locator(".tile[data-camera='5'] .player__pic").bounding_box()
        assert target is not None
        page.mouse.move(box["x"] + 20, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + 60, box["y"] - 40, steps=4)
        page.mouse.move(target["x"] + 40, target["y"] + 40, steps=8)
        until_in_thread(lambda: order(page) == [4, 5, 3])
        page.mouse.up()
        expect(page).to_have_url(f"{wall.address}/multi?kamera=4.5.3&tata=besar")
        expect(page.locator("[data-part=say]").first).to_have_text("Kamera 3 is now camera 3 of 3.")
        assert page.locator(".tile__menu[open]").count() == 0
        # The same elements, which never stopped.
        wait_for_live(page, 3, 4, 5)
        assert page.evaluate("[...document.querySelectorAll('video')].every((each) => each.seen)")
        # Escape puts a tile back.
        page.mouse.move(box["x"] + 20, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(target["x"] + 40, target["y"] + 40, steps=8)
        until_in_thread(lambda: order(page) == [5, 3, 4] or order(page) == [5, 4, 3])
        page.keyboard.press("Escape")
        page.mouse.up()
        assert order(page) == [4, 5, 3]


def test_keys_move_a_tile_and_links_follow(browser: Browser, wall: House) -> None:
    with open_page(browser, width=1366, height=1000, locale="en-GB") as page:
        page.goto(f"{wall.address}/multi?kamera=3.4.5")
        handle(page, 3).focus()
        page.keyboard.press("ArrowRight")
        said = page.locator("[data-part=say]").first
        expect(said).to_have_text("Kamera 3 is now camera 2 of 3.")
        assert order(page) == [4, 3, 5]
        # The focus goes with the tile, so the next key works too.
        page.keyboard.press("End")
        expect(said).to_have_text("Kamera 3 is now camera 3 of 3.")
        handle(page, 5).press("Enter")
        page.get_by_role("link", name="Move forward").locator("visible=true").click()
        until_in_thread(lambda: order(page) == [5, 4, 3])
        page.get_by_role("link", name="Remove Kamera 4").click()
        assert order(page) == [5, 3]
        # The server draws the links anew for the set as it is.
        remove = page.locator(".tile[data-camera='5'] .tile__row > [data-do=remove]")
        expect(remove).to_have_attribute("href", "/multi?kamera=3")
        page.get_by_role("link", name="Four").click()
        expect(page).to_have_url(f"{wall.address}/multi?kamera=5.3&tata=empat")


def test_a_set_is_found_typed_kept_and_handed_on(browser: Browser, wall: House) -> None:
    with open_page(browser, width=1366, height=1000, locale="en-GB") as page:
        page.goto(f"{wall.address}/multi")
        expect(page.get_by_text("No camera chosen yet")).to_be_visible()
        page.locator("[data-do=join][data-camera='3']").click()
        expect(page).to_have_url(f"{wall.address}/multi?kamera=3")
        page.get_by_role("searchbox").fill("kamera 7")
        until_in_thread(
            lambda: page.locator("[data-do=join]").first.get_attribute("data-camera") == "7"
        )
        page.locator("[data-do=join]").first.click()
        expect(page).to_have_url(f"{wall.address}/multi?kamera=3.7")
        wait_for_live(page, 3, 7)
        # Another page adds to the set of this device; the address holds it all.
        page.goto(f"{wall.address}/multi?tambah=9")
        expect(page).to_have_url(f"{wall.address}/multi?kamera=3.7.9")
        page.goto(f"{wall.address}/multi")
        expect(page).to_have_url(f"{wall.address}/multi?kamera=3.7.9")
        # What somebody else sends is looked at, and changes nothing here.
        page.goto(f"{wall.address}/multi?kamera=1.2")
        page.goto(f"{wall.address}/multi")
        expect(page).to_have_url(f"{wall.address}/multi?kamera=3.7.9")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("link", name="Copy the link").click()
        expect(page.locator("[data-part=say]").first).to_have_text("The link was copied.")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == f"{wall.address}/multi?kamera=3.7.9"


def test_one_camera_is_heard_and_none_in_a_hidden_tab(browser: Browser, wall: House) -> None:
    with open_page(browser, width=1366, height=1000, locale="en-GB") as page:
        page.clock.install()
        page.goto(f"{wall.address}/multi?kamera=1.2.3")
        wait_for_live(page, 1, 2, 3)

        def heard() -> list[int]:
            found: list[int] = page.evaluate(
                "[...document.querySelectorAll('pantau-player')]"
                ".filter((each) => !each.querySelector('video').muted)"
                ".map((each) => Number(each.dataset.camera))"
            )
            return found

        def sound(number: int) -> Any:
            return page.locator(f"pantau-player[data-camera='{number}'] [data-do=sound]")

        expect(sound(3)).to_be_hidden()
        assert heard() == []
        sound(1).click()
        until_in_thread(lambda: heard() == [1])
        sound(2).click()
        until_in_thread(lambda: heard() == [2])
        # What somebody turns to is heard; a camera without sound takes it from nobody.
        handle(page, 1).focus()
        until_in_thread(lambda: heard() == [1])
        handle(page, 3).focus()
        assert heard() == [1]
        sound(1).click()
        until_in_thread(lambda: heard() == [])
        page.evaluate(HIDE, True)
        page.clock.fast_forward(6_000)
        until_in_thread(lambda: page.locator("pantau-player, video").count() == 0)
        page.evaluate(HIDE, False)
        wait_for_live(page, 1, 2, 3)


@pytest.mark.parametrize(
    ("cores", "memory", "most"), [(4, 8, 2), pytest.param(8, 8, 4, marks=pytest.mark.long)]
)
def test_a_phone_plays_as_many_as_it_bears_and_says_so(
    browser: Browser, wall: House, cores: int, memory: int, most: int
) -> None:
    with open_page(browser, width=360, height=2400, locale="en-GB", cores=cores) as page:
        page.add_init_script(
            f"Object.defineProperty(navigator, 'deviceMemory', {{value: {memory}}})"
        )
        # Phones with few cores are in lite mode until somebody leaves it.
        page.context.add_cookies([{"name": "pantau_lite", "value": "0", "url": wall.address}])
        page.goto(f"{wall.address}/multi?kamera=3.4.5.6.7.8&tata=enam")
        wait_for_live(page, *[3, 4, 5, 6][:most])
        note = page.locator("[data-part=fewer]")
        expect(note).to_contain_text(f"This device plays {most} of 6 cameras")
        # Who asks for another gets it, and the last one rests.
        page.get_by_role("button", name="Play Kamera 8").tap()
        wait_for_live(page, 8, *[3, 4, 5][: most - 1])
        if most == 2:
            page.get_by_role("button", name="Play all of them").tap()
            wait_for_live(page, *range(3, 9))
            expect(note).to_be_hidden()


def test_in_lite_mode_one_plays_once_somebody_asks(browser: Browser, wall: House) -> None:
    with open_page(browser, width=360, height=1500, locale="en-GB") as page:
        page.context.add_cookies([{"name": "pantau_lite", "value": "1", "url": wall.address}])
        page.goto(f"{wall.address}/multi?kamera=3.4")
        expect(page.locator("[data-part=fewer]")).to_contain_text("This device plays 1 of 2")
        assert page.locator("pantau-player").count() == 0
        page.get_by_role("button", name="Play Kamera 4").tap()
        wait_for_live(page, 4)
        page.get_by_role("button", name="Play Kamera 3").tap()
        wait_for_live(page, 3)
        assert page.locator("video").count() == 1


def test_without_a_script_stills_are_shown_and_links_arrange_them(
    browser: Browser, wall: House
) -> None:
    with open_page(browser, has_script=False, locale="en-GB") as page:
        page.goto(f"{wall.address}/multi?kamera=3.4")
        assert page.locator(".tile .still img:visible").count() == 2
        assert page.locator("video:visible, [data-js]:visible").count() == 0
        handle(page, 3).click()
        page.get_by_role("link", name="Move back").locator("visible=true").click()
        expect(page).to_have_url(f"{wall.address}/multi?kamera=4.3")
        page.get_by_role("searchbox").fill("kamera 9")
        page.get_by_role("button", name="Search").click()
        page.locator("[data-do=join]").first.click()
        expect(page).to_have_url(f"{wall.address}/multi?kamera=4.3.9")
