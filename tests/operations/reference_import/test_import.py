"""What a reference installation knows is here after the import: whole, in UTC, and only once."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pantau.accounts.passwords.hashing import PasswordHasher
from pantau.areas.models import Area
from pantau.areas.repository import all_areas
from pantau.audit.trail import AuditTrail
from pantau.audit.verification import Verifier
from pantau.cameras.models import Camera, CameraSource, Neighbourhood
from pantau.cameras.stored import Sponsor
from pantau.core.ids import AreaId, CameraId
from pantau.db.changes import TOPICS
from pantau.db.database import Database
from pantau.operations.reference_import.reference_rows import reference_file
from pantau.operations.reference_import.report import Report, TableReport
from pantau.operations.reference_import.service import Target, import_reference
from pantau.site.repository import StoredValue, put_values, stored_values
from tests.support.clock import START
from tests.support.hub import SECRET, Hub, table
from tests.support.reference_database import CAMERA_URL, KEY, PASSWORD, a_small_town, watch

pytestmark = pytest.mark.anyio

AUDIT_KEY = b"a" * 32
INSTALLED_AT = datetime(2025, 11, 3, 4, 5, 6, tzinfo=UTC)


def target(hub: Hub) -> Target:
    return Target(
        database=hub.database,
        sealer=hub.sealer,
        secret=SECRET,
        audit_key=AUDIT_KEY,
        trail=AuditTrail(hub.database, key=AUDIT_KEY, clock=hub.clock),
        clock=hub.clock,
        timezone="Asia/Jakarta",
        audit_keep_days=90,
    )


async def bring(hub: Hub, file: Path, *, is_dry: bool = False) -> dict[str, TableReport]:
    with reference_file(file) as source:
        report = await import_reference(source, target(hub), is_dry=is_dry)
    _add_up(report)
    return {told.table: told for told in report.tables}


def _add_up(report: Report) -> None:
    for told in report.tables:
        assert told.found == told.brought + told.already + told.skipped.total(), told


async def rows(database: Database, table_name: str) -> list[Any]:
    async with database.read() as reading:
        found = await reading.session.execute(text(f"SELECT * FROM {table_name} ORDER BY 1"))  # noqa: S608
        return [dict(row) for row in found.mappings()]


async def everything(database: Database) -> dict[str, list[Any]]:
    names = (
        "users", "password_history", "areas", "cameras", "site_values", "view_history",
        "audit_entries", "import_marks", "feedbacks",
    )  # fmt: skip
    return {name: await rows(database, name) for name in names}


async def test_messages_come_without_the_addresses_of_senders(
    database: Database, tmp_path: Path
) -> None:
    town = a_small_town(tmp_path / "cctv.db")
    town.add(
        "feedbacks",
        message="Kamera di pasar mati",
        email="ani@contoh.id",
        status="resolved",
        ip_address="203.0.113.9",
        created_at="2025-12-01 03:04:05",
    )
    town.close()
    hub = Hub(database, tmp_path)
    told = (await bring(hub, tmp_path / "cctv.db"))["feedbacks"]
    assert (told.brought, told.already) == (2, 0)
    first, second = await rows(database, "feedbacks")
    assert (first["message"], first["name"], first["status"]) == ("Bagus sekali", "Budi", "unread")
    assert (second["email"], second["status"]) == ("ani@contoh.id", "resolved")
    assert "2025-12-01 03:04:05" in str(second["created_at"])
    assert "203.0.113.9" not in str(second)
    again = (await bring(hub, tmp_path / "cctv.db"))["feedbacks"]
    assert (again.brought, again.already) == (0, 2)


async def test_cameras_come_with_all_they_have(database: Database, tmp_path: Path) -> None:
    a_small_town(tmp_path / "cctv.db").close()
    hub = Hub(database, tmp_path)
    told = (await bring(hub, tmp_path / "cctv.db"))["cameras"]
    cameras = await hub.cameras()
    first = cameras["Simpang “Lima”"]
    assert first.camera == Camera(
        id=CameraId(1),
        slug="simpang-lima",
        stream_key=KEY,
        name="Simpang “Lima”",
        source=CameraSource(CAMERA_URL),
        description="Perempatan",
        location="Jl. Pahlawan",
        area_id=AreaId(1),
        area_name="Pasar 門",
        latitude=-7.15,
        longitude=111.88,
        status="maintenance",
        is_tunnel=True,
        group_name="Jalan",
        place=Neighbourhood(rt="01", rw="03", kelurahan="Kalitidu", kecamatan="Kalitidu"),
        announced_codec="h264",
        recorded=True,
    )
    assert first.sponsor == Sponsor(
        name="Toko Maju", logo="/uploads/maju.png", url="https://maju.example/", package="gold"
    )
    assert (first.enable_recording, first.recording_duration_hours) == (True, 48)
    assert (first.created_at, first.managed_by) == (INSTALLED_AT, "operator")
    # Defect 31: 0 and 0 is what the reference stored for no place; a camera never stood there.
    assert (cameras["Pasar"].camera.latitude, cameras["Pasar"].camera.enabled) == (None, False)
    assert len(cameras["Tanpa kunci"].camera.stream_key) == 36
    assert told.brought == 3
    assert told.adjusted == {
        "video_codec: written as here": 1,
        "latitude and longitude: not a place, left empty": 1,
        "stream_key: missing or unfit for an address, a new one made": 1,
    }


async def test_areas_come_with_all_they_have(database: Database, tmp_path: Path) -> None:
    a_small_town(tmp_path / "cctv.db").close()
    hub = Hub(database, tmp_path)
    await bring(hub, tmp_path / "cctv.db")
    async with database.read() as reading:
        areas = {area.name: area for area in await all_areas(reading)}
    assert areas["Pasar 門"] == Area(
        id=AreaId(1),
        name="Pasar 門",
        slug="pasar",
        description="Sisi utara",
        rt="01",
        rw="03",
        kelurahan="Kalitidu",
        kecamatan="Kalitidu",
        latitude=-7.12,
        longitude=111.7,
        created_at=INSTALLED_AT,
    )
    assert (areas["Alun-Alun"].rt, areas["Alun-Alun"].latitude) == (None, None)


async def test_people_sign_in_with_the_passwords_they_know(
    database: Database, tmp_path: Path
) -> None:
    a_small_town(tmp_path / "cctv.db").close()
    await bring(Hub(database, tmp_path), tmp_path / "cctv.db")
    users = {row["username"]: row for row in await rows(database, "users")}
    hasher = PasswordHasher()
    assert await hasher.verify(PASSWORD, users["admin"]["password_hash"])
    assert await hasher.verify(PASSWORD, users["Siti"]["password_hash"])
    (earlier,) = await rows(database, "password_history")
    assert await hasher.verify("Old-one-12345", earlier["password_hash"])
    hasher.close()
    assert earlier["user_id"] == users["admin"]["id"]
    assert {name: row["role"] for name, row in users.items()} == {
        "admin": "admin",
        "Siti": "viewer",
    }
    assert "2026-01-05" in str(users["admin"]["password_changed_at"])
    assert users["admin"]["last_login_address"] == "10.0.0.9"
    assert users["Siti"]["password_changed_at"] is None


@pytest.mark.parametrize(
    ("zone", "hour"), [("WIB", 12), ("Asia/Makassar", 11), ("WIT", 10), ("Mars/Base", 12), ("", 12)]
)
async def test_views_are_in_utc_whatever_the_zone_of_the_hub(
    sqlite_database: Database, tmp_path: Path, zone: str, hour: int
) -> None:
    # Defect 58: durations depended on the zone of the machine, and some were negative.
    a_small_town(tmp_path / "cctv.db", zone=zone).close()
    told = (await bring(Hub(sqlite_database, tmp_path), tmp_path / "cctv.db"))[
        "viewer_session_history"
    ]
    views = await rows(sqlite_database, "view_history")
    assert [view["duration_s"] for view in views] == [90, 120]
    assert str(views[0]["started_at"]).startswith(f"2026-02-20 {hour:02d}:00:00")
    assert [view["camera_id"] for view in views] == [1, None]
    zones = [row["value"] for row in await rows(sqlite_database, "site_values")
             if row["key"] == "time.zone"]  # fmt: skip
    assert len(zones) == (hour != 12)
    assert [(view["ip_address"], view["user_agent"]) for view in views] == [("", None)] * 2
    assert len({view["visitor"] for view in views}) == 2
    assert all(len(view["visitor"]) == 32 and view["view_id"] is None for view in views)
    assert views[1]["camera_name"] == "Gone"
    assert told.adjusted == {
        "duration_seconds: computed anew from begin and end": 1,
        "ip_address: not an address, left empty": 1,
    }


async def test_log_entries_keep_their_time_and_lose_their_secrets(
    database: Database, tmp_path: Path
) -> None:
    a_small_town(tmp_path / "cctv.db").close()
    hub = Hub(database, tmp_path)
    told = await bring(hub, tmp_path / "cctv.db")
    entries = {row["name"]: row for row in await rows(database, "audit_entries")}
    assert set(entries) == {"CREATE_CAMERA", "AUTH_FAILURE", "reference_imported"}
    assert str(entries["CREATE_CAMERA"]["at"]).startswith("2026-02-20 01:00:00")
    assert entries["CREATE_CAMERA"]["username"] == "admin"
    assert "audit_logs 1" in entries["CREATE_CAMERA"]["details"]
    assert "geheim" not in str(entries)
    assert entries["AUTH_FAILURE"]["address"] == "10.0.0.66"
    assert told["audit_logs"].skipped == {"older than the audit trail keeps entries": 1}
    assert (await Verifier(database, key=AUDIT_KEY).verify()).ok


async def test_texts_of_the_operator_come_and_those_of_the_software_do_not(
    database: Database, tmp_path: Path
) -> None:
    a_small_town(tmp_path / "cctv.db").close()
    told = await bring(Hub(database, tmp_path), tmp_path / "cctv.db")
    async with database.read() as reading:
        stored = {key: kept.value for key, kept in (await stored_values(reading)).items()}
    assert stored == {
        "branding.company_name": "Kota Kita",
        "branding.watermark_enabled": False,
        "branding.watermark_opacity": 0.5,
        "branding.primary_color": "#123456",
        "map_center": {"latitude": -7.2, "longitude": 112.0, "zoom": 14, "name": "Kita"},
        # Defect 28: it was markup, and ran in every visitor's browser.
        "landing.area_coverage": "RW 1 & 2\nKota",
        "donation.enabled": True,
        "donation.link": "https://saweria.example/kita",
        "donation.leaderboard_link": "",
    }
    assert told["branding_settings"].skipped == {
        "nobody changed what the software came with": 2,
        "nothing here reads it": 1,
    }
    assert "SECRET" not in str(told)


async def test_second_run_changes_nothing(database: Database, tmp_path: Path) -> None:
    a_small_town(tmp_path / "cctv.db").close()
    hub = Hub(database, tmp_path)
    await bring(hub, tmp_path / "cctv.db")
    before = await everything(database)
    told: list[str] = []
    for topic in TOPICS:
        database.changes.on(topic, partial(told.append, topic))
    hub.clock.wind(3600)
    again = await bring(hub, tmp_path / "cctv.db")
    assert await everything(database) == before
    assert sum(each.brought for each in again.values()) == 0
    assert told == []


async def test_run_after_new_rows_brings_only_those(database: Database, tmp_path: Path) -> None:
    town = a_small_town(tmp_path / "cctv.db")
    hub = Hub(database, tmp_path)
    await bring(hub, tmp_path / "cctv.db")
    town.add("cameras", name="Baru", private_rtsp_url="rtsp://10.0.0.10/", stream_key="new-key")
    town.add("areas", name="Baru")
    town.add("audit_logs", action="LOGOUT", created_at="2026-02-22 00:00:00")
    watch(town, camera_id=4, started_at="2026-02-22 08:00:00", ended_at="2026-02-22 08:00:10")
    town.close()
    again = await bring(hub, tmp_path / "cctv.db")
    assert {name: told.brought for name, told in again.items() if told.brought} == {
        "cameras": 1, "areas": 1, "audit_logs": 1, "viewer_session_history": 1,
    }  # fmt: skip
    views = await rows(database, "view_history")
    assert (len(views), views[-1]["camera_id"]) == (3, 4)


async def test_dry_run_says_the_same_and_writes_nothing(database: Database, tmp_path: Path) -> None:
    a_small_town(tmp_path / "cctv.db").close()
    hub = Hub(database, tmp_path)
    before = await everything(database)
    dry = await bring(hub, tmp_path / "cctv.db", is_dry=True)
    assert await everything(database) == before
    assert await bring(hub, tmp_path / "cctv.db") == dry


async def test_failure_in_the_middle_leaves_nothing_behind(
    database: Database, tmp_path: Path
) -> None:
    town = a_small_town(tmp_path / "cctv.db")
    town.close()
    hub = Hub(database, tmp_path)
    async with database.write() as writing:
        await writing.session.execute(text("DROP TABLE view_history"))
    with pytest.raises(Exception, match="view_history"):
        await bring(hub, tmp_path / "cctv.db")
    for name in ("users", "areas", "cameras", "site_values", "audit_entries", "import_marks"):
        assert await rows(database, name) == []


async def test_what_is_here_already_is_left_as_it_is(database: Database, tmp_path: Path) -> None:
    a_small_town(tmp_path / "cctv.db").close()
    hub = Hub(database, tmp_path)
    await hub.synchronise(table("Ours", id=1), table("Theirs", id=2, stream_key=KEY))
    ours = await hub.add_area(1, "Alun-Alun", description="ours")
    async with database.write() as writing:
        await writing.session.execute(
            text(
                "INSERT INTO users (username, name_key, password_hash, role, has_all_areas,"
                " created_at) VALUES ('ADMIN', 'admin', 'x', 'admin', TRUE, '2026-01-01 00:00:00')"
            )
        )
        name = StoredValue(value="Ours", updated_at=START)
        await put_values(writing, {"branding.company_name": name})
    before = await hub.cameras()
    told = await bring(hub, tmp_path / "cctv.db")
    after = await hub.cameras()
    assert {name: after[name] for name in before} == before
    assert {"Pasar", "Tanpa kunci"} == set(after) - set(before)
    # Number 2 is taken: the camera that had it gets the next one, and its view leads there.
    assert (after["Pasar"].camera.id, after["Tanpa kunci"].camera.id) == (3, 4)
    assert "its number 2 is taken here; it is 3 now" in told["cameras"].remarks[0]
    assert (await rows(database, "view_history"))[0]["camera_id"] == 2
    async with database.read() as reading:
        assert ours in await all_areas(reading)
        assert (await stored_values(reading))["branding.company_name"].value == "Ours"
    assert told["users"].already == 1
    assert "admin: somebody of that name is here" in told["users"].remarks[0]
    assert {row["username"] for row in await rows(database, "users")} == {"ADMIN", "Siti"}
    assert after["Pasar"] == replace(after["Pasar"], managed_by="operator")


async def test_numbers_that_the_database_gives_follow_the_imported_ones(
    database: Database, tmp_path: Path
) -> None:
    town = a_small_town(tmp_path / "cctv.db")
    town.add("cameras", id=500, name="Far", private_rtsp_url="rtsp://10.0.0.1/", stream_key="far")
    town.close()
    hub = Hub(database, tmp_path)
    await bring(hub, tmp_path / "cctv.db")
    await hub.synchronise(table("New"))
    assert (await hub.cameras())["New"].camera.id == 501
