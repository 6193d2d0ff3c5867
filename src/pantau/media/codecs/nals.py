"""NAL units: telling them apart, and the ways of stringing them together."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeAlias

from pantau.media.errors import Cause, SourceError

VideoCodec: TypeAlias = Literal["h264", "h265"]

_START: Final = b"\x00\x00\x01"
_LONG_START: Final = b"\x00\x00\x00\x01"
_LENGTH_BYTES: Final = 4
_H264_IDR: Final = 5
_H264_SETS: Final = (7, 8)
_H264_SLICES: Final = range(1, 6)
# BLA, IDR and CRA pictures (H.265 table 7-1): a decoder may start at each of them.
_H265_KEYS: Final = range(16, 22)
_H265_SETS: Final = (32, 33, 34)
_H265_SLICES: Final = range(32)


def nal_type(codec: VideoCodec, nal: bytes) -> int:
    """Return nal_unit_type; an empty unit raises `SourceError`."""
    if not nal:
        raise SourceError(Cause.BROKEN, "an empty NAL unit")
    return nal[0] & 0x1F if codec == "h264" else (nal[0] >> 1) & 0x3F


def is_keyframe(codec: VideoCodec, nal: bytes) -> bool:
    """Tell whether this unit is a slice of a picture that a decoder may start with."""
    kind = nal_type(codec, nal)
    return kind == _H264_IDR if codec == "h264" else kind in _H265_KEYS


def is_slice(codec: VideoCodec, nal: bytes) -> bool:
    """Tell whether this unit carries picture data."""
    return nal_type(codec, nal) in (_H264_SLICES if codec == "h264" else _H265_SLICES)


def is_parameter_set(codec: VideoCodec, nal: bytes) -> bool:
    """Tell whether this unit is a VPS, SPS or PPS."""
    return nal_type(codec, nal) in (_H264_SETS if codec == "h264" else _H265_SETS)


def is_sequence_set(codec: VideoCodec, nal: bytes) -> bool:
    """Tell whether this unit is an SPS."""
    return nal_type(codec, nal) == (_H264_SETS[0] if codec == "h264" else _H265_SETS[1])


def ordered_parameter_sets(codec: VideoCodec, nals: Iterable[bytes]) -> tuple[bytes, ...]:
    """Pick the parameter sets out of `nals`, each once, in the order that `VideoTrack` wants."""
    sets = dict.fromkeys(nal for nal in nals if nal and is_parameter_set(codec, nal))
    return tuple(sorted(sets, key=lambda nal: nal_type(codec, nal)))


def annexb_to_nals(data: bytes) -> list[bytes]:
    """Cut a byte stream at its start codes (H.264 annex B); what precedes the first is dropped."""
    nals = []
    start = data.find(_START)
    while start >= 0:
        begin = start + len(_START)
        start = data.find(_START, begin)
        # A NAL unit never ends in zero: these belong to the next start code or are padding.
        nal = data[begin : start if start >= 0 else len(data)].rstrip(b"\x00")
        if nal:
            nals.append(nal)
    return nals


def nals_to_annexb(nals: Iterable[bytes]) -> bytes:
    """String units together with four-byte start codes."""
    return b"".join(part for nal in nals for part in (_LONG_START, nal))


def nals_to_sample(nals: Sequence[bytes]) -> bytes:
    """String units together as MP4 carries them: each after its length in four bytes."""
    return b"".join(part for nal in nals for part in (len(nal).to_bytes(_LENGTH_BYTES, "big"), nal))


def sample_to_nals(sample: bytes, *, length_bytes: int = _LENGTH_BYTES) -> list[bytes]:
    """Take an MP4 sample apart.  Raises `SourceError` when its lengths do not add up."""
    nals = []
    at = 0
    while at < len(sample):
        begin = at + length_bytes
        at = begin + int.from_bytes(sample[at:begin], "big")
        if begin > len(sample) or at > len(sample):
            raise SourceError(Cause.BROKEN, "a NAL unit is longer than its picture")
        if at > begin:
            nals.append(sample[begin:at])
    return nals


def sample_to_annexb(sample: bytes) -> bytes:
    """Turn an MP4 sample into a byte stream with start codes, as decoders want it."""
    return nals_to_annexb(sample_to_nals(sample))
