from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.core.errors import Invalid
from pantau.web.targets import MOST_TARGET_BYTES, TargetTooLong, check_target


@pytest.mark.parametrize(
    "path",
    [
        b"/",
        b"/api/cameras/active",
        b"/hls/0b0c1d2e/index.m3u8",
        b"/.well-known/security.txt",
        b"/kamera/...",
        b"/kamera/simpang%20lima",
        b"/kamera/caf%C3%A9",
        b"/kamera/100%25",
        b"/a/b;c=1,2/@:~_-!$&'()*+",
    ],
)
def test_ordinary_addresses_pass(path: bytes) -> None:
    check_target(path, b"q=1")


@pytest.mark.parametrize(
    "path",
    [
        b"*",
        b"",
        b"//evil.example/",
        b"/a//b",
        b"/a/../b",
        b"/a/./b",
        b"/a/..",
        b"/a/%2e%2e/b",
        b"/a/.%2E/b",
        b"/a/%2e/b",
        b"/a/%252e%252e/b",
        b"/a/%25252e",
        b"/a/..%2fb",
        b"/a/%2Fb",
        b"/a/%5c..%5cb",
        b"/a\\b",
        b"/a/%00",
        b"/a/%0d%0aset-cookie:x",
        b"/a/%7f",
        b"/a/%c2%85",
        b"/a/%ff",
        b"/a/%c0%ae%c0%ae/b",
        b"/a/%ed%a0%80",
        b"/a/%",
        b"/a/%2",
        b"/a/%zz",
        b"/a/%u002e",
    ],
)
def test_addresses_that_two_programs_could_read_differently_are_refused(path: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        check_target(path, b"")
    assert refused.value.status == 400


def test_an_address_longer_than_any_of_ours_is_refused_as_too_long() -> None:
    check_target(b"/" + b"a" * 4000, b"")
    with pytest.raises(TargetTooLong):
        check_target(b"/" + b"a" * MOST_TARGET_BYTES, b"")
    with pytest.raises(TargetTooLong):
        check_target(b"/", b"q" * MOST_TARGET_BYTES)


@given(st.binary(max_size=40))
def test_what_passes_decodes_to_one_harmless_path_however_often_it_is_decoded(tail: bytes) -> None:
    path = b"/" + tail
    try:
        check_target(path, b"")
    except Invalid:
        return
    once = unquote(path.decode("utf-8"), errors="strict")
    assert unquote(once) == once
    assert ".." not in once.split("/")
    assert "." not in once.split("/")
    assert "//" not in once
    assert "\\" not in once
    assert "\x00" not in once


@given(st.text(alphabet=st.characters(categories=("L", "N")), min_size=1, max_size=20))
def test_names_in_any_script_pass_when_encoded(name: str) -> None:
    check_target(b"/kamera/" + quote(name).encode(), b"")
