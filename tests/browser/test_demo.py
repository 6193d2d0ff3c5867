"""Pantau as people start it: real cameras on loopback, a phone, a tap, a moving picture."""

import json
import re
import statistics
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.sights import open_page, player, wait_for_moving_picture, wait_for_state

ARTIFACT = Path(__file__).parents[2] / ".cache/first-picture.json"
_FIRST_START_S = 50


def warm_camera(page: Page, address: str) -> int:
    """Wait for an H.264 camera with some seconds of video to play, and return its number.

    Chromium's own player gives up on a playlist of a second or two; ours then takes hls.js, which
    is right for visitors and wrong for a test of the native player.
    """
    for _ in range(_FIRST_START_S * 2):
        cameras = page.request.get(f"{address}/api/stream").json()["data"]
        for camera in cameras:
            playlist = page.request.get(f"{address}/hls/{camera['stream_key']}/index.m3u8")
            listed_s = sum(map(float, re.findall(r"#EXTINF:([\d.]+)", playlist.text())))
            if camera["video_codec"] == "h264" and listed_s > 8:
                return int(camera["id"])
        page.wait_for_timeout(500)
    raise AssertionError("the demo cameras did not come up")


@pytest.mark.timeout(120)
def test_a_phone_sees_a_demo_camera_move(browser: Browser, demo: str) -> None:
    with open_page(browser) as page:
        camera = warm_camera(page, demo)
        page.goto(demo)
        page.locator(f"[data-id='{camera}'] a").tap()
        wait_for_state(page, "live", timeout_s=30)
        wait_for_moving_picture(page)
        assert player(page)["path"] == "native"


@pytest.mark.timeout(120)
def test_sound_is_offered_where_there_is_some_and_starts_only_on_demand(
    browser: Browser, demo: str
) -> None:
    with open_page(browser) as page:
        warm_camera(page, demo)
        # The first demo camera sends AAC.
        page.goto(f"{demo}/k/1")
        page.get_by_role("button", name="Suara").tap()
        assert page.evaluate("!document.querySelector('video').muted")


@pytest.mark.timeout(120)
def test_the_same_camera_moves_through_hls_js(browser: Browser, demo: str) -> None:
    with open_page(browser) as page:
        page.goto(f"{demo}/k/{warm_camera(page, demo)}?player=hlsjs")
        wait_for_state(page, "live", timeout_s=30)
        wait_for_moving_picture(page)
        assert player(page)["path"] == "hlsjs"


@pytest.mark.long
@pytest.mark.timeout(120)
def test_the_first_picture_is_timed_and_reported(
    browser: Browser, demo: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the tap on the wall to the first decoded picture of a camera that is running."""
    times: dict[str, list[int]] = {"native": [], "hlsjs": []}
    with open_page(browser) as page:
        camera = warm_camera(page, demo)
        for path, found in times.items():
            for _ in range(5):
                page.goto(demo)
                page.wait_for_selector("theme-switch button")
                link = page.locator(f"[data-id='{camera}'] a")
                link.evaluate("(link, path) => { link.search = `?player=${path}`; }", path)
                link.tap()
                wait_for_state(page, "live", timeout_s=30)
                found.append(int(player(page)["firstPictureMs"]))
    report = {
        path: {"median_ms": statistics.median(found), "all_ms": found}
        for path, found in times.items()
    }
    ARTIFACT.parent.mkdir(exist_ok=True)
    ARTIFACT.write_text(json.dumps(report, indent=2))
    with capsys.disabled():
        print(f"\nfirst picture, tap to decoded frame: {json.dumps(report)}")  # noqa: T201


def test_the_pages_of_the_demo_name_no_camera_address(browser: Browser, demo: str) -> None:
    with open_page(browser) as page:
        for path in ["/", "/k/1", "/k/2", "/wall.id.json", "/api/stream", "/kamera/99"]:
            text = page.request.get(demo + path).text()
            assert "rtsp:" not in text
            assert "/work/" not in text
            assert "@127.0.0.1" not in text
