"""The camera pages in a browser: they fit, can be read, and work with and without a script."""

import base64
import shutil
from collections.abc import Iterator
from datetime import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.cameras.changes import CameraChange, CutOffOrder
from pantau.cameras.decisions import Showing, Visibility, Window
from pantau.cameras.models import LiveState
from pantau.cameras.probing import ProbeReport
from pantau.feedback.values import VoteTotals
from tests.accounts.house import PASSWORD
from tests.admin.cameras import add_camera, remember
from tests.admin.house import AdminHouse
from tests.admin.test_coordinates import NO_PLACES, PLACES
from tests.browser.admin_hub import AdminHub, open_admin
from tests.browser.house import LONG_NAME, SOLID_NAME
from tests.browser.sights import OVERFLOW, open_page, read_by_everybody
from tests.browser.stills import jpeg
from tests.browser.test_admin_look import fits, judge

pytestmark = pytest.mark.timeout(240)  # each look judges ten pages in two themes
PAGES = (
    "/admin/cameras?q=zzz",
    "/admin/cameras/1",
    "/admin/cameras/2",
    "/admin/cameras/3",
    "/admin/cameras/4/edit",
    "/admin/cameras/new",
    "/admin/cameras/1/delete",
)
NIGHT = Window(
    days=frozenset({1, 2, 3, 4, 5}), begins=time(22), ends=time(5), showing=Showing.HIDDEN
)


async def furnish(house: AdminHouse) -> None:
    """Add a camera of every sort that a page draws differently."""
    house.votes = {1: VoteTotals(good=123_456, bad=98_765)}
    await add_camera(house, LONG_NAME, area_id=1, latitude=-6.98, longitude=110.41, delay_s=120)
    await add_camera(house, SOLID_NAME, visibility=Visibility.PARTNER, enable_recording=True)
    await add_camera(house, "Pasar Wetan", "ws://cctv.example/live", location="Jl. Pasar")
    await add_camera(house, "Kota", "https://a.example/x.m3u8", headers=(("Referer", "x"),))
    for number in range(5, 54):
        await add_camera(house, f"Jalan Melati {number}", area_id=number % 5 + 1)
    by = AT_THE_CONSOLE
    await house.editor.change(1, CameraChange(schedule=(NIGHT,)), by=by)
    await house.editor.cut_off(2, CutOffOrder(reason="Kecelakaan di simpang"), by=by)
    await house.editor.change(5, CameraChange(status="maintenance"), by=by)
    await remember(house, c1=LiveState.LIVE, c6=LiveState.OFFLINE, c7=LiveState.OFFLINE)
    house.viewers.update({1: 1000, 7: 4})
    house.looks.report = ProbeReport(
        ok=True,
        video_codec="h264",
        width_px=1280,
        height_px=720,
        frame_rate=15,
        bit_rate_bps=1_800_000,
        key_frame_interval_s=4,
        audio="aac",
        first_picture_s=0.42,
        still_base64=base64.b64encode(jpeg(1)).decode(),
    )


@pytest.fixture(scope="module")
def hub(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminHub]:
    file = tmp_path_factory.mktemp("cameras") / "pantau.db"
    shutil.copyfile(sqlite_template, file)
    with open_admin(file) as hub:
        hub.run(furnish(hub.house))
        yield hub


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with open_page(browser, width=1366, height=800, locale="en-GB") as page:
        yield page


def open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")


UNCUT = """() => {
  const root = document.documentElement;
  const box = (each) => each.getBoundingClientRect();
  const bars = [...document.querySelectorAll(".side__bar, .bulk")].map(box);
  const targets = [...document.querySelectorAll("tbody :is(a, button, input, summary)")].map(box);
  const isCut = targets.some(({ top, bottom }) => bars.some((bar) => {
    const isWhole = top >= bar.top && bottom <= bar.bottom;
    return top < bar.bottom && bottom > bar.top && !isWhole;
  }));
  const now = `${scrollY} ${root.scrollHeight}`;
  const stands = root.dataset.stood === now;
  root.dataset.stood = now;
  if (!root.dataset.ended) scrollTo(0, root.scrollHeight);
  else if (isCut) scrollBy(0, -8);
  if (stands) root.dataset.ended = "yes";
  return stands && !isCut;
}"""
"""Goes to the end of a list, and up from there until its bars cut no row's targets in two.

Rows get their true height when they are first seen: a place counts once the page stands still.
"""


