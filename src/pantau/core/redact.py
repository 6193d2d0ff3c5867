"""Free text made fit for logs and pages: no credential, camera address or file path survives."""

import re
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

SECRET_NAME: Final = re.compile(
    r"password|passwd|passphrase|pwd|token|secret|authorization|api[_-]?key|cookie|credential",
    re.IGNORECASE,
)
_URL_WITH_LOGIN: Final = re.compile(
    r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^/\s'\"<>]*@", re.IGNORECASE
)
_CAMERA_URL: Final = re.compile(r"\brtsps?://[^\s'\"<>]*", re.IGNORECASE)
_SECRET_FIELD: Final = re.compile(
    rf"(?P<name>\b[\w-]*(?:{SECRET_NAME.pattern}|pass)s?\b[\"']?\s*[=:]\s*)"
    r"(?:(?:basic|digest|bearer)\s+)?(?:\"[^\"]*\"|'[^']*'|[^\s&,;\"']+)",
    re.IGNORECASE,
)
_SHORT_SECRET_FIELD: Final = re.compile(
    r"(?P<name>[?&](?:user|usr|username|pass|pw|key|auth|sig|signature)=)[^&\s\"'#]*", re.IGNORECASE
)
_DIGEST: Final = re.compile(
    r"\b(?P<name>basic|digest|bearer)\s+[A-Za-z0-9+/=_.-]{8,}", re.IGNORECASE
)
_FILE_PATH: Final = re.compile(
    # At least two parts deep, and none of our own addresses, which logs and pages may name.
    r"(?<![\w:/.*…-])(?:file://)?/(?!(?:api|hls|v3|health|static|assets|webrtc)/)"
    r"[^\s'\":,;()\[\]{}<>/]+/[^\s'\":,;()\[\]{}<>]*"
)
_OWN_FOLDERS: Final[Mapping[str, str]] = {
    sysconfig.get_path("purelib"): "…",
    sysconfig.get_path("stdlib"): "…",
    str(Path(__file__).resolve().parents[2]): "…",
    sys.prefix: "…",
}


def redact(text: str) -> str:
    """Return `text` with camera addresses, logins, secret-looking values and file paths masked.

    The names of the fields stay, so that a log line still says what was there (lesson X14), and so
    does the last part of a path: the name of a module in a traceback is needed.
    """
    text = _CAMERA_URL.sub("rtsp://***", text)
    text = _URL_WITH_LOGIN.sub(r"\g<scheme>***@", text)
    text = _SECRET_FIELD.sub(r"\g<name>***", text)
    text = _SHORT_SECRET_FIELD.sub(r"\g<name>***", text)
    text = _DIGEST.sub(r"\g<name> ***", text)
    for folder, shown in _OWN_FOLDERS.items():
        text = text.replace(folder, shown)
    return _FILE_PATH.sub(_last_part, text)


def mask_url(url: str) -> str:
    """Return only scheme and host of `url`, for operators: `rtsp://10.0.0.7:554/…`."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}/…" if host else f"{parts.scheme}:…"


def _last_part(path: re.Match[str]) -> str:
    return "…/" + path[0].rstrip("/").rpartition("/")[2]
