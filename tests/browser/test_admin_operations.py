"""Performance and Releases in a browser: they fit and can be read, with the longest they show."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from pantau.admin.pages import MakePages
from pantau.admin.performance import PerformancePages
from pantau.admin.releases import ReleasePages
from pantau.core.clock import SystemClock
from pantau.operations.processes import Processes
from pantau.operations.release.desk import Meant, ReleaseDesk
from pantau.operations.release.gathering import Hub
from pantau.operations.release.kept_watch import Noted, note_verdict
from pantau.operations.release.rules import Rules
from pantau.operations.vitals import SlowStatement, VitalsFile, read_vitals
from tests.admin.house import AdminHouse, MorePages
from tests.browser.admin_hub import AdminHub, open_admin
from tests.browser.house import SOLID_NAME
from tests.browser.sights import open_page
from tests.browser.test_admin_look import judge
from tests.operations.release.found import NEW, baseline, evidence, measured, times, verdict
from tests.operations.test_performance import WEB, WORKER

pytestmark = pytest.mark.timeout(240)
PAGES = ("/admin/performance", "/admin/releases")


def operations_on(folder: Path) -> MorePages:
    """Return both pages over what a hub in trouble left in `folder`."""

    def made(house: AdminHouse) -> tuple[MakePages, ...]:
        now = house.clock.now()
        slow = SlowStatement(
            text=f"SELECT {SOLID_NAME}", count=4, longest_s=1.0, p50_s=0.2, last_at=now
        )
        for each in (WEB.model_copy(update={"slow_statements": (slow,)}), WORKER):
            told = each.model_copy(
                update={
                    "pid": os.getpid(),
                    "namespace": str(Path("/proc/self/ns/pid").readlink()),
                    "at": now,
                    "started_at": now,
                }
            )
            VitalsFile(folder, told.process, told.pid).write(told)
        assert len(read_vitals(folder, now=now)) == 2
        judged = verdict(measured(traffic={"list": times(300.0)}), baseline())
        note_verdict(folder, Noted(watch="", verdict=verdict(evidence())))
        note_verdict(folder, Noted(watch="", verdict=judged))
        hub = Hub(address="http://127.0.0.1:9", sockets_dir=folder, build=NEW)
        desk = ReleaseDesk(
            folder,
            meant=lambda: Meant(hub=hub, baseline_file=None),
            rules=Rules(),
            clock=SystemClock(),
            look_s=0.1,
        )
        processes = Processes(folder, house.clock)
        return (
            lambda frame: PerformancePages(frame, processes=processes, clock=house.clock),
            lambda frame: ReleasePages(frame, desk),
        )

    return made


@pytest.fixture(scope="module")
def hub(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminHub]:
    folder = tmp_path_factory.mktemp("operations")
    file = folder / "pantau.db"
    shutil.copyfile(sqlite_template, file)
    with open_admin(file, operations_on(folder)) as hub:
        yield hub


@pytest.mark.parametrize(
    ("width", "locale"), [(360, "id-ID"), pytest.param(1366, "en-GB", marks=pytest.mark.long)]
)
def test_pages_fit_and_can_be_read(
    browser: Browser, hub: AdminHub, width: int, locale: str
) -> None:
    with open_page(browser, width=width, height=740, locale=locale) as page:
        hub.sign_in(page)
        for path in PAGES:
            page.goto(hub.address + path)
            assert page.locator("main table").count(), path
            page.wait_for_function("customElements.get('fresh-part') !== undefined")
            page.evaluate("for (const each of document.querySelectorAll('details')) each.open = 1")
            judge(page, path)
