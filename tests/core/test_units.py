"""Durations and sizes as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.core.units import duration_s, size_bytes


@pytest.mark.parametrize(
    ("written", "expected_s"),
    [("90", 90), ("90 s", 90), ("250ms", 0.25), ("1.5 h", 5400), ("7 d", 604_800), (12, 12)],
)
def test_duration_is_read_with_or_without_its_unit(written: object, expected_s: float) -> None:
    assert duration_s(written) == expected_s


@pytest.mark.parametrize(
    ("written", "expected_bytes"),
    [("1 MiB", 1_048_576), ("1 MB", 1_000_000), ("10GiB", 10 * 2**30), ("512", 512), (7, 7)],
)
def test_size_knows_the_two_kinds_of_megabyte(written: object, expected_bytes: int) -> None:
    assert size_bytes(written) == expected_bytes


@pytest.mark.parametrize("written", ["soon", "5 parsec", "-5 s", "1,5 h", "", "s"])
def test_what_is_no_duration_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(ValueError, match="such as"):
        duration_s(written)


@given(st.integers(0, 10**9))
def test_whole_seconds_come_back_as_they_were_written(number: int) -> None:
    assert duration_s(f"{number} s") == number
