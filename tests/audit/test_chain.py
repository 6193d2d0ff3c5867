"""Whatever is done to the tables from outside, the first place where it was done is named."""

import asyncio
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.audit.chain import ChainKey, Draft, Entry, Head
from pantau.audit.events import AdminAction
from pantau.audit.verification import Break, ChainReport, Verifier, Walk
from pantau.db.database import Database
from tests.audit.trails import BUDI, KEY, break_in, record, run_sql, trail_on
from tests.support.clock import START
from tests.support.database import opened

pytestmark = pytest.mark.anyio
TEXTS = ("kind", "name", "actor_kind", "username", "address", "user_agent", "endpoint", "target")
CHAIN = ChainKey(KEY)


async def verify(database: Database) -> ChainReport:
    return await Verifier(database, key=KEY).verify()


async def filled(database: Database, entries: int = 6) -> None:
    trail = trail_on(database)
    for number in range(entries):
        await record(trail, database, target=f"camera {number}", details={"number": number})


def broken(report: ChainReport) -> tuple[str, int | None]:
    assert report.found is not None
    return report.found.problem, report.found.entry_id


def drafts() -> st.SearchStrategy[Draft]:
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    return st.builds(
        Draft,
        at=st.integers(0, 10**15).map(lambda us: START + timedelta(microseconds=us)),
        **dict.fromkeys((*TEXTS, "details"), text),
        user_id=st.none() | st.integers(1, 2**40),
        count=st.integers(1, 1000),
    )


@given(st.lists(drafts(), min_size=1, max_size=8), st.data())
def test_any_change_of_any_field_is_found_at_its_entry(
    happened: list[Draft], data: st.DataObject
) -> None:
    entries, head = CHAIN.append(Head(), happened)
    assert Walk(CHAIN, 0, "").along(entries) is None
    assert CHAIN.is_ours(head)
    place = data.draw(st.integers(0, len(entries) - 1))
    field = data.draw(st.sampled_from([field.name for field in fields(Draft)]))
    other = data.draw(drafts())
    if getattr(other, field) == getattr(entries[place].draft, field):
        return
    changed = replace(entries[place].draft, **{field: getattr(other, field)})
    entries[place] = replace(entries[place], draft=changed)
    found = Walk(CHAIN, 0, "").along(entries)
    assert found is not None
    assert (found.problem, found.entry_id) == ("changed", place + 1)


@given(st.lists(drafts(), min_size=2, max_size=8), st.data())
def test_any_removal_insertion_or_exchange_is_found(
    happened: list[Draft], data: st.DataObject
) -> None:
    entries, _ = CHAIN.append(Head(), happened)
    one, two = sorted(
        data.draw(st.lists(st.integers(0, len(entries) - 1), min_size=2, max_size=2, unique=True))
    )
    removed = [*entries[:one], *entries[one + 1 :]]
    assert first(removed) == ("removed", one + 1)
    closed = [*entries[:one], *(replace(later, id=later.id - 1) for later in entries[one + 1 :])]
    assert first(closed) == ("changed", one + 1)
    swapped = entries[:]
    swapped[one], swapped[two] = (
        replace(entries[two], id=entries[one].id),
        replace(entries[one], id=entries[two].id),
    )
    assert first(swapped) == ("changed", one + 1)


def first(entries: list[Entry]) -> tuple[str, int | None]:
    found: Break | None = Walk(CHAIN, 0, "").along(entries)
    assert found is not None
    return found.problem, found.entry_id


@given(st.integers(0, 9), st.integers(0, 9), st.sampled_from(["last_id", "anchor_id"]))
def test_any_change_of_the_head_is_found(last_id: int, other: int, field: str) -> None:
    head = CHAIN.signed(Head(last_id, "a" * 64, 0, ""))
    changed = replace(head, last_id=other) if field == "last_id" else replace(head, anchor_id=other)
    assert CHAIN.is_ours(changed) is (changed == head)
    assert not CHAIN.is_ours(replace(head, last_hash="b" * 64))
    assert not ChainKey(b"z" * 32).is_ours(head)


async def test_untouched_trail_fits(database: Database) -> None:
    assert (await verify(database)).ok
    await filled(database)
    report = await verify(database)
    assert (report.ok, report.entries, report.first_id, report.last_id) == (True, 6, 1, 6)


async def test_longer_trail_than_one_stretch_fits(sqlite_database: Database) -> None:
    trail = trail_on(sqlite_database)
    async with sqlite_database.write() as work:
        for _ in range(450):
            await trail.record(work, BUDI, AdminAction.CACHE_CLEARED)
    assert (await verify(sqlite_database)).entries == 450
    await break_in(sqlite_database, "UPDATE audit_entries SET count = 2 WHERE id = 401")
    assert broken(await verify(sqlite_database)) == ("changed", 401)


