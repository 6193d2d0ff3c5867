"""Reads parameter sets and audio configurations bit by bit (H.264 7.2 and 9.1)."""

from typing import Final

from pantau.media.errors import Cause, SourceError

_MOST_EXP_GOLOMB_ZEROS: Final = 32


class BitReader:
    """Bits, most significant first.  Every read past the end raises `SourceError`."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def bits(self, count: int) -> int:
        """Take `count` bits as an unsigned number."""
        if count > self._left:
            raise SourceError(Cause.BROKEN, "a description of the stream ends too early")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def flag(self) -> bool:
        """Take one bit."""
        return self.bits(1) == 1

    def skip(self, count: int) -> None:
        """Pass over `count` bits."""
        self.bits(count)

    def unsigned(self, most: int = 0xFFFFFFFE) -> int:
        """Take one ue(v); more than `most` raises, as no honest camera sends it."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > _MOST_EXP_GOLOMB_ZEROS:
                raise SourceError(
                    Cause.BROKEN, "a description of the stream holds an endless number"
                )
        value = (1 << zeros) - 1 + self.bits(zeros)
        if value > most:
            raise SourceError(
                Cause.BROKEN, "a description of the stream holds a number out of range"
            )
        return value

    def signed(self) -> int:
        """Take one se(v)."""
        value = self.unsigned()
        return (value + 1) // 2 if value % 2 else -(value // 2)
