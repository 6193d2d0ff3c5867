"""How often a camera is dialled, in every mood it can be in."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.media.breaker import RELAYED, Breaker, BreakerRules
from pantau.media.errors import Cause


def fail(
    breaker: Breaker, cause: Cause, *, until_s: float, start_s: float = 0.0, demand: bool = False
) -> list[float]:
    """Dial as soon as allowed, fail at once, and return when it was dialled."""
    dialled = []
    now_s = start_s
    while (at_s := max(now_s, breaker.may_dial_at(is_demanded=demand))) < until_s:
        now_s = at_s
        breaker.dialled(now_s)
        dialled.append(now_s)
        now_s += 0.05
        breaker.ended(now_s, cause)
    return dialled


def online(breaker: Breaker, *, at_s: float, for_s: float) -> float:
    breaker.dialled(at_s)
    breaker.saw_picture(at_s + 1)
    breaker.ended(at_s + 1 + for_s, Cause.CLOSED)
    return at_s + 1 + for_s


def most_in_a_minute(dialled: list[float]) -> int:
    return max(sum(1 for other in dialled if at <= other < at + 60) for at in dialled)


def test_a_camera_that_was_never_dialled_may_be_dialled_at_once() -> None:
    assert Breaker().may_dial_at(is_demanded=False) <= 0


def test_a_first_failure_is_tried_again_within_seconds() -> None:
    breaker = Breaker()
    breaker.dialled(100)
    breaker.ended(100, Cause.CLOSED)
    assert 100 < breaker.may_dial_at(is_demanded=False) <= 102


@pytest.mark.parametrize("cause", [Cause.REFUSED, Cause.NOT_FOUND, Cause.CLOSED, Cause.BUSY])
def test_a_media_server_is_asked_every_few_seconds_however_long_it_was_gone(cause: Cause) -> None:
    breaker = Breaker(RELAYED)
    since_s = online(breaker, at_s=0, for_s=60)
    dialled = fail(breaker, cause, start_s=since_s, until_s=since_s + 7_200)
    assert not breaker.is_parked
    assert max(b - a for a, b in pairwise(dialled)) < 5


def test_a_media_server_that_refuses_our_login_is_asked_less_often() -> None:
    dialled = fail(Breaker(RELAYED), Cause.LOGIN_REFUSED, until_s=3_600)
    assert most_in_a_minute(dialled) <= 6


def test_waits_grow_to_a_minute_and_no_further() -> None:
    dialled = fail(Breaker(random=lambda: 0.0), Cause.UNREACHABLE, until_s=1_000)
    gaps = [b - a for a, b in pairwise(dialled)]
    assert gaps[:4] == [pytest.approx(s, abs=0.1) for s in (2, 4, 8, 16)]
    assert max(gaps) == pytest.approx(60, abs=0.1)


def test_cameras_that_fell_together_do_not_come_back_together() -> None:
    waits = set()
    for number in range(10):
        breaker = Breaker(random=iter([number / 10]).__next__)
        breaker.dialled(0)
        breaker.ended(0, Cause.CLOSED)
        waits.add(breaker.may_dial_at(is_demanded=False))
    assert len(waits) == 10


def test_nobody_dials_a_camera_more_than_twelve_times_a_minute() -> None:
    breaker = Breaker(BreakerRules(demand_gap_s=0.0), random=lambda: 0.99)
    dialled = fail(breaker, Cause.CLOSED, until_s=600, demand=True)
    assert most_in_a_minute(dialled) == 12


def test_a_refused_login_is_tried_twice_a_minute_at_most_whoever_asks() -> None:
    dialled = fail(Breaker(random=lambda: 0.99), Cause.LOGIN_REFUSED, until_s=3_600, demand=True)
    assert most_in_a_minute(dialled) <= 2
    assert len(dialled) < 20


def test_a_busy_camera_gets_time_to_drop_its_dead_sessions() -> None:
    dialled = fail(Breaker(), Cause.BUSY, until_s=600)
    assert all(29 < b - a < 61 for a, b in pairwise(dialled))


def test_a_viewer_shortens_a_long_wait_but_does_not_hammer() -> None:
    breaker = Breaker(random=lambda: 0.0)
    end_s = fail(breaker, Cause.UNREACHABLE, until_s=300)[-1]
    assert breaker.may_dial_at(is_demanded=False) > end_s + 50
    assert breaker.may_dial_at(is_demanded=True) == pytest.approx(end_s + 10, abs=0.2)


def test_a_session_that_held_for_a_while_makes_the_next_wait_short() -> None:
    breaker = Breaker(random=lambda: 0.0)
    end_s = fail(breaker, Cause.UNREACHABLE, until_s=300)[-1]
    end_s = online(breaker, at_s=end_s + 60, for_s=30)
    assert breaker.may_dial_at(is_demanded=False) == pytest.approx(end_s + 2)


def test_a_camera_that_gives_one_picture_and_hangs_up_is_not_a_success() -> None:
    breaker = Breaker(random=lambda: 0.0)
    end_s = 0.0
    for _ in range(6):
        end_s = online(breaker, at_s=end_s + 60, for_s=1)
    assert breaker.may_dial_at(is_demanded=False) > end_s + 50


def test_a_camera_that_died_is_parked_after_half_an_hour_and_asked_every_few_minutes() -> None:
    breaker = Breaker()
    start_s = online(breaker, at_s=0, for_s=3_600)
    dialled = fail(breaker, Cause.UNREACHABLE, start_s=start_s, until_s=start_s + 1_700)
    assert not breaker.is_parked
    dialled = fail(breaker, Cause.UNREACHABLE, start_s=start_s + 1_700, until_s=start_s + 20_000)
    assert breaker.is_parked
    later = [at for at in dialled if at > start_s + 2_400]
    assert all(200 < b - a < 370 for a, b in pairwise(later))


def test_only_a_picture_ends_parking() -> None:
    breaker = Breaker()
    start_s = online(breaker, at_s=0, for_s=60)
    end_s = fail(breaker, Cause.TIMED_OUT, start_s=start_s, until_s=start_s + 4_000)[-1]
    breaker.dialled(end_s + 400)
    assert breaker.is_parked
    breaker.saw_picture(end_s + 401)
    assert not breaker.is_parked
    breaker.ended(end_s + 402, Cause.CLOSED)
    assert not breaker.is_parked


def test_what_never_gave_a_picture_is_never_parked() -> None:
    breaker = Breaker()
    fail(breaker, Cause.UNREACHABLE, until_s=50_000)
    assert not breaker.is_parked


def test_an_engine_that_slept_through_the_outage_has_no_evidence() -> None:
    breaker = Breaker()
    end_s = online(breaker, at_s=0, for_s=60)
    breaker.dialled(end_s + 90_000)
    breaker.ended(end_s + 90_001, Cause.UNREACHABLE)
    assert not breaker.is_parked


def test_the_kill_switch_never_parks() -> None:
    breaker = Breaker(BreakerRules(may_park=False))
    start_s = online(breaker, at_s=0, for_s=60)
    fail(breaker, Cause.UNREACHABLE, start_s=start_s, until_s=start_s + 50_000)
    assert not breaker.is_parked


def test_a_viewer_has_a_parked_camera_asked_after_half_a_minute() -> None:
    breaker = Breaker()
    start_s = online(breaker, at_s=0, for_s=60)
    end_s = fail(breaker, Cause.TIMED_OUT, start_s=start_s, until_s=start_s + 4_000)[-1]
    assert breaker.may_dial_at(is_demanded=True) == pytest.approx(end_s + 30, abs=0.2)


def test_another_configuration_is_tried_at_once() -> None:
    breaker = Breaker()
    end_s = fail(breaker, Cause.LOGIN_REFUSED, until_s=3_000)[-1]
    breaker.forget_failures()
    assert breaker.may_dial_at(is_demanded=False) <= end_s + 60


def test_changing_the_configuration_all_the_time_does_not_hammer() -> None:
    breaker = Breaker()
    dialled = []
    now_s = 0.0
    while now_s < 300:
        now_s = max(now_s, breaker.may_dial_at(is_demanded=False))
        breaker.dialled(now_s)
        dialled.append(now_s)
        breaker.ended(now_s, Cause.LOGIN_REFUSED)
        breaker.forget_failures()
    assert most_in_a_minute(dialled) == 12


def test_closing_a_session_ourselves_is_no_failure() -> None:
    breaker = Breaker()
    breaker.dialled(0)
    breaker.saw_picture(1)
    breaker.left(5)
    assert breaker.may_dial_at(is_demanded=True) <= 5


STEPS = st.lists(
    st.tuples(st.sampled_from(list(Cause)), st.booleans(), st.floats(0, 400), st.floats(0, 1)),
    max_size=80,
)


@given(steps=STEPS)
@settings(max_examples=100, deadline=None)
def test_no_history_leads_to_more_than_twelve_attempts_a_minute(
    steps: list[tuple[Cause, bool, float, float]],
) -> None:
    luck = [0.5]
    breaker = Breaker(random=lambda: luck[0])
    dialled: list[float] = []
    now_s = 0.0
    for cause, demanded, held_s, luck[0] in steps:
        now_s = max(now_s, breaker.may_dial_at(is_demanded=demanded))
        breaker.dialled(now_s)
        dialled.append(now_s)
        if held_s > 200:
            breaker.saw_picture(now_s)
            now_s += held_s - 200
        breaker.ended(now_s, cause)
    assert not dialled or most_in_a_minute(dialled) <= 12


def flap(breaker: Breaker, *, session_s: float, footage_s: float, until_s: float) -> list[float]:
    """Dial a camera that breaks off again and again; return the waits between its sessions."""
    waits, now_s = [], 0.0
    while now_s < until_s:
        breaker.dialled(now_s)
        breaker.saw_picture(now_s + 0.5)
        now_s += session_s
        breaker.saw_footage(footage_s)
        breaker.ended(now_s, Cause.CLOSED)
        next_s = breaker.may_dial_at(is_demanded=False)
        waits.append(next_s - now_s)
        now_s = next_s
    return waits


def test_recorded_camera_that_flaps_every_seven_seconds_is_dialled_again_at_once() -> None:
    lost = flap(Breaker(random=lambda: 0.0), session_s=7.0, footage_s=0.0, until_s=600)
    assert max(lost) == pytest.approx(60, abs=0.1)
    kept = flap(Breaker(random=lambda: 0.0), session_s=7.0, footage_s=6.4, until_s=600)
    assert max(kept) <= 2.1


@given(st.lists(st.sampled_from([0.0, 0.0, 0.5, 4.9]), min_size=8, max_size=40))
def test_sessions_that_leave_next_to_nothing_always_end_in_long_waits(footage: list[float]) -> None:
    breaker, now_s = Breaker(random=lambda: 0.0), 0.0
    for footage_s in footage:
        breaker.dialled(now_s)
        breaker.saw_picture(now_s + 0.1)
        breaker.saw_footage(footage_s)
        breaker.ended(now_s + 1.0, Cause.CLOSED)
        now_s = breaker.may_dial_at(is_demanded=False)
    breaker.dialled(now_s)
    breaker.ended(now_s, Cause.CLOSED)
    assert breaker.may_dial_at(is_demanded=False) - now_s == pytest.approx(60, abs=0.1)


def test_footage_of_one_session_says_nothing_about_the_next() -> None:
    breaker = Breaker(random=lambda: 0.0)
    for number in range(6):
        breaker.dialled(number * 100.0)
        breaker.saw_footage(60.0 if number == 4 else 0.0)
        breaker.ended(number * 100.0 + 1, Cause.UNREACHABLE)
    assert breaker.may_dial_at(is_demanded=False) - 501.0 == pytest.approx(4.0, abs=0.1)
