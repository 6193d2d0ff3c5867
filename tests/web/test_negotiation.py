import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.web.negotiation import (
    UNSATISFIABLE,
    ByteRange,
    EncodingChoice,
    is_match,
    may_send_part,
    single_range,
)


@pytest.mark.parametrize(
    ("accepted", "picked"),
    [
        (None, "identity"),
        (b"", "identity"),
        (b"gzip, deflate, br", "br"),
        (b"gzip", "gzip"),
        (b"x-gzip", "gzip"),
        (b"GZIP", "gzip"),
        (b"deflate", "identity"),
        (b"br;q=0, gzip", "gzip"),
        (b"br;q=0.2, gzip;q=0.8", "gzip"),
        (b"br ; q=0.2 , gzip ; q=0.8", "gzip"),
        (b"gzip;q=0", "identity"),
        (b"gzip;q=0.000", "identity"),
        (b"gzip;q=1.5", "identity"),
        (b"gzip;q=abc", "identity"),
        (b"*", "br"),
        (b"*;q=0", None),
        (b"*;q=0, identity", "identity"),
        (b"*;q=0, gzip", "gzip"),
        (b"br;q=0, *;q=0.5", "gzip"),
        (b"identity;q=0", None),
        (b"identity;q=0, deflate", None),
        (b"identity;q=0, gzip;q=0.1", "gzip"),
        (b"identity, gzip;q=0.5", "identity"),
        (b"identity;q=0.5, gzip;q=0.5", "gzip"),
        (b"gzip;q=0.001", "gzip"),
        (b", ,gzip", "gzip"),
    ],
)
def test_the_best_encoding_that_the_visitor_takes_is_picked(
    accepted: bytes | None, picked: str | None
) -> None:
    assert EncodingChoice(("br", "gzip")).pick(accepted) == picked


def test_an_encoding_that_does_not_exist_is_never_picked() -> None:
    assert EncodingChoice(()).pick(b"gzip, br") == "identity"


def test_invented_headers_do_not_fill_the_memory() -> None:
    choice = EncodingChoice(("gzip",))
    for number in range(5000):
        choice.pick(b"x%d" % number)
    assert len(choice._known) <= 256


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (b"bytes=0-99", ByteRange(0, 100)),
        (b"bytes=0-", ByteRange(0, 1000)),
        (b"bytes=999-", ByteRange(999, 1000)),
        (b"bytes=990-5000", ByteRange(990, 1000)),
        (b"bytes=-1", ByteRange(999, 1000)),
        (b"bytes=-5000", ByteRange(0, 1000)),
        (b"bytes=1000-", UNSATISFIABLE),
        (b"bytes=-0", UNSATISFIABLE),
        (b"bytes=5-2", None),
        (b"bytes=-", None),
        (b"bytes=a-b", None),
        (b"bytes=0-1,5-6", None),
        (b"items=0-1", None),
        (b"bytes=0-99999999999999999999", None),
        (b"", None),
    ],
)
def test_one_range_is_understood_and_anything_else_ignored(
    asked: bytes, expected: ByteRange | None
) -> None:
    assert single_range(asked, 1000) == expected


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_a_range_never_leaves_the_body(start: int, last: int, size: int) -> None:
    found = single_range(b"bytes=%d-%d" % (start, last), size)
    if found not in {None, UNSATISFIABLE}:
        assert isinstance(found, ByteRange)
        assert 0 <= found.start < found.stop <= size
        assert list(range(size))[found.start : found.stop] == list(range(size))[start : last + 1]


@pytest.mark.parametrize(
    ("held", "matches"),
    [
        (b'"a"', True),
        (b'W/"a"', True),
        (b'"b", "a"', True),
        (b'"b",W/"a"', True),
        (b"*", True),
        (b'"b"', False),
        (b"a", False),
        (b'"aa"', False),
        (b'"x,"a', False),
    ],
)
def test_a_version_is_recognised_by_its_tag(held: bytes, matches: bool) -> None:
    assert is_match(held, b'"a"') is matches


def test_a_conditional_range_counts_only_for_exactly_this_version() -> None:
    assert may_send_part(b"", b'"a"')
    assert may_send_part(b'"a"', b'"a"')
    assert not may_send_part(b'"b"', b'"a"')
    assert not may_send_part(b'W/"a"', b'W/"a"')
    assert not may_send_part(b"Wed, 21 Oct 2026 07:28:00 GMT", b'"a"')
