"""A rotation leaves every stored secret readable, whenever it is interrupted."""

from pathlib import Path

import pytest
from sqlalchemy import text

from pantau import tables
from pantau.accounts.second_factor.checking import PURPOSE as TOTP
from pantau.audit.actors import CONSOLE
from pantau.audit.trail import AuditTrail
from pantau.cameras.rows import SOURCE_PURPOSE as SOURCE
from pantau.core.key_file import KeyRing
from pantau.core.sealing import Sealer, key_of, keyring
from pantau.db import sealed_columns as sealed_values
from pantau.db.database import Database
from pantau.db.sealed_columns import sealed_columns
from pantau.operations.rotation import Rotation
from tests.audit.trails import rows, run_sql, trail_on
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio
COLUMNS = tuple(sealed_columns(tables.metadata))


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return keyring(tmp_path / "sealing.keys")


def rotation_on(database: Database, keys: KeyRing, clock: HandWoundClock | None = None) -> Rotation:
    clock = clock or HandWoundClock()
    trail: AuditTrail = trail_on(database, clock)
    return Rotation(database, keys=keys, columns=COLUMNS, trail=trail, clock=clock)


async def add_user(database: Database, number: int, sealed: str | None) -> None:
    await run_sql(
        database,
        "INSERT INTO users (id, username, name_key, password_hash, role, has_all_areas, created_at,"
        " totp_secret_sealed)"
        " VALUES (:id, :name, :name, 'x', 'viewer', true, '2026-03-01 00:00:00', :sealed)",
        id=number,
        name=f"user{number}",
        sealed=sealed,
    )


async def filled(database: Database, sealer: Sealer, users: int = 120) -> None:
    for number in range(1, users + 1):
        await add_user(database, number, sealer.seal(f"totp{number}", TOTP, number))
    await add_user(database, users + 1, None)


async def stored(database: Database) -> dict[int, str]:
    query = "SELECT id, totp_secret_sealed FROM users WHERE totp_secret_sealed IS NOT NULL"
    async with database.read() as work:
        found = (await work.session.execute(text(query))).all()
    return {int(row.id): str(row.totp_secret_sealed) for row in found}


async def opened(database: Database, sealer: Sealer) -> dict[int, str]:
    return {key: sealer.open(value, TOTP, key) for key, value in (await stored(database)).items()}


def test_every_column_that_is_called_sealed_is_known_to_the_rotation() -> None:
    """An unknown one would lose its secrets when the key that sealed them is removed."""
    called = {
        f"{table.name}.{column.name}"
        for table in tables.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_sealed")
    }
    assert {str(place) for place in COLUMNS} >= called
    assert {(str(place), place.purpose) for place in COLUMNS} >= {
        ("cameras.source_sealed", SOURCE),
        ("users.totp_secret_sealed", TOTP),
    }
    assert all(place.key.type.python_type in {int, str} for place in COLUMNS)


async def test_rows_that_are_numbered_by_texts_are_sealed_anew_too(
    sqlite_database: Database, keys: KeyRing
) -> None:
    days = [f"2026-{month:02d}-{day:02d}" for month in range(1, 4) for day in range(1, 29)]
    for day in days:
        await run_sql(
            sqlite_database,
            "INSERT INTO visitor_salts (on_day, salt_sealed, made_at)"
            " VALUES (:day, :sealed, '2026-03-01 00:00:00')",
            day=day,
            sealed=Sealer(keys).seal(f"salt {day}", "viewers.salt", day),
        )
    done = await rotation_on(sqlite_database, keys).rotate(CONSOLE)
    assert (done.sealed, done.failed) == (len(days), 0)
    async with sqlite_database.read() as work:
        found = (await work.session.execute(text("SELECT * FROM visitor_salts"))).all()
    assert {key_of(row.salt_sealed) for row in found} == {done.key}
    sealer = Sealer(keyring(keys.path))
    for row in found:
        assert sealer.open(row.salt_sealed, "viewers.salt", row.on_day) == f"salt {row.on_day}"


