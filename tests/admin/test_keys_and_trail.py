"""API keys and the audit trail as admins see them."""

import re

import pytest

from pantau.audit.events import Action
from tests.admin.house import AdminHouse
from tests.admin.person import Person
from tests.audit.trails import BUDI, break_in, record

pytestmark = pytest.mark.anyio


async def test_a_key_is_shown_once_and_works_until_it_is_revoked(
    house: AdminHouse, rini: Person
) -> None:
    await rini.get("/admin/api-keys/new")
    fields: dict[str, object] = {"name": "Layar lobi", "days": "30", "scope": ["cameras:read"]}
    answer = await rini.send("/admin/api-keys/new", fields)
    assert answer.status == 200
    assert answer.header("cache-control") == "no-store"
    found = re.search(r">([0-9a-f]{64})</code>", rini.page)
    assert found
    await rini.get("/admin/api-keys")
    assert found.group(1) not in rini.page
    assert "Layar lobi" in rini.text
    assert "Read cameras" in rini.text
    await rini.get("/admin/api-keys/1/revoke")
    await rini.send("/admin/api-keys/1/revoke")
    assert "The API key was revoked." in rini.text
    assert "No key yet" in rini.text
    assert (await rini.get("/admin/api-keys/1/revoke")).status == 404


async def test_a_key_without_a_name_or_a_permission_is_not_made(
    house: AdminHouse, rini: Person
) -> None:
    await rini.get("/admin/api-keys/new")
    for fields in (
        {"name": "", "days": "30", "scope": ["cameras:read"]},
        {"name": "Layar", "days": "30", "scope": []},
        {"name": "Layar", "days": "30", "scope": ["users:write"]},
        {"name": "Layar", "days": "9999", "scope": ["cameras:read"]},
    ):
        answer = await rini.send("/admin/api-keys/new", {**fields})
        assert answer.status == 400
        assert "hint__bad" in rini.page
    assert await house.keys.all() == []


async def test_the_trail_tells_who_changed_what_from_what(house: AdminHouse, rini: Person) -> None:
    await record(
        house.trail,
        house.database,
        target="camera 3 (North gate)",
        before={"name": "North", "password": "geheim"},
        after={"name": "North gate", "password": "anders"},
    )
    await rini.get("/admin/audit?actor=budi")
    assert "Changed a camera" in rini.text
    assert "<del>North</del>" in rini.page
    assert "<ins>North gate</ins>" in rini.page
    assert "geheim" not in rini.page
    assert BUDI.address in rini.text
    assert "Signed in" not in rini.page.partition('<ol class="trail">')[2]


async def test_filters_narrow_the_trail_and_the_csv_alike(house: AdminHouse, rini: Person) -> None:
    await record(house.trail, house.database, Action.CREATE_AREA, target="area 1 (Wanasari)")
    await rini.get("/admin/audit?name=CREATE_AREA&since=2026-03-01&until=2026-03-01")
    assert rini.text.count("Wanasari") == 1
    address = re.search(r'href="(/api/admin/audit\.csv\?[^"]+)"', rini.page)
    assert address
    answer = await rini.get(address.group(1).replace("&amp;", "&"))
    lines = answer.body.decode("utf-8-sig").strip().splitlines()
    assert answer.status == 200
    assert len(lines) == 2
    assert "Wanasari" in lines[1]
    await rini.get("/admin/audit?name=CREATE_AREA&until=2026-02-28")
    assert "Nothing was found" in rini.text


@pytest.mark.parametrize(
    "query",
    [
        "since=x",
        "until=2026-02-30",
        "since=0001-01-01",
        "cursor=x",
        "since=99999-01-01",
        "kind=%00",
    ],
)
async def test_nonsense_in_the_address_is_no_crash(rini: Person, query: str) -> None:
    answer = await rini.get(f"/admin/audit?{query}")
    assert answer.status in {200, 400}
    assert "Audit trail" in rini.text


async def test_older_entries_are_on_the_next_page(house: AdminHouse, rini: Person) -> None:
    for number in range(60):
        await record(house.trail, house.database, target=f"camera {number} (K)")
    await rini.get("/admin/audit?actor=budi")
    assert "camera 59 (K)" in rini.text
    assert "camera 5 (K)" not in rini.text
    older = re.search(r'href="(/admin/audit\?[^"]*cursor=[^"]+)"', rini.page)
    assert older
    await rini.get(older.group(1).replace("&amp;", "&"))
    assert "camera 5 (K)" in rini.text
    assert "Newest" in rini.text


async def test_the_check_finds_a_trail_whole_and_a_changed_one_not(
    house: AdminHouse, rini: Person
) -> None:
    await record(house.trail, house.database, target="camera 3 (K)")
    await rini.get("/admin/audit")
    await rini.send("/admin/audit/verify")
    assert "the trail is whole" in rini.text
    await break_in(house.database, "UPDATE audit_entries SET target = 'camera 4 (K)' WHERE id = 2")
    await rini.send("/admin/audit/verify")
    assert "The trail was tampered with. Entry 2 was changed" in rini.text
