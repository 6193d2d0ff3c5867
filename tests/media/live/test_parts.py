"""Packets become fragments that libav reads back exactly, cut where players want them."""

from io import BytesIO

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.media.codecs import VideoCodec
from pantau.media.live.parts import LiveEvent, Part, PartCutter, RunBegun, RunEnded, SegmentClosed
from pantau.media.packets import VIDEO_TIME_BASE, Packet, Tracks
from tests.media.live.coded import STARTED_UNIX_S, Coded, coded, cut


def parts_of(events: list[LiveEvent]) -> list[Part]:
    return [event for event in events if isinstance(event, Part)]


def segments_of(events: list[LiveEvent]) -> list[list[Part]]:
    segments: list[list[Part]] = [[]]
    for event in events:
        if isinstance(event, Part):
            segments[-1].append(event)
        elif isinstance(event, SegmentClosed):
            segments.append([])
    return [segment for segment in segments if segment]


def durations_of(events: list[LiveEvent]) -> list[float]:
    segments = segments_of(events)
    return [round(sum(part.duration_s for part in segment), 3) for segment in segments]


def read_back(events: list[LiveEvent], kind: str = "video") -> list[tuple[int, int, bytes, bool]]:
    begun = events[0]
    assert isinstance(begun, RunBegun)
    data = begun.init + b"".join(part.data for part in parts_of(events))
    with av.open(BytesIO(data), "r") as file:
        packets = [packet for packet in file.demux() if packet.size and packet.stream.type == kind]
        return [(p.pts or 0, p.dts or 0, bytes(p), p.is_keyframe) for p in packets]


def as_read(packets: list[Packet]) -> list[tuple[int, int, bytes, bool]]:
    return [(p.pts, p.dts, p.data, p.is_keyframe) for p in packets]


def pictures(
    durations: list[int], *, key_every: int, tracks: Tracks | None = None
) -> tuple[Tracks, list[Packet]]:
    """Make video of these frame durations in ticks; content does not matter."""
    packets, dts = [], 0
    for index, duration in enumerate([*durations, 0]):
        arrived_unix_s = STARTED_UNIX_S + dts / VIDEO_TIME_BASE
        key = index % key_every == 0
        data = b"\0\0\0\4" + (b"\x65" if key else b"\x41") + b"pic"
        packets.append(Packet(True, dts, dts, key, data, arrived_unix_s))
        dts += duration
    return tracks or Tracks(coded().tracks.video), packets


@pytest.mark.parametrize("part_s", [None, 0.5])
@pytest.mark.parametrize(
    ("codec", "b_frames"), [("h264", 0), ("h264", 2), ("h265", 0), ("h265", 2)]
)
def test_libav_reads_every_packet_back_as_it_was(
    codec: VideoCodec, b_frames: int, part_s: float | None
) -> None:
    source = coded(codec, b_frames=b_frames, audio=True)
    events = cut(source, part_s=part_s)
    assert read_back(events) == as_read(source.video)
    heard = [packet for packet in as_read(source.audio) if packet in read_back(events, "audio")]
    assert heard == read_back(events, "audio")
    assert len(source.audio) - len(heard) <= 1, "only sound from before the first picture is left"


def test_every_picture_can_be_decoded() -> None:
    events = cut(coded(b_frames=2))
    begun = events[0]
    assert isinstance(begun, RunBegun)
    data = begun.init + b"".join(part.data for part in parts_of(events))
    with av.open(BytesIO(data), "r") as file:
        times = [frame.pts or 0 for frame in file.decode(video=0)]
    assert len(times) == 150
    assert times == sorted(set(times))


def test_segments_end_at_key_frames_after_a_short_beginning() -> None:
    events = cut(coded(seconds=8))
    assert durations_of(events) == [0.2, 0.2, 0.2, 1.4, 2.0, 2.0, 2.0]
    begins_with_key = [segment[0].independent for segment in segments_of(events)]
    assert begins_with_key == [True, False, False, False, True, True, True]


def test_key_frames_every_second_make_segments_of_two() -> None:
    assert durations_of(cut(coded(key_every=25)))[4:] == [2.0, 2.0, 1.0]


def test_key_frames_every_ten_seconds_make_segments_of_ten() -> None:
    tracks, packets = pictures([3_600] * 750, key_every=250)
    events = cut(Coded(tracks, tuple(packets)))
    assert durations_of(events)[-3:] == [10.0, 10.0, 0.04]
    assert max(durations_of(events)[:-3]) <= 2.0, "until the second key frame"


def test_a_camera_that_never_sends_another_key_frame_is_cut_all_the_same() -> None:
    tracks, packets = pictures([3_600] * 1_000, key_every=10_000)
    assert max(durations_of(cut(Coded(tracks, tuple(packets))))) <= 2.0


def test_a_key_frame_that_comes_a_little_early_still_ends_its_segment() -> None:
    tracks, packets = pictures(([3_600] * 49 + [3_000]) * 4, key_every=50)
    assert durations_of(cut(Coded(tracks, tuple(packets))))[4:7] == [1.993, 1.993, 1.993]


def test_pictures_before_the_first_key_frame_are_dropped() -> None:
    source = coded()
    late = Coded(source.tracks, source.packets[10:])
    assert read_back(cut(late)) == as_read(source.video[50:])


