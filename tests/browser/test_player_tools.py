"""What can be done with a picture: near and far, keys, leafing, snapshots, the whole screen."""

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Download, Page, expect

from pantau.ui.site import Watermark
from tests.browser.house import House
from tests.browser.sights import open_page, wait_for_state
from tests.browser.touching import Fingers

WATCH = "/kamera/1-kamera-1"
PICTURE = "[data-part=picture]"
READY = f"{PICTURE}[style*=touch-action]"
SEEN = """() => {
  const style = document.querySelector("video").style.transform;
  const [x, y] = (/translate\\((.*?)px, (.*?)px\\)/.exec(style) ?? [0, 0, 0]).slice(1).map(Number);
  const place = document.querySelector("[data-part=picture]");
  return {factor: Number(/scale\\((.*?)\\)/.exec(style)?.[1] ?? 1), x, y,
          wide: place.clientWidth, high: place.clientHeight, scrolled: scrollY};
}"""


def watch(page: Page, house: House, path: str = WATCH, *states: str) -> None:
    """Open a camera's page and wait until its tools are there."""
    page.goto(house.address + path)
    wait_for_state(page, *(states or ("live",)))
    page.wait_for_selector(READY)


def seen(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(SEEN)
    return found


def true_of(page: Page, claim: str) -> None:
    """Wait until a claim about the page holds; our policy forbids Playwright's own way."""
    for _ in range(450):
        if page.evaluate(f"Boolean({claim})"):
            return
        page.wait_for_timeout(100)
    raise AssertionError(claim)


def expect_factor(page: Page, words: str) -> None:
    expect(page.locator("[data-part=factor]")).to_have_text(words)


def test_fingers_bring_the_picture_near_and_leave_the_page_its_own(
    browser: Browser, shared_house: House
) -> None:
    with open_page(browser, height=600) as page:
        watch(page, shared_house)
        fingers = Fingers(page)
        fingers.pinch((200, 170), before_px=80, after_px=200)
        expect_factor(page, "2,5×")
        fingers.pinch((200, 170), before_px=40, after_px=380)
        expect_factor(page, "4,0×")
        # However far somebody drags, no edge comes into the picture's place.
        fingers.drag((60, 100), (400, 120))
        fingers.drag((60, 100), (400, 120))
        fingers.drag((60, 100), (400, 120))
        now = seen(page)
        assert now["x"] == pytest.approx(1.5 * now["wide"])
        assert abs(now["y"]) <= 1.5 * now["high"]
        assert now["scrolled"] == 0
        # Fingers that come together leave the whole picture.
        fingers.pinch((200, 170), before_px=380, after_px=40)
        expect(page.locator("[data-part=zoom-bar]")).to_be_hidden()
        assert seen(page)["factor"] == 1
        # Two taps: near, and back.
        for factor in (2.5, 1):
            for _ in range(2):
                fingers.put((120, 120))
                fingers.lift()
            expect(page.locator("[data-part=zoom]")).to_have_attribute(
                "aria-pressed", str(factor > 1).lower()
            )
            assert seen(page)["factor"] == factor
        # Up and down belongs to the page.
        fingers.drag((200, 220), (205, 80))
        true_of(page, "scrollY > 40")
        assert page.url.endswith(WATCH)


def test_a_near_picture_lets_the_page_scroll_at_its_edge(
    browser: Browser, shared_house: House
) -> None:
    with open_page(browser, height=600) as page:
        watch(page, shared_house)
        fingers = Fingers(page)
        page.locator("[data-part=zoom]").tap()
        expect_factor(page, "2,0×")
        before = seen(page)
        fingers.drag((200, 260), (200, 90))
        now = seen(page)
        assert now["y"] == pytest.approx(-before["high"] / 2)
        assert now["scrolled"] > before["scrolled"]


def test_a_swipe_leafs_on_and_only_a_wide_one(browser: Browser, shared_house: House) -> None:
    with open_page(browser) as page:
        watch(page, shared_house)
        onward = page.locator("a[data-turn=next]").get_attribute("href") or "missing"
        fingers = Fingers(page)
        fingers.drag((220, 150), (190, 150))
        fingers.drag((300, 80), (200, 280))
        page.evaluate("scrollTo(0, 0)")
        assert page.url.endswith(WATCH)
        fingers.drag((320, 150), (120, 160))
        page.wait_for_url(f"**{onward}")
        wait_for_state(page, "live")
        page.wait_for_selector(READY)
        Fingers(page).drag((80, 150), (300, 160))
        page.wait_for_url(f"**{WATCH}")


def test_the_wheel_is_the_pages_until_the_picture_is_near(
    browser: Browser, shared_house: House
) -> None:
    with open_page(browser, width=1366, height=600) as page:
        watch(page, shared_house)
        page.mouse.move(400, 200)
        page.mouse.wheel(0, 60)
        true_of(page, "scrollY > 0")
        assert seen(page)["factor"] == 1
        page.keyboard.down("Control")
        page.mouse.wheel(0, -400)
        page.keyboard.up("Control")
        expect(page.locator("[data-part=zoom-bar]")).to_be_visible()
        near = seen(page)
        assert 1.5 < near["factor"] < 4
        page.mouse.move(500, 250)
        page.mouse.down()
        page.mouse.move(560, 250, steps=3)
        page.mouse.up()
        assert seen(page)["x"] > near["x"]
        page.mouse.wheel(0, 2000)
        expect(page.locator("[data-part=zoom-bar]")).to_be_hidden()
        assert seen(page)["scrolled"] == near["scrolled"]


def test_keys_work_where_they_are_meant(browser: Browser, shared_house: House) -> None:
    with open_page(browser, width=1366, height=768) as page:
        watch(page, shared_house)
        page.keyboard.press("+")
        page.keyboard.press("+")
        expect_factor(page, "2,0×")
        page.keyboard.press("ArrowLeft")
        assert seen(page)["x"] > 0
        page.keyboard.press("-")
        expect_factor(page, "1,5×")
        page.keyboard.press("0")
        assert seen(page)["factor"] == 1
        page.keyboard.press("k")
        wait_for_state(page, "paused")
        page.keyboard.press("k")
        wait_for_state(page, "live")
        page.keyboard.press("?")
        sheet = page.get_by_role("dialog", name="Tombol pintas")
        expect(sheet).to_be_visible()
        # What is typed into a dialog is not meant for the picture.
        page.keyboard.press("+")
        assert seen(page)["factor"] == 1
        sheet.get_by_role("checkbox").uncheck()
        page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("+")
        assert seen(page)["factor"] == 1
        page.locator("pantau-player [data-part=toggle]").focus()
        page.keyboard.press("+")
        expect_factor(page, "1,5×")
        onward = page.locator("a[data-turn=next]").get_attribute("href") or "missing"
        page.keyboard.press("n")
        page.wait_for_url(f"**{onward}")


MARK = Watermark(text="CCTV Kota Tirtasari", position="bottom-left", opacity=1.0)


def contrast(picture: Image.Image, box: tuple[int, int, int, int]) -> int:
    """Return how far apart the darkest and the lightest of a part are."""
    shades = picture.crop(box).histogram()
    used = [shade for shade, count in enumerate(shades) if count]
    return used[-1] - used[0]


def picture_of(download: Download) -> Image.Image:
    return Image.open(io.BytesIO(download.path().read_bytes())).convert("L")


@pytest.mark.parametrize(("path", "state"), [("", "live"), ("?player=still", "still")])
def test_a_snapshot_is_the_picture_with_the_operators_line(
    browser: Browser, house: House, path: str, state: str
) -> None:
    house.site = replace(house.site, watermark=MARK)
    with open_page(browser, width=1366, height=768) as page:
        watch(page, house, WATCH + path, state)
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Jepret").click()
        name = waiting.value.suggested_filename
        assert re.fullmatch(r"kamera-1-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.jpg", name)
        picture = picture_of(waiting.value)
        shown = page.evaluate(
            "() => { const still = document.querySelector('img[data-part=still]:not([hidden])');"
            " const video = document.querySelector('video');"
            " return still ? [still.naturalWidth, still.naturalHeight]"
            " : [video.videoWidth, video.videoHeight]; }"
        )
        assert list(picture.size) == shown
        wide, high = picture.size
        # Light letters with a dark rim in that corner, and nothing in the one across.
        assert contrast(picture, (0, high - 26, wide // 2, high)) > 150
        assert contrast(picture, (wide // 2, 0, wide, 26)) < 60
        # The sheet for sharing stands before it and has a line of its own.
        said = page.get_by_role("status").filter(has_text="ada di Unduhan")
        expect(said).to_be_visible()


def test_a_telephone_hands_the_snapshot_on(browser: Browser, shared_house: House) -> None:
    with open_page(browser) as page:
        page.add_init_script(
            "Object.assign(navigator, { canShare: () => true, share: async ({ files }) => {"
            " window.shared = [files[0].name, files[0].type, files[0].size]; } });"
        )
        watch(page, shared_house)
        page.keyboard.press("s")
        true_of(page, "window.shared")
        name, kind, size = page.evaluate("window.shared")
        assert name.startswith("kamera-1-")
        assert (kind, size > 500) == ("image/jpeg", True)


def test_the_whole_screen_lies_down_and_begins_with_the_whole_picture(
    browser: Browser, shared_house: House
) -> None:
    with open_page(browser) as page:
        page.add_init_script(
            "window.locks = []; ScreenOrientation.prototype.lock = async (way) => {"
            " locks.push(way); throw new DOMException('', 'NotSupportedError'); };"
        )
        watch(page, shared_house)
        page.locator("[data-part=zoom]").tap()
        expect_factor(page, "2,0×")
        page.get_by_role("button", name="Layar penuh").tap()
        true_of(page, "document.fullscreenElement && locks.length")
        assert page.evaluate("locks") == ["landscape"]
        assert page.evaluate("document.fullscreenElement.localName") == "pantau-player"
        expect(page.locator("[data-part=zoom-bar]")).to_be_hidden()
        page.get_by_role("button", name="Layar penuh").tap()
        true_of(page, "!document.fullscreenElement")


@pytest.mark.parametrize("can", [True, False])
def test_a_small_window_is_offered_where_there_are_any(
    browser: Browser, shared_house: House, can: bool
) -> None:
    with open_page(browser, width=1366, height=768) as page:
        page.add_init_script(
            "Object.defineProperty(Document.prototype, 'pictureInPictureEnabled',"
            f" {{ get: () => {str(can).lower()} }});"
            "HTMLVideoElement.prototype.requestPictureInPicture = async () => {"
            " window.floated = true; throw new DOMException('', 'NotSupportedError'); };"
        )
        watch(page, shared_house)
        button = page.get_by_role("button", name="Jendela kecil")
        assert button.is_visible() == can
        page.keyboard.press("i")
        if can:
            true_of(page, "window.floated")
        else:
            assert page.evaluate("window.floated") is None
