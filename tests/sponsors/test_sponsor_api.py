"""Sponsors over HTTP: every field comes back, quotas hold, and the public is told little."""

from pathlib import Path
from typing import Any

import pytest

from pantau.db.database import Database
from pantau.sponsors.public import ACTIVE, CAMERAS
from tests.sponsors.house import HIDDEN_CAMERA, SPONSORS, office_on

pytestmark = pytest.mark.anyio

WHOLE: dict[str, Any] = {
    "name": "Toko Maju",
    "logo": "https://toko.example/logo.png",
    "url": "https://toko.example/?a=1#b",
    "package": "gold",
    "price": 2_750_000.5,
    "active": 1,
    "start_date": "2026-02-01",
    "end_date": "2026-12-31",
    "contact_name": "Sari",
    "contact_email": "sari@toko.example",
    "contact_phone": "+62 812 3456",
    "notes": "Bayar tiap tanggal 5.\nLewat transfer.",
}
OTHER: dict[str, Any] = {
    "name": "Toko Lain",
    "logo": None,
    "url": "https://lain.example",
    "package": "silver",
    "price": None,
    "active": 0,
    "start_date": None,
    "end_date": "2027-01-01",
    "contact_name": None,
    "contact_email": None,
    "contact_phone": "0812",
    "notes": None,
}


async def test_every_field_comes_back_and_can_be_changed_alone(
    database: Database, tmp_path: Path
) -> None:
    office = await office_on(database, tmp_path)
    number = await office.add(**WHOLE)
    assert WHOLE.items() <= (await office.asking.get(f"{SPONSORS}/{number}")).data.items()
    now = dict(WHOLE)
    for name, value in OTHER.items():
        changed = await office.asking.put(f"{SPONSORS}/{number}", {name: value})
        assert changed.status == 200, (name, changed.body)
        now[name] = value
        assert now.items() <= changed.data.items(), name
    (listed,) = (await office.asking.get(SPONSORS)).data
    assert now.items() <= listed.items()
    assert (await office.asking.delete(f"{SPONSORS}/{number}")).status == 200
    assert (await office.asking.get(f"{SPONSORS}/{number}")).status == 404
    assert (await office.asking.get(f"{SPONSORS}/")).data == []


async def test_what_existing_clients_send_is_understood(
    sqlite_database: Database, tmp_path: Path
) -> None:
    office = await office_on(sqlite_database, tmp_path)
    empty = dict.fromkeys(
        (
            "logo",
            "url",
            "start_date",
            "end_date",
            "contact_name",
            "contact_email",
            "contact_phone",
            "notes",
        ),
        "",
    )
    body = {"name": "Toko", "package": "bronze", "price": "500000", "active": True, **empty}
    answer = await office.asking.post(f"{SPONSORS}/", body)
    assert answer.status == 201
    told = answer.data
    assert (told["price"], told["active"], told["state"]) == (500_000, 1, "now")
    assert {told[name] for name in empty} == {None}
    # A price that is left out is that of the package.
    assert (await office.asking.post(SPONSORS, {"name": "B", "package": "gold"})).data[
        "price"
    ] == 3_000_000


async def test_cameras_follow_their_sponsor(database: Database, tmp_path: Path) -> None:
    office = await office_on(database, tmp_path)
    number = await office.add("Toko", url="https://toko.example", package="silver")
    assert await office.assign(1, number) == 200
    assert await office.assign(1, number) == 200
    assert await office.carried(1) == ("Toko", "https://toko.example", "silver")
    logo = await office.show_logo(number)
    path = f"{SPONSORS}/{number}"
    body = {"name": "Toko Baru", "url": "", "package": "gold", "logo": logo}
    assert (await office.asking.put(path, body)).data["camera_ids"] == [1]
    assert await office.carried(1) == ("Toko Baru", None, "gold")
    (seen,) = await office.seen(ACTIVE)
    assert seen["logo"] == logo
    await office.asking.delete(path)
    assert await office.carried(1) == (None, None, None)
    assert await office.seen(CAMERAS) == []


async def test_a_package_is_for_so_many_cameras(database: Database, tmp_path: Path) -> None:
    office = await office_on(database, tmp_path)
    number = await office.add("Toko", package="bronze")
    other = await office.add("Lain", package="gold")
    assert await office.assign(1, number) == 200
    full = await office.asking.post(f"{SPONSORS}/camera/2/assign", {"sponsor_id": number})
    assert (full.status, full.json["code"]) == (409, "sponsors.quota")
    packages = f"{SPONSORS}/packages"
    put = await office.asking.put(f"{packages}/bronze", {"price": 750_000, "quota": 2})
    assert put.data == {"package": "bronze", "price": 750_000, "quota": 2}
    assert (await office.asking.get(packages)).data[0] == put.data
    assert await office.assign(2, number) == 200
    # A smaller package would not hold them; whoever has too many keeps them.
    await office.assign(3, other)
    await office.asking.put(f"{packages}/silver", {"price": 1, "quota": 0})
    smaller = await office.asking.put(f"{SPONSORS}/{other}", {"package": "silver"})
    assert (smaller.status, smaller.json["code"]) == (409, "sponsors.quota")
    # A camera goes from one to the other, and from the other to nobody.
    assert await office.assign(2, other) == 200
    assert (await office.carried(2))[0] == "Lain"
    assert (await office.asking.delete(f"{SPONSORS}/camera/2/remove")).status == 200
    assert (await office.asking.delete(f"{SPONSORS}/camera/2/remove")).status == 404
    assert await office.assign(99, number) == 404
    assert await office.assign(3, 99) == 404


