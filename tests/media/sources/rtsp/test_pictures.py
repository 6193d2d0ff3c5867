"""Whole pictures out of packets, whatever markers, timestamps and losses say."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.media.codecs import sample_to_nals
from pantau.media.errors import Cause, SourceError
from pantau.media.sources.rtsp.h264 import H264_FORMAT, H264Rules
from pantau.media.sources.rtsp.h265 import H265_FORMAT, H265Rules
from pantau.media.sources.rtsp.pictures import CodedPicture, PictureBuilder
from pantau.media.sources.rtsp.rtp import Reorderer, RtpReceiver
from pantau.media.sources.rtsp.units import UnitDepacketizer

SPS, PPS, SEI, AUD = b"\x67\x64\x00\x20\xac", b"\x68\xeb\xe3", b"\x06\x05\x01\x01", b"\x09\x10"
RECOVERY = b"\x06\x06\x01\x84\x80"
IDR, MORE_IDR = b"\x65\x88\x84\x01", b"\x65\x40\x11\x01"
P, MORE_P, INTRA = b"\x41\x9a\x01\x02", b"\x41\x40\x01\x02", b"\x41\x88\x01\x02"


class Track:
    """One video track from packets to pictures."""

    def __init__(self, codec: str = "h264", *, most_bytes: int = 1 << 20) -> None:
        self.pictures: list[CodedPicture] = []
        rules = H264Rules() if codec == "h264" else H265Rules()
        payload_format = H264_FORMAT if codec == "h264" else H265_FORMAT
        self.builder = PictureBuilder(rules, most_bytes=most_bytes, deliver=self.pictures.append)
        self.receiver = RtpReceiver(96, UnitDepacketizer(payload_format, self.builder))
        self.sequence = 65_530

    def packet(self, payload: bytes, timestamp: int, *, mark: bool = False) -> bytes:
        head = bytes((0x80, 96 | mark << 7)) + self.sequence.to_bytes(2, "big")
        self.sequence = (self.sequence + 1) & 0xFFFF
        return head + (timestamp % (1 << 32)).to_bytes(4, "big") + b"\x00\x00\x00\x07" + payload

    def send(self, payload: bytes, timestamp: int, *, mark: bool = False) -> None:
        packet = bytearray(b"xx" + self.packet(payload, timestamp, mark=mark) + b"yy")
        self.receiver.accept(packet, 2, len(packet) - 2)

    def lose(self) -> None:
        self.sequence = (self.sequence + 1) & 0xFFFF

    @property
    def shown(self) -> list[list[bytes]]:
        return [sample_to_nals(picture.sample) for picture in self.pictures]


def fragments(nal: bytes, count: int) -> list[bytes]:
    """Cut a unit into FU-A packets."""
    size = -(-(len(nal) - 1) // count)
    parts = [nal[at : at + size] for at in range(1, len(nal), size)]
    last = len(parts) - 1
    return [
        bytes((nal[0] & 0xE0 | 28, (at == 0) << 7 | (at == last) << 6 | nal[0] & 31)) + part
        for at, part in enumerate(parts)
    ]


def test_picture_ends_where_the_timestamp_changes() -> None:
    track = Track()
    for nal in (AUD, SPS, PPS, SEI, IDR, MORE_IDR):
        track.send(nal, 0)
    assert track.pictures == []
    track.send(P, 3_000)
    assert track.shown == [[SEI, IDR, MORE_IDR]]
    assert track.pictures[0].is_keyframe
    assert track.pictures[0].parameter_sets == (SPS, PPS)


def test_honest_markers_end_pictures_once_they_are_proved() -> None:
    track = Track()
    for number in range(4):
        track.send(P, number * 3_000, mark=True)
    assert len(track.pictures) == 4


@pytest.mark.parametrize("marks", ["never", "always", "each_slice"])
def test_pictures_stay_whole_when_markers_mean_nothing(marks: str) -> None:
    track = Track()
    for number in range(6):
        for nal in (SPS, PPS, P, MORE_P):
            is_slice = nal in {P, MORE_P}
            mark = marks == "always" or (marks == "each_slice" and is_slice)
            track.send(nal, number * 3_000, mark=mark)
    track.send(P, 99_000)
    assert track.shown == [[P, MORE_P]] * 6


def test_camera_that_begins_to_misuse_markers_loses_one_picture_at_most() -> None:
    track = Track()
    for number in range(5):
        track.send(P, number * 3_000, mark=True)
    for number in range(5, 10):
        track.send(P, number * 3_000, mark=True)
        track.send(MORE_P, number * 3_000, mark=True)
    track.send(P, 99_000)
    assert track.shown[-4:] == [[P, MORE_P]] * 4


def test_timestamps_that_stand_still_do_not_grow_one_endless_picture() -> None:
    track = Track()
    for _ in range(40):
        track.send(P, 5, mark=True)
    assert len(track.pictures) > 35


@pytest.mark.parametrize("count", [2, 3, 50])
def test_fragments_make_the_unit_again(count: int) -> None:
    track = Track()
    nal = IDR + bytes(range(1, 200))
    for part in fragments(nal, count):
        track.send(part, 0)
    track.send(P, 1)
    assert track.shown == [[nal]]


def test_fragments_without_an_end_bit_count_when_none_is_missing() -> None:
    track = Track()
    parts = fragments(IDR + bytes(100), 3)
    parts[-1] = bytes((parts[-1][0], parts[-1][1] & 0xBF)) + parts[-1][2:]
    for part in parts:
        track.send(part, 0)
    track.send(P, 1)
    assert track.shown == [[IDR + bytes(100)]]


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_picture_with_a_missing_fragment_is_dropped_and_the_next_is_not(missing: int) -> None:
    track = Track()
    track.send(P, 0)
    for number, part in enumerate(fragments(IDR + bytes(100), 3)):
        if number == missing:
            track.lose()
        else:
            track.send(part, 1)
    track.send(P, 2)
    track.send(P, 3)
    track.send(P, 4)
    shown = [picture.timestamp for picture in track.pictures]
    assert 1 not in shown
    assert shown[-1] == 3
    assert track.builder.dropped >= 1


@pytest.mark.parametrize(("mark", "kept"), [(False, [2]), (True, [1, 2])])
def test_picture_before_a_gap_counts_if_it_was_marked_as_whole(
    mark: bool,
    kept: list[int],
) -> None:
    track = Track()
    track.send(P, 1, mark=mark)
    track.lose()
    track.send(P, 2)
    track.send(P, 3)
    assert [picture.timestamp for picture in track.pictures] == kept


def test_stream_that_is_joined_in_the_middle_of_a_picture_starts_with_the_next() -> None:
    track = Track()
    track.send(MORE_IDR, 0)
    track.send(IDR, 1)
    track.send(P, 2)
    assert track.shown == [[IDR]]


def test_aggregates_are_taken_apart() -> None:
    track = Track()
    units = b"".join(len(nal).to_bytes(2, "big") + nal for nal in (SPS, PPS, IDR))
    track.send(b"\x78" + units, 0)
    track.send(P, 1)
    assert track.shown == [[IDR]]
    assert track.pictures[0].parameter_sets == (SPS, PPS)


@pytest.mark.parametrize("lead", [b"", b"\x00\x00\x00\x01", b"\x00\x00\x01"])
def test_units_that_were_glued_with_start_codes_are_separated(lead: bytes) -> None:
    track = Track()
    glued = lead + b"\x00\x00\x00\x01".join((SPS, PPS, IDR))
    track.send(glued, 0)
    track.send(P, 1)
    assert track.shown == [[IDR]]
    assert track.pictures[0].parameter_sets == (SPS, PPS)


@pytest.mark.parametrize(
    ("units", "is_key"),
    [([IDR], True), ([P], False), ([INTRA], False), ([RECOVERY, INTRA], True),
     ([RECOVERY, P], False), ([SPS, PPS, INTRA], True), ([SPS, PPS, P], False)],
)  # fmt: skip
def test_key_frames_are_those_that_decoding_may_start_with(
    units: list[bytes], is_key: bool
) -> None:
    track = Track()
    for nal in units:
        track.send(nal, 0)
    track.send(P, 1)
    assert [picture.is_keyframe for picture in track.pictures] == [is_key]


@pytest.mark.parametrize("nal", [AUD, SEI, b"\x0c\xff\xff", b"\x0a", b"\x1f\x00"])
def test_junk_is_no_picture(nal: bytes) -> None:
    track = Track()
    track.send(nal, 0, mark=True)
    track.send(nal, 1, mark=True)
    track.send(nal, 2, mark=True)
    assert track.pictures == []


def test_changed_parameter_sets_replace_the_old_ones() -> None:
    track = Track()
    other = SPS[:-1] + b"\xad"
    for timestamp, sps in enumerate((SPS, SPS, other)):
        for nal in (sps, PPS, IDR):
            track.send(nal, timestamp)
    track.send(P, 9)
    seen = [picture.parameter_sets for picture in track.pictures]
    assert seen == [(SPS, PPS), (SPS, PPS), (other, PPS)]
    assert seen[0] is seen[1]


@pytest.mark.parametrize("payload", [b"\x7c\x05" + bytes(1_000), b"\x41\x40" + bytes(1_000)])
def test_endless_picture_is_ended(payload: bytes) -> None:
    track = Track(most_bytes=50_000)
    track.send(b"\x7c\x85" + bytes(1_000), 0)

    def send_on() -> None:
        for _ in range(100):
            track.send(payload, 0)

    with pytest.raises(SourceError) as caught:
        send_on()
    assert caught.value.cause is Cause.TOO_LARGE


def test_h265_fragments_and_aggregates() -> None:
    vps, sps, pps = b"\x40\x01\x0c\x01", b"\x42\x01\x01\x01", b"\x44\x01\xc1\x72"
    idr = b"\x26\x01\xaf" + bytes(range(1, 90))
    track = Track("h265")
    units = b"".join(len(nal).to_bytes(2, "big") + nal for nal in (vps, sps, pps))
    track.send(b"\x60\x01" + units, 0)
    track.send(b"\x62\x01" + bytes((0x80 | 19,)) + idr[2:40], 0)
    track.send(b"\x62\x01" + bytes((19,)) + idr[40:60], 0)
    track.send(b"\x62\x01" + bytes((0x40 | 19,)) + idr[60:], 0)
    track.send(b"\x02\x01\xd0\x01", 1)
    assert track.shown == [[idr]]
    assert track.pictures[0].is_keyframe
    assert track.pictures[0].parameter_sets == (vps, sps, pps)


def test_padding_extension_and_contributing_sources_are_skipped() -> None:
    track = Track()
    plain = track.packet(IDR, 0)
    decorated = (
        bytes((0x80 | 0x20 | 0x10 | 2,)) + plain[1:12] + bytes(8)
        + b"\xbe\xde\x00\x01" + bytes(4) + IDR + bytes((0, 0, 3))
    )  # fmt: skip
    track.receiver.accept(decorated, 0, len(decorated))
    track.send(P, 1)
    assert track.shown == [[IDR]]


def test_firmware_whose_numbers_mean_nothing_is_seen_through() -> None:
    track = Track()
    for number in range(400):
        track.sequence = 7
        track.send(P, number * 3_000, mark=True)
    late = [picture.timestamp for picture in track.pictures][-100:]
    assert {later - earlier for earlier, later in pairwise(late)} == {3_000}


@given(st.permutations(range(8)))
def test_datagrams_are_put_in_order(order: list[int]) -> None:
    track = Track()
    reorderer = Reorderer(track.receiver)
    reorderer.accept(track.packet(P, 0), 0.0)
    packets = [track.packet(P, number + 1) for number in range(8)]
    for number in order:
        reorderer.accept(packets[number], 0.0)
    assert [picture.timestamp for picture in track.pictures] == list(range(8))


def test_datagram_that_never_comes_is_given_up_after_a_while() -> None:
    track = Track()
    reorderer = Reorderer(track.receiver)
    reorderer.accept(track.packet(P, 0), 0.0)
    track.lose()
    for number in range(1, 4):
        reorderer.accept(track.packet(P, number), 0.01)
    assert track.receiver.received == 1
    reorderer.give_up_waiting(0.5)
    assert track.receiver.received == 4
    assert track.receiver.lost == 1


@given(st.lists(st.binary(max_size=60), max_size=30), st.sampled_from(["h264", "h265"]))
def test_any_payloads_leave_only_well_formed_samples(payloads: list[bytes], codec: str) -> None:
    track = Track(codec)
    for number, payload in enumerate(payloads):
        track.send(payload, number // 3, mark=number % 3 == 2)
    for nals in track.shown:
        assert nals
        assert all(nals)
