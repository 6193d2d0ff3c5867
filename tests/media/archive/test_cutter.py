"""Where files and fragments end: by the clock, at key frames, and never at the cost of a packet."""

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.media.archive.cutter import CutEvent, FileBegun, FileEnded, Piece, RunCutter
from pantau.media.archive.index import Ending
from pantau.media.packets import VIDEO_TIME_BASE, Packet, Tracks
from tests.media.tracks import AUDIO, VIDEO

HOUR_S = 3600.0
NOON_UNIX_S = 1_772_366_400.0
"""A whole hour."""


@dataclass
class File:
    started_unix_s: float
    pieces: list[Piece] = field(default_factory=list)
    ending: Ending | None = None

    @property
    def video(self) -> list[Packet]:
        return [packet for piece in self.pieces for packet in piece.video]

    @property
    def audio(self) -> list[Packet]:
        return [packet for piece in self.pieces for packet in piece.audio]

    @property
    def duration_s(self) -> float:
        return sum(piece.duration_ticks for piece in self.pieces) / VIDEO_TIME_BASE


def files_of(packets: list[Packet], *, segment_s: int = 600, sound: bool = True) -> list[File]:
    """Cut one run; checks that the events come in order."""
    files: list[File] = []

    def on_cut(event: CutEvent) -> None:
        if isinstance(event, FileBegun):
            assert not files or files[-1].ending is not None
            files.append(File(event.started_unix_s))
        elif isinstance(event, Piece):
            assert files[-1].ending is None
            files[-1].pieces.append(event)
        else:
            assert isinstance(event, FileEnded)
            files[-1].ending = event.ending

    cutter = RunCutter(on_cut, Tracks(VIDEO, AUDIO if sound else None), segment_s=segment_s)
    for packet in packets:
        cutter.take(packet)
    cutter.finish()
    return files


def picture(at_s: float, *, key: bool = False, wall_s: float | None = None) -> Packet:
    ticks = round(at_s * VIDEO_TIME_BASE)
    return Packet(
        is_video=True,
        pts=ticks,
        dts=ticks,
        is_keyframe=key,
        data=b"v" * 10,
        received_unix_s=NOON_UNIX_S + (at_s if wall_s is None else wall_s),
    )


def sound(at_s: float) -> Packet:
    ticks = round(at_s * AUDIO.sample_rate_hz)
    return Packet(
        is_video=False, pts=ticks, dts=ticks, is_keyframe=True, data=b"a", received_unix_s=0.0
    )


def pictures(
    duration_s: float,
    *,
    rate: int = 25,
    key_s: float = 2.0,
    shift_s: float = 0.0,
    from_s: float = 0.0,
) -> list[Packet]:
    """Return pictures at an even pace, `shift_s` after noon by the wall clock."""
    every = round(key_s * rate)
    return [
        picture(from_s + n / rate, key=n % every == 0, wall_s=from_s + n / rate + shift_s)
        for n in range(round(duration_s * rate))
    ]


def test_files_end_at_whole_multiples_of_the_clock() -> None:
    files = files_of(pictures(130.0, shift_s=17.0, key_s=2.0), segment_s=60)
    assert [file.started_unix_s - NOON_UNIX_S for file in files] == [17.0, 61.0, 121.0]
    assert [file.ending for file in files] == [Ending.BOUNDARY, Ending.BOUNDARY, None]
    assert all(file.video[0].is_keyframe for file in files)


def test_fragments_last_a_second_and_begin_at_key_frames() -> None:
    (file,) = files_of(pictures(20.0, key_s=2.0))
    assert {piece.duration_ticks for piece in file.pieces} == {VIDEO_TIME_BASE}
    assert [piece.is_key for piece in file.pieces] == [True, False] * 10


@pytest.mark.parametrize("key_s", [0.52, 0.8, 1.04, 1.5, 2.6, 4.0, 10.0])
def test_odd_intervals_are_divided_evenly(key_s: float) -> None:
    (file,) = files_of(pictures(60.0, key_s=key_s))
    settled = [piece for piece in file.pieces if piece.at_ticks >= 2 * key_s * VIDEO_TIME_BASE]
    assert all(piece.duration_ticks <= VIDEO_TIME_BASE for piece in file.pieces)
    # None of a picture or two at the end of each interval: that would double the work.
    assert all(piece.duration_ticks > VIDEO_TIME_BASE * 0.4 for piece in settled[:-1])
    keys = sum(packet.is_keyframe for packet in file.video)
    assert sum(piece.is_key for piece in file.pieces) == keys


def test_key_frames_in_quick_succession_share_fragments() -> None:
    (file,) = files_of(pictures(10.0, key_s=0.04))
    assert 10 <= len(file.pieces) <= 20


def test_key_frames_ten_seconds_apart_move_the_end_of_the_file_by_as_much() -> None:
    files = files_of(pictures(95.0, shift_s=55.0, key_s=10.0), segment_s=60)
    assert [file.started_unix_s - NOON_UNIX_S for file in files] == [55.0, 65.0, 125.0]


@pytest.mark.parametrize("step_s", [HOUR_S, -HOUR_S, -300.0, 0.5, -0.5])
def test_clock_that_is_set_cuts_at_most_once_and_loses_nothing(step_s: float) -> None:
    before = pictures(60.0, shift_s=301.0)
    after = pictures(200.0, from_s=60.0, shift_s=301.0 + step_s)
    files = files_of(before + after)
    assert [p for file in files for p in file.video] == before + after
    starts = [file.started_unix_s for file in files]
    assert len(set(starts)) == len(starts) == (2 if abs(step_s) >= HOUR_S else 1)
    assert all(file.ending is Ending.BOUNDARY for file in files[:-1])


