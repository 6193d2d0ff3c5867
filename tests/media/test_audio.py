"""G.711 becomes AAC that keeps the camera's timestamps."""

import math
from collections.abc import Iterator
from itertools import pairwise

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.media.audio import AacEncoder
from pantau.media.errors import Cause, SourceError

RATE_HZ = 8_000
PACKET_SAMPLES = 160


def tone(codec: str, packets: int) -> Iterator[bytes]:
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = RATE_HZ, "mono", "s16"
    for number in range(packets):
        frame = av.AudioFrame("s16", "mono", PACKET_SAMPLES)
        frame.sample_rate = RATE_HZ
        samples = (
            int(12_000 * math.sin(2 * math.pi * 440 * (number * PACKET_SAMPLES + i) / RATE_HZ))
            for i in range(PACKET_SAMPLES)
        )
        frame.planes[0].update(b"".join(s.to_bytes(2, "little", signed=True) for s in samples))
        for packet in encoder.encode(frame):
            yield bytes(packet)


def loudness(frames: list[tuple[int, bytes]], config: bytes) -> float:
    decoder = av.CodecContext.create("aac", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.extradata = config
    loudest = 0.0
    for _, data in frames:
        for frame in decoder.decode(av.Packet(data)):
            loudest = max(loudest, *map(abs, memoryview(frame.planes[0]).cast("f")))
    return loudest


@pytest.mark.parametrize("codec", ["pcm_alaw", "pcm_mulaw"])
def test_a_tone_in_g711_is_heard_in_aac(codec: str) -> None:
    encoder = AacEncoder(codec=codec, sample_rate_hz=RATE_HZ, channels=1)  # type: ignore[arg-type]
    frames = [
        frame
        for number, data in enumerate(tone(codec, 60))
        for frame in encoder.feed(data, 5_000 + number * PACKET_SAMPLES)
    ]
    assert 0.2 < loudness(frames, encoder.track.config) < 0.6
    assert encoder.track.sample_rate_hz == RATE_HZ


def test_frames_carry_the_timestamps_of_the_camera() -> None:
    encoder = AacEncoder(codec="pcm_alaw", sample_rate_hz=RATE_HZ, channels=1)
    stamps = [
        pts
        for number in range(100)
        for pts, _ in encoder.feed(b"\xd5" * PACKET_SAMPLES, 777_000 + number * PACKET_SAMPLES)
    ]
    assert stamps == [777_000 + 1024 * n for n in range(len(stamps))]
    assert len(stamps) >= 13


def test_frames_after_a_jump_follow_the_jump() -> None:
    encoder = AacEncoder(codec="pcm_mulaw", sample_rate_hz=RATE_HZ, channels=1)
    stamps = []
    for number in range(200):
        pts = number * PACKET_SAMPLES + (3_600 * RATE_HZ if number >= 100 else 0)
        stamps += [at for at, _ in encoder.feed(b"\xff" * PACKET_SAMPLES, pts)]
    later = [at for at in stamps if at > 3_000 * RATE_HZ]
    assert 3_600 * RATE_HZ + 16_000 <= later[0] <= 3_600 * RATE_HZ + 17_024
    assert [b - a for a, b in pairwise(later)] == [1024] * (len(later) - 1)


@given(packets=st.lists(st.tuples(st.binary(max_size=400), st.integers(-(2**40), 2**40))))
@settings(max_examples=40, deadline=None)
def test_no_bytes_make_the_encoder_fail(packets: list[tuple[bytes, int]]) -> None:
    encoder = AacEncoder(codec="pcm_s16be", sample_rate_hz=16_000, channels=2)
    for data, pts in packets:
        encoder.feed(data, pts)


@pytest.mark.parametrize(("rate_hz", "channels"), [(7, 1), (8_000, 6)])
def test_audio_that_aac_cannot_carry_is_unsupported(rate_hz: int, channels: int) -> None:
    with pytest.raises(SourceError) as caught:
        AacEncoder(codec="pcm_alaw", sample_rate_hz=rate_hz, channels=channels)
    assert caught.value.cause is Cause.UNSUPPORTED
