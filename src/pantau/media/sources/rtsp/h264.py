"""How H.264 units are told apart and packed (ITU-T H.264 table 7-1, RFC 6184)."""

from typing import Final

from pantau.media.sources.rtsp.pictures import UnitKind
from pantau.media.sources.rtsp.units import PayloadFormat, leading_number

_TYPE: Final = 0x1F
_SPS: Final = 7
_FIRST_BIT: Final = 0x80
_PARTITIONS_B_AND_C: Final = frozenset({3, 4})
_RECOVERY_POINT: Final = 6
_KINDS: Final = {
    1: UnitKind.SLICE,
    2: UnitKind.SLICE,
    3: UnitKind.SLICE,
    4: UnitKind.SLICE,
    5: UnitKind.KEY_SLICE,
    6: UnitKind.EXTRA,
    7: UnitKind.PARAMETER_SET,
    8: UnitKind.PARAMETER_SET,
}

H264_FORMAT: Final = PayloadFormat(
    header_bytes=1,
    type_shift=0,
    type_mask=_TYPE,
    aggregate=24,
    fragment=28,
    may_be_glued=frozenset({6, 7, 8, 9}),
)


class H264Rules:
    """`pictures.UnitRules` for H.264."""

    def kind(self, nal: bytes) -> UnitKind:
        return _KINDS.get(nal[0] & _TYPE, UnitKind.JUNK)

    def starts_picture(self, nal: bytes) -> bool:
        # first_mb_in_slice is 0 exactly if its first bit is set.
        return len(nal) > 1 and nal[1] >= _FIRST_BIT and nal[0] & _TYPE not in _PARTITIONS_B_AND_C

    def is_intra(self, nal: bytes) -> bool:
        # After first_mb_in_slice 0: slice_type 7 (0001000) or 2 (011).
        return nal[1] == 0b1_0001000 or nal[1] >> 4 == 0b1_011

    def is_recovery_point(self, nal: bytes) -> bool:
        # recovery_frame_cnt 0, one bit: the picture is whole (open GOP, cameras without IDR).
        return len(nal) > 3 and nal[1] == _RECOVERY_POINT and nal[3] >= _FIRST_BIT

    def set_key(self, nal: bytes) -> tuple[int, int]:
        kind = nal[0] & _TYPE
        return kind, leading_number(nal[4:] if kind == _SPS else nal[1:])
