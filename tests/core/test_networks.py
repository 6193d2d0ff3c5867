"""Which addresses cameras may have, in whatever form somebody writes them."""

import pytest

from pantau.core.networks import is_public, policy_of

CARRIED = ["::ffff:{}", "64:ff9b::{}", "2002:{hex}::1", "2001:0:1:2:3:4:{inverted}", "::{}"]


def carried(form: str, address: str) -> str:
    """Return an IPv6 address that carries `address` inside."""
    parts = [int(part) for part in address.split(".")]
    high, low = parts[0] << 8 | parts[1], parts[2] << 8 | parts[3]
    inverted = f"{high ^ 0xFFFF:x}:{low ^ 0xFFFF:x}"
    return form.format(address, hex=f"{high:x}:{low:x}", inverted=inverted)


@pytest.mark.parametrize("form", ["{}", *CARRIED])
def test_an_address_is_judged_by_what_it_carries(form: str) -> None:
    policy = policy_of(())
    for address in ("127.0.0.1", "169.254.169.254"):
        assert policy.why_not(carried(form, address)) is not None
        assert not is_public(carried(form, address))
    inside = carried(form, "10.0.0.1")
    assert policy.why_not(inside) is None
    assert not is_public(inside)
    assert is_public(carried(form, "93.184.216.34"))
    allowed = policy_of(("127.0.0.0/8",))
    assert allowed.why_not(carried(form, "127.0.0.1")) is None
    assert allowed.allows(carried(form, "127.0.0.1"))
    assert not allowed.allows(inside)


@pytest.mark.parametrize("address", ["::1", "::", "fe80::1%eth0", "[::1]", "ff02::1", "no address"])
def test_places_that_no_camera_has(address: str) -> None:
    assert policy_of(()).why_not(address) is not None
