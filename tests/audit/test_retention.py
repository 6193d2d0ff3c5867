"""Old entries go to the day, from the oldest end only, and what is left can still be verified."""

import asyncio
import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pantau.audit.chain import ChainKey
from pantau.audit.retention import TrailKeeper
from pantau.audit.verification import Verifier
from pantau.audit.witness import FILE_NAME, Witness
from pantau.db.database import Database
from tests.audit.trails import KEY, break_in, record, rows, trail_on
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio
DAY_S = 86_400


def keeper_on(
    database: Database, clock: HandWoundClock, witness: Witness | None = None, keep_days: int = 90
) -> TrailKeeper:
    return TrailKeeper(database, key=KEY, clock=clock, keep_days=keep_days, witness=witness)


def witness_in(folder: Path) -> Witness:
    return Witness(folder / FILE_NAME, ChainKey(KEY))


async def ids(database: Database) -> list[int]:
    return [row["id"] for row in await rows(database)]


async def daily_entries(database: Database, clock: HandWoundClock, days: int) -> None:
    trail = trail_on(database, clock)
    for _ in range(days):
        await record(trail, database)
        clock.wind(DAY_S)


async def test_entries_go_after_ninety_days_to_the_microsecond(database: Database) -> None:
    clock = HandWoundClock()
    await record(trail_on(database, clock), database)
    clock.wind(90 * DAY_S)
    assert await keeper_on(database, clock).expire() == 0
    clock.wind(timedelta.resolution.total_seconds())
    assert await keeper_on(database, clock).expire() == 1


async def test_what_is_left_fits_and_goes_on(database: Database) -> None:
    clock = HandWoundClock()
    await daily_entries(database, clock, 100)
    assert await keeper_on(database, clock).expire() == 10
    assert await ids(database) == list(range(11, 102))
    assert (await rows(database))[-1]["name"] == "AUDIT_ENTRIES_EXPIRED"
    assert json.loads((await rows(database))[-1]["details"]) == {"entries": 10, "up_to": 10}
    await record(trail_on(database, clock), database)
    report = await Verifier(database, key=KEY).verify()
    assert (report.ok, report.first_id, report.last_id) == (True, 11, 102)


async def test_everything_may_go(database: Database) -> None:
    clock = HandWoundClock()
    await daily_entries(database, clock, 3)
    clock.wind(200 * DAY_S)
    await keeper_on(database, clock).expire()
    assert await ids(database) == [4]
    assert (await Verifier(database, key=KEY).verify()).ok


async def test_more_than_one_stretch_goes_in_one_run(sqlite_database: Database) -> None:
    clock = HandWoundClock()
    trail = trail_on(sqlite_database, clock)
    for number in range(1_200):
        trail.note("AUTH_FAILURE", address=f"{number}")  # type: ignore[arg-type]  # as the guard
    for _ in range(3):
        await trail.flush(everything=True)
    count = len(await rows(sqlite_database))
    clock.wind(91 * DAY_S)
    assert await keeper_on(sqlite_database, clock).expire() == count > 1_000
    assert (await Verifier(sqlite_database, key=KEY).verify()).ok


async def test_entry_that_was_dated_back_does_not_open_a_gap(database: Database) -> None:
    """Only a stretch at the oldest end can go, whatever the clock did meanwhile."""
    clock = HandWoundClock()
    await daily_entries(database, clock, 2)
    clock.set_wall_back(200 * DAY_S)
    await record(trail_on(database, clock), database)
    clock.set_wall_back(-200 * DAY_S)
    assert await keeper_on(database, clock).expire() == 0
    assert (await Verifier(database, key=KEY).verify()).ok


async def test_what_does_not_fit_is_evidence_and_stays(database: Database) -> None:
    clock = HandWoundClock()
    await daily_entries(database, clock, 5)
    await break_in(database, "UPDATE audit_entries SET username = 'siti' WHERE id = 2")
    clock.wind(100 * DAY_S)
    assert await keeper_on(database, clock).expire() == 0
    assert await ids(database) == [1, 2, 3, 4, 5]


async def test_head_that_is_not_ours_is_not_made_ours(database: Database) -> None:
    clock = HandWoundClock()
    await daily_entries(database, clock, 5)
    await break_in(database, "UPDATE audit_head SET signature = 'forged'")
    clock.wind(100 * DAY_S)
    assert await keeper_on(database, clock).expire() == 0
    assert not (await Verifier(database, key=KEY).verify()).ok


