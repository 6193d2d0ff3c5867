"""The settings are brought into the database, and nothing that others put there is touched."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from pantau.cameras.configured import CAMERA_NUMBERS
from pantau.cameras.repository import update_cameras
from pantau.cameras.synchronising import Wanted
from pantau.core.sealing import is_sealed
from pantau.core.signing import derive_uuid
from pantau.db.database import Database
from pantau.db.numbers import highest_number
from tests.support.cameras import SECRET_URL, key_of
from tests.support.hub import SECRET, Hub, table

pytestmark = pytest.mark.anyio

EVERYTHING = {
    "id": 7,
    "stream_key": key_of(9),
    "source": "rtsp://admin:ge%20heim@[fd00::1]:554/live?x=1&y=ü",
    "kind": "rtsp",
    "transport": "udp",
    "encode": True,
    "tls_fingerprint": "ab" * 32,
    "description": "Persimpangan “lima”",
    "location": "Jl. Pahlawan",
    "area": "Wanasari",
    "latitude": -7.15,
    "longitude": 111.88,
    "enabled": False,
    "status": "maintenance",
    "on_demand": False,
    "low_latency": True,
    "is_tunnel": True,
}


async def test_every_field_of_the_settings_comes_back(database: Database, tmp_path: Path) -> None:
    hub = Hub(database, tmp_path)
    await hub.synchronise(table("門 Gate", **EVERYTHING))
    found = (await hub.cameras())["門 Gate"].camera
    told = {
        "id": found.id,
        "stream_key": found.stream_key,
        "source": found.source.url,
        "kind": found.source.kind,
        "transport": found.source.transport,
        "encode": found.source.encode,
        "tls_fingerprint": found.source.tls_fingerprint,
        "description": found.description,
        "location": found.location,
        "area": found.area_name,
        "latitude": found.latitude,
        "longitude": found.longitude,
        "enabled": found.enabled,
        "status": found.status,
        "on_demand": found.on_demand,
        "low_latency": found.low_latency,
        "is_tunnel": found.is_tunnel,
    }
    assert told == EVERYTHING


async def test_second_start_writes_nothing(database: Database, tmp_path: Path) -> None:
    hub = Hub(database, tmp_path)
    tables = (table("Gate", area="Kalitidu"), table("Yard"))
    first = await hub.synchronise(*tables)
    told: list[str] = []
    database.changes.on("cameras", lambda: told.append("cameras"))
    before = await hub.cameras()
    assert len(first.added) == 2
    writes = database.stats().write_hits + database.stats().write_misses
    assert (await hub.synchronise(*tables)).is_empty
    assert database.stats().write_hits + database.stats().write_misses == writes
    assert (await hub.cameras(), told) == (before, [])
    await hub.synchronise(table("Gate"), tables[1])
    assert told == ["cameras"]


async def test_passwords_are_unreadable_in_the_database(database: Database, tmp_path: Path) -> None:
    hub = Hub(database, tmp_path)
    await hub.synchronise(table("Gate"))
    async with database.read() as reading:
        rows = (await reading.session.execute(text("SELECT * FROM cameras"))).mappings().all()
    assert is_sealed(rows[0]["source_sealed"])
    assert "geheim" not in str(rows)


async def test_names_keys_and_slugs_can_be_exchanged(database: Database, tmp_path: Path) -> None:
    hub = Hub(database, tmp_path)
    one, two = key_of(1), key_of(2)
    await hub.synchronise(table("A", id=1, stream_key=one), table("B", id=2, stream_key=two))
    await hub.synchronise(table("A", id=2, stream_key=one), table("B", id=1, stream_key=two))
    cameras = {name: stored.camera for name, stored in (await hub.cameras()).items()}
    assert (cameras["A"].id, cameras["A"].stream_key, cameras["A"].slug) == (2, one, "a")
    assert (cameras["B"].id, cameras["B"].stream_key, cameras["B"].slug) == (1, two, "b")


async def test_upgrade_changes_no_address(database: Database, tmp_path: Path) -> None:
    (tmp_path / CAMERA_NUMBERS).write_text(json.dumps({"Old": 41, "Gate": 3}), encoding="utf-8")
    hub = Hub(database, tmp_path)
    await hub.synchronise(table("New"), table("Gate"))
    cameras = await hub.cameras()
    assert cameras["Gate"].camera.id == 3
    assert cameras["Gate"].camera.stream_key == str(derive_uuid(SECRET, "stream-key/camera/3"))
    assert cameras["New"].camera.id == 42


async def test_number_from_before_is_not_given_to_an_operators_camera(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / CAMERA_NUMBERS).write_text(json.dumps({"Old": 41}), encoding="utf-8")
    hub = Hub(database, tmp_path)
    await hub.synchronise()
    async with database.read() as reading:
        assert await highest_number(reading, "cameras") == 41


async def test_database_numbers_its_next_row_above_the_configured_ones(
    database: Database, tmp_path: Path
) -> None:
    hub = Hub(database, tmp_path)
    await hub.synchronise(table("Gate", id=70, area="Kalitidu"))
    async with database.write() as writing:
        await writing.session.execute(
            text(
                "INSERT INTO areas (name, managed_by, created_at)"
                " VALUES ('Other', 'operator', '2026-01-01 00:00:00')"
            )
        )
        area = await writing.session.scalar(text("SELECT id FROM areas WHERE name = 'Other'"))
        assert (area, await highest_number(writing, "cameras")) == (2, 70)


async def test_deleted_number_is_not_given_again(database: Database, tmp_path: Path) -> None:
    hub = Hub(database, tmp_path)
    await hub.add_camera(5)
    async with database.write() as writing:
        await writing.session.execute(text("DELETE FROM cameras"))
    await hub.synchronise(table("Gate"))
    assert (await hub.cameras())["Gate"].camera.id == 6


async def test_operators_camera_is_not_touched(database: Database, tmp_path: Path) -> None:
    hub = Hub(database, tmp_path)
    theirs = await hub.add_camera(1, name="Gate", url=SECRET_URL)
    async with database.read() as reading:
        before = (await reading.session.execute(text("SELECT * FROM cameras"))).all()
    await hub.synchronise(table("Gate"), table("Yard", id=1))
    await hub.synchronise()
    async with database.read() as reading:
        after = (await reading.session.execute(text("SELECT * FROM cameras WHERE id = 1"))).all()
    assert after == before
    assert theirs.managed_by == "operator"


async def test_camera_that_left_comes_back_with_its_address(
    database: Database, tmp_path: Path
) -> None:
    hub = Hub(database, tmp_path)
    await hub.synchronise(table("Gate", area="Kalitidu"), table("Yard"))
    before = (await hub.cameras())["Gate"]
    hub.clock.wind(60)
    await hub.synchronise(table("Yard"))
    assert (await hub.cameras())["Gate"].removed_at == hub.clock.now()
    await hub.synchronise(table("Gate", area="Kalitidu"), table("Yard"))
    after = (await hub.cameras())["Gate"]
    assert (after.camera, after.removed_at) == (before.camera, None)


async def test_web_process_adds_what_is_missing_and_changes_nothing(
    database: Database, tmp_path: Path
) -> None:
    hub = Hub(database, tmp_path)
    await hub.synchronise(table("Gate", location="North"))
    before = await hub.cameras()
    wanted = [Wanted(table("Gate"), "settings"), Wanted(table("New"), "demo")]
    added = await hub.configured.add_missing(wanted)
    assert [stored.camera.name for stored in added.added] == ["New"]
    assert (await hub.cameras())["Gate"] == before["Gate"]
    assert (await hub.configured.add_missing(wanted)).is_empty
    assert (await hub.configured.add_missing([])).is_empty


async def test_unreadable_source_is_healed_by_the_settings(
    database: Database, tmp_path: Path
) -> None:
    hub = Hub(database, tmp_path)
    await hub.synchronise(table("Gate"))
    async with database.write() as writing:
        await writing.session.execute(text("UPDATE cameras SET source_sealed = 'v1.lost'"))
    gate = (await hub.cameras())["Gate"]
    assert gate.camera.source.url == ""
    await hub.synchronise(table("Gate"))
    assert (await hub.cameras())["Gate"].camera.source.url == table("Gate").source


async def test_exchange_of_one_key_between_existing_rows_needs_no_order(
    database: Database, tmp_path: Path
) -> None:
    hub = Hub(database, tmp_path)
    await hub.add_camera(1, slug="b")
    await hub.add_camera(2, slug="a")
    rows = list((await hub.cameras()).values())
    swapped = [
        type(row)(
            camera=type(row.camera)(
                id=row.camera.id,
                slug=other.camera.slug,
                stream_key=other.camera.stream_key,
                name=row.camera.name,
                source=row.camera.source,
            ),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
        for row, other in zip(rows, reversed(rows), strict=True)
    ]
    async with database.write() as writing:
        await update_cameras(writing, swapped, sealer=hub.sealer)
    assert list((await hub.cameras()).values()) == swapped
