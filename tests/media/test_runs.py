"""Where a run starts, what it carries and when the next one begins."""

from collections.abc import Callable

import pytest

from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Tracks
from pantau.media.runs import Runs
from tests.media.tracks import AUDIO, FRAME_S, OTHER_VIDEO, VIDEO, Written, picture, sound


def play(
    runs: Runs,
    *,
    seconds: float,
    start_s: float = 0.0,
    sounds: Callable[[float], bool] = lambda _at_s: False,
) -> float:
    """Feed pictures at 25 a second with a key frame every second, and sound where wanted."""
    for number in range(round(seconds / FRAME_S)):
        at_s = start_s + number * FRAME_S
        is_key = abs(at_s - round(at_s)) < FRAME_S / 2
        runs.take(picture(at_s, key=is_key), at_s)
        if sounds(at_s):
            runs.take(sound(at_s), at_s)
    return start_s + seconds


def test_a_run_starts_at_the_first_key_frame() -> None:
    out = Written()
    runs = Runs(out)
    runs.take(Tracks(VIDEO), 0.0)
    play(runs, seconds=1.4, start_s=0.2)
    (_, packets) = out.runs[0]
    assert packets[0].is_keyframe
    assert packets[0].dts == 0
    assert out.started_unix_s == [pytest.approx(1e9 + 1.0)]


def test_promised_sound_that_comes_is_in_the_first_run() -> None:
    out = Written()
    runs = Runs(out)
    runs.take(Tracks(VIDEO, AUDIO), 0.0)
    play(runs, seconds=4, sounds=lambda at_s: at_s > 0.5)
    assert out.has_sound == [True]
    assert len([p for p in out.runs[0][1] if p.is_video]) == 100


def test_promised_sound_that_never_comes_holds_the_picture_for_a_moment_only() -> None:
    out = Written()
    runs = Runs(out)
    runs.take(Tracks(VIDEO, AUDIO), 0.0)
    play(runs, seconds=1.4)
    assert out.runs == []
    play(runs, seconds=1, start_s=1.4)
    assert out.has_sound == [False]
    assert out.runs[0][1][0].is_keyframe
    assert len(out.runs[0][1]) == 60


def test_sound_that_comes_late_and_stays_starts_a_new_run() -> None:
    out = Written()
    runs = Runs(out)
    runs.take(Tracks(VIDEO, AUDIO), 0.0)
    play(runs, seconds=12, sounds=lambda at_s: at_s > 5)
    assert out.has_sound == [False, True]
    assert 8.1 > out.started_unix_s[1] - 1e9 > 6.9


def test_sound_in_bursts_starts_no_run() -> None:
    out = Written()
    runs = Runs(out)
    runs.take(Tracks(VIDEO, AUDIO), 0.0)
    play(runs, seconds=20, sounds=lambda at_s: at_s > 4 and at_s % 4 < 1)
    assert out.has_sound == [False]


def test_sound_that_stops_leaves_a_run_of_pictures_alone() -> None:
    out = Written()
    runs = Runs(out)
    runs.take(Tracks(VIDEO, AUDIO), 0.0)
    play(runs, seconds=20, sounds=lambda at_s: at_s < 5)
    assert out.has_sound == [True, False]


def test_pictures_after_a_change_of_parameters_wait_for_their_key_frame() -> None:
    out = Written()
    runs = Runs(out)
    runs.take(Tracks(VIDEO), 0.0)
    end_s = play(runs, seconds=2.2)
    runs.take(Tracks(OTHER_VIDEO), end_s)
    play(runs, seconds=3, start_s=end_s)
    assert [tracks.video for tracks, _ in out.runs] == [VIDEO, OTHER_VIDEO]
    assert out.runs[1][1][0].is_keyframe
    assert out.runs[1][1][0].dts == 0
    assert len(out.runs[0][1]) == 55


def test_sound_that_is_withdrawn_starts_a_new_run() -> None:
    out = Written()
    runs = Runs(out)
    runs.take(Tracks(VIDEO, AUDIO), 0.0)
    end_s = play(runs, seconds=2, sounds=lambda _: True)
    runs.take(Tracks(VIDEO), end_s)
    play(runs, seconds=2, start_s=end_s, sounds=lambda _: True)
    assert out.has_sound == [True, False]


def test_packets_without_a_key_frame_end_the_session() -> None:
    runs = Runs(Written(), picture_deadline_s=5)
    runs.take(Tracks(VIDEO), 0.0)
    for number in range(round(5 / FRAME_S) + 1):
        runs.take(picture(number * FRAME_S), number * FRAME_S)
    with pytest.raises(SourceError) as caught:
        runs.take(picture(5.1), 5.1)
    assert caught.value.cause is Cause.NO_PICTURE


def test_a_run_starts_at_a_key_frame_that_can_be_decoded() -> None:
    out = Written()
    judged = iter([False, False, True])
    runs = Runs(out, accept=lambda _video, _keyframe: next(judged))
    runs.take(Tracks(VIDEO), 0.0)
    play(runs, seconds=4)
    assert out.started_unix_s == [pytest.approx(1e9 + 2.0)]


def test_key_frames_that_are_never_decodable_end_the_session() -> None:
    runs = Runs(Written(), accept=lambda _video, _keyframe: False)
    runs.take(Tracks(VIDEO), 0.0)
    with pytest.raises(SourceError) as caught:
        play(runs, seconds=30)
    assert caught.value.cause is Cause.BROKEN


def test_ending_twice_ends_once() -> None:
    out = Written()
    runs = Runs(out)
    runs.take(Tracks(VIDEO), 0.0)
    play(runs, seconds=1)
    runs.end()
    runs.end()
    assert out.ended == 1
