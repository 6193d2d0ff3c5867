"""Moments of footage in forms and addresses: typed in the hub's zone, kept as Unix milliseconds."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pantau.core.errors import Invalid

_OLDEST: Final = 1971
_LATEST: Final = 9990
DAY: Final = timedelta(days=1)


def typed_moment(written: str, zone: ZoneInfo, field: str) -> datetime | None:
    """Return what a field for date and time says, in UTC; None where it is empty.

    Raises Invalid, naming the field.  An hour that a clock shows twice means its first time.
    """
    if not written:
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError as error:
        raise _no_moment(field) from error
    if not _OLDEST <= found.year <= _LATEST:
        raise _no_moment(field)
    aware = found if found.tzinfo is not None else found.replace(tzinfo=zone)
    return aware.astimezone(UTC)


def written_moment(at: datetime, zone: ZoneInfo) -> str:
    """Return the value of such a field."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")


def unix_ms(at: datetime) -> int:
    """Return it as footage counts."""
    return int(at.timestamp() * 1000)


def moment_of(unix_ms: int) -> datetime:
    """Return Unix milliseconds as a moment."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC)


def day_of(written: str) -> date | None:
    """Return a day of an address; None for what is none: lists then show what they always show."""
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return None
    return found if _OLDEST <= found.year <= _LATEST else None


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day of the hub's zone begins."""
    return datetime.combine(day, time(), zone)


def _no_moment(field: str) -> Invalid:
    return Invalid("form.moment", "Give date and time.", field=field)
