"""The second factor: set up, asked for, used once, lost and taken away."""

import base64

import pyotp
import pytest

from pantau.accounts.second_factor import codes
from pantau.accounts.sessions.values import SecondFactorNeeded, SignedIn
from pantau.core.errors import Conflict, Invalid, Unauthenticated
from pantau.db.database import Database
from pantau.web.principal import Principal
from tests.accounts.door import HOME, PASSWORD, Door, door_on, winding
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def door(database: Database) -> Door:
    return door_on(database)


async def enrolled(door: Door) -> tuple[int, str, tuple[str, ...]]:
    """Give a user a second factor; return their number, the secret and the recovery codes."""
    user_id = await door.user()
    who = Principal(kind="session", user_id=user_id, username="siti", role="admin")
    offered = await door.parts.second_factors.enrol(who, PASSWORD, HOME)
    recovery = await door.parts.second_factors.confirm(who, now_code(door, offered.secret), HOME)
    await door.clock.advance(60)
    return user_id, offered.secret, recovery


def now_code(door: Door, secret: str, *, away: int = 0) -> str:
    return pyotp.TOTP(secret).generate_otp(int(door.clock.unix_s()) // 30 + away)


async def challenge_of(door: Door) -> str:
    begun = await door.try_to()
    assert isinstance(begun, SecondFactorNeeded)
    return begun.challenge


async def answer(door: Door, challenge: str, code: str) -> SignedIn:
    return await winding(door.clock, door.parts.sign_ins.second_factor(challenge, code, HOME))


async def test_secret_is_sealed_and_counts_once_it_is_confirmed(door: Door) -> None:
    user_id = await door.user()
    who = Principal(kind="session", user_id=user_id, username="siti", role="admin")

    offered = await door.parts.second_factors.enrol(who, PASSWORD, HOME)

    assert offered.uri.startswith("otpauth://totp/Pantau:siti?secret=" + offered.secret)
    assert offered.qr_svg.startswith("<svg")
    sealed = (await door.row(user_id)).totp_secret_sealed
    assert sealed is not None
    assert offered.secret not in sealed
    assert not (await door.parts.second_factors.standing(user_id)).is_enabled
    assert isinstance(await door.try_to(), SignedIn)
    with pytest.raises(Invalid):
        await door.parts.second_factors.confirm(who, "000000", HOME)

    recovery = await door.parts.second_factors.confirm(who, now_code(door, offered.secret), HOME)

    standing = await door.parts.second_factors.standing(user_id)
    assert (standing.is_enabled, standing.recovery_codes_left) == (True, 10)
    assert len(set(recovery)) == 10
    assert door.trail.names[-1] == "second_factor_enabled"
    with pytest.raises(Conflict):
        await door.parts.second_factors.enrol(who, PASSWORD, HOME)


async def test_password_is_asked_for_before_a_second_factor_is_offered(door: Door) -> None:
    user_id = await door.user()
    who = Principal(kind="session", user_id=user_id, username="siti", role="admin")
    with pytest.raises(Invalid):
        await door.parts.second_factors.enrol(who, "wrong", HOME)


async def test_right_password_alone_opens_nothing(door: Door) -> None:
    _, secret, _ = await enrolled(door)

    challenge = await challenge_of(door)
    signed_in = await answer(door, challenge, now_code(door, secret))

    assert (await door.who(signed_in.access_token)).is_known


async def test_code_may_come_with_the_password(door: Door) -> None:
    _, secret, _ = await enrolled(door)
    assert (await door.sign_in(code=now_code(door, secret))).access_token


@pytest.mark.parametrize(("away", "is_good"), [(-2, False), (-1, True), (0, True), (1, True)])
async def test_code_may_be_one_step_away(door: Door, away: int, is_good: bool) -> None:
    _, secret, _ = await enrolled(door)
    await door.clock.advance(60)
    challenge = await challenge_of(door)
    code = now_code(door, secret, away=away)
    if is_good:
        await answer(door, challenge, code)
    else:
        with pytest.raises(Unauthenticated):
            await answer(door, challenge, code)


async def test_code_works_once(door: Door) -> None:
    _, secret, _ = await enrolled(door)
    code = now_code(door, secret)
    await door.sign_in(code=code)

    with pytest.raises(Unauthenticated):
        await door.try_to(code=code)
    with pytest.raises(Unauthenticated):
        await door.try_to(code=now_code(door, secret, away=-1))


async def test_recovery_code_works_once(door: Door) -> None:
    user_id, _, recovery = await enrolled(door)

    assert await door.sign_in(code=recovery[3].upper().replace("-", " "))

    with pytest.raises(Unauthenticated):
        await door.try_to(code=recovery[3])
    assert (await door.parts.second_factors.standing(user_id)).recovery_codes_left == 9


async def test_guessed_codes_count_like_passwords(door: Door) -> None:
    _, secret, _ = await enrolled(door)
    challenge = await challenge_of(door)
    for number in range(5):
        # A right password in between forgets nothing.
        challenge = await challenge_of(door)
        with pytest.raises(Unauthenticated) as caught:
            await answer(door, challenge, f"{number:06}")
        assert caught.value.code == "auth.failed"

    with pytest.raises(Unauthenticated):
        await answer(door, challenge, now_code(door, secret))
    assert "ACCOUNT_LOCKOUT" in door.trail.names


async def test_challenge_lives_five_minutes_and_for_its_password_only(door: Door) -> None:
    _, secret, _ = await enrolled(door)
    challenge = await challenge_of(door)
    for wrong in ("", "x" * 64, challenge[:-1], challenge[::-1]):
        with pytest.raises(Unauthenticated) as caught:
            await answer(door, wrong, now_code(door, secret))
        assert caught.value.code == "auth.challenge"

    raw = base64.urlsafe_b64decode(challenge)
    prolonged = base64.urlsafe_b64encode(raw[:8] + b"\x00\x00\x00\xff" + raw[12:]).decode()
    with pytest.raises(Unauthenticated) as forged:
        await answer(door, prolonged, now_code(door, secret))
    assert forged.value.code == "auth.challenge"

    await door.clock.advance(300)
    with pytest.raises(Unauthenticated) as later:
        await answer(door, challenge, now_code(door, secret))
    assert later.value.code == "auth.challenge"


async def test_disabling_needs_the_password(door: Door) -> None:
    user_id, _, _ = await enrolled(door)
    who = Principal(kind="session", user_id=user_id, username="siti", role="admin")

    with pytest.raises(Invalid) as caught:
        await winding(door.clock, door.parts.second_factors.disable(who, "wrong", HOME))
    assert caught.value.field == "password"
    await winding(door.clock, door.parts.second_factors.disable(who, PASSWORD, HOME))

    assert isinstance(await door.try_to(), SignedIn)
    assert (await door.row(user_id)).totp_secret_sealed is None
    with pytest.raises(Conflict):
        await winding(door.clock, door.parts.second_factors.disable(who, PASSWORD, HOME))


async def test_confirming_a_password_counts_like_signing_in(door: Door) -> None:
    user_id = await door.user()
    for _ in range(5):
        with pytest.raises(Invalid):
            await winding(door.clock, door.parts.sign_ins.confirm_password(user_id, "wrong", HOME))
    with pytest.raises(Invalid):
        await winding(door.clock, door.parts.sign_ins.confirm_password(user_id, PASSWORD, HOME))


async def test_fresh_recovery_codes_void_the_earlier_ones(door: Door) -> None:
    user_id, _, earlier = await enrolled(door)
    who = Principal(kind="session", user_id=user_id, username="siti", role="admin")

    fresh = await door.parts.second_factors.renew_codes(who, PASSWORD, HOME)

    with pytest.raises(Unauthenticated):
        await door.try_to(code=earlier[0])
    assert await door.sign_in(code=fresh[0])


def test_what_is_no_code_is_no_code() -> None:
    clock = HandWoundClock()
    secret = codes.new_secret()
    for wrong in ("", "12345", "1234567", "１２３４５６", "12345a", "٠٠٠٠٠٠"):
        assert codes.step_of(secret, wrong, clock.now()) is None
    for wrong in ("", "short", "x" * 11, "é" * 10):
        assert codes.recovery_hash(b"k", 1, wrong) is None
    assert codes.recovery_hash(b"k", 1, "abcde-fghjk") != codes.recovery_hash(
        b"k", 2, "abcde-fghjk"
    )
