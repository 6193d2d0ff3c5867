"""A camera in a page of another site, and the sheet with which it is handed on."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from tests.browser.sights import open_page, read_by_everybody
from tests.browser.town import Town

REFUSED = "chrome-error://chromewebdata/"


@pytest.fixture(autouse=True)
def _back_to_everybody(town: Town) -> Iterator[None]:
    yield
    allow(town, "everybody")


@contextmanager
def foreign_site(html: str) -> Iterator[str]:
    """Serve a page from another site: another port, and another host as browsers judge it."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def refused(page: Page) -> None:
    """Wait until the browser shows its own page in place of the frame's."""
    for _ in range(450):
        shown = [each.url for each in page.frames[1:]]
        if shown == [REFUSED]:
            return
        # An address that is not refused stays, and is told below.
        page.wait_for_timeout(100)
    raise AssertionError(shown)


def allow(town: Town, embed: str, origins: str = "") -> None:
    """Set it as an admin does, with the API."""

    async def put() -> None:
        session = await _session(town)
        for name, value in (("sharing.embed_origins", origins), ("sharing.embed", embed)):
            told = await town.house.ask(
                "PUT", f"/api/settings/{name}", json={"value": value}, bearer=session
            )
            assert told.status == 200, told.text

    town.run(put())


async def _session(town: Town) -> str:
    try:
        return (await town.house.sign_in("bagi")).access_token
    except Exception:  # noqa: BLE001 - only the first time there is nobody
        await town.house.add_user("bagi", "admin")
        return (await town.house.sign_in("bagi")).access_token


def frame_of(town: Town, number: int, query: str = "", width: int = 480, height: int = 364) -> str:
    address = f"{town.address}/sematkan/{number}{query}"
    return (
        "<!doctype html><title>Koran</title>"
        f'<iframe id="cam" src="{address}" width="{width}" height="{height}" '
        'allow="fullscreen; picture-in-picture"></iframe>'
    )


@contextmanager
def visitor(browser: Browser) -> Iterator[tuple[BrowserContext, Page, list[str]]]:
    """Give a page of its own and what the browser says of it."""
    context = browser.new_context(locale="id-ID")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    try:
        yield context, page, said
    finally:
        context.close()


def playing(frame: FrameLocator) -> None:
    expect(frame.locator("pantau-player[data-state=live]")).to_have_count(1)


def test_a_frame_of_a_foreign_site_plays_counts_and_keeps_no_cookie(
    browser: Browser, town: Town
) -> None:
    with foreign_site(frame_of(town, 1)) as newspaper:
        allow(town, "listed", newspaper)
        with visitor(browser) as (context, page, said):
            counted: list[Any] = []
            page.on(
                "request",
                lambda sent: (
                    counted.append((sent.post_data, sent.frame.url))
                    if sent.url.endswith("/api/viewer/start")
                    else None
                ),
            )
            page.goto(newspaper)
            frame = page.frame_locator("#cam")
            # Nothing is pulled until somebody wants it.
            expect(frame.locator("pantau-player[data-state=idle]")).to_have_count(1)
            with page.expect_response("**/api/viewer/start") as answered:
                frame.get_by_role("button", name="Putar", exact=True).first.click()
                playing(frame)
            assert answered.value.status == 200
            assert json.loads(counted[0][0]) == {"cameraId": 1}
            assert counted[0][1] == f"{town.address}/sematkan/1"
            assert [each["name"] for each in context.cookies()] == []
            assert [line for line in said if "Content Security Policy" in line] == []
            back = frame.get_by_role("link", name="Simpang Lima Tirtasari")
            assert back.get_attribute("target") == "_blank"
            assert back.get_attribute("href") == "/kamera/1-camera-1"


def test_a_site_that_is_not_listed_is_refused_by_the_browser(browser: Browser, town: Town) -> None:
    allow(town, "listed", "https://news.example")
    with foreign_site(frame_of(town, 1)) as stranger, visitor(browser) as (_, page, said):
        page.goto(stranger)
        page.wait_for_function("document.readyState === 'complete'")
        refused(page)
        assert [line for line in said if "frame-ancestors https://news.example" in line]


