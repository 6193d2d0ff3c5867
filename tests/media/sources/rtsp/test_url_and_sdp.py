"""Addresses as people paste them, and descriptions as cameras write them."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.media.errors import Cause, SourceError
from pantau.media.sources.rtsp.sdp import parse_description
from pantau.media.sources.rtsp.url import base_of, join_control, parse_address

SPS = bytes.fromhex("67640020acd9405005bb016a02020280000003008000001e478c18cb")
PPS = bytes.fromhex("68ebe3cb22c0")
SETS = f"{base64.b64encode(SPS).decode()},{base64.b64encode(PPS).decode().rstrip('=')}"
VIDEO = (
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={SETS}\r\na=control:trackID=0\r\n"
)


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "password", "request_url"),
    [
        ("rtsp://10.0.0.7/a", "10.0.0.7", 554, "", "", "rtsp://10.0.0.7/a"),
        ("RTSP://cam:8554/a?b=1&c=2", "cam", 8554, "", "", "rtsp://cam:8554/a?b=1&c=2"),
        ("rtsps://cam/", "cam", 322, "", "", "rtsps://cam/"),
        ("rtsp://[::1]:8554/x", "::1", 8554, "", "", "rtsp://[::1]:8554/x"),
        ("rtsp://u:p%40s%2Fs@cam/x", "cam", 554, "u", "p@s/s", "rtsp://cam/x"),
        ("rtsp://u:p@ss?w#rd:1@cam/x", "cam", 554, "u", "p@ss?w#rd:1", "rtsp://cam/x"),
        ("rtsp://u@cam", "cam", 554, "u", "", "rtsp://cam"),
        ("rtsp://cam/a b/ü", "cam", 554, "", "", "rtsp://cam/a%20b/%C3%BC"),
        ("rtsp://cam?channel=1", "cam", 554, "", "", "rtsp://cam/?channel=1"),
    ],
)
def test_address_is_taken_apart(
    url: str, host: str, port: int, user: str, password: str, request_url: str
) -> None:
    address = parse_address(url)
    assert (address.host, address.port) == (host, port)
    assert (address.user, address.password) == (user, password)
    assert address.request_url == request_url
    assert not password or password not in repr(address)


@given(st.text() | st.text().map(lambda rest: f"rtsp://{rest}"))
def test_any_text_is_an_address_or_a_named_error(text: str) -> None:
    with contextlib.suppress(SourceError):
        address = parse_address(text)
        assert address.request_url.isascii()
        assert "\n" not in address.request_url


@pytest.mark.parametrize(
    ("base", "control", "joined"),
    [
        ("rtsp://c/a", "trackID=0", "rtsp://c/a/trackID=0"),
        ("rtsp://c/a/", "trackID=0", "rtsp://c/a/trackID=0"),
        ("rtsp://c/a/", "/trackID=0", "rtsp://c/a/trackID=0"),
        ("rtsp://c/a?x=1", "trackID=0", "rtsp://c/a?x=1/trackID=0"),
        ("rtsp://c/a", "?ctype=video", "rtsp://c/a?ctype=video"),
        ("rtsp://c/a", "*", "rtsp://c/a"),
        ("rtsp://c/a", "", "rtsp://c/a"),
        ("rtsp://c/a", "rtsp://u:p@192.168.0.9/b", "rtsp://192.168.0.9/b"),
        ("rtsp://c/a", "x\r\nTeardown: now", "rtsp://c/a/xTeardown:%20now"),
    ],
)
def test_control_is_joined_as_cameras_expect(base: str, control: str, joined: str) -> None:
    assert join_control(base, control) == joined


@pytest.mark.parametrize(
    ("answered", "base"),
    [
        ("rtsp://10.1.1.1/b/", "rtsp://10.1.1.1/b/"),
        ("/b/", "rtsp://c:8554/b/"),
        ("", "rtsp://c:8554/a"),
        ("nonsense", "rtsp://c:8554/a"),
    ],
)
def test_base_is_what_the_camera_says_if_that_makes_sense(answered: str, base: str) -> None:
    assert base_of(answered, "rtsp://c:8554/a") == base


def test_first_showable_video_and_one_audio_are_chosen() -> None:
    text = (
        "v=0\r\na=control:*\r\n"
        "m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\n"
        "m=video 0 RTP/AVP 26\r\na=control:jpeg\r\n" + VIDEO + "m=audio 0 RTP/AVP 0\r\na=sendonly"
        "\r\na=control:back\r\nm=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/16000/1\r\n"
        "a=fmtp:97 mode=AAC-hbr; config=1408; SizeLength=13;IndexLength=3;indexDeltaLength=3\r\n"
        "a=control:sound\r\n"
    )
    described = parse_description(text.encode())
    assert described.control == "*"
    assert described.video.control == "trackID=0"
    assert described.video.parameter_sets == (SPS, PPS)
    assert described.audio is not None
    assert described.audio.control == "sound"
    assert described.audio.config == bytes.fromhex("1408")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", Cause.NOT_MEDIA),
        ("v=0\nm=audio 0 RTP/AVP 0\n", Cause.NO_VIDEO),
        ("v=0\nm=video 0 RTP/AVP 26\n", Cause.UNSUPPORTED),
        ("v=0\nm=video 0 RTP/SAVP 96\na=rtpmap:96 H264/90000\n", Cause.UNSUPPORTED),
        ("v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/0\n", Cause.UNSUPPORTED),
    ],
)
def test_description_without_showable_video_says_so(text: str, cause: Cause) -> None:
    with pytest.raises(SourceError) as caught:
        parse_description(text.encode())
    assert caught.value.cause is cause


def test_forgotten_rtpmap_is_guessed_from_the_parameters() -> None:
    text = VIDEO.replace("a=rtpmap:96 H264/90000\r\n", "")
    assert parse_description(text.encode()).video.codec == "h264"


def test_start_codes_inside_the_description_are_cut_off() -> None:
    coded = base64.b64encode(b"\x00\x00\x00\x01" + SPS).decode()
    text = VIDEO.replace(SETS, coded)
    assert parse_description(text.encode()).video.parameter_sets == (SPS,)


@given(st.binary(max_size=2_000), st.integers(0, len(VIDEO)))
def test_hostile_description_ends_in_a_named_error(noise: bytes, at: int) -> None:
    body = VIDEO[:at].encode() + noise + VIDEO[at:].encode()
    with contextlib.suppress(SourceError):
        parse_description(body)
