"""AAC's two wrappings: AudioSpecificConfig in MP4, ADTS headers in streams (ISO 14496-3)."""

from typing import Final

from pantau.media.codecs.bits import BitReader
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import AudioTrack

_RATES_HZ: Final = (
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000,
    22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
)  # fmt: skip
_EXPLICIT_RATE: Final = 15
_ESCAPED_OBJECT: Final = 31
_SBR_OBJECTS: Final = (5, 29)
# Channel configurations 1 to 7 (table 1.19); 0 is "see inside the stream", taken for stereo.
_CHANNELS: Final = (2, 1, 2, 3, 4, 5, 6, 8)
_ADTS_BYTES: Final = 7
_ADTS_CRC_BYTES: Final = 9
SAMPLES_PER_FRAME: Final = 1024
"""Samples in one AAC-LC frame."""


def parse_audio_config(config: bytes) -> tuple[int, int]:
    """Return (sample rate in Hz, channels); raises `SourceError` when `config` is none."""
    _, rate_hz, channels = _read_config(config)
    return rate_hz, channels


def audio_track(config: bytes) -> AudioTrack:
    """Describe AAC by its AudioSpecificConfig; raises `SourceError` when it is none."""
    rate_hz, channels = parse_audio_config(config)
    return AudioTrack(config, rate_hz, channels)


def audio_object_type(config: bytes) -> int:
    """Return the audio object type, 2 for AAC-LC."""
    return _read_config(config)[0]


def audio_config(sample_rate_hz: int, channels: int) -> bytes:
    """Make the two bytes that describe AAC-LC at a standard rate."""
    if sample_rate_hz not in _RATES_HZ or channels not in _CHANNELS[1:]:
        raise SourceError(Cause.UNSUPPORTED, "audio in an unusual sample rate or channel count")
    rate_index = _RATES_HZ.index(sample_rate_hz)
    return (2 << 11 | rate_index << 7 | _CHANNELS.index(channels, 1) << 3).to_bytes(2, "big")


def adts_frame(config: bytes, frame: bytes) -> bytes:
    """Put an ADTS header before a raw AAC frame, so that it can be read on its own."""
    object_type, rate_hz, channels = _read_config(config)
    if rate_hz not in _RATES_HZ or not 1 <= object_type <= 4:  # ADTS has two bits for it
        raise SourceError(Cause.UNSUPPORTED, "audio that ADTS cannot carry")
    length = len(frame) + _ADTS_BYTES
    header = 0xFFF1 << 40 | (object_type - 1) << 38 | _RATES_HZ.index(rate_hz) << 34
    header |= _CHANNELS.index(channels, 1) << 30 | length << 13 | 0x7FF << 2
    return header.to_bytes(_ADTS_BYTES, "big") + frame


def split_adts(data: bytes) -> tuple[bytes, list[bytes]]:
    """Take ADTS frames apart into (AudioSpecificConfig of the first, raw frames).

    Raises `SourceError` for anything but whole frames.
    """
    config = b""
    frames = []
    at = 0
    while at < len(data):
        header = data[at : at + _ADTS_BYTES]
        if len(header) < _ADTS_BYTES or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
            raise SourceError(Cause.BROKEN, "audio without ADTS headers")
        value = int.from_bytes(header, "big")
        length = value >> 13 & 0x1FFF
        body = _ADTS_BYTES if header[1] & 1 else _ADTS_CRC_BYTES
        if length < body or at + length > len(data):
            raise SourceError(Cause.BROKEN, "an ADTS frame of impossible length")
        config = config or _config_of_adts(value)
        frames.append(data[at + body : at + length])
        at += length
    if not frames:
        raise SourceError(Cause.BROKEN, "no ADTS frame")
    return config, frames


def _config_of_adts(header: int) -> bytes:
    object_type, rate_index, channels = (header >> 38 & 3) + 1, header >> 34 & 15, header >> 30 & 7
    if rate_index >= len(_RATES_HZ):
        raise SourceError(Cause.BROKEN, "an ADTS header with an unknown sample rate")
    return (object_type << 11 | rate_index << 7 | channels << 3).to_bytes(2, "big")


def _read_config(config: bytes) -> tuple[int, int, int]:
    reader = BitReader(config[:16])
    object_type = _object_type(reader)
    rate_hz = _rate_hz(reader)
    channel_index = reader.bits(4)
    if channel_index >= len(_CHANNELS) or not object_type:
        raise SourceError(Cause.BROKEN, "an audio configuration that makes no sense")
    if object_type in _SBR_OBJECTS:
        # Explicit SBR: the rate above is the core's; its object type follows the doubled rate.
        _rate_hz(reader)
        object_type = _object_type(reader)
    return object_type, rate_hz, _CHANNELS[channel_index]


def _object_type(reader: BitReader) -> int:
    kind = reader.bits(5)
    return 32 + reader.bits(6) if kind == _ESCAPED_OBJECT else kind


def _rate_hz(reader: BitReader) -> int:
    index = reader.bits(4)
    rate_hz = reader.bits(24) if index == _EXPLICIT_RATE else (*_RATES_HZ, 0, 0)[index]
    if not 0 < rate_hz <= _RATES_HZ[0] * 2:
        raise SourceError(Cause.BROKEN, "an audio configuration with an impossible sample rate")
    return rate_hz