@pytest.mark.parametrize("width", [360, pytest.param(1366, marks=pytest.mark.long)])
def test_every_page_fits_and_can_be_read(browser: Browser, hub: AdminHub, width: int) -> None:
    with open_page(browser, width=width, height=740) as page:
        hub.sign_in(page)
        for path in PAGES:
            page.goto(hub.address + path)
            open_all(page)
            judge(page, path)
        page.goto(hub.address + "/admin/cameras")
        page.locator("tbody [name=id]").nth(1).check()
        expect(page.locator(".bulk")).to_be_visible()
        fits(page, "list with a ticked row")
        # Type of another size moves the list: the place is looked for after that.
        page.wait_for_function(UNCUT)
        read_by_everybody(page, "list with a ticked row")
        page.emulate_media(color_scheme="light")
        for what in ("move", "cut-off", "delete", "more"):
            page.goto(hub.address + "/admin/cameras?q=pasar")
            page.locator("tbody [name=id]").check()
            # The bar of a phone leaves one out; the form takes it all the same.
            page.locator(f".bulk [value='{what}']").evaluate("(each) => each.click()")
            page.wait_for_selector(".named")
            judge(page, what)
        page.goto(hub.address + "/admin/cameras/1/edit")
        page.get_by_role("button", name="Periksa sumbernya").click()
        page.wait_for_selector(".probe")
        page.get_by_role("button", name="Pilih di peta").click()
        page.wait_for_selector(".map-pin")
        open_all(page)
        judge(page, "a map and a look")


def test_nothing_is_wider_than_a_small_phone_or_a_tablet(browser: Browser, hub: AdminHub) -> None:
    with open_page(browser, width=320, height=640) as page:
        hub.sign_in(page)
        for path in ("/admin/cameras", "/admin/cameras/1", "/admin/cameras/1/edit"):
            page.goto(hub.address + path)
            open_all(page)
            for width in (320, 768):
                page.set_viewport_size({"width": width, "height": 740})
                for zoom in (100, 150):
                    page.evaluate(f"document.documentElement.style.fontSize = '{zoom}%'")
                    assert page.evaluate(OVERFLOW) == {"document": 0, "bad": []}, (path, width)
            page.set_viewport_size({"width": 320, "height": 640})


def test_a_camera_is_added_changed_and_deleted_without_a_script(
    browser: Browser, hub: AdminHub
) -> None:
    with open_page(browser, width=360, locale="en-GB", has_script=False) as page:
        page.goto(hub.address + "/admin/cameras/new")
        page.fill("#f-username", "rini")
        page.fill("#f-password", PASSWORD)
        page.click("[data-part=send]")
        assert page.locator("[data-js]:visible").count() == 0
        page.fill("[name=private_rtsp_url]", "rtsp://10.0.0.77/live")
        page.fill("[name=latitude]", "-6.98321, 110.40925")
        page.click("[data-part=look]")
        expect(page.locator(".probe")).to_contain_text("First picture after 0.42 s")
        page.fill("[name=name]", "Without a script")
        page.click("[data-part=send]")
        expect(page.locator(".toast")).to_contain_text("Without a script was added.")
        expect(page.locator(".facts").last).to_contain_text("-6.98321, 110.40925")
        number = page.url.rpartition("/")[2]
        page.fill("#f-reason", "Test")
        page.get_by_role("button", name="Cut off now").click()
        page.get_by_role("button", name="Give back to the public").click()
        expect(page.locator(".toast")).to_contain_text("The cut-off has ended.")
        page.goto(hub.address + "/admin/cameras?q=without")
        page.check("tbody [name=id]")
        page.click(".bulk [value=delete]")
        page.fill("#f-typed", "delete 1")
        page.click(".btn--danger")
        expect(page.locator(".toast")).to_contain_text("1 camera was deleted.")
        page.goto(hub.address + f"/admin/cameras/{number}")
        expect(page.locator("h1")).not_to_have_text("Without a script")


def test_ticked_rows_are_counted_and_a_stretch_is_ticked_with_shift(
    page: Page, hub: AdminHub
) -> None:
    hub.sign_in(page, then="/admin/cameras")
    bar, rows = page.locator(".bulk"), page.locator("tbody [name=id]")
    expect(bar).to_be_hidden()
    rows.nth(1).click()
    rows.nth(4).click(modifiers=["Shift"])
    expect(page.locator("[data-part=count]")).to_have_text("4 chosen")
    assert page.locator("[data-part=all]").evaluate("(each) => each.indeterminate")
    page.check("[data-part=all]")
    expect(page.locator("[data-part=count]")).to_have_text("50 chosen")
    page.get_by_role("button", name="Choose none").click()
    expect(bar).to_be_hidden()


