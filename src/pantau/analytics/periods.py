"""Which days a number is about: the words of requests as calendar days of the hub."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pantau.core.errors import Invalid

NAMED: Final = ("today", "yesterday", "7days", "30days", "all")
_OF_TODAY: Final = ("today", "yesterday", "7days", "30days")
_WRITTEN: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9998
_FIRST_ON: Final = date(_FIRST_YEAR, 1, 1)


@dataclass(frozen=True, slots=True)
class Days:
    """Calendar days, both ends included."""

    first_on: date
    last_on: date

    @property
    def count(self) -> int:
        """How many days these are."""
        return (self.last_on - self.first_on).days + 1

    @property
    def before(self) -> "Days":
        """As many days, right before these."""
        length = timedelta(days=self.count)
        return Days(self.first_on - length, self.last_on - length)

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return when the first day begins there and when the day after the last one does."""
        return midnight(self.first_on, zone), midnight(self.last_on + timedelta(days=1), zone)


@dataclass(frozen=True, slots=True)
class Period:
    """What was asked for: `name` as it was written, and its days."""

    name: str
    days: Days

    @property
    def is_everything(self) -> bool:
        """Whether this is all there ever was."""
        return self.name == "all"

    @property
    def previous(self) -> Days | None:
        """The equally long time before, to compare with; None before everything."""
        return None if self.is_everything else self.days.before


def period_of(written: str, today_on: date) -> Period:
    """Return the period; raises Invalid with the field `period` for anything else.

    `7days` and `30days` are so many calendar days, today included.  A day is written
    `date:2026-03-01` and must be one that the calendar knows (lesson D22).
    """
    if written.startswith("date:"):
        day = _day(written.removeprefix("date:"))
        return Period(written, Days(day, day))
    match written:
        case "today":
            days = Days(today_on, today_on)
        case "yesterday":
            days = Days(today_on, today_on).before
        case "7days" | "30days":
            length = 7 if written == "7days" else 30
            days = Days(today_on - timedelta(days=length - 1), today_on)
        case "all":
            days = Days(_FIRST_ON, today_on)
        case _:
            raise Invalid(
                "analytics.period",
                "Ask for today, yesterday, 7days, 30days, all or date:YYYY-MM-DD.",
                field="period",
            )
    return Period(written, days)


def period_of_today(written: str, today_on: date) -> Period:
    """Return the period of the short figures: today wherever the words mean nothing there."""
    return period_of(written if written in _OF_TODAY else "today", today_on)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day of that moment there."""
    return at.astimezone(zone).date()


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins there, in UTC; where no clock shows midnight, the moment after."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _day(written: str) -> date:
    try:
        day = date.fromisoformat(written) if _WRITTEN.fullmatch(written) else None
    except ValueError:
        day = None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Invalid(
            "analytics.date", "There is no such day; write it as date:2026-03-01.", field="period"
        )
    return day
