"""What a sequence parameter set says about the pictures that follow it."""

from dataclasses import dataclass, replace
from typing import Final

from pantau.media.codecs.bits import BitReader
from pantau.media.errors import Cause, SourceError

_MOST_PX: Final = 16_384
_MOST_BYTES: Final = 4_096
_EXTENDED_SAR: Final = 255
# H.264 table E-1; index is aspect_ratio_idc.
_SAMPLE_ASPECTS: Final = (
    (0, 0), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11),
    (80, 33), (18, 11), (15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1),
)  # fmt: skip
# Profiles whose SPS carries chroma_format_idc and what follows it (H.264 7.3.2.1.1).
_HIGH_PROFILES: Final = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})


@dataclass(frozen=True, slots=True)
class VideoParameters:
    """Sizes are those shown, cropping applied; `sample_aspect` is (0, 0) when not said."""

    width_px: int
    height_px: int
    profile: int
    level: int
    interlaced: bool = False
    most_reordered: int | None = None
    """Pictures that may come before one that is shown earlier; None when the set does not say."""
    sample_aspect: tuple[int, int] = (0, 0)


def h264_parameters(sps: bytes) -> VideoParameters:
    """Read an H.264 SPS with its one-byte header; raises `SourceError` when it cannot be one."""
    reader = _reader(sps, header_bytes=1)
    profile = reader.bits(8)
    reader.skip(8)
    level = reader.bits(8)
    reader.unsigned(31)
    chroma, separate_planes = 1, False
    if profile in _HIGH_PROFILES:
        chroma, separate_planes = _h264_chroma(reader)
    reader.unsigned(12)
    _skip_h264_order_count(reader)
    reader.unsigned(16)
    reader.skip(1)
    width_px = (reader.unsigned(_MOST_PX) + 1) * 16
    height_units = reader.unsigned(_MOST_PX) + 1
    interlaced = not reader.flag()
    if interlaced:
        reader.skip(1)
    reader.skip(1)
    height_px = height_units * 16 * (2 if interlaced else 1)
    if reader.flag():
        left, right, top, bottom = (reader.unsigned(_MOST_PX) for _ in range(4))
        unit_x = 2 if chroma in {1, 2} and not separate_planes else 1
        unit_y = 2 if chroma == 1 and not separate_planes else 1
        width_px -= (left + right) * unit_x
        height_px -= (top + bottom) * unit_y * (2 if interlaced else 1)
    said = VideoParameters(*_checked(width_px, height_px), profile, level, interlaced)
    if not reader.flag():
        return said
    try:
        return _with_usability(reader, said)
    except SourceError:
        # Several camera families cut their VUI short, and every player still plays them.
        return said


def h265_parameters(sps: bytes) -> VideoParameters:
    """Read an H.265 SPS with its two-byte header; raises `SourceError` when it cannot be one."""
    reader = _reader(sps, header_bytes=2)
    reader.skip(4)
    more_layers = reader.bits(3)
    reader.skip(1)
    profile, level, interlaced = _h265_profile(reader, more_layers)
    reader.unsigned(15)
    chroma = reader.unsigned(3)
    separate_planes = chroma == 3 and reader.flag()  # 4:4:4
    width_px = reader.unsigned(_MOST_PX)
    height_px = reader.unsigned(_MOST_PX)
    if reader.flag():
        left, right, top, bottom = (reader.unsigned(_MOST_PX) for _ in range(4))
        width_px -= (left + right) * (2 if chroma in {1, 2} and not separate_planes else 1)
        height_px -= (top + bottom) * (2 if chroma == 1 and not separate_planes else 1)
    reader.unsigned(8)
    reader.unsigned(8)
    reader.unsigned(12)
    said_per_layer = reader.flag()
    most_reordered = 0
    for _ in range(more_layers + 1 if said_per_layer else 1):
        reader.unsigned(16)
        most_reordered = reader.unsigned(16)
        reader.unsigned()
    width_px, height_px = _checked(width_px, height_px)
    return VideoParameters(width_px, height_px, profile, level, interlaced, most_reordered)


