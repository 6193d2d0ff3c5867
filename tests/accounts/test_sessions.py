"""Sessions: renewed, ended, and never open for longer than they say."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from pantau.accounts.models import SessionRow, UserRow
from pantau.accounts.sessions.tokens import Tokens
from pantau.core.errors import NotFound, Unauthenticated
from pantau.core.signing import derive_key
from pantau.db.database import Database
from pantau.db.place import Place
from tests.accounts.door import HOME, SECRET, Door, asking, bearing, door_on
from tests.support.database import opened

pytestmark = pytest.mark.anyio

HOUR_S = 3600


@pytest.fixture
def door(database: Database) -> Door:
    return door_on(database)


async def test_renewed_session_has_new_tokens_and_the_old_access_token_is_dead(door: Door) -> None:
    await door.user()
    first = await door.sign_in()

    second = await door.parts.sign_ins.refresh(first.refresh_token, HOME)

    assert second.session_id == first.session_id
    assert (await door.who(second.access_token)).is_known
    assert (await door.who(first.access_token)).refusal == "revoked"
    assert door.trail.names[-1] == "SESSION_REFRESHED"


async def test_tabs_that_refresh_together_get_the_same_pair(door: Door) -> None:
    await door.user()
    first = await door.sign_in()

    renewed = await asyncio.gather(
        *(door.parts.sign_ins.refresh(first.refresh_token, HOME) for _ in range(20))
    )

    assert len({(one.access_token, one.refresh_token) for one in renewed}) == 1
    assert (await door.who(renewed[0].access_token)).is_known


async def test_used_refresh_token_ends_the_family_after_the_grace(door: Door) -> None:
    await door.user()
    first = await door.sign_in()
    second = await door.parts.sign_ins.refresh(first.refresh_token, HOME)
    await door.clock.advance(6)

    with pytest.raises(Unauthenticated) as caught:
        await door.parts.sign_ins.refresh(first.refresh_token, HOME)

    assert caught.value.code == "auth.refresh_reused"
    assert (await door.who(second.access_token)).refusal == "revoked"
    with pytest.raises(Unauthenticated) as later:
        await door.parts.sign_ins.refresh(second.refresh_token, HOME)
    assert later.value.code == "auth.session_ended"
    assert door.trail.names[-2:] == ["TOKEN_BLACKLISTED", "SESSION_INVALIDATED"]


async def test_grace_is_for_the_same_browser_only(door: Door) -> None:
    await door.user()
    first = await door.sign_in()
    await door.parts.sign_ins.refresh(first.refresh_token, HOME)

    with pytest.raises(Unauthenticated):
        await door.parts.sign_ins.refresh(first.refresh_token, replace(HOME, user_agent="curl/8"))

    assert "FINGERPRINT_MISMATCH" in door.trail.names


async def test_token_from_before_the_last_one_has_no_grace(door: Door) -> None:
    await door.user()
    first = await door.sign_in()
    second = await door.parts.sign_ins.refresh(first.refresh_token, HOME)
    third = await door.parts.sign_ins.refresh(second.refresh_token, HOME)

    with pytest.raises(Unauthenticated):
        await door.parts.sign_ins.refresh(first.refresh_token, HOME)
    assert not (await door.who(third.access_token)).is_known


async def test_defect_11_refreshing_does_not_move_the_end_of_a_session(door: Door) -> None:
    await door.user()
    signed_in = await door.sign_in()
    for _ in range(47):
        await door.clock.advance(HOUR_S / 2)
        signed_in = await door.parts.sign_ins.refresh(signed_in.refresh_token, HOME)
    assert (await door.who(signed_in.access_token)).is_known

    await door.clock.advance(HOUR_S / 2)

    assert (await door.who(signed_in.access_token)).refusal == "expired"
    with pytest.raises(Unauthenticated) as caught:
        await door.parts.sign_ins.refresh(signed_in.refresh_token, HOME)
    assert caught.value.code == "auth.session_expired"


async def test_access_token_expires_and_the_session_can_be_renewed(door: Door) -> None:
    await door.user()
    signed_in = await door.sign_in()

    await door.clock.advance(HOUR_S)

    assert (await door.who(signed_in.access_token)).refusal == "expired"
    renewed = await door.parts.sign_ins.refresh(signed_in.refresh_token, HOME)
    assert (await door.who(renewed.access_token)).is_known


async def test_defect_10_and_12_signing_out_ends_both_tokens_at_once(door: Door) -> None:
    await door.user()
    signed_in = await door.sign_in()
    who = await door.who(signed_in.access_token)

    await door.parts.sign_ins.sign_out(who, HOME)

    assert (await door.who(signed_in.access_token)).refusal == "revoked"
    with pytest.raises(Unauthenticated):
        await door.parts.sign_ins.refresh(signed_in.refresh_token, HOME)
    assert door.trail.told[-1] == ("LOGOUT", "siti")


async def test_expired_access_token_still_signs_its_session_out(door: Door) -> None:
    await door.user()
    signed_in = await door.sign_in()
    await door.clock.advance(2 * HOUR_S)

    who = await door.parts.resolver.signed_out_by(bearing(signed_in.access_token))
    await door.parts.sign_ins.sign_out(who, HOME)

    with pytest.raises(Unauthenticated):
        await door.parts.sign_ins.refresh(signed_in.refresh_token, HOME)
    again = await door.parts.resolver.signed_out_by(bearing(signed_in.access_token))
    assert not again.is_known


@pytest.mark.parametrize("values", [{"role": "viewer"}, {"username": "other"}])
async def test_defect_84_change_of_a_user_shows_in_the_next_request(
    door: Door, values: dict[str, str]
) -> None:
    user_id = await door.user()
    signed_in = await door.sign_in()
    assert (await door.who(signed_in.access_token)).role == "admin"

    async with door.database.write() as work:
        await work.session.execute(update(UserRow).where(UserRow.id == user_id).values(**values))
        work.changed("accounts")

    who = await door.who(signed_in.access_token)
    assert {"role": who.role, "username": who.username} == {
        "role": "admin",
        "username": "siti",
        **values,
    }


async def test_defect_84_deleting_a_user_ends_their_sessions(door: Door) -> None:
    await door.user()
    signed_in = await door.sign_in()

    async with door.database.write() as work:
        await work.session.execute(delete(UserRow))
        work.changed("accounts")

    assert (await door.who(signed_in.access_token)).refusal == "revoked"


async def test_all_sessions_but_one_end_with_the_commit_and_not_before(door: Door) -> None:
    user_id = await door.user()
    here, there = await door.sign_in(), await door.sign_in()

    async with door.database.write() as work:
        ended = await door.parts.sign_ins.revoke_all(work, user_id, keep_session_id=here.session_id)
        assert (await door.who(there.access_token)).is_known

    assert ended == 1
    assert not (await door.who(there.access_token)).is_known
    assert (await door.who(here.access_token)).is_known


async def test_rolled_back_change_ends_nothing(door: Door) -> None:
    user_id = await door.user()
    signed_in = await door.sign_in()

    async def fail() -> None:
        async with door.database.write() as work:
            await door.parts.sign_ins.revoke_all(work, user_id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert (await door.who(signed_in.access_token)).is_known


async def test_own_sessions_can_be_ended_and_those_of_others_only_by_admins(door: Door) -> None:
    await door.user("siti", "viewer")
    await door.user("ani", "admin")
    siti, ani = await door.sign_in("siti"), await door.sign_in("ani")
    viewer, admin = await door.who(siti.access_token), await door.who(ani.access_token)

    with pytest.raises(NotFound):
        await door.parts.sign_ins.revoke(ani.session_id, by=viewer, client=HOME)
    await door.parts.sign_ins.revoke(siti.session_id, by=admin, client=HOME)

    assert not (await door.who(siti.access_token)).is_known
    with pytest.raises(NotFound):
        await door.parts.sign_ins.revoke(siti.session_id, by=admin, client=HOME)


async def test_signing_out_everywhere_ends_this_session_too(door: Door) -> None:
    await door.user()
    first, second = await door.sign_in(), await door.sign_in()

    ended = await door.parts.sign_ins.sign_out_everywhere(await door.who(first.access_token), HOME)

    assert ended == 2
    assert not (await door.who(first.access_token)).is_known
    assert not (await door.who(second.access_token)).is_known


async def test_requests_cost_no_query_until_something_changes(door: Door) -> None:
    await door.user()
    signed_in = await door.sign_in()
    before = door.database.stats().total_queries

    for _ in range(50):
        assert (await door.who(signed_in.access_token)).is_known
        assert not (await door.who("x" * 60)).is_known
        await door.parts.resolver.resolve(asking())

    assert door.database.stats().total_queries == before


async def test_use_of_a_session_is_written_in_batches(door: Door) -> None:
    user_id = await door.user()
    signed_in = await door.sign_in()
    begun_at = door.clock.now()
    await door.clock.advance(100)
    await door.who(signed_in.access_token)
    views = await door.parts.sign_ins.sessions(user_id)
    assert views[0].last_seen_at == begun_at

    await door.parts.keeper.keep()

    views = await door.parts.sign_ins.sessions(user_id)
    assert views[0].last_seen_at == begun_at + timedelta(seconds=100)


async def test_sessions_of_one_user_are_bounded_and_old_ones_leave(door: Door) -> None:
    user_id = await door.user()
    signed_in = await door.sign_in()
    now = door.clock.now()
    async with door.database.write() as work:
        work.session.add_all(
            SessionRow(
                user_id=user_id,
                family_hash=f"{number:064}",
                generation=0,
                created_at=now + timedelta(seconds=1),
                renewed_at=now,
                ends_at=now + timedelta(days=1),
                last_seen_at=now,
                address="",
                user_agent="",
            )
            for number in range(100)
        )

    await door.parts.keeper.keep()
    assert len(await door.parts.sign_ins.sessions(user_id)) == 100
    assert not (await door.who(signed_in.access_token)).is_known

    await door.clock.advance(3 * 86_400)
    await door.parts.keeper.keep()
    async with door.database.read() as work:
        assert (await work.session.execute(SessionRow.__table__.select())).all() == []


@pytest.fixture
async def elsewhere(database_place: Place, door: Door) -> AsyncIterator[Door]:
    """The same accounts in another process, which hears of no change here."""
    async with opened(database_place) as database:
        yield door_on(database, clock=door.clock)


async def test_new_pair_opens_where_the_change_was_not_told_yet(
    door: Door, elsewhere: Door
) -> None:
    await door.user()
    first = await door.sign_in()
    assert (await elsewhere.who(first.access_token)).is_known

    second = await door.parts.sign_ins.refresh(first.refresh_token, HOME)

    assert (await elsewhere.who(second.access_token)).is_known
    assert not (await elsewhere.who(first.access_token)).is_known


async def test_tabs_that_reach_two_processes_get_the_same_pair(door: Door, elsewhere: Door) -> None:
    await door.user()
    first = await door.sign_in()
    assert (await elsewhere.who(first.access_token)).is_known

    here = await door.parts.sign_ins.refresh(first.refresh_token, HOME)
    there = await elsewhere.parts.sign_ins.refresh(first.refresh_token, HOME)

    assert (here.access_token, here.refresh_token) == (there.access_token, there.refresh_token)


async def test_used_token_is_caught_where_the_newer_pairs_were_not_told_yet(
    door: Door, elsewhere: Door
) -> None:
    await door.user()
    first = await door.sign_in()
    assert (await elsewhere.who(first.access_token)).is_known
    second = await door.parts.sign_ins.refresh(first.refresh_token, HOME)
    await door.parts.sign_ins.refresh(second.refresh_token, HOME)

    with pytest.raises(Unauthenticated) as caught:
        await elsewhere.parts.sign_ins.refresh(first.refresh_token, HOME)

    assert caught.value.code == "auth.refresh_reused"


async def test_ended_session_is_not_renewed_where_the_end_was_not_told_yet(
    door: Door, elsewhere: Door
) -> None:
    await door.user()
    first = await door.sign_in()
    assert (await elsewhere.who(first.access_token)).is_known
    await door.parts.sign_ins.sign_out(await door.who(first.access_token), HOME)

    with pytest.raises(Unauthenticated):
        await elsewhere.parts.sign_ins.refresh(first.refresh_token, HOME)


async def test_session_that_a_process_missed_is_looked_for_again(
    door: Door, elsewhere: Door
) -> None:
    """A replica may show a sign-in later than the request that uses it."""
    await door.user()
    first = await door.sign_in()
    async with door.database.write() as work:
        await work.session.execute(update(SessionRow).values(family_hash="hidden"))
    assert not (await elsewhere.who(first.access_token)).is_known
    token = Tokens(derive_key(SECRET, "session tokens")).read(first.access_token, "access")
    assert token is not None
    async with door.database.write() as work:
        await work.session.execute(update(SessionRow).values(family_hash=token.family_hash))

    await door.clock.advance(2)

    assert (await elsewhere.who(first.access_token)).is_known
