"""The portal as an app, in Chromium: no network, two builds, two apps, and a way out."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response, Route, expect

from tests.browser.app_house import (
    AppHouse,
    another_build,
    free_port,
    this_build,
    visit_twice,
)
from tests.browser.house import House, open_house
from tests.browser.sights import OVERFLOW, SMALL_TARGETS, open_page, read_by_everybody, until

KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) found.push(request.url);
  return found.map((url) => new URL(url).pathname);
}"""
REGISTERED = "async () => (await navigator.serviceWorker.getRegistrations()).length"


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house(AppHouse()) as house:
        yield house


def test_without_a_network_a_page_says_so_and_comes_back_by_itself(
    browser: Browser, house: House
) -> None:
    with open_page(browser, width=360, height=740) as page:
        visit_twice(page, house.address + "/")
        page.context.set_offline(True)
        page.goto(house.address + "/daftar")
        expect(page.get_by_role("heading", name="Tidak ada jaringan")).to_be_visible()
        assert page.url == house.address + "/daftar"
        # Dressed: what it needs came with it.
        assert page.evaluate("getComputedStyle(document.querySelector('a')).display") != "inline"
        page.context.set_offline(False)
        expect(page.get_by_role("heading", name="Semua kamera dalam kata")).to_be_visible()


def test_the_page_without_a_network_is_for_everybody(browser: Browser, house: House) -> None:
    for width, locale in ((320, "id-ID"), (1366, "en-GB")):
        with open_page(browser, width=width, locale=locale) as page:
            page.goto(house.address + "/luring")
            page.evaluate("document.documentElement.style.fontSize = '150%'")
            assert page.evaluate(OVERFLOW) == {"document": 0, "bad": []}
            assert page.evaluate(SMALL_TARGETS) == []
            read_by_everybody(page, str(width))


def test_the_worker_keeps_pages_and_data_out(browser: Browser, house: House) -> None:
    answers: list[Response] = []
    with open_page(browser) as page:
        visit_twice(page, house.address + "/")
        page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108
        page.goto(house.address + "/kamera/1-kamera-1")
        page.wait_for_load_state("networkidle")
        page.evaluate(
            """async () => {
              await fetch("/api/thumbnails/1.jpg");
              await fetch("/versi.json");
              await fetch("/assets/nothing.css", { headers: { Range: "bytes=0-1" } });
              await fetch("/daftar", { method: "POST" });
            }"""
        )
        page.goto(house.address + "/api/thumbnails/2.jpg")
        page.goto(house.address + "/admin")
        page.goto(house.address + "/daftar?q=a")
        kept = page.evaluate(KEPT)
        # All that was kept is the shell and files of ours; no page, no still, no list.
        assert all(path.startswith("/assets/") or path == "/luring" for path in kept), kept
        assert "/luring" in kept
        assert len(kept) > 4
        by_worker = {
            path: answer.from_service_worker
            for answer in answers
            if (path := answer.url.removeprefix(house.address))
        }
    assert by_worker["/kamera/1-kamera-1"]
    assert not any(
        used
        for path, used in by_worker.items()
        if path.startswith(("/api/", "/hls/", "/admin", "/versi", "/assets/nothing"))
        or path == "/daftar"
    ), by_worker
    assert by_worker["/daftar?q=a"]
    assert {"/api/thumbnails/2.jpg", "/admin", "/versi.json", "/daftar"} <= by_worker.keys()


def test_the_kept_page_speaks_the_language_that_the_visitor_changed_to(
    browser: Browser, house: House
) -> None:
    with open_page(browser) as page:
        visit_twice(page, house.address + "/")
        page.goto(house.address + "/?lang=en")
        kept = "async () => (await (await caches.match('/luring')).text())"
        for _ in range(100):
            if "No network" in page.evaluate(kept):
                break
            page.wait_for_timeout(100)
        page.context.set_offline(True)
        page.goto(house.address + "/status")
        expect(page.get_by_role("heading", name="No network")).to_be_visible()


def newer_is_told(page: Page) -> None:
    """Have the quarter of an hour pass after which an open page asks."""
    page.clock.fast_forward("16:00")
    expect(page.get_by_text("Ada versi baru.")).to_be_visible()