def test_the_map_comes_when_it_is_asked_for_and_fills_the_fields(page: Page, hub: AdminHub) -> None:
    hub.sign_in(page)
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.goto(hub.address + "/admin/cameras/new")
    latitude, longitude = page.locator("[name=latitude]"), page.locator("[name=longitude]")
    latitude.fill(
        "https://www.google.com/maps/place/x/@-6.9,110.4,17z/data=!3d-6.98321!4d110.40925"
    )
    expect(latitude).to_have_value("-6.98321")
    expect(longitude).to_have_value("110.40925")
    assert not any("leaflet" in url for url in asked)
    page.get_by_role("button", name="Choose on the map").click()
    pin = page.locator(".map-pin")
    expect(pin).to_be_visible()
    assert all(url.startswith((hub.address, "data:")) for url in asked)
    pin.focus()
    page.keyboard.press("Shift+ArrowUp")
    expect(latitude).not_to_have_value("-6.98321")
    expect(longitude).to_have_value("110.40925")
    before = longitude.input_value()
    page.locator("[data-part=map]").click(position={"x": 40, "y": 120})
    expect(longitude).not_to_have_value(before)
    assert float(longitude.input_value()) < float(before)
    expect(page.locator("[data-part=said]")).to_contain_text(longitude.input_value())
    latitude.fill("-7,5")
    expect(latitude).to_have_value("-7,5")


def test_scripts_and_the_server_read_the_same_places(page: Page, hub: AdminHub) -> None:
    hub.sign_in(page, then="/admin/cameras/new")
    script = """async (texts) => {
      const { placeOf, written } = await import("pantau/map_places");
      return texts.map(placeOf).map((place) => place && [written(place.lat), written(place.lng)]);
    }"""
    found = page.evaluate(script, [*PLACES, *NO_PLACES])
    assert found == [*map(list, PLACES.values()), *[None] * len(NO_PLACES)]


def test_this_devices_position_fills_the_fields(page: Page, hub: AdminHub) -> None:
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": -7.25, "longitude": 112.75})
    hub.sign_in(page, then="/admin/cameras/new")
    page.get_by_role("button", name="Use my position").click()
    expect(page.locator("[name=latitude]")).to_have_value("-7.25")
    expect(page.locator("[name=longitude]")).to_have_value("112.75")


def test_a_look_shows_in_place_and_the_fields_fit_the_kind(page: Page, hub: AdminHub) -> None:
    hub.sign_in(page, then="/admin/cameras/new")
    page.fill("[name=name]", "Kept")
    address = page.locator("[name=private_rtsp_url]")
    expect(page.locator("[name=transport]")).to_be_visible()
    expect(page.locator("[name=relay]")).to_be_hidden()
    address.fill("https://a.example/live.m3u8")
    expect(page.locator("[name=relay]")).to_be_visible()
    expect(page.locator("[name=transport]")).to_be_hidden()
    address.fill("rtsp://10.0.0.5/live")
    expect(page.locator("[name=relay]")).to_be_hidden()
    expect(page.locator("[name=transport]")).to_be_visible()
    look = page.get_by_role("button", name="Look at the source")
    look.press("Enter")
    expect(page.locator(".probe")).to_contain_text("Video H.264 1280×720", timeout=45_000)
    page.wait_for_function("document.querySelector('.probe img')?.naturalWidth > 0")
    expect(page.locator("[name=name]")).to_have_value("Kept")
    address.fill("rtsp://127.0.0.1/")
    look.press("Enter")
    expect(page.locator(".probe")).to_contain_text("This address is not allowed", timeout=45_000)


def test_unsaved_changes_are_counted_and_not_lost_by_accident(page: Page, hub: AdminHub) -> None:
    hub.sign_in(page, then="/admin/cameras/8/edit")
    said = page.locator(".save [data-part=count]")
    expect(said).to_have_text("")
    page.fill("[name=location]", "Jl. Baru")
    expect(said).to_have_text("1 unsaved change")
    page.check("[name=visibility][value=private]")
    expect(said).to_have_text("2 unsaved changes")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.click(".side__name")
    expect(said).to_have_text("2 unsaved changes")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast p")).to_contain_text("was saved.")
    assert hub.run(hub.house.editor.one(8)).camera.location == "Jl. Baru"
