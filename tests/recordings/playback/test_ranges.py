"""Which bytes a request gets, by RFC 9110 and whatever anybody writes into the header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.recordings.playback.ranges import Version, Wanted, wanted

SIZE = 1000
ETAG = b'"abc-3e8"'
MODIFIED_S = 1_772_352_000
DATE = b"Sun, 01 Mar 2026 08:00:00 GMT"
LATER = b"Sun, 01 Mar 2026 08:00:01 GMT"
VERSION = Version(SIZE, ETAG, MODIFIED_S)
WHOLE = Wanted(200, 0, SIZE)


def ask(method: str = "GET", version: Version = VERSION, /, **headers: bytes) -> Wanted:
    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return wanted(method, lambda name: named.get(name, b""), version)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"bytes=0-99", Wanted(206, 0, 100)),
        (b"bytes=0-0", Wanted(206, 0, 1)),
        (b"bytes=999-999", Wanted(206, 999, 1)),
        (b"bytes=900-", Wanted(206, 900, 100)),
        (b"bytes=0-", Wanted(206, 0, 1000)),
        (b"bytes=-1", Wanted(206, 999, 1)),
        (b"bytes=-500", Wanted(206, 500, 500)),
        (b"bytes=-5000", Wanted(206, 0, 1000)),
        (b"bytes=990-5000", Wanted(206, 990, 10)),
        (b"bytes=5-" + b"9" * 40, Wanted(206, 5, 995)),
        (b"BYTES=0-9", Wanted(206, 0, 10)),
        (b"bytes= 0-9 ", Wanted(206, 0, 10)),
        (b"bytes=0-9,", Wanted(206, 0, 10)),
        (b"bytes=1000-", Wanted(416)),
        (b"bytes=1000-1001", Wanted(416)),
        (b"bytes=" + b"9" * 40 + b"-", Wanted(416)),
        (b"bytes=-0", Wanted(416)),
        (b"bytes=0-1,5-9", Wanted(416)),
        (b"bytes=0-0, -1", Wanted(416)),
        (b"bytes=9-5", WHOLE),
        (b"bytes=", WHOLE),
        (b"bytes=-", WHOLE),
        (b"bytes=a-b", WHOLE),
        (b"bytes=1-2-3", WHOLE),
        (b"bytes=+1-2", WHOLE),
        (b"bytes=1-2,x", WHOLE),
        (b"bytes 0-9", WHOLE),
        (b"seconds=0-9", WHOLE),
        ("bytes=٣-٤".encode(), WHOLE),
        (b"", WHOLE),
    ],
)
def test_ranges_mean_what_the_standard_says(header: bytes, expected: Wanted) -> None:
    assert ask(range=header) == expected


def test_of_an_empty_file_there_is_no_part() -> None:
    empty = Version(0)
    assert ask("GET", empty, range=b"bytes=0-") == Wanted(416)
    assert ask("GET", empty, range=b"bytes=-5") == Wanted(416)
    assert ask("GET", empty) == Wanted(200, 0, 0)


def test_head_has_no_parts() -> None:
    assert ask("HEAD", range=b"bytes=0-9") == WHOLE


@pytest.mark.parametrize(
    ("condition", "is_part"),
    [
        (ETAG, True),
        (DATE, True),
        (b"W/" + ETAG, False),
        (b'"other"', False),
        (LATER, False),
        (b"yesterday", False),
        (b"*", False),
    ],
)
def test_a_part_of_another_version_is_not_sent(condition: bytes, is_part: bool) -> None:
    found = ask(range=b"bytes=0-9", if_range=condition)
    assert found == (Wanted(206, 0, 10) if is_part else WHOLE)


def test_what_grows_has_no_version_that_a_condition_could_name() -> None:
    growing = Version(SIZE)
    assert ask("GET", growing, range=b"bytes=0-9", if_range=b'""') == WHOLE
    assert ask("GET", growing, range=b"bytes=0-9", if_range=DATE) == WHOLE
    assert ask("GET", growing, range=b"bytes=0-9") == Wanted(206, 0, 10)
    assert ask("GET", growing, if_none_match=b"*") == WHOLE


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_none_match": ETAG}, 304),
        ({"if_none_match": b"W/" + ETAG}, 304),
        ({"if_none_match": b"*"}, 304),
        ({"if_none_match": b'"other"', "if_modified_since": LATER}, 200),
        ({"if_modified_since": DATE}, 304),
        ({"if_modified_since": b"Sun, 01 Mar 2026 07:59:59 GMT"}, 200),
        ({"if_modified_since": b"nonsense"}, 200),
        ({"if_match": ETAG}, 200),
        ({"if_match": b"*"}, 200),
        ({"if_match": b'"a", ' + ETAG}, 200),
        ({"if_match": b'"other"'}, 412),
        ({"if_match": b"W/" + ETAG}, 412),
        ({"if_unmodified_since": DATE}, 200),
        ({"if_unmodified_since": b"Sun, 01 Mar 2026 07:00:00 GMT"}, 412),
    ],
)
def test_conditions_come_before_ranges(headers: dict[str, bytes], status: int) -> None:
    expected = {200: 206}.get(status, status)
    assert ask(**headers, range=b"bytes=0-9").status == expected
    assert ask("HEAD", **headers).status == status


@given(header=st.binary(max_size=60), size=st.integers(0, 5000))
def test_no_header_breaks_the_arithmetic(header: bytes, size: int) -> None:
    found = ask("GET", Version(size), range=b"bytes=" + header)
    assert found.status in {200, 206, 416}
    if found.status == 206:
        assert 0 <= found.start < found.start + found.length <= size


@given(first=st.integers(0, 3000), last=st.integers(0, 3000), size=st.integers(1, 2000))
def test_a_part_is_what_slicing_gives(first: int, last: int, size: int) -> None:
    body = range(size)
    found = ask("GET", Version(size), range=b"bytes=%d-%d" % (first, last))
    if last < first:
        assert found == Wanted(200, 0, size)
    elif first >= size:
        assert found == Wanted(416)
    else:
        assert body[found.start : found.start + found.length] == body[first : last + 1]


@given(length=st.integers(1, 3000), size=st.integers(1, 2000))
def test_a_suffix_is_what_slicing_gives(length: int, size: int) -> None:
    body = range(size)
    found = ask("GET", Version(size), range=b"bytes=-%d" % length)
    assert body[found.start : found.start + found.length] == body[-length:]