def test_nobody_is_nobody_and_other_pages_are_never_framed(browser: Browser, town: Town) -> None:
    html = frame_of(town, 1)
    with foreign_site(html) as stranger, visitor(browser) as (_, page, _said):
        page.goto(stranger)
        assert page.frames[1].url == f"{town.address}/sematkan/1"
        allow(town, "nobody")
        page.reload()
        refused(page)
    allow(town, "everybody")
    watch = html.replace("/sematkan/1", "/kamera/1-camera-1")
    with foreign_site(watch) as stranger, visitor(browser) as (_, page, _said):
        page.goto(stranger)
        refused(page)


def test_a_narrow_frame_keeps_its_picture_and_its_name(browser: Browser, town: Town) -> None:
    html = frame_of(town, 6, width=200, height=200)
    with foreign_site(html) as site, visitor(browser) as (_, page, _said):
        page.goto(site)
        frame = page.frame_locator("#cam")
        picture = frame.locator("[data-part=picture]").bounding_box()
        name = frame.locator("h1").bounding_box()
        assert picture is not None
        assert name is not None
        assert picture["width"] == 200
        assert picture["height"] > 60
        assert name["height"] > 10
        inside = page.frames[1]
        assert inside.evaluate("document.scrollingElement.scrollWidth") == 200
        assert inside.evaluate("document.scrollingElement.scrollHeight") == 200


def opened(page: Page, town: Town, number: int = 1) -> None:
    page.goto(f"{town.address}/kamera/{number}-camera-{number}")
    page.wait_for_selector("camera-actions:defined")
    page.get_by_role("link", name="Bagikan").hover()
    page.wait_for_selector("share-sheet:defined")
    page.get_by_role("link", name="Bagikan").click()
    expect(page.locator("dialog#bagikan")).to_have_attribute("open", "")


def test_the_sheet_copies_the_link_and_the_code_and_gives_the_keyboard_back(
    browser: Browser, town: Town
) -> None:
    with open_page(browser, width=1366, height=800) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        opened(page, town)
        link = f"{town.address}/kamera/1-camera-1"
        expect(page.get_by_label("Tautan", exact=True)).to_have_value(link)
        page.get_by_role("button", name="Salin tautan").click()
        expect(page.locator("#bagikan [data-part=told]")).to_have_text("Disalin.")
        assert page.evaluate("() => navigator.clipboard.readText()") == link
        page.get_by_text("Tampilkan di situs lain").click()
        page.get_by_role("button", name="Salin kode").click()
        expect(page.locator("#bagikan [data-part=told]")).to_have_text("Disalin.")
        code = page.evaluate("() => navigator.clipboard.readText()")
        assert code.startswith(f'<iframe src="{town.address}/sematkan/1"')
        read_by_everybody(page, "share sheet")
        page.keyboard.press("Escape")
        expect(page.locator("dialog#bagikan")).not_to_have_attribute("open", "")
        assert page.evaluate("() => document.activeElement.dataset.do") == "open"


def test_the_sheet_hands_the_link_to_the_device_where_it_can(browser: Browser, town: Town) -> None:
    with open_page(browser, width=360, height=740) as page:
        page.add_init_script("navigator.share = async (what) => { window.shared = what; }")
        opened(page, town)
        page.get_by_role("button", name="Kirim lewat").click()
        expect(page.locator("dialog#bagikan")).not_to_have_attribute("open", "")
        shared = page.evaluate("() => window.shared")
        assert shared["url"] == f"{town.address}/kamera/1-camera-1"


def test_where_nothing_can_be_copied_the_link_is_marked(browser: Browser, town: Town) -> None:
    with open_page(browser, width=360, height=740) as page:
        page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        opened(page, town)
        page.get_by_role("button", name="Salin tautan").click()
        expect(page.locator("#bagikan [data-part=told]")).to_have_text(
            "Sudah ditandai: silakan salin sendiri."
        )
        marked = "() => document.activeElement.selectionEnd - document.activeElement.selectionStart"
        assert page.evaluate(marked) == len(f"{town.address}/kamera/1-camera-1")


def test_the_sheet_is_there_without_a_script(browser: Browser, town: Town) -> None:
    with open_page(browser, width=360, height=740, has_script=False) as page:
        page.goto(f"{town.address}/kamera/1-camera-1")
        assert not page.locator("#bagikan").is_visible()
        page.get_by_role("link", name="Bagikan").click()
        assert page.locator("#bagikan").is_visible()
        assert page.locator("#bagikan img").is_visible()
        page.locator("#bagikan").get_by_role("link", name="Tutup").click()
        assert not page.locator("#bagikan").is_visible()
