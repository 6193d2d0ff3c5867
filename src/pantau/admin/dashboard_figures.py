"""Figures about watching in words that say what they count and what they are compared with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pantau.admin.recordings_figures import Figures
from pantau.admin.wording import Wording
from pantau.analytics.values import Totals
from pantau.ui import charts

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_NO_BREAK: Final = "\u00a0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """A small course; `told` says in words what it shows."""

    line: charts.Line
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number with what it counts."""

    label: str
    value: str
    small: str = ""
    """What stands beside the number: its base or its unit."""
    hints: Sequence[str] = field(default_factory=tuple)
    spark: Spark | None = None
    is_bad: bool = False


def duration(seconds: float, speak: Wording) -> str:
    """Return how long something lasted: 48 s, 1 min 48 s, 3 h 5 min."""
    fig, whole = Figures(speak), max(0, round(seconds))
    hours, rest = divmod(whole, _HOUR_S)
    if whole < _MINUTE_S:
        told = speak("%(s)s s") % {"s": whole}
    elif not hours:
        told = speak("%(m)s min %(s)s s") % {"m": rest // _MINUTE_S, "s": rest % _MINUTE_S}
    else:
        told = speak("%(h)s h %(m)s min") % {"h": fig.number(hours), "m": rest // _MINUTE_S}
    return told.replace(" ", _NO_BREAK)


def clock_time(seconds: float, speak: Wording) -> tuple[str, str]:
    """Return the same short enough for a figure, and its unit: 1:48 minutes."""
    whole = max(0, round(seconds))
    if whole < _MINUTE_S:
        return str(whole), speak("seconds")
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S}:{whole % _MINUTE_S:02d}", speak("minutes")
    hours, rest = divmod(whole, _HOUR_S)
    return f"{Figures(speak).number(hours)}:{rest // _MINUTE_S:02d}", speak("hours")


def time_figure(label: str, seconds: float | None, hints: Sequence[str], speak: Wording) -> Figure:
    """Return a figure that is a time; None: there is none."""
    if seconds is None:
        return Figure(label=label, value="–", hints=hints)
    value, unit = clock_time(seconds, speak)
    return Figure(label=label, value=value, small=unit, hints=hints)


def compared(before: int, now: int, period: str, speak: Wording) -> str:
    """Return how a count stands to the time before.

    A day that is not over is not compared in per cent with a whole one: it would always look bad
    in the morning.  From nothing to something is no percentage either.
    """
    fig = Figures(speak)
    if period == "today":
        return speak("%(count)s on the whole day before") % {"count": fig.number(before)}
    if not before:
        return speak("None in the equally long time before") if now else ""
    if now == before:
        return speak("As many as in the equally long time before")
    percent = fig.number(abs(now - before) / before * 100, 1)
    gaps = {"percent": percent, "count": fig.number(before)}
    if now > before:
        return speak("%(percent)s per cent more than the %(count)s in the time before") % gaps
    return speak("%(percent)s per cent fewer than the %(count)s in the time before") % gaps


def compared_time(before_s: int, now_s: int, speak: Wording) -> str:
    """Return how a mean time stands to the one before; it is a mean, so a day may be under way."""
    if not before_s or not now_s:
        return ""
    told = {"time": duration(before_s, speak)}
    if now_s == before_s:
        return speak("As long as in the time before")
    if now_s > before_s:
        return speak("Longer than in the time before: %(time)s") % told
    return speak("Shorter than in the time before: %(time)s") % told


def watching_figures(
    totals: Totals, previous: Totals | None, period: str, speak: Wording
) -> list[Figure]:
    """Return views, visitors and mean time of a period; None: there is nothing before it."""
    fig = Figures(speak)

    def against(before: int, now: int) -> str:
        return "" if previous is None else compared(before, now, period, speak)

    before = previous or Totals()
    return [
        Figure(
            label=speak("Views"),
            value=fig.number(totals.sessions),
            hints=_said(
                speak("Players open for at least 5 seconds"),
                against(before.sessions, totals.sessions),
            ),
        ),
        Figure(
            label=speak("Visitors"),
            value=fig.number(totals.visitors),
            hints=_said(
                speak("Different browsers, each day by itself, added up"),
                against(before.visitors, totals.visitors),
            ),
        ),
        time_figure(
            speak("Mean time of a view"),
            totals.average_s if totals.sessions else None,
            _said(
                speak("All watching shared by all views"),
                compared_time(before.average_s, totals.average_s, speak),
            ),
            speak,
        ),
    ]


def spark(values: Sequence[float | None], told: str, *, top: float | None = None) -> Spark:
    """Return a small course; without `top` its highest point is at the upper edge."""
    most = max((each for each in values if each is not None), default=0.0)
    return Spark(line=charts.line(values, top or most * 1.1 or 1.0), told=told)


def _said(*sentences: str) -> tuple[str, ...]:
    return tuple(each for each in sentences if each)