@pytest.mark.parametrize("column", [*TEXTS, "details", "hash"])
async def test_changed_text_in_the_table_is_found(database: Database, column: str) -> None:
    await filled(database)
    await break_in(database, f"UPDATE audit_entries SET {column} = 'x' WHERE id = 4")  # noqa: S608
    assert broken(await verify(database)) == ("changed", 4)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE audit_entries SET user_id = 8 WHERE id = 4", ("changed", 4)),
        ("UPDATE audit_entries SET user_id = NULL WHERE id = 4", ("changed", 4)),
        ("UPDATE audit_entries SET count = 2 WHERE id = 1", ("changed", 1)),
        ("UPDATE audit_entries SET at = '2026-03-01 08:00:00.000001' WHERE id = 5", ("changed", 5)),
        ("DELETE FROM audit_entries WHERE id = 1", ("removed", 1)),
        ("DELETE FROM audit_entries WHERE id = 3", ("removed", 3)),
        ("DELETE FROM audit_entries WHERE id = 6", ("removed", 6)),
        ("DELETE FROM audit_entries WHERE id > 2", ("removed", 3)),
        ("DELETE FROM audit_entries", ("removed", 1)),
        ("UPDATE audit_entries SET id = 7 WHERE id = 6", ("removed", 6)),
        ("UPDATE audit_head SET last_id = 5", ("head", 5)),
        ("UPDATE audit_head SET anchor_id = 2", ("changed", 3)),
        ("UPDATE audit_head SET signature = ''", ("head", 6)),
        ("DELETE FROM audit_head", ("head", None)),
    ],
)
async def test_break_in_the_table_is_found(
    database: Database, statement: str, expected: tuple[str, int | None]
) -> None:
    await filled(database)
    await break_in(database, statement)
    assert broken(await verify(database)) == expected


async def test_end_that_was_cut_off_together_with_the_head_is_found(database: Database) -> None:
    """The head is signed: who shortens the trail cannot make a head for the shorter one."""
    await filled(database)
    await break_in(
        database,
        "UPDATE audit_head SET last_id = 4,"
        " last_hash = (SELECT hash FROM audit_entries WHERE id = 4)",
        "DELETE FROM audit_entries WHERE id > 4",
    )
    assert broken(await verify(database)) == ("head", 4)


async def test_start_that_was_cut_off_together_with_the_anchor_is_found(database: Database) -> None:
    await filled(database)
    await break_in(
        database,
        "UPDATE audit_head SET anchor_id = 3,"
        " anchor_hash = (SELECT hash FROM audit_entries WHERE id = 3)",
        "DELETE FROM audit_entries WHERE id <= 3",
    )
    assert broken(await verify(database))[0] == "head"


async def test_entries_put_before_and_behind_the_trail_are_found(database: Database) -> None:
    await filled(database)
    copy = (
        "INSERT INTO audit_entries SELECT {}, at, kind, name, actor_kind, user_id, username,"
        " address, user_agent, endpoint, target, details, count, hash"
        " FROM audit_entries WHERE id = 6"
    )
    await break_in(database, copy.format(0))
    assert broken(await verify(database)) == ("inserted", 0)
    await run_sql(database, "DELETE FROM audit_entries WHERE id = 0", copy.format(7))
    assert broken(await verify(database)) == ("inserted", 7)


async def test_damage_stays_visible_whatever_is_written_later(database: Database) -> None:
    await filled(database)
    await break_in(
        database,
        "UPDATE audit_head SET last_id = 4,"
        " last_hash = (SELECT hash FROM audit_entries WHERE id = 4)",
        "DELETE FROM audit_entries WHERE id > 4",
    )
    await filled(database)
    report = await verify(database)
    assert (report.entries, broken(report)[0]) == (10, "head")


async def test_another_installation_finds_nothing_that_fits(database: Database) -> None:
    await filled(database)
    report = await Verifier(database, key=b"other" * 8).verify()
    assert broken(report) == ("changed", 1)


async def test_several_processes_write_one_chain(database: Database) -> None:
    async with opened(database.place) as other:
        trails = [(trail_on(one), one) for one in (database, other)]
        await asyncio.gather(*(record(trail, one) for trail, one in trails for _ in range(25)))
    report = await verify(database)
    assert (report.ok, report.entries) == (True, 50)


async def test_entries_that_come_while_it_walks_disturb_nothing(database: Database) -> None:
    await filled(database, 20)
    trail = trail_on(database)

    async def go_on() -> None:
        for _ in range(20):
            await record(trail, database)

    report, _ = await asyncio.gather(verify(database), go_on())
    assert report.ok
