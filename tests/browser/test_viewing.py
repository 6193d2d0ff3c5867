"""The player tells the hub that somebody watches: after the picture, and at the end."""

import json
from typing import Any

from playwright.sync_api import Browser, Page, Route

from tests.browser.house import House
from tests.browser.sights import open_page, until, wait_for_state

LISTENS = """navigator.sendBeacon = (address, body) => {
  const what = address.split("/").pop();
  body.text().then((text) => (window.beacons ??= []).push([what, JSON.parse(text)]));
  return true;
};"""
"""What a page sends when it goes is out of reach of whoever drives the browser."""

Told = list[tuple[str, dict[str, Any]]]


def hub_that_listens(page: Page, told: Told) -> None:
    """Answer beacons as the hub does."""

    def answer(route: Route) -> None:
        what = route.request.url.rpartition("/")[2]
        body = route.request.post_data
        told.append((what, json.loads(body or "{}")))
        data = {"sessionId": f"session-{len(told)}"}
        route.fulfill(json={"success": True, "data": data})

    page.route("**/api/viewer/*", answer)


def test_who_watches_is_told_of_from_the_picture_to_the_end(
    browser: Browser, shared_house: House
) -> None:
    told: Told = []
    with open_page(browser) as page:
        hub_that_listens(page, told)
        page.add_init_script(LISTENS)
        page.clock.install()
        page.goto(f"{shared_house.address}/kamera/1-kamera-1")
        wait_for_state(page, "live")
        assert told == []
        until(page, lambda: len(told) >= 1)
        assert told[0] == ("start", {"cameraId": 1})
        until(page, lambda: len(told) >= 2)
        assert told[1] == ("heartbeat", {"sessionId": "session-1"})
        page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
        page.wait_for_function("window.beacons?.length === 2")
        by_name = dict(page.evaluate("window.beacons"))
        assert by_name["stop"] == {"sessionId": "session-1"}
        report = by_name["quality"]
        assert (report["camera_id"], report["codec_refused"]) == (1, False)
        assert report["start_ms"] > 0
        assert report["played_ms"] > 0
        assert "failure" not in report


def test_a_hub_that_does_not_listen_costs_nobody_the_picture(
    browser: Browser, shared_house: House
) -> None:
    with open_page(browser) as page:
        page.route("**/api/viewer/*", lambda route: route.abort())
        page.clock.install()
        page.goto(f"{shared_house.address}/kamera/1-kamera-1")
        wait_for_state(page, "live")
        page.clock.run_for(20_000)
        wait_for_state(page, "live")
