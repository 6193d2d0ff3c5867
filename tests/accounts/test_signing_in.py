"""Signing in: who gets a session, and what everybody else is told."""

from dataclasses import replace
from datetime import timedelta

import bcrypt
import pytest
from sqlalchemy import delete, update

from pantau.accounts.models import UserRow
from pantau.accounts.passwords.hashing import PasswordHasher
from pantau.accounts.proving import Proofs
from pantau.core.errors import Throttled, Unauthenticated
from pantau.db.database import Database
from pantau.settings.model import AccountSettings
from tests.accounts.door import HASH, HOME, PASSWORD, SECRET, Door, door_on

pytestmark = pytest.mark.anyio


@pytest.fixture
def door(database: Database) -> Door:
    return door_on(database)


async def refusal(door: Door, name: str, password: str) -> tuple[str, str, int]:
    with pytest.raises(Unauthenticated) as caught:
        await door.try_to(password, name)
    return caught.value.code, caught.value.sentence, caught.value.status


async def test_right_password_begins_a_session(door: Door) -> None:
    user_id = await door.user("Siti", "operator")

    signed_in = await door.sign_in("siti")

    who = await door.who(signed_in.access_token)
    assert (who.kind, who.user_id, who.username, who.role) == (
        "session",
        user_id,
        "Siti",
        "operator",
    )
    assert (who.session_id, who.area_ids) == (signed_in.session_id, None)
    row = await door.row(user_id)
    assert row.last_login_at == door.clock.now()
    assert row.last_login_address == HOME.address
    assert door.trail.told == [("LOGIN", "Siti"), ("SESSION_CREATED", "Siti")]


async def test_wrong_unknown_disabled_and_locked_are_told_the_same(door: Door) -> None:
    await door.user("siti")
    await door.user("gone", disabled_at=door.clock.now())
    await door.user("locked")
    for _ in range(5):
        await refusal(door, "locked", "wrong")
    await door.parts.attempts.unlock_address(HOME.address)

    told = {
        await refusal(door, "siti", "wrong"),
        await refusal(door, "nobody", PASSWORD),
        await refusal(door, "gone", PASSWORD),
        await refusal(door, "locked", PASSWORD),
        await refusal(door, "nul\0", PASSWORD),
    }
    assert told == {("auth.failed", "The user name or the password is not right.", 401)}


class CountingHasher(PasswordHasher):
    """Hashes as always and remembers how often."""

    hashed = 0

    async def verify(self, password: str, password_hash: str) -> bool:
        self.hashed += 1
        return await super().verify(password, password_hash)

    async def verify_nothing(self, password: str, *, as_bcrypt: bool = False) -> None:
        self.hashed += 1
        await super().verify_nothing(password, as_bcrypt=as_bcrypt)


async def test_defect_17_name_of_nobody_costs_the_same_hash_as_a_wrong_password(
    door: Door,
) -> None:
    await door.user("siti")
    hasher = CountingHasher()
    proofs = Proofs(door.database, hasher, secret=SECRET)

    for number, name in enumerate(("siti", "nobody", "SITI", "nul\0"), start=1):
        assert await proofs.account_with(name, "wrong", is_locked=False) is None
        assert hasher.hashed == number
    assert await proofs.account_with("siti", PASSWORD, is_locked=True) is None
    assert hasher.hashed == 5
    assert HASH.rpartition("$")[0].rpartition("$")[0] in hasher._nothing.result()


async def test_names_of_nobody_take_both_times_while_imported_passwords_are_left(
    door: Door,
) -> None:
    proofs = door.parts.sign_ins._proofs
    looks = [proofs._looks_imported(f"name{n}") for n in range(64)]
    assert 10 < sum(looks) < 54
    assert looks == [proofs._looks_imported(f"name{n}") for n in range(64)]
    await proofs.account_with("nobody", "x", is_locked=False)
    assert proofs._some_are_imported is False

    await door.user("old", password_hash=bcrypt.hashpw(b"x", bcrypt.gensalt(4)).decode())
    door.database.changes.tell("accounts")

    await proofs.account_with("nobody", "x", is_locked=False)
    assert proofs._some_are_imported is True


@pytest.mark.usefixtures("real_password_cost")
async def test_imported_bcrypt_hash_verifies_and_becomes_argon2id(door: Door) -> None:
    imported = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    user_id = await door.user("siti", password_hash=imported.replace("$2b$", "$2a$"))

    await door.sign_in()

    assert (await door.row(user_id)).password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    await door.sign_in()


async def test_password_changed_while_it_was_compared_begins_nothing(door: Door) -> None:
    user_id = await door.user()
    account = await door.parts.sign_ins._proofs.account_with("siti", PASSWORD, is_locked=False)
    assert account is not None
    async with door.database.write() as work:
        await work.session.execute(
            update(UserRow).where(UserRow.id == user_id).values(password_hash="another")
        )
    assert await door.parts.sign_ins._beginnings.begin(account, HOME) is None


async def test_deleted_user_begins_nothing(door: Door) -> None:
    await door.user()
    account = await door.parts.sign_ins._proofs.account_with("siti", PASSWORD, is_locked=False)
    assert account is not None
    async with door.database.write() as work:
        await work.session.execute(delete(UserRow))
    assert await door.parts.sign_ins._beginnings.begin(account, HOME) is None


async def test_expired_password_signs_in_and_says_so(door: Door) -> None:
    await door.user(password_changed_at=door.clock.now() - timedelta(days=90))

    signed_in = await door.sign_in()

    assert signed_in.password_age.is_expired
    assert (await door.who(signed_in.access_token)).must_change_password


async def test_password_expires_during_a_session(database: Database) -> None:
    door = door_on(database, settings=AccountSettings(access_s=7200))
    await door.user(password_changed_at=door.clock.now() - timedelta(days=90) + timedelta(hours=1))
    signed_in = await door.sign_in()
    assert signed_in.password_age.should_warn
    assert signed_in.password_age.days_left == 1
    assert not (await door.who(signed_in.access_token)).must_change_password

    await door.clock.advance(3600)

    assert (await door.who(signed_in.access_token)).must_change_password


async def test_failed_name_that_is_no_name_stays_out_of_the_trail(door: Door) -> None:
    await refusal(door, "my password typed here!", "x")
    await refusal(door, "nobody", "x")
    assert door.trail.told == [("AUTH_FAILURE", ""), ("AUTH_FAILURE", "nobody")]


async def test_device_gets_a_readable_name(door: Door) -> None:
    user_id = await door.user()
    phone = replace(
        HOME,
        address="2001:db8::7",
        user_agent="Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
    )
    await door.sign_in()
    await door.clock.advance(1)
    await door.sign_in(client=phone)

    views = await door.parts.sign_ins.sessions(user_id)

    assert [view.device for view in views] == ["Chrome on Android", "Firefox on Linux"]
    assert views[0].address == "2001:db8::7"
    assert views[0].ends_at == door.clock.now() + timedelta(hours=24)


async def test_attempt_that_could_not_be_made_does_not_count(door: Door) -> None:
    hasher = door.parts.hasher
    hasher._under_way = 1000

    with pytest.raises(Throttled):
        await door.try_to("wrong")

    assert await door.counters.count(f"address:{HOME.address}", within_s=900) == 0
    hasher._under_way = 0
    await refusal(door, "siti", "wrong")
    assert await door.counters.count(f"address:{HOME.address}", within_s=900) == 1
