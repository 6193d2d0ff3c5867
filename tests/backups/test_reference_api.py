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
from pantau.app.backups import reference_backup_api
from pantau.app.foundation import Foundation, lay_foundation
from pantau.backups.schemas import ImportInput
from pantau.cameras.repository import stored_cameras
from pantau.core.clock import SystemClock
from pantau.core.errors import Problem
from pantau.core.supervisor import Supervisor
from pantau.settings import Settings
from pantau.web.client_address import ClientAddresses
from pantau.web.principal import ANONYMOUS
from tests.backups.hubs import person
from tests.backups.test_reference_json import CAMERA, backup

pytestmark = pytest.mark.anyio
SOURCE = "rtsp://admin:geheim@10.0.0.8/live"
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
        with pytest.raises(Problem) as refusal:
            await bring(api, TOLD, mode="replace")
        assert refusal.value.field == "mode"


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


async def bring(api: Any, told: dict[str, Any], *, mode: str = "merge") -> dict[str, Any]:
    request = Request(
        {"type": "http", "method": "POST", "path": "/", "headers": [], "client": None}
    )
    body = ImportInput.model_validate({"backup": told, "mode": mode})
    saved = await api.bring(body, ANONYMOUS, request)
    found: dict[str, Any] = saved.data.model_dump()
    return found
