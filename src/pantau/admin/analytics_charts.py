"""Charts of a period: geometry with the words and numbers that stand beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from babel.dates import format_date, get_day_names

from pantau.admin.recordings_figures import Figures
from pantau.admin.wording import Wording
from pantau.analytics.periods import Days
from pantau.analytics.values import DayFigures, HeatCell, HourFigures, Report
from pantau.ui import charts
from pantau.ui.times import mark

_MOST_DAYS: Final = 62
"""With more of them each bar is a month: bars of two pixels tell nobody anything."""
_MOST_LINKS: Final = 31
_HOURS: Final = 24
_WEEK: Final = (1, 2, 3, 4, 5, 6, 0)
"""Monday first; 0 is Sunday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One bar with its words."""

    bar: charts.Bar
    name: str
    """What it stands for: a day, a month, an hour."""
    count: str
    more: str
    mark: str
    """The word below it; empty where there is no room for one."""
    path: str
    """The page of that day; empty: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """A chart of bars."""

    columns: Sequence[Column]
    lines: Sequence[float]
    marks: Sequence[str]
    """The words beside the axis, from the bottom."""
    told: str
    """Everything in a sentence."""
    by: str
    """`day`, `month` or `hour`."""


class Cell(NamedTuple):
    """One hour of one weekday."""

    band: int
    told: str
    views: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """A week by hours."""

    rows: Sequence[tuple[str, str, Sequence[Cell]]]
    """The day's short name, its name, and its cells."""
    told: str


class _Place(NamedTuple):
    name: str
    mark: str
    views: int
    more: str
    path: str


def day_columns(report: Report, speak: Wording) -> Columns | None:
    """Return views by day, or by month where there are too many days; None: nothing to draw."""
    if not report.by_day:
        return None
    days = _spanned(report)
    known = {each.day: each for each in report.by_day}
    if days.count > _MOST_DAYS:
        return _columns(_months(report.by_day, days, speak), "month", speak)
    every = [days.first_on + timedelta(days=number) for number in range(days.count)]
    return _columns([_day(each, known.get(each), speak) for each in every], "day", speak)


def hour_columns(hours: Sequence[HourFigures], speak: Wording) -> Columns | None:
    """Return views by hour of the clock; None: nothing to draw."""
    if not hours:
        return None
    known = {each.hour: each.sessions for each in hours}
    places = [
        _Place(clock_hours(hour, speak), f"{hour:02d}", known.get(hour, 0), "", "")
        for hour in range(_HOURS)
    ]
    return _columns(places, "hour", speak)


def heat(cells: Sequence[HeatCell], speak: Wording) -> Heat | None:
    """Return a week by hours in five bands of the busiest one; None: nothing to draw."""
    if not cells:
        return None
    counts = {(each.weekday, each.hour): each.sessions for each in cells}
    most = max(counts.values())
    fig = Figures(speak)
    rows = []
    for weekday in _WEEK:
        long, short = day_name(weekday, speak), day_name(weekday, speak, is_short=True)
        row = [
            _cell(counts.get((weekday, hour), 0), most, f"{long} {clock_hours(hour, speak)}", fig)
            for hour in range(_HOURS)
        ]
        rows.append((short, long, row))
    (weekday, hour), busiest = max(counts.items(), key=lambda each: each[1])
    told = speak("Busiest: %(day)s %(hours)s, %(count)s views in the whole period.") % {
        "day": day_name(weekday, speak),
        "hours": clock_hours(hour, speak),
        "count": fig.number(busiest),
    }
    return Heat(rows=rows, told=told)


def clock_hours(hour: int, speak: Wording) -> str:
    """Return an hour of the clock as a span: 07.00–08.00."""
    between = mark(speak.language)
    return f"{hour:02d}{between}00–{(hour + 1) % _HOURS:02d}{between}00"


def day_name(weekday: int, speak: Wording, *, is_short: bool = False) -> str:
    """Return the name of a weekday; 0 is Sunday."""
    width: Literal["abbreviated", "wide"] = "abbreviated" if is_short else "wide"
    names: Mapping[int, str] = get_day_names(width, locale=speak.language)
    return names[(weekday - 1) % 7]


def written_day(day: date, speak: Wording) -> str:
    """Return a day with its weekday: Sabtu, 21 Nov 2026."""
    return format_date(day, "EEEE, d MMM yyyy", locale=speak.language)


def path_of_day(day: date) -> str:
    """Return the address of the page about one day."""
    return f"/admin/analytics?period=date:{day.isoformat()}"


def _spanned(report: Report) -> Days:
    """Return the days to draw: all of the period, but of everything only those with views."""
    if not report.period.is_everything:
        return report.period.days
    return Days(report.by_day[0].day, report.by_day[-1].day)


def _day(day: date, known: DayFigures | None, speak: Wording) -> _Place:
    fig = Figures(speak)
    visitors = 0 if known is None else known.visitors
    return _Place(
        written_day(day, speak),
        f"{day.day}/{day.month}",
        0 if known is None else known.sessions,
        speak.ngettext("%(num)s visitor", "%(num)s visitors", visitors)
        if visitors < 1_000
        else speak("%(count)s visitors") % {"count": fig.number(visitors)},
        path_of_day(day),
    )


def _months(by_day: Sequence[DayFigures], days: Days, speak: Wording) -> list[_Place]:
    sums: dict[tuple[int, int], int] = {}
    month = (days.first_on.year, days.first_on.month)
    while month <= (days.last_on.year, days.last_on.month):
        sums[month] = 0
        month = (month[0] + month[1] // 12, month[1] % 12 + 1)
    for each in by_day:
        sums[each.day.year, each.day.month] += each.sessions
    return [
        _Place(
            format_date(date(year, number, 1), "MMMM yyyy", locale=speak.language),
            format_date(date(year, number, 1), "MMM yy", locale=speak.language),
            count,
            "",
            "",
        )
        for (year, number), count in sums.items()
    ]


def _columns(places: Sequence[_Place], by: str, speak: Wording) -> Columns:
    fig = Figures(speak)
    counts = [each.views for each in places]
    axis = charts.scale(counts)
    marked = charts.labelled(len(places))
    drawn = zip(places, charts.bars(counts, axis.top), strict=True)
    busiest = max(places, key=lambda each: each.views)
    told = speak("%(all)s views; most of them %(name)s: %(count)s") % {
        "all": fig.number(sum(counts)),
        "name": busiest.name,
        "count": fig.number(busiest.views),
    }
    return Columns(
        columns=[
            Column(
                bar=bar,
                name=place.name,
                count=fig.number(place.views),
                more=place.more,
                mark=place.mark if index in marked else "",
                path=place.path if len(places) <= _MOST_LINKS else "",
            )
            for index, (place, bar) in enumerate(drawn)
        ],
        lines=axis.lines(),
        marks=[fig.number(tick) for tick in axis.ticks],
        told=told,
        by=by,
    )


def _cell(count: int, most: int, name: str, fig: Figures) -> Cell:
    written = fig.number(count)
    return Cell(charts.band(count, most), f"{name}: {written}", written)
