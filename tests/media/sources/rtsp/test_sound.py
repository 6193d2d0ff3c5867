"""AAC frames out of packets, in the packings that cameras use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.media.sources.rtsp.audio import AudioDepacketizer, make_audio
from pantau.media.sources.rtsp.sdp import AudioOffer

CONFIG = bytes.fromhex("1408")
Heard = list[tuple[int, int, bytes]]


def depacketizer(offer: AudioOffer) -> tuple[AudioDepacketizer, Heard]:
    heard: Heard = []
    made = make_audio(offer, lambda *frame: heard.append(frame))
    assert made is not None
    return made, heard


def aac(**changes: int) -> AudioOffer:
    return AudioOffer("aac", 97, 16_000, 1, "", CONFIG, **changes)


def send(made: AudioDepacketizer, payload: bytes, timestamp: int = 0, mark: int = 0x80) -> None:
    made.push(b"xy" + payload + b"z", 2, 2 + len(payload), timestamp, mark)


def header(*sizes: int) -> bytes:
    return (16 * len(sizes)).to_bytes(2, "big") + b"".join(
        (size << 3).to_bytes(2, "big") for size in sizes
    )


def test_one_frame_in_a_packet() -> None:
    made, heard = depacketizer(aac())
    send(made, header(5) + b"hello", 9)
    assert heard == [(9, 0, b"hello")]


def test_several_frames_in_a_packet_follow_each_other() -> None:
    made, heard = depacketizer(aac())
    send(made, header(5, 2) + b"helloyo", 9)
    assert heard == [(9, 0, b"hello"), (9, 1_024, b"yo")]


def test_frame_over_several_packets_is_put_together() -> None:
    made, heard = depacketizer(aac())
    for part, mark in ((b"hel", 0), (b"lo", 0x80)):
        send(made, header(5) + part, 9, mark)
    assert heard == [(9, 0, b"hello")]


def test_frame_with_a_lost_part_is_dropped() -> None:
    made, heard = depacketizer(aac())
    send(made, header(9) + b"hel", 9, 0)
    made.lose()
    send(made, header(2) + b"yo", 10)
    assert heard == [(10, 0, b"yo")]


def test_low_rate_headers_have_other_widths() -> None:
    made, heard = depacketizer(aac(size_bits=6, index_bits=2, delta_bits=2))
    send(made, b"\x00\x10" + bytes((3 << 2, 2 << 2)) + b"abcde", 1)
    assert [frame for _, _, frame in heard] == [b"abc", b"de"]


def test_missing_configuration_is_made_from_the_rate() -> None:
    made, _ = depacketizer(AudioOffer("aac", 97, 16_000, 1, ""))
    assert made.track.config == CONFIG


def test_latm_with_its_configuration_in_the_description() -> None:
    made, heard = depacketizer(
        AudioOffer("latm", 97, 44_100, 1, "", bytes.fromhex("40002410adca00"))
    )
    assert (made.track.sample_rate_hz, made.track.channels) == (44_100, 1)
    send(made, b"\xff\x05" + bytes(260), 4)
    assert heard == [(4, 0, bytes(260))]


def test_telephone_sound_is_encoded() -> None:
    made, heard = depacketizer(AudioOffer("pcm_alaw", 8, 8_000, 1, ""))
    for number in range(30):
        send(made, b"\xd5" * 160, number * 160 - 2_400 & 0xFFFFFFFF)
    begins = [(timestamp + later + 2_400) % (1 << 32) for timestamp, later, _ in heard]
    assert begins == list(range(begins[0], begins[0] + 1_024 * len(begins), 1_024))


@pytest.mark.parametrize(
    "offer",
    [
        AudioOffer("pcm_s16be", 97, 11_111, 1, ""),
        AudioOffer("pcm_alaw", 8, 8_000, 7, ""),
        AudioOffer("aac", 97, 16_000, 1, "", b"\xff"),
        AudioOffer("latm", 97, 16_000, 1, "", b"\xff\xff\xff\xff"),
    ],
)
def test_sound_that_nothing_can_play_is_left_out(offer: AudioOffer) -> None:
    assert make_audio(offer, lambda *_: None) is None


@given(
    st.lists(st.binary(max_size=80), max_size=20),
    st.sampled_from([(13, 3, 3), (6, 2, 2), (0, 0, 0), (32, 0, 0), (1, 0, 7)]),
)
def test_any_payloads_leave_only_whole_frames(
    payloads: list[bytes], bits: tuple[int, int, int]
) -> None:
    made, heard = depacketizer(aac(size_bits=bits[0], index_bits=bits[1], delta_bits=bits[2]))
    for payload in payloads:
        send(made, payload)
    assert all(frame for _, _, frame in heard)
