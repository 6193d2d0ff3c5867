"""The shapes of charts: numbers in, geometry in a square of a hundred out; templates draw it.

Words stay in HTML, so that nothing shrinks to five pixels on a phone.  A value of None is a gap:
nobody measured, which is not zero.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

SIDE: Final = 100.0
BANDS: Final = 5
_STEPS: Final = (1, 2, 2.5, 5, 10)
_GAP: Final = 0.25
"""What share of a bar's place stays free."""
_THINNEST: Final = 0.8
"""The lowest bar that is still seen: one view among a million is not none."""
_MOST_LABELS: Final = 8


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis that begins at zero and ends at a round number."""

    top: float
    ticks: tuple[float, ...]
    """From zero to `top`, evenly spaced."""

    def lines(self) -> tuple[float, ...]:
        """Return how far down each tick's line lies, in the order of `ticks`."""
        return tuple(_rounded(SIDE - SIDE * tick / self.top) for tick in self.ticks)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `x` and `y` are its upper corner.  A gap has no height."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A course in pieces: each stretch without a gap is one."""

    strokes: tuple[str, ...]
    """For `points` of a polyline."""
    areas: tuple[str, ...]
    """The same closed along the bottom, for polygons."""
    dots: tuple[tuple[float, float], ...]
    """Values with a gap on either side: a line of one point would not be seen."""


def scale(values: Sequence[float | None], *, least_top: float = 1.0, whole: bool = True) -> Scale:
    """Return an axis for `values`, of three to six ticks; `whole` keeps to whole numbers."""
    wanted = max((value for value in values if _is_number(value)), default=0.0)
    wanted = max(wanted, least_top)
    step = _step(wanted / 4, whole=whole)
    count = max(1, math.ceil(wanted / step - 1e-9))
    return Scale(count * step, tuple(index * step for index in range(count + 1)))


def bars(values: Sequence[float | None], top: float) -> tuple[Bar, ...]:
    """Return a bar for each value, side by side; `top` fills the whole height."""
    if not values:
        return ()
    place = SIDE / len(values)
    width = place * (1 - _GAP)
    return tuple(
        Bar(
            _rounded(index * place + place * _GAP / 2),
            _rounded(SIDE - height),
            _rounded(width),
            _rounded(height),
        )
        for index, height in enumerate(_height(value, top) for value in values)
    )


def line(values: Sequence[float | None], top: float) -> Line:
    """Return the course of values that are evenly spaced from the left edge to the right one."""
    strokes: list[str] = []
    areas: list[str] = []
    dots: list[tuple[float, float]] = []
    for first, run in _runs(values):
        points = [
            (_across(first + index, len(values)), _rounded(SIDE - _share(value, top)))
            for index, value in enumerate(run)
        ]
        if len(points) == 1:
            dots.append(points[0])
            continue
        stroke = " ".join(f"{x:g},{y:g}" for x, y in points)
        strokes.append(stroke)
        areas.append(f"{points[0][0]:g},100 {stroke} {points[-1][0]:g},100")
    return Line(tuple(strokes), tuple(areas), tuple(dots))


def band(value: float, most: float) -> int:
    """Return one of five bands by the share of the largest value; 0 for nothing at all."""
    if value <= 0 or most <= 0:
        return 0
    return min(BANDS, max(1, math.ceil(BANDS * min(1.0, value / most) - 1e-9)))


def width(value: float, most: float) -> float:
    """Return how wide a bar of a list is, of a hundred; never so thin that it is not seen."""
    if value <= 0 or most <= 0:
        return 0.0
    return _rounded(max(_THINNEST, SIDE * min(1.0, value / most)))


def labelled(count: int, *, most: int = _MOST_LABELS) -> frozenset[int]:
    """Return which of `count` places get a word below them, evenly spaced, the last one too."""
    if count <= most:
        return frozenset(range(count))
    every = math.ceil(count / most)
    return frozenset(range((count - 1) % every, count, every))


def _step(about: float, *, whole: bool) -> float:
    power = 10.0 ** math.floor(math.log10(about)) if about > 0 else 1.0
    steps = (each * power for each in _STEPS if each * power >= about * (1 - 1e-9))
    return next((each for each in steps if not whole or each == int(each)), 10 * power)


def _height(value: float | None, top: float) -> float:
    if value is None or value <= 0:
        return 0.0
    return max(_THINNEST, _share(value, top))


def _share(value: float, top: float) -> float:
    return SIDE * min(1.0, max(0.0, value / top)) if top > 0 else 0.0


def _across(index: int, count: int) -> float:
    return _rounded(SIDE * index / (count - 1)) if count > 1 else SIDE / 2


def _runs(values: Sequence[float | None]) -> list[tuple[int, list[float]]]:
    runs: list[tuple[int, list[float]]] = []
    open_run: list[float] | None = None
    for index, value in enumerate(values):
        if value is None or not math.isfinite(value):
            open_run = None
        elif open_run is None:
            open_run = [value]
            runs.append((index, open_run))
        else:
            open_run.append(value)
    return runs


def _is_number(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def _rounded(value: float) -> float:
    return round(value, 2)
