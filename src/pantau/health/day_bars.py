"""Days as bars: what a page draws of them, and the same in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from babel.dates import format_date

from pantau.health.schemas import DayOutput
from pantau.ui.i18n import Language, Texts
from pantau.ui.numbers import per_cent

_FINE: Final = 99.0
_POOR: Final = 95.0
_BAD: Final = 50.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: a class of `health.css` for what was wrong, and the same in words."""

    look: str
    text: str


def bars(days: Sequence[DayOutput], texts: Texts, language: Language) -> list[Bar]:
    """Return the days as bars; grey is a day without measurements, never a good one."""
    return [_bar(day, texts, language) for day in days]


def told(days: Sequence[DayOutput], texts: Texts, language: Language) -> str:
    """Return what the bars show, for who does not see them."""
    measured = [(day.uptime, day.date) for day in days if day.uptime is not None]
    if not measured:
        return texts.gettext("Nothing has been measured yet.")
    worst, on = min(measured)
    sentence = texts.ngettext(
        "%(num)s day measured: %(share)s on %(day)s.",
        "%(num)s days measured; the worst was %(day)s with %(share)s.",
        len(measured),
    )
    return sentence % {
        "num": len(measured),
        "day": format_date(on, "d MMMM", locale=language),
        "share": per_cent(worst, language),
    }


def _bar(day: DayOutput, texts: Texts, language: Language) -> Bar:
    name = format_date(day.date, "d MMM", locale=language)
    if day.uptime is None:
        return Bar("d0", texts.gettext("%(day)s: not measured") % {"day": name})
    return Bar(look_of(day.uptime), f"{name}: {per_cent(day.uptime, language)}")


def look_of(uptime: float) -> str:
    """Return the class for a day that was up for so many per cent; empty: fine."""
    if uptime >= _FINE:
        return ""
    if uptime >= _POOR:
        return "d1"
    return "d2" if uptime >= _BAD else "d3"