def test_parts_begin_early_and_hold_at_most_half_a_second() -> None:
    events = cut(coded(), part_s=0.5)
    durations = [[round(part.duration_s, 3) for part in parts] for parts in segments_of(events)]
    assert durations[-1] == [0.48, 0.48, 0.48, 0.48, 0.08]
    assert [part.independent for part in segments_of(events)[-1]] == [True] + [False] * 4


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 60_000), min_size=1, max_size=120),
    st.integers(1, 60),
    st.sampled_from([None, 0.5]),
)
def test_no_picture_is_lost_and_no_part_longer_than_its_target(
    durations: list[int], key_every: int, part_s: float | None
) -> None:
    tracks, packets = pictures(durations, key_every=key_every)
    events = cut(Coded(tracks, tuple(packets)), part_s=part_s)
    assert read_back(events) == as_read(packets)
    total_s = sum(part.duration_s for part in parts_of(events))
    assert total_s == pytest.approx((sum(durations) + durations[-1]) / VIDEO_TIME_BASE)
    longest_s = max(durations) / VIDEO_TIME_BASE
    if part_s is not None:
        assert all(p.duration_s <= max(part_s, longest_s) + 1e-9 for p in parts_of(events))
        within = [p for p in parts_of(events) if p.duration_s > part_s]
        assert all(part.data.count(b"pic") == 1 for part in within)
    assert isinstance(events[-1], RunEnded)
    assert isinstance(events[-2], SegmentClosed)


def test_a_stall_makes_one_long_picture_and_true_times_after_it() -> None:
    durations = [3_600] * 60 + [5 * VIDEO_TIME_BASE] + [3_600] * 60
    for part_s in (None, 0.5):
        tracks, packets = pictures(durations, key_every=50)
        events = cut(Coded(tracks, tuple(packets)), part_s=part_s)
        assert read_back(events) == as_read(packets)
        assert max(part.duration_s for part in parts_of(events)) >= 5.0


def test_sound_that_comes_late_never_holds_back_the_picture() -> None:
    source = coded(audio=True)
    events: list[LiveEvent] = []
    cutter = PartCutter(events.append)
    cutter.begin(source.tracks, STARTED_UNIX_S)
    for packet in source.video:
        cutter.write(packet)
    before = durations_of(events)
    assert before[:5] == [0.2, 0.2, 0.2, 1.4, 2.0], "cut without a sound"
    for packet in source.audio:
        cutter.write(packet)
    cutter.end()
    assert read_back(events, "audio") == as_read(source.audio)
    assert read_back(events) == as_read(source.video)


def test_sound_goes_with_the_pictures_that_it_is_heard_with() -> None:
    events = cut(coded(audio=True, seconds=8))
    begun = events[0]
    assert isinstance(begun, RunBegun)
    starts_s = []
    for segment in segments_of(events)[4:]:
        with av.open(BytesIO(begun.init + segment[0].data), "r") as file:
            first = {p.stream.type: p for p in reversed(list(file.demux())) if p.size}
        video, audio = first["video"], first["audio"]
        assert video.pts is not None
        assert audio.pts is not None
        starts_s.append(float(audio.pts * audio.time_base - video.pts * video.time_base))
    frame_s = 1_024 / 8_000
    assert all(-frame_s / 100 <= start_s <= frame_s for start_s in starts_s)


def test_sound_that_pauses_leaves_a_gap_and_not_an_endless_sample() -> None:
    source = coded(audio=True, seconds=8)
    kept = [p for p in source.packets if p.is_video or not 2.5 < p.dts / 8_000 < 6.5]
    events = cut(Coded(source.tracks, tuple(kept)))
    begun = events[0]
    assert isinstance(begun, RunBegun)
    heard = read_back(events, "audio")
    assert heard == [p for p in as_read(source.audio) if p in heard]
    with av.open(BytesIO(begun.init + parts_of(events)[4].data), "r") as file:
        lasts = [p.duration or 0 for p in file.demux() if p.size and p.stream.type == "audio"]
    assert max(lasts) <= 2 * 1_024


def test_a_new_run_has_its_own_init_and_begins_on_a_key_frame() -> None:
    first, second = coded(), coded(size=(320, 240))
    events: list[LiveEvent] = []
    cutter = PartCutter(events.append)
    for source in (first, second):
        cutter.begin(source.tracks, STARTED_UNIX_S)
        for packet in source.packets[:70]:
            cutter.write(packet)
    cutter.end()
    begun = [index for index, event in enumerate(events) if isinstance(event, RunBegun)]
    assert len(begun) == 2
    assert isinstance(events[begun[1] - 1], RunEnded)
    assert read_back(events[begun[1] :]) == as_read(second.video[:70])


def test_packets_outside_a_run_are_ignored() -> None:
    events: list[LiveEvent] = []
    cutter = PartCutter(events.append)
    cutter.write(coded().packets[0])
    cutter.end()
    assert events == []


def test_a_segment_never_grows_without_bound() -> None:
    tracks, packets = pictures([3_600] * 300, key_every=1_000)
    heavy = [packet._replace(data=bytes(400_000)) for packet in packets]
    events: list[LiveEvent] = []
    cutter = PartCutter(events.append, segment_s=10.0)
    cutter.begin(tracks, STARTED_UNIX_S)
    for packet in heavy:
        cutter.write(packet)
    assert max(len(part.data) for part in parts_of(events)) < 18_000_000
