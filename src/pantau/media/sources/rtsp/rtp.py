"""Takes RTP packets apart (RFC 3550) and notices those that are missing."""

import struct
from typing import Final, Protocol

Buffer = bytes | bytearray

_read_header: Final = struct.Struct(">BBHII").unpack_from
_HEADER_BYTES: Final = 12
_PLAIN: Final = 0x80
"""Version 2 without padding, extension or contributing sources: nearly every packet of a camera."""
_SEQUENCES: Final = 1 << 16
_MOST_MISORDER: Final = 100
_JUDGED_AFTER: Final = 64
_MOST_HELD: Final = 64
_LONGEST_HOLD_S: Final = 0.2
_MOST_LATE: Final = 32


class Depacketizer(Protocol):
    """Puts the payloads of one track together again."""

    def push(self, data: Buffer, start: int, end: int, timestamp: int, mark: int) -> None:
        """Take the payload between the two positions; it is only there during this call.

        `mark` is not 0 for a packet that the camera marks as the last one of its picture or frame.
        """
        ...

    def lose(self) -> None:
        """Learn that packets are missing before the next one."""
        ...


class RtpReceiver:
    """The packets of one track, in the order in which they arrive or a `Reorderer` puts them."""

    def __init__(self, payload_type: int, depacketizer: Depacketizer) -> None:
        self.ssrc: int | None = None
        self.expected = -1
        """The next sequence number; negative before the first packet."""
        self.received = 0
        self.lost = 0
        self._payload_type = payload_type
        self._depacketizer = depacketizer
        self._push = depacketizer.push
        self._base = 0
        self._gaps = 0
        self._numbers_mean_nothing = False

    @property
    def highest(self) -> int:
        """The extended highest sequence number, as receiver reports want it."""
        return (self._base + self.received + self.lost - 1) & 0xFFFFFFFF

    def accept(self, data: Buffer, start: int, end: int) -> None:
        """Take one packet; what is not RTP of this track is passed over."""
        if end - start <= _HEADER_BYTES:
            return
        first, second, sequence, timestamp, ssrc = _read_header(data, start)
        if second & 0x7F != self._payload_type:
            return
        start += _HEADER_BYTES
        if first != _PLAIN:
            start, end = _trim(data, start, end, first)
        if (sequence != self.expected or ssrc != self.ssrc) and not self._is_wanted(sequence, ssrc):
            return
        self.expected = (sequence + 1) & 0xFFFF
        self.received += 1
        if start < end:
            self._push(data, start, end, timestamp, second & 0x80)

    def _is_wanted(self, sequence: int, ssrc: int) -> bool:
        """Deal with a packet that is not the next one; return whether to take it."""
        if self.ssrc is None or ssrc != self.ssrc:
            if self.ssrc is not None:
                self._depacketizer.lose()
            self.ssrc = ssrc
            self._base = sequence - self.received - self.lost
            return True
        if self._numbers_mean_nothing:
            return True
        ahead = (sequence - self.expected) & 0xFFFF
        if ahead >= _SEQUENCES - _MOST_MISORDER:
            return self._judge_numbers()
        if ahead < _SEQUENCES // 2:
            self.lost += ahead
        self._judge_numbers()
        if not self._numbers_mean_nothing:
            self._depacketizer.lose()
        return True

    def _judge_numbers(self) -> bool:
        # Some firmware sends one number for ever, or counts by its own rules.
        self._gaps += 1
        if self._gaps > _JUDGED_AFTER and self._gaps * 2 > self.received:
            self._numbers_mean_nothing = True
        return self._numbers_mean_nothing


class Reorderer:
    """Holds back UDP packets that overtook others, for a short while."""

    def __init__(self, receiver: RtpReceiver) -> None:
        self._receiver = receiver
        self._held: dict[int, bytes] = {}
        self._held_since_mono = 0.0
        self._late = 0

    def accept(self, packet: bytes, now_mono: float) -> None:
        """Take one datagram."""
        receiver = self._receiver
        if len(packet) <= _HEADER_BYTES:
            return
        sequence = packet[2] << 8 | packet[3]
        ahead = (sequence - receiver.expected) & 0xFFFF
        is_other = packet[8:12] != (receiver.ssrc or 0).to_bytes(4, "big")
        if ahead == 0 or is_other or receiver.expected < 0 or self._late > _MOST_LATE:
            if is_other or self._late > _MOST_LATE:
                self._held.clear()
            self._late = 0
            receiver.accept(packet, 0, len(packet))
            self._release()
        elif ahead >= _SEQUENCES // 2:
            self._late += 1
        else:
            if not self._held:
                self._held_since_mono = now_mono
            self._held[sequence] = packet
            self.give_up_waiting(now_mono)

    def give_up_waiting(self, now_mono: float) -> None:
        """Go on without what has not come in time."""
        held = self._held
        if held and (len(held) > _MOST_HELD or now_mono - self._held_since_mono > _LONGEST_HOLD_S):
            expected = self._receiver.expected
            nearest = min(held, key=lambda sequence: (sequence - expected) & 0xFFFF)
            packet = held.pop(nearest)
            self._receiver.accept(packet, 0, len(packet))
            self._held_since_mono = now_mono
            self._release()

    def _release(self) -> None:
        held, receiver = self._held, self._receiver
        while held and (packet := held.pop(receiver.expected, None)) is not None:
            receiver.accept(packet, 0, len(packet))


def _trim(data: Buffer, start: int, end: int, first: int) -> tuple[int, int]:
    """Return where the payload begins and ends, given the end of the fixed header.

    An impossible header leaves no payload.
    """
    start += 4 * (first & 0x0F)
    if first & 0x10 and start + 4 <= end:
        start += 4 + 4 * (data[start + 2] << 8 | data[start + 3])
    if first & 0x20:
        end -= data[end - 1]
    return (start, end) if first >> 6 == 2 else (end, end)
