"""Levels in hours of recording, on figures alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.recordings.guard import (
    Attempt,
    GuardRules,
    Look,
    had_effect,
    is_filled_by_others,
    judged,
)
from pantau.recordings.keeping_values import Level

GIB = 2**30
RULES = GuardRules(reserve_bytes=GIB, low_hours=4, critical_hours=1)
A_GIB_AN_HOUR = GIB / 3600
sizes = st.integers(0, 2**44)
looks = st.builds(
    lambda free, footage, other, rate: Look(
        total_bytes=free + footage + other,
        free_bytes=free,
        footage_bytes=footage,
        bytes_per_s=rate,
    ),
    sizes,
    sizes,
    sizes,
    st.floats(0, 10**9),
)


def look(free_gib: float, *, total_gib: float = 100, rate: float = A_GIB_AN_HOUR) -> Look:
    return Look(
        total_bytes=round(total_gib * GIB),
        free_bytes=round(free_gib * GIB),
        footage_bytes=round((total_gib - free_gib) * GIB),
        bytes_per_s=rate,
    )


@pytest.mark.parametrize(
    ("free_gib", "level", "hours_left"),
    [
        (50, Level.OK, 49),
        (5.1, Level.OK, 4.1),
        (4.9, Level.LOW, 3.9),
        (2.1, Level.LOW, 1.1),
        (1.9, Level.CRITICAL, 0.9),
        (0.9, Level.RESERVE, 0),
        (0, Level.RESERVE, 0),
    ],
)
def test_levels_are_hours_of_recording(free_gib: float, level: Level, hours_left: float) -> None:
    found = judged(look(free_gib), RULES)
    assert found.level is level
    assert found.hours_left == pytest.approx(hours_left)
    assert bool(found.need_bytes) == (level is not Level.OK)


def test_who_frees_frees_for_an_hour_and_not_for_one_file() -> None:
    """A quarter more than the level: the next time is an hour of recording later."""
    found = judged(look(4.9), RULES)
    after = judged(look(4.9 + found.need_bytes / GIB), RULES)
    assert after.level is Level.OK
    an_hour_later = judged(look(4.9 + found.need_bytes / GIB - 0.9), RULES)
    assert an_hour_later.level is Level.OK


def test_a_recorder_that_paused_goes_on_after_what_is_freed() -> None:
    for rate in (0.0, A_GIB_AN_HOUR):
        found = judged(look(0.5, rate=rate), RULES)
        # It waits for a quarter more than the reserve.
        assert 0.5 * GIB + found.need_bytes >= 1.25 * GIB


def test_a_small_disk_is_not_emptied_for_hours_that_it_cannot_have() -> None:
    small = judged(look(2.0, total_gib=10, rate=5 * A_GIB_AN_HOUR), RULES)
    assert small.need_bytes < 0.3 * 10 * GIB


def test_nothing_is_freed_where_nothing_is_written_and_the_reserve_is_there() -> None:
    assert judged(look(1.5, rate=0), RULES).need_bytes == 0


@given(looks)
def test_freeing_what_is_needed_ends_the_need(seen: Look) -> None:
    found = judged(seen, RULES)
    assert (found.level is Level.OK) == (found.need_bytes == 0)
    freed = min(found.need_bytes, seen.footage_bytes)
    after = judged(
        Look(
            total_bytes=seen.total_bytes,
            free_bytes=seen.free_bytes + freed,
            footage_bytes=seen.footage_bytes - freed,
            bytes_per_s=seen.bytes_per_s,
        ),
        RULES,
    )
    assert after.need_bytes == 0 or freed == seen.footage_bytes


def test_other_files_are_said_to_be_what_fills_a_disk() -> None:
    full = Look(total_bytes=100, free_bytes=1, footage_bytes=60, bytes_per_s=1)
    assert is_filled_by_others(full, level=Level.LOW, other_bytes_before=20)
    assert not is_filled_by_others(full, level=Level.LOW, other_bytes_before=38)
    assert not is_filled_by_others(full, level=Level.OK, other_bytes_before=0)


def test_what_makes_no_room_is_noticed() -> None:
    attempt = Attempt(free_bytes=100, freed_bytes=1_000, at_mono=0)
    same = Look(total_bytes=9_999, free_bytes=110, footage_bytes=5_000, bytes_per_s=0)
    assert not had_effect(attempt, same, now_mono=15)
    # Meanwhile so much was recorded that there is no more room than before.
    busy = Look(total_bytes=9_999, free_bytes=110, footage_bytes=5_000, bytes_per_s=60)
    assert had_effect(attempt, busy, now_mono=15)
