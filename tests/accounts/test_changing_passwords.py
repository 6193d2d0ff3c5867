"""New passwords: what is asked of them, what is remembered of old ones, and what ends with them."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from pantau.accounts.models import PasswordHistoryRow, UserRow
from pantau.accounts.passwords.expiry import PasswordAge, PasswordExpiry
from pantau.accounts.passwords.hashing import PasswordHasher
from pantau.accounts.passwords.history import KEPT
from pantau.accounts.passwords.rules import requirements
from pantau.accounts.passwords.warning import warning_of
from pantau.accounts.users.asker import AT_THE_CONSOLE, Asker, asker
from pantau.accounts.users.service import Users
from pantau.core.errors import Conflict, Invalid, Throttled, Unauthenticated
from pantau.db.database import Database
from tests.accounts.house import CLIENT, OTHER_PASSWORD, PASSWORD, House, house_on
from tests.audit.trails import rows
from tests.support.clock import START

pytestmark = pytest.mark.anyio

WRONG = "Wrong-Kettle-43"


def numbered(number: int) -> str:
    return f"Sunshine-Kettle-4{number}x"


@pytest.fixture
async def house(sqlite_database: Database) -> House:
    return house_on(sqlite_database)


@pytest.fixture
async def both(database: Database) -> House:
    """On either database: for what its statements must do alike."""
    return house_on(database)


async def change_own(house: House, current: str, new: str, by: Asker) -> None:
    await house.users.change_own_password(current, new, by=by)


async def test_new_password_is_the_one_that_counts(both: House) -> None:
    budi = await both.add("budi")

    await both.users.set_password(budi.id, OTHER_PASSWORD, by=AT_THE_CONSOLE)

    assert (await both.sign_in("budi", OTHER_PASSWORD)).is_known
    with pytest.raises(Unauthenticated):
        await both.sign_in("budi", PASSWORD)


async def test_every_session_ends_when_an_admin_sets_the_password(house: House) -> None:
    await house.add("admin", "admin")
    budi = await house.add("budi")
    tokens = await house.tokens("budi")

    await house.users.set_password(budi.id, OTHER_PASSWORD, by=await house.asker("admin"))

    assert not (await house.principal(tokens)).is_known


async def test_own_change_ends_every_session_but_the_one_it_was_made_in(house: House) -> None:
    await house.add("budi")
    elsewhere, here = await house.tokens("budi"), await house.tokens("budi")
    by = asker(await house.principal(here), CLIENT)

    await change_own(house, PASSWORD, OTHER_PASSWORD, by)

    assert (await house.principal(here)).is_known
    assert not (await house.principal(elsewhere)).is_known


@pytest.mark.parametrize("current", ["", WRONG])
async def test_defect_20_own_password_needs_the_current_one_of_admins_too(
    house: House, current: str
) -> None:
    admin = await house.add("admin", "admin")
    by = await house.asker("admin")

    for attempt in (
        house.users.set_password(admin.id, OTHER_PASSWORD, by=by, current=current),
        house.users.change_own_password(current, OTHER_PASSWORD, by=by),
    ):
        with pytest.raises(Invalid) as refused:
            await attempt
        assert refused.value.field == "current_password"
    await house.parts.sign_ins.unlock("admin")
    assert (await house.sign_in("admin")).is_known


async def test_guessing_the_current_password_from_a_stolen_session_is_stopped(
    house: House,
) -> None:
    await house.add("budi")
    by = await house.asker("budi")
    for _ in range(5):
        with pytest.raises(Invalid):
            await change_own(house, WRONG, OTHER_PASSWORD, by)

    with pytest.raises((Invalid, Throttled)):
        await change_own(house, PASSWORD, OTHER_PASSWORD, by)


async def test_defect_21_the_password_in_use_and_the_five_before_it_are_refused(
    both: House,
) -> None:
    budi = await both.add("budi", password=numbered(0))
    for number in range(1, KEPT + 1):
        await both.users.set_password(budi.id, numbered(number), by=AT_THE_CONSOLE)

    for number in range(KEPT + 1):
        with pytest.raises(Invalid) as refused:
            await both.users.set_password(budi.id, numbered(number), by=AT_THE_CONSOLE)
        assert refused.value.code == "password.used"
    await both.users.set_password(budi.id, numbered(9), by=AT_THE_CONSOLE)
    await both.users.set_password(budi.id, numbered(0), by=AT_THE_CONSOLE)
    async with both.database.read() as work:
        kept = await work.session.scalar(select(func.count()).select_from(PasswordHistoryRow))
    assert kept == KEPT


async def test_defect_21_history_that_cannot_be_asked_permits_nothing(house: House) -> None:
    budi = await house.add("budi")
    full = PasswordHasher(most_waiting=-2)
    users = Users(
        house.database,
        sign_ins=house.parts.sign_ins,
        hasher=full,
        expiry=PasswordExpiry(90, 14),
        trail=house.trail,
        clock=house.clock,
    )

    with pytest.raises(Throttled):
        await users.set_password(budi.id, OTHER_PASSWORD, by=AT_THE_CONSOLE)
    full.close()

    assert (await house.sign_in("budi", PASSWORD)).is_known


async def test_damaged_hash_does_not_keep_an_admin_from_helping(house: House) -> None:
    budi = await house.add("budi")
    async with house.database.write() as work:
        (await work.session.get_one(UserRow, budi.id)).password_hash = "damaged"

    await house.users.set_password(budi.id, OTHER_PASSWORD, by=AT_THE_CONSOLE)

    assert (await house.sign_in("budi", OTHER_PASSWORD)).is_known


async def test_of_two_changes_at_once_the_second_is_told(both: House) -> None:
    budi = await both.add("budi")

    class Overtaken(PasswordHasher):
        async def hash(self, password: str) -> str:
            if password == numbered(1):
                await both.users.set_password(budi.id, OTHER_PASSWORD, by=AT_THE_CONSOLE)
            return await super().hash(password)

    overtaken = Overtaken()
    users = Users(
        both.database,
        sign_ins=both.parts.sign_ins,
        hasher=overtaken,
        expiry=PasswordExpiry(90, 14),
        trail=both.trail,
        clock=both.clock,
    )
    with pytest.raises(Conflict):
        await users.set_password(budi.id, numbered(1), by=AT_THE_CONSOLE)
    overtaken.close()

    assert (await both.sign_in("budi", OTHER_PASSWORD)).is_known


async def test_weak_password_is_refused_with_every_reason_and_noted(house: House) -> None:
    await house.add("budi")
    by = await house.asker("budi")

    with pytest.raises(Invalid) as refused:
        await change_own(house, PASSWORD, "budi", by)
    await house.trail.flush(everything=True)

    assert refused.value.facts["envelope"] == {"requirements": list(requirements())}
    sentences = refused.value.facts["sentences"]
    assert isinstance(sentences, tuple)
    assert len(sentences) == 6
    entry = (await rows(house.database))[-1]
    assert entry["name"] == "PASSWORD_VALIDATION_FAILED"
    assert (entry["username"], entry["address"]) == ("budi", CLIENT.address)


async def test_changes_of_passwords_are_recorded_without_them(house: House) -> None:
    await house.add("admin", "admin")
    budi = await house.add("budi")
    await house.users.set_password(budi.id, numbered(1), by=await house.asker("admin"))
    by = asker(await house.sign_in("budi", numbered(1)), CLIENT)
    await change_own(house, numbered(1), OTHER_PASSWORD, by)

    entries = await rows(house.database)

    told = [(row["name"], row["username"]) for row in entries if "PASSWORD" in row["name"]]
    assert told == [("CHANGE_PASSWORD", "admin"), ("CHANGE_OWN_PASSWORD", "budi")]
    for secret in (PASSWORD, OTHER_PASSWORD, numbered(1), "argon2"):
        assert secret not in repr(entries)


async def test_change_makes_the_password_young_again(house: House) -> None:
    budi = await house.add("budi")
    await house.clock.advance(timedelta(days=89).total_seconds())
    old = house.users.password_age(await house.users.one(budi.id))

    await house.users.set_password(budi.id, OTHER_PASSWORD, by=AT_THE_CONSOLE)

    young = house.users.password_age(await house.users.one(budi.id))
    assert (old.days_left, young.days_left) == (1, 90)


async def test_defect_21_everybody_whose_password_expired_must_change_it(house: House) -> None:
    for name in ("budi", "siti", "tono"):
        await house.add(name)
    await house.clock.advance(timedelta(days=90).total_seconds())

    signed_in = [await house.sign_in(name) for name in ("budi", "siti", "tono")]

    assert [principal.must_change_password for principal in signed_in] == [True] * 3


async def test_choosing_a_new_password_lifts_the_demand_in_the_same_session(house: House) -> None:
    await house.add("budi")
    await house.clock.advance(timedelta(days=90).total_seconds())
    tokens = await house.tokens("budi")
    by = asker(await house.principal(tokens), CLIENT)

    await change_own(house, PASSWORD, OTHER_PASSWORD, by)

    assert not (await house.principal(tokens)).must_change_password


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (PasswordAge(), None),
        (PasswordAge(days_left=15), None),
        (PasswordAge(days_left=14, should_warn=True), (14, "in 14 days")),
        (PasswordAge(days_left=1, should_warn=True), (1, "within a day")),
        (PasswordAge(is_expired=True, days_left=0), (0, "has expired")),
    ],
)
def test_people_are_warned_in_time(age: PasswordAge, told: tuple[int, str] | None) -> None:
    warning = warning_of(age)

    if told is None:
        assert warning is None
        return
    assert warning is not None
    assert warning.shouldWarn
    assert warning.daysRemaining == told[0]
    assert told[1] in warning.message


async def test_account_is_unlocked_by_an_admin(house: House) -> None:
    budi = await house.add("budi")
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await house.sign_in("budi", WRONG)
    with pytest.raises(Unauthenticated):
        await house.sign_in("budi")

    await house.users.unlock(budi.id, by=AT_THE_CONSOLE)

    assert (await house.sign_in("budi")).is_known
    assert "account_unlocked" in [entry["name"] for entry in await rows(house.database)]


async def test_lost_second_factor_is_taken_off_and_sessions_end(both: House) -> None:
    await both.add("admin", "admin")
    budi = await both.add("budi")
    tokens = await both.tokens("budi")
    async with both.database.write() as work:
        row = await work.session.get_one(UserRow, budi.id)
        row.totp_secret_sealed, row.totp_enabled_at = "sealed", START

    await both.users.reset_second_factor(budi.id, by=await both.asker("admin"))

    assert not (await both.users.one(budi.id)).has_second_factor
    assert not (await both.principal(tokens)).is_known
    assert (await both.sign_in("budi")).is_known


async def test_own_second_factor_is_not_taken_off_without_the_password(house: House) -> None:
    admin = await house.add("admin", "admin")

    with pytest.raises(Invalid):
        await house.users.reset_second_factor(admin.id, by=await house.asker("admin"))
