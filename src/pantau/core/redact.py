"""Free text made fit for logs and pages: no credential, no camera address, no file path survives."""

import re
from typing import Final
from urllib.parse import urlsplit

_URL_WITH_LOGIN: Final = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^/\s@'\"]*@", re.IGNORECASE)
_CAMERA_URL: Final = re.compile(r"\brtsps?://[^\s'\"<>]*", re.IGNORECASE)
_SECRET_FIELD: Final = re.compile(
    r"(?P<name>\b(?:password|passwd|pass|pwd|token|secret|authorization|api[_-]?key|cookie)\b[\"']?\s*[=:]\s*)"
    r"(?:(?:basic|digest|bearer)\s+)?[^\s&,;\"']+",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """Return `text` with camera addresses, user:password pairs and values of secret-looking fields masked.

    The names of the fields stay, so that a log line still says what was there (lesson X14).
    """
    text = _CAMERA_URL.sub("rtsp://***", text)
    text = _URL_WITH_LOGIN.sub(r"\g<scheme>***@", text)
    return _SECRET_FIELD.sub(r"\g<name>***", text)


def mask_url(url: str) -> str:
    """Return only the scheme and host of `url`, for operators: `rtsp://10.0.0.7:554/…` without login, path or query."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}/…" if host else f"{parts.scheme}:…"
