"""A still shows what the camera sees, in its colours, and costs nothing until somebody looks."""

import asyncio
import os
from fractions import Fraction

import av
import pytest
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.media import codecs
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Packet, Picture, Tracks, VideoTrack
from pantau.media.stills import (
    KeyFrame,
    StillKeeper,
    Stills,
    decode_in_thread,
    is_decodable_in_thread,
    jpeg_in_thread,
)

pytestmark = pytest.mark.anyio


def keyframe(
    size: tuple[int, int], *, luma: int, blue: int = 128, red: int = 128, full: bool = False
) -> KeyFrame:
    """One H.264 picture of a single colour."""
    encoder = VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuvj420p" if full else "yuv420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"preset": "ultrafast", "crf": "10"}
    encoder.thread_count = 1
    frame = VideoFrame(*size, encoder.pix_fmt)
    for plane, value in zip(frame.planes, (luma, blue, red), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    frame.pts = 0
    nals = [
        nal
        for coded in encoder.encode(frame) + encoder.encode(None)
        for nal in codecs.annexb_to_nals(bytes(coded))
    ]
    slices = [nal for nal in nals if codecs.is_slice("h264", nal)]
    return KeyFrame(codecs.video_track("h264", nals), codecs.nals_to_sample(slices), 1_000.0)


def open_jpeg(jpeg: bytes) -> VideoFrame:
    decoder = VideoCodecContext.create("mjpeg", "r")
    return (decoder.decode(av.Packet(jpeg)) + decoder.decode(None))[0]


def colour(jpeg: bytes) -> tuple[int, int, int]:
    """Red, green, blue in the middle, read as JFIF says (BT.601, full range)."""
    frame = open_jpeg(jpeg)
    y, cb, cr = (
        memoryview(plane)[plane.height // 2 * plane.line_size + plane.width // 2]
        for plane in frame.planes
    )
    green = y - 0.344 * (cb - 128) - 0.714 * (cr - 128)
    return round(y + 1.402 * (cr - 128)), round(green), round(y + 1.772 * (cb - 128))


@pytest.mark.parametrize(
    ("luma", "full", "grey"), [(16, False, 0), (235, False, 255), (0, True, 0), (255, True, 255)]
)
def test_black_is_black_and_white_is_white(luma: int, full: bool, grey: int) -> None:
    jpeg = jpeg_in_thread(keyframe((320, 180), luma=luma, full=full), width_px=320)
    assert all(abs(part - grey) <= 4 for part in colour(jpeg))


@pytest.mark.parametrize(
    ("size", "luma", "blue_difference", "red_difference"),
    [
        ((640, 360), 81, 90, 240),  # pure red in BT.601
        ((1280, 720), 63, 102, 240),  # and in BT.709, which HD means when it says nothing
    ],
)
def test_red_is_red_in_small_and_large_pictures(
    size: tuple[int, int], luma: int, blue_difference: int, red_difference: int
) -> None:
    coded = keyframe(size, luma=luma, blue=blue_difference, red=red_difference)
    jpeg = jpeg_in_thread(coded, width_px=320)
    red, green, blue = colour(jpeg)
    assert red > 246
    assert max(green, blue) < 9


@pytest.mark.parametrize(
    ("size", "wanted", "got"),
    [
        ((1280, 720), 320, (320, 180)),
        ((704, 576), 320, (320, 262)),
        ((320, 180), 1280, (320, 180)),
        ((1280, 720), 333, (332, 186)),
    ],
)
def test_a_still_is_scaled_down_never_up(
    size: tuple[int, int], wanted: int, got: tuple[int, int]
) -> None:
    frame = open_jpeg(jpeg_in_thread(keyframe(size, luma=90), width_px=wanted))
    assert (frame.width, frame.height) == got


def noise(width: int, height: int) -> Picture:
    encoder = VideoCodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.qmin = encoder.qmax = 2
    frame = VideoFrame(width, height, "yuvj420p")
    for plane in frame.planes:
        plane.update(os.urandom(plane.buffer_size))
    frame.pts = 0
    return Picture(b"".join(map(bytes, encoder.encode(frame) + encoder.encode(None))), 1_000.0)


def test_even_noise_stays_small() -> None:
    assert len(jpeg_in_thread(noise(1280, 720), width_px=320)) < 14_000


async def test_a_picture_is_decoded_once_for_everybody_and_once_for_its_key_frame() -> None:
    decoded: list[str] = []
    stills = Stills(on_thread=lambda path, _native, _ident: decoded.append(path))
    keeper = StillKeeper(latest=keyframe((640, 360), luma=90))
    first = await asyncio.gather(*(stills.still("a", keeper, width_px=320) for _ in range(5)))
    again = await stills.still("a", keeper, width_px=320)
    assert again is not None
    assert all(still is again for still in first)
    assert decoded == ["a"]
    keeper.latest = keyframe((640, 360), luma=200)
    newer = await stills.still("a", keeper, width_px=320)
    assert newer is not None
    assert newer.data != again.data
    assert decoded == ["a", "a"]
    stills.close()


async def test_a_camera_without_any_picture_has_no_still() -> None:
    stills = Stills()
    assert await stills.still("a", StillKeeper(), width_px=320) is None
    stills.close()


async def test_a_broken_key_frame_leaves_the_last_good_picture_and_a_cause() -> None:
    stills = Stills()
    good = keyframe((640, 360), luma=90)
    keeper = StillKeeper(latest=good)
    before = await stills.still("a", keeper, width_px=320)
    keeper.latest = KeyFrame(good.video, b"\x00\x00\x00\x04\x65\x88\x80\x10", 2_000.0)
    assert await stills.still("a", keeper, width_px=320) is before
    assert keeper.cause is Cause.BROKEN
    stills.close()


def test_half_a_key_frame_is_no_picture() -> None:
    whole = keyframe((640, 360), luma=90)
    slices = codecs.sample_to_nals(whole.data)
    half = codecs.nals_to_sample([nal[: len(nal) // 2] for nal in slices])
    with pytest.raises(SourceError) as caught:
        decode_in_thread(KeyFrame(whole.video, half, 0.0))
    assert caught.value.cause is Cause.BROKEN


async def test_many_widths_do_not_pile_up() -> None:
    stills = Stills()
    keeper = StillKeeper(latest=keyframe((640, 360), luma=90))
    for width_px in range(64, 640, 40):
        await stills.still("a", keeper, width_px=width_px)
    assert len(keeper.made) == 8
    stills.close()


def test_a_keeper_keeps_the_key_frame_alone() -> None:
    keeper, good = StillKeeper(), keyframe((320, 180), luma=90)
    packet = Packet(
        is_video=True, pts=0, dts=0, is_keyframe=True, data=good.data, received_unix_s=7.0
    )
    keeper.begin(Tracks(good.video), 0.0)
    keeper.write(packet)
    keeper.write(Packet(True, 1, 1, False, b"other", 8.0))
    keeper.end()
    assert keeper.latest == KeyFrame(good.video, good.data, 7.0)
    assert is_decodable_in_thread(good.video, packet)


GOOD = keyframe((64, 64), luma=90)


@given(data=st.binary(max_size=300), sets=st.lists(st.binary(max_size=40), max_size=3))
@settings(max_examples=150, deadline=None)
def test_no_bytes_make_the_decoder_raise_anything_but_a_cause(
    data: bytes, sets: list[bytes]
) -> None:
    for latest in (
        KeyFrame(VideoTrack("h264", tuple(sets), 64, 64), codecs.nals_to_sample([data]), 0.0),
        KeyFrame(VideoTrack("h265", tuple(sets), 64, 64), codecs.nals_to_sample([data]), 0.0),
        KeyFrame(GOOD.video, codecs.nals_to_sample([b"\x65" + data]), 0.0),
        KeyFrame(GOOD.video, data, 0.0),
        Picture(b"\xff\xd8" + data, 0.0),
    ):
        try:
            decode_in_thread(latest)
        except SourceError:
            continue
