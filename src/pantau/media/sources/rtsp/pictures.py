"""Puts NAL units together to whole pictures, though cameras misuse markers and lose packets."""

from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple, Protocol

from pantau.media.codecs import nals_to_sample
from pantau.media.errors import Cause, SourceError

_UNIT_COST_BYTES: Final = 48
"""What a unit costs in memory beside its bytes: a million empty ones are a large picture, too."""
_TRUSTED_AFTER: Final = 2
_MOST_FIELDS: Final = 2
_MOST_SETS: Final = 64
_MOST_SET_BYTES: Final = 4_096


class UnitKind(Enum):
    """What a NAL unit is good for."""

    SLICE = 1
    KEY_SLICE = 2
    PARAMETER_SET = 3
    EXTRA = 4
    JUNK = 5


class UnitRules(Protocol):
    """What differs between H.264 and H.265.  Units are never empty."""

    def kind(self, nal: bytes) -> UnitKind:
        """Return what `nal` is good for."""
        ...

    def starts_picture(self, nal: bytes) -> bool:
        """Tell whether this slice is the first of its picture (or field)."""
        ...

    def is_intra(self, nal: bytes) -> bool:
        """Tell whether this first slice needs no other picture."""
        ...

    def is_recovery_point(self, nal: bytes) -> bool:
        """Tell whether this extra unit says that decoding may start here."""
        ...

    def set_key(self, nal: bytes) -> tuple[int, int]:
        """Return kind and number of a parameter set: a later one with the same key replaces it."""
        ...


class CodedPicture(NamedTuple):
    """One access unit.  `timestamp` is the 32-bit RTP one; `sample` has four-byte lengths."""

    timestamp: int
    sample: bytes
    is_keyframe: bool
    parameter_sets: tuple[bytes, ...]


class PictureBuilder:
    """Collects the units of one picture at a time.

    A picture ends where the timestamp changes.  Once the markers have proved right they end it,
    one frame sooner.  A picture with missing packets is dropped and counted in `dropped`.
    """

    def __init__(
        self,
        rules: UnitRules,
        *,
        most_bytes: int,
        deliver: Callable[[CodedPicture], None],
        parameter_sets: tuple[bytes, ...] = (),
    ) -> None:
        self.timestamp = -1
        self.dropped = 0
        self.most_bytes = most_bytes
        self._rules = rules
        self._deliver = deliver
        self._sets: dict[tuple[int, int], bytes] = {}
        self._all_sets: tuple[bytes, ...] | None = None
        self._units: list[bytes] = []
        self._bytes = 0
        self._first_slices = 0
        self._has_slices = False
        self._is_key = False
        self._may_start = False
        self._is_intra = False
        self._is_damaged = False
        self._follows_gap = True
        self._handed_out = -1
        self._most_fields = _MOST_FIELDS
        self._is_marked = False
        self._good_marks = 0
        self._trusts_marks = False
        self._marks_lie = False
        for nal in parameter_sets:
            self._keep_set(nal)

    @property
    def parameter_sets(self) -> tuple[bytes, ...]:
        """The sets in force, sorted by kind and number."""
        if self._all_sets is None:
            self._all_sets = tuple(self._sets[key] for key in sorted(self._sets))
        return self._all_sets

    def turn(self, timestamp: int) -> None:
        """Begin with packets of another timestamp."""
        if self._has_slices:
            self._judge_marks()
            self._finish()
        elif self._is_damaged:
            self._finish()
        self.timestamp = timestamp

    def add(self, nal: bytes) -> None:
        """Take one whole unit."""
        kind = self._rules.kind(nal)
        if kind is UnitKind.JUNK:
            return
        if kind is UnitKind.PARAMETER_SET:
            self._keep_set(nal)
            self._may_start = True
            return
        if kind is UnitKind.EXTRA:
            self._may_start = self._may_start or self._rules.is_recovery_point(nal)
        else:
            self._begin_slice(nal)
            self._is_key = self._is_key or kind is UnitKind.KEY_SLICE
        self._bytes += len(nal) + _UNIT_COST_BYTES
        if self._bytes > self.most_bytes:
            raise SourceError(Cause.TOO_LARGE, "one picture is larger than allowed")
        self._units.append(nal)

    def mark(self) -> None:
        """Learn that the camera says: this was the last packet of the picture."""
        if self._has_slices:
            self._is_marked = True
            if self._trusts_marks:
                self._finish()

    def damage(self) -> None:
        """Learn that a part of this picture is missing."""
        self._is_damaged = True

    def lose(self) -> None:
        """Learn that packets are missing: the end of this picture unless it was marked."""
        self._follows_gap = True
        if self._units and not self._is_marked:
            self._is_damaged = True

    def _begin_slice(self, nal: bytes) -> None:
        is_first = self._rules.starts_picture(nal)
        if is_first:
            if self._first_slices >= self._most_fields:
                # Two fields may share a timestamp, three pictures may not: it stands still.
                self._finish()
                self._most_fields = 1
            self._first_slices += 1
            self._is_intra = self._rules.is_intra(nal)
        elif self._handed_out == self.timestamp and not self._has_slices:
            # A marker came before the last slice: the rest of a picture that is already gone.
            self._marks_lie, self._trusts_marks = True, False
            self._is_damaged = True
        if self._is_marked:
            self._marks_lie = self._marks_lie or not is_first
            self._good_marks = -1
            self._is_marked = False
        if self._follows_gap:
            self._follows_gap = False
            self._is_damaged = self._is_damaged or not is_first
        self._has_slices = True

    def _judge_marks(self) -> None:
        self._good_marks = self._good_marks + 1 if self._is_marked else 0
        self._trusts_marks = self._good_marks >= _TRUSTED_AFTER and not self._marks_lie

    def _finish(self) -> None:
        if self._is_damaged:
            self.dropped += 1
        elif self._has_slices:
            self._handed_out = self.timestamp
            is_key = self._is_key or (self._may_start and self._is_intra)
            sample = nals_to_sample(self._units)
            self._deliver(CodedPicture(self.timestamp, sample, is_key, self.parameter_sets))
        self._units = []
        self._bytes = self._first_slices = 0
        self._has_slices = self._is_key = self._may_start = self._is_intra = False
        self._is_damaged = self._is_marked = False

    def _keep_set(self, nal: bytes) -> None:
        if len(nal) > _MOST_SET_BYTES:
            return
        key = self._rules.set_key(nal)
        if self._sets.get(key) != nal and (key in self._sets or len(self._sets) < _MOST_SETS):
            self._sets[key] = nal
            self._all_sets = None
