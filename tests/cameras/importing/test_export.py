"""What is exported can be imported again: with secrets without any loss, without them safely."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Literal

import pytest
from sqlalchemy import text as sql

from pantau.cameras.adding import add_cameras, blank
from pantau.cameras.applying import applied
from pantau.cameras.capabilities import SourceKind
from pantau.cameras.changes import CameraChange
from pantau.cameras.decisions import CutOff, Showing, Visibility, Window
from pantau.cameras.stored import StoredCamera
from pantau.core.errors import Forbidden
from pantau.core.networks import EVERYTHING
from pantau.db.database import Database
from tests.cameras.desk import ADMIN, person
from tests.cameras.importing.catalogues import PLAIN, as_bytes
from tests.cameras.importing.office import Office, office_on

pytestmark = pytest.mark.anyio

FULL: dict[str, Any] = {
    "name": "=Gerbang 'utama', \"barat\"",
    "address": "rtsp://admin:r%40hasia@192.0.2.9:8554/ch1?a=1",
    "kind": SourceKind.RTSP,
    "transport": "tcp",
    "tls_fingerprint": "ab" * 32,
    "description": "Dua\nbaris, dengan koma; dan titik",
    "location": "-7 Jl. Raya",
    "group_name": "Lalu lintas",
    "latitude": -7.5,
    "longitude": 110.123456789,
    "enabled": False,
    "status": "maintenance",
    "on_demand": False,
    "low_latency": True,
    "is_tunnel": True,
    "enable_recording": True,
    "recording_duration_hours": None,
    "video_codec": "h265",
    "sponsor_name": "Toko",
    "sponsor_package": "gold",
    "visibility": Visibility.PARTNER,
    "delay_s": 60,
    "schedule": (
        Window(days=frozenset({1, 7}), begins=time(22), ends=time(5, 30), showing=Showing.STILL),
    ),
}
RELAYED: dict[str, Any] = {
    "name": "Umum",
    "address": "https://a.cctv.example/x.m3u8",
    "relay": True,
    "tls": "insecure",
    "headers": (("Referer", "https://r.cctv.example/"), ("X-Key", "kunci-rahasia")),
    "proxy": "http://u:proksi@p.cctv.example:3128",
    "snapshot_url": "https://a.cctv.example/still.jpg?token=tokenrahasia",
    "still_only": True,
}
SECRETS = ("r%40hasia", "r@hasia", "kunci-rahasia", "proksi", "tokenrahasia")


async def filled(office: Office) -> list[StoredCamera]:
    async with office.database.write() as writing:
        cameras = [
            applied(blank(office.clock.now()), CameraChange(**values), policy=EVERYTHING)
            for values in (FULL, RELAYED)
        ]
        cut_off = CutOff(at=datetime(2026, 1, 2, 3, tzinfo=UTC), reason="Upacara", by="siti")
        decision = replace(cameras[1].camera.decision, cut_off=cut_off)
        cameras[1] = replace(cameras[1], camera=replace(cameras[1].camera, decision=decision))
        await add_cameras(writing, cameras, sealer=office.sealer)
    return await office.cameras()


def alike(cameras: list[StoredCamera]) -> list[Any]:
    """Return what must be equal in two installations."""
    return [
        (
            stored.camera.stream_key,
            stored.camera.name,
            stored.camera.source,
            stored.camera.description,
            stored.camera.location,
            stored.camera.group_name,
            stored.camera.area_name,
            stored.camera.latitude,
            stored.camera.longitude,
            stored.camera.enabled,
            stored.camera.status,
            stored.camera.on_demand,
            stored.camera.low_latency,
            stored.camera.is_tunnel,
            stored.camera.announced_codec,
            stored.camera.decision,
            stored.enable_recording,
            stored.recording_duration_hours,
            stored.sponsor,
        )
        for stored in cameras
    ]


@pytest.mark.parametrize("format_", ["json", "csv"])
async def test_an_export_with_secrets_makes_the_same_cameras_elsewhere(
    database: Database, tmp_path: Path, format_: Literal["json", "csv"]
) -> None:
    office = office_on(database, tmp_path)
    cameras = await filled(office)
    text = await office.export.text(format_, with_secrets=True, by=ADMIN)
    again = await office.brought(text.encode())
    assert dict(again.summary) == {"create": 0, "update": 0, "skip": 2, "refuse": 0}
    async with database.write() as work:
        await work.session.execute(sql("DELETE FROM cameras"))
    view = await office.brought(text.encode())
    assert view.summary["create"] == 2, await office.lines(view)
    assert alike(await office.cameras()) == alike(cameras)


@pytest.mark.parametrize("format_", ["json", "csv"])
async def test_two_cameras_of_one_address_are_two_elsewhere_too(
    sqlite_database: Database, tmp_path: Path, format_: Literal["json", "csv"]
) -> None:
    office = office_on(sqlite_database, tmp_path)
    twin = applied(blank(office.clock.now()), CameraChange(**FULL), policy=EVERYTHING)
    await filled(office)
    async with sqlite_database.write() as writing:
        await add_cameras(writing, [twin], sealer=office.sealer)
    cameras = await office.cameras()
    text = await office.export.text(format_, with_secrets=True, by=ADMIN)
    async with sqlite_database.write() as work:
        await work.session.execute(sql("DELETE FROM cameras"))
    for counts in ({"create": 3, "skip": 0}, {"create": 0, "skip": 3}):
        view = await office.brought(text.encode())
        assert dict(view.summary) == {"update": 0, "refuse": 0, **counts}
    assert alike(await office.cameras()) == alike(cameras)


@pytest.mark.parametrize("format_", ["json", "csv"])
async def test_an_export_without_secrets_holds_none_and_loses_none(
    sqlite_database: Database, tmp_path: Path, format_: Literal["json", "csv"]
) -> None:
    office = office_on(sqlite_database, tmp_path)
    cameras = await filled(office)
    text = await office.export.text(format_, with_secrets=False, by=ADMIN)
    assert [secret for secret in SECRETS if secret in text] == []
    assert all(stored.camera.stream_key not in text for stored in cameras)
    again = await office.brought(text.encode())
    assert again.summary["update"] == 0, await office.lines(again)
    assert alike(await office.cameras()) == alike(cameras)


async def test_masks_stand_for_nothing_where_the_camera_is_not(
    sqlite_database: Database, tmp_path: Path
) -> None:
    office = office_on(sqlite_database, tmp_path)
    await filled(office)
    text = await office.export.text("json", with_secrets=False, by=ADMIN)
    async with sqlite_database.write() as work:
        await work.session.execute(sql("DELETE FROM cameras"))
    view = await office.preview(text.encode())
    assert view.summary["refuse"] == 2


async def test_who_may_take_what_along(sqlite_database: Database, tmp_path: Path) -> None:
    office = office_on(sqlite_database, tmp_path)
    await office.brought(as_bytes(PLAIN))
    everywhere, nowhere = person(everywhere=True), person(99)
    with pytest.raises(Forbidden):
        await office.export.text("json", with_secrets=True, by=everywhere)
    for by, count in ((everywhere, 2), (nowhere, 0)):
        text = await office.export.text("json", with_secrets=False, by=by)
        assert len(json.loads(text)["cameras"]) == count
