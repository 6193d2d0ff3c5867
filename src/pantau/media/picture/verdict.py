"""Decides from looks at a picture, a minute apart, whether there is something wrong with it.

What must not be taken for a fault: a night without light (there are lamps, and grain), a car park
where nothing happens (its key frames differ, and so do single pixels), fog and dusk (they come
slowly).  So each verdict needs several looks and its own evidence, and one look that contradicts
ends it.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Final, Literal

from pantau.media.picture.keys import KeySpan
from pantau.media.picture.look import Look

PictureState = Literal["ok", "frozen", "black", "covered"]

_BLACK_MEAN: Final = 10.0
_BLACK_BRIGHTEST: Final = 30.0
_BLACK_GRAIN: Final = 2.5
"""A sensor in the dark shows grain; a picture that is not there has none."""
_BETWEEN_PER_KEY: Final = 0.25
"""A picture that stands still costs almost nothing between key frames (0.03 to 0.06, measured).

So does a living one that is coarsely coded: this alone proves nothing.
"""
_BETWEEN_BYTES: Final = 1_000
"""What pictures that say "nothing new" cost by themselves, for each key frame."""
_SPREAD: Final = 0.05
"""How much the sizes of key frames of the same picture may differ: the clock in it runs."""
_TEXTURE: Final = 8
"""Points that differ so much from their neighbour are compared: flat areas look alike, noise and
all, in a coarsely coded night."""
_LEAST_TEXTURE: Final = 0.03
_MOST_CHANGED: Final = 0.3
"""How many of them may change: the clock of a frozen picture, which prediction smears over the rows
below it, changes up to 0.21; the faintest noise of a living one changes 0.40 and more (measured).
"""
_LEAST_KEYS: Final = 3
_COVERED_EDGES: Final = 1.2
_COVERED_SHARE: Final = 0.25
_COVERED_SIZE_SHARE: Final = 0.5
_SUDDEN_SHARE: Final = 0.5
_NOTHING_EDGES: Final = 0.4
_NOTHING_DEVIATION: Final = 3.0
_TYPICAL: Final = 30
_LEAST_TYPICAL: Final = 5


@dataclass(frozen=True, slots=True)
class PictureRules:
    """How often is looked, and for how long something must be so."""

    every_s: float = 60.0
    looks: int = 3
    """For black and covered."""
    frozen_s: float = 180.0
    frozen_looks: int = 4
    album_frozen_s: float = 900.0
    """For cameras that give single pictures: some renew theirs every ten minutes only."""
    fresh_s: float = 300.0
    """After that much time without a look, nothing is known and evidence starts afresh."""


@dataclass(slots=True)
class _Streak:
    """How long something has been so."""

    since_mono: float = 0.0
    since_at: datetime | None = None
    looks: int = 0

    def take(self, now_mono: float, now_at: datetime, *, is_so: bool) -> None:
        if not is_so:
            self.looks, self.since_at = 0, None
            return
        if not self.looks:
            self.since_mono, self.since_at = now_mono, now_at
        self.looks += 1


@dataclass(slots=True)
class Verdict:
    """The memory of one camera's looks.  Pure: times are handed in, monotonic and wall."""

    rules: PictureRules = field(default_factory=PictureRules)
    is_album: bool = False
    """Whether the camera gives single pictures instead of video."""
    state: PictureState | None = None
    """None: nobody looked yet."""
    since_at: datetime | None = None
    _last: tuple[Look, float, datetime] | None = None
    _usual: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=_TYPICAL))
    """(edges, size of key frames) of looks at a picture that was as it should be."""
    _black: _Streak = field(default_factory=_Streak)
    _covered: _Streak = field(default_factory=_Streak)
    _still: _Streak = field(default_factory=_Streak)
    _was_sudden: bool = False
    _reference: Look | None = None
    """What a picture that stands still looked like at first: light that changes adds up."""

    @property
    def is_suspicious(self) -> bool:
        """Whether another look is wanted sooner than usual, at an odd time."""
        return bool(self._still.looks or self._black.looks or self._covered.looks)

    def take(self, look: Look, keys: KeySpan, now_mono: float, now_at: datetime) -> None:
        """Take what was seen at `now`, and the key frames since the look before."""
        before = self._last
        if before is not None and now_mono - before[1] > self.rules.fresh_s:
            before = None
            self._black, self._covered, self._still = _Streak(), _Streak(), _Streak()
        is_black = _is_black(look)
        self._black.take(now_mono, now_at, is_so=is_black)
        self._covered.take(now_mono, now_at, is_so=not is_black and self._is_bare(look, keys))
        self._judge_stillness(look, keys, before, now_mono, now_at)
        self._last = (look, now_mono, now_at)
        state, streak = self._decide(now_mono)
        if state == "ok" and not self._covered.looks and not is_black:
            self._usual.append((look.edges, keys.mean_bytes))
        if state != self.state:
            self.state = state
            self.since_at = streak.since_at if streak is not None else now_at

    def _decide(self, now_mono: float) -> tuple[PictureState, _Streak | None]:
        rules = self.rules
        frozen_s = rules.album_frozen_s if self.is_album else rules.frozen_s
        if self._black.looks >= rules.looks:
            return "black", self._black
        still = self._still
        if still.looks >= rules.frozen_looks and now_mono - still.since_mono >= frozen_s:
            return "frozen", still
        if self._covered.looks >= rules.looks:
            return "covered", self._covered
        return "ok", None

    def _judge_stillness(
        self,
        look: Look,
        keys: KeySpan,
        before: tuple[Look, float, datetime] | None,
        now_mono: float,
        now_at: datetime,
    ) -> None:
        if before is not None and not self._still.looks:
            self._reference = before[0]
        same = (
            before is not None
            and self._reference is not None
            and _stands_still(look, self._reference, keys, is_album=self.is_album)
        )
        if before is not None and same and not self._still.looks:
            self._still.take(before[1], before[2], is_so=True)
        self._still.take(now_mono, now_at, is_so=same)

    def _is_bare(self, look: Look, keys: KeySpan) -> bool:
        """Whether there is no scene left in the picture, from one look to the next."""
        if look.edges <= _NOTHING_EDGES and look.deviation <= _NOTHING_DEVIATION:
            return True
        if len(self._usual) < _LEAST_TYPICAL:
            return False
        usual_edges = median(edges for edges, _ in self._usual)
        usual_bytes = median(size for _, size in self._usual)
        if not self._covered.looks:
            self._was_sudden = self._usual[-1][0] >= _SUDDEN_SHARE * usual_edges
        return (
            self._was_sudden
            and look.edges <= min(_COVERED_EDGES, _COVERED_SHARE * usual_edges)
            and keys.mean_bytes <= _COVERED_SIZE_SHARE * usual_bytes
        )


