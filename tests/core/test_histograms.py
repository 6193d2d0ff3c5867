"""How long things took: every duration is in one bucket, and quantiles are where they must be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.core.histograms import BOUNDS_S, Histogram, quantile_s


def test_a_duration_of_exactly_a_bound_is_below_it() -> None:
    histogram = Histogram()
    for bound_s in BOUNDS_S:
        histogram.note(bound_s)
    histogram.note(11.0)
    assert histogram.counts == [1] * (len(BOUNDS_S) + 1)
    assert histogram.sum_s == pytest.approx(sum(BOUNDS_S) + 11)


@pytest.mark.parametrize(
    ("took_s", "share", "least_s", "most_s"),
    [
        ([], 0.5, None, None),
        ([0.0045], 0.5, 0.003, 0.005),
        ([0.0045] * 95 + [0.5] * 5, 0.5, 0.003, 0.005),
        ([0.0045] * 94 + [0.5] * 6, 0.95, 0.4, 0.6),
        ([30.0], 0.5, 10.0, 10.0),
        ([0.0], 0.99, 0.0, 0.0001),
    ],
)
def test_quantiles(
    took_s: list[float], share: float, least_s: float | None, most_s: float | None
) -> None:
    histogram = Histogram()
    for each in took_s:
        histogram.note(each)
    found = quantile_s(histogram.counts, share)
    if found is None or least_s is None or most_s is None:
        assert found is least_s
    else:
        assert least_s <= found <= most_s


@given(st.lists(st.floats(0, 9.9), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_in_the_bucket_of_the_measured_one(took_s: list[float], share: float) -> None:
    histogram = Histogram()
    for each in took_s:
        histogram.note(each)
    assert sum(histogram.counts) == len(took_s)
    found = quantile_s(histogram.counts, share)
    assert found is not None
    # As many as the share asks for are at most the end of the bucket that it lies in.
    end_s = next(bound_s for bound_s in BOUNDS_S if bound_s >= found - 1e-12)
    assert sum(each <= end_s for each in took_s) >= share * len(took_s) - 1e-9