async def test_the_public_is_told_so_much_and_no_more(
    sqlite_database: Database, tmp_path: Path
) -> None:
    office = await office_on(sqlite_database, tmp_path)
    number = await office.add(**WHOLE)
    await office.add("Mati", active=False)
    await office.assign(1, number)
    await office.assign(HIDDEN_CAMERA, number)
    (seen,) = await office.seen(ACTIVE)
    # A picture from elsewhere is noted, and never shown.
    assert seen == {
        "id": number,
        "name": "Toko Maju",
        "logo": None,
        "url": "https://toko.example/?a=1#b",
        "package": "gold",
    }
    (camera,) = await office.seen(CAMERAS)
    assert set(camera) == {
        "id",
        "slug",
        "name",
        "location",
        "area_id",
        "area_name",
        "status",
        "sponsor_name",
        "sponsor_logo",
        "sponsor_url",
        "sponsor_package",
    }
    assert (camera["id"], camera["sponsor_name"]) == (1, "Toko Maju")


async def test_numbers_are_those_of_today(sqlite_database: Database, tmp_path: Path) -> None:
    office = await office_on(sqlite_database, tmp_path)
    await office.add("A", package="gold", price=3_000_000)
    await office.add("B", package="silver", price=1_000_000, end_date="2026-03-08")
    await office.add("C", package="silver", end_date="2026-03-09", price=None)
    await office.add("Lama", package="bronze", end_date="2026-02-28", price=9)
    await office.add("Nanti", package="bronze", start_date="2026-03-02", price=9)
    stats = (await office.asking.get(f"{SPONSORS}/stats")).data
    (soon,) = stats.pop("expiring_soon")
    assert soon["name"] == "B"
    assert stats == {
        "total_sponsors": 5,
        "active_sponsors": 3,
        "bronze_count": 0,
        "silver_count": 2,
        "gold_count": 1,
        "monthly_revenue": 4_000_000,
    }


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"name": " "}, "name"),
    ({"name": "x" * 101}, "name"),
    ({"name": "a\0b"}, "name"),
    ({"name": "\ud800"}, "name"),
    ({"url": "http://toko.example"}, "url"),
    ({"url": "javascript:alert(1)"}, "url"),
    ({"url": "https://toko.example\\@evil.example"}, "url"),
    ({"url": "https://a@evil.example"}, "url"),
    ({"logo": "data:image/png,x"}, "logo"),
    ({"logo": "/gambar/" + "0" * 32 + ".webp"}, "logo"),
    ({"package": "platinum"}, "package"),
    ({"price": -1}, "price"),
    ({"price": True}, "price"),
    ({"price": "NaN"}, "price"),
    ({"price": 10**400}, "price"),
    ({"active": "yes"}, "active"),
    ({"active": 2}, "active"),
    ({"active": None}, "active"),
    ({"start_date": "2026-02-30"}, "start_date"),
    ({"start_date": "20260201"}, "start_date"),
    ({"start_date": "2026-02-02", "end_date": "2026-02-01"}, "end_date"),
    ({"contact_email": "sari"}, "contact_email"),
    ({"contact_phone": "0" * 51}, "contact_phone"),
    ({"camera": 1}, "camera"),
    ({}, "body"),
)


async def test_what_cannot_be_is_refused_with_its_field(
    sqlite_database: Database, tmp_path: Path
) -> None:
    office = await office_on(sqlite_database, tmp_path)
    number = await office.add("Toko")
    before = (await office.asking.get(SPONSORS)).data
    for changes, field in REFUSED:
        refused = await office.asking.put(f"{SPONSORS}/{number}", changes)
        assert (refused.status, refused.fields) == (400, [field]), (changes, refused.body)
    assert (await office.asking.get(SPONSORS)).data == before


async def test_a_name_is_given_once(database: Database, tmp_path: Path) -> None:
    office = await office_on(database, tmp_path)
    await office.add("Toko")
    other = await office.add("Lain")
    for answer in (
        await office.asking.post(SPONSORS, {"name": "TOKO"}),
        await office.asking.put(f"{SPONSORS}/{other}", {"name": "Toko"}),
    ):
        assert (answer.status, answer.fields) == (409, ["name"])


async def test_the_trail_tells_what_changed_and_nothing_of_persons(
    sqlite_database: Database, tmp_path: Path
) -> None:
    office = await office_on(sqlite_database, tmp_path)
    number = await office.add(**WHOLE)
    path = f"{SPONSORS}/{number}"
    await office.asking.put(path, {"price": 1, "contact_email": "budi@toko.example"})
    await office.asking.put(path, {"price": 1})
    await office.assign(1, number)
    await office.asking.delete(f"{SPONSORS}/camera/1/remove")
    await office.asking.delete(path)
    entries = await office.trail()
    assert [each["name"] for each in entries] == [
        "sponsor_created",
        "sponsor_updated",
        "sponsor_assigned",
        "sponsor_removed",
        "sponsor_deleted",
    ]
    told = str(entries)
    assert "2750000.5" in told
    assert "given anew" in told
    for secret in ("Sari", "sari@", "budi@", "812 3456", "transfer"):
        assert secret not in told