async def test_everything_is_sealed_anew_and_opens(database: Database, keys: KeyRing) -> None:
    await filled(database, Sealer(keys))
    done = await rotation_on(database, keys).rotate(CONSOLE)
    assert (done.sealed, done.failed, done.resumed, done.removed) == (120, 0, False, ())
    assert {key_of(value) for value in (await stored(database)).values()} == {done.key}
    assert done.key != keys.newest.id
    assert (await opened(database, Sealer(keys)))[77] == "totp77", "also for a running process"


async def test_rotation_is_audited_without_secrets(database: Database, keys: KeyRing) -> None:
    await filled(database, Sealer(keys), 1)
    done = await rotation_on(database, keys).rotate(CONSOLE)
    (entry,) = await rows(database)
    assert (entry["name"], entry["actor_kind"]) == ("secrets_rotated", "console")
    assert done.key in entry["details"]


@pytest.mark.parametrize("at", [1, 50, 51, 120])
async def test_rotation_that_was_interrupted_goes_on_where_it_ended(
    sqlite_database: Database, keys: KeyRing, at: int
) -> None:
    await filled(sqlite_database, Sealer(keys))
    await run_sql(
        sqlite_database,
        f"CREATE TRIGGER power_cut BEFORE UPDATE ON users WHEN NEW.id = {at}"
        " BEGIN SELECT RAISE(ABORT, 'power cut'); END",
    )
    rotation = rotation_on(sqlite_database, keys)
    with pytest.raises(Exception, match="power cut"):
        await rotation.rotate(CONSOLE)
    assert len(await opened(sqlite_database, Sealer(keys))) == 120
    await run_sql(sqlite_database, "DROP TRIGGER power_cut")
    done = await rotation.rotate(CONSOLE)
    assert done.resumed
    assert len((await rotation.standing()).keys) == 2
    assert {key_of(value) for value in (await stored(sqlite_database)).values()} == {done.key}
    assert (await opened(sqlite_database, Sealer(keys)))[120] == "totp120"


async def test_old_key_goes_when_nothing_needs_it_and_an_hour_has_passed(
    database: Database, keys: KeyRing
) -> None:
    clock = HandWoundClock()
    sealer = Sealer(keys)
    await filled(database, sealer, 3)
    rotation = rotation_on(database, keys, clock)
    late = sealer.seal("late", TOTP, 99)
    await rotation.rotate(CONSOLE)
    clock.wind(3_599)
    assert await rotation.prune() == ()
    clock.wind(1)
    await add_user(database, 99, late)
    assert await rotation.prune() == (), "somebody had sealed it before and was slow"
    await rotation.rotate(CONSOLE)
    standing = await rotation.standing()
    assert [key.values for key in standing.keys] == [4]
    assert (await opened(database, Sealer(keys)))[99] == "late"


async def test_secret_that_changed_meanwhile_is_not_overwritten(
    database: Database, keys: KeyRing
) -> None:
    await filled(database, Sealer(keys), 2)
    (place,) = (place for place in COLUMNS if place.purpose == TOTP)

    async with database.write() as work:
        values = await sealed_values.values_not_sealed_with(
            work, place, "00000000", after=None, limit=9
        )
        newer = Sealer(keys).seal("newer", TOTP, 1)
        await sealed_values.replace_value(work, place, values[0], newer)
        await sealed_values.replace_value(work, place, values[0], "v1.stale")
    assert (await stored(database))[1] == newer


async def test_what_cannot_be_opened_is_told_and_stays(
    database: Database, keys: KeyRing, tmp_path: Path
) -> None:
    sealer = Sealer(keys)
    await filled(database, sealer, 2)
    foreign = Sealer(keyring(tmp_path / "other.keys")).seal("lost", TOTP, 50)
    moved = sealer.seal("moved", TOTP, 1)
    for number, value in ((50, foreign), (51, moved), (52, "in the clear")):
        await add_user(database, number, value)
    rotation = rotation_on(database, keys)
    standing = await rotation.standing()
    assert (standing.ok, standing.without_key) == (False, 1)
    assert standing.not_sealed == ("users.totp_secret_sealed",)
    done = await rotation.rotate(CONSOLE)
    assert (done.sealed, done.failed) == (2, 3)
    again = await rotation.rotate(CONSOLE)
    assert (again.sealed, again.failed, again.resumed) == (2, 3, False)
    assert (await stored(database))[51] == moved
    assert keys.newest.id in {key.id for key in (await rotation.standing()).keys}
