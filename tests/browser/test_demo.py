"""Pantau as people start it: real cameras on loopback, a phone, a tap, a moving picture."""

import json
import statistics
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.sights import open_page, player, wait_for_moving_picture, wait_for_state

ARTIFACT = Path(__file__).parents[2] / ".cache/first-picture.json"
_FIRST_START_S = 50


def wait_for_live_cameras(page: Page, address: str, *, fewest: int) -> list[dict[str, object]]:
    """Wait until the demo cameras are up, and return them as the API tells them."""
    for _ in range(_FIRST_START_S * 2):
        answer = page.request.get(f"{address}/api/stream")
        cameras: list[dict[str, object]] = answer.json()["data"]
        news = page.request.get(f"{address}/wall.id.json").json()["cameras"]
        live = [each for each in cameras if news[str(each["id"])]["state"] == "live"]
        if len(live) >= fewest:
            return live
        page.wait_for_timeout(500)
    raise AssertionError("the demo cameras did not come up")


@pytest.mark.timeout(120)
def test_a_phone_sees_a_demo_camera_move(browser: Browser, demo: str) -> None:
    with open_page(browser) as page:
        live = wait_for_live_cameras(page, demo, fewest=3)
        page.goto(demo)
        page.locator(f"[data-id='{_h264(live)}'] a").tap()
        wait_for_state(page, "live", timeout_s=30)
        wait_for_moving_picture(page)
        assert player(page)["path"] == "native"


@pytest.mark.timeout(120)
def test_the_same_camera_moves_through_hls_js(browser: Browser, demo: str) -> None:
    with open_page(browser) as page:
        live = wait_for_live_cameras(page, demo, fewest=3)
        page.goto(f"{demo}/k/{_h264(live)}?player=hlsjs")
        wait_for_state(page, "live", timeout_s=30)
        wait_for_moving_picture(page)
        assert player(page)["path"] == "hlsjs"


@pytest.mark.timeout(120)
def test_the_first_picture_is_timed_and_reported(
    browser: Browser, demo: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the tap on the wall to the first decoded picture of a camera that is running."""
    times: dict[str, list[int]] = {"native": [], "hlsjs": []}
    with open_page(browser) as page:
        camera = _h264(wait_for_live_cameras(page, demo, fewest=3))
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


def _h264(live: list[dict[str, object]]) -> object:
    return next(each["id"] for each in live if each["video_codec"] == "h264")
