"""Backups and the steps of a restore: they fit, whatever things are called, and can be read."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from pantau.audit.actors import CONSOLE
from pantau.backups.models import Plan
from pantau.backups.protection import Lock, Unlock
from pantau.backups.service import PlanChange
from pantau.db.place import FILE_NAME, sqlite_place
from tests.admin.backups import backup_pages, backups_on
from tests.backups.hubs import FullHub
from tests.browser.admin_hub import HOSTILE, AdminHub, open_admin
from tests.browser.sights import open_page
from tests.browser.test_admin_look import fits, judge

LONG = "PosPengamananLingkunganTerpaduKelurahanWanasariBaratDayaNomorTujuhBelas"
PAGES = (
    "/admin/backups",
    "/admin/backups/1",
    "/admin/backups/restore",
    "/admin/backups/restore/ready",
)


@dataclass
class Furnished:
    """A hub with a plan, a backup, one that failed, and a restore that waits for its yes."""

    hub: AdminHub
    full: FullHub

    async def furnish(self) -> None:
        house, full = self.hub.house, self.full
        backups = backups_on(house, full.data_dir)
        plan = Plan(
            enabled=True,
            directory=f"/{LONG}/{LONG}",
            s3_enabled=True,
            s3_endpoint=f"https://{LONG[:60].lower()}.example",
            s3_bucket=LONG[:60].lower(),
            s3_access_key=LONG,
        )
        change = PlanChange(plan, "kuda-benar-baterai-staples", "a secret")
        await backups.change_plan(change, CONSOLE)
        file = full.data_dir / LONG / "pantau-backup-20260301T020000Z.tar"
        made = await full.back_up(file, Lock())
        by = replace(CONSOLE, name=HOSTILE)
        await backups.note_made(by, file=file, size_bytes=made.size_bytes, sha256=made.sha256)
        await backups.ask(by)
        await house.add(f"{LONG[:40]}", "operator")
        await full.prepare(made.file, Unlock())


@pytest.fixture(scope="module")
def hub(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminHub]:
    folder = tmp_path_factory.mktemp("backups")
    shutil.copyfile(sqlite_template, folder / FILE_NAME)
    full = FullHub(sqlite_place(folder / FILE_NAME), folder, sqlite_template)
    with open_admin(folder / FILE_NAME, more=backup_pages(folder, lambda: full.hub)) as hub:
        hub.run(Furnished(hub, full).furnish())
        yield hub


@pytest.mark.parametrize(
    ("width", "locale"),
    [
        (320, "en-GB"),
        (360, "id-ID"),
        pytest.param(1366, "en-GB", marks=pytest.mark.long),
    ],
)
def test_backups_fit_and_can_be_read(
    browser: Browser, hub: AdminHub, width: int, locale: str
) -> None:
    with open_page(browser, width=width, height=740, locale=locale) as page:
        hub.sign_in(page)
        for path in PAGES:
            page.goto(hub.address + path)
            assert page.url == hub.address + path
            (fits if width == 320 else judge)(page, path)
