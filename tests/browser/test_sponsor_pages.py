"""Sponsors in a browser: an admin adds one with its logo, and its page fits and can be read."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from playwright.sync_api import Browser

from pantau.admin.pages import MakePages
from pantau.admin.sponsor import SponsorPage
from pantau.admin.sponsors import SponsorPages
from pantau.site.editing import SiteEditing
from pantau.site.service import SiteService
from pantau.site.values import defaults_for
from pantau.sponsors.donations import Donations
from pantau.sponsors.service import Sponsors
from tests.admin.house import AdminHouse
from tests.browser.admin_hub import AdminHub, open_admin
from tests.browser.sights import open_page, read_by_everybody
from tests.browser.test_admin_look import fits

NAME = "Toko Besi Kusumadilaga–Margaluyu Sejahtera Abadi Jaya Makmur Sentosa & <b>Rekan</b>"


def sponsor_pages(house: AdminHouse) -> tuple[MakePages, ...]:
    database, trail, clock = house.database, house.trail, house.clock
    sponsors = Sponsors(database, trail=trail, clock=clock, zone=lambda: ZoneInfo("Asia/Jakarta"))
    site = SiteService(database, clock=clock, defaults=defaults_for("Kota", ""))
    donations = Donations(SiteEditing(database, site, trail=trail))
    return (
        lambda frame: SponsorPages(frame, sponsors, donations),
        lambda frame: SponsorPage(frame, sponsors, house.catalogue),
    )


@pytest.fixture
def hub(sqlite_template: Path, tmp_path: Path) -> Iterator[AdminHub]:
    file = tmp_path / "pantau.db"
    shutil.copyfile(sqlite_template, file)
    with open_admin(file, sponsor_pages) as hub:
        yield hub


def test_an_admin_adds_a_sponsor_with_its_logo(
    browser: Browser, hub: AdminHub, tmp_path: Path
) -> None:
    Image.new("RGB", (300, 90), "green").save(tmp_path / "logo.png")
    with open_page(browser, width=360, height=740, locale="id-ID") as page:
        hub.sign_in(page, then="/admin/sponsors")
        page.click("text=Sponsor baru >> nth=0")
        page.fill("#f-name", NAME)
        page.fill("#f-price", "Rp 1.250.000")
        page.set_input_files("#f-logo", tmp_path / "logo.png")
        page.click(".save .btn--main")
        page.wait_for_url("**/admin/sponsors/1")
        assert page.input_value("#f-price") == "1.250.000"
        address = page.get_attribute("form img", "src") or ""
        assert address.startswith("/gambar/")
        assert address.endswith(".webp")
        fits(page, "a sponsor")
        read_by_everybody(page, "a sponsor")
        page.goto(hub.address + "/admin/sponsors")
        assert NAME in page.inner_text("table")
        fits(page, "the list")
        read_by_everybody(page, "the list")
