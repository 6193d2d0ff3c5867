"""The first admin comes from a link that works once, and there is no default password."""

import asyncio
import threading

import pytest

from pantau.accounts.sessions.values import SignedIn
from pantau.core.errors import Invalid, NotFound
from pantau.db.database import Database
from tests.accounts.door import HOME, PASSWORD, Door, door_on
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

NEW = "Fresh-Bicycle-77"


@pytest.fixture
def door(database: Database) -> Door:
    return door_on(database)


def token_in(path: str | None) -> str:
    assert path is not None
    assert path.startswith("/admin/welcome?token=")
    return path.partition("=")[2]


async def test_link_makes_the_first_admin_and_signs_them_in(door: Door) -> None:
    token = token_in(await door.parts.first_run.link_if_needed())
    assert await door.parts.first_run.is_valid(token)

    signed_in = await door.parts.first_run.redeem(token, "siti", NEW, HOME)

    who = await door.who(signed_in.access_token)
    assert (who.role, who.username) == ("admin", "siti")
    assert not await door.parts.first_run.is_valid(token)
    assert await door.parts.first_run.link_if_needed() is None
    assert "first_admin_created" in door.trail.names
    with pytest.raises(NotFound):
        await door.parts.first_run.redeem(token, "other", NEW, HOME)


async def test_of_two_at_once_one_becomes_the_admin(door: Door) -> None:
    token = token_in(await door.parts.first_run.link_if_needed())

    results = await asyncio.gather(
        *(door.parts.first_run.redeem(token, f"name{n}", NEW, HOME) for n in range(4)),
        return_exceptions=True,
    )

    assert sum(isinstance(result, SignedIn) for result in results) == 1
    assert sum(isinstance(result, NotFound) for result in results) == 3


async def test_recovery_link_redeemed_by_two_at_once_works_for_one(door: Door) -> None:
    await door.user("ani")
    token = token_in(await door.parts.first_run.recovery_link())

    results = await asyncio.gather(
        *(door.parts.first_run.redeem(token, f"name{n}", NEW, HOME) for n in range(4)),
        return_exceptions=True,
    )

    assert sum(isinstance(result, SignedIn) for result in results) == 1
    assert sum(isinstance(result, NotFound) for result in results) == 3


async def test_link_dies_although_somebody_is_typing(door: Door) -> None:
    token = token_in(await door.parts.first_run.link_if_needed())
    hasher, may_go_on = door.parts.hasher, threading.Event()
    for _ in range(2):
        hasher._threads.submit(may_go_on.wait)
    redeeming = asyncio.ensure_future(door.parts.first_run.redeem(token, "siti", NEW, HOME))
    await until(lambda: hasher._under_way)

    await door.user("imported")
    may_go_on.set()

    with pytest.raises(NotFound):
        await redeeming


async def test_link_of_an_earlier_start_is_dead(door: Door) -> None:
    earlier = token_in(await door.parts.first_run.link_if_needed())
    token_in(await door.parts.first_run.link_if_needed())
    assert not await door.parts.first_run.is_valid(earlier)
    with pytest.raises(NotFound):
        await door.parts.first_run.redeem(earlier, "siti", NEW, HOME)


async def test_link_lives_a_day(door: Door) -> None:
    token = token_in(await door.parts.first_run.link_if_needed())
    await door.clock.advance(24 * 3600)
    assert not await door.parts.first_run.is_valid(token)


async def test_link_dies_when_an_admin_comes_from_elsewhere(door: Door) -> None:
    token = token_in(await door.parts.first_run.link_if_needed())
    await door.user("imported")

    with pytest.raises(NotFound):
        await door.parts.first_run.redeem(token, "siti", NEW, HOME)
    assert await door.parts.first_run.link_if_needed() is None


async def test_viewers_and_disabled_admins_are_not_enough(door: Door) -> None:
    await door.user("looks", "viewer")
    await door.user("gone", disabled_at=door.clock.now())
    assert await door.parts.first_run.link_if_needed() is not None


@pytest.mark.parametrize(
    ("name", "password", "field"),
    [
        ("si", NEW, "username"),
        ("siti!", NEW, "username"),
        ("siti\n", NEW, "username"),
        ("siti", "short", "password"),
        ("siti", "Siti-is-here-12", "password"),
    ],
)
async def test_link_stays_good_when_something_was_mistyped(
    door: Door, name: str, password: str, field: str
) -> None:
    token = token_in(await door.parts.first_run.link_if_needed())
    with pytest.raises(Invalid) as caught:
        await door.parts.first_run.redeem(token, name, password, HOME)
    assert caught.value.field == field
    assert await door.parts.first_run.is_valid(token)


async def test_name_that_is_taken_leaves_the_link_good(door: Door) -> None:
    await door.user("Siti", "viewer")
    token = token_in(await door.parts.first_run.link_if_needed())
    with pytest.raises(Invalid):
        await door.parts.first_run.redeem(token, "siti", NEW, HOME)
    assert await door.parts.first_run.is_valid(token)


async def test_recovery_link_gives_a_lost_admin_a_new_password(door: Door) -> None:
    user_id = await door.user("siti", "viewer", disabled_at=door.clock.now())
    await door.user("ani")
    token = token_in(await door.parts.first_run.recovery_link())

    signed_in = await door.parts.first_run.redeem(token, "siti", NEW, HOME)

    assert (await door.who(signed_in.access_token)).role == "admin"
    assert (await door.row(user_id)).disabled_at is None
    assert await door.parts.sign_ins._proofs.account_with("siti", NEW, is_locked=False)
    assert not await door.parts.sign_ins._proofs.account_with("siti", PASSWORD, is_locked=False)
    with pytest.raises(NotFound):
        await door.parts.first_run.redeem(token, "other", NEW, HOME)


async def test_recovery_ends_the_sessions_of_whoever_had_the_account(door: Door) -> None:
    await door.user("siti")
    before = await door.sign_in("siti")
    token = token_in(await door.parts.first_run.recovery_link())
    await door.parts.first_run.redeem(token, "siti", NEW, HOME)
    assert not (await door.who(before.access_token)).is_known


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "é" * 1000])
async def test_made_up_link_is_not_found(door: Door, token: str) -> None:
    assert not await door.parts.first_run.is_valid(token)
