"""What becomes of a session's packets, and what is said when nothing becomes of them."""

import base64
import struct

import pytest

from pantau.core.clock import SystemClock
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Packet, Tracks
from pantau.media.sources.rtsp.receiving import Receiving
from pantau.media.sources.rtsp.rtcp import SenderReport, parse_reports, receiver_report
from pantau.media.sources.rtsp.rtp import RtpReceiver
from pantau.media.sources.rtsp.sdp import parse_description
from tests.media.sources.rtsp.hostile import SDP, SPS

PPS = base64.b64decode("aM48gA==")
IDR = b"\x65\x88\x84\x00"
SSRC = 7


def receiving(*, sdp: bytes = SDP, most_bytes_per_picture: int = 10_000) -> Receiving:
    return Receiving(
        parse_description(sdp),
        clock=SystemClock(),
        most_bytes_per_picture=most_bytes_per_picture,
    )


def send(stream: Receiving, payload: bytes, timestamp: int, sequence: int) -> None:
    packet = struct.pack(">BBHII", 0x80, 0xE0, sequence, timestamp, SSRC) + payload
    stream.video.accept(packet, 0, len(packet))


def without_sets(sdp: bytes) -> bytes:
    return sdp.replace(b"sprop-parameter-sets", b"x")


def test_parameter_sets_of_the_description_are_enough() -> None:
    stream = receiving()
    for number in range(3):
        send(stream, IDR, number * 3_000, number)
    kinds = [type(item) for item in stream.take_items()]
    assert kinds == [Tracks, Packet, Packet, Packet]


@pytest.mark.parametrize(
    ("payloads", "detail"),
    [
        ([b"\x41\x9a\x00"] * 3, "no complete key frame"),
        ([IDR] * 3, "no parameter sets anywhere"),
        ([b"\x67\x42", PPS, IDR, IDR, IDR], "parameter sets that cannot be read"),
    ],
)
def test_reason_for_no_picture_is_named(payloads: list[bytes], detail: str) -> None:
    stream = receiving(sdp=without_sets(SDP))
    for number, payload in enumerate(payloads):
        send(stream, payload, number * 3_000, number)
    assert stream.take_items() == []
    assert stream.why_nothing(0)[1] == detail


def test_unreadable_sets_in_the_stream_do_not_end_it() -> None:
    stream = receiving()
    send(stream, IDR, 0, 0)
    send(stream, b"\x67" + SPS[1:3], 3_000, 1)
    send(stream, IDR, 3_000, 2)
    send(stream, IDR, 6_000, 3)
    send(stream, IDR, 9_000, 4)
    tracks = [item for item in stream.take_items() if isinstance(item, Tracks)]
    assert len(tracks) == 1


def test_flood_before_play_is_answered_is_bounded() -> None:
    stream = receiving(most_bytes_per_picture=5_000)

    def flood() -> None:
        for number in range(100):
            send(stream, IDR + bytes(1_000), number * 3_000, number)

    with pytest.raises(SourceError) as caught:
        flood()
    assert caught.value.cause is Cause.TOO_LARGE


@pytest.mark.parametrize(("ssrc", "is_over"), [(SSRC, True), (8, False)])
def test_only_the_farewell_of_the_video_ends_the_stream(ssrc: int, *, is_over: bool) -> None:
    stream = receiving()
    send(stream, IDR, 0, 0)
    farewell = struct.pack(">BBHI", 0x81, 203, 1, ssrc)
    stream.take_video_report(farewell, 0, len(farewell))
    assert stream.is_over is is_over


def test_sender_report_is_read_out_of_a_compound_packet() -> None:
    report = struct.pack(">BBHIIIIII", 0x80, 200, 6, SSRC, 3_900_000_000, 1 << 31, 90_000, 1, 2)
    compound = struct.pack(">BBHI", 0x80, 201, 1, 1) + report + b"\x80\xc8\xff\xff"
    assert list(parse_reports(compound, 0, len(compound))) == [
        SenderReport(SSRC, 3_900_000_000.5, 90_000)
    ]


def test_receiver_report_is_a_valid_compound_packet() -> None:
    stream = receiving()
    send(stream, IDR, 0, 100)
    send(stream, IDR, 3_000, 103)
    packet = receiver_report(9, stream.video)
    assert len(packet) % 4 == 0
    assert packet[1] == 201
    assert struct.unpack_from(">IIII", packet, 4)[:3] == (9, SSRC, 2)
    assert struct.unpack_from(">I", packet, 16)[0] == 103
    second = 4 + 4 * int.from_bytes(packet[2:4], "big")
    assert packet[second + 1] == 202
    assert second + 4 + 4 * int.from_bytes(packet[second + 2 : second + 4], "big") == len(packet)
    empty = receiver_report(9, RtpReceiver(96, stream.video._depacketizer))
    assert empty[0] == 0x80
