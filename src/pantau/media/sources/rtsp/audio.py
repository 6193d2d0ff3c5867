"""Turns the RTP payloads of an audio track into AAC frames (RFC 3640, RFC 6416, RFC 3551)."""

from collections.abc import Callable
from typing import Final, Protocol

from pantau.media.audio import AacEncoder
from pantau.media.codecs import SAMPLES_PER_FRAME, audio_config, audio_track
from pantau.media.errors import SourceError
from pantau.media.packets import AudioTrack
from pantau.media.sources.rtsp.rtp import Buffer, Depacketizer
from pantau.media.sources.rtsp.sdp import AudioOffer

Deliver = Callable[[int, int, bytes], None]
"""Takes a packet's RTP timestamp, how many samples later a frame begins, and the frame."""

_MOST_FRAME_BYTES: Final = 16_384
_MOST_FRAMES_PER_PACKET: Final = 64
_LATM_CONFIG_AT_BIT: Final = 15
_LATM_CONFIG_BYTES: Final = 2
_MOST_PCM_BYTES: Final = 8_192
_WRAP: Final = 1 << 32


class AudioDepacketizer(Depacketizer, Protocol):
    """A depacketizer that knows what track its frames make."""

    @property
    def track(self) -> AudioTrack:
        """What MP4 is to say about the frames."""
        ...


def make_audio(offer: AudioOffer, deliver: Deliver) -> AudioDepacketizer | None:
    """Return what turns the packets of `offer` into AAC; None when nothing can."""
    try:
        if offer.codec == "aac":
            config = offer.config or audio_config(offer.clock_hz, offer.channels)
            return AacDepacketizer(offer, audio_track(config), deliver)
        if offer.codec == "latm":
            return LatmDepacketizer(audio_track(_latm_config(offer.config)), deliver)
        return PcmDepacketizer(
            AacEncoder(codec=offer.codec, sample_rate_hz=offer.clock_hz, channels=offer.channels),
            deliver,
        )
    except SourceError:
        # A microphone in an odd format is no reason to do without the picture.
        return None


class AacDepacketizer:
    """MPEG4-GENERIC: several frames in a packet, or one frame over several packets."""

    def __init__(self, offer: AudioOffer, track: AudioTrack, deliver: Deliver) -> None:
        self.track = track
        self._deliver = deliver
        self._size_bits = offer.size_bits
        self._index_bits = offer.index_bits
        self._delta_bits = offer.delta_bits
        self._whole = bytearray()
        self._whole_bytes = 0

    def push(self, data: Buffer, start: int, end: int, timestamp: int, mark: int) -> None:  # noqa: ARG002
        sizes, start = self._read_sizes(data, start, end)
        if len(sizes) == 1 and sizes[0] > end - start:
            self._take_fragment(bytes(data[start:end]), sizes[0], timestamp)
            return
        self._whole.clear()
        for index, size in enumerate(sizes):
            if not 0 < size <= end - start:
                return
            frame = bytes(data[start : start + size])
            self._deliver(timestamp, index * SAMPLES_PER_FRAME, frame)
            start += size

    def lose(self) -> None:
        self._whole.clear()

    def _read_sizes(self, data: Buffer, start: int, end: int) -> tuple[list[int], int]:
        """Return the sizes of the frames in a packet and where the first begins."""
        if not self._size_bits:
            return [end - start], start
        if end - start < 2:
            return [], end
        bits = data[start] << 8 | data[start + 1]
        at = start + 2
        first_bits = self._size_bits + self._index_bits
        if bits == first_bits == 16:  # one frame, as nearly every camera sends them
            return [(data[at] << 8 | data[at + 1]) >> self._index_bits], at + 2
        stop = at + (bits + 7) // 8
        if stop > end or bits > first_bits * _MOST_FRAMES_PER_PACKET:
            return [], end
        headers = int.from_bytes(data[at:stop], "big") >> (-bits % 8)
        sizes = []
        index_bits = self._index_bits
        while bits >= self._size_bits + index_bits:
            bits -= self._size_bits
            sizes.append(headers >> bits & ((1 << self._size_bits) - 1))
            bits -= index_bits
            index_bits = self._delta_bits
        return sizes, stop

    def _take_fragment(self, part: bytes, size: int, timestamp: int) -> None:
        if size > _MOST_FRAME_BYTES or (self._whole and size != self._whole_bytes):
            self._whole.clear()
            return
        self._whole_bytes = size
        self._whole += part
        if len(self._whole) >= size:
            self._deliver(timestamp, 0, bytes(self._whole[:size]))
            self._whole.clear()


class LatmDepacketizer:
    """MP4A-LATM with its configuration in the SDP and one frame per packet, as cameras send it."""

    def __init__(self, track: AudioTrack, deliver: Deliver) -> None:
        self.track = track
        self._deliver = deliver
        self._parts = bytearray()

    def push(self, data: Buffer, start: int, end: int, timestamp: int, mark: int) -> None:
        self._parts += data[start:end]
        if len(self._parts) > _MOST_FRAME_BYTES:
            self._parts.clear()
        if not mark or not self._parts:
            return
        whole = bytes(self._parts)
        self._parts.clear()
        head = len(whole) - len(whole.lstrip(b"\xff"))
        if head >= len(whole):
            return
        size = 255 * head + whole[head]
        frame = whole[head + 1 : head + 1 + size]
        if len(frame) == size > 0:
            self._deliver(timestamp, 0, frame)

    def lose(self) -> None:
        self._parts.clear()


class PcmDepacketizer:
    """G.711 and L16, which MP4 does not carry: encoded to AAC on the way."""

    def __init__(self, encoder: AacEncoder, deliver: Deliver) -> None:
        self.track = encoder.track
        self._encoder = encoder
        self._deliver = deliver

    def push(self, data: Buffer, start: int, end: int, timestamp: int, mark: int) -> None:  # noqa: ARG002
        if end - start > _MOST_PCM_BYTES:
            return
        for pts, frame in self._encoder.feed(bytes(data[start:end]), timestamp):
            # A frame begins before the packet that completes it: the encoder holds samples back.
            later = (pts - timestamp + _WRAP // 2) % _WRAP - _WRAP // 2
            self._deliver(timestamp, later, frame)

    def lose(self) -> None:
        """Forget nothing: each packet stands alone."""


def _latm_config(stream_config: bytes) -> bytes:
    """Cut the configuration out of a StreamMuxConfig (ISO 14496-3, 1.7.3) of one plain layer."""
    bits = int.from_bytes(stream_config[:4].ljust(4, b"\x00"), "big")
    if bits >> 17 & 0x7FFF != 0x2000:
        return b""
    return (bits >> (32 - _LATM_CONFIG_AT_BIT - 16) & 0xFFFF).to_bytes(_LATM_CONFIG_BYTES, "big")
