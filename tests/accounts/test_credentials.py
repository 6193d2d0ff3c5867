"""What a request may carry as a credential, and what never is one."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.accounts.sessions.credentials import sent_in
from pantau.accounts.sessions.tokens import Tokens
from pantau.core.errors import Forbidden, Unauthenticated, Unavailable
from pantau.db.database import Database
from pantau.web.access import admins, decide, public
from pantau.web.exchange import Scope
from pantau.web.principal import Principal
from tests.accounts.door import HOME, KEY_HOLDER, Door, asking, bearing, door_on

pytestmark = pytest.mark.anyio

KNOWN_KEY = b"0" * 64
STREAM_TOKEN = (
    "eyJhbGciOiJIUzI1NiJ9.eyJzdHJlYW1LZXkiOiJhIiwidHlwZSI6ImFjY2VzcyIsInJvbGUiOiJhZG1pbiJ9."
    "c2lnbmF0dXJlLXRoYXQtbG9va3MtcmVhbA"
)


@pytest.fixture
def door(sqlite_database: Database) -> Door:
    return door_on(sqlite_database)


async def ask(door: Door, *headers: tuple[bytes, bytes]) -> Principal:
    return await door.parts.resolver.resolve(asking(*headers))


def cookies(text: str) -> tuple[bytes, bytes]:
    return b"cookie", text.encode("latin-1")


async def test_cookie_and_bearer_open_the_same(door: Door) -> None:
    await door.user()
    token = (await door.sign_in()).access_token

    by_cookie = await ask(door, cookies(f"a=1; token={token}; b=2"))
    by_header = await ask(door, (b"authorization", f"bearer {token}".encode()))

    assert by_cookie == by_header
    assert by_cookie.is_known


async def test_bearer_alone_counts_where_there_is_one(door: Door) -> None:
    await door.user()
    token = (await door.sign_in()).access_token
    good = cookies(f"token={token}")
    for bad in (b"Bearer nonsense", b"Bearer", b"Bearer ", b"bearer \t"):
        assert (await ask(door, good, (b"authorization", bad))).refusal == "invalid"
    for scheme in (b"Basic YTpi", b"", b"Digest x"):
        assert (await ask(door, good, (b"authorization", scheme))).is_known
    assert not (await ask(door, good, (b"x-api-key", b"f" * 64))).is_known


async def test_key_is_looked_up_by_its_hash(door: Door) -> None:
    assert await ask(door, (b"x-api-key", KNOWN_KEY)) == KEY_HOLDER
    for bad in (b"1" * 64, b"0" * 63, b"0" * 65, b"\xff" * 64, b"", b"0" * 100_000):
        assert (await ask(door, (b"x-api-key", bad))).refusal == "invalid"
    # As Prometheus sends it.
    assert await ask(door, (b"authorization", b"Bearer " + KNOWN_KEY)) == KEY_HOLDER
    assert (await ask(door, (b"authorization", b"Bearer " + b"1" * 64))).refusal == "invalid"
    twice = ((b"x-api-key", KNOWN_KEY), (b"x-api-key", KNOWN_KEY))
    assert not (await ask(door, *twice)).is_known


async def test_defect_01_stream_token_is_no_admin_session(door: Door) -> None:
    await door.user()
    await door.sign_in()
    for headers in (
        (b"authorization", f"Bearer {STREAM_TOKEN}".encode()),
        cookies(f"token={STREAM_TOKEN}"),
    ):
        who = await ask(door, headers)
        assert not who.is_known
        assert isinstance(decide(admins(), who), Unauthenticated)


async def test_defect_10_refresh_token_opens_nothing(door: Door) -> None:
    await door.user()
    signed_in = await door.sign_in()
    assert (await door.who(signed_in.refresh_token)).refusal == "invalid"
    with pytest.raises(Unauthenticated) as caught:
        await door.parts.sign_ins.refresh(signed_in.access_token, HOME)
    assert caught.value.code == "auth.refresh_invalid"


async def test_changed_token_is_refused(door: Door) -> None:
    await door.user()
    token = (await door.sign_in()).access_token
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        changed = token[:place] + other + token[place + 1 :]
        assert not (await door.who(changed)).is_known


async def test_two_different_cookies_of_one_name_count_for_nothing(door: Door) -> None:
    await door.user()
    token = (await door.sign_in()).access_token
    planted = await ask(door, cookies(f"token={token}; token=planted"))
    apart = await ask(door, cookies("token=planted"), cookies(f"token={token}"))
    assert not planted.is_known
    assert not apart.is_known


async def test_token_of_another_installation_is_refused(door: Door) -> None:
    family = b"f" * 16
    foreign = Tokens(b"other").make("access", family, 0)
    assert (await door.who(foreign)).refusal == "invalid"


async def test_made_up_tokens_never_reach_the_database(door: Door) -> None:
    before = door.database.stats().total_queries
    for number in range(300):
        made_up = base64.urlsafe_b64encode(number.to_bytes(45, "big")).decode()
        assert (await door.who(made_up)).refusal == "invalid"
    assert door.database.stats().total_queries == before


async def test_stale_credential_on_a_public_endpoint_is_not_worse_than_none(door: Door) -> None:
    await door.user()
    token = (await door.sign_in()).access_token
    await door.clock.advance(2 * 3600)
    assert decide(public(), await door.who(token)) is None


async def test_database_that_is_away_is_no_ones_fault(door: Door) -> None:
    await door.user()
    token = (await door.sign_in()).access_token
    door.database.changes.tell("accounts")
    await door.database.close()
    who = await door.who(token)

    assert (who.is_known, who.refusal) == (False, "unavailable")
    assert isinstance(decide(admins(), who), Unavailable)
    assert decide(public(), who) is None


async def test_expired_password_opens_what_is_marked_only() -> None:
    who = Principal(kind="session", user_id=1, role="admin", must_change_password=True)
    assert isinstance(decide(admins(), who), Forbidden)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"cookie", b"authorization", b"x-api-key", b"accept"]),
            st.one_of(
                st.binary(max_size=200),
                st.binary(max_size=80).map(lambda junk: b"token=" + junk),
                st.binary(max_size=80).map(lambda junk: b"Bearer " + junk),
            ),
        ),
        max_size=6,
    )
)
def test_no_bytes_make_it_raise(headers: list[tuple[bytes, bytes]]) -> None:
    scope: Scope = {"headers": headers}
    sent = sent_in(scope)
    assert sent.kind in {"nothing", "token", "key", "broken"}
    Tokens(b"k").read(sent.text, "access")


@given(st.binary(min_size=16, max_size=16), st.integers(0, 2**31 - 1))
def test_tokens_say_what_they_were_made_of(family: bytes, generation: int) -> None:
    tokens = Tokens(b"k")
    made = tokens.make("access", family, generation)
    read = tokens.read(made, "access")
    assert read is not None
    assert (read.family, read.generation) == (family, generation)
    assert tokens.read(made, "refresh") is None
    assert bearing(made)["headers"]
