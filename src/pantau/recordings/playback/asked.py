"""What a request for footage says: moments, spans, months, sizes.

What means nothing raises Invalid with its field.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from pantau.core.errors import Invalid
from pantau.recordings.models import Span

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_UNIX_MS: Final = re.compile(r"[0-9]{1,15}", re.ASCII)
_ISO: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|z|[+ -]\d\d:?\d\d)", re.ASCII
)
_MONTH: Final = re.compile(r"(\d{4})-(\d\d)", re.ASCII)
_DIGITS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_PART: Final = re.compile(r"([1-9][0-9]{0,14})@([0-9]{1,15})", re.ASCII)
_MOST_FIELDS: Final = 20
_LATEST_MS: Final = 32_503_680_000_000
"""The year 3000."""


class Query:
    """The parameters of one request, the last of those with the same name."""

    def __init__(self, query: bytes) -> None:
        try:
            pairs = parse_qsl(
                query.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
            )
        except ValueError as error:
            raise Invalid(
                "request.query", "There are too many parameters.", field="query"
            ) from error
        self._values = dict(pairs)

    def text(self, name: str) -> str:
        """Return a parameter; empty where there is none."""
        return self._values.get(name, "").strip()

    def moment(self, name: str) -> int | None:
        """Return a moment as Unix milliseconds; None: not given."""
        text = self.text(name)
        return moment_of(text, field=name) if text else None

    def needed_moment(self, name: str) -> int:
        """Return a moment that must be given."""
        at_ms = self.moment(name)
        if at_ms is None:
            raise Invalid("playback.needed", "Say which moment.", field=name)
        return at_ms

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """Return a whole number between two others."""
        text = self.text(name)
        if not text:
            return default
        if not _DIGITS.fullmatch(text) or not least <= int(text) <= most:
            raise Invalid(
                "playback.number", f"This must be a number from {least} to {most}.", field=name
            )
        return int(text)

    def part(self) -> tuple[int, int] | None:
        """Return the first byte and how many of `part`, written as lists do; None: not given."""
        text = self.text("part")
        if not text:
            return None
        found = _PART.fullmatch(text)
        if found is None:
            raise Invalid("playback.part", "Write a part like 4096@0.", field="part")
        return int(found[2]), int(found[1])

    def span(self, *, now_ms: int, usual_ms: int, most_ms: int) -> Span:
        """Return `from` and `to`; without them, the last `usual_ms` and up to now.

        A span that is longer than `most_ms` is refused, so that nobody takes a part for the whole.
        """
        from_ms, to_ms = self.moment("from"), self.moment("to")
        if to_ms is None:
            to_ms = now_ms if from_ms is None else max(now_ms, from_ms + 1)
        if from_ms is None:
            from_ms = to_ms - usual_ms
        return checked(Span(max(0, from_ms), to_ms), most_ms=most_ms)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in a zone."""

    year: int
    number: int
    span: Span

    @property
    def name(self) -> str:
        return f"{self.year:04}-{self.number:02}"


def checked(span: Span, *, most_ms: int) -> Span:
    """Return a span that somebody asked for; raises for one that is none, or too long."""
    if span.from_ms >= span.to_ms:
        raise Invalid("playback.span", "The end must come after the beginning.", field="to")
    if span.to_ms - span.from_ms > most_ms:
        hours = most_ms // 3_600_000
        raise Invalid("playback.span", f"Ask for at most {hours} hours at once.", field="to")
    return span


def moment_of(text: str, *, field: str) -> int:
    """Return a moment that is written as Unix milliseconds, or as ISO 8601 with its offset."""
    if _UNIX_MS.fullmatch(text):
        at_ms = int(text)
        if at_ms <= _LATEST_MS:
            return at_ms
    elif _ISO.fullmatch(text):
        # A `+` that nobody encoded arrives as a space.
        written = text[:16] + text[16:].replace(" ", "+").replace(",", ".").upper()
        try:
            at_ms = (datetime.fromisoformat(written).astimezone(UTC) - _EPOCH) // _MILLISECOND
        except (ValueError, OverflowError):
            at_ms = -1
        if 0 <= at_ms <= _LATEST_MS:
            return at_ms
    raise Invalid(
        "playback.moment",
        "Write a moment like 2026-11-22T09:50:00+07:00, or as milliseconds since 1970.",
        field=field,
    )


def month_of(text: str, *, now_ms: int, zone: ZoneInfo) -> Month:
    """Return a month that is written `2026-11`; empty is the present one."""
    if text:
        found = _MONTH.fullmatch(text)
        year, number = (int(found[1]), int(found[2])) if found else (0, 0)
    else:
        now = local_date(now_ms, zone)
        year, number = now.year, now.month
    if not (1970 <= year < 3000 and 1 <= number <= 12):
        raise Invalid("playback.month", "Write a month like 2026-11.", field="month")
    following = (year + number // 12, number % 12 + 1)
    begins, ends = midnight(date(year, number, 1), zone), midnight(date(*following, 1), zone)
    return Month(year, number, Span(max(0, begins), ends))


def local_date(at_ms: int, zone: ZoneInfo) -> date:
    """Return which day it is in a zone."""
    return (_EPOCH + at_ms * _MILLISECOND).astimezone(zone).date()


def midnight(day: date, zone: ZoneInfo) -> int:
    """Return when a day begins, Unix milliseconds."""
    at = datetime(day.year, day.month, day.day, tzinfo=zone)
    return (at.astimezone(UTC) - _EPOCH) // _MILLISECOND


def iso(at_ms: int) -> str:
    """Return a moment as the API says it: UTC, with milliseconds."""
    at = _EPOCH + at_ms * _MILLISECOND
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
