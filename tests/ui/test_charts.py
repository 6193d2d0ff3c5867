"""Charts of whatever numbers there are: none, one, all the same, gaps, and numbers without end."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.ui import charts

NUMBERS = st.floats(0, 1e15, allow_nan=False) | st.integers(0, 10**15).map(float)
GAPPED = st.lists(st.none() | NUMBERS, max_size=80)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ((), (0, 1)),
        ((0, 0), (0, 1)),
        ((None, None), (0, 1)),
        ((1,), (0, 1)),
        ((3, 2), (0, 1, 2, 3)),
        ((7,), (0, 2, 4, 6, 8)),
        ((10,), (0, 5, 10)),
        ((99, 4), (0, 25, 50, 75, 100)),
        ((3_610,), (0, 1_000, 2_000, 3_000, 4_000)),
        ((float("inf"), float("nan"), 3), (0, 1, 2, 3)),
    ],
)
def test_axis_ends_at_a_round_number(
    values: tuple[float | None, ...], ticks: tuple[float, ...]
) -> None:
    assert charts.scale(values).ticks == ticks
    assert charts.scale(values).top == ticks[-1]
    assert charts.scale(values).lines()[0] == 100
    assert charts.scale(values).lines()[-1] == 0


@given(GAPPED)
def test_axis_holds_every_value_in_few_ticks(values: list[float | None]) -> None:
    axis = charts.scale(values)
    assert all(value is None or value <= axis.top * (1 + 1e-9) for value in values)
    assert 2 <= len(axis.ticks) <= 6
    assert all(tick == int(tick) for tick in axis.ticks)


@given(GAPPED)
def test_bars_stand_side_by_side_within_the_square(values: list[float | None]) -> None:
    drawn = charts.bars(values, charts.scale(values).top)
    assert len(drawn) == len(values)
    for bar, value in zip(drawn, values, strict=True):
        assert 0 <= bar.x <= bar.x + bar.width <= 100.01
        assert 0 <= bar.y <= 100
        assert (bar.height > 0) == bool(value)
    assert all(one.x + one.width <= other.x + 0.02 for one, other in itertools.pairwise(drawn))


def test_one_view_beside_a_million_is_still_seen() -> None:
    small, large = charts.bars([1, 1_000_000], 1_000_000)
    assert 0 < small.height < 1
    assert large.height == 100
    assert charts.width(1, 1_000_000) > 0
    assert charts.width(0, 1_000_000) == charts.width(1, 0) == 0


def test_course_is_broken_where_nobody_measured() -> None:
    drawn = charts.line([1, 2, None, 4, None, 0, 4], 4)
    assert drawn.strokes == ("0,75 16.67,50", "83.33,100 100,0")
    assert drawn.areas[0] == "0,100 0,75 16.67,50 16.67,100"
    assert drawn.dots == ((50.0, 0.0),)
    assert charts.line([], 4) == charts.line([None], 4) == charts.Line((), (), ())
    assert charts.line([3], 4).dots == ((50.0, 25.0),)
    assert charts.line([math.nan, math.inf], 4) == charts.Line((), (), ())


def test_bands_go_by_the_share_of_the_largest() -> None:
    assert [charts.band(value, 100) for value in (0, 1, 20, 21, 60, 99, 100, 101)] == [
        0,
        1,
        1,
        2,
        3,
        5,
        5,
        5,
    ]
    assert charts.band(5, 0) == 0
    assert charts.band(10**15, 10**15) == charts.BANDS


@given(st.integers(0, 400))
def test_few_words_stand_below_a_chart_and_the_last_place_has_one(count: int) -> None:
    marked = charts.labelled(count)
    assert len(marked) <= 8
    assert count == 0 or count - 1 in marked
