"""Releases in the admin: empty, judged, damaged, denied; nothing is deployed from here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pantau.admin.releases import ReleasePages
from pantau.core.clock import SystemClock
from pantau.core.releases import STATE_FILE
from pantau.db.database import Database
from pantau.operations.release.desk import Meant, ReleaseDesk
from pantau.operations.release.gathering import Hub
from pantau.operations.release.kept_watch import Noted, begin_watch, note_verdict
from pantau.operations.release.rules import Rules
from tests.admin.house import AdminHouse, admin_house
from tests.admin.person import Person
from tests.operations.release.found import NEW, baseline, evidence, measured, times, verdict
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio

PAGE = "/admin/releases"


@pytest.fixture
async def house(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[AdminHouse]:
    # A hub that nobody serves: judging it is quick, and says that it does not answer.
    hub = Hub(address="http://127.0.0.1:9", sockets_dir=tmp_path / "run", build=NEW)
    desk = ReleaseDesk(
        tmp_path,
        meant=lambda: Meant(hub=hub, baseline_file=None),
        rules=Rules(),
        clock=SystemClock(),
        look_s=0.1,
    )
    pages = (lambda frame: ReleasePages(frame, desk),)
    async with admin_house(sqlite_database, more=lambda _: pages) as house:
        await house.add("rini", "admin")
        yield house


async def test_before_the_first_verdict_the_page_says_how_to_get_one(rini: Person) -> None:
    assert (await rini.get(PAGE)).status == 200
    assert "No verdict yet" in rini.text
    assert "Nothing was deployed here yet" in rini.text


async def test_a_verdict_says_what_was_measured_and_what_to_do(
    rini: Person, tmp_path: Path
) -> None:
    slow = verdict(measured(traffic={"list": times(300.0)}), baseline())
    note_verdict(tmp_path, Noted(watch="", verdict=verdict(evidence())))
    note_verdict(tmp_path, Noted(watch="w", verdict=slow))
    where = Hub(address="http://127.0.0.1:9", sockets_dir=tmp_path, build=NEW)
    begin_watch(
        tmp_path,
        hub=where,
        baseline_file=None,
        rules=Rules(),
        clock=HandWoundClock(),
        rolls_back=True,
    )

    await rini.get(PAGE)

    assert "The release should be taken back." in rini.text
    assert "Half within 300 ms" in rini.text
    assert "more than 2 times as slow" in rini.text
    assert "pantau release rollback" in rini.text
    assert "Verdicts before" in rini.text
    assert "watched for another 1 day" in rini.text


async def test_judging_now_keeps_the_verdict_and_shows_it(rini: Person) -> None:
    await rini.get(PAGE)
    await rini.send(f"{PAGE}/judge")

    assert rini.path == PAGE
    assert "The release should be taken back." in rini.text
    assert "Not ready: web, worker." in rini.text


async def test_what_cannot_be_read_is_said(rini: Person, tmp_path: Path) -> None:
    (tmp_path / STATE_FILE).write_text("{")

    await rini.get(PAGE)

    assert "its file is damaged" in rini.text


@pytest.mark.parametrize("role", ["operator", "viewer"])
async def test_only_admins_see_releases(role: str, house: AdminHouse) -> None:
    await house.add("budi", role)  # type: ignore[arg-type]  # roles of the list above
    budi = Person(house, "192.0.2.8")
    await budi.sign_in("budi")

    assert (await budi.get(PAGE)).status == 403
    assert (await budi.post(f"{PAGE}/judge")).status == 403
