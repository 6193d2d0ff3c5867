"""How H.265 units are told apart and packed (ITU-T H.265 table 7-1, RFC 7798)."""

from typing import Final

from pantau.media.sources.rtsp.pictures import UnitKind
from pantau.media.sources.rtsp.units import PayloadFormat, leading_number

_TYPE: Final = 0x3F
_HEADER_BYTES: Final = 2
_FIRST_BIT: Final = 0x80
_VPS, _SPS, _PPS, _AUD, _PREFIX_EXTRA = 32, 33, 34, 35, 39
_SLICES: Final = frozenset(range(10))
_KEY_SLICES: Final = frozenset(range(16, 22))

H265_FORMAT: Final = PayloadFormat(
    header_bytes=_HEADER_BYTES,
    type_shift=1,
    type_mask=_TYPE,
    aggregate=48,
    fragment=49,
    may_be_glued=frozenset({_VPS, _SPS, _PPS, _AUD, _PREFIX_EXTRA}),
)


class H265Rules:
    """`pictures.UnitRules` for H.265."""

    def kind(self, nal: bytes) -> UnitKind:
        kind = nal[0] >> 1 & _TYPE
        if len(nal) <= _HEADER_BYTES or nal[0] & 1 or nal[1] >> 3:
            return UnitKind.JUNK  # too short, or of another layer than the base
        if kind in _SLICES:
            return UnitKind.SLICE
        if kind in _KEY_SLICES:
            return UnitKind.KEY_SLICE
        if _VPS <= kind <= _PPS:
            return UnitKind.PARAMETER_SET
        return UnitKind.EXTRA if kind == _PREFIX_EXTRA else UnitKind.JUNK

    def starts_picture(self, nal: bytes) -> bool:
        return nal[_HEADER_BYTES] >= _FIRST_BIT

    def is_intra(self, nal: bytes) -> bool:
        return nal[0] >> 1 & _TYPE in _KEY_SLICES

    def is_recovery_point(self, nal: bytes) -> bool:  # noqa: ARG002
        return False  # a picture to start at has a kind of its own in H.265

    def set_key(self, nal: bytes) -> tuple[int, int]:
        kind = nal[0] >> 1 & _TYPE
        if kind == _VPS:
            return kind, nal[_HEADER_BYTES] >> 4
        # The number of an SPS stands behind its profile; cameras have one.
        return kind, 0 if kind == _SPS else leading_number(nal[_HEADER_BYTES:])
