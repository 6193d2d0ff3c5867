"""Words of requests as days: exactly as many as they say, and only days that there are."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pantau.analytics.periods import (
    Days,
    local_day,
    midnight,
    period_of,
    period_of_today,
)
from pantau.core.errors import Invalid

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("written", "first_on", "last_on", "before"),
    [
        ("today", TODAY, TODAY, (date(2026, 3, 9), date(2026, 3, 9))),
        ("yesterday", date(2026, 3, 9), date(2026, 3, 9), (date(2026, 3, 8), date(2026, 3, 8))),
        ("7days", date(2026, 3, 4), TODAY, (date(2026, 2, 25), date(2026, 3, 3))),
        ("30days", date(2026, 2, 9), TODAY, (date(2026, 1, 10), date(2026, 2, 8))),
        (
            "date:2024-02-29",
            date(2024, 2, 29),
            date(2024, 2, 29),
            (date(2024, 2, 28), date(2024, 2, 28)),
        ),
    ],
)
def test_a_period_is_compared_with_as_many_days_right_before(
    written: str, first_on: date, last_on: date, before: tuple[date, date]
) -> None:
    period = period_of(written, TODAY)
    assert period.days == Days(first_on, last_on)
    assert period.previous == Days(*before)
    assert period.previous.count == period.days.count
    assert period.name == written


def test_everything_is_compared_with_nothing() -> None:
    period = period_of("all", TODAY)
    assert period.previous is None
    assert period.is_everything
    assert period.days.last_on == TODAY


@pytest.mark.parametrize(
    "written",
    [
        "",
        "TODAY",
        "8days",
        "date:",
        "date:2026-02-29",
        "date:2026-02-30",
        "date:2026-13-01",
        "date:2026-3-1",
        "date:20260301",
        "date:2026-W10-2",
        "date:0001-01-01",
        "date:9999-12-31",
        "date:٢٠٢٦-٠٣-٠١",
        "date:2026-03-01 ",
        "date:2026-03-01T00:00",
        "date:2026-03-01\x00",
    ],
)
def test_what_is_no_period_is_refused_by_its_field(written: str) -> None:
    with pytest.raises(Invalid) as refused:
        period_of(written, TODAY)
    assert refused.value.field == "period"


@pytest.mark.parametrize("written", ["", "all", "date:2026-03-01", "tomorrow", "\ud800"])
def test_the_short_figures_take_any_other_word_for_today(written: str) -> None:
    assert period_of_today(written, TODAY) == period_of("today", TODAY)


def test_the_days_of_a_period_are_those_of_the_zone() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    # 29 March 2026 has 23 hours there, 25 October has 25.
    short, long = Days(date(2026, 3, 29), date(2026, 3, 29)), Days(*[date(2026, 10, 25)] * 2)
    assert [until - since for since, until in (short.moments(berlin), long.moments(berlin))] == [
        timedelta(hours=23),
        timedelta(hours=25),
    ]
    assert midnight(date(2026, 3, 1), ZoneInfo("Asia/Kathmandu")) == datetime(
        2026, 2, 28, 18, 15, tzinfo=UTC
    )
    assert local_day(datetime(2026, 2, 28, 18, 15, tzinfo=UTC), ZoneInfo("Asia/Kathmandu")) == date(
        2026, 3, 1
    )
