"""Databases as reference installations have them, made anew for each test."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import bcrypt

PASSWORD = "Kucing-hitam-7"
CAMERA_URL = "rtsp://admin:p%40ss w0rd!@10.0.0.7:554/Streaming/Channels/101?x=1"
KEY = "6f1f9a44-8d43-4a8e-9d53-0f5f7b0a7f01"
SCHEMA = """
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT UNIQUE NOT NULL, password_hash TEXT NOT NULL,
  role TEXT DEFAULT 'admin', created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  password_changed_at DATETIME, locked_until DATETIME, failed_attempts INTEGER DEFAULT 0,
  last_login_at DATETIME, last_login_ip TEXT, tokens_invalidated_at DATETIME);
CREATE TABLE areas (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL, description TEXT, rt TEXT,
  rw TEXT, kelurahan TEXT, kecamatan TEXT, created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  latitude REAL, longitude REAL);
CREATE TABLE cameras (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, private_rtsp_url TEXT NOT NULL,
  description TEXT, location TEXT, group_name TEXT, area_id INTEGER, enabled INTEGER DEFAULT 1,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP, updated_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  is_online INTEGER DEFAULT 1, last_online_check DATETIME, status TEXT DEFAULT 'active',
  latitude REAL, longitude REAL, is_tunnel INTEGER DEFAULT 0, enable_recording INTEGER DEFAULT 0,
  recording_duration_hours INTEGER DEFAULT 5, recording_status TEXT DEFAULT 'stopped',
  last_recording_start DATETIME, sponsor_name TEXT, sponsor_logo TEXT, sponsor_url TEXT,
  sponsor_package TEXT CHECK (sponsor_package IN ('bronze', 'silver', 'gold')), stream_key TEXT,
  thumbnail_path TEXT, thumbnail_updated_at DATETIME, video_codec TEXT,
  FOREIGN KEY (area_id) REFERENCES areas(id) ON DELETE SET NULL);
CREATE UNIQUE INDEX idx_cameras_stream_key ON cameras(stream_key);
CREATE TABLE audit_logs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER, action TEXT NOT NULL, details TEXT,
  ip_address TEXT, created_at DATETIME DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE security_logs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, event_type TEXT NOT NULL,
  timestamp DATETIME DEFAULT CURRENT_TIMESTAMP, ip_address TEXT, user_agent TEXT,
  fingerprint TEXT, username TEXT, endpoint TEXT, details TEXT,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE api_keys (
  id INTEGER PRIMARY KEY AUTOINCREMENT, key_hash TEXT UNIQUE NOT NULL, client_name TEXT NOT NULL,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP, expires_at DATETIME, last_used_at DATETIME,
  is_active INTEGER DEFAULT 1);
CREATE TABLE password_history (
  id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL, password_hash TEXT NOT NULL,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE login_attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, identifier TEXT NOT NULL, identifier_type TEXT NOT NULL,
  attempt_time DATETIME DEFAULT CURRENT_TIMESTAMP, success INTEGER DEFAULT 0);
