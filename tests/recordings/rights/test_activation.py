"""Devices: let in once, known when they come back, as many as are allowed, ended by whoever may."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, text

from pantau.audit.models import AuditEntryRow
from pantau.core.errors import Conflict, Forbidden, Invalid, NotFound, Throttled
from pantau.db.database import Database
from pantau.recordings.rights.activation import Activated
from pantau.recordings.rights.book import IDLE
from tests.recordings.rights.asking import NOW
from tests.recordings.rights.house import ADMIN, HOME, Rights, asked, by, rights

pytestmark = pytest.mark.anyio
DAY_S = 86_400.0


@pytest.fixture
async def held(database: Database) -> AsyncIterator[Rights]:
    async with rights(database) as one:
        yield one


@pytest.fixture
async def light(sqlite_database: Database) -> AsyncIterator[Rights]:
    """The same where the database makes no difference."""
    async with rights(sqlite_database) as one:
        yield one


async def names(held: Rights) -> list[str]:
    await held.trail.flush(everything=True)
    async with held.database.read() as work:
        in_order = select(AuditEntryRow.name).order_by(AuditEntryRow.id)
        return list(await work.session.scalars(in_order))


async def test_a_device_is_let_in_and_replays_more(held: Rights) -> None:
    token, secret = await held.make()
    assert await held.window(asked()) == 60
    activated = await held.let_in(secret)
    assert activated.is_new
    assert await held.window(asked(cookie=activated.cookie)) == 24 * 60
    assert await held.window(asked()) == 60
    (device,) = await held.tokens.devices(token.id, ADMIN)
    assert (device.ip_address, device.user_agent) == (HOME, "Firefox")
    async with held.database.read() as work:
        row = (await work.session.execute(text("SELECT * FROM playback_devices"))).mappings().one()
    assert activated.cookie not in str(dict(row))
    listed = await held.tokens.one(token.id, ADMIN)
    assert (listed.devices, listed.token.uses, listed.token.last_used_at) == (1, 1, NOW)
    assert await names(held) == ["CREATE_PLAYBACK_TOKEN", "ACTIVATE_PLAYBACK_TOKEN"]


async def test_the_same_device_comes_back_without_taking_another_place(light: Rights) -> None:
    token, secret = await light.make(max_devices=1)
    first = await light.let_in(secret)
    again = await light.let_in(secret, cookie=first.cookie)
    assert (again.cookie, again.is_new) == (first.cookie, False)
    listed = await light.tokens.one(token.id, ADMIN)
    assert (listed.devices, listed.token.uses) == (1, 1)
    assert (await names(light)).count("ACTIVATE_PLAYBACK_TOKEN") == 1


async def test_no_more_devices_than_allowed_even_at_once(held: Rights) -> None:
    token, secret = await held.make(max_devices=2)
    outcomes = await asyncio.gather(
        *(held.let_in(secret, address=f"198.51.100.{n}") for n in range(6)),
        return_exceptions=True,
    )
    assert [type(each) for each in outcomes].count(Activated) == 2
    assert [type(each) for each in outcomes].count(Conflict) == 4
    devices = await held.tokens.devices(token.id, ADMIN)
    await held.tokens.end_device(token.id, devices[0].id, by=by())
    assert (await held.let_in(secret)).is_new
    with pytest.raises(Conflict):
        await held.let_in(secret)


async def test_a_device_that_was_ended_replays_what_everybody_may(light: Rights) -> None:
    token, secret = await light.make()
    activated = await light.let_in(secret)
    (device,) = await light.tokens.devices(token.id, ADMIN)
    await light.tokens.end_device(token.id, device.id, by=by())
    assert await light.window(asked(cookie=activated.cookie)) == 60
    (ended,) = await light.tokens.devices(token.id, ADMIN)
    assert (ended.ended_at, ended.end_reason) == (NOW, "ended")
    for number in (device.id, 99):
        with pytest.raises(NotFound):
            await light.tokens.end_device(token.id, number, by=by())


async def test_a_device_cannot_be_ended_by_way_of_another_token(light: Rights) -> None:
    mine, secret = await light.make()
    other, _ = await light.make()
    await light.let_in(secret)
    (device,) = await light.tokens.devices(mine.id, ADMIN)
    with pytest.raises(NotFound):
        await light.tokens.end_device(other.id, device.id, by=by())


async def test_revoking_ends_every_device_and_the_token_itself(held: Rights) -> None:
    token, secret = await held.make()
    first, second = await held.let_in(secret), await held.let_in(secret, address="198.51.100.4")
    await held.tokens.revoke(token.id, by=by())
    for cookie in (first.cookie, second.cookie):
        assert await held.window(asked(cookie=cookie)) == 60
    assert await held.window(asked(headers=[("X-Playback-Token", secret)])) == 60
    devices = await held.tokens.devices(token.id, ADMIN)
    assert {each.end_reason for each in devices} == {"revoked"}
    with pytest.raises(Forbidden):
        await held.let_in(secret)


async def test_a_revocation_counts_although_the_database_goes_away(
    light: Rights, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, secret = await light.make()
    activated = await light.let_in(secret)

    async def away() -> None:
        pass

    monkeypatch.setattr(light.book, "refresh_if_possible", away)
    await light.tokens.revoke(token.id, by=by())
    assert await light.window(asked(cookie=activated.cookie)) == 60


async def test_another_link_takes_the_place_of_the_first(light: Rights) -> None:
    one, secret = await light.make(window_hours=24)
    other, other_secret = await light.make(window_hours=72)
    first = await light.let_in(secret)
    second = await light.let_in(other_secret, cookie=first.cookie)
    assert await light.window(asked(cookie=second.cookie)) == 72 * 60
    assert await light.window(asked(cookie=first.cookie)) == 60
    (ended,) = await light.tokens.devices(one.id, ADMIN)
    assert ended.end_reason == "replaced"
    assert (await light.tokens.one(other.id, ADMIN)).devices == 1


async def test_a_refused_link_leaves_the_device_what_it_had(light: Rights) -> None:
    _, secret = await light.make()
    _, full = await light.make(max_devices=1)
    await light.let_in(full)
    first = await light.let_in(secret)
    with pytest.raises(Conflict):
        await light.let_in(full, cookie=first.cookie)
    assert await light.window(asked(cookie=first.cookie)) == 24 * 60


async def test_whoever_leaves_gives_the_place_back(light: Rights) -> None:
    token, secret = await light.make(max_devices=1)
    activated = await light.let_in(secret)
    for cookie in ("", "nonsense", activated.cookie, activated.cookie):
        await light.activations.leave(cookie)
    assert await light.window(asked(cookie=activated.cookie)) == 60
    assert (await light.tokens.devices(token.id, ADMIN))[0].end_reason == "left"
    assert (await light.let_in(secret)).is_new


async def test_a_device_that_was_not_seen_for_long_is_none(light: Rights) -> None:
    _, secret = await light.make(max_devices=1)
    activated = await light.let_in(secret)
    await light.clock.advance((IDLE + timedelta(hours=1)).total_seconds())
    await light.book.refresh()
    assert await light.window(asked(cookie=activated.cookie)) == 60
    assert (await light.let_in(secret, cookie=activated.cookie)).is_new


async def test_who_comes_every_day_stays(light: Rights) -> None:
    _, secret = await light.make(max_devices=1)
    activated = await light.let_in(secret)
    for _ in range(5):
        await light.clock.advance(40 * DAY_S)
        assert await light.window(asked(cookie=activated.cookie)) == 24 * 60
        await light.book.write_seen()
        await light.book.refresh()


async def test_a_cookie_lives_as_long_as_its_token(light: Rights) -> None:
    token, secret = await light.make(expires_at=NOW + timedelta(hours=2))
    activated = await light.let_in(secret)
    assert activated.max_age_s == 7_200
    await light.clock.advance(7_199)
    assert await light.window(asked(cookie=activated.cookie)) == 24 * 60
    await light.clock.advance(1)
    assert await light.window(asked(cookie=activated.cookie)) == 60
    with pytest.raises(Forbidden):
        await light.let_in(secret)
    assert token.expires_at == NOW + timedelta(hours=2)


async def test_ten_wrong_codes_a_minute_and_then_no_right_one_either(light: Rights) -> None:
    _, secret = await light.make()
    for number in range(10):
        with pytest.raises(NotFound):
            await light.let_in(f"wrong{number}")
    with pytest.raises(Throttled) as refused:
        await light.let_in(secret)
    wait_s = refused.value.facts["retry_after_s"]
    assert isinstance(wait_s, int)
    assert 0 < wait_s <= 60
    assert (await light.let_in(secret, address="198.51.100.4")).is_new
    await light.clock.advance(61)
    assert (await light.let_in(secret)).is_new


async def test_right_and_ended_codes_do_not_count_as_guesses(light: Rights) -> None:
    token, secret = await light.make(max_devices=0)
    for _ in range(12):
        await light.let_in(secret)
    await light.tokens.revoke(token.id, by=by())
    for _ in range(12):
        with pytest.raises(Forbidden):
            await light.let_in(secret)


async def test_refusals_stand_in_the_trail_once_a_minute_without_what_was_typed(
    light: Rights,
) -> None:
    for number in range(8):
        with pytest.raises(NotFound):
            await light.let_in(f"hunter2-{number}")
    await light.trail.flush(everything=True)
    async with light.database.read() as work:
        entries = list(await work.session.scalars(select(AuditEntryRow)))
    assert [(entry.name, entry.count) for entry in entries] == [("PLAYBACK_REFUSED", 8)]
    assert "hunter2" not in str([vars(entry) for entry in entries])


async def test_nothing_typed_is_no_guess(light: Rights) -> None:
    for _ in range(12):
        with pytest.raises(Invalid) as refused:
            await light.let_in("  ")
        assert refused.value.field == "token"


async def test_texts_that_can_be_no_token_are_answered_like_unknown_ones(light: Rights) -> None:
    seen = SimpleNamespace(answers=set())
    for junk in ("a" * 500, "'; DROP TABLE", "\x00", "töken", "../../x", "unknown-token-42"):
        with pytest.raises(NotFound) as refused:
            await light.let_in(junk)
        seen.answers.add((refused.value.code, refused.value.sentence))
    assert len(seen.answers) == 1
