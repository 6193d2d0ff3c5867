"""Durations in MediaMTX's form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.mediaserver.go_durations import DurationError, format_ns, parse_ns, parse_s


@pytest.mark.parametrize(
    ("text", "echo", "seconds"),
    [
        ("10s", "10s", 10),
        ("1m30s", "1m30s", 90),
        ("90s", "1m30s", 90),
        ("500ms", "500ms", 0.5),
        ("1.5s", "1.5s", 1.5),
        ("1h", "1h0m0s", 3600),
        ("3h44m16s", "3h44m16s", 13456),
        ("24h", "1d", 86400),
        ("7d18h53m20s", "7d18h53m20s", 672800),
        ("-7d18h53m20s", "-7d18h53m20s", -672800),
        ("0", "0s", 0),
        ("0s", "0s", 0),
        ("+5s", "5s", 5),
        (".5s", "500ms", 0.5),
        ("250us", "250µs", 0.00025),
        ("7ns", "7ns", 7e-9),
    ],
)
def test_durations_are_understood_and_echoed(text: str, echo: str, seconds: float) -> None:
    assert format_ns(parse_ns(text)) == echo
    assert parse_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'time: invalid duration ""'),
        ("-", 'time: invalid duration "-"'),
        ("soon", 'time: invalid duration "soon"'),
        ("10", 'time: missing unit in duration "10"'),
        ("1s2", 'time: missing unit in duration "1s2"'),
        ("1 s", 'time: invalid duration "1 s"'),
        ("1s1d", 'time: invalid duration "1s1d"'),
        ("999999999999d", 'time: invalid duration "999999999999d"'),
    ],
)
def test_what_is_no_duration_is_refused_as_go_refuses_it(text: str, message: str) -> None:
    with pytest.raises(DurationError) as caught:
        parse_ns(text)
    assert str(caught.value) == message


@given(st.integers(min_value=-(2**62), max_value=2**62))
def test_what_is_written_reads_as_the_same(value_ns: int) -> None:
    assert parse_ns(format_ns(value_ns)) == value_ns


@given(st.text(max_size=20))
def test_any_text_is_a_duration_or_a_duration_error(text: str) -> None:
    try:
        parse_ns(text)
    except DurationError:
        return