def _reader(sps: bytes, *, header_bytes: int) -> BitReader:
    if not header_bytes < len(sps) <= _MOST_BYTES:
        raise SourceError(Cause.BROKEN, "a parameter set has an impossible length")
    # Emulation prevention (H.264 7.4.1): the 3 in 00 00 03 was put there by the encoder.
    return BitReader(sps[header_bytes:].replace(b"\x00\x00\x03", b"\x00\x00"))


def _checked(width_px: int, height_px: int) -> tuple[int, int]:
    if not (0 < width_px <= _MOST_PX and 0 < height_px <= _MOST_PX):
        raise SourceError(Cause.BROKEN, "a parameter set gives an impossible picture size")
    return width_px, height_px


def _h264_chroma(reader: BitReader) -> tuple[int, bool]:
    chroma = reader.unsigned(3)
    full_chroma = chroma == 3  # 4:4:4
    separate_planes = full_chroma and reader.flag()
    reader.unsigned(6)
    reader.unsigned(6)
    reader.skip(1)
    if reader.flag():
        for index in range(12 if full_chroma else 8):
            if reader.flag():
                _skip_scaling_list(reader, 16 if index < 6 else 64)  # six 4x4 lists come first
    return chroma, separate_planes


def _skip_scaling_list(reader: BitReader, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + reader.signed()) % 256
        last = following or last


def _skip_h264_order_count(reader: BitReader) -> None:
    kind = reader.unsigned(2)
    if kind == 0:
        reader.unsigned(12)
    elif kind == 1:
        reader.skip(1)
        reader.signed()
        reader.signed()
        for _ in range(reader.unsigned(255)):
            reader.signed()


def _with_usability(reader: BitReader, said: VideoParameters) -> VideoParameters:
    """Add what the VUI (H.264 annex E) says."""
    aspect = _sample_aspect(reader)
    if reader.flag():
        reader.skip(1)
    if reader.flag():
        reader.skip(4)
        if reader.flag():
            reader.skip(24)
    if reader.flag():
        reader.unsigned()
        reader.unsigned()
    if reader.flag():
        reader.skip(65)
    has_timing = [_skip_reference_decoder(reader) for _ in ("nal", "vcl")]
    if any(has_timing):
        reader.skip(1)
    reader.skip(1)
    said = replace(said, sample_aspect=aspect)
    if not reader.flag():
        return said
    reader.skip(1)
    for _ in range(4):
        reader.unsigned()
    return replace(said, most_reordered=reader.unsigned(16))


def _sample_aspect(reader: BitReader) -> tuple[int, int]:
    if not reader.flag():
        return (0, 0)
    index = reader.bits(8)
    if index == _EXTENDED_SAR:
        return (reader.bits(16), reader.bits(16))
    return _SAMPLE_ASPECTS[index] if index < len(_SAMPLE_ASPECTS) else (0, 0)


def _skip_reference_decoder(reader: BitReader) -> bool:
    if not reader.flag():
        return False
    count = reader.unsigned(31) + 1
    reader.skip(8)
    for _ in range(count):
        reader.unsigned()
        reader.unsigned()
        reader.skip(1)
    reader.skip(20)
    return True


def _h265_profile(reader: BitReader, more_layers: int) -> tuple[int, int, bool]:
    """Read profile_tier_level (H.265 7.3.3); return profile, level and "interlaced only"."""
    reader.skip(3)
    profile = reader.bits(5)
    reader.skip(32)
    progressive, interlaced = reader.flag(), reader.flag()
    reader.skip(46)
    level = reader.bits(8)
    said = [(reader.flag(), reader.flag()) for _ in range(more_layers)]
    if more_layers:
        reader.skip(2 * (8 - more_layers))
    for has_profile, has_level in said:
        reader.skip((88 if has_profile else 0) + (8 if has_level else 0))
    return profile, level, interlaced and not progressive
