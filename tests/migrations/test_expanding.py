"""A step that lets the release before it go on only expands: looked at, and tried out."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from pantau.core.clock import SystemClock
from pantau.core.errors import Unavailable
from pantau.db.place import Place, sqlite_place
from pantau.db.reach import reach_of
from pantau.migrations.revisions import STEPS, known_revisions
from pantau.migrations.shapes import Shape, shape_of, what_breaks
from pantau.migrations.stepping import oldest_release_of, take_steps
from pantau.migrations.upgrade import read_standing, step_aside
from tests.migrations.older_release import goes_on
from tests.migrations.steps import FIRST, engine_at, step, tables_at, take, written

pytestmark = pytest.mark.anyio
FILES = sorted((STEPS / "versions").glob("[0-9]*.py"))
SQLITE_REBUILDS = "with op.batch_alter_table('things') as things: things."
EXPANDING = {
    "a column that may be empty": "op.add_column('things', sa.Column('colour', sa.String(9)))",
    "a column with a default": (
        "op.add_column('things', sa.Column('n', sa.Integer, nullable=False, server_default='3'))"
    ),
    "a table": "op.create_table('bags', sa.Column('id', sa.Integer, primary_key=True))",
    "an index": "op.create_index('ix_things_note', 'things', ['note'])",
    "a wider text": SQLITE_REBUILDS + "alter_column('name', type_=sa.String(40))",
}
CONTRACTING = {
    "a column less": SQLITE_REBUILDS + "drop_column('note')",
    "a column with another name": SQLITE_REBUILDS
    + "alter_column('note', new_column_name='remark')",
    "a table less": "op.drop_table('parts')",
    "a column that must be given": (
        SQLITE_REBUILDS + "add_column(sa.Column('n', sa.Integer, nullable=False))"
    ),
    "a narrower text": SQLITE_REBUILDS + "alter_column('name', type_=sa.String(5))",
    "another kind of value": (
        "op.drop_column('things', 'note'); "
        "op.add_column('things', sa.Column('note', sa.LargeBinary))"
    ),
    "no NULL any more": SQLITE_REBUILDS + "alter_column('note', nullable=False)",
    "no default any more": SQLITE_REBUILDS + "alter_column('size', server_default=None)",
    "one row per value": "op.create_index('uq_name', 'things', ['name'], unique=True)",
}
SQLITE_KNOWS_NO_TYPES = {"a narrower text", "another kind of value"}


def emptied(change: str) -> list[str]:
    """Return a step's lines on tables without rows, where any change is possible."""
    return ["op.execute('DELETE FROM parts')", "op.execute('DELETE FROM things')", change]


async def shape_at(place: Place) -> Shape:
    engine = engine_at(place)
    async with engine.connect() as connection:
        shape = await connection.run_sync(shape_of)
    await engine.dispose()
    return shape


