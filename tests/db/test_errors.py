import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from pantau.db.database import Database
from pantau.db.errors import breaks_foreign_key, breaks_unique
from tests.db.rows import make_things, names_in, put

pytestmark = pytest.mark.anyio

PAIRS = (
    "CREATE TABLE pairs (one INTEGER NOT NULL, two INTEGER NOT NULL, word VARCHAR(20), "
    "thing INTEGER REFERENCES things (id), CONSTRAINT uq_pairs_one_two UNIQUE (one, two))"
)
BY_WORD = "CREATE UNIQUE INDEX uq_pairs_word_lower ON pairs (lower(word))"


async def refusal(database: Database, statement: str) -> IntegrityError:
    with pytest.raises(IntegrityError) as refused:
        async with database.write() as work:
            await work.session.execute(text(statement))
    return refused.value


async def make_pairs(database: Database) -> None:
    await make_things(database, "gate")
    async with database.write() as work:
        await work.session.execute(text(PAIRS))
        await work.session.execute(text(BY_WORD))
        await work.session.execute(text("INSERT INTO pairs VALUES (1, 2, 'Gate', 1)"))


async def test_a_name_that_is_taken_is_told_from_other_faults(database: Database) -> None:
    await make_pairs(database)
    taken = await refusal(database, "INSERT INTO things VALUES (2, 'gate')")
    assert breaks_unique(taken, "things.name")
    assert not breaks_unique(taken, "things.id")
    assert not breaks_unique(taken, "pairs.name")
    assert not breaks_foreign_key(taken)
    number = await refusal(database, "INSERT INTO things VALUES (1, 'yard')")
    assert breaks_unique(number, "things.id")
    assert not breaks_unique(number, "things.name")


async def test_constraints_over_several_columns_and_over_expressions_are_known(
    database: Database,
) -> None:
    await make_pairs(database)
    pair = await refusal(database, "INSERT INTO pairs VALUES (1, 2, 'yard', 1)")
    assert breaks_unique(pair, "pairs.one, pairs.two")
    assert not breaks_unique(pair, "pairs.one")
    word = await refusal(database, "INSERT INTO pairs VALUES (3, 4, 'GATE', 1)")
    assert breaks_unique(word, "uq_pairs_word_lower")
    assert not breaks_unique(word, "pairs.one, pairs.two")


async def test_references_to_nothing_and_empty_columns_are_no_doubles(database: Database) -> None:
    await make_pairs(database)
    nothing = await refusal(database, "INSERT INTO pairs VALUES (5, 6, 'yard', 77)")
    assert breaks_foreign_key(nothing)
    assert not breaks_unique(nothing, "pairs.thing")
    empty = await refusal(database, "INSERT INTO pairs VALUES (5, NULL, 'yard', 1)")
    assert not breaks_foreign_key(empty)
    assert not breaks_unique(empty, "pairs.two")


async def test_a_block_goes_on_after_a_double_inside_a_savepoint(database: Database) -> None:
    await make_things(database, "gate")
    async with database.write() as work:
        with pytest.raises(IntegrityError):
            async with work.session.begin_nested():
                await put(work, 2, "gate")
        await put(work, 2, "yard")
    assert await names_in(database) == ["gate", "yard"]