def test_clock_that_goes_back_again_and_again_makes_no_endless_file() -> None:
    packets = []
    for minute in range(40):
        packets += pictures(60.0, from_s=minute * 60.0, shift_s=30.0 - minute * 60.0)
    files = files_of(packets)
    assert all(file.duration_s <= 663.0 for file in files)
    assert sum(len(file.video) for file in files) == len(packets)


def test_camera_without_a_second_key_frame_makes_no_endless_file() -> None:
    files = files_of(pictures(4000.0, rate=5, key_s=5000.0))
    assert len(files) == 4
    assert all(file.duration_s <= 1_321.0 for file in files)
    assert sum(len(file.video) for file in files) == 20_000


def test_stall_of_five_seconds_is_one_long_picture_and_nothing_more() -> None:
    packets = pictures(10.0) + pictures(10.0, from_s=15.0)
    (file,) = files_of(packets)
    assert file.video == packets
    long = [piece for piece in file.pieces if piece.duration_ticks > VIDEO_TIME_BASE]
    assert [(len(piece.video), piece.duration_ticks) for piece in long] == [
        (1, round(5.04 * VIDEO_TIME_BASE))
    ]


def test_sound_that_comes_late_is_in_the_file_that_it_belongs_to() -> None:
    packets: list[Packet] = []
    waiting = [sound(n * 0.128) for n in range(round(130 / 0.128))]
    for one in pictures(130.0, shift_s=17.0):
        packets.append(one)
        while waiting and waiting[0].dts / AUDIO.sample_rate_hz <= one.dts / VIDEO_TIME_BASE - 0.2:
            packets.append(waiting.pop(0))
    files = files_of(packets, segment_s=60)
    assert len(files) == 3
    heard = [packet for file in files for packet in file.audio]
    assert heard == [packet for packet in packets if not packet.is_video]
    for before, after in pairwise(files):
        begin = after.video[0].dts / VIDEO_TIME_BASE
        assert all(packet.dts / AUDIO.sample_rate_hz < begin for packet in before.audio)
        assert all(packet.dts / AUDIO.sample_rate_hz >= begin for packet in after.audio)


def test_asking_for_another_file_waits_for_the_next_key_frame() -> None:
    events: list[CutEvent] = []
    cutter = RunCutter(events.append, Tracks(VIDEO), segment_s=600)
    for number, one in enumerate(pictures(10.0, key_s=2.0)):
        if number == 60:
            cutter.cut_soon(Ending.STOPPED)
        cutter.take(one)
    cutter.finish()
    begun = [event.started_unix_s for event in events if isinstance(event, FileBegun)]
    ended = [event.ending for event in events if isinstance(event, FileEnded)]
    assert begun == [NOON_UNIX_S, NOON_UNIX_S + 4.0]
    assert ended == [Ending.STOPPED]


def test_what_comes_before_the_first_key_frame_is_left_out() -> None:
    packets = [sound(0.0), *pictures(3.0, key_s=2.0)[1:]]
    (file,) = files_of(packets)
    assert file.video[0].is_keyframe
    assert file.video[0].dts == 2 * VIDEO_TIME_BASE


streams = st.lists(
    st.tuples(
        st.sampled_from([1, 40, 40, 40, 80, 999, 5_000]),
        st.sampled_from([False, False, False, True]),
        st.sampled_from([0.0] * 20 + [HOUR_S, -HOUR_S, -60.0, 60.0, 0.7, -0.7]),
    ),
    max_size=200,
)


@given(streams, st.sampled_from([10, 60, 600]), st.sampled_from([0.0, 0.05, 0.25]))
def test_whatever_camera_and_clock_do_each_packet_is_in_one_file_once_and_in_order(
    steps: list[tuple[int, bool, float]], segment_s: int, late_s: float
) -> None:
    arrivals = [(0.0, picture(0.0, key=True))]
    at_s, shift_s = 0.0, 0.0
    for step_ms, key, jump_s in steps:
        at_s += step_ms / 1000
        shift_s += jump_s
        arrivals.append((at_s, picture(at_s, key=key, wall_s=at_s + shift_s)))
    arrivals += [(n * 0.128 + late_s, sound(n * 0.128)) for n in range(round(at_s / 0.128))]
    packets = [packet for _, packet in sorted(arrivals, key=lambda each: each[0])]
    files = files_of(packets, segment_s=segment_s)
    assert [p for file in files for p in file.video] == [p for p in packets if p.is_video]
    assert [p for file in files for p in file.audio] == [p for p in packets if not p.is_video]
    for file in files:
        origin = file.video[0].dts
        assert all(len(p.video) == len(p.durations) for p in file.pieces)
        assert all(len(p.audio) == len(p.audio_durations) for p in file.pieces)
        assert all(d > 0 for p in file.pieces for d in (*p.durations, *p.audio_durations))
        for before, after in pairwise(file.pieces):
            assert before.at_ticks + before.duration_ticks == after.at_ticks
        for piece in file.pieces:
            assert piece.duration_ticks <= VIDEO_TIME_BASE or len(piece.video) == 1
        assert all(p.dts * VIDEO_TIME_BASE >= origin * AUDIO.sample_rate_hz for p in file.audio)
        # No file goes on past a key frame that the clock gave to another, but for its beginning.
        settled = origin + 3 * VIDEO_TIME_BASE // 10
        keys = [p for p in file.video if p.is_keyframe and (p.dts >= settled or p.dts == origin)]
        assert len({p.received_unix_s // segment_s for p in keys}) == 1
