"""Writes the JSON that clients of the reference fetch as a backup, without what lets anybody in.

No hashes, no addresses of cameras with passwords, no addresses of people who gave feedback; of long
tables the newest rows.  It is for looking and for moving cameras, not for restoring a hub.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Select, select

from pantau.accounts.keys.models import ApiKeyRow
from pantau.accounts.models import UserRow
from pantau.areas.models import AreaRow
from pantau.audit.models import AuditEntryRow
from pantau.backups.reference_json import INSTALLATION, VERSION
from pantau.cameras.repository import stored_cameras
from pantau.cameras.rows import CameraRow
from pantau.core.redact import mask_url
from pantau.core.sealing import Sealer
from pantau.db.base import Base
from pantau.db.database import Reading
from pantau.viewers.models import ViewHistoryRow

MOST_ROWS: Final = 5000
_USERS: Final = ("id", "username", "role", "created_at", "password_changed_at", "last_login_at")
_AREAS: Final = (
    "id", "name", "description", "rt", "rw", "kelurahan", "kecamatan", "created_at", "latitude",
    "longitude",
)  # fmt: skip
_CAMERAS: Final = (
    "id", "name", "description", "location", "group_name", "area_id", "enabled", "created_at",
    "updated_at", "status", "latitude", "longitude", "is_tunnel", "enable_recording",
    "recording_duration_hours", "sponsor_name", "sponsor_logo", "sponsor_url", "sponsor_package",
    "stream_key", "video_codec",
)  # fmt: skip
_VIEWS: Final = ("id", "camera_id", "camera_name", "device_type", "started_at", "ended_at")


async def reference_export(
    work: Reading,
    *,
    sealer: Sealer,
    now: datetime,
    zone: str,
    installation: str,
    donation: dict[str, Any],
) -> dict[str, Any]:
    """Return what such a file holds."""
    cameras = await _rows(work, CameraRow, _CAMERAS)
    sources = {
        int(each.camera.id): mask_url(each.camera.source.url)
        for each in await stored_cameras(work, sealer)
    }
    for camera in cameras:
        camera["private_rtsp_url"] = sources.get(camera["id"], "")
    keys = await _rows(work, ApiKeyRow, ("id", "client_name", "created_at", "expires_at"))
    actions = await _rows(work, AuditEntryRow, ("id", "user_id", "name", "details", "at"))
    data = {
        "users": await _rows(work, UserRow, _USERS),
        "cameras": cameras,
        "areas": await _rows(work, AreaRow, _AREAS),
        "audit_logs": [
            {
                "id": row["id"],
                "user_id": row["user_id"],
                "action": row["name"],
                "details": row["details"],
                "created_at": row["at"],
            }
            for row in actions
        ],
        "feedbacks": [],
        "api_keys": keys,
        "viewer_sessions": [],
        "viewer_session_history": await _rows(work, ViewHistoryRow, _VIEWS),
        "system_settings": [
            {"id": 1, "setting_key": "timezone", "setting_value": zone},
            {"id": 2, "setting_key": INSTALLATION, "setting_value": installation},
        ],
        "saweria_settings": [donation],
    }
    return {"version": VERSION, "exported_at": _told(now), "data": data}


async def _rows(work: Reading, row: type[Base], names: tuple[str, ...]) -> list[dict[str, Any]]:
    table = Base.metadata.tables[row.__tablename__]
    columns: list[Column[Any]] = [table.c[name] for name in names]
    newest: Select[Any] = select(*columns).order_by(table.c.id.desc()).limit(MOST_ROWS)
    found = (await work.session.execute(newest)).mappings().all()
    return [{name: _told(value) for name, value in each.items()} for each in reversed(found)]


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return int(value) if isinstance(value, bool) else value
