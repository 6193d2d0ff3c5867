"""Which moment the page of a recording begins with, and what it says of the one that was asked."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.portal.playback.days import day_span, hours_of, local_date, month_of
from pantau.portal.playback.values import Known, calendar_date, shown_moment, utc_second
from pantau.portal.playback.wish import Wish, parse_wish
from pantau.recordings.models import FOREVER, Reach, Span

JAKARTA = ZoneInfo("Asia/Jakarta")
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = 60_000
HOUR = 60 * MINUTE
NOON = int(datetime(2026, 11, 22, 5, tzinfo=UTC).timestamp() * 1000)
"""12.00 in Jakarta."""
RUNS = (Span(NOON - 3 * HOUR, NOON - 2 * HOUR), Span(NOON - HOUR, NOON - MINUTE))
DAY = day_span(date(2026, 11, 22), JAKARTA)
ALL = Reach((FOREVER,))


def known(reach: Reach = ALL) -> Known:
    return Known(reach, Span(RUNS[0].from_ms, RUNS[-1].to_ms), NOON)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (b"t=2026-11-22T05:00:00Z", Wish(at_ms=NOON)),
        (b"t=2026-11-22T12:00:00+07:00", Wish(at_ms=NOON)),
        (b"t=2026-11-22T12:00:00%2B07:00", Wish(at_ms=NOON)),
        (b"t=2026-11-22T05:00:00", Wish(at_ms=NOON)),
        (b"t=%d" % NOON, Wish(at_ms=NOON)),
        (b"d=2026-11-22", Wish(on=date(2026, 11, 22))),
        (b"d=2026-11-22&time=12:00:00", Wish(at_ms=NOON)),
        (b"d=2026-11-22&time=12:00", Wish(at_ms=NOON)),
        (b"d=2026-11-22&time=29:00", Wish(on=date(2026, 11, 22))),
        (b"time=12:00", Wish()),
        (b"", Wish()),
        (b"t=kemarin", Wish()),
        (b"t=99999-01-01T00:00:00Z", Wish()),
        (b"t=1", Wish()),
        (b"t=999999999999999", Wish()),
        (b"d=0001-01-01", Wish()),
        (b"d=2026-02-30", Wish()),
        (b"&" * 40 + b"t=1&d=2026-11-22" * 30, Wish()),
    ],
)
def test_addresses_name_a_moment_or_a_day(query: bytes, wanted: Wish) -> None:
    assert parse_wish(query, JAKARTA) == wanted


@given(st.binary(max_size=60))
def test_no_address_is_too_strange(query: bytes) -> None:
    assert isinstance(parse_wish(b"t=" + query, JAKARTA), Wish)
    assert isinstance(parse_wish(b"d=2026-11-22&time=" + query, BERLIN), Wish)


@given(st.integers(min_value=100_000_000, max_value=7_000_000_000))
def test_a_shared_second_is_understood_as_the_second_it_was(second: int) -> None:
    query = f"t={utc_second(second * 1000 + 999)}".encode()
    assert parse_wish(query, JAKARTA) == Wish(at_ms=second * 1000)


@pytest.mark.parametrize(
    ("asked_ms", "at_ms", "answer"),
    [
        (NOON - 150 * MINUTE, NOON - 150 * MINUTE, "exact"),
        (NOON - 90 * MINUTE, NOON - HOUR, "gap"),
        (NOON - 9 * HOUR, NOON - 3 * HOUR, "gap"),
        (NOON + HOUR, NOON - 2 * MINUTE, "future"),
    ],
)
def test_a_moment_without_footage_is_said_and_the_nearest_is_shown(
    asked_ms: int, at_ms: int, answer: str
) -> None:
    shown = shown_moment(Wish(at_ms=asked_ms), known(), RUNS, DAY)
    assert (shown.at_ms, shown.answer) == (at_ms, answer)


def test_out_of_reach_is_said_the_same_with_and_without_footage() -> None:
    reach = Reach((Span(NOON - HOUR, FOREVER.to_ms),))
    inside = RUNS[1:]
    asked = [Wish(at_ms=NOON - 150 * MINUTE), Wish(at_ms=NOON - 90 * MINUTE)]
    seen = Known(reach, Span(*inside[0]), NOON)
    answers = {shown_moment(wish, seen, inside, DAY) for wish in asked}
    assert {shown.answer for shown in answers} == {"outside"}
    assert len(answers) == 1


def test_without_a_wish_the_last_minute_is_shown() -> None:
    shown = shown_moment(Wish(), known(), RUNS, DAY)
    assert (shown.at_ms, shown.answer) == (NOON - 2 * MINUTE, "newest")
    assert calendar_date(Wish(), known(), JAKARTA) == date(2026, 11, 22)


def test_a_day_begins_with_its_first_footage() -> None:
    shown = shown_moment(Wish(on=date(2026, 11, 22)), known(), RUNS, DAY)
    assert (shown.at_ms, shown.answer) == (RUNS[0].from_ms, "exact")


@pytest.mark.parametrize(
    ("on", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 22), 24)],
)
def test_days_are_as_long_as_their_zone_makes_them(on: date, hours: int) -> None:
    day = day_span(on, BERLIN)
    assert day.to_ms - day.from_ms == hours * HOUR
    assert len(hours_of(day, [day], BERLIN)) == hours
    assert {local_date(day.from_ms, BERLIN), local_date(day.to_ms - 1, BERLIN)} == {on}


def test_hours_tell_where_their_footage_begins() -> None:
    hours = hours_of(DAY, [Span(NOON - 90 * MINUTE, NOON + 5 * MINUTE)], JAKARTA)
    assert [(hour.name, hour.at_ms, hour.minutes) for hour in hours] == [
        ("10", NOON - 90 * MINUTE, 30),
        ("11", NOON - HOUR, 60),
        ("12", NOON, 5),
    ]


def test_a_month_marks_days_and_leads_to_its_neighbours() -> None:
    month = month_of(
        date(2026, 11, 22),
        {date(2026, 11, 20): 24 * HOUR, date(2026, 11, 21): HOUR, date(2026, 11, 22): 12 * HOUR},
        (date(2026, 10, 9), None),
        zone=JAKARTA,
        language="id",
        now_ms=NOON,
        words=("terekam", "terekam sebagian"),
    )
    fields = [field for week in month.weeks for field in week if field is not None]
    assert [field.on.day for field in fields] == list(range(1, 31))
    assert {len(week) for week in month.weeks} == {7}
    assert [(field.on.day, field.label, field.is_partly) for field in fields if field.label] == [
        (20, "20 November, terekam", False),
        (21, "21 November, terekam sebagian", True),
        (22, "22 November, terekam", False),
    ]
    assert month.title == "November 2026"
    assert (month.before, month.after) == (date(2026, 10, 9), None)
