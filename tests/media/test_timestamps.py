"""Whatever a camera counts, a player sees time that grows."""

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.media.packets import VIDEO_TIME_BASE, Packet
from pantau.media.timestamps import NO_TIMESTAMP, Rebaser

RATE_HZ = 48_000
FRAME = VIDEO_TIME_BASE // 25


def picture(pts: int, dts: int | None = None) -> Packet:
    return Packet(
        is_video=True,
        pts=pts,
        dts=pts if dts is None else dts,
        is_keyframe=False,
        data=b"",
        received_unix_s=0.0,
    )


def sound(pts: int) -> Packet:
    return Packet(is_video=False, pts=pts, dts=pts, is_keyframe=True, data=b"", received_unix_s=0.0)


@dataclass
class Run:
    rebaser: Rebaser = field(default_factory=lambda: Rebaser(sample_rate_hz=RATE_HZ))
    now_s: float = 500.0

    def pictures(self, *stamps: int, every_s: float = 0.04) -> list[Packet]:
        out = []
        for stamp in stamps:
            packet = self.rebaser.rebase(picture(stamp), self.now_s)
            assert packet is not None
            out.append(packet)
            self.now_s += every_s
        return out


def dts_of(packets: list[Packet]) -> list[int]:
    return [packet.dts for packet in packets]


def steps(values: list[int]) -> list[int]:
    return [b - a for a, b in pairwise(values)]


def test_a_run_starts_at_zero_and_keeps_regular_steps() -> None:
    out = Run().pictures(*(9_000_000 + n * FRAME for n in range(50)))
    assert dts_of(out) == [n * FRAME for n in range(50)]


def test_an_hour_forward_is_one_ordinary_step() -> None:
    jump = 3_600 * VIDEO_TIME_BASE
    out = Run().pictures(*(n * FRAME + (jump if n >= 20 else 0) for n in range(40)))
    assert max(steps(dts_of(out))) < 2 * FRAME


def test_five_seconds_forward_without_a_pause_is_one_ordinary_step() -> None:
    jump = 5 * VIDEO_TIME_BASE
    out = Run().pictures(*(n * FRAME + (jump if n >= 20 else 0) for n in range(40)))
    assert max(steps(dts_of(out))) < 2 * FRAME


def test_ten_seconds_back_is_one_ordinary_step() -> None:
    back = 10 * VIDEO_TIME_BASE
    out = Run().pictures(*(back + n * FRAME - (back if n >= 20 else 0) for n in range(40)))
    assert set(steps(dts_of(out))) <= {FRAME, FRAME + 1, FRAME - 1}


def test_constant_timestamps_follow_arrival() -> None:
    out = Run().pictures(*([77] * 100))
    assert abs(out[-1].dts - 99 * FRAME) < 50


def test_missing_timestamps_follow_arrival() -> None:
    out = Run().pictures(*([NO_TIMESTAMP] * 100))
    assert abs(out[-1].dts - 99 * FRAME) < 200


def test_random_timestamps_end_on_arrival() -> None:
    scattered = [(n * 7_919 * 104_729) % (1 << 32) for n in range(300)]
    out = Run().pictures(*scattered)
    assert abs(out[-1].dts - 299 * FRAME) < 15 * FRAME


