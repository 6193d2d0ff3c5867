"""The playback page on small screens, without a script, for operators, and under load."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from pantau.db.place import Place
from pantau.recordings.models import Reach, Span
from tests.browser.playback_house import (
    EVERYTHING,
    NOTHING,
    PlaybackHouse,
    open_playback_house,
)
from tests.browser.sights import OVERFLOW, SMALL_TARGETS, Traffic, open_page, read_by_everybody
from tests.browser.test_playback_page import play, state, wait_for_note

KB = 1024
Sight = Literal["operator", "public", "denied", "empty"]
SIGHTS: tuple[Sight, ...] = ("operator", "public", "denied", "empty")
MANY = tuple((-200 + number / 10, 2) for number in range(1000))
"""A thousand runs of two seconds, one every six seconds: 100 minutes."""


@pytest.fixture(scope="module")
def served(sqlite_template_place: Place) -> Iterator[PlaybackHouse]:
    with open_playback_house(sqlite_template_place, [(-60, 600), (-45, 60), *MANY]) as house:
        yield house


@pytest.fixture
def house(served: PlaybackHouse) -> PlaybackHouse:
    served.be_operator()
    return served


def look(house: PlaybackHouse, sight: Sight) -> str:
    """Be somebody, and return which page to open."""
    house.reach = {
        1: {
            "operator": EVERYTHING,
            "public": Reach((Span(house.at_ms(-50), house.at_ms(99)),)),
            "denied": NOTHING,
            "empty": Reach((Span(house.at_ms(-1), house.at_ms(99)),)),
        }[sight]
    }
    return house.page(minutes=-47 if sight == "public" else -58)


def open_tools(page: Page) -> None:
    if page.locator("[data-do=choose]").count():
        page.locator("[data-do=choose]").click()


def hide_tape(page: Page) -> None:
    """Of a timeline there is always more than is shown."""
    page.evaluate(
        "const sheet = new CSSStyleSheet();"
        "sheet.replaceSync('.reel__band, .reel__marks { display: none !important }');"
        "document.adoptedStyleSheets = [sheet]"
    )


@pytest.mark.parametrize("width", [360, 1366])
@pytest.mark.parametrize("sight", SIGHTS)
def test_axe_finds_nothing_in_either_theme(
    browser: Browser, house: PlaybackHouse, sight: Sight, width: int
) -> None:
    with open_page(browser, width=width) as page:
        page.goto(look(house, sight))
        open_tools(page)
        read_by_everybody(page)


@pytest.mark.parametrize("sight", SIGHTS)
def test_nothing_is_wider_than_the_screen(
    browser: Browser, house: PlaybackHouse, sight: Sight
) -> None:
    with open_page(browser, width=360, height=740) as page:
        page.goto(look(house, sight))
        open_tools(page)
        for width in (320, 360, 768):
            page.set_viewport_size({"width": width, "height": 740})
            for zoom in (100, 150):
                page.evaluate(f"document.documentElement.style.fontSize = '{zoom}%'")
                assert page.evaluate(OVERFLOW)["document"] == 0, (width, zoom)
        hide_tape(page)
        for width in (320, 360, 768):
            page.set_viewport_size({"width": width, "height": 740})
            for zoom in (100, 150):
                page.evaluate(f"document.documentElement.style.fontSize = '{zoom}%'")
                assert page.evaluate(OVERFLOW) == {"document": 0, "bad": []}, (width, zoom)
                if zoom == 100:
                    assert page.evaluate(SMALL_TARGETS) == [], width


def test_a_first_visit_stays_within_the_budget(browser: Browser, house: PlaybackHouse) -> None:
    with open_page(browser) as page:
        traffic = Traffic()
        traffic.watch(page)
        page.goto(look(house, "public"), wait_until="networkidle")
        kinds = traffic.by_kind
        assert kinds["document"] <= 25 * KB
        assert kinds["stylesheet"] <= 10 * KB
        assert kinds["script"] <= 26 * KB, "20 of its own, 6 of the player of all pages"
        assert kinds.get("media", 0) == 0
        assert traffic.largest[0] <= 50 * KB, traffic.largest


def test_without_a_script_days_hours_and_the_video_work(
    browser: Browser, house: PlaybackHouse
) -> None:
    with open_page(browser, has_script=False) as page:
        page.goto(house.page(minutes=-58))
        video = page.locator("video")
        assert video.get_attribute("controls") is not None
        assert (video.get_attribute("src") or "").startswith("/api/recordings/1/playback.m3u8?")
        assert not page.locator(".reel__win").is_visible()
        assert not page.locator(".player__bar").is_visible()
        page.locator(".hours a").first.click()
        assert "?t=" in page.url
        page.get_by_role("button", name="Ke waktu ini").click()
        assert "time=" in page.url
        page.locator(".cal a").first.click()
        assert "?d=" in page.url
        assert page.locator(".cal [aria-current=date]").count() == 1


def test_hundreds_of_runs_are_pulled_and_zoomed_on_a_slow_phone(
    browser: Browser, house: PlaybackHouse
) -> None:
    with open_page(browser, width=360, height=740) as page:
        page.goto(house.page(minutes=-150), wait_until="networkidle")
        # Those of one day: midnight may part them in the middle.
        assert page.evaluate("document.querySelector('pantau-playback').runs.spans.length") > 450
        session: Any = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 6})
        page.evaluate(
            """async () => {
              const reel = document.querySelector("playback-reel");
              const frame = () => new Promise(requestAnimationFrame);
              for (const span of [86400000, 21600000, 3600000]) {
                reel.zoomTo(span);
                await frame();
                const {middle} = reel;
                for (let step = 0; step < 40; step++) {
                  reel.drag(middle - step * reel.perPixel_ms * 20);
                  await frame();
                }
                reel.isHeld = false;
                reel.moveTo(middle);
              }
            }"""
        )
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        # A drawing for each new zoom, and one for each 400 pixels or so; runs that nobody can tell
        # apart are one, and what lies between them is a single shape.
        assert int(page.get_attribute("playback-reel", "data-draws") or 0) <= 16
        drawn = page.get_attribute("[data-band=runs]", "d") or ""
        assert 100 < drawn.count("M") <= 1000
        assert (page.get_attribute("[data-band=gaps]", "d") or "").count("M") <= 3


def test_operators_hold_and_export_a_stretch(browser: Browser, house: PlaybackHouse) -> None:
    with open_page(browser, width=1366) as page:
        page.goto(house.page(minutes=-55))
        page.get_by_role("button", name="Pilih potongan").click()
        end = page.get_by_role("slider", name="Akhir potongan")
        box = end.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 4, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + 60, box["y"] + 20, steps=4)
        page.mouse.up()
        page.get_by_role("slider", name="Awal potongan").focus()
        page.keyboard.press("PageUp")
        page.fill("#why", "Tabrakan")
        page.get_by_role("button", name="Tahan potongan ini").click()
        page.wait_for_selector("[data-part=span-note]:has-text('Ditahan')")
        page.get_by_role("button", name="Ekspor potongan ini").click()
        page.wait_for_selector("[data-part=span-note]:has-text('Klip sedang dibuat')")
        house.asked.status = 409
        page.get_by_role("button", name="Tahan potongan ini").click()
        page.wait_for_selector("[data-part=span-note]:has-text('Kurang tepat.')")
        (_, where, token, hold), (_, to, _, export) = house.asked.calls[:2]
        assert (where, to) == ("/api/recordings/holds", "/api/recordings/1/exports")
        assert len(token) == 64
        assert hold["camera_id"] == 1
        assert hold["reason"] == "Tabrakan"
        assert (hold["from"], hold["to"]) == (export["from"], export["to"])
        assert page.locator("playback-player[data-state=idle]").count() == 1, "handles play nothing"


def test_a_timeline_that_cannot_be_had_is_no_empty_one(
    browser: Browser, house: PlaybackHouse
) -> None:
    with open_page(browser) as page:
        page.goto(house.page(minutes=-58))
        page.route("**/timeline?*", lambda route: route.abort())
        page.get_by_role("button", name="24 jam").tap()
        wait_for_note(page, "Tidak dapat diketahui")
        assert page.locator("[data-band=unknown][d*=M]").count() == 1
        play(page)
        state(page, "playing")
