"""Quiet hours: when they end, by the clock on the hub's wall.  Pure."""

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pantau.notifications.values import QuietHours

_DAY_MIN: Final = 1440
_STEP: Final = timedelta(minutes=1)


def quiet_until(now: datetime, hours: QuietHours, zone: ZoneInfo) -> datetime | None:
    """Return when the quiet that holds at `now` ends; None: nothing is quiet.

    Where a change of clocks leaves out the end, quiet ends with the change; in an hour that comes
    twice the clock on the wall decides each time.
    """
    local = now.astimezone(zone)
    if not _holds(hours, local):
        return None
    end = time(hours.until_min // 60 % 24, hours.until_min % 60)
    day = local.date() + timedelta(days=int(local.time().replace(tzinfo=None) >= end))
    both = [datetime.combine(day, end, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    at = min(both)
    # Only where clocks change that day is the first guess too early, and never by much.
    while at <= now or _holds(hours, at.astimezone(zone)):
        at += _STEP
    return at


def _holds(hours: QuietHours, local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    begin, end = hours.from_min % _DAY_MIN, hours.until_min % _DAY_MIN
    if begin == end:
        return False
    if begin < end:
        return begin <= minute < end
    return minute >= begin or minute < end
