"""Who may see what of a camera: every visitor, every decision, at every hour."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.cameras.access import (
    Allowed,
    CacheClass,
    CameraAccess,
    Purpose,
    Visitor,
    decide,
    next_change,
    showing_at,
)
from pantau.cameras.decisions import CutOff, PublicDecision, Showing, Visibility, Window
from pantau.cameras.models import CameraStatus
from pantau.core.clock import always
from pantau.core.errors import Forbidden, NotFound, Problem, Unavailable
from tests.support.cameras import camera
from tests.support.clock import START, HandWoundClock

JAKARTA = ZoneInfo("Asia/Jakarta")
BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
"""Where clocks are changed by half an hour."""
VISITORS: tuple[Visitor, ...] = get_args(Visitor)
PUBLIC, PARTNER, PRIVATE = Visibility.PUBLIC, Visibility.PARTNER, Visibility.PRIVATE
EVERY_DAY = frozenset(range(1, 8))


def verdict(
    decision: PublicDecision,
    purpose: Purpose = Purpose.LIVE,
    visitor: Visitor = "public",
    *,
    enabled: bool = True,
    status: CameraStatus = "active",
    now: datetime = START,
) -> Allowed | Problem:
    judged = camera(decision=decision, enabled=enabled, status=status)
    return decide(judged, purpose, visitor, now=now, zone=JAKARTA)


def window(
    begins: str, ends: str, showing: Showing = Showing.HIDDEN, days: frozenset[int] = EVERY_DAY
) -> Window:
    return Window(
        days=days,
        begins=time.fromisoformat(begins),
        ends=time.fromisoformat(ends),
        showing=showing,
    )


@pytest.mark.parametrize("visitor", VISITORS)
@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("visibility", Visibility)
def test_a_camera_is_for_whom_it_is(
    visitor: Visitor, purpose: Purpose, visibility: Visibility
) -> None:
    may = {PUBLIC: VISITORS, PARTNER: ("partner", "operator"), PRIVATE: ("operator",)}
    said = verdict(PublicDecision(visibility=visibility), purpose, visitor)
    if visitor not in may[visibility]:
        assert isinstance(said, NotFound)
        return
    assert isinstance(said, Allowed)
    is_shared = visibility is PUBLIC and visitor != "operator"
    assert said.cache is (CacheClass.SHARED if is_shared else CacheClass.PRIVATE)


@pytest.mark.parametrize("visitor", VISITORS)
@pytest.mark.parametrize("purpose", Purpose)
def test_what_is_disabled_or_never_was_is_the_same_to_everybody(
    visitor: Visitor, purpose: Purpose
) -> None:
    off = verdict(PublicDecision(), purpose, visitor, enabled=False)
    never = decide(None, purpose, visitor, now=START, zone=JAKARTA)
    assert isinstance(off, NotFound)
    assert isinstance(never, NotFound)
    assert (off.code, off.sentence, off.facts) == (never.code, never.sentence, never.facts)


@pytest.mark.parametrize("purpose", Purpose)
def test_hidden_is_answered_like_unknown(purpose: Purpose) -> None:
    unknown = decide(None, purpose, "public", now=START, zone=JAKARTA)
    assert isinstance(unknown, NotFound)
    for decision in (
        PublicDecision(visibility=PRIVATE),
        PublicDecision(visibility=PARTNER),
        PublicDecision(cut_off=CutOff(at=START)),
        PublicDecision(schedule=(window("00:00", "00:00"),)),
    ):
        said = verdict(decision, purpose)
        assert isinstance(said, NotFound)
        assert (said.code, said.sentence, said.facts) == (
            unknown.code,
            unknown.sentence,
            unknown.facts,
        )


@pytest.mark.parametrize("purpose", Purpose)
def test_cut_off_ends_by_itself_and_operators_keep_the_camera(purpose: Purpose) -> None:
    until = START + timedelta(minutes=10)
    decision = PublicDecision(cut_off=CutOff(at=START, until=until))
    for moment, is_on in ((START, True), (until - timedelta(seconds=1), True), (until, False)):
        for visitor in VISITORS[:2]:
            said = verdict(decision, purpose, visitor, now=moment)
            assert isinstance(said, NotFound) is is_on
        assert isinstance(verdict(decision, purpose, "operator", now=moment), Allowed)
    assert next_change(decision, now=START, zone=JAKARTA) == until
    assert next_change(decision, now=until, zone=JAKARTA) is None
    forever = PublicDecision(cut_off=CutOff(at=START))
    assert isinstance(verdict(forever, purpose, now=START + timedelta(days=9_000)), NotFound)
    assert next_change(forever, now=START, zone=JAKARTA) is None


def test_still_only_gives_stills_and_says_why_it_gives_no_more() -> None:
    decision = PublicDecision(still_only=True)
    assert isinstance(verdict(decision, Purpose.LIST), Allowed)
    assert isinstance(verdict(decision, Purpose.STILL), Allowed)
    for purpose in (Purpose.LIVE, Purpose.PLAYBACK):
        said = verdict(decision, purpose)
        assert isinstance(said, Forbidden)
        assert said.code == "stream.still_only"
        assert isinstance(verdict(decision, purpose, "operator"), Allowed)


def test_maintenance_stops_the_live_picture_of_everybody_but_operators() -> None:
    said = verdict(PublicDecision(), status="maintenance")
    assert isinstance(said, Unavailable)
    assert said.facts["retry_after_s"] == 60
    assert isinstance(verdict(PublicDecision(), Purpose.STILL, status="maintenance"), Allowed)
    assert isinstance(verdict(PublicDecision(), status="maintenance", visitor="operator"), Allowed)
    hidden = PublicDecision(visibility=PRIVATE)
    assert isinstance(verdict(hidden, status="maintenance"), NotFound)


def test_late_is_late_for_pictures_of_every_kind_and_only_for_the_public() -> None:
    for decision in (
        PublicDecision(delay_s=300),
        PublicDecision(delay_s=300, visibility=PARTNER),
        PublicDecision(delay_s=300, still_only=True),
        PublicDecision(delay_s=300, schedule=(window("00:00", "00:00", Showing.STILL),)),
        PublicDecision(delay_s=300, schedule=(window("00:00", "00:00", Showing.DELAYED),)),
    ):
        said = verdict(decision, Purpose.STILL, "partner")
        assert isinstance(said, Allowed)
        assert said.delay_s == 300
        operators = verdict(decision, Purpose.STILL, "operator")
        assert isinstance(operators, Allowed)
        assert operators.delay_s == 0


def test_a_window_that_delays_what_has_no_delay_shows_stills() -> None:
    decision = PublicDecision(schedule=(window("00:00", "00:00", Showing.DELAYED),))
    assert showing_at(decision, now=START, zone=JAKARTA) is Showing.STILL


@pytest.mark.parametrize(
    ("local", "is_hidden"),
    [
        ("2026-03-06 21:59", False),  # a Friday
        ("2026-03-06 22:00", True),
        ("2026-03-06 23:59:59.999999", True),
        ("2026-03-07 00:00", True),
        ("2026-03-07 04:59", True),
        ("2026-03-07 05:00", False),
        ("2026-03-07 22:00", False),
        ("2026-03-08 01:00", False),
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_it_begins_on(
    local: str, is_hidden: bool
) -> None:
    decision = PublicDecision(schedule=(window("22:00", "05:00", days=frozenset({5})),))
    now = datetime.fromisoformat(local).replace(tzinfo=JAKARTA).astimezone(UTC)
    assert (showing_at(decision, now=now, zone=JAKARTA) is Showing.HIDDEN) is is_hidden


def test_equal_edges_are_a_whole_day() -> None:
    decision = PublicDecision(schedule=(window("08:00", "08:00", days=frozenset({7})),))
    sunday = datetime(2026, 3, 8, 8, 0, tzinfo=JAKARTA)
    for hours, is_hidden in ((-0.1, False), (0, True), (12, True), (23.9, True), (24, False)):
        now = sunday + timedelta(hours=hours)
        assert (showing_at(decision, now=now, zone=JAKARTA) is Showing.HIDDEN) is is_hidden


def test_the_first_window_that_holds_decides_instead_of_everything_else() -> None:
    decision = PublicDecision(
        still_only=True,
        delay_s=60,
        schedule=(
            window("06:00", "18:00", Showing.LIVE),
            window("12:00", "20:00", Showing.DELAYED),
        ),
    )
    at = datetime(2026, 3, 4, tzinfo=JAKARTA)
    said = [
        showing_at(decision, now=at.replace(hour=hour), zone=JAKARTA) for hour in (7, 13, 19, 21)
    ]
    assert said == [Showing.LIVE, Showing.LIVE, Showing.DELAYED, Showing.STILL]


@pytest.mark.parametrize(
    ("utc", "is_hidden"),
    [
        # Berlin, 2026-03-29: at 01:00 UTC it is not 02:00 but 03:00.
        ("2026-03-29 00:59", False),
        ("2026-03-29 01:00", False),
        # Berlin, 2026-10-25: 02:30 comes twice, at 00:30 and at 01:30 UTC.
        ("2026-10-25 00:29", True),
        ("2026-10-25 00:31", False),
        ("2026-10-25 01:00", True),
        ("2026-10-25 01:31", False),
    ],
)
def test_schedules_follow_the_clock_on_the_wall(utc: str, is_hidden: bool) -> None:
    decision = PublicDecision(schedule=(window("02:00", "02:30"),))
    now = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert (showing_at(decision, now=now, zone=BERLIN) is Showing.HIDDEN) is is_hidden


def test_the_hour_that_comes_twice_is_not_slept_through() -> None:
    decision = PublicDecision(schedule=(window("02:00", "02:30"),))
    now = datetime(2026, 10, 25, 0, 31, tzinfo=UTC)
    again_at = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    change = next_change(decision, now=now, zone=BERLIN)
    assert change is not None
    assert now < change <= again_at


def test_access_asks_its_clock_each_time() -> None:
    clock = HandWoundClock()
    access = CameraAccess(clock, always(JAKARTA))
    cut = CutOff(at=START, until=START + timedelta(seconds=5))
    judged = camera(decision=PublicDecision(cut_off=cut))
    assert not access.is_listed(judged)
    clock.wind(5)
    assert access.is_listed(judged)


TIMES = st.builds(time, st.integers(0, 23), st.sampled_from((0, 1, 15, 29, 30, 45, 59)))
WINDOWS = st.builds(
    Window,
    days=st.frozensets(st.integers(1, 7), min_size=1),
    begins=TIMES,
    ends=TIMES,
    showing=st.sampled_from(Showing),
)


def minutes_of(begins: str, days: int) -> st.SearchStrategy[datetime]:
    first = datetime.fromisoformat(begins).replace(tzinfo=UTC)
    return st.integers(0, days * 24 * 60).map(lambda minutes: first + timedelta(minutes=minutes))


MOMENTS = st.one_of(
    minutes_of("2026-01-01", 365),
    # The days on which clocks are changed, and those around them.
    minutes_of("2026-03-28", 3),
    minutes_of("2026-10-24", 3),
    minutes_of("2026-04-03", 4),
)


@st.composite
def decisions(draw: st.DrawFn) -> PublicDecision:
    cut_off = draw(st.none() | st.builds(CutOff, at=st.just(START), until=st.none() | MOMENTS))
    return PublicDecision(
        visibility=draw(st.sampled_from(Visibility)),
        cut_off=cut_off,
        delay_s=draw(st.sampled_from((0, 60, 3_600))),
        still_only=draw(st.booleans()),
        schedule=tuple(draw(st.lists(WINDOWS, max_size=3))),
    )


@settings(max_examples=150, deadline=None)
@given(decisions(), MOMENTS, st.sampled_from((JAKARTA, BERLIN, LORD_HOWE)))
def test_nothing_changes_before_the_next_change(
    decision: PublicDecision, now: datetime, zone: ZoneInfo
) -> None:
    change = next_change(decision, now=now, zone=zone)
    assert change is None or change > now
    before = showing_at(decision, now=now, zone=zone)
    end = now + timedelta(days=8) if change is None else change
    moment, step = now, max(timedelta(minutes=1), (end - now) / 200)
    moments = [end - timedelta(seconds=1)]
    while moment < end:
        moments.append(moment)
        moment += step
    for each in moments:
        if now <= each < end:
            assert showing_at(decision, now=each, zone=zone) is before, each


@settings(max_examples=200, deadline=None)
@given(
    decisions(),
    MOMENTS,
    st.sampled_from(Purpose),
    st.sampled_from(get_args(CameraStatus)),
    st.booleans(),
)
def test_who_may_more_never_gets_less_and_never_in_shared_caches_what_is_gated(
    decision: PublicDecision,
    now: datetime,
    purpose: Purpose,
    status: CameraStatus,
    enabled: bool,
) -> None:
    judged = camera(decision=decision, status=status, enabled=enabled)
    said = [decide(judged, purpose, visitor, now=now, zone=BERLIN) for visitor in VISITORS]
    for less, more in pairwise(said):
        if isinstance(less, Allowed):
            assert isinstance(more, Allowed)
            assert more.delay_s <= less.delay_s
    for visitor, each in zip(VISITORS, said, strict=True):
        if isinstance(each, Allowed):
            assert each.camera is judged
            is_gated = decision.visibility is not PUBLIC or visitor == "operator"
            assert each.cache is (CacheClass.PRIVATE if is_gated else CacheClass.SHARED)
        if each is said[0] and decision.visibility is not PUBLIC:
            assert isinstance(each, NotFound)


def test_every_purpose_is_judged() -> None:
    # A new purpose must be thought about, not fall through (lesson X11).
    assert {str(purpose) for purpose in Purpose} == {"list", "live", "still", "playback"}
