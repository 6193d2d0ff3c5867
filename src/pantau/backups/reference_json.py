"""The JSON that reference servers export as a backup: what we take of such a file, and what not.

Pure.  Tables and columns are those listed here and no others; whatever names a file on a disk, lets
somebody in or is history is left behind.
"""

import math
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from pantau.core.errors import Invalid

VERSION: Final = "1.0"
MOST_BYTES: Final = 32 * 1024 * 1024
MOST_ROWS: Final = 20_000
"""Of a table that is brought."""
_LARGEST: Final = 2**63 - 1
_LONGEST: Final = 20_000
_COLUMNS: Final[Mapping[str, str]] = {
    "users": "id username password_hash role created_at password_changed_at locked_until "
    "failed_attempts last_login_at last_login_ip tokens_invalidated_at",
    "cameras": "id name private_rtsp_url description location group_name area_id enabled "
    "created_at updated_at is_online last_online_check status latitude longitude is_tunnel "
    "enable_recording recording_duration_hours recording_status last_recording_start "
    "sponsor_name sponsor_logo sponsor_url sponsor_package stream_key thumbnail_path "
    "thumbnail_updated_at video_codec",
    "areas": "id name description rt rw kelurahan kecamatan created_at latitude longitude",
    "audit_logs": "id user_id action details ip_address created_at",
    "feedbacks": "id name email message status ip_address created_at",
    "api_keys": "id key_hash client_name created_at expires_at last_used_at is_active",
    "viewer_sessions": "id session_id camera_id ip_address user_agent device_type started_at "
    "last_heartbeat ended_at duration_seconds is_active created_at",
    "viewer_session_history": "id camera_id camera_name ip_address user_agent device_type "
    "started_at ended_at duration_seconds created_at",
    "system_settings": "id setting_key setting_value updated_at",
    "saweria_settings": "id saweria_link leaderboard_link enabled updated_at",
}
TABLES: Final = tuple(_COLUMNS)
HISTORY: Final = ("viewer_session_history", "feedbacks")
"""What only grows: brought once, and never from the hub's own export."""
TAKEN: Final = ("areas", "cameras", "system_settings", "saweria_settings", *HISTORY)
INSTALLATION: Final = "installation_id"
"""The setting that tells one server from another."""
LEFT: Final[Mapping[str, str]] = {
    "users": "People are never brought by this: use pantau import-reference or a whole backup.",
    "api_keys": "Keys are never brought: make new ones.",
    "audit_logs": "History is brought by pantau import-reference from the database itself.",
    "viewer_sessions": "They ended long ago.",
}
TOO_LONG: Final = (
    f"More than {MOST_ROWS} rows are brought by pantau import-reference from the database itself."
)
_IGNORED: Final = {"thumbnail_path", "thumbnail_updated_at"}
_TEXT: Final = re.compile(r"[^\x00\ud800-\udfff]*")


@dataclass(frozen=True, slots=True)
class ReferenceBackup:
    """A file that holds nothing but what such files hold."""

    exported_at: str
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def installation(self) -> str:
        """Return what the server that made it calls itself; empty: nothing."""
        for row in self.tables.get("system_settings", ()):
            if row.get("setting_key") == INSTALLATION:
                return str(row.get("setting_value") or "")
        return ""

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows each table has."""
        return {name: len(rows) for name, rows in self.tables.items()}


def read_reference_backup(told: object) -> ReferenceBackup:
    """Return what was sent; raises Invalid with what is wrong with it."""
    if not isinstance(told, dict) or not isinstance(told.get("data"), dict):
        raise _wrong("It holds no data.")
    if told.get("version") != VERSION:
        raise _wrong(f"Only version {VERSION} of this file is known.")
    exported_at = told.get("exported_at")
    if not isinstance(exported_at, str) or len(exported_at) > 40:
        raise _wrong("It does not say when it was exported.")
    if more := sorted(set(map(str, told)) - {"version", "exported_at", "data"}):
        raise _wrong(f"It holds something unknown: {more[0][:60]}.")
    tables = {}
    for name, rows in told["data"].items():
        if name not in _COLUMNS:
            raise _wrong(f"It holds an unknown table: {str(name)[:60]}.")
        tables[name] = _rows(name, rows)
    return ReferenceBackup(exported_at, tables)


def as_database(backup: ReferenceBackup, tables: Sequence[str]) -> sqlite3.Connection:
    """Return a database in memory with those tables of `backup`, shaped as the reference's.

    Who made it is told in any case: by that, history that is here already is known again.
    """
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for table in tables:
        _put(connection, table, backup.tables.get(table, ()))
    if "system_settings" not in tables:
        every = backup.tables.get("system_settings", ())
        told = [row for row in every if row.get("setting_key") == INSTALLATION]
        _put(connection, "system_settings", told)
    return connection


def _put(connection: sqlite3.Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    told = {name for row in rows for name in row} | {"id"}
    # All names are ours; a column that no row has says nothing, not even that there is nothing.
    columns = [name for name in _COLUMNS[table].split() if name in told - _IGNORED]
    written = ", ".join(f'"{name}"' for name in columns)
    connection.execute(f'CREATE TABLE "{table}" ({written})')
    marks = ", ".join("?" for _ in columns)
    insert = f'INSERT INTO "{table}" ({written}) VALUES ({marks})'  # noqa: S608
    connection.executemany(insert, [[row.get(name) for name in columns] for row in rows])


def _rows(table: str, rows: object) -> list[dict[str, Any]]:
    if not isinstance(rows, list) or len(rows) > MOST_ROWS * 50:
        raise _wrong(f"{table} is no list of rows.")
    if table in TAKEN and table not in HISTORY and len(rows) > MOST_ROWS:
        raise _wrong(f"{table} has more than {MOST_ROWS} rows.")
    known = set(_COLUMNS[table].split())
    found = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise _wrong(f"Row {number} of {table} is no row.")
        if more := sorted(set(row) - known):
            raise _wrong(f"Row {number} of {table} has an unknown column: {more[0][:60]}.")
        for name, value in row.items():
            if not _is_plain(value):
                raise _wrong(f"Row {number} of {table} has no usable {name}.")
        found.append(_fit(row) if table == "cameras" else row)
    if table not in HISTORY:
        return found
    for number, row in enumerate(found, 1):
        if type(row.get("id")) is not int or row["id"] < 1:
            raise _wrong(f"Row {number} of {table} has no usable id.")
    return sorted(found, key=lambda row: int(row["id"]))


def _fit(camera: dict[str, Any]) -> dict[str, Any]:
    if "…" in str(camera.get("private_rtsp_url")):
        # As our own export masks it: where the camera is here, its address stays.
        camera = {**camera, "private_rtsp_url": None}
    try:
        key = str(UUID(str(camera.get("stream_key"))))
    except ValueError:
        # It would become a part of addresses: one of ours is made instead.
        key = ""
    return {**camera, "stream_key": key}


def _is_plain(value: object) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) <= _LARGEST
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, str):
        return len(value) <= _LONGEST and _TEXT.fullmatch(value) is not None
    return False


def _wrong(sentence: str) -> Invalid:
    return Invalid("backup.reference", sentence, field="backup")
