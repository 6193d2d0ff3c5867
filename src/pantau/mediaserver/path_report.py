"""The runtime report of a path that the parent process gives: the form, without any news."""

from datetime import UTC, datetime
from typing import Any, Final

from pantau.media.errors import SENTENCES, Cause

_SOURCE_TYPES: Final = {"rtsp": "rtspSource", "hls": "hlsSource"}
"""MediaMTX has no word for our other kinds; they appear as `<kind>Source`."""


def moment(value: datetime | None) -> str | None:
    """Write a time as RFC 3339 in UTC."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None


def source_of(kind: str) -> dict[str, str] | None:
    """Return the source object of a path; None where nothing is pulled."""
    return {"type": _SOURCE_TYPES.get(kind, f"{kind}Source"), "id": ""} if kind else None


def absent(
    path: str, kind: str, *, state: str, cause: Cause | None = None, detail: str = ""
) -> dict[str, Any]:
    """Return the report of a path that no shard speaks for at the moment."""
    own = {
        "state": state,
        "cause": cause.value if cause else None,
        "message": SENTENCES[cause] if cause else "",
        "detail": detail,
        "since": None,
        "nextAttempt": None,
        "lastPicture": None,
        "sessionsOpened": 0,
    }
    return {**skeleton(path, kind), "pantau": own}


def skeleton(path: str, kind: str) -> dict[str, Any]:
    """Return MediaMTX's fields of a path about which nothing is known."""
    return {
        "name": path,
        "confName": path,
        "source": source_of(kind),
        "ready": False,
        "readyTime": None,
        "available": False,
        "availableTime": None,
        "online": False,
        "onlineTime": None,
        "tracks": [],
        "tracks2": [],
        "bytesReceived": 0,
        "inboundBytes": 0,
        "inboundFramesInError": 0,
        "bytesSent": 0,
        "outboundBytes": 0,
        "readers": [],
        "pantauPicture": None,
        "pantauPictureSince": None,
        "pantauKeyFrameInterval": None,
        "pantauBitRate": None,
        "pantauLate": None,
        "pantauRecorder": None,
    }