def test_an_update_waits_for_consent_and_tabs_of_the_build_before_go_on(
    browser: Browser, tmp_path: Path
) -> None:
    port, shelf = free_port(), tmp_path / "old"
    with open_page(browser) as page:
        page.clock.install()
        with open_house(AppHouse(this_build(shelf)), port) as first:
            visit_twice(page, first.address + "/daftar")
            page.wait_for_load_state("networkidle")
            built = page.evaluate("document.documentElement.dataset.build")
        newer = AppHouse(another_build(tmp_path, shelf))
        with open_house(newer, port) as second:
            assert newer.portal.assets.build != built
            # A part that this tab has not fetched yet comes from its own build (lesson F18).
            is_old = "async () => !('build' in await import('pantau/update_bar'))"
            assert page.evaluate(is_old)
            page.evaluate("window.mark = 'the same page'")
            newer_is_told(page)
            waiting = """async () => {
              const registration = await navigator.serviceWorker.getRegistration();
              return registration.waiting !== null && registration.active !== null;
            }"""
            # The page may be told before the browser has put the new one in place.
            until(page, lambda: page.evaluate(waiting))
            # Nothing happens to the page, however long nobody says yes.
            page.clock.fast_forward("02:00:00")
            assert page.evaluate("window.mark") == "the same page"
            assert page.evaluate(waiting)
            page.get_by_role("button", name="Muat").click()
            page.wait_for_url(second.address + "/daftar")
            build = newer.portal.assets.build
            expect(page.locator(f"html[data-build='{build}']")).to_be_attached()
            assert page.evaluate("window.mark") is None
            assert not page.evaluate(waiting)
            # What the worker before it had kept is gone.
            assert page.evaluate("async () => (await caches.keys()).length") == 1


def test_who_takes_the_update_over_decides_when(browser: Browser, tmp_path: Path) -> None:
    port, shelf = free_port(), tmp_path / "old"
    with open_page(browser) as page:
        page.clock.install()
        with open_house(AppHouse(this_build(shelf)), port) as first:
            visit_twice(page, first.address + "/daftar")
            page.wait_for_load_state("networkidle")
            page.evaluate(
                """() => document.addEventListener("pantau-update", (told) => {
                  told.preventDefault();
                  window.accept = told.detail.accept;
                })"""
            )
        newer = AppHouse(another_build(tmp_path, shelf))
        with open_house(newer, port):
            page.clock.fast_forward("16:00")
            for _ in range(400):
                if page.evaluate("'accept' in window"):
                    break
                page.wait_for_timeout(100)
            assert page.locator(".newer").count() == 0
            page.evaluate("void window.accept()")
            build = newer.portal.assets.build
            expect(page.locator(f"html[data-build='{build}']")).to_be_attached()


def test_an_app_that_is_not_offered_any_more_leaves(browser: Browser) -> None:
    house = AppHouse()
    with open_house(house), open_page(browser) as page:
        visit_twice(page, house.address + "/")
        house.site = replace(house.site, has_app=False)
        page.goto(house.address + "/")
        assert page.locator("link[rel=manifest]").count() == 0
        page.evaluate("navigator.serviceWorker.ready.then((each) => each.update())")
        for _ in range(400):
            if page.evaluate(REGISTERED) == 0:
                break
            page.wait_for_timeout(100)
        assert page.evaluate(REGISTERED) == 0
        assert page.evaluate("async () => (await caches.keys()).length") == 0
        # The page that is open goes on, and a further one brings nothing back.
        page.goto(house.address + "/daftar")
        page.wait_for_load_state("networkidle")
        assert page.evaluate(REGISTERED) == 0


def test_the_browser_takes_the_portal_for_an_app_with_nothing_wrong(
    browser: Browser, house: House
) -> None:
    with open_page(browser) as page:
        visit_twice(page, house.address + "/")
        session = page.context.new_cdp_session(page)
        told = session.send("Page.getAppManifest")
        assert told["errors"] == []
        assert told["url"] == house.address + "/app.id.webmanifest"
        assert session.send("Page.getAppId")["appId"] == house.address + "/"
        wrong = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
        # A window without history, as tests have them, installs nothing; all else is right.
        assert [each["errorId"] for each in wrong if each["errorId"] != "in-incognito"] == []


def test_an_offer_to_install_is_caught_early_and_made_quietly(
    browser: Browser, house: House
) -> None:
    with open_page(browser) as page:
        # As early as a browser may: before any module of ours has run.
        page.add_init_script(
            """addEventListener("DOMContentLoaded", () => {
              const offer = new Event("beforeinstallprompt", { cancelable: true });
              offer.prompt = () => { document.documentElement.dataset.prompted = "1"; };
              document.documentElement.dataset.popup = String(dispatchEvent(offer));
            })"""
        )
        page.goto(house.address + "/")
        button = page.get_by_role("button", name="Pasang sebagai aplikasi")
        expect(button).to_be_visible()
        assert page.evaluate("document.documentElement.dataset.popup") == "false"
        assert page.evaluate("document.documentElement.dataset.prompted") is None
        button.click()
        assert page.evaluate("document.documentElement.dataset.prompted") == "1"
        expect(button).to_be_hidden()


def test_a_part_that_fails_to_come_is_asked_for_once_more(browser: Browser, house: House) -> None:
    asked: list[str] = []

    def fail_once(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.abort()
        else:
            route.continue_()

    with open_page(browser) as page:
        page.route("**/update_bar.*", fail_once)
        page.goto(house.address + "/")
        found = page.evaluate(
            """async () => {
              const { bring } = await import("pantau/island");
              return Object.keys(await bring("pantau/update_bar"));
            }"""
        )
        assert found == ["accept", "offer"]
    # Browsers remember which address failed: the second one is another.
    assert [url.endswith("?again") for url in asked] == [False, True]
