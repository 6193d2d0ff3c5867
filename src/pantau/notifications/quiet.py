"""Quiet hours: when they end, by the clock on the hub's wall.  Pure."""

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pantau.notifications.values import QuietHours

_DAY_MIN: Final = 1440


def quiet_until(now: datetime, hours: QuietHours, zone: ZoneInfo) -> datetime | None:
    """Return when the quiet that holds at `now` ends; None: nothing is quiet.

    An hour that a change of clocks leaves out ends with the change; one that comes twice is quiet
    both times, and one that ends in it ends the first time.
    """
    local = now.astimezone(zone)
    if not _holds(hours, local):
        return None
    end = time(hours.until_min // 60, hours.until_min % 60)
    for days in range(3):
        day = local.date() + timedelta(days=days)
        for fold in (0, 1):
            at = datetime.combine(day, end, zone).replace(fold=fold).astimezone(UTC)
            # Where the clocks skip the hour, the end is the moment of the change or just after.
            if at > now and not _holds(hours, at.astimezone(zone)):
                return at
    return None


def _holds(hours: QuietHours, local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    begin, end = hours.from_min % _DAY_MIN, hours.until_min % _DAY_MIN
    if begin == end:
        return False
    if begin < end:
        return begin <= minute < end
    return minute >= begin or minute < end
