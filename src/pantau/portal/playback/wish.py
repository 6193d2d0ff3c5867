"""Which moment or day the address of a playback page names."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

_MOST_FIELDS: Final = 20
_UNIX_MS: Final = re.compile(r"[0-9]{10,15}")
_EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST: Final = datetime(2199, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks for: a moment, or a day; None: neither."""

    at_ms: int | None = None
    on: date | None = None


def parse_wish(query: bytes, zone: ZoneInfo) -> Wish:
    """Read the address; nonsense counts as nothing, because links are typed and cut by hand.

    `t` is a moment, ISO 8601 or Unix milliseconds; `d` is a day of that zone, `time` a time of it.
    """
    try:
        fields = parse_qs(query.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return Wish()
    said = {name: values[-1].strip() for name, values in fields.items()}
    at_ms = _moment_ms(said.get("t", ""))
    if at_ms is not None:
        return Wish(at_ms=at_ms)
    on = _day(said.get("d", ""))
    if on is None or "time" not in said:
        return Wish(on=on)
    try:
        at = datetime.combine(on, time.fromisoformat(said["time"]), tzinfo=zone)
    except ValueError:
        return Wish(on=on)
    return Wish(at_ms=int(at.timestamp() * 1000))


def _day(text: str) -> date | None:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return None
    return on if _EARLIEST.date() < on < _LATEST.date() else None


def _moment_ms(text: str) -> int | None:
    if _UNIX_MS.fullmatch(text):
        at_ms = int(text)
        return at_ms if at_ms < _LATEST.timestamp() * 1000 else None
    try:
        # A plus sign that nobody encoded arrives as a space.
        at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        at = (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return int(at.timestamp() * 1000) if _EARLIEST < at < _LATEST else None
