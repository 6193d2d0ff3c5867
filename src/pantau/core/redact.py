"""Text made fit for logs, pages and the audit trail: no credential or camera address survives."""

import re
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

SECRET_NAME: Final = re.compile(
    r"password|passwd|passphrase|pwd|token|secret|authorization|api[_-]?key|cookie|credential|totp"
    r"|recovery[_-]?code|challenge|(?:private|signing|sealing)[_-]?key|key[_-]?hash",
    re.IGNORECASE,
)
_URL_WITH_LOGIN: Final = re.compile(
    # The second form is for passwords with a slash, which people do write.  All lengths are bounded
    # because visitors choose some of the texts, and a search must not cost the square of them.
    r"(?P<scheme>[a-z][a-z0-9+.-]{0,30}://)"
    r"(?:[^/\s'\"<>]{0,500}@|[^/\s'\"<>:@]{0,500}:[^\s'\"<>]{0,500}@)",
    re.IGNORECASE,
)
_CAMERA_URL: Final = re.compile(r"\brtsps?://[^\s'\"<>]*", re.IGNORECASE)
_COOKIES: Final = re.compile(
    # To the end of the line: a browser sends all its cookies in one field.
    r"(?P<name>\b(?:set-)?cookies?\b[\"']?\s*[=:]\s*)(?:\"[^\"]*\"|'[^']*'|[^\r\n]*)",
    re.IGNORECASE,
)
_SECRET_FIELD: Final = re.compile(
    # name=value, "name": "value" and the pairs that headers are: (b"name", b"value").  A name is
    # tried from its beginning only, for the same reason.
    rf"(?P<name>(?<![\w-])[\w-]*?(?:{SECRET_NAME.pattern}|pass(?![a-z]))[\w-]{{0,40}}+"
    r"(?:[\"']?\s*[=:]\s*|[\"']\s*,\s*b?(?=[\"'])))"
    r"(?:(?:basic|digest|bearer)\s+)?"
    r"(?:\"[^\"]*\"|'[^']*'|\[[^\]]{0,500}\]|\([^)]{0,500}\)|\{[^}]{0,500}\}|[^\s&,;\"']+)",
    re.IGNORECASE,
)
_SHORT_SECRET_FIELD: Final = re.compile(
    r"(?P<name>[?&](?:user|usr|username|pass|pw|key|auth|sig|signature)=)[^&\s\"'#]*", re.IGNORECASE
)
_DIGEST: Final = re.compile(
    r"\b(?P<name>basic|digest|bearer)\s+[A-Za-z0-9+/=_.-]{8,}", re.IGNORECASE
)
_TELLTALE: Final = (
    # Secrets that show by their looks, whatever stands before them.
    (re.compile(r"\bv1\.[0-9a-f]{8}\.[\w-]+"), "v1.***"),
    (re.compile(r"\$(?:argon2(?:id|i|d)|2[abxy]|scrypt)\$[\w./+=,$-]+"), "$***"),
    (re.compile(r"(?<!\d)\d{6,12}:[\w-]{30,}"), "***"),  # a Telegram bot
    (re.compile(r"\b[0-9a-fA-F]{64,}\b"), "***"),  # an API key, a CSRF token, a hash of one
    (re.compile(r"\b[A-Z2-7]{26,}\b"), "***"),  # a TOTP secret
    (
        # Long and of three kinds of characters: random, so a token.
        re.compile(r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[A-Za-z0-9_-]{40,}"),
        "***",
    ),
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
    text = redact_secrets(text)
    for folder, shown in _OWN_FOLDERS.items():
        text = text.replace(folder, shown)
    return _FILE_PATH.sub(_last_part, text)


def redact_secrets(text: str) -> str:
    """Return the same with file paths as they are, for whoever sits at the machine."""
    text = _CAMERA_URL.sub("rtsp://***", text)
    text = _URL_WITH_LOGIN.sub(r"\g<scheme>***@", text)
    text = _COOKIES.sub(r"\g<name>***", text)
    text = _SECRET_FIELD.sub(r"\g<name>***", text)
    text = _SHORT_SECRET_FIELD.sub(r"\g<name>***", text)
    text = _DIGEST.sub(r"\g<name> ***", text)
    for looks, shown in _TELLTALE:
        text = looks.sub(shown, text)
    return text


def redact_deep(value: object, *, name: str = "") -> object:
    """Return `value` with every text in it redacted, names included, however deep.

    What stands under a secret's name is masked whole.  Numbers and truth values stay as they are;
    other objects become their text.
    """
    if SECRET_NAME.search(name) and value is not None:
        return "***"
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {
            redact(str(inner)): redact_deep(found, name=str(inner))
            for inner, found in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_deep(inner) for inner in value]
    if isinstance(value, bytes | bytearray):
        return redact(value.decode("utf-8", "replace"))
    return redact(str(value))


def mask_url(url: str) -> str:
    """Return only scheme and host of `url`, for operators: `rtsp://10.0.0.7:554/…`."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}/…" if host else f"{parts.scheme}:…"


def _last_part(path: re.Match[str]) -> str:
    return "…/" + path[0].rstrip("/").rpartition("/")[2]
