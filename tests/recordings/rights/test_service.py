"""Who asks, whatever they send along; and that answers cost no query."""

from collections.abc import AsyncIterator

import pytest

from pantau.core.errors import Throttled
from pantau.db.database import Database
from pantau.recordings.models import FOREVER, PlaybackMode
from pantau.recordings.rights.reach import NOTHING
from pantau.recordings.rights.values import TokenScope
from pantau.web.principal import Principal
from tests.recordings.rights.asking import NOW
from tests.recordings.rights.house import (
    ADMIN,
    OPERATOR,
    VIEWER,
    Rights,
    asked,
    by,
    decide_mode,
    rights,
    spoil_scope,
)
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio
WIDE = 24 * 60


@pytest.fixture
async def held(sqlite_database: Database) -> AsyncIterator[Rights]:
    async with rights(sqlite_database) as one:
        one.people.known |= {
            "admin": ADMIN,
            "operator": OPERATOR,
            "viewer": VIEWER,
            "stale": Principal(refusal="expired"),
            "reader": Principal(kind="api_key", key_id=1, scopes=frozenset({"recordings:read"})),
            "cameras": Principal(
                kind="api_key", key_id=2, scopes=frozenset({"cameras:read", "recordings:write"})
            ),
            "must change": Principal(
                kind="session", user_id=5, role="admin", must_change_password=True
            ),
        }
        yield one


async def test_people_and_programs(held: Rights) -> None:
    everything = {"admin", "reader"}
    for name in held.people.known:
        scope = asked(headers=[("X-API-Key", name)])
        assert (FOREVER in (await held.replay.reach(scope, 1)).spans) == (
            name in everything | {"operator"}
        ), name
        # Camera 3 stands in another area than the operator's; 99 was removed.
        for number in (3, 99):
            sees_all = FOREVER in (await held.replay.reach(scope, number)).spans
            assert sees_all == (name in everything), (name, number)
    assert await held.window(asked(headers=[("X-API-Key", "must change")])) == 60
    assert await held.window(asked(headers=[("X-API-Key", "stale")])) == 60


async def test_what_is_not_there_is_answered_like_what_is_not_for_you(held: Rights) -> None:
    assert await held.replay.reach(asked(), 99) == await held.replay.reach(asked(), 2) == NOTHING


async def test_a_stale_credential_is_no_worse_than_none(held: Rights) -> None:
    _, secret = await held.make()
    cookie = (await held.let_in(secret)).cookie
    for headers in (
        [("X-API-Key", "stale")],
        [("Authorization", "Bearer old")],
        [("X-Playback-Token", "unknown-token")],
        [("Authorization", "Playback unknown-token")],
    ):
        assert await held.window(asked(cookie=cookie, headers=headers)) == WIDE
        assert await held.window(asked(headers=headers)) == 60
    assert await held.window(asked(cookie="unknown")) == 60


async def test_programs_send_the_token_itself(held: Rights) -> None:
    _, secret = await held.make()
    for name, text in (
        ("X-Playback-Token", secret),
        ("x-playback-token", f" {secret} "),
        ("Authorization", f"Playback {secret}"),
        ("Authorization", f"playback  {secret}"),
    ):
        assert await held.window(asked(headers=[(name, text)])) == WIDE
    for name, text in (
        ("Authorization", f"Bearer {secret}"),
        ("Authorization", f"Basic {secret}"),
        ("Authorization", secret),
        ("X-Playback-Token", f"{secret}x"),
        ("X-Playback-Token", secret[:-1]),
        ("X-Playback-Token", secret.swapcase()),
        ("X-Api-Key", secret),
        ("Cookie", f"pantau_playback={secret}"),
        ("Cookie", f"token={secret}"),
        ("X-Playback-Token", f"{secret}, {secret}"),
    ):
        assert await held.window(asked(headers=[(name, text)])) == 60, (name, text)


async def test_two_different_tokens_or_cookies_count_as_none(held: Rights) -> None:
    _, one = await held.make()
    _, other = await held.make(window_hours=72)
    twice = [("X-Playback-Token", one), ("X-Playback-Token", one)]
    assert await held.window(asked(headers=twice)) == WIDE
    for pair in (
        [("X-Playback-Token", one), ("X-Playback-Token", other)],
        [("X-Playback-Token", one), ("Authorization", f"Playback {other}")],
    ):
        assert await held.window(asked(headers=pair)) == 60
    first = (await held.let_in(one)).cookie
    second = (await held.let_in(other, address="198.51.100.4")).cookie
    both = f"pantau_playback={first}; pantau_playback={second}"
    assert await held.window(asked(headers=[("Cookie", both)])) == 60