def test_a_clock_at_half_speed_does_not_fall_behind_for_ever() -> None:
    out = Run().pictures(*(n * FRAME // 2 for n in range(2_500)))
    assert out[-1].dts / VIDEO_TIME_BASE > 85


def test_a_counter_that_wraps_goes_on() -> None:
    stamps = ((((1 << 32) - 10 * FRAME) + n * FRAME) % (1 << 32) for n in range(30))
    out = Run().pictures(*stamps, every_s=0.03)
    assert dts_of(out) == [n * FRAME for n in range(30)]


def test_silence_is_kept_as_silence() -> None:
    run = Run()
    run.pictures(0, FRAME)
    run.now_s += 5.0
    after = run.pictures(2 * FRAME + 5 * VIDEO_TIME_BASE)
    assert after[0].dts == 2 * FRAME + 5 * VIDEO_TIME_BASE


def test_a_burst_after_a_stalled_connection_keeps_the_pictures_apart() -> None:
    run = Run()
    run.pictures(0, FRAME)
    run.now_s += 4.0
    burst = run.pictures(*(n * FRAME for n in range(2, 100)), every_s=0.0)
    assert set(steps(dts_of(burst))) == {FRAME}


def test_a_clock_that_drifts_for_days_never_jumps() -> None:
    run = Run()
    out = run.pictures(*(n * 90_018 for n in range(86_400)), every_s=1.0)
    assert set(steps(dts_of(out))) == {90_018}


def test_sound_keeps_its_distance_to_the_picture() -> None:
    run = Run()
    first = run.pictures(1_000_000)[0]
    heard = run.rebaser.rebase(sound((1_000_000 + 9_000) * RATE_HZ // VIDEO_TIME_BASE), run.now_s)
    assert first.pts == 0
    assert heard is not None
    assert abs(heard.pts - RATE_HZ // 10) <= 1


def test_sound_that_jumps_with_the_picture_keeps_its_distance() -> None:
    run = Run()
    hour = 3_600
    for n in range(100):
        shift_s = hour if n >= 50 else 0
        seen = run.rebaser.rebase(picture(n * FRAME + shift_s * VIDEO_TIME_BASE), run.now_s)
        heard = run.rebaser.rebase(sound(n * RATE_HZ // 25 + shift_s * RATE_HZ), run.now_s)
        run.now_s += 0.04
        assert seen is not None
        assert heard is not None
        assert abs(seen.pts / VIDEO_TIME_BASE - heard.pts / RATE_HZ) < 0.002


def test_sound_of_another_origin_is_placed_by_arrival() -> None:
    run = Run()
    run.pictures(0, FRAME, 2 * FRAME)
    heard = run.rebaser.rebase(sound(123_456_789), run.now_s)
    assert heard is not None
    assert abs(heard.pts / RATE_HZ - 0.12) < 0.001


def test_sound_from_before_the_run_is_dropped() -> None:
    run = Run()
    run.pictures(90_000)
    assert run.rebaser.rebase(sound(RATE_HZ // 2), run.now_s) is None


def test_a_picture_is_never_dropped_for_being_earlier_than_sound() -> None:
    run = Run()
    assert run.rebaser.rebase(sound(RATE_HZ), run.now_s) is not None
    assert run.pictures(0)[0].dts >= 0


def test_one_step_back_after_a_pause_is_no_reordered_picture() -> None:
    run = Run()
    run.pictures(1)
    run.now_s += 8.0
    assert run.pictures(0)[0].dts > 7 * VIDEO_TIME_BASE


def test_decoding_times_of_the_source_are_kept() -> None:
    run = Run()
    order = [(1, 0), (4, 1), (2, 2), (3, 3), (7, 4), (5, 5), (6, 6)]
    out = [run.rebaser.rebase(picture(p * FRAME, d * FRAME), run.now_s) for p, d in order]
    assert [(packet.pts, packet.dts) for packet in out if packet] == [
        (p * FRAME, d * FRAME) for p, d in order
    ]


def test_reordered_pictures_without_decoding_times_are_shown_in_their_order() -> None:
    order = [0]
    for start in range(0, 120, 3):
        order += [start + 3, start + 1, start + 2]
    out = Run().pictures(*(n * FRAME for n in order))
    assert set(steps(sorted(packet.pts for packet in out)[8:])) == {FRAME}
    assert max(packet.pts - packet.dts for packet in out) <= 4 * FRAME


def test_a_pyramid_of_reordered_pictures_settles() -> None:
    order = [0]
    for start in range(0, 160, 4):
        order += [start + 4, start + 2, start + 1, start + 3]
    out = Run().pictures(*(n * FRAME for n in order))
    assert set(steps(sorted(packet.pts for packet in out)[12:])) == {FRAME}


ANY_STAMP = st.one_of(
    st.integers(0, 10 * VIDEO_TIME_BASE),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.just(NO_TIMESTAMP),
    st.just(0),
)
ARRIVALS = st.lists(
    st.tuples(st.booleans(), ANY_STAMP, ANY_STAMP, st.floats(0, 30)), min_size=1, max_size=60
)


@given(arrivals=ARRIVALS)
@settings(max_examples=200, deadline=None)
def test_decoding_times_only_grow_and_no_picture_is_shown_before_it_is_decoded(
    arrivals: list[tuple[bool, int, int, float]],
) -> None:
    rebaser = Rebaser(sample_rate_hz=RATE_HZ)
    last = {True: -1, False: -1}
    now_s = 0.0
    for is_video, pts, dts, later_s in arrivals:
        now_s += later_s
        packet = picture(pts, dts) if is_video else sound(pts)
        out = rebaser.rebase(packet, now_s)
        if out is None:
            assert not is_video
            continue
        assert out.dts > last[is_video]
        assert out.pts >= out.dts
        last[is_video] = out.dts


@given(arrivals=ARRIVALS)
@settings(max_examples=200, deadline=None)
def test_media_time_stays_near_arrival_time(
    arrivals: list[tuple[bool, int, int, float]],
) -> None:
    rebaser = Rebaser(sample_rate_hz=RATE_HZ)
    now_s = 0.0
    for is_video, pts, dts, later_s in arrivals:
        now_s += later_s
        out = rebaser.rebase(picture(pts, dts) if is_video else sound(pts), now_s)
        if out is not None:
            rate_hz = VIDEO_TIME_BASE if is_video else RATE_HZ
            assert abs(out.dts / rate_hz - (now_s - arrivals[0][3])) < 45
