"""Restarts of recorders: bounded whatever happens, and forgotten only after a closed segment."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.recordings.recorders import RestartReason
from pantau.recordings.supervision import Glance, Limits, Supervision, Verdict

LIMITS = Limits()
LOOK_S = 5.0
SILENT = Glance(is_live=True, has_progressed=False)
WRITING = Glance(is_live=True, has_progressed=True)
GONE = Glance(is_live=False, has_progressed=False)
FAILED = Glance(is_live=True, has_progressed=False, has_failed=True)
FULL_DISK = Glance(is_live=True, has_progressed=False, may_wait=True)


def watched() -> Supervision:
    return Supervision(LIMITS, random=lambda: 0.0)


@dataclass
class Run:
    """What a recorder was judged to be over some time."""

    verdicts: list[Verdict]

    @property
    def restarts(self) -> int:
        return self.verdicts.count(Verdict.RESTART)


def looks(watch: Supervision, glance: Glance, *, from_s: float, for_s: float) -> Run:
    count = int(for_s / LOOK_S)
    return Run([watch.step(from_s + number * LOOK_S, glance) for number in range(count)])


def test_a_recorder_that_writes_is_left_alone() -> None:
    run = looks(watched(), WRITING, from_s=0, for_s=86_400)
    assert set(run.verdicts) == {Verdict.WELL}


def test_a_live_camera_without_a_fragment_is_restarted_once_it_has_been_silent() -> None:
    watch = watched()
    assert looks(watch, SILENT, from_s=0, for_s=LIMITS.silent_s).restarts == 0
    assert watch.step(LIMITS.silent_s, SILENT) is Verdict.RESTART
    assert watch.reason is RestartReason.STALLED


def test_a_recorder_that_says_that_it_failed_is_restarted_at_once() -> None:
    watch = watched()
    assert watch.step(0, FAILED) is Verdict.RESTART
    assert watch.reason is RestartReason.FAILED
    assert watch.step(LOOK_S, FAILED) is Verdict.TROUBLED


@pytest.mark.parametrize("glance", [SILENT, FAILED])
def test_restarting_in_vain_ends_in_a_pause_and_then_in_single_tries(glance: Glance) -> None:
    watch = watched()
    day = looks(watch, glance, from_s=0, for_s=86_400)
    assert Verdict.SUSPENDED in day.verdicts
    tries = 86_400 / LIMITS.suspend_s + LIMITS.most_failures
    assert LIMITS.most_failures < day.restarts <= tries


def test_a_full_disk_is_no_reason_to_restart_anything() -> None:
    assert looks(watched(), FULL_DISK, from_s=0, for_s=86_400).restarts == 0


def test_a_camera_that_is_gone_is_not_the_recorders_fault() -> None:
    assert looks(watched(), GONE, from_s=0, for_s=86_400).restarts == 0


def test_a_camera_that_comes_back_gets_its_time_before_it_is_judged() -> None:
    watch = watched()
    looks(watch, GONE, from_s=0, for_s=600)
    assert looks(watch, SILENT, from_s=600, for_s=LIMITS.silent_s).restarts == 0


def test_an_outage_forgives_once_until_a_segment_was_closed() -> None:
    watch = watched()
    looks(watch, SILENT, from_s=0, for_s=86_400)
    watch.step(86_400, GONE)
    watch.step(86_405, SILENT)
    assert watch.failures == 0
    looks(watch, SILENT, from_s=86_410, for_s=3_600)
    failures = watch.failures
    watch.step(90_010, GONE)
    watch.step(90_015, SILENT)
    assert watch.failures == failures > 0
    watch.succeeded()
    looks(watch, SILENT, from_s=90_020, for_s=3_600)
    watch.step(93_620, GONE)
    watch.step(93_625, SILENT)
    assert watch.failures == 0


def test_fragments_alone_are_no_success() -> None:
    watch = watched()
    for number in range(4):
        assert watch.step(number * 1_000, FAILED) is Verdict.RESTART
        watch.step(number * 1_000 + 1, WRITING)
    assert watch.failures == 4


_glances = st.builds(
    Glance,
    is_live=st.booleans(),
    has_progressed=st.booleans(),
    has_failed=st.booleans(),
    may_wait=st.booleans(),
)


@given(
    looks_=st.lists(
        st.tuples(st.floats(min_value=0.1, max_value=400), _glances), min_size=1, max_size=300
    )
)
def test_restarts_without_a_closed_segment_always_end_in_a_suspension(
    looks_: list[tuple[float, Glance]],
) -> None:
    watch = watched()
    now, in_a_row, forgiven = 0.0, 0, 0
    last_restart = float("-inf")
    suspended_at: float | None = None
    for wait_s, glance in looks_:
        now += wait_s
        before = watch.failures
        verdict = watch.step(now, glance)
        if watch.failures == 0 and before:
            forgiven += 1
            in_a_row, suspended_at = 0, None
        if verdict is Verdict.RESTART:
            in_a_row += 1
            assert now - last_restart > 0
            last_restart = now
            if suspended_at is not None:
                assert now - suspended_at >= LIMITS.suspend_s
                suspended_at = None
        if verdict is Verdict.SUSPENDED and suspended_at is None:
            suspended_at = now
            in_a_row = LIMITS.most_failures - 1
        assert in_a_row <= LIMITS.most_failures
    assert forgiven <= 1
