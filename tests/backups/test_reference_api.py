"""What a reference server exported is brought here, and what we export holds no secrets."""

import json
import shutil
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.requests import Request

from pantau.accounts.models import UserRow
from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.app.endpoints.backups import reference_backup_api
from pantau.app.foundation import Foundation, lay_foundation
from pantau.areas.repository import all_areas
from pantau.backups.schemas import ImportInput
from pantau.cameras.repository import stored_cameras
from pantau.core.clock import SystemClock
from pantau.core.errors import Unavailable
from pantau.core.supervisor import Supervisor
from pantau.feedback.models import FeedbackRow
from pantau.settings import Settings
from pantau.viewers.models import ViewHistoryRow
from pantau.web.client_address import ClientAddresses
from pantau.web.principal import ANONYMOUS
from tests.backups.hubs import person
from tests.backups.test_reference_json import CAMERA, backup

pytestmark = pytest.mark.anyio
SOURCE = "rtsp://admin:geheim@10.0.0.8/live"
OTHER_KEY = "7a1f9a44-8d43-4a8e-9d53-0f5f7b0a7f02"
MESSAGE = {
    "id": 1,
    "name": "Sari",
    "message": "Kamera pasar buram.",
    "status": "read",
    "ip_address": "203.0.113.9",
    "created_at": "2026-03-01 02:00:00",
}
VIEW = {
    "id": 9,
    "camera_id": 4,
    "camera_name": "Pasar",
    "ip_address": "203.0.113.9",
    "user_agent": "Firefox",
    "started_at": "2026-03-01 09:00:00",
    "ended_at": "2026-03-01 09:01:00",
    "duration_seconds": 60,
}
TOLD = backup(
    areas=[{"id": 7, "name": "Alun-Alun"}],
    cameras=[{**CAMERA, "private_rtsp_url": SOURCE, "area_id": 7}],
    users=[{"id": 1, "username": "Orang-1", "role": "admin", "password_hash": "x"}],
    api_keys=[{"id": 1, "key_hash": "x", "client_name": "y"}],
)


async def hub_in(folder: Path, template: Path, closing: AsyncExitStack) -> Foundation:
    shutil.copy(template, folder / "pantau.db")
    clock = SystemClock()
    supervisor = Supervisor(clock)
    closing.push_async_callback(supervisor.stop, deadline_s=2.0)
    settings = Settings(data_dir=folder)
    return await lay_foundation(settings, clock=clock, supervisor=supervisor, closing=closing)


async def test_cameras_and_areas_come_and_people_stay(
    sqlite_template: Path, tmp_path: Path
) -> None:
    async with AsyncExitStack() as closing:
        base = await hub_in(tmp_path, sqlite_template, closing)
        async with base.database.write() as work:
            work.session.add(person(1, role="viewer"))
        api = reference_backup_api(base, ClientAddresses(()))
        done = await bring(api, TOLD)
        assert done["imported"] == {"areas": 1, "cameras": 1}
        assert done["skipped"].keys() >= {"users", "api_keys"}
        again = await bring(api, TOLD)
        assert again["imported"] == {"areas": 0, "cameras": 0}
        async with base.database.read() as reading:
            (stored,) = await stored_cameras(reading, base.sealer)
            roles = (await reading.session.execute(select(UserRow.role))).scalars().all()
        assert stored.camera.source.url == SOURCE
        assert str(stored.camera.stream_key) == CAMERA["stream_key"]
        assert roles == ["viewer"]


async def test_replacing_changes_what_is_said_and_deletes_nothing(
    sqlite_template: Path, tmp_path: Path
) -> None:
    async with AsyncExitStack() as closing:
        base = await hub_in(tmp_path, sqlite_template, closing)
        async with base.database.write() as work:
            work.session.add(person(1, role="viewer"))
        api = reference_backup_api(base, ClientAddresses(()))
        await bring(api, TOLD)
        address = "rtsp://admin:baru@10.0.0.9/live"
        other = {**CAMERA, "id": 2, "stream_key": OTHER_KEY, "private_rtsp_url": SOURCE}
        changed = {"stream_key": CAMERA["stream_key"], "private_rtsp_url": address, "enabled": 0}
        told = backup(
            areas=[{"id": 90, "name": "Alun-Alun", "rw": "07"}],
            cameras=[{**changed, "id": 80, "name": "Pasar Baru", "area_id": 90}, other],
            users=[{"id": 1, "username": "Orang-1", "role": "admin", "password_hash": "x"}],
            saweria_settings=[],
        )
        done = await bring(api, told, mode="replace")
        assert done["imported"] == {"areas": 1, "cameras": 2, "saweria_settings": 0}
        assert done["errors"] == {}
        again = await bring(api, told, mode="replace")
        assert again["imported"] == {"areas": 0, "cameras": 0, "saweria_settings": 0}
        own = json.loads((await api._export(AT_THE_CONSOLE))[1])
        own["data"]["cameras"][0]["name"] = "Pasar Lama"
        assert (await bring(api, own, mode="replace"))["imported"]["cameras"] == 1
        async with base.database.read() as reading:
            first, second = await stored_cameras(reading, base.sealer)
            (area,) = await all_areas(reading)
            roles = (await reading.session.execute(select(UserRow.role))).scalars().all()
    assert (first.camera.id, first.camera.name, first.camera.enabled) == (1, "Pasar Lama", False)
    assert first.camera.source.url == address
    assert first.camera.stream_revision == 1
    assert (first.camera.area_id, area.id, area.rw) == (7, 7, "07")
    assert second.camera.source.url == SOURCE
    assert roles == ["viewer"]


