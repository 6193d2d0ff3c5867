"""API keys as the guard finds them, and as they are kept."""

import re
from datetime import timedelta
from typing import Any

import pytest

from pantau.accounts.keys.models import ApiKeyRow
from pantau.accounts.keys.service import ApiKeys, hash_of
from pantau.accounts.keys.values import MOST_DAYS, ApiKey, NewKey
from pantau.audit.actors import CONSOLE
from pantau.core.errors import Invalid, NotFound
from pantau.db.database import Database
from pantau.db.place import Place
from tests.audit.trails import rows, trail_on
from tests.support.clock import START, HandWoundClock
from tests.support.database import opened

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


def keys_on(database: Database, clock: HandWoundClock | None = None) -> ApiKeys:
    clock = clock or HandWoundClock()
    return ApiKeys(database, trail_on(database, clock), clock=clock)


async def made(keys: ApiKeys, name: str = "NVR", **more: Any) -> tuple[ApiKey, str]:
    return await keys.create(NewKey(client_name=name, **more), by=CONSOLE)


async def test_key_is_32_random_bytes_and_only_its_hash_is_kept(database: Database) -> None:
    keys = keys_on(database)

    key, secret = await made(keys)
    _, other = await made(keys)

    assert re.fullmatch(r"[0-9a-f]{64}", secret)
    assert secret != other
    async with database.read() as work:
        row = await work.session.get_one(ApiKeyRow, key.id)
    assert row.key_hash == hash_of(secret)
    assert row.prefix == secret[:8]
    kept = {name: value for name, value in vars(row).items() if name != "_sa_instance_state"}
    assert secret not in repr(kept)


async def test_key_opens_what_its_scopes_say_from_the_moment_it_is_made(
    database: Database,
) -> None:
    keys = keys_on(database)
    key, secret = await made(keys, scopes=frozenset({"cameras:write"}))

    principal = await keys.find(hash_of(secret))

    assert principal.kind == "api_key"
    assert principal.key_id == key.id
    assert principal.scopes == {"cameras:write"}
    assert principal.role is None


async def test_strange_key_is_nobody(database: Database) -> None:
    keys = keys_on(database)
    await made(keys)

    principal = await keys.find(hash_of("0" * 64))

    assert not principal.is_known
    assert principal.refusal == "invalid"


async def test_key_is_refused_from_the_moment_it_expires(database: Database) -> None:
    clock = HandWoundClock()
    keys = keys_on(database, clock)
    _, secret = await made(keys, expires_at=START + DAY)

    await clock.advance(DAY.total_seconds() - 1)
    before = await keys.find(hash_of(secret))
    await clock.advance(1)
    after = await keys.find(hash_of(secret))

    assert before.is_known
    assert not after.is_known
    assert after.refusal == "expired"


async def test_revoked_key_is_refused_at_once_and_stays_in_the_record(database: Database) -> None:
    keys = keys_on(database)
    key, secret = await made(keys)
    await made(keys, "Other")

    await keys.revoke(key.id, by=CONSOLE)

    assert not (await keys.find(hash_of(secret))).is_known
    assert [other.client_name for other in await keys.all()] == ["Other"]
    async with database.read() as work:
        assert (await work.session.get_one(ApiKeyRow, key.id)).revoked_at == START
    with pytest.raises(NotFound):
        await keys.revoke(key.id, by=CONSOLE)


async def test_keys_are_known_after_a_restart(database: Database) -> None:
    _, secret = await made(keys_on(database))
    restarted = keys_on(database)

    await restarted.load()

    assert (await restarted.find(hash_of(secret))).is_known


async def test_another_process_follows_what_is_made_and_revoked(database_place: Place) -> None:
    async with opened(database_place) as here, opened(database_place) as there:
        clock = HandWoundClock()
        ours, theirs = keys_on(here, clock), keys_on(there, clock)
        key, secret = await made(ours)
        await theirs.load()
        known = await theirs.find(hash_of(secret))
        await ours.revoke(key.id, by=CONSOLE)

        await theirs.load()

        assert known.is_known
        assert not (await theirs.find(hash_of(secret))).is_known


async def test_reading_begun_before_a_revocation_does_not_bring_the_key_back(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pantau.accounts.keys.repository import KeyRepository  # noqa: PLC0415 - to slow it down

    keys = keys_on(sqlite_database)
    key, secret = await made(keys)
    read = KeyRepository.live
    readings = 0

    async def read_slowly(self: KeyRepository) -> dict[str, ApiKey]:
        nonlocal readings
        found = await read(self)
        readings += 1
        if readings == 1:
            await keys.revoke(key.id, by=CONSOLE)
        return found

    monkeypatch.setattr(KeyRepository, "live", read_slowly)
    await keys.load()

    assert readings == 2
    assert not (await keys.find(hash_of(secret))).is_known


async def test_uses_are_written_in_batches_and_never_move_back(database: Database) -> None:
    clock = HandWoundClock()
    keys, other = keys_on(database, clock), keys_on(database, clock)
    key, secret = await made(keys)
    await other.load()
    await other.find(hash_of(secret))
    await clock.advance(30)
    await keys.find(hash_of(secret))

    assert (await keys.all())[0].last_used_at == START + timedelta(seconds=30)
    assert (await keys_on(database).all())[0].last_used_at is None
    await keys.write_uses()
    await other.write_uses()

    assert (await keys_on(database).all())[0].last_used_at == START + timedelta(seconds=30)
    assert (await keys_on(database).all())[0].id == key.id


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"scopes": frozenset({"users:write"})}, "scopes"),
        ({"scopes": frozenset()}, "scopes"),
        ({"expires_at": START}, "expires_at"),
        ({"expires_at": START + (MOST_DAYS + 1) * DAY}, "expires_at"),
    ],
)
async def test_key_that_would_open_too_much_is_refused(
    sqlite_database: Database, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await made(keys_on(sqlite_database), **more)
    assert refused.value.field == field


async def test_making_and_revoking_a_key_is_recorded_without_the_key(database: Database) -> None:
    keys = keys_on(database)
    key, secret = await made(keys)
    await keys.revoke(key.id, by=CONSOLE)

    entries = await rows(database)

    assert [entry["name"] for entry in entries] == ["API_KEY_CREATED", "API_KEY_REVOKED"]
    assert {entry["target"] for entry in entries} == {f"api key {key.id} (NVR)"}
    assert secret not in repr(entries)
    assert hash_of(secret) not in repr(entries)