CREATE TABLE feedbacks (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, email TEXT, message TEXT NOT NULL,
  status TEXT DEFAULT 'unread', ip_address TEXT, created_at DATETIME DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE settings (
  key TEXT PRIMARY KEY, value TEXT, description TEXT,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE system_settings (
  id INTEGER PRIMARY KEY AUTOINCREMENT, setting_key TEXT UNIQUE NOT NULL,
  setting_value TEXT NOT NULL, updated_at DATETIME DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE branding_settings (
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE NOT NULL, value TEXT, description TEXT,
  updated_at TEXT DEFAULT CURRENT_TIMESTAMP, updated_by INTEGER REFERENCES users(id),
  category TEXT);
CREATE TABLE saweria_settings (
  id INTEGER PRIMARY KEY CHECK (id = 1), saweria_link TEXT NOT NULL, leaderboard_link TEXT,
  enabled INTEGER DEFAULT 1, updated_at DATETIME DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE viewer_session_history (
  id INTEGER PRIMARY KEY AUTOINCREMENT, camera_id INTEGER NOT NULL, camera_name TEXT,
  ip_address TEXT NOT NULL, user_agent TEXT, device_type TEXT, started_at DATETIME NOT NULL,
  ended_at DATETIME NOT NULL, duration_seconds INTEGER NOT NULL,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE recording_segments (
  id INTEGER PRIMARY KEY AUTOINCREMENT, camera_id INTEGER NOT NULL, filename TEXT NOT NULL,
  start_time DATETIME NOT NULL, end_time DATETIME NOT NULL, file_size INTEGER NOT NULL,
  duration INTEGER NOT NULL, file_path TEXT NOT NULL,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP);
"""
INSTALLED = "2025-11-03 04:05:06"


class ReferenceDatabase:
    """A file that can be filled row by row, with a log beside it as a running server has it."""

    def __init__(self, file: Path, *, has_log: bool = False) -> None:
        self.file = file
        self._connection = sqlite3.connect(file, isolation_level=None)
        if has_log:
            self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(SCHEMA)

    def add(self, table: str, **values: Any) -> int:
        names = ", ".join(values)
        marks = ", ".join("?" for _ in values)
        with closing(self._connection.cursor()) as cursor:
            adding = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
            cursor.execute(adding, tuple(values.values()))
            return cursor.lastrowid or 0

    def run(self, statement: str) -> None:
        self._connection.execute(statement)

    def close(self) -> None:
        self._connection.close()


def password_hash(password: str = PASSWORD) -> str:
    """Return a hash as the reference makes it, cheaper."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


def a_small_town(
    file: Path, *, zone: str = "Asia/Jakarta", has_log: bool = False
) -> ReferenceDatabase:
    """Return a database with a little of everything, all three ways to write a moment among it."""
    town = ReferenceDatabase(file, has_log=has_log)
    known = password_hash()
    admin = town.add(
        "users", username="admin", password_hash=known, role="admin", created_at=INSTALLED,
        password_changed_at="2026-01-05T01:02:03.456Z",
        last_login_at="2026-02-01T00:00:00.000Z", last_login_ip="::ffff:10.0.0.9",
    )  # fmt: skip
    town.add("users", username="Siti", password_hash=known, role="viewer", created_at=INSTALLED)
    town.add("password_history", user_id=admin, password_hash=password_hash("Old-one-12345"))
    pasar = town.add(
        "areas", name="Pasar 門", description="Sisi utara", rt="01", rw="03", kelurahan="Kalitidu",
        kecamatan="Kalitidu", created_at=INSTALLED, latitude=-7.12, longitude=111.7,
    )  # fmt: skip
    town.add("areas", name="Alun-Alun", created_at=INSTALLED)
    town.add(
        "cameras", name="Simpang “Lima”", private_rtsp_url=CAMERA_URL,
        description="Perempatan", location="Jl. Pahlawan", group_name="Jalan", area_id=pasar,
        created_at=INSTALLED, updated_at="2026-01-01 00:00:00", latitude=-7.15, longitude=111.88,
        is_tunnel=1, enable_recording=1, recording_duration_hours=48, sponsor_name="Toko Maju",
        sponsor_logo="/uploads/maju.png", sponsor_url="https://maju.example/",
        sponsor_package="gold", stream_key=KEY, video_codec="H264", status="maintenance",
    )  # fmt: skip
    town.add(
        "cameras", name="Pasar", private_rtsp_url="rtsp://10.0.0.8/live", area_id=None, enabled=0,
        latitude=0.0, longitude=0.0, video_codec="h265", created_at=INSTALLED,
        stream_key="6f1f9a44-8d43-4a8e-9d53-0f5f7b0a7f02",
    )  # fmt: skip
    town.add(
        "cameras", name="Tanpa kunci", private_rtsp_url="rtsp://10.0.0.9/live", stream_key=None
    )
    for key, value in (("timezone", zone), ("installation_id", "town-1"), ("domain", "x.example")):
        town.add("system_settings", setting_key=key, setting_value=value, updated_at=INSTALLED)
    _say(town, admin)
    town.add(
        "audit_logs", user_id=admin, action="CREATE_CAMERA", ip_address="10.0.0.9",
        details='{"name":"Pasar","private_rtsp_url":"rtsp://admin:geheim@10.0.0.8/live"}',
        created_at="2026-02-20 01:00:00",
    )  # fmt: skip
    town.add("audit_logs", action="LOGIN", details="old", created_at="2024-01-01 00:00:00")
    town.add(
        "security_logs", event_type="AUTH_FAILURE", timestamp="2026-02-20T02:00:00.000Z",
        ip_address="10.0.0.66", user_agent="curl/8", username="root", endpoint="/api/auth/login",
        details="not JSON",
    )  # fmt: skip
    watch(town, camera_id=1, started_at="2026-02-20 19:00:00", ended_at="2026-02-20 19:01:30")
    watch(
        town, camera_id=77, camera_name="Gone", started_at="2026-02-20 23:59:00",
        ended_at="2026-02-21 00:01:00", duration_seconds=-25080, ip_address="spoofed<b>",
    )  # fmt: skip
    town.add("api_keys", key_hash="ab" * 32, client_name="Bot")
    town.add("feedbacks", message="Bagus sekali", name="Budi")
    town.add("login_attempts", identifier="admin", identifier_type="username")
    return town


def watch(town: ReferenceDatabase, **values: Any) -> int:
    """Add a view that is over."""
    whole = {
        "camera_name": "Simpang “Lima”",
        "ip_address": "203.0.113.5",
        "user_agent": "Mozilla/5.0",
        "device_type": "mobile",
        "duration_seconds": 90,
        "created_at": "2026-02-21 00:00:00",
    }
    return town.add("viewer_session_history", **{**whole, **values})


def _say(town: ReferenceDatabase, admin: int) -> None:
    later = "2026-01-10 03:00:00"
    factory = (("hero_title", "Another town"), ("whatsapp_number", "6281200000000"))
    for key, value in factory:
        town.add("branding_settings", key=key, value=value, updated_at=INSTALLED)
    said = (
        ("company_name", "Kota Kita"),
        ("watermark_enabled", "false"),
        ("watermark_opacity", "0.5"),
        ("primary_color", "#123456"),
        ("accent", "#ffffff"),
    )
    for key, value in said:
        town.add("branding_settings", key=key, value=value, updated_at=later, updated_by=admin)
    for key, value, at in (
        ("map_default_center", '{"latitude":-7.2,"longitude":112,"zoom":14,"name":"Kita"}', later),
        ("landing_area_coverage", "<p>RW 1 &amp; 2<br><b>Kota</b></p><script>x()</script>", later),
        ("landing_hero_badge", "factory", INSTALLED),
        ("telegram_bot_token", "123:SECRET", later),
    ):
        town.add("settings", key=key, value=value, updated_at=at)
    town.add(
        "saweria_settings", id=1, saweria_link="https://saweria.example/kita", enabled=1,
        leaderboard_link=None, updated_at=later,
    )  # fmt: skip