def _is_black(look: Look) -> bool:
    return (
        look.mean <= _BLACK_MEAN
        and look.brightest <= _BLACK_BRIGHTEST
        and look.grain <= _BLACK_GRAIN
    )


def _stands_still(look: Look, first: Look, keys: KeySpan, *, is_album: bool) -> bool:
    """Whether a picture is the first one, and every key frame in between seems to have been too.

    Coding must have found nothing to do either: a clip that is played again and again shows the
    same picture at times, with movement in between.
    """
    if is_album:
        return look.points == first.points and keys.identical == keys.count
    idle_bytes = _BETWEEN_PER_KEY * keys.key_bytes + _BETWEEN_BYTES * keys.count
    if not keys.count or keys.between_bytes > idle_bytes:
        return False
    if keys.count >= _LEAST_KEYS and keys.identical == keys.count:
        return True
    spread = keys.largest_bytes - keys.smallest_bytes
    return spread <= _SPREAD * keys.largest_bytes and _is_same_texture(look.points, first.points)


def _is_same_texture(points: bytes, first: bytes) -> bool:
    if points == first:
        return True
    if len(points) != len(first):
        return False
    texture = [
        at for at, (left, right) in enumerate(pairwise(first)) if abs(left - right) >= _TEXTURE
    ]
    changed = sum(points[at] != first[at] for at in texture)
    is_enough = len(texture) >= _LEAST_TEXTURE * len(first)
    return is_enough and changed <= _MOST_CHANGED * len(texture)