async def test_a_row_that_cannot_be_leaves_everything_as_it_was(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise Unavailable("database.away", "It is away.")

    async with AsyncExitStack() as closing:
        base = await hub_in(tmp_path, sqlite_template, closing)
        api = reference_backup_api(base, ClientAddresses(()))
        monkeypatch.setattr("pantau.operations.reference_import.service.add_all", fails)
        with pytest.raises(Unavailable):
            await bring(api, backup(**TOLD["data"], feedbacks=[MESSAGE]))
        async with base.database.read() as reading:
            assert await stored_cameras(reading, base.sealer) == []
            assert await all_areas(reading) == []


async def test_history_comes_once_and_without_addresses(
    sqlite_template: Path, tmp_path: Path
) -> None:
    told = backup(
        cameras=[{**CAMERA, "id": 4}],
        feedbacks=[MESSAGE, {**MESSAGE, "id": 2, "message": ""}],
        viewer_session_history=[VIEW],
        system_settings=[{"id": 1, "setting_key": "installation_id", "setting_value": "old"}],
    )
    async with AsyncExitStack() as closing:
        base = await hub_in(tmp_path, sqlite_template, closing)
        api = reference_backup_api(base, ClientAddresses(()))
        done = await bring(api, told, tables=["feedbacks", "viewer_session_history"])
        assert done["imported"] == {"feedbacks": 1, "viewer_session_history": 1}
        assert done["errors"] == {"feedbacks": "1: it says nothing"}
        for mode in ("merge", "replace"):
            again = await bring(api, told, mode=mode)
            assert again["imported"]["feedbacks"] == 0
            assert again["imported"]["viewer_session_history"] == 0
        own = json.loads((await api._export(AT_THE_CONSOLE))[1])
        assert len(own["data"]["viewer_session_history"]) == 1
        assert (await bring(api, own))["imported"]["viewer_session_history"] == 0
        async with base.database.read() as reading:
            kept = (await reading.session.execute(select(FeedbackRow.__table__))).mappings().one()
            views = (await reading.session.execute(select(ViewHistoryRow))).scalars().all()
    assert "203.0.113.9" not in str(dict(kept))
    assert (kept["message"], kept["status"]) == ("Kamera pasar buram.", "read")
    assert [(view.duration_s, view.ip_address) for view in views] == [(60, "")]


async def test_an_export_has_the_shape_of_theirs_and_no_secret(
    sqlite_template: Path, tmp_path: Path
) -> None:
    async with AsyncExitStack() as closing:
        base = await hub_in(tmp_path, sqlite_template, closing)
        async with base.database.write() as work:
            work.session.add(person(1))
        api = reference_backup_api(base, ClientAddresses(()))
        await bring(api, TOLD)
        name, data = await api._export(AT_THE_CONSOLE)
    told = json.loads(data)
    assert name.startswith("pantau-backup-")
    assert list(told) == ["version", "exported_at", "data"]
    assert list(told["data"]) == [
        "users", "cameras", "areas", "audit_logs", "feedbacks", "api_keys", "viewer_sessions",
        "viewer_session_history", "system_settings", "saweria_settings",
    ]  # fmt: skip
    assert told["data"]["cameras"][0]["enabled"] in {0, 1}
    assert b"geheim" not in data
    assert b"argon2id" not in data


async def bring(
    api: Any, told: dict[str, Any], *, mode: str = "merge", tables: list[str] | None = None
) -> dict[str, Any]:
    request = Request(
        {"type": "http", "method": "POST", "path": "/", "headers": [], "client": None}
    )
    body = ImportInput.model_validate({"backup": told, "mode": mode, "tables": tables})
    saved = await api.bring(body, ANONYMOUS, request)
    found: dict[str, Any] = saved.data.model_dump()
    return found
