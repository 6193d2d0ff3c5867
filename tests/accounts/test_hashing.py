"""How passwords are kept and compared."""

import asyncio
import threading

import bcrypt
import pytest

from pantau.accounts.passwords.hashing import PasswordHasher, is_bcrypt
from pantau.core.errors import Throttled
from tests.accounts.door import HASH, PASSWORD

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("real_password_cost")]

# Known answers that every implementation of bcrypt agrees on (from jBCrypt's own test).
KNOWN = {
    "a": "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
    "abc": "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
}
LONG = "long-password-" * 6


def bcrypt_of(password: bytes, kind: str = "$2b$") -> str:
    return bcrypt.hashpw(password[:72], bcrypt.gensalt(4)).decode().replace("$2b$", kind)


@pytest.fixture
def hasher() -> PasswordHasher:
    return PasswordHasher()


async def test_password_is_kept_as_argon2id_with_19_mib(hasher: PasswordHasher) -> None:
    kept = await hasher.hash("Grüße-1234-abc")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await hasher.verify("Grüße-1234-abc", kept)
    assert not await hasher.verify("Grüße-1234-abd", kept)
    assert not hasher.needs_upgrade(kept)


async def test_accent_typed_in_two_keystrokes_is_the_same_password(
    hasher: PasswordHasher,
) -> None:
    kept = await hasher.hash("Caf\u00e9-au-lait-12")
    assert await hasher.verify("Cafe\u0301-au-lait-12", kept)


@pytest.mark.parametrize("password", KNOWN)
async def test_known_answers_of_bcrypt_hold(hasher: PasswordHasher, password: str) -> None:
    assert await hasher.verify(password, KNOWN[password])


@pytest.mark.parametrize("kind", ["$2a$", "$2b$", "$2y$"])
async def test_bcrypt_of_every_kind_is_understood(hasher: PasswordHasher, kind: str) -> None:
    kept = bcrypt_of(PASSWORD.encode(), kind)
    assert await hasher.verify(PASSWORD, kept)
    assert not await hasher.verify("wrong", kept)
    assert hasher.needs_upgrade(kept)
    assert hasher.may_upgrade(PASSWORD, kept)


async def test_bcrypt_compares_72_bytes_as_where_the_hash_was_made(
    hasher: PasswordHasher,
) -> None:
    kept = bcrypt_of(LONG.encode())
    assert await hasher.verify(LONG, kept)
    assert await hasher.verify(LONG[:72], kept)
    assert not await hasher.verify(LONG[:71], kept)


async def test_tail_that_bcrypt_never_saw_does_not_become_part_of_the_password(
    hasher: PasswordHasher,
) -> None:
    kept = bcrypt_of(LONG.encode())
    assert not hasher.may_upgrade(LONG[:-1] + "x", kept)
    assert hasher.may_upgrade(LONG[:72], kept)


async def test_half_of_a_letter_at_the_72nd_byte_compares_as_bytes(
    hasher: PasswordHasher,
) -> None:
    password = "x" * 71 + "é"
    assert await hasher.verify(password, bcrypt_of(password.encode()))


async def test_imported_password_is_compared_as_it_was_typed(hasher: PasswordHasher) -> None:
    decomposed = "Cafe\u0301-au-lait"
    kept = bcrypt_of(decomposed.encode())
    assert await hasher.verify(decomposed, kept)
    assert not await hasher.verify("Caf\u00e9-au-lait", kept)


@pytest.mark.parametrize(
    "damaged",
    ["", "x", "$2b$", "$2b$10$short", "$2x$04$" + "a" * 53, "$2b$31$" + "a" * 53, "$argon2id$x"],
)
async def test_damaged_hash_is_nobodys(hasher: PasswordHasher, damaged: str) -> None:
    assert not await hasher.verify(PASSWORD, damaged)
    assert not is_bcrypt(damaged)
    assert not hasher.needs_upgrade(damaged)


async def test_strange_characters_do_not_raise(hasher: PasswordHasher) -> None:
    for password in ("\0", "a\0b", "\ud800", "\U0001f600" * 128):
        assert not await hasher.verify(password, HASH)
        assert not await hasher.verify(password, bcrypt_of(b"x"))


async def test_two_threads_at_most_and_a_bounded_queue() -> None:
    hasher = PasswordHasher(most_waiting=3)
    before = threading.active_count()

    results = await asyncio.gather(
        *(hasher.verify(PASSWORD, HASH) for _ in range(12)), return_exceptions=True
    )

    assert results.count(True) == 5
    assert sum(isinstance(result, Throttled) for result in results) == 7
    assert threading.active_count() <= before + 2
    assert await hasher.verify(PASSWORD, HASH)
    hasher.close()


async def test_loop_goes_on_meanwhile(hasher: PasswordHasher) -> None:
    turns = 0
    work = asyncio.ensure_future(hasher.hash(PASSWORD))
    while not work.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 20


async def test_decoys_take_a_hash_of_either_kind(hasher: PasswordHasher) -> None:
    assert is_bcrypt(hasher._nothing_bcrypt.decode())
    await hasher.verify_nothing("x")
    await hasher.verify_nothing("x", as_bcrypt=True)
