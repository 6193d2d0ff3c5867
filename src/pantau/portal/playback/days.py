"""Days and hours of footage as a reader sees them: a month to choose from, the hours of one day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_day_names

from pantau.recordings.models import Span
from pantau.ui.i18n import Language

HOUR_MS: Final = 3_600_000
_WHOLE_SHARE: Final = 0.95
"""Of the part of a day that is over; the rest is cameras that connect again."""
_DAYS_OF_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class MarkedDay:
    """One field of the month; `label` is what is read out, empty where nothing was recorded."""

    on: date
    label: str = ""
    is_partly: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """A month as weeks from Monday to Sunday; fields outside it are None."""

    title: str
    weekdays: tuple[tuple[str, str], ...]
    """Short and whole names."""
    weeks: tuple[tuple[MarkedDay | None, ...], ...]
    before: date | None
    """A day with footage in the months before; None: there is none."""
    after: date | None


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of the day in which something was recorded."""

    name: str
    at_ms: int
    """Where its footage begins."""
    minutes: int


def day_span(on: date, zone: ZoneInfo) -> Span:
    """Return when a day of that zone begins and ends; it has 23 or 25 hours now and then."""
    return Span(_midnight_ms(on, zone), _midnight_ms(on + timedelta(days=1), zone))


def month_span(on: date, zone: ZoneInfo) -> Span:
    """Return when the month of that day begins and ends."""
    first = on.replace(day=1)
    return Span(_midnight_ms(first, zone), _midnight_ms(_next_month(first), zone))


def local_date(at_ms: int, zone: ZoneInfo) -> date:
    """Return which day it was in that zone."""
    return datetime.fromtimestamp(at_ms / 1000, zone).date()


def month_of(
    on: date,
    covered_ms: Mapping[date, int],
    around: tuple[date | None, date | None],
    *,
    zone: ZoneInfo,
    language: Language,
    now_ms: int,
    words: tuple[str, str],
) -> Month:
    """Return the month of `on`; `words` say of a day that it was recorded wholly or partly.

    `around` are the last day with footage before the month, and the first one after it.
    """
    first = on.replace(day=1)
    after = _next_month(first)
    days: list[MarkedDay | None] = [None] * first.weekday()
    fields = (first + timedelta(days=number) for number in range((after - first).days))
    for day in fields:
        span = day_span(day, zone)
        covered = covered_ms.get(day, 0)
        is_partly = covered < _WHOLE_SHARE * (min(span.to_ms, now_ms) - span.from_ms)
        label = f"{format_date(day, 'd MMMM', locale=language)}, {words[is_partly]}"
        days.append(MarkedDay(day, label, is_partly) if covered > 0 else MarkedDay(day))
    days += [None] * (-len(days) % _DAYS_OF_WEEK)
    weeks = tuple(tuple(days[at : at + _DAYS_OF_WEEK]) for at in range(0, len(days), _DAYS_OF_WEEK))
    short, whole = (get_day_names(width, locale=language) for width in ("abbreviated", "wide"))
    return Month(
        title=format_date(first, "MMMM yyyy", locale=language),
        weekdays=tuple((short[day], whole[day]) for day in range(_DAYS_OF_WEEK)),
        weeks=weeks,
        before=around[0],
        after=around[1],
    )


def hours_of(day: Span, runs: Sequence[Span], zone: ZoneInfo) -> list[Hour]:
    """Return the hours of a day in which something was recorded."""
    hours = []
    for begin in range(day.from_ms, day.to_ms, HOUR_MS):
        hour = Span(begin, min(begin + HOUR_MS, day.to_ms))
        parts = [part for run in runs if (part := run.overlap(hour)) is not None]
        if parts:
            minutes = max(1, round(sum(part.to_ms - part.from_ms for part in parts) / 60_000))
            name = f"{datetime.fromtimestamp(begin / 1000, zone):%H}"
            hours.append(Hour(name, parts[0].from_ms, minutes))
    return hours


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _midnight_ms(on: date, zone: ZoneInfo) -> int:
    midnight = datetime(on.year, on.month, on.day, tzinfo=zone)
    return int(midnight.astimezone(UTC).timestamp() * 1000)
