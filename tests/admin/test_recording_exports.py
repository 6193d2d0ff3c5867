"""Clips: ordering one, following it, fetching its files, sharing and deleting it."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pantau.db.database import Database
from tests.admin.cameras import add_camera
from tests.admin.house import AdminHouse, admin_house
from tests.admin.person import Person
from tests.admin.recordings import finish_export, record, recording_pages_on

pytestmark = pytest.mark.anyio
HERE = "/admin/recordings/exports"


@pytest.fixture
async def house(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[AdminHouse]:
    """An admin with pages about recordings, and one camera with footage."""
    (tmp_path / "exports").mkdir()
    async with admin_house(sqlite_database, more=recording_pages_on(tmp_path)) as house:
        await house.add("rini", "admin")
        await house.area("Wanasari")
        await add_camera(house, "Simpang Lima", enable_recording=True, area_id=1)
        await record(house, 1, hours=30)
        yield house


def wanted(house: AdminHouse, **more: object) -> dict[str, object]:
    def local(hours_ago: float) -> str:
        at = house.clock.now() - timedelta(hours=hours_ago)
        return at.astimezone(ZoneInfo("Asia/Jakarta")).strftime("%Y-%m-%dT%H:%M:%S")

    return {
        "camera": "1",
        "from": local(3),
        "to": local(2.5),
        "kind": "clip",
        "speed": "60",
        **more,
    }


async def ordered(house: AdminHouse, rini: Person, **more: object) -> str:
    """Order a clip; return its number."""
    await rini.get(HERE)
    answer = await rini.post(HERE, wanted(house, **more))
    assert answer.status == 303
    return answer.header("location").rpartition("/")[2]


async def test_clip_is_ordered_followed_and_cancelled(house: AdminHouse, rini: Person) -> None:
    await rini.get(HERE)
    assert "No clip yet" in rini.text
    number = await ordered(house, rini)
    await rini.get(f"{HERE}/{number}")
    assert "The clip of Simpang Lima was ordered." in rini.text
    assert "Waits for its turn" in rini.text
    assert 'data-every="2"' in rini.page
    await rini.get(HERE)
    assert 'data-every="3"' in rini.page
    await rini.send(f"{HERE}/{number}/cancel")
    assert "Cancelled" in rini.text
    assert "data-every" not in rini.page
    await rini.send(f"{HERE}/{number}/cancel")
    assert "This clip is not being made any more." in rini.text


async def test_time_lapse_says_how_much_faster(house: AdminHouse, rini: Person) -> None:
    number = await ordered(house, rini, kind="timelapse", speed="120")
    await rini.get(f"{HERE}/{number}")
    assert "Time-lapse, 120 times faster" in rini.text


WRONG_ORDERS: list[tuple[dict[str, object], str]] = [
    ({"camera": "x"}, "Choose a camera."),
    ({"camera": "99"}, "There is no such camera."),
    ({"from": ""}, "Give date and time."),
    ({"to": "2020-01-01T00:00"}, "The end must come after the beginning."),
    ({"from": "2020-01-01T00:00", "to": "2020-01-01T01:00"}, "Nothing was recorded in this"),
    ({"from": "2020-01-01T00:00"}, "A clip may be at most 24 hours long."),
    ({"kind": "timelapse", "speed": "1"}, "This is a whole number from 2 to 600."),
]


async def test_wrong_order_comes_back_with_what_was_typed(house: AdminHouse, rini: Person) -> None:
    for wrong, sentence in WRONG_ORDERS:
        await rini.get(HERE)
        answer = await rini.send(HERE, wanted(house, **wrong))
        assert answer.status in {400, 404}
        assert sentence in rini.text
        assert '<details class="extra" open' in rini.page
        await rini.get(HERE)
        assert "No clip yet" in rini.text


async def test_finished_clip_is_fetched_with_its_manifest(house: AdminHouse, rini: Person) -> None:
    number = await ordered(house, rini)
    await finish_export(house, number)
    await rini.get(f"{HERE}/{number}")
    assert f'href="/api/recordings/exports/{number}/files/clip.mp4"' in rini.page
    assert f'href="/api/recordings/exports/{number}/manifest.json"' in rini.page
    assert "a3" * 32 in rini.page
    assert "data-every" not in rini.page
    await rini.get(HERE)
    assert "Ready" in rini.text


async def test_link_is_shown_once_and_revoked(house: AdminHouse, rini: Person) -> None:
    number = await ordered(house, rini)
    await rini.get(f"{HERE}/{number}")
    answer = await rini.send(f"{HERE}/{number}/links", {"hours": "24"})
    assert answer.status == 409
    assert "Only a finished clip can be shared." in rini.text
    await finish_export(house, number)
    await rini.get(f"{HERE}/{number}")
    fields: dict[str, object] = {"hours": "24", "max_downloads": "2"}
    await rini.send(f"{HERE}/{number}/links", fields)
    address = re.search(r"http://hub\.example/api/clips/([\w-]+)", rini.page)
    assert address is not None
    await rini.get(f"{HERE}/{number}")
    assert address[1] not in rini.page
    assert "fetched 0 of 2 times" in rini.text
    await rini.send(f"{HERE}/{number}/links/1/revoke")
    assert "The link no longer works." in rini.text
    assert "Revoked" in rini.text


WRONG_LINKS: list[tuple[dict[str, object], str]] = [
    ({"hours": "x"}, "This is a whole number from 1 to 744."),
    ({"hours": "24", "max_downloads": "0"}, "This is a whole number from 1 to 10000."),
]


async def test_wrong_link_is_refused_beside_its_field(house: AdminHouse, rini: Person) -> None:
    number = await ordered(house, rini)
    await finish_export(house, number)
    for fields, sentence in WRONG_LINKS:
        await rini.get(f"{HERE}/{number}")
        assert (await rini.send(f"{HERE}/{number}/links", fields)).status == 400
        assert sentence in rini.text


async def test_deleting_asks_first(house: AdminHouse, rini: Person) -> None:
    number = await ordered(house, rini)
    await rini.get(f"{HERE}/{number}/delete")
    assert "Delete this clip?" in rini.text
    await rini.send(f"{HERE}/{number}/delete")
    assert "The clip was deleted." in rini.text
    assert (await rini.get(f"{HERE}/{number}")).status == 404


async def test_address_fills_the_form(rini: Person) -> None:
    await rini.get(f"{HERE}?camera=1&from=2026-03-01T03:00:00Z&to=nonsense&kind=%3Cb%3E")
    assert '<option value="1" selected>' in rini.page
    assert 'value="2026-03-01T10:00:00"' in rini.page
    assert 'value="clip" checked' in rini.page


async def test_clip_that_is_none_is_not_found(rini: Person) -> None:
    for name in ("x", "%C3%A9", "0" * 32):
        await rini.get(HERE)
        assert (await rini.get(f"{HERE}/{name}")).status == 404
        assert (await rini.post(f"{HERE}/{name}/cancel")).status == 404


async def test_operators_of_other_areas_find_no_clip(house: AdminHouse, rini: Person) -> None:
    number = await ordered(house, rini)
    other = await house.area("Margaluyu")
    await house.add("siti", "operator", area_ids=frozenset({other}))
    siti = Person(house)
    await siti.sign_in("siti")
    await siti.get(HERE)
    assert "Simpang Lima" not in siti.text
    assert (await siti.get(f"{HERE}/{number}")).status == 404
    await siti.get(HERE)
    assert (await siti.send(HERE, wanted(house))).status == 403