async def changed_by(place: Place, folder: Path, change: str) -> tuple[tuple[str, ...], str]:
    """Return what is seen of a step that does `change`, and what goes wrong for those before."""
    await take(place, folder, written(folder, FIRST))
    before, known = await shape_at(place), await tables_at(place)
    assert await goes_on(place, known) == ""
    await take(place, folder, written(folder, FIRST, step(2, *emptied(change))))
    return what_breaks(before, await shape_at(place)), await goes_on(place, known)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A place without any table, of each kind in turn."""
    if request.param == "sqlite":
        return sqlite_place(tmp_path / "pantau.db")
    return request.getfixturevalue("empty_server_place")


@pytest.mark.parametrize("change", EXPANDING.values(), ids=EXPANDING)
async def test_what_only_adds_lets_the_older_release_go_on(
    change: str, empty_place: Place, tmp_path: Path
) -> None:
    assert await changed_by(empty_place, tmp_path, change) == ((), "")


@pytest.mark.parametrize("name", CONTRACTING)
async def test_what_takes_away_is_seen_and_does_break_the_older_release(
    name: str, empty_place: Place, tmp_path: Path
) -> None:
    seen, wrong = await changed_by(empty_place, tmp_path, CONTRACTING[name])
    assert seen
    if not (empty_place.is_sqlite and name in SQLITE_KNOWS_NO_TYPES):
        assert wrong


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_step_says_which_release_still_works_with_it(file: Path) -> None:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert hasattr(module, "oldest_release"), (
        f"{file.name} must say in oldest_release which step the oldest release knows that still "
        "works with its tables: its own number, or that of the step before when it only adds."
    )
    assert known_revisions()[0] <= module.oldest_release <= module.revision


def steps_that_reach_back() -> list[tuple[str, str]]:
    return [
        (oldest_release_of(STEPS, revision), revision)
        for revision in known_revisions()
        if oldest_release_of(STEPS, revision) < revision
    ]


@pytest.mark.parametrize(("oldest", "revision"), steps_that_reach_back())
async def test_a_step_that_lets_an_older_release_go_on_only_expands(
    oldest: str, revision: str, empty_place: Place
) -> None:
    await reach_step(empty_place, oldest)
    before, known = await shape_at(empty_place), await tables_at(empty_place)
    assert await goes_on(empty_place, known) == ""
    await reach_step(empty_place, revision)
    assert what_breaks(before, await shape_at(empty_place)) == ()
    assert await goes_on(empty_place, known) == ""


async def reach_step(place: Place, revision: str) -> None:
    if place.file is not None:
        await step_aside(place.file, revision)
        return

    def work(connection: Connection) -> None:
        take_steps(connection, STEPS, revision)

    engine = engine_at(place)
    async with engine.begin() as connection:
        await connection.run_sync(work)
    await engine.dispose()


async def test_a_release_uses_what_a_newer_one_has_added_to(
    empty_place: Place, tmp_path: Path
) -> None:
    newer = written(tmp_path, FIRST, step(2, EXPANDING["a table"], oldest="0001"))
    await take(empty_place, tmp_path, newer)
    older = written(tmp_path, FIRST)
    standing = await read_standing(empty_place, clock=SystemClock(), steps=older)
    assert (standing.is_ahead, standing.lacks_steps, standing.is_newest) == (True, False, False)
    done = await take(empty_place, tmp_path, older)
    assert done.did_nothing
    assert done.after == "0002"


async def test_a_release_refuses_what_a_newer_one_has_changed(
    empty_place: Place, tmp_path: Path
) -> None:
    change = step(3, CONTRACTING["a column less"], oldest="0002")
    newer = written(tmp_path, FIRST, step(2, EXPANDING["a table"]), change)
    await take(empty_place, tmp_path, newer)
    with pytest.raises(Unavailable, match="at step 0003, and need one that knows 0002") as refused:
        await take(empty_place, tmp_path, written(tmp_path, FIRST))
    assert refused.value.code == "database.newer"
    middle = written(tmp_path, FIRST, step(2, EXPANDING["a table"]))
    assert (await take(empty_place, tmp_path, middle)).did_nothing


async def test_who_may_use_a_database_is_the_strictest_of_all_steps(
    empty_place: Place, tmp_path: Path
) -> None:
    steps = written(tmp_path, FIRST, step(2, oldest="0002"), step(3, oldest="0001"))
    await take(empty_place, tmp_path, steps)
    with pytest.raises(Unavailable, match="need one that knows 0002"):
        await take(empty_place, tmp_path, written(tmp_path, FIRST))


async def test_a_step_that_says_nothing_is_understood_by_its_own_release_alone(
    empty_place: Place, tmp_path: Path
) -> None:
    silent = step(2, EXPANDING["a table"]).replace("oldest_release", "nothing")
    await take(empty_place, tmp_path, written(tmp_path, FIRST, silent))
    with pytest.raises(Unavailable, match="need one that knows 0002"):
        await take(empty_place, tmp_path, written(tmp_path, FIRST))


async def test_a_database_names_the_tables_that_steps_have_made(
    empty_place: Place, tmp_path: Path
) -> None:
    await take(empty_place, tmp_path, written(tmp_path, FIRST))
    await take(empty_place, tmp_path, written(tmp_path, FIRST, step(2, EXPANDING["a table"])))
    engine = engine_at(empty_place)
    async with engine.connect() as connection:
        reach = await reach_of(connection)
    await engine.dispose()
    assert reach is not None
    assert reach.made_tables == ("alembic_version", "bags", "parts", "things")
