"""Addresses without their passwords, which mean the same when they come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.cameras.addresses import Address, address_of, host_literal
from pantau.cameras.masking import MaskError, is_same, masked, origins, secrets_in, unmasked

SIGNS = st.sampled_from("aZ09@:/%?#&=+~*!$'(),;[]_-. é".replace(" ", ""))
LOGINS = st.text(SIGNS, min_size=1, max_size=12)
HOSTS = st.sampled_from(
    ["10.0.0.7", "camera.example.org", "fd00::1", "::ffff:10.0.0.7", "cam1", "nvr-2.local"]
)
PORTS = st.none() | st.integers(1, 65_535)
RESTS = st.sampled_from(
    [
        "",
        "/",
        "/live/ch1",
        "/Streaming/Channels/101?transportmode=unicast",
        "/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp?real_stream",
        "/live.m3u8?token=abc123&quality=high&auth_sig=zz",
        "/cam/realmonitor?channel=1&subtype=0#t",
        "/a@b",
    ]
)


@st.composite
def addresses(draw: st.DrawFn) -> Address:
    scheme = draw(st.sampled_from(["rtsp", "rtsps", "http", "https"]))
    has_login = draw(st.booleans())
    return Address(
        scheme,
        draw(HOSTS),
        draw(PORTS),
        draw(RESTS),
        draw(LOGINS) if has_login else "",
        draw(st.none() | LOGINS) if has_login else None,
    )


@given(addresses())
def test_an_address_is_read_as_it_was_written(address: Address) -> None:
    assert address_of(address.text) == address


@given(addresses())
def test_a_masked_address_that_comes_back_is_the_stored_one(address: Address) -> None:
    shown = masked(address.text)
    assert unmasked(shown, address.text) == address
    assert unmasked(address.text, address.text) == address


@given(addresses())
def test_a_masked_address_tells_everything_but_the_secrets(address: Address) -> None:
    shown = address_of(masked(address.text))
    assert (shown.user, shown.origin) == (address.user, address.origin)
    assert shown.password == (None if address.password is None else "***")
    for secret in ("tlJwpbo6", "abc123", "=zz"):
        assert secret not in shown.rest


@given(addresses(), addresses())
def test_a_stored_password_goes_to_no_other_user_or_host(one: Address, other: Address) -> None:
    is_alike = (one.user, one.origin) == (other.user, other.origin)
    if masked(one.text) != one.text and not is_alike:
        with pytest.raises(MaskError):
            unmasked(masked(one.text), other.text)


@given(st.text(max_size=200))
def test_whatever_is_pasted_is_read_or_refused(written: str) -> None:
    try:
        address = address_of(written)
    except ValueError:
        assert masked(written) in {"***", ""}
    else:
        assert address_of(address.text).text == address.text
        assert is_same(address, written)


@pytest.mark.parametrize(
    ("written", "user", "password", "host", "port"),
    [
        ("rtsp://admin:p@ss@10.0.0.1/live", "admin", "p@ss", "10.0.0.1", None),
        ("rtsp://admin:pa:ss@10.0.0.1:554/live", "admin", "pa:ss", "10.0.0.1", 554),
        ("rtsp://admin:pa/ss@10.0.0.1/live", "admin", "pa/ss", "10.0.0.1", None),
        ("rtsp://admin:12/34@10.0.0.1:8554/live", "admin", "12/34", "10.0.0.1", 8554),
        ("rtsp://admin:p@s/s@nvr.example.org/a", "admin", "p@s/s", "nvr.example.org", None),
        ("rtsp://admin:100%@10.0.0.1/live", "admin", "100%", "10.0.0.1", None),
        ("rtsp://admin:a%40b@10.0.0.1/live", "admin", "a@b", "10.0.0.1", None),
        ("rtsp://admin:what?#@10.0.0.1/live", "admin", "what?#", "10.0.0.1", None),
        ("rtsp://admin:x@[fd00::1]:554/live", "admin", "x", "fd00::1", 554),
        ("RTSP://Admin:X@CAM.Example.Org/Live", "Admin", "X", "cam.example.org", None),
        ("rtsp://admin:@10.0.0.1/live", "admin", "", "10.0.0.1", None),
        ("rtsp://admin@10.0.0.1/live", "admin", None, "10.0.0.1", None),
        ("rtsp://10.0.0.1/ch@main", "", None, "10.0.0.1", None),
        ("rtsp://a:b@10.0.0.1/ch@10.0.0.2/x", "a", "b", "10.0.0.1", None),
        ("http://cam1:81?user=a", "", None, "cam1", 81),
    ],
)
def test_logins_are_found_as_people_paste_them(
    written: str, user: str, password: str | None, host: str, port: int | None
) -> None:
    found = address_of(written)
    assert (found.user, found.password, found.host, found.port) == (user, password, host, port)
    assert not password or password not in masked(written)
    assert unmasked(masked(written), written).text == found.text


@pytest.mark.parametrize(
    "written",
    [
        "",
        "10.0.0.1/live",
        "rtsp:10.0.0.1",
        "rtsp://",
        "rtsp:///live",
        "rtsp://admin:x@/live",
        "rtsp://10.0.0.1:0/",
        "rtsp://10.0.0.1:99999/",
        "rtsp://10.0.0.1:x/",
        "rtsp://[fd00::1/live",
        "rtsp://10.0.0.1/a b",
        "rtsp://10.0.0.1/\r\nX: y",
        "rtsp://10.0.0.1/\x00",
        "rtsp://a%2fb/",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(ValueError, match=r"ddress|port") as refused:
        address_of(written)
    assert "10.0.0.1" not in str(refused.value)


@pytest.mark.parametrize(
    ("shown", "stored"),
    [
        ("rtsp://admin:***@10.0.0.2/live", "rtsp://admin:x@10.0.0.1/live"),
        ("rtsp://root:***@10.0.0.1/live", "rtsp://admin:x@10.0.0.1/live"),
        ("rtsps://admin:***@10.0.0.1/live", "rtsp://admin:x@10.0.0.1/live"),
        ("rtsp://admin:***@10.0.0.1:555/live", "rtsp://admin:x@10.0.0.1/live"),
        ("rtsp://admin:***@10.0.0.1/live", "rtsp://admin@10.0.0.1/live"),
        ("rtsp://admin:***@10.0.0.1/live", ""),
        ("http://10.0.0.1/a?token=***", "http://10.0.0.1/a?quality=1"),
        ("http://10.0.0.1/a?token=***&token=***", "http://10.0.0.1/a?token=x"),
    ],
)
def test_a_mask_that_stands_for_nothing_is_refused(shown: str, stored: str) -> None:
    with pytest.raises(MaskError):
        unmasked(shown, stored)


def test_a_masked_address_may_lead_to_another_path_and_name_the_usual_port() -> None:
    stored = "rtsp://admin:p%40ss@10.0.0.1/live"
    found = unmasked("rtsp://admin:***@10.0.0.1:554/second?x=1", stored)
    assert found.text == "rtsp://admin:p%40ss@10.0.0.1:554/second?x=1"


def test_secrets_beside_others_are_put_back_by_name() -> None:
    stored = "http://h.example/a.m3u8?token=one&q=1&sig=two"
    shown = masked(stored)
    assert shown == "http://h.example/a.m3u8?token=***&q=1&sig=***"
    assert unmasked(shown.replace("q=1", "q=2"), stored).rest == "/a.m3u8?token=one&q=2&sig=two"
    assert unmasked(shown.replace("sig=***", "sig=new"), stored).rest.endswith("one&q=1&sig=new")


@pytest.mark.parametrize(
    ("host", "literal"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("a.localhost.", "127.0.0.1"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("camera.example.org", None),
        ("1.2.3.4.5", None),
        ("999.1.1.1", None),
    ],
)
def test_odd_spellings_of_addresses_are_understood(host: str, literal: str | None) -> None:
    assert host_literal(host) == literal


def test_what_is_secret_in_an_address() -> None:
    assert set(secrets_in("rtsp://a:p%40s@10.0.0.1/x?token=t1")) == {"p@s", "p%40s", "t1"}
    assert list(secrets_in("rtsp://10.0.0.1/x")) == []
    assert list(secrets_in("nonsense")) == []


def test_where_requests_lead() -> None:
    assert origins("http://a.example/x", "https://a.example:444/", "", "nonsense") == {
        ("http", "a.example", 80),
        ("https", "a.example", 444),
    }


@pytest.mark.parametrize("word", ["sig", "key", "a", "a_key", "%70", "x=", "_a"])
def test_no_address_costs_more_than_its_length(word: str) -> None:
    """It would not end within the patience of this run, were it otherwise."""
    long = f"http://10.0.0.1/{(word * 20_000)[:20_000]}"
    assert masked(f"{long}?password=geheim") == f"{long}?password=***"
