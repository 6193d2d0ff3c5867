import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.core.signing import derive_key, derive_uuid
from pantau.web.csrf import CsrfTokens, csrf_cookie
from tests.support.clock import HandWoundClock


def tokens(clock: HandWoundClock | None = None, secret: bytes = b"k" * 32) -> CsrfTokens:
    return CsrfTokens(secret, clock or HandWoundClock())


def asked(cookie: str) -> dict[str, object]:
    return {"headers": [(b"cookie", cookie.encode("latin-1"))]}


def test_tokens_are_64_hex_digits_and_never_the_same() -> None:
    own = tokens()
    issued = {own.issue() for _ in range(100)}
    assert len(issued) == 100
    assert all(len(token) == 64 and token == token.lower() for token in issued)
    assert all(bytes.fromhex(token) for token in issued)


def test_a_token_is_good_for_an_hour_in_every_process_of_the_installation() -> None:
    clock = HandWoundClock()
    token = tokens(clock).issue()
    assert tokens(clock).is_valid(token)
    clock.wind(3600)
    assert tokens(clock).is_valid(token)
    clock.wind(1)
    assert not tokens(clock).is_valid(token)


def test_clocks_of_two_machines_may_differ_a_little() -> None:
    ahead, behind = HandWoundClock(), HandWoundClock()
    behind.set_wall_back(30)
    assert tokens(behind).is_valid(tokens(ahead).issue())
    behind.set_wall_back(300)
    assert not tokens(behind).is_valid(tokens(ahead).issue())


def test_another_installation_or_a_changed_digit_is_noticed() -> None:
    own = tokens()
    token = own.issue()
    assert not tokens(secret=b"x" * 32).is_valid(token)
    for at in range(64):
        changed = "0" if token[at] != "0" else "1"
        assert not own.is_valid(token[:at] + changed + token[at + 1 :])


@given(st.text(max_size=80))
def test_whatever_is_sent_as_a_token_is_judged_and_never_raises(text: str) -> None:
    own = tokens()
    assert not own.is_valid(text)
    assert not own.is_meant(asked(f"csrf_token={own.issue()}"), text)


@pytest.mark.parametrize(("age_s", "is_kept"), [(0, True), (1800, True), (1801, False)])
def test_pages_keep_the_visitors_own_token_while_half_its_life_is_left(
    age_s: float, is_kept: bool
) -> None:
    clock = HandWoundClock()
    own = tokens(clock)
    held = own.issue()
    clock.wind(age_s)
    token, is_new = own.for_page(asked(f"csrf_token={held}"))
    assert (token == held) == is_kept == (not is_new)
    assert own.is_valid(token)


def test_two_planted_values_are_none() -> None:
    own = tokens()
    one, other = own.issue(), own.issue()
    assert own.is_meant(asked(f"a=b; csrf_token={one}"), one)
    assert not own.is_meant(asked(f"csrf_token={one}; csrf_token={other}"), one)
    assert not own.is_meant(asked(f"csrf_token={one}; csrf_token={other}"), other)
    assert not own.is_meant(asked(f"xcsrf_token={one}"), one)


def test_the_cookie_is_secure_where_tls_is_spoken() -> None:
    plain = "csrf_token=t; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict"
    assert csrf_cookie("t", is_https=False) == plain
    assert csrf_cookie("t", is_https=True) == f"{plain}; Secure"


def test_keys_for_different_purposes_have_nothing_in_common() -> None:
    secret = b"s" * 32
    one = derive_key(secret, "csrf")
    assert one == derive_key(secret, "csrf")
    assert len(one) == 32
    assert one != derive_key(secret, "devices")
    assert one != derive_key(b"t" * 32, "csrf")
    # Stream keys are public.
    assert one[:16] != derive_uuid(secret, "csrf").bytes
    assert one[:4] != derive_uuid(secret, "csrf").bytes[:4]
