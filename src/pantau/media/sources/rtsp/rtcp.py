"""Reads sender reports and farewells, writes receiver reports (RFC 3550, section 6)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pantau.media.sources.rtsp.rtp import Buffer, RtpReceiver

_SENDER_REPORT: Final = 200
_RECEIVER_REPORT: Final = 201
_DESCRIPTION: Final = 202
_FAREWELL: Final = 203
_NAME: Final = b"pantau"
_SENDER: Final = struct.Struct(">IIII")


@dataclass(frozen=True, slots=True)
class SenderReport:
    """Ties a track's RTP time to the camera's clock.  `ntp_s` counts from 1900 and is never 0."""

    ssrc: int
    ntp_s: float
    timestamp: int


@dataclass(frozen=True, slots=True)
class Farewell:
    """The sender leaves."""

    ssrc: int


def parse_reports(data: Buffer, start: int, end: int) -> Iterator[SenderReport | Farewell]:
    """Go through a compound packet; what is cut short or unknown is passed over."""
    while end - start >= 8 and data[start] >> 6 == 2:
        kind = data[start + 1]
        stop = start + 4 + 4 * (data[start + 2] << 8 | data[start + 3])
        if stop > end:
            return
        if kind == _SENDER_REPORT and stop - start >= 20:
            ssrc, seconds, fraction, timestamp = _SENDER.unpack_from(data, start + 4)
            if seconds:
                yield SenderReport(ssrc, seconds + fraction / (1 << 32), timestamp)
        elif kind == _FAREWELL and data[start] & 0x1F and stop - start >= 8:
            yield Farewell(int.from_bytes(data[start + 4 : start + 8], "big"))
        start = stop


def receiver_report(own_ssrc: int, receiver: RtpReceiver) -> bytes:
    """Write what many cameras take for a sign of life."""
    blocks = b""
    if receiver.ssrc is not None:
        lost = min(receiver.lost, 0x7FFFFF)
        blocks = struct.pack(">IIIIII", receiver.ssrc, lost, receiver.highest, 0, 0, 0)
    report = struct.pack(
        ">BBHI", 0x80 | bool(blocks), _RECEIVER_REPORT, 1 + len(blocks) // 4, own_ssrc
    )
    item = bytes((1, len(_NAME))) + _NAME
    item += bytes(4 - len(item) % 4)
    description = struct.pack(">BBHI", 0x81, _DESCRIPTION, 1 + len(item) // 4, own_ssrc)
    return report + blocks + description + item
