"""The three ways in which the reference writes a moment, turned into one: aware UTC.

`2026-02-19 08:00:00` is UTC in most columns and the hub's own zone in those of viewers;
`2026-02-19T08:00:00.000Z` is what its JavaScript writes.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

SHORT_ZONES: Final[Mapping[str, str]] = {
    "WIB": "Asia/Jakarta",
    "WITA": "Asia/Makassar",
    "WIT": "Asia/Jayapura",
}
_MOMENT: Final = re.compile(
    r"20\d\d-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
"""Of this century: years far from it are slips, and some of them cannot be turned into UTC."""


def zone_named(name: str) -> ZoneInfo | None:
    """Return the zone that the reference calls so, or None for one that there is not."""
    name = name.strip()
    try:
        return ZoneInfo(SHORT_ZONES.get(name.upper(), name))
    except (KeyError, ValueError, OSError):
        return None


def utc_time(written: object, *, otherwise: tzinfo = UTC) -> datetime:
    """Return the moment; without a zone of its own it was written in `otherwise`.

    Raises ValueError for anything else, also for days that are in no calendar (lesson D22).
    """
    text = written.strip() if isinstance(written, str) else ""
    if not _MOMENT.fullmatch(text):
        raise ValueError("not a moment")
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=otherwise)
    return at.astimezone(UTC)
