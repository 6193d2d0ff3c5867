"""What the sizes of coded pictures tell, noted as they pass."""

from dataclasses import dataclass
from typing import Final

from pantau.media.packets import VIDEO_TIME_BASE

_NO_SIZE: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class KeySpan:
    """The key frames since somebody asked last."""

    count: int = 0
    identical: int = 0
    """How many were the same as the one before them, byte by byte."""
    key_bytes: int = 0
    between_bytes: int = 0
    """Of all other pictures."""
    smallest_bytes: int = 0
    largest_bytes: int = 0

    @property
    def mean_bytes(self) -> float:
        """How large a key frame is."""
        return self.key_bytes / self.count if self.count else 0.0


class KeyNotes:
    """Written in the session's thread, read on the loop; a race costs one key frame of evidence."""

    __slots__ = (
        "_before", "_between_before", "_dts", "_largest", "_smallest", "between_bytes", "count",
        "identical", "interval_s", "key_bytes",
    )  # fmt: skip

    def __init__(self) -> None:
        self.count = self.identical = self.key_bytes = self.between_bytes = 0
        self.interval_s: float | None = None
        """From the last key frame but one to the last."""
        self._dts: int | None = None
        self._before = (0, 0, 0)
        self._between_before = 0
        self._smallest, self._largest = _NO_SIZE, 0

    def begin(self) -> None:
        """Note that decoding times start afresh."""
        self._dts = None

    def key(self, data: bytes, before: bytes, dts: int | None) -> None:
        """Note a key frame, or a picture of a camera that has no video."""
        size = len(data)
        self.count += 1
        self.key_bytes += size
        # Lengths are compared first: other pictures cost nothing.
        self.identical += data == before
        self._smallest, self._largest = min(self._smallest, size), max(self._largest, size)
        if dts is not None and self._dts is not None:
            self.interval_s = (dts - self._dts) / VIDEO_TIME_BASE
        self._dts = dts

    def span(self) -> KeySpan:
        """Return what was noted since the last call."""
        count, identical, key_bytes = self.count, self.identical, self.key_bytes
        between = self.between_bytes
        before, self._before = self._before, (count, identical, key_bytes)
        smallest, self._smallest = self._smallest, _NO_SIZE
        largest, self._largest = self._largest, 0
        between_before, self._between_before = self._between_before, between
        return KeySpan(
            count - before[0],
            identical - before[1],
            key_bytes - before[2],
            between - between_before,
            0 if smallest == _NO_SIZE else smallest,
            largest,
        )
