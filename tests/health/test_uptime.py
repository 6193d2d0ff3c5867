"""Uptime is exact over the edges of spans, and what nobody measured counts for nothing."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.cameras.models import HealthState
from pantau.core.ids import CameraId
from pantau.db.database import Database
from pantau.health import repository
from pantau.health.figures import DAYS, FigureBook, Figures, count, last_days, midnight
from pantau.health.uptime import percent
from pantau.health.values import Change, Span
from pantau.health.verdict import DOWN, UP, Belief
from tests.support.clock import START, HandWoundClock

JAKARTA = ZoneInfo("Asia/Jakarta")
NEW_YORK = ZoneInfo("America/New_York")
STATES = list(HealthState)


def spans_of(begins_at: datetime, parts: list[tuple[HealthState, int]]) -> list[Span]:
    """Return spans one after the other; the last one is open."""
    found, at = [], begins_at
    for number, (state, lasts_s) in enumerate(parts):
        ends_at = at + timedelta(seconds=lasts_s)
        is_last = number == len(parts) - 1
        found.append(Span(CameraId(1), state, "", at, None if is_last else ends_at))
        at = ends_at
    return found


def counted(spans: list[Span], now: datetime, zone: ZoneInfo = JAKARTA) -> Figures:
    edges = [midnight(day, zone).timestamp() for day in last_days(now, zone)]
    figures = Figures()
    for span in spans:
        count(span, figures, edges, now.timestamp())
    return figures


def naive(spans: list[Span], begins_s: int, ends_s: int, every_s: int) -> tuple[int, int]:
    """Look again and again what the state is: seconds up and down."""
    up_s = down_s = 0
    for second in range(begins_s, ends_s, every_s):
        at_s = second + every_s / 2
        for span in spans:
            is_over = span.ended_at is not None and span.ended_at.timestamp() <= at_s
            if span.began_at.timestamp() <= at_s and not is_over:
                up_s += every_s * (span.state in UP)
                down_s += every_s * (span.state in DOWN)
    return up_s, down_s


parts = st.lists(st.tuples(st.sampled_from(STATES), st.integers(0, 400)), min_size=1, max_size=12)


@settings(max_examples=60)
@given(parts, st.integers(0, 4_000))
def test_uptime_is_what_looking_every_second_gives(
    given_parts: list[tuple[HealthState, int]], edge_s: int
) -> None:
    spans = spans_of(START, given_parts)
    # The day that is looked at begins in the midst of them, and ends in the midst of them.
    for now in (
        START + timedelta(days=1, seconds=edge_s),
        START + timedelta(seconds=edge_s),
    ):
        now_s = int(now.timestamp())
        begins_s = max(now_s - 86_400, int(START.timestamp()) - 60)
        ends_s = min(now_s, int(START.timestamp()) + 5_000)
        last = spans[-1]
        up_s, down_s = naive(spans, begins_s, ends_s, 1)
        rest_s = max(now_s - max(ends_s, int(last.began_at.timestamp())), 0)
        up_s += rest_s * (last.state in UP)
        down_s += rest_s * (last.state in DOWN)
        day = counted(spans, now).day
        assert (day.up_s, day.down_s) == (up_s, down_s)
        assert day.share == (up_s / (up_s + down_s) if up_s + down_s else None)


hours = st.lists(
    st.tuples(st.sampled_from(STATES), st.integers(0, 200).map(lambda hour: hour * 3_600)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25)
@given(hours, st.integers(0, 45 * 24))
def test_every_calendar_day_is_what_looking_every_hour_gives(
    given_parts: list[tuple[HealthState, int]], lasts_h: int
) -> None:
    spans = spans_of(START, given_parts)
    now = START + timedelta(hours=lasts_h)
    now_s = int(now.timestamp())
    figures = counted(spans, now, NEW_YORK)
    for days, uptime in ((7, figures.week), (DAYS, figures.month)):
        begins_s = now_s - days * 86_400
        assert (uptime.up_s, uptime.down_s) == naive(spans, begins_s, now_s, 3_600)
    for day, uptime in zip(last_days(now, NEW_YORK), figures.by_day, strict=True):
        begins_s = int(midnight(day, NEW_YORK).timestamp())
        ends_s = int(midnight(day + timedelta(days=1), NEW_YORK).timestamp())
        expected = naive(spans, begins_s, min(ends_s, now_s), 3_600)
        assert (uptime.up_s, uptime.down_s) == expected


def test_day_of_a_changed_clock_has_its_true_length() -> None:
    begins_at = midnight(date(2026, 3, 8), NEW_YORK)
    ends_at = midnight(date(2026, 3, 9), NEW_YORK)
    span = Span(CameraId(1), HealthState.ONLINE, "", begins_at - timedelta(days=3), None)
    now = ends_at.astimezone(UTC) + timedelta(hours=1)
    assert counted([span], now, NEW_YORK).by_day[-2].up_s == 23 * 3600


def test_almost_always_is_never_told_as_always() -> None:
    assert percent(0.999_999) == 99.99
    assert percent(1.0) == 100.0
    assert percent(0.0) == 0.0
    assert percent(None) is None


@pytest.mark.anyio
async def test_figures_come_from_the_database_and_are_kept_for_a_minute(database: Database) -> None:
    clock = HandWoundClock(START + timedelta(days=2))
    zones = [JAKARTA]
    book = FigureBook(database, clock=clock, zone=lambda: zones[-1])
    online = Belief(state=HealthState.ONLINE, cause="", since_at=START)
    offline = Belief(
        state=HealthState.OFFLINE, cause="refused", since_at=START + timedelta(hours=42)
    )
    async with database.write() as writing:
        await repository.save(writing, [Change(CameraId(1), online, online.since_at)])
        await repository.save(writing, [Change(CameraId(1), offline, offline.since_at)])
        await repository.save(writing, [Change(CameraId(2), online, online.since_at)])
    told = await book.figures()
    assert told.of(CameraId(1)).day.share == 0.75
    assert told.of(CameraId(1)).falls == 1
    assert told.of(CameraId(2)).day.share == 1.0
    assert told.of(CameraId(3)).day.share is None
    both = told.sum([CameraId(1), CameraId(2), CameraId(3)])
    assert both.day.share == 0.875
    assert await book.figures() is told
    zones.append(NEW_YORK)
    told = await book.figures()
    assert told.days[-1] == clock.now().astimezone(NEW_YORK).date()
    assert await book.figures() is told
    await clock.advance(61)
    assert await book.figures() is not told


@pytest.mark.anyio
async def test_several_changes_of_one_camera_in_a_batch_follow_each_other(
    database: Database,
) -> None:
    at = [START + timedelta(minutes=number) for number in range(4)]
    states = [HealthState.UNKNOWN, HealthState.ONLINE, HealthState.OFFLINE, HealthState.ONLINE]
    changes = [
        Change(CameraId(1), Belief(state=state, cause="", since_at=moment), moment)
        for state, moment in zip(states, at, strict=True)
    ]
    async with database.write() as writing:
        await repository.save(writing, changes)
        found = await repository.spans(writing, from_at=START, until_at=at[-1] + timedelta(1))
        assert (await repository.all_health(writing))[CameraId(1)].since_at == at[-1]
    assert [span.state for span in found] == states
    assert [span.ended_at for span in found] == [*at[1:], None]
