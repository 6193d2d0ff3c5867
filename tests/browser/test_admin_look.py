"""Every page of the admin fits, can be read by everybody, and costs little data."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page

from tests.accounts.house import PASSWORD
from tests.browser.admin_hub import AdminHub, open_admin
from tests.browser.sights import OVERFLOW, SMALL_TARGETS, Traffic, open_page, read_by_everybody

KB = 1024
pytestmark = pytest.mark.timeout(240)  # each test judges up to twenty pages in two themes
PAGES = (
    "/admin",
    "/admin/profile",
    "/admin/profile/second-factor",
    "/admin/profile/sessions/end",
    "/admin/users",
    "/admin/users?q=zzz",
    "/admin/users/new",
    "/admin/users/2",
    "/admin/users/3",
    "/admin/users/3/delete",
    "/admin/sessions",
    "/admin/sessions/end-all",
    "/admin/api-keys",
    "/admin/api-keys/new",
    "/admin/api-keys/1/revoke",
    "/admin/audit",
    "/admin/audit?since=1950-01-01&name=LOGIN",
    "/admin/audit?text=zzz",
    "/admin/areas",
    "/admin/areas?q=zzz",
    "/admin/areas/new",
    "/admin/areas/1",
    "/admin/areas/1/merge",
    "/admin/areas/1/move",
    "/admin/areas/1/delete",
    "/admin/media-server",
    "/admin/nothing",
    "/admin/new-password",
)


@pytest.fixture(scope="module")
def hub(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminHub]:
    file = tmp_path_factory.mktemp("admin") / "pantau.db"
    shutil.copyfile(sqlite_template, file)
    with open_admin(file) as hub:
        yield hub


def judge(page: Page, name: str) -> None:
    """Fail unless the page fits at two sizes of type and axe finds nothing in either theme."""
    fits(page, name)
    read_by_everybody(page, name)
    page.emulate_media(color_scheme="light")


def fits(page: Page, name: str) -> None:
    """Fail unless the page fits at two sizes of type."""
    is_phone = page.evaluate("innerWidth") < 1000
    for zoom in (100, 150) if is_phone else (100,):
        page.evaluate(f"document.documentElement.style.fontSize = '{zoom}%'")
        assert page.evaluate(OVERFLOW) == {"document": 0, "bad": []}, (name, zoom)
        if is_phone and zoom == 100:
            assert page.evaluate(SMALL_TARGETS) == [], name
    page.evaluate("document.documentElement.style.fontSize = ''")


@pytest.mark.parametrize(
    ("width", "locale"),
    [
        (360, "id-ID"),
        pytest.param(1366, "en-GB", marks=pytest.mark.long),
        pytest.param(360, "en-GB", marks=pytest.mark.long),
        pytest.param(1366, "id-ID", marks=pytest.mark.long),
    ],
)
def test_every_page_fits_and_can_be_read(
    browser: Browser, hub: AdminHub, width: int, locale: str
) -> None:
    look_at_every_page(browser, hub, width, locale, judge)


@pytest.mark.parametrize(
    ("width", "locale"), [pytest.param(360, "en-GB", marks=pytest.mark.long), (1366, "id-ID")]
)
def test_every_page_fits_whatever_its_language(
    browser: Browser, hub: AdminHub, width: int, locale: str
) -> None:
    look_at_every_page(browser, hub, width, locale, fits)


def look_at_every_page(
    browser: Browser, hub: AdminHub, width: int, locale: str, look: Callable[[Page, str], None]
) -> None:
    with open_page(browser, width=width, height=740, locale=locale) as page:
        page.goto(hub.address + "/admin/users")
        look(page, "sign-in in place")
        hub.sign_in(page)
        for path in PAGES:
            page.goto(hub.address + path)
            page.evaluate(
                "document.querySelectorAll('details').forEach((each) => each.open = true)"
            )
            look(page, path)


@pytest.mark.parametrize("width", [320, pytest.param(360, marks=pytest.mark.long), 1366])
def test_what_opens_over_a_page_fits_and_can_be_read(
    browser: Browser, hub: AdminHub, width: int
) -> None:
    with open_page(browser, width=width, height=740) as page:
        hub.sign_in(page, then="/admin/users/3")
        page.click("ask-first a")
        judge(page, "dialog")
        if width < 1000:
            page.goto(hub.address + "/admin")
            page.click(".side__open")
            assert page.locator("#menu").is_visible()
            judge(page, "menu")
        page.goto(hub.address + "/admin/users/4")
        page.click(".role-form .btn--main")
        page.wait_for_selector(".toast p:not(:empty)")
        judge(page, "toast")


@pytest.mark.parametrize("width", [360, pytest.param(1366, marks=pytest.mark.long)])
def test_the_steps_before_and_behind_the_door_fit_and_can_be_read(
    browser: Browser, hub: AdminHub, width: int
) -> None:
    with open_page(browser, width=width, height=740) as page:
        page.goto(hub.address + hub.run(hub.house.parts.first_run.recovery_link()))
        judge(page, "welcome")
        page.goto(hub.address + "/admin/welcome?token=x")
        judge(page, "dead link")
        page.goto(hub.address + "/admin/sign-in")
        page.fill("#f-username", "nobody-at-all")
        page.fill("#f-password", "wrong")
        page.click("[data-part=send]")
        page.wait_for_selector(".note--bad")
        judge(page, "wrong password")
        hub.sign_in(page, then="/admin/profile/second-factor")
        page.fill("#f-password", PASSWORD)
        page.click("form[action$=begin] .btn--main")
        page.wait_for_selector(".qr svg")
        judge(page, "picture to scan")
        secret = page.inner_text(".secret").replace(" ", "")
        page.fill("#f-code", pyotp.TOTP(secret).at(hub.house.clock.now()))
        page.click("form[action$=confirm] .btn--main")
        page.wait_for_selector(".codes")
        judge(page, "recovery codes")
        page.goto(hub.address + "/admin/profile/second-factor")
        judge(page, "second factor is on")
        page.fill("#f-password", PASSWORD)
        page.click("[formaction$=disable]")
        page.wait_for_url("**/admin/profile")
        page.goto(hub.address + "/admin/api-keys/new")
        page.fill("#f-name", "Layar")
        page.click(".save .btn--main")
        page.wait_for_selector(".secret")
        judge(page, "new key")


@pytest.mark.parametrize("path", ["/admin/sign-in", "/admin"])
def test_a_first_visit_stays_within_the_budget(browser: Browser, hub: AdminHub, path: str) -> None:
    with open_page(browser) as page:
        if path == "/admin":
            hub.sign_in(page)
        traffic = Traffic()
        traffic.watch(page)
        page.goto(hub.address + path, wait_until="networkidle")
        assert traffic.by_kind["document"] <= 25 * KB
        assert traffic.by_kind.get("stylesheet", 0) <= 8 * KB
        assert traffic.by_kind.get("script", 0) <= 10 * KB
