"""One time line out of RTP timestamps: decoding order, wraps, jumps, sound beside the picture."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.media.sources.rtsp.timing import CommonTime, DecodingTimes, TrackTime

FRAME = 3_600


def decoding(order: list[int], *, depth: int | None) -> list[int | None]:
    times = DecodingTimes()
    times.declare(depth)
    return [times.of(number * FRAME, is_keyframe=at == 0) for at, number in enumerate(order)]


@pytest.mark.parametrize(
    ("order", "depth"),
    [
        ([0, 1, 2, 3, 4], 0),
        ([0, 2, 1, 4, 3, 6, 5], 1),
        ([0, 4, 2, 1, 3, 8, 6, 5, 7], 2),
        ([0, 1, 2, 3, 4], 2),
    ],
)
def test_declared_reordering_loses_no_picture(order: list[int], depth: int) -> None:
    given_times = decoding(order, depth=depth)
    known = [dts for dts in given_times if dts is not None]
    assert len(known) == len(order)
    assert known == sorted(set(known))
    assert all(dts <= number * FRAME for dts, number in zip(known, order, strict=True))


def test_undeclared_reordering_is_learnt_after_one_group() -> None:
    order = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8]
    given_times = decoding(order, depth=None)
    assert [number for number, dts in zip(order, given_times, strict=True) if dts is None] == [1, 2]


@given(st.lists(st.permutations(range(4)), max_size=12), st.sampled_from([None, 3]))
def test_decoding_times_only_grow(groups: list[list[int]], depth: int | None) -> None:
    order = [0] + [1 + 4 * at + number for at, group in enumerate(groups) for number in group]
    times = decoding(order, depth=depth)
    known = [dts for dts in times if dts is not None]
    assert known == sorted(set(known))
    assert depth is None or len(known) == len(order)


def test_camera_that_sets_its_clock_back_goes_on() -> None:
    times = DecodingTimes()
    for number in range(5):
        times.of(number * FRAME, is_keyframe=number == 0)
    assert times.of(-10 * 90_000, is_keyframe=True) == -10 * 90_000
    assert times.of(-10 * 90_000 + FRAME, is_keyframe=False) == -10 * 90_000 + FRAME


def test_time_that_stands_still_stands_still() -> None:
    times = DecodingTimes()
    assert [times.of(0, is_keyframe=False) for _ in range(3)] == [0, 0, 0]


def test_timestamps_unwrap_in_both_directions() -> None:
    track = TrackTime(90_000)
    track.place(0xFFFFFF00, 0.0)
    assert not track.place(0x100, 0.0)
    assert track.value == 0x200
    track.place(0xFFFFFF00, 0.0)
    assert track.value == 0


def test_sound_follows_arrival_until_both_reports_came() -> None:
    time = CommonTime(90_000, 8_000)
    time.video_pts(500_000, 10.0)
    assert time.audio_pts(77, 10.2) == 1_600
    assert time.audio_pts(77 + 160, 10.22) == 1_760
    # The camera says: the sound was recorded 100 ms after the picture, not 200.
    time.video.report(500_000, 1_000.0)
    time.align()
    assert time.audio_pts(77 + 320, 10.24) == 1_920
    time.audio.report(77, 1_000.1)
    time.align()
    assert time.audio_pts(77 + 480, 10.26) == 1_280


def test_reports_from_two_different_clocks_are_not_believed() -> None:
    time = CommonTime(90_000, 8_000)
    time.video_pts(0, 0.0)
    time.audio_pts(0, 0.0)
    time.video.report(0, 3_900_000_000.0)
    time.audio.report(0, 12.0)
    time.align()
    assert time.audio_pts(160, 0.02) == 160


def test_small_jitter_of_later_reports_does_not_move_the_sound() -> None:
    time = CommonTime(90_000, 8_000)
    time.video_pts(0, 0.0)
    time.audio_pts(0, 0.0)
    for wrong_s in (0.0, 0.05, -0.08):
        time.video.report(0, 1_000.0)
        time.audio.report(0, 1_000.0 + wrong_s)
        time.align()
    assert time.audio_pts(160, 0.02) == 160


def test_sound_stays_beside_a_picture_whose_clock_jumped() -> None:
    time = CommonTime(90_000, 8_000)
    time.video_pts(0, 0.0)
    time.audio_pts(0, 0.0)
    shown = time.video_pts(3_600 * 90_000, 0.04)
    heard = time.audio_pts(320, 0.04)
    assert abs(heard / 8_000 - shown / 90_000) < 0.1
