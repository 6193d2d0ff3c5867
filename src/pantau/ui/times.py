"""Dates, times and how long things last, as people read them: their zone, their language."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date, format_time

_NAMES: Final = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Jayapura": "WIT",
}
"""What Indonesians call their zones; not every time zone database knows these names."""
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_DAY_S: Final = 86_400


def zone_name(zone: ZoneInfo, at: datetime) -> str:
    """Return the short name of `zone` at that moment: WIB, CET, +03."""
    return _NAMES.get(zone.key) or at.astimezone(zone).tzname() or zone.key


def clock(at: datetime, zone: ZoneInfo, language: str) -> str:
    """Return hours and minutes: 11.47 in Indonesian, 11:47 in English."""
    return format_time(at.astimezone(zone), f"HH{mark(language)}mm", locale=language)


@cache
def mark(language: str) -> str:
    """Return what stands between hours and minutes: a point in Indonesian, else a colon."""
    pattern = Locale.parse(language).time_formats["short"].pattern
    return "." if ".mm" in pattern else ":"


def since(at: datetime, now: datetime, zone: ZoneInfo, language: str, *, yesterday: str) -> str:
    """Return since when, as short as is clear: a time today, `yesterday`, else day and month."""
    then, today = at.astimezone(zone), now.astimezone(zone).date()
    if then.date() == today:
        return clock(at, zone, language)
    if then.date() == today - timedelta(days=1):
        return yesterday
    return format_date(then.date(), "d MMM", locale=language)


def moment(at: datetime, now: datetime, zone: ZoneInfo, language: str, *, yesterday: str) -> str:
    """Return date and time, without what goes without saying: 11.47, kemarin 11.47, 3 Mar 11.47."""
    then, here = at.astimezone(zone), now.astimezone(zone)
    time = clock(at, zone, language)
    if then.date() == here.date():
        return time
    if then.date() == here.date() - timedelta(days=1):
        return f"{yesterday} {time}"
    pattern = "d MMM" if then.year == here.year else "d MMM yyyy"
    return f"{format_date(then.date(), pattern, locale=language)} {time}"


def full(at: datetime, zone: ZoneInfo, language: str) -> str:
    """Return everything that may be asked of a moment: 3 Maret 2026 11.47.05 WIB."""
    then = at.astimezone(zone)
    pattern = f"HH{mark(language)}mm{mark(language)}ss"
    day = format_date(then.date(), "d MMMM yyyy", locale=language)
    return f"{day} {format_time(then, pattern, locale=language)} {zone_name(zone, at)}"


def lasting(
    time: timedelta | float, ngettext: Callable[[str, str, int], str], *, exactly: bool = False
) -> str:
    """Return a time, or seconds, in one unit: 48 seconds, 90 minutes, 3 hours, 2 days.

    A unit is used from two of it on, and for exactly one; it is never rounded up, so nothing that
    takes a moment takes no time at all.  `exactly`: in the largest unit that leaves nothing out,
    for what somebody has set.  `ngettext` returns the form that fits, its `%(num)s` filled in.
    """
    whole = max(0, int(time.total_seconds() if isinstance(time, timedelta) else time))
    if _fits(whole, _DAY_S, exactly=exactly):
        return ngettext("%(num)s day", "%(num)s days", whole // _DAY_S)
    if _fits(whole, _HOUR_S, exactly=exactly):
        return ngettext("%(num)s hour", "%(num)s hours", whole // _HOUR_S)
    if _fits(whole, _MINUTE_S, exactly=exactly):
        return ngettext("%(num)s minute", "%(num)s minutes", whole // _MINUTE_S)
    return ngettext("%(num)s second", "%(num)s seconds", whole)


def _fits(seconds: int, unit_s: int, *, exactly: bool) -> bool:
    if exactly:
        return seconds >= unit_s and seconds % unit_s == 0
    return seconds == unit_s or seconds >= 2 * unit_s
