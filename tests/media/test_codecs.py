"""Codecs are understood from their headers alone, and nonsense is refused."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from io import BytesIO
from typing import TypeVar

import av
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pantau.media.codecs import (
    VideoCodec,
    adts_frame,
    annexb_to_nals,
    audio_config,
    audio_track,
    codec_strings,
    is_keyframe,
    is_parameter_set,
    nal_type,
    nals_to_annexb,
    nals_to_sample,
    parameter_sets_from_extradata,
    parse_audio_config,
    sample_to_annexb,
    sample_to_nals,
    split_adts,
    video_parameters,
    video_track,
)
from pantau.media.codecs.init import init_segment
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Tracks, VideoTrack
from tests.media.clips import clip

T = TypeVar("T")
X265 = ("x265-params", "log-level=none:pools=1:bframes=0")
SIZES = [(1280, 720), (352, 288), (354, 290), (2560, 1440), (1920, 1080)]
BASELINE_SPS = bytes.fromhex("6742c01e95a0b04b20")
NAL = st.binary(max_size=40).map(lambda body: b"\x65" + body.replace(b"\x00", b"\x01") + b"\x80")


def unless_broken(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except SourceError as error:
        trouble = error
    assert trouble.cause is Cause.BROKEN
    return None


def track_of(codec: VideoCodec, size: tuple[int, int], *options: tuple[str, str]) -> VideoTrack:
    name = "libx264" if codec == "h264" else "libx265"
    preset = (("preset", "ultrafast"), *options)
    container = "h264" if codec == "h264" else "hevc"
    if codec == "h265":
        preset = (*preset, X265)
    data = clip(seconds=0.08, codec=name, container=container, size=size, options=preset)
    return video_track(codec, annexb_to_nals(data))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_picture_size_is_read_with_its_cropping(codec: VideoCodec, size: tuple[int, int]) -> None:
    track = track_of(codec, size)
    assert (track.width_px, track.height_px) == size


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ((("profile", "baseline"), ("level", "3.1")), "avc1.42c01f"),
        ((("profile", "main"), ("level", "4.0"), ("bf", "2")), "avc1.4d4028"),
        ((("preset", "medium"), ("profile", "high"), ("level", "4.0")), "avc1.640028"),
    ],
)
def test_h264_profiles_are_named_as_browsers_ask_for_them(
    options: tuple[tuple[str, str], ...], name: str
) -> None:
    tracks = Tracks(track_of("h264", (320, 180), *options))
    assert codec_strings(tracks) == name


def test_h265_and_aac_are_named_as_browsers_ask_for_them() -> None:
    tracks = Tracks(track_of("h265", (352, 288)), audio_track(audio_config(48_000, 2)))
    assert codec_strings(tracks) == "hvc1.1.6.L60.90,mp4a.40.2"


def test_interlaced_pictures_have_their_full_height_and_their_shape() -> None:
    track = track_of("h264", (704, 540), ("x264-params", "interlaced=1:sar=16/11"))
    said = video_parameters("h264", track.parameter_sets[0])
    assert said.interlaced
    assert (said.height_px, said.sample_aspect) == (540, (16, 11))
    with av.open(BytesIO(init_segment(Tracks(track)))) as file:
        assert file.streams.video[0].sample_aspect_ratio == Fraction(16, 11)


@pytest.mark.parametrize(("frames", "most"), [(0, 0), (2, 2)])
def test_number_of_reordered_pictures_is_read_where_the_camera_says_it(
    frames: int, most: int
) -> None:
    options = (("preset", "medium"), ("bf", str(frames)))
    track = track_of("h264", (320, 180), *options)
    said = video_parameters("h264", track.parameter_sets[0])
    assert said.most_reordered == most


def test_an_sps_whose_vui_is_cut_short_still_tells_the_size() -> None:
    whole = track_of("h264", (352, 288), ("x264-params", "nal-hrd=vbr:vbv-maxrate=500:bufsize=9"))
    sps = next(nal for nal in whole.parameter_sets if nal_type("h264", nal) == 7)
    cut = VideoTrack("h264", (sps[:-4], *whole.parameter_sets[1:]), 0, 0)
    said = video_parameters("h264", cut.parameter_sets[0])
    assert (said.width_px, said.height_px, said.most_reordered) == (352, 288, None)


@given(st.sampled_from(["h264", "h265"]), st.binary(max_size=120))
@example("h264", BASELINE_SPS)
@example("h265", b"\x42\x01" + b"\xff" * 60)
@example("h264", b"\x67\x64\x00\x0a" + b"\x00" * 60)
def test_any_bytes_are_a_parameter_set_or_a_source_error(codec: VideoCodec, data: bytes) -> None:
    said = unless_broken(lambda: video_parameters(codec, data))
    if said is not None:
        assert 0 < said.width_px <= 16_384
        assert 0 < said.height_px <= 16_384


@given(st.data())
def test_a_damaged_parameter_set_never_breaks_the_init_segment(data: st.DataObject) -> None:
    codec: VideoCodec = data.draw(st.sampled_from(["h264", "h265"]))
    sets = [bytearray(nal) for nal in track_of(codec, (352, 288)).parameter_sets]
    damaged = data.draw(st.sampled_from(sets))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(2, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    track = unless_broken(lambda: video_track(codec, [bytes(nal) for nal in sets]))
    if track is not None:
        init = unless_broken(lambda: init_segment(Tracks(track)))
        assert init is None or init[4:8] == b"ftyp"
        assert codec_strings(Tracks(track))


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_a_missing_parameter_set_is_reported(codec: VideoCodec) -> None:
    sets = track_of(codec, (352, 288)).parameter_sets
    for index in range(len(sets)):
        with pytest.raises(SourceError, match="missing"):
            video_track(codec, sets[:index] + sets[index + 1 :])


def test_parameter_sets_of_impossible_length_are_refused() -> None:
    sets = track_of("h264", (352, 288)).parameter_sets
    with pytest.raises(SourceError) as caught:
        video_track("h264", (*sets, b"\x68" + b"\x55" * 20_000))
    assert caught.value.cause is Cause.TOO_LARGE


@pytest.mark.parametrize(("codec", "tag"), [("h264", "avc1"), ("h265", "hvc1")])
def test_init_segment_describes_both_tracks_to_libav(codec: VideoCodec, tag: str) -> None:
    track = track_of(codec, (354, 290))
    init = init_segment(Tracks(track, audio_track(audio_config(16_000, 1))))
    with av.open(BytesIO(init)) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        assert (video.codec_context.codec_tag, video.width, video.height) == (tag, 354, 290)
        assert (video.time_base, audio.time_base) == (Fraction(1, 90_000), Fraction(1, 16_000))
        assert (audio.rate, audio.channels) == (16_000, 1)
        assert audio.codec_context.extradata == audio_config(16_000, 1)
        extradata = video.codec_context.extradata or b""
    assert parameter_sets_from_extradata(codec, extradata) == track.parameter_sets


@pytest.mark.parametrize("codec", ["h264", "h265"])
@given(data=st.binary(max_size=80))
def test_any_decoder_configuration_is_read_or_refused(codec: VideoCodec, data: bytes) -> None:
    for extradata in (data, b"\x01" + data):
        sets = unless_broken(partial(parameter_sets_from_extradata, codec, extradata)) or ()
        assert all(is_parameter_set(codec, nal) for nal in sets)


@given(st.lists(NAL, max_size=6))
def test_nal_units_survive_both_ways_of_stringing_them(nals: list[bytes]) -> None:
    assert annexb_to_nals(nals_to_annexb(nals)) == nals
    assert sample_to_nals(nals_to_sample(nals)) == nals
    assert annexb_to_nals(sample_to_annexb(nals_to_sample(nals))) == nals


def test_start_codes_of_both_lengths_and_padding_are_understood() -> None:
    data = b"junk\x00\x00\x01\x67\x01\x00\x00\x00\x01\x68\x02\x00\x00\x00\x00\x01\x65\x03\x00\x00"
    assert annexb_to_nals(data) == [b"\x67\x01", b"\x68\x02", b"\x65\x03"]


@given(st.binary(max_size=60))
def test_a_sample_is_taken_apart_completely_or_refused(data: bytes) -> None:
    nals = unless_broken(lambda: sample_to_nals(data)) or []
    assert sum(len(nal) for nal in nals) <= len(data)


def test_only_pictures_that_a_decoder_may_start_with_are_key_frames() -> None:
    h264_keys = [kind for kind in range(32) if is_keyframe("h264", bytes([0x60 | kind]))]
    h265_keys = [kind for kind in range(64) if is_keyframe("h265", bytes([kind << 1, 1]))]
    assert (h264_keys, h265_keys) == ([5], [16, 17, 18, 19, 20, 21])
    with pytest.raises(SourceError):
        nal_type("h264", b"")


@given(
    st.sampled_from([8_000, 16_000, 44_100, 48_000]),
    st.integers(1, 6),
    st.lists(st.binary(max_size=300), min_size=1, max_size=4),
)
def test_aac_frames_survive_their_adts_headers(
    rate_hz: int, channels: int, frames: list[bytes]
) -> None:
    config = audio_config(rate_hz, channels)
    assert parse_audio_config(config) == (rate_hz, channels)
    stream = b"".join(adts_frame(config, frame) for frame in frames)
    assert split_adts(stream) == (config, frames)


@given(st.binary(max_size=40))
def test_any_audio_bytes_are_read_or_refused(data: bytes) -> None:
    rate_hz, channels = unless_broken(lambda: parse_audio_config(data)) or (1, 1)
    assert rate_hz > 0
    assert channels > 0
    _, frames = unless_broken(lambda: split_adts(data)) or (b"", [])
    assert sum(map(len, frames)) <= len(data)


def test_audio_at_an_odd_rate_is_unsupported() -> None:
    with pytest.raises(SourceError) as caught:
        audio_config(47_999, 2)
    assert caught.value.cause is Cause.UNSUPPORTED