async def test_a_cookie_opens_what_its_token_does_and_nothing_else(held: Rights) -> None:
    one, secret = await held.make(scope=TokenScope.SELECTED, camera_ids=frozenset({2}))
    cookie = (await held.let_in(secret)).cookie
    assert await held.window(asked(cookie=cookie), 2) == WIDE
    assert [await held.window(asked(cookie=cookie), n) for n in (1, 3, 4)] == [60, 60, 60]
    await spoil_scope(held.database, one.id, "everything")
    await held.book.refresh()
    assert await held.window(asked(cookie=cookie), 2) is None


async def test_rules_hold_as_soon_as_they_are_known(held: Rights) -> None:
    _, secret = await held.make()
    cookie = (await held.let_in(secret)).cookie
    for mode, plain, with_token in (
        (PlaybackMode.TOKEN, None, WIDE),
        (PlaybackMode.OPERATORS, None, None),
        (PlaybackMode.NOBODY, None, None),
        ("a word of a later version", None, None),
        (PlaybackMode.INHERIT, 60, WIDE),
    ):
        await decide_mode(held.database, 1, mode)
        await held.book.refresh()
        assert await held.window(asked()) == plain, mode
        assert await held.window(asked(cookie=cookie)) == with_token, mode


async def test_guessing_in_headers_is_as_slow_as_by_the_form(held: Rights) -> None:
    _, secret = await held.make()
    for number in range(10):
        guess = asked(headers=[("X-Playback-Token", f"guess-{number}")])
        assert await held.window(guess) == 60
    with pytest.raises(Throttled):
        await held.window(asked(headers=[("X-Playback-Token", "guess-11")]))
    right = [("X-Playback-Token", secret)]
    with pytest.raises(Throttled):
        await held.window(asked(headers=right))
    with pytest.raises(Throttled):
        await held.let_in(secret)
    assert await held.window(asked()) == 60
    assert await held.window(asked(address="198.51.100.4", headers=right)) == WIDE
    await held.clock.advance(61)
    assert await held.window(asked(headers=right)) == WIDE


async def test_a_token_itself_comes_from_as_many_places_as_it_has_devices(held: Rights) -> None:
    token, secret = await held.make(max_devices=2)
    sent = [("X-Playback-Token", secret)]
    places = [f"198.51.100.{number}" for number in range(4)]
    windows = [await held.window(asked(address=one, headers=sent)) for one in places]
    assert windows == [WIDE, WIDE, 60, 60]
    await held.clock.advance(3_601)
    assert await held.window(asked(address=places[3], headers=sent)) == WIDE
    assert token.max_devices == 2


async def test_no_question_costs_a_query(held: Rights) -> None:
    _, secret = await held.make()
    cookie = (await held.let_in(secret)).cookie
    before = held.database.stats().total_queries
    for _ in range(200):
        await held.window(asked(cookie=cookie))
        await held.window(asked(headers=[("X-Playback-Token", secret)]))
        await held.window(asked())
    assert held.database.stats().total_queries == before


async def test_unknown_cookies_cost_a_look_a_second_at_most(held: Rights) -> None:
    await held.clock.advance(2)
    before = held.database.stats().total_queries
    await held.window(asked(cookie="one"))
    a_look = held.database.stats().total_queries - before
    assert a_look > 0
    for number in range(100):
        await held.window(asked(cookie=f"junk-{number}"))
    assert held.database.stats().total_queries == before + a_look


async def test_another_process_knows_a_new_device_at_its_first_request(held: Rights) -> None:
    clock = HandWoundClock(NOW)
    async with rights(held.database, clock=clock) as other:
        _, secret = await held.make()
        cookie = (await held.let_in(secret)).cookie
        await clock.advance(2)
        assert await other.window(asked(cookie=cookie)) == WIDE
        _, second = await held.make(window_hours=72)
        await clock.advance(2)
        assert await other.window(asked(headers=[("X-Playback-Token", second)])) == 72 * 60
        token = (await held.tokens.all(ADMIN))[-1].token
        await held.tokens.revoke(token.id, by=by())
        await other.book.refresh()
        assert await other.window(asked(cookie=cookie)) == 60


async def test_what_may_be_replayed_is_told_without_its_depth(held: Rights) -> None:
    _, secret = await held.make(scope=TokenScope.SELECTED, camera_ids=frozenset({1, 2}))
    cookie = (await held.let_in(secret)).cookie
    who = await held.replay.who(asked(cookie=cookie))
    windows = {
        number: held.replay.window_minutes_for(who, camera)
        for number in held.replay.reaches_of(who)
        if (camera := held.catalogue.by_id(number)) is not None
    }
    assert windows == {1: WIDE, 2: WIDE, 3: 60, 4: 60}
    assert who.token is not None
    assert [camera.id for camera in held.replay.opened_with(who.token)] == [1, 2]
    stranger = await held.replay.who(asked())
    assert sorted(held.replay.reaches_of(stranger)) == [1, 3, 4]
    operator = await held.replay.who(asked(headers=[("X-API-Key", "operator")]))
    assert held.replay.window_minutes_for(operator, held.catalogue.all()[0]) is None
