"""The pages of alerts: they fit, whatever things are called, and everybody can read them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.notifications import outbox_rows
from pantau.notifications.inputs import MaintenanceInput, RuleInput, TargetInput
from pantau.notifications.kinds import Kind
from pantau.notifications.values import Scope
from tests.admin.alerts import alert_pages, alerts_on
from tests.admin.house import AdminHouse
from tests.browser.admin_hub import HOSTILE, AdminHub, open_admin
from tests.browser.sights import open_page
from tests.browser.test_admin_look import fits, judge
from tests.notifications.services import TOKEN
from tests.support.cameras import camera

LONG = "PosPengamananLingkunganTerpaduKelurahanWanasariBaratDayaNomorTujuhBelas"
PAGES = (
    "/admin/alerts",
    "/admin/alerts/outbox",
    "/admin/alerts/settings",
    "/admin/alerts/rules/1",
    "/admin/alerts/targets/1",
    "/admin/alerts/targets/new?form=email",
)


async def furnish(house: AdminHouse) -> None:
    """Add what is called as badly as can be, and a message that did not arrive."""
    house.catalogue.replace([camera(1, name=LONG, area_name=LONG), camera(2, name=HOSTILE)])
    alerts, by = alerts_on(house), AT_THE_CONSOLE
    to = {"form": "telegram", "bot_token": TOKEN, "chat": "@" + "kanal" * 6}
    for name in (LONG, HOSTILE):
        given = TargetInput.model_validate({"name": name, "to": to})
        await alerts.targets.add(given, by=by)
    await alerts.rules.add(
        RuleInput(name=LONG, kinds=list(Kind), camera_ids=[1], target_ids=[1, 2]), by=by
    )
    given_maintenance = MaintenanceInput(
        scope=Scope.CAMERA, subject_id=1, minutes=60, reason=f"{LONG} {HOSTILE}"
    )
    await alerts.rules.begin_maintenance(given_maintenance, by=by)
    now = house.clock.now()
    message = {
        "target_id": 1,
        "title": f"[Hub] {LONG}",
        "text": f"{LONG}\n{HOSTILE}",
        "html": "",
        "edge_count": 1,
        "state": "dead",
        "is_drill": False,
        "created_at": now,
        "due_at": now,
        "fault": f"Forbidden: {LONG}, error=403",
    }
    async with house.database.write() as writing:
        await outbox_rows.add_message(writing, message)


@pytest.fixture(scope="module")
def hub(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminHub]:
    file = tmp_path_factory.mktemp("alerts") / "pantau.db"
    shutil.copyfile(sqlite_template, file)
    with open_admin(file, more=alert_pages) as hub:
        hub.run(furnish(hub.house))
        yield hub


@pytest.mark.parametrize(
    ("width", "locale"),
    [
        (360, "id-ID"),
        (1366, "en-GB"),
        pytest.param(360, "en-GB", marks=pytest.mark.long),
        pytest.param(1366, "id-ID", marks=pytest.mark.long),
    ],
)
def test_alerts_fit_and_can_be_read(
    browser: Browser, hub: AdminHub, width: int, locale: str
) -> None:
    with open_page(browser, width=width, height=740, locale=locale) as page:
        hub.sign_in(page)
        for path in PAGES:
            page.goto(hub.address + path)
            page.evaluate(
                "document.querySelectorAll('details').forEach((each) => each.open = true)"
            )
            (judge if width < 1000 else fits)(page, path)


async def add_cameras(house: AdminHouse) -> None:
    """Make the list of cameras long."""
    house.catalogue.replace([camera(each, name=f"Gate {each}") for each in range(1, 13)])


def test_a_long_list_to_tick_is_searched_and_keeps_what_was_ticked(
    browser: Browser, sqlite_template: Path, tmp_path: Path
) -> None:
    file = tmp_path / "pantau.db"
    shutil.copyfile(sqlite_template, file)
    with (
        open_admin(file, more=alert_pages) as hub,
        open_page(browser, width=360, height=740, locale="en-GB") as page,
    ):
        hub.run(add_cameras(hub.house))
        hub.sign_in(page, then="/admin/alerts/settings")
        boxes = page.locator("[data-part=list] .check:visible")
        expect(boxes).to_have_count(12)
        page.check("[name=camera][value='3']")
        search = page.get_by_role("searchbox", name="Search cameras")
        search.fill("gate 12")
        expect(boxes).to_have_count(1)
        search.fill("zzz")
        expect(page.get_by_text("Nothing fits these words.")).to_be_visible()
        search.press("Enter")
        search.fill("")
        expect(boxes).to_have_count(12)
        expect(page.locator("[name=camera][value='3']")).to_be_checked()
