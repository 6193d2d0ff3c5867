"""Takes NAL units out of RTP payloads: single, aggregated or in fragments (RFC 6184, RFC 7798)."""

from dataclasses import dataclass
from typing import Final

from pantau.media.codecs import annexb_to_nals
from pantau.media.errors import Cause, SourceError
from pantau.media.sources.rtsp.pictures import PictureBuilder
from pantau.media.sources.rtsp.rtp import Buffer

_START: Final = 0x80
_END: Final = 0x40
_FRAGMENT_COST_BYTES: Final = 48
"""What a fragment costs in memory beside its bytes."""
_START_CODE: Final = b"\x00\x00\x01"
_GLUE_WITHIN_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class PayloadFormat:
    """What differs between the two RFCs: where a unit's type stands, and which mean packing."""

    header_bytes: int
    type_shift: int
    type_mask: int
    aggregate: int
    fragment: int
    may_be_glued: frozenset[int]
    """Types in which cheap cameras hide further units behind start codes."""


class UnitDepacketizer:
    """Feeds a `PictureBuilder` from the payloads of one track."""

    def __init__(self, payload_format: PayloadFormat, builder: PictureBuilder) -> None:
        self._format = payload_format
        self._header_bytes = payload_format.header_bytes
        self._shift = payload_format.type_shift
        self._mask = payload_format.type_mask
        self._fragment = payload_format.fragment
        self._builder = builder
        self._fragments: list[Buffer] = []
        self._fragment_bytes = 0

    def push(self, data: Buffer, start: int, end: int, timestamp: int, mark: int) -> None:
        builder = self._builder
        if timestamp != builder.timestamp:
            if self._fragments:
                self._close_fragments()
            builder.turn(timestamp)
        if data[start] >> self._shift & self._mask == self._fragment:
            at = start + self._header_bytes
            if self._fragments and at < end and data[at] < _END:
                # Nine of ten packets are the middle of a picture.
                self._fragments.append(data[at + 1 : end])
                self._fragment_bytes += end - start + _FRAGMENT_COST_BYTES
                if self._fragment_bytes > builder.most_bytes:
                    raise SourceError(Cause.TOO_LARGE, "one unit of a picture is too large")
            elif at < end:
                self._take_edge(data, start, at, end)
        else:
            if self._fragments:
                self._close_fragments()
            self._take_units(data, start, end)
        if mark:
            if self._fragments:
                self._close_fragments()
            builder.mark()

    def lose(self) -> None:
        if self._fragments:
            self._fragments = []
            self._builder.damage()
        self._builder.lose()

    def _take_edge(self, data: Buffer, start: int, at: int, end: int) -> None:
        """Take the first or last fragment of a unit, or one whose first is missing."""
        head = data[at]
        if head & _START:
            if self._fragments:
                self._close_fragments()
            kind = (head & self._mask) << self._shift
            first = data[start] & ~(self._mask << self._shift) | kind
            self._fragments = [bytes((first,)), data[start + 1 : at], data[at + 1 : end]]
            self._fragment_bytes = end - start
        elif self._fragments:
            self._fragments.append(data[at + 1 : end])
        else:
            self._builder.damage()
        if head & _END and self._fragments:
            self._close_fragments()

    def _close_fragments(self) -> None:
        # No packet is missing here: a fragment that does not end is from a camera that forgets to.
        nal = b"".join(self._fragments)
        self._fragments = []
        self._add(nal)

    def _take_units(self, data: Buffer, start: int, end: int) -> None:
        if data[start] >> self._shift & self._mask != self._format.aggregate:
            self._add(bytes(data[start:end]))
            return
        start += self._header_bytes
        while end - start > 2:
            stop = start + 2 + (data[start] << 8 | data[start + 1])
            if stop > end:
                self._builder.damage()
                return
            if stop > start + 2:
                self._add(bytes(data[start + 2 : stop]))
            start = stop

    def _add(self, nal: bytes) -> None:
        kind = nal[0] >> self._shift & self._mask
        is_suspect = kind in self._format.may_be_glued or not nal[0]
        if is_suspect and _START_CODE in nal[:_GLUE_WITHIN_BYTES]:
            # Against RFC 6184, 5.6, cheap cameras leave start codes in, or send SPS, PPS and the
            # picture as one unit.
            for part in annexb_to_nals(_START_CODE + nal):
                self._builder.add(part)
        else:
            self._builder.add(nal)


def leading_number(data: bytes) -> int:
    """Return the Exp-Golomb number that `data` begins with, 0 when there is none in 8 bytes."""
    value = int.from_bytes(data[:8].ljust(8, b"\x00"), "big")
    zeros = 64 - value.bit_length()
    return (value >> (63 - 2 * zeros)) - 1 if zeros < 32 else 0
