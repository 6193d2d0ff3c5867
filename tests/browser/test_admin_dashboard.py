"""The dashboard and analytics in a browser: they fit, can be read, and stay fresh by themselves."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.admin.house import CAMERAS
from tests.admin.watching import Watching, a_month_of_views, past_view, watching_on
from tests.browser.admin_hub import AdminHub, open_admin
from tests.browser.house import SOLID_NAME
from tests.browser.sights import open_page
from tests.browser.test_admin_look import fits, judge

pytestmark = pytest.mark.timeout(240)
MONTH = "/admin/analytics?period=30days&camera=1"
EMPTY = "/admin/analytics?period=date:2020-02-29"


@pytest.fixture(scope="module")
def watching() -> list[Watching]:
    """What the hub of this module shows."""
    return []


@pytest.fixture(scope="module")
def hub(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, watching: list[Watching]
) -> Iterator[AdminHub]:
    file = tmp_path_factory.mktemp("dashboard") / "pantau.db"
    shutil.copyfile(sqlite_template, file)
    with open_admin(file, watching_on(watching)) as hub:
        shown, now = watching[0], hub.house.clock.now()
        views = a_month_of_views(now, [name for name, _, _ in CAMERAS])
        views.append(past_view(now, camera_id=99, camera=SOLID_NAME, device=SOLID_NAME[:32]))
        hub.run(shown.keep(views))
        hub.run(shown.look_at_machine(50))
        shown.record()
        yield hub


def crowd(watching: list[Watching], *counts: int) -> None:
    """Have so many people watch the first cameras."""
    watching[0].crowd.views.clear()
    for camera, count in enumerate(counts, 1):
        for number in range(count):
            watching[0].watch(camera, f"{camera * 1000 + number:032x}")


@pytest.mark.parametrize(
    ("width", "locale"),
    [
        (360, "id-ID"),
        pytest.param(1366, "en-GB", marks=pytest.mark.long),
        pytest.param(320, "en-GB", marks=pytest.mark.long),
    ],
)
def test_pages_fit_and_can_be_read(
    browser: Browser, hub: AdminHub, watching: list[Watching], width: int, locale: str
) -> None:
    crowd(watching, 12, 3, 1)
    with open_page(browser, width=width, height=740, locale=locale) as page:
        hub.sign_in(page)
        for path in ("/admin", MONTH, EMPTY):
            page.goto(hub.address + path)
            page.evaluate("for (const each of document.querySelectorAll('details')) each.open = 1")
            # One width is enough for what everybody can read; both are for what fits.
            (judge if width < 1000 else fits)(page, path)


def test_numbers_of_this_moment_renew_themselves(
    browser: Browser, hub: AdminHub, watching: list[Watching]
) -> None:
    crowd(watching, 2)
    with open_page(browser, width=1366) as page:
        hub.sign_in(page, then="/admin/analytics")
        viewers, names = page.locator("[data-part=viewers]"), page.locator("[data-part=cameras] a")
        expect(viewers).to_have_text("2")
        crowd(watching, 2, 3)
        expect(viewers).to_have_text("5")
        expect(names).to_have_text(["Alun-Alun Barat", "Simpang Lima Tirtasari"])
        crowd(watching)
        expect(viewers).to_have_text("0")
        expect(page.locator("[data-part=none]")).to_be_visible()
        crowd(watching, 1)
        expect(names).to_have_count(1)
        assert names.first.get_attribute("href") == "/admin/cameras/1"


def test_where_events_do_not_come_through_the_page_asks(
    browser: Browser, hub: AdminHub, watching: list[Watching]
) -> None:
    crowd(watching, 1)
    with open_page(browser, width=1366) as page:
        hub.sign_in(page)
        page.route("**/analytics/live", refuse)
        crowd(watching, 4)
        with page.expect_response("**/analytics/realtime"):
            page.goto(hub.address + "/admin/analytics")
        expect(page.locator("[data-part=viewers]")).to_have_text("4")


def refuse(route: Route) -> None:
    route.fulfill(status=503, body="")


def test_overview_renews_itself_in_place(
    browser: Browser, hub: AdminHub, watching: list[Watching]
) -> None:
    crowd(watching, 1)
    with open_page(browser, width=1366) as page:
        hub.sign_in(page)
        quicken(page)
        page.evaluate("scrollTo(0, 200)")
        before = page.evaluate("[scrollY, document.documentElement.scrollHeight]")
        crowd(watching, 7)
        expect(page.locator(".nums > div").first.locator(".big")).to_have_text("7")
        assert page.evaluate("[scrollY, document.documentElement.scrollHeight]") == before


def quicken(page: Page) -> None:
    """Have the page ask every half second instead of every ten."""
    page.evaluate(
        "const hub = document.querySelector('#hub'); hub.dataset.every = '0.5'; hub.start()"
    )


def test_a_day_is_opened_from_its_bar(browser: Browser, hub: AdminHub) -> None:
    with open_page(browser, width=1366) as page:
        hub.sign_in(page, then="/admin/analytics?period=30days")
        bar = page.locator(".plot__hits a").nth(20)
        day = bar.get_attribute("href") or ""
        bar.click()
        page.wait_for_url(hub.address + day)
        expect(page.locator("#day")).to_have_value(day[-10:])


def test_without_a_script_everything_is_there(
    browser: Browser, hub: AdminHub, watching: list[Watching]
) -> None:
    crowd(watching, 2)
    with open_page(browser, has_script=False) as page:
        hub.sign_in(page, then=MONTH)
        expect(page.locator("[data-part=viewers]")).to_have_text("2")
        expect(page.locator(".plot__bar")).not_to_have_count(0)
        page.click("details summary")
        page.locator("details table a").first.click()
        page.wait_for_url("**period=date:**")
