"""Cameras for tests, built with the few values that a test cares about."""

from typing import Any

from pantau.cameras.models import Camera, CameraSource
from pantau.core.ids import CameraId

SECRET_URL = "rtsp://admin:geheim@10.0.0.1:554/live"


def key_of(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def camera(number: int = 1, *, url: str = SECRET_URL, **changes: Any) -> Camera:
    values: dict[str, Any] = {
        "id": CameraId(number),
        "slug": f"camera-{number}",
        "stream_key": key_of(number),
        "name": f"Camera {number}",
        "source": CameraSource(url),
        **changes,
    }
    return Camera(**values)