async def test_service_expires_at_its_start_and_every_day(sqlite_database: Database) -> None:
    clock = HandWoundClock()
    await record(trail_on(sqlite_database, clock), sqlite_database)
    clock.wind(91 * DAY_S)
    service = asyncio.ensure_future(keeper_on(sqlite_database, clock, keep_days=1).run())
    while await ids(sqlite_database) != [2]:
        await clock.advance(0)
    for _ in range(3):
        await clock.advance(DAY_S)
    while 2 in await ids(sqlite_database):
        await clock.advance(60)
    service.cancel()
    with suppress(asyncio.CancelledError):
        await service


class TestWitness:
    """An old head, put back with its entries, fits; the note outside says that there was more."""

    async def test_trail_that_was_rolled_back_is_found(
        self, database: Database, tmp_path: Path
    ) -> None:
        clock = HandWoundClock()
        witness = witness_in(tmp_path)
        await daily_entries(database, clock, 3)
        old = await head(database)
        await daily_entries(database, clock, 2)
        await keeper_on(database, clock, witness).bear_witness()
        verifier = Verifier(database, key=KEY, witness=witness)
        assert (await verifier.verify()).ok
        await roll_back(database, old)
        report = await verifier.verify()
        assert report.found is not None
        assert (report.found.problem, report.found.entry_id) == ("rolled_back", 4)
        await keeper_on(database, clock, witness).bear_witness()
        seen = witness.read()
        assert seen is not None
        assert seen.last_id == 5, "the evidence stays"
        await daily_entries(database, clock, 4)
        await keeper_on(database, clock, witness).bear_witness()
        report = await verifier.verify()
        assert report.found is not None
        assert (report.found.problem, report.found.entry_id) == ("rolled_back", 5)

    async def test_trail_that_was_emptied_is_found(
        self, database: Database, tmp_path: Path
    ) -> None:
        clock = HandWoundClock()
        witness = witness_in(tmp_path)
        await daily_entries(database, clock, 2)
        await keeper_on(database, clock, witness).bear_witness()
        await break_in(
            database,
            "DELETE FROM audit_entries",
            "UPDATE audit_head SET last_id = 0, last_hash = '', signature = ''",
        )
        assert (await Verifier(database, key=KEY).verify()).ok, "the tables alone cannot tell"
        report = await Verifier(database, key=KEY, witness=witness).verify()
        assert report.found is not None
        assert (report.found.problem, report.found.entry_id) == ("rolled_back", 1)

    async def test_note_survives_retention_beyond_it(
        self, database: Database, tmp_path: Path
    ) -> None:
        clock = HandWoundClock()
        witness = witness_in(tmp_path)
        await daily_entries(database, clock, 3)
        await keeper_on(database, clock, witness).bear_witness()
        await daily_entries(database, clock, 3)
        for wound_days in (90, 1, 10):
            clock.wind(wound_days * DAY_S)
            await keeper_on(database, clock).expire()
            assert (await Verifier(database, key=KEY, witness=witness).verify()).ok

    async def test_note_of_somebody_else_is_told(self, database: Database, tmp_path: Path) -> None:
        witness = witness_in(tmp_path)
        await daily_entries(database, HandWoundClock(), 1)
        await keeper_on(database, HandWoundClock(), witness).bear_witness()
        told = json.loads(witness.path.read_text())
        for written in (json.dumps({**told, "last_id": 0}), "{}", "nonsense"):
            witness.path.write_text(written)
            report = await Verifier(database, key=KEY, witness=witness).verify()
            assert report.found is not None
            assert report.found.problem == "witness"


async def head(database: Database) -> dict[str, object]:
    async with database.read() as work:
        return dict((await work.session.execute(text("SELECT * FROM audit_head"))).mappings().one())


async def roll_back(database: Database, old: dict[str, object]) -> None:
    await break_in(
        database,
        "DELETE FROM audit_entries WHERE id > :last_id",
        "UPDATE audit_head SET last_id = :last_id, last_hash = :last_hash, signature = :signature",
        **{name: old[name] for name in ("last_id", "last_hash", "signature")},
    )
