"""Cameras and pages for tests of the portal."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pantau.cameras.models import LiveState, PublicCamera
from pantau.ui.files import read_assets
from pantau.ui.render import Pages
from pantau.ui.site import Site

NOW = datetime(2026, 11, 21, 7, 3, 22, tzinfo=UTC)
"""14.03.22 in Jakarta."""


def camera(number: int = 1, **changes: Any) -> PublicCamera:
    """Return a healthy camera, changed as told."""
    values: dict[str, Any] = {
        "id": number,
        "slug": f"kamera-{number}",
        "stream_key": f"key-{number}",
        "name": f"Kamera {number}",
        "description": "",
        "location": "Jl. Pahlawan",
        "area_id": 1,
        "area_name": "Wanasari",
        "latitude": None,
        "longitude": None,
        "is_tunnel": False,
        "status": "active",
        "state": LiveState.LIVE,
        "since_at": NOW,
        "checked_at": NOW,
        "video_codec": "h264",
        "on_demand": True,
        "low_latency": False,
        "thumbnail_url": f"/api/thumbnails/{number}.jpg",
        "thumbnail_at": NOW,
    }
    values |= changes
    values.setdefault("is_online", values["state"] is not LiveState.OFFLINE)
    return PublicCamera(**values)


def pages(zone: str = "Asia/Jakarta") -> Pages:
    """Return the pages of a hub in `zone`, at NOW."""
    site = Site(place="Kota Tirtasari", zone=ZoneInfo(zone))
    return Pages(assets=read_assets(), site=lambda: site, now=lambda: NOW)
