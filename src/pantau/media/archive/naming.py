"""What recordings are called: a camera's number, the day and the moment they begin, in UTC."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

VIDEO_SUFFIX: Final = ".mp4"
INDEX_SUFFIX: Final = ".idx"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STEM: Final = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z", re.ASCII)


def stem(start_ms: int) -> str:
    """Return the name without suffix, such as `20261122T095000040Z`; `start_ms` is a Unix time.

    In UTC, so that neither a time zone nor its change says which footage is which (lesson R17).
    """
    at = _EPOCH + timedelta(milliseconds=start_ms)
    return f"{at:%Y%m%dT%H%M%S}{at.microsecond // 1000:03}Z"


def start_of(name: str) -> int | None:
    """Return when a recording begins, Unix milliseconds, by its stem; None: none of ours."""
    found = _STEM.fullmatch(name)
    if found is None:
        return None
    *fields, millisecond = map(int, found.groups())
    try:
        at = datetime(*fields, tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        return None
    return (at - _EPOCH) // timedelta(milliseconds=1) + millisecond


def folder(camera_id: int, start_ms: int) -> PurePosixPath:
    """Return the folder below a storage place: `17/2026-11-22`."""
    day = (_EPOCH + timedelta(milliseconds=start_ms)).date()
    return PurePosixPath(str(camera_id), day.isoformat())


def video_key(camera_id: int, start_ms: int) -> PurePosixPath:
    """Return where the video of a segment is, below a storage place."""
    return folder(camera_id, start_ms) / f"{stem(start_ms)}{VIDEO_SUFFIX}"


def index_key(camera_id: int, start_ms: int) -> PurePosixPath:
    """Return where the index of a segment is, below a storage place."""
    return folder(camera_id, start_ms) / f"{stem(start_ms)}{INDEX_SUFFIX}"
