"""Moments as people and programs write them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_UNIX_MS: Final = re.compile(r"[0-9]{10,15}", re.ASCII)
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2199, 1, 1, tzinfo=UTC)


def moment_of(written: object) -> datetime:
    """Return the moment that ISO 8601 with a zone, or Unix milliseconds, name.

    Raises ValueError for anything else, and for what no calendar has (lesson D22).
    """
    if isinstance(written, bool) or not isinstance(written, str | int):
        raise ValueError("neither text nor number")  # noqa: TRY004 - rubbish is one answer
    text = str(written).strip()
    if len(text) > 40:
        raise ValueError("too long")
    try:
        if _UNIX_MS.fullmatch(text):
            at = datetime.fromtimestamp(int(text) / 1000, UTC)
        else:
            # A plus sign that nobody encoded arrives as a space.
            at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
            if at.tzinfo is None:
                raise ValueError("a date without a zone")
            at = at.astimezone(UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("out of range") from error
    if not _EARLIEST <= at < _LATEST:
        raise ValueError("out of range")
    return at


def local_moment(written: str, zone: ZoneInfo) -> datetime:
    """Return the moment that a field for date and time names on the clocks of `zone`.

    Raises ValueError for what is no such text, and for times that the clocks leave out when they
    are put forward; of an hour that comes twice it is the first.
    """
    local = datetime.fromisoformat(written.strip())
    if local.tzinfo is not None or len(written) > 40:
        raise ValueError("a zone of its own")
    try:
        at = local.replace(tzinfo=zone).astimezone(UTC)
        is_there = at.astimezone(zone).replace(tzinfo=None) == local
    except OverflowError as error:
        raise ValueError("out of range") from error
    if not is_there:
        raise ValueError("no such time on that day")
    if not _EARLIEST <= at < _LATEST:
        raise ValueError("out of range")
    return at


def is_future(at: datetime, now: datetime) -> bool:
    """Tell whether a moment has not come, allowing for clocks that differ."""
    return at > now + timedelta(minutes=2)
