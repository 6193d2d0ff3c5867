"""The pages about recordings in a browser: they fit, can be read, stay fresh, need no script."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.recordings import recorder_rows
from pantau.recordings.exports.models import ExportWish
from pantau.recordings.models import Reason, Span
from pantau.recordings.recorders import RecorderStatus, RestartReason
from tests.accounts.house import PASSWORD
from tests.admin.cameras import add_camera
from tests.admin.house import AdminHouse
from tests.admin.recordings import (
    finish_export,
    keeping_on,
    note_deletion,
    note_disks,
    record,
    recording_pages_on,
    recording_services,
    report,
)
from tests.browser.admin_hub import AdminHub, open_admin
from tests.browser.house import LONG_NAME, SOLID_NAME
from tests.browser.sights import OVERFLOW, open_page
from tests.browser.test_admin_look import judge

pytestmark = pytest.mark.timeout(240)  # each look judges a dozen pages in two themes
HERE = "/admin/recordings"
PAGES = (
    HERE,
    f"{HERE}?q=zzz",
    f"{HERE}/1",
    f"{HERE}/9",
    f"{HERE}/2/stop",
    f"{HERE}/1/delete?from=2020-01-01T00:00&to=2030-01-01T00:00",
    f"{HERE}/storage?keep_hours=720&more_cameras=50&mbit_per_s=8",
    f"{HERE}/storage?keep_hours=x",
    f"{HERE}/exports?camera=1",
    f"{HERE}/holds?camera=1",
    f"{HERE}/holds/1/release",
    f"{HERE}/deletions",
    f"{HERE}/deletions?reason=empty",
)
BAD = {
    2: (RecorderStatus.STALLED, "no_fragments"),
    3: (RecorderStatus.PAUSED, "disk_full"),
    4: (RecorderStatus.WAITING, ""),
    5: (RecorderStatus.SUSPENDED, "restarted_in_vain"),
    6: (RecorderStatus.RESTING, "schedule"),
}


async def furnish(house: AdminHouse, folder: Path) -> tuple[str, str]:
    """Add cameras in every state, and something on every page; return two clips."""
    await add_camera(house, LONG_NAME, area_id=1, enable_recording=True)
    await add_camera(house, SOLID_NAME, area_id=2, enable_recording=True)
    for number in range(3, 10):
        await add_camera(house, f"Jalan Melati {number}", enable_recording=number < 9)
    for number in range(1, 9):
        status, cause = BAD.get(number, (RecorderStatus.RECORDING, ""))
        await record(house, number, hours=30, gap_at=number)
        await report(house, number, status, cause=cause)
    now_ms = int(house.clock.now().timestamp() * 1000)
    span = Span(now_ms - 7_200_000, now_ms - 3_600_000)
    by = AT_THE_CONSOLE
    await keeping_on(house).hold(1, span, reason="LP/B/123 " + SOLID_NAME, until_at=None, by=by)
    async with house.database.write() as work:
        await recorder_rows.add_restart(work, 1, RestartReason.CRASHED, "", at=house.clock.now())
    for number, reason in enumerate(Reason):
        if reason is not Reason.EMPTY:
            await note_deletion(house, 1, reason, number)
    await note_disks(house)
    exports = recording_services(house, folder).exports
    queued = await exports.ask(1, ExportWish(span), by=by)
    done = await exports.ask(1, ExportWish(span), by=by)
    await finish_export(house, done.id)
    return queued.id, done.id


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("footage")
    (folder / "exports").mkdir()
    return folder


@pytest.fixture(scope="module")
def hub(sqlite_template: Path, folder: Path) -> Iterator[AdminHub]:
    file = folder / "pantau.db"
    shutil.copyfile(sqlite_template, file)
    with open_admin(file, recording_pages_on(folder)) as hub:
        yield hub


@pytest.fixture(scope="module")
def clips(hub: AdminHub, folder: Path) -> tuple[str, str]:
    """A clip that waits, and one that is done."""
    return hub.run(furnish(hub.house, folder))


def open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")


@pytest.mark.parametrize(
    ("width", "locale"), [(360, "id-ID"), pytest.param(1366, "en-GB", marks=pytest.mark.long)]
)
def test_every_page_fits_and_can_be_read(
    browser: Browser, hub: AdminHub, clips: tuple[str, str], width: int, locale: str
) -> None:
    with open_page(browser, width=width, height=740, locale=locale) as page:
        hub.sign_in(page)
        for path in (*PAGES, *(f"{HERE}/exports/{clip}" for clip in clips)):
            page.goto(hub.address + path)
            open_all(page)
            judge(page, path)
        page.goto(hub.address + f"{HERE}/1")
        page.locator("ask-first a").first.click()
        expect(page.locator("dialog")).to_be_visible()
        judge(page, "dialog")


def test_nothing_is_wider_than_a_small_phone_or_a_tablet(
    browser: Browser, hub: AdminHub, clips: tuple[str, str]
) -> None:
    with open_page(browser, width=320, height=640) as page:
        hub.sign_in(page)
        for path in (HERE, *PAGES[2:3], *PAGES[6:12], f"{HERE}/exports/{clips[1]}"):
            page.goto(hub.address + path)
            open_all(page)
            for width in (320, 768):
                page.set_viewport_size({"width": width, "height": 740})
                for zoom in (100, 150):
                    page.evaluate(f"document.documentElement.style.fontSize = '{zoom}%'")
                    assert page.evaluate(OVERFLOW) == {"document": 0, "bad": []}, (path, width)
            page.set_viewport_size({"width": 320, "height": 640})


def test_red_is_for_what_is_lost_only(
    browser: Browser, hub: AdminHub, clips: tuple[str, str]
) -> None:
    with open_page(browser, width=1366, height=800, locale="en-GB") as page:
        hub.sign_in(page, then=HERE)
        rows = page.locator(".table--rec tbody tr")
        red = rows.filter(has=page.locator(".badge--bad"))
        expect(red).to_have_count(3)
        expect(rows.nth(3)).to_contain_text("Waits for the camera")
        expect(rows.nth(4)).not_to_contain_text("Waits")


def test_what_is_under_way_comes_fresh_without_a_reload(
    browser: Browser, hub: AdminHub, clips: tuple[str, str]
) -> None:
    with open_page(browser, width=1366, height=800, locale="en-GB") as page:
        hub.sign_in(page, then=f"{HERE}/exports/{clips[0]}")
        expect(page.locator("#clip")).to_contain_text("Waits for its turn")
        hub.run(finish_export(hub.house, clips[0]))
        expect(page.locator("#files")).to_have_text("1 file", timeout=45_000)
        expect(page.locator("#clip")).to_contain_text("Ready")
        page.goto(hub.address + f"{HERE}/8")
        proof = page.locator("#proof")
        expect(proof).to_contain_text("Is recorded")
        page.evaluate("window.notReloaded = true")
        hub.run(report(hub.house, 8, RecorderStatus.STALLED, cause="no_fragments"))
        expect(proof).to_contain_text("Writes nothing", timeout=45_000)
        assert page.evaluate("window.notReloaded")
        hub.run(report(hub.house, 8, RecorderStatus.RECORDING))


def test_fresh_parts_leave_whoever_works_in_them_alone(
    browser: Browser, hub: AdminHub, clips: tuple[str, str]
) -> None:
    with open_page(browser, width=1366, height=800, locale="en-GB") as page:
        hub.sign_in(page, then=f"{HERE}/7")
        page.locator("ask-first a").first.click()
        dialog = page.locator("dialog")
        expect(dialog).to_be_visible()
        page.evaluate("document.querySelector('#proof').firstElementChild.dataset.mine = 'yes'")
        for _ in range(2):
            page.evaluate("document.querySelector('#proof').ask()")
        expect(dialog).to_be_visible()
        assert page.locator("#proof [data-mine]").count() == 1
        page.keyboard.press("Escape")
        page.evaluate("document.activeElement.blur()")
        page.evaluate("document.querySelector('#proof').ask()")
        expect(page.locator("#proof [data-mine]")).to_have_count(0)


def test_recording_is_stopped_and_started_in_place(
    browser: Browser, hub: AdminHub, clips: tuple[str, str]
) -> None:
    with open_page(browser, width=1366, height=800, locale="en-GB") as page:
        hub.sign_in(page, then=f"{HERE}/7")
        page.get_by_role("link", name="Stop…").click()
        page.locator("dialog").get_by_role("button", name="Stop recording").click()
        expect(page.locator(".toast p")).to_contain_text("is no longer recorded")
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".toast p")).to_contain_text("will be recorded")
        assert hub.run(hub.house.editor.one(7)).enable_recording


def test_unsaved_rules_are_counted(browser: Browser, hub: AdminHub, clips: tuple[str, str]) -> None:
    with open_page(browser, width=1366, height=800, locale="en-GB") as page:
        hub.sign_in(page, then=f"{HERE}/7")
        page.check("[name=playback][value=operators]")
        expect(page.locator(".save [data-part=count]")).to_have_text("1 unsaved change")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".toast p")).to_contain_text("recorded as you said")
        expect(page.locator("[name=playback][value=operators]")).to_be_checked()


def test_footage_is_held_planned_and_ordered_without_a_script(
    browser: Browser, hub: AdminHub, clips: tuple[str, str]
) -> None:
    with open_page(browser, width=360, locale="en-GB", has_script=False) as page:
        page.goto(hub.address + f"{HERE}/exports?camera=1")
        page.fill("#f-username", "rini")
        page.fill("#f-password", PASSWORD)
        page.click("[data-part=send]")
        expect(page.locator("#f-camera")).to_have_value("1")
        page.get_by_role("button", name="Order it").click()
        expect(page.locator(".toast")).to_contain_text("was ordered")
        page.get_by_role("button", name="Cancel it").click()
        expect(page.locator(".toast")).to_contain_text("The clip was cancelled.")
        page.get_by_role("link", name="Delete…").click()
        page.get_by_role("button", name="Delete").click()
        expect(page.locator(".toast")).to_contain_text("The clip was deleted.")
        page.goto(hub.address + f"{HERE}/holds?camera=2")
        page.fill("#f-from", "2026-03-01T10:00:00")
        page.fill("#f-to", "2026-03-01T11:00:00")
        page.fill("#f-reason", "LP/B/77")
        page.get_by_role("button", name="Hold it").click()
        expect(page.locator("tbody")).to_contain_text("LP/B/77")
        page.goto(hub.address + f"{HERE}/storage")
        page.fill("#f-more_cameras", "20000")
        page.get_by_role("button", name="Work it out").click()
        expect(page.locator("#what-if [role=status]")).to_contain_text("Needed in the end")
        page.goto(hub.address + HERE)
        page.get_by_role("link", name="Stop recording Jalan Melati 7").click()
        page.get_by_role("link", name="Keep it").click()
        expect(page.locator("h1")).to_have_text("Jalan Melati 7")
