"""Held footage, what was deleted and why, room on the disks, and the planner."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pantau.db.database import Database
from pantau.recordings.models import Reason
from tests.admin.cameras import add_camera
from tests.admin.house import AdminHouse, admin_house
from tests.admin.person import Person
from tests.admin.recordings import note_deletion, note_disks, record, recording_pages_on

pytestmark = pytest.mark.anyio
HOLD: dict[str, object] = {
    "camera": "1",
    "from": "2026-03-01T10:00",
    "to": "2026-03-01T11:30:15",
    "reason": "LP/B/12",
    "until": "",
}


@pytest.fixture
async def house(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[AdminHouse]:
    """An admin with pages about recordings, and two cameras with footage."""
    async with admin_house(sqlite_database, more=recording_pages_on(tmp_path)) as house:
        await house.add("rini", "admin")
        await house.area("Wanasari")
        await add_camera(house, "Simpang Lima", enable_recording=True, area_id=1)
        await add_camera(house, "Alun-Alun", enable_recording=True)
        await record(house, 1, hours=50)
        await record(house, 2, hours=20)
        yield house


async def test_footage_is_held_listed_and_released(rini: Person) -> None:
    await rini.get("/admin/recordings/holds")
    assert "Nothing is held" in rini.text
    await rini.send("/admin/recordings/holds", HOLD)
    assert "Footage of Simpang Lima is held: nothing deletes it." in rini.text
    assert "LP/B/12" in rini.text
    assert "until somebody releases it" in rini.text
    await rini.get("/admin/recordings/holds/1/release")
    assert "Release this footage?" in rini.text
    await rini.send("/admin/recordings/holds/1/release")
    assert "The hold was released." in rini.text
    assert "Nothing is held" in rini.text
    await rini.get("/admin/recordings/holds?show=all")
    assert "Released by rini" in rini.text
    await rini.send("/admin/recordings/holds/1/release")
    assert "This hold has ended already." in rini.text
    assert (await rini.get("/admin/recordings/holds/1/release")).status == 404


WRONG_HOLDS: list[tuple[dict[str, object], str]] = [
    ({"camera": ""}, "Choose a camera."),
    ({"camera": "²"}, "Choose a camera."),
    ({"camera": "99"}, "There is no such camera."),
    ({"from": ""}, "Give date and time."),
    ({"to": "2026-03-01T10:00"}, "The end must come after the beginning."),
    ({"reason": " "}, "Say why, in 1 to 500 characters."),
    ({"until": "2020-01-01T00:00"}, "That moment has passed."),
    ({"until": "soon"}, "Give date and time."),
]


async def test_wrong_hold_comes_back_with_what_was_typed(rini: Person) -> None:
    for wrong, sentence in WRONG_HOLDS:
        await rini.get("/admin/recordings/holds")
        answer = await rini.send("/admin/recordings/holds", {**HOLD, **wrong})
        assert answer.status in {400, 404}
        assert sentence in rini.text
        assert rini.page.count("<details") == rini.page.count('<details class="extra" open')
        if "to" not in wrong:
            assert 'value="2026-03-01T11:30:15"' in rini.page


async def test_link_fills_the_form_of_a_hold(rini: Person) -> None:
    await rini.get(
        "/admin/recordings/holds?camera=2&from=2026-03-01T03:00:00Z&to=2026-03-01T10:00%2B07:00"
    )
    assert '<option value="2" selected>' in rini.page
    assert rini.page.count('value="2026-03-01T10:00:00"') == 2
    await rini.get("/admin/recordings/holds?camera=2&from=tomorrow")
    assert 'value="tomorrow"' not in rini.page


async def test_log_tells_what_went_when_and_why(house: AdminHouse, rini: Person) -> None:
    await rini.get("/admin/recordings/deletions")
    assert "Nothing was deleted yet" in rini.text
    for number, reason in enumerate(Reason):
        await note_deletion(house, 1 + number % 2, reason, number)
    await note_deletion(house, 77, Reason.RETENTION, 30)
    await rini.get("/admin/recordings/deletions")
    assert "Removed camera 77" in rini.text
    assert "Its time was over" in rini.text
    assert rini.page.count("badge--warn") == 2
    await rini.get("/admin/recordings/deletions?reason=operator")
    assert rini.page.count("<tr>") == 2
    assert "Somebody deleted it rini" in rini.text
    await rini.get("/admin/recordings/deletions?camera=2&since=2020-01-01&until=2020-01-02")
    assert "Nothing that was deleted fits this search." in rini.text
    await rini.get("/admin/recordings/deletions?camera=x&reason=y&since=z&until=2020-13-99")
    assert "Removed camera 77" in rini.text
    assert (await rini.get("/admin/recordings/deletions?cursor=abc")).status == 400


async def test_log_comes_in_pages(house: AdminHouse, rini: Person) -> None:
    for number in range(60):
        await note_deletion(house, 1, Reason.RETENTION, number)
    await rini.get("/admin/recordings/deletions?reason=retention")
    assert rini.page.count("<tr>") == 51
    path = rini.page.split('<a class="btn" href="/admin/recordings/deletions')[1].split('"')[0]
    await rini.get("/admin/recordings/deletions" + path.replace("&amp;", "&"))
    assert rini.page.count("<tr>") == 11
    assert "Newest" in rini.text


async def test_disks_stand_with_their_level_and_what_to_do(house: AdminHouse, rini: Person) -> None:
    await rini.get("/admin/recordings/storage")
    assert "No disk is known yet" in rini.text
    await note_disks(house)
    for path in ("/admin/recordings", "/admin/recordings/storage"):
        await rini.get(path)
        assert "Disk usb: The disk is not there" in rini.text
        assert "As good as full" in rini.text
        assert "Room for another 54 minutes of recording" in rini.text
    house.clock.wind(900)
    await rini.get("/admin/recordings/storage")
    assert "Nobody looks at the disks" in rini.text


async def test_planner_answers_and_changes_nothing(house: AdminHouse, rini: Person) -> None:
    await note_disks(house, count=1)
    await rini.get("/admin/recordings/storage")
    assert "If things go on as they are" in rini.text
    assert "Simpang Lima" in rini.text
    assert rini.text.count("Needed in the end") == 1
    await rini.get(
        "/admin/recordings/storage?keep_hours=720&more_cameras=500&mbit_per_s=4,5&rate=150&more_tb="
    )
    assert "It does not fit." in rini.text
    assert rini.text.count("Needed in the end") == 2
    assert (await house.editor.one(1)).recording_duration_hours == 5


NO_QUESTIONS: list[tuple[str, str]] = [
    ("keep_hours=x", "This is a whole number from 1 to 2160."),
    ("keep_hours=99999", "This is a whole number from 1 to 2160."),
    ("mbit_per_s=-1", "Give a number above zero, or nothing."),
    ("rate=inf", "Give a number above zero, or nothing."),
    ("more_tb=1e9", "Give a number above zero, or nothing."),
    ("more_cameras=-1", "This is a whole number from 0 to 100000."),
]


async def test_question_that_is_none_is_refused_beside_its_field(rini: Person) -> None:
    for query, sentence in NO_QUESTIONS:
        assert (await rini.get(f"/admin/recordings/storage?{query}")).status == 400
        assert sentence in rini.text


async def test_areas_are_limited_and_not(house: AdminHouse, rini: Person) -> None:
    await rini.get("/admin/recordings/storage")
    await rini.send("/admin/recordings/storage/areas/1", {"quota_bytes": "10"})
    assert "Wanasari may keep 10 GB." in rini.text
    assert 'value="10"' in rini.page
    assert "too much" in rini.text
    await rini.send("/admin/recordings/storage/areas/1", {"quota_bytes": "no"})
    assert "Give a number above zero, or nothing." in rini.text
    await rini.send("/admin/recordings/storage/areas/1", {"quota_bytes": ""})
    assert "Wanasari may keep as much as it wants." in rini.text


async def test_operators_of_areas_see_theirs_and_limit_nothing(
    house: AdminHouse, person: Person, rini: Person
) -> None:
    await rini.get("/admin/recordings/holds")
    await rini.send("/admin/recordings/holds", {**HOLD, "camera": "2"})
    await house.add("siti", "operator", area_ids=frozenset({1}))
    siti = Person(house)
    await siti.sign_in("siti")
    await siti.get("/admin/recordings/holds")
    assert "Alun-Alun" not in siti.text
    assert (await siti.send("/admin/recordings/holds", {**HOLD, "camera": "2"})).status == 403
    await siti.get("/admin/recordings/storage")
    assert 'name="quota_bytes"' not in siti.page
    answer = await siti.post("/admin/recordings/storage/areas/1", {"quota_bytes": "1"})
    assert answer.status == 403
