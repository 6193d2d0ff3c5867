"""Whatever a peer sends, the source raises `SourceError`, in time, and keeps little in memory.

For a long run set `PANTAU_FUZZ_EXAMPLES=20000` and give pytest `--timeout 0`.
"""

import os
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pantau.media.errors import Cause, SourceError
from pantau.media.sources.base import Deadlines
from tests.media.sources.rtsp.hostile import SDP, HostileCamera
from tests.media.sources.rtsp.watching import PATIENT, Watched, watch

QUICK = Deadlines(open_s=1.0, silence_s=0.5)
SPARE_S = 20.0
in_short = settings(
    max_examples=int(os.environ.get("PANTAU_FUZZ_EXAMPLES", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

NALS = st.one_of(
    st.binary(min_size=1, max_size=40),
    st.binary(max_size=30).map(lambda tail: b"\x65\x88" + tail),
    st.binary(max_size=30).map(lambda tail: b"\x67\x42" + tail),
    st.binary(max_size=30).map(lambda tail: b"\x68" + tail),
    st.tuples(st.sampled_from([0x85, 0x05, 0x45, 0xC5, 0x81]), st.binary(max_size=20)).map(
        lambda parts: bytes((0x7C, parts[0])) + parts[1]
    ),
    st.binary(max_size=30).map(lambda tail: b"\x78" + tail),
    st.binary(max_size=20).map(lambda tail: b"\x00\x10\x00\x50" + tail),
)


@st.composite
def rtp_streams(draw: st.DrawFn) -> bytes:
    """Frames that are RTP as far as their headers go, most of the time."""
    stream = b""
    sequence = draw(st.integers(0, 0xFFFF))
    for _ in range(draw(st.integers(1, 25))):
        sequence += draw(st.sampled_from([1, 1, 1, 1, 0, 2, -1, 900]))
        channel = draw(st.sampled_from([0, 0, 0, 0, 1, 2, 3, 9]))
        first = draw(st.sampled_from([0x80, 0x80, 0x80, 0x90, 0xA0, 0x8F, 0x00]))
        second = draw(st.sampled_from([96, 96 | 0x80, 97 | 0x80, 200, 203]))
        timestamp = draw(st.sampled_from([0, 3_000, 6_000, 1 << 31, (1 << 32) - 1]))
        packet = bytes((first, second)) + (sequence & 0xFFFF).to_bytes(2, "big")
        packet += timestamp.to_bytes(4, "big") + b"\x00\x00\x00\x01" + draw(NALS)
        length = draw(st.sampled_from([len(packet)] * 9 + [len(packet) + 3]))
        stream += bytes((0x24, channel)) + length.to_bytes(2, "big") + packet
    return stream


def ends_well(watched: Watched) -> None:
    assert isinstance(watched.error, SourceError)
    assert watched.seconds < QUICK.open_s + QUICK.silence_s + SPARE_S


def attack(
    noise: bytes, *, sdp: bytes = SDP, noise_at: str = "PLAY", deadlines: Deadlines = QUICK
) -> Watched:
    with HostileCamera(noise, sdp=sdp, noise_at=noise_at) as camera:
        return watch(
            camera.url,
            lambda _: False,
            deadlines=deadlines,
            transport="tcp",
            most_bytes_per_picture=200_000,
        )


@in_short
@given(rtp_streams())
def test_hostile_packets(stream: bytes) -> None:
    ends_well(attack(stream))


@in_short
@given(st.binary(max_size=2_000))
def test_random_bytes_instead_of_packets(noise: bytes) -> None:
    ends_well(attack(noise))


@in_short
@given(
    st.binary(max_size=400),
    st.sampled_from(["OPTIONS", "DESCRIBE", "SETUP"]),
    st.sampled_from([b"", b"RTSP/1.0 200 OK\r\n", b"RTSP/1.0 401 No\r\nWWW-Authenticate: "]),
    st.sampled_from([b"", b"\r\n\r\n"]),
)
def test_random_bytes_instead_of_an_answer(
    noise: bytes, method: str, before: bytes, after: bytes
) -> None:
    ends_well(attack(before + noise + after, noise_at=method))


@in_short
@given(st.binary(max_size=200), st.integers(0, len(SDP)), st.integers(0, 60))
def test_hostile_description(noise: bytes, at: int, cut: int) -> None:
    ends_well(attack(b"", sdp=SDP[:at] + noise + SDP[at + cut :]))


@pytest.mark.parametrize(
    ("noise", "cause"),
    [
        (b"$\x00\xff\xff" + bytes(65_535), Cause.CLOSED),
        (b"RTSP/1.0 200 OK\r\nX: " + b"y" * 90_000, Cause.BROKEN),
        (b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * 900 + b"\r\n", Cause.BROKEN),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n", Cause.BROKEN),
        (b"RTSP/1.0 200 OK\r\nCSeq: 999\r\n\r\n" * 5_000, Cause.CLOSED),
        (b"\r\n" * 50_000, Cause.CLOSED),
        (b"TEARDOWN * RTSP/1.0\r\nCSeq: 1\r\n\r\n", Cause.CLOSED),
    ],
)
def test_flood_after_play(noise: bytes, cause: Cause) -> None:
    watched = attack(noise, deadlines=PATIENT)
    assert watched.error is not None
    assert watched.error.cause is cause


def test_memory_stays_bounded_under_an_endless_unit() -> None:
    payload = b"\x7c\x05" + bytes(60_000)
    start = b"\x7c\x85" + bytes(60_000)
    stream = b"".join(
        b"$\x00"
        + (12 + len(part)).to_bytes(2, "big")
        + b"\x80\x60"
        + number.to_bytes(2, "big")
        + bytes(8)
        + part
        for number, part in enumerate([start] + [payload] * 60)
    )
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        watched = attack(stream)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert watched.error is not None
    assert watched.error.cause is Cause.TOO_LARGE
    assert peak < 3_000_000
