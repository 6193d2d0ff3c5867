"""What the playback page says: which moment is shown, what the day and the month hold."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date

from pantau.portal.playback.days import day_span, hours_of, local_date, month_of
from pantau.portal.playback.wish import Wish
from pantau.recordings.models import Reach, Span
from pantau.ui.i18n import Language
from pantau.ui.render import Pages
from pantau.ui.times import mark, zone_name

WINDOW_MS: Final = 20 * 60_000
"""How much a playlist of the page holds, with a script and without."""
_NEWEST_LEAD_MS: Final = 60_000
"""Without a wish the page begins this long before the newest picture."""
_HOUR_MS: Final = 3_600_000

Answer = Literal["exact", "gap", "outside", "future", "newest"]


@dataclass(frozen=True, slots=True)
class Known:
    """What there is for this visitor, at this moment."""

    reach: Reach
    extent: Span | None
    """From the first to the last footage; None: there is none."""
    now_ms: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The moment that the page begins with, and how it answers the wish."""

    at_ms: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Recorded:
    """The footage around the moment that is shown."""

    runs: Sequence[Span]
    """Of its day at least."""
    covered_ms: Mapping[date, int]
    """How much there is of each day of its month."""
    around: tuple[date | None, date | None]
    """The last day with footage before that month, and the first one after it."""


def shown_moment(wish: Wish, known: Known, runs: Sequence[Span], day: Span) -> Shown:
    """Return where the page begins; `runs` are those around the wish and of `day`.

    What lies outside the reach is called so whether or not there is footage: the answer tells
    nothing about the archive.
    """
    extent = known.extent
    if wish.at_ms is None:
        in_day = [run for run in runs if run.overlap(day)]
        if wish.on is not None and in_day:
            return Shown(max(in_day[0].from_ms, day.from_ms), "exact")
        if wish.on is None or extent is None:
            return Shown(_newest_ms(known, runs), "newest")
        return Shown(_nearest_ms(day.from_ms, known, runs), _why_not(day, known))
    second = Span(wish.at_ms, wish.at_ms + 1000)
    if any(run.overlap(second) for run in runs):
        return Shown(wish.at_ms, "exact")
    return Shown(_nearest_ms(wish.at_ms, known, runs), _why_not(second, known))


def calendar_date(wish: Wish, known: Known, zone: ZoneInfo) -> date:
    """Return the day that the page is about before its footage is looked at."""
    if wish.on is not None:
        return wish.on
    at_ms = wish.at_ms
    if at_ms is None:
        at_ms = known.extent.to_ms - 1 if known.extent is not None else known.now_ms
    return local_date(at_ms, zone)


def playback_values(
    shown: Shown,
    wish: Wish,
    known: Known,
    recorded: Recorded,
    *,
    pages: Pages,
    language: Language,
) -> dict[str, Any]:
    """Return what the template needs to draw moments, a day and a month."""
    zone = pages.site.zone
    _ = pages.texts[language].gettext
    on = local_date(shown.at_ms, zone)
    day = day_span(on, zone)
    extent = known.extent or Span(known.now_ms, known.now_ms)
    known_to_ms = min(day.to_ms, known.now_ms)
    in_day = [part for run in recorded.runs if (part := run.overlap(day)) is not None]
    offsets = [[part.from_ms - day.from_ms, part.to_ms - day.from_ms] for part in in_day]
    recorded_ms = sum(part.to_ms - part.from_ms for part in in_day)
    return {
        "at_ms": shown.at_ms,
        "at_utc": utc_second(shown.at_ms),
        "at_text": moment_text(shown.at_ms, zone, language),
        "at_time": f"{datetime.fromtimestamp(shown.at_ms / 1000, zone):%H:%M:%S}",
        "window_ms": WINDOW_MS,
        "to_ms": min(shown.at_ms + WINDOW_MS, known.now_ms),
        "day": day,
        "day_on": on.isoformat(),
        "day_text": format_date(on, "EEEE, d MMMM yyyy", locale=language),
        "known_to_ms": max(day.from_ms, known_to_ms),
        "first_ms": extent.from_ms,
        "now_ms": known.now_ms,
        "runs_json": json.dumps(offsets, separators=(",", ":")),
        "recorded_minutes": round(recorded_ms / 60_000),
        "hours": hours_of(day, in_day, zone),
        "utc_second": utc_second,
        "month": month_of(
            on,
            recorded.covered_ms,
            recorded.around,
            zone=zone,
            language=language,
            now_ms=known.now_ms,
            words=(_("recorded"), _("recorded in part")),
        ),
        "answer": shown.answer,
        "asked_text": _asked_text(wish, zone, language),
        # What a window of six hours would show as a single line is better seen closer.
        "zoom_ms": _HOUR_MS if extent.to_ms - extent.from_ms <= 2 * _HOUR_MS else 6 * _HOUR_MS,
    }


def utc_second(at_ms: int) -> str:
    """Return a moment as links carry it."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}Z"


def moment_text(at_ms: int, zone: ZoneInfo, language: Language) -> str:
    """Return day, time to the second, and zone."""
    at = datetime.fromtimestamp(at_ms / 1000, zone)
    day = format_date(at.date(), "EEE, d MMM yyyy", locale=language)
    time = f"{at:%H:%M:%S}".replace(":", mark(language))
    return f"{day} {time} {zone_name(zone, at)}"


def _asked_text(wish: Wish, zone: ZoneInfo, language: Language) -> str:
    if wish.at_ms is not None:
        return moment_text(wish.at_ms, zone, language)
    return "" if wish.on is None else format_date(wish.on, "EEE, d MMM yyyy", locale=language)


def _why_not(asked: Span, known: Known) -> Answer:
    if asked.from_ms >= known.now_ms:
        return "future"
    return "gap" if known.reach.touches(asked) else "outside"


def _newest_ms(known: Known, runs: Sequence[Span]) -> int:
    if known.extent is None:
        return known.now_ms
    last = runs[-1] if runs else known.extent
    return max(last.from_ms, last.to_ms - _NEWEST_LEAD_MS)


def _nearest_ms(at_ms: int, known: Known, runs: Sequence[Span]) -> int:
    """Return where footage begins behind a moment, else where the last before it ends."""
    if known.extent is None:
        return at_ms
    later = next((run.from_ms for run in runs if run.to_ms > at_ms), None)
    if later is not None:
        return max(later, at_ms)
    if at_ms <= known.extent.from_ms:
        return known.extent.from_ms
    earlier = [run for run in runs if run.to_ms <= at_ms]
    last = earlier[-1] if earlier else known.extent
    return max(last.from_ms, last.to_ms - _NEWEST_LEAD_MS)
