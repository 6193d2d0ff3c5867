"""Back to the tables of the release before: what was recorded and changed since comes along."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from pantau.audit.actors import CONSOLE
from pantau.audit.chain import ChainKey
from pantau.audit.events import Action
from pantau.audit.repository import read_head
from pantau.audit.trail import AuditTrail
from pantau.audit.witness import FILE_NAME, Witness
from pantau.backups import snapshots
from pantau.backups.carrying_out import carry_on
from pantau.backups.roll_back_preview import look
from pantau.core.clock import SystemClock
from pantau.db.place import Place
from pantau.migrations.shapes import shape_of
from pantau.migrations.upgrade import read_standing
from pantau.tables import ON_ROLL_BACK, metadata
from tests.backups.hubs import FullHub, person
from tests.backups.releases import NEXT, TODAY, Releases, next_steps
from tests.migrations.steps import ask, engine_at
from tests.support.database import opened

pytestmark = pytest.mark.anyio
PEOPLE: Final = "SELECT username FROM users ORDER BY id"
SINCE: Final = (
    "UPDATE areas SET name = 'Renamed since'",
    "UPDATE cameras SET colour = 'red', name = 'Also renamed'",
    "INSERT INTO bags VALUES (1)",
    "UPDATE users SET password_hash = 'changed since' WHERE id = 2",
    "DELETE FROM alert_muted_cameras",
    "INSERT INTO view_glances SELECT camera_id + 1, hour_at, 5, 0 FROM view_glances",
    "UPDATE alert_messages SET state = 'sent'",
)


def test_every_table_has_a_decision() -> None:
    assert sorted(ON_ROLL_BACK) == sorted(metadata.tables), (
        "say in ON_ROLL_BACK what becomes of a table's rows when a release is rolled back"
    )
    assert list(ON_ROLL_BACK) == sorted(ON_ROLL_BACK)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
async def releases(
    request: pytest.FixtureRequest,
    anyio_backend: str,
    full_folder: Path,
    sqlite_template: Path,
    tmp_path: Path,
) -> Releases:
    """A full hub of each kind, and the steps of a next release that takes things away."""
    if request.param == "sqlite":
        full: FullHub = request.getfixturevalue("full_hub")
    else:
        full = FullHub(
            request.getfixturevalue("postgresql_place"), tmp_path / "data", sqlite_template
        )
        await full.fill()
    return Releases(full, await asyncio.to_thread(next_steps, tmp_path))


async def shape_at(place: Place) -> Any:
    engine = engine_at(place)
    async with engine.connect() as connection:
        found = await connection.run_sync(shape_of)
    await engine.dispose()
    return found


async def lived_on(releases: Releases) -> None:
    """Let time pass at the next release."""
    full = releases.full
    await releases.do(*SINCE)
    async with opened(full.place) as database:
        trail = AuditTrail(database, key=full.audit_key, clock=full.clock)
        async with database.write() as work:
            work.session.add(person(9, name="Since"))
            await work.session.flush()
            await trail.record(work, CONSOLE, Action.CREATE_USER, target="user 9")
        async with database.read() as work:
            head = await read_head(work)
    assert head is not None
    Witness(full.data_dir / FILE_NAME, ChainKey(full.audit_key)).write(head, full.clock.now())


@pytest.mark.parametrize("by", ["today", "next"])
async def test_what_was_recorded_and_changed_since_is_in_the_earlier_tables(
    by: str, releases: Releases
) -> None:
    full = releases.full
    before, shape = await full.contents(), await shape_at(full.place)
    taken = await releases.snapshot()
    assert taken.step == TODAY
    await releases.deploy()
    await lived_on(releases)
    found = await look(getattr(releases, by), taken, ON_ROLL_BACK)
    assert found.lost == (
        "The table bags, which is new: 1 row",
        "The column cameras.colour, which is new: 1 row",
    )
    (views,) = (said for said in found.kept if said.startswith("Views, visitors and how playing"))
    assert views.endswith("rows (+1 since)")
    result = await releases.roll_back(getattr(releases, by), taken)
    assert result.ok, result.sentence
    assert await shape_at(full.place) == shape
    standing = await read_standing(full.place, clock=SystemClock())
    assert standing.stored == TODAY
    after = await full.contents()
    assert len(after["view_glances"]) == 2 * len(before["view_glances"])
    assert after["alert_muted_cameras"] == []
    areas = await ask(full.place, "SELECT name, kelurahan FROM areas")
    kelurahan = await _value_of(full, before, "areas", "kelurahan")
    assert areas == [("Renamed since", kelurahan)]
    assert await ask(full.place, "SELECT name FROM cameras") == [("Also renamed",)]
    assert [row[0] for row in await ask(full.place, PEOPLE)] == ["Orang-1", "Orang-2", "Since"]
    assert await ask(full.place, "SELECT state FROM alert_messages") == [("sent",)]
    if by == "next":
        # Only who knows the step can take back what it did to values.
        assert after["site_values"] == before["site_values"]
    changed = {"areas", "cameras", "users", "view_glances", "alert_muted_cameras", "audit_entries"}
    changed |= {"audit_head", "alert_messages", "site_values"}
    assert {name for name in before if before[name] != after[name]} <= changed
    trail = after["audit_entries"]
    assert trail[: len(before["audit_entries"])] == before["audit_entries"]
    assert [row[3] for row in trail[-2:]] == ["CREATE_USER", "ROLL_BACK_DATABASE"]
    report = await full.verify()
    assert report.ok, report.found
    assert not full.staging.folder.exists()
    # And forward again: nothing of the next release is left that would be in its way.
    await releases.deploy()
    assert (await ask(full.place, "SELECT count(*) FROM bags")) == [(0,)]
    assert (await full.verify()).ok


async def _value_of(full: FullHub, contents: Any, table: str, column: str) -> Any:
    names = [each.name for each in metadata.tables[table].columns]
    return contents[table][0][names.index(column)]


async def test_what_was_there_before_is_kept_and_can_be_gone_back_to(releases: Releases) -> None:
    taken = await releases.snapshot()
    await releases.deploy()
    await lived_on(releases)
    result = await releases.roll_back(releases.next, taken)
    kept = await asyncio.to_thread(_find, releases, result.safety)
    assert kept.step == NEXT
    again = await releases.roll_back(releases.next, kept)
    assert again.ok, again.sentence
    assert await ask(releases.full.place, "SELECT colour FROM cameras") == [("red",)]
    assert await ask(releases.full.place, "SELECT name FROM areas") == [("Renamed since",)]
    assert (await releases.full.verify()).ok


def _find(releases: Releases, name: str) -> Any:
    return snapshots.find(releases.full.data_dir, name)


async def test_numbers_are_not_given_twice_afterwards(releases: Releases) -> None:
    taken = await releases.snapshot()
    await releases.deploy()
    async with opened(releases.full.place) as database, database.write() as work:
        work.session.add(person(70, name="Gone"))
    if not releases.full.place.is_sqlite:
        await releases.do("SELECT setval(pg_get_serial_sequence('users', 'id'), 70)")
    await releases.do("DELETE FROM users WHERE id = 70")
    assert (await releases.roll_back(releases.next, taken)).ok
    async with opened(releases.full.place) as database, database.write() as work:
        new = person(0, name="New")
        new.id = None  # type: ignore[assignment]  # the database numbers it
        work.session.add(new)
        await work.session.flush()
        assert new.id > 70


KILLED_AT: Final = {
    "before the copy of now": "pantau.backups.snapshots.take",
    "while rows are merged": "pantau.backups.row_merging._go_on_numbering",
    "before the mark": "pantau.backups.staging.Staging.commit",
    "after the mark": "pantau.backups.carrying_out._put_in_place",
    "between the database and the end": "pantau.backups.carrying_out._move_files_in_thread",
    "at the end": "pantau.backups.staging.Staging.drop",
}
DONE_BY_THE_NEXT_START: Final = {"after the mark", "between the database and the end", "at the end"}
RARELY: Final = KILLED_AT.keys() - {"between the database and the end"}
VICTIM: Final = """
import asyncio, os, signal, sys
from pathlib import Path
from unittest.mock import patch
from sqlalchemy import make_url
from pantau.db.place import Place, sqlite_place
from tests.backups.hubs import FullHub
from tests.backups.releases import Releases

where, url, folder, template, steps = sys.argv[1:]

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

place = sqlite_place(Path(url)) if url.startswith("/") else Place(make_url(url))
hub = Releases(FullHub(place, Path(folder), Path(template)), Path(steps))
with patch(where, die):
    asyncio.run(hub.carry_out(hub.next))
"""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.long] if name in RARELY else []) for name in KILLED_AT],
)
async def test_killed_anywhere_it_is_as_before_or_carried_to_its_end(
    name: str, releases: Releases
) -> None:
    full = releases.full
    taken = await releases.snapshot()
    await releases.deploy()
    await lived_on(releases)
    later, shape = await full_contents(releases), await shape_at(full.place)
    releases.want(taken)
    where = str(full.place.file or full.place.url.render_as_string(hide_password=False))
    command = [KILLED_AT[name], where, str(full.data_dir), str(full.template), str(releases.steps)]
    code = await asyncio.to_thread(_run, command)
    assert code == -signal.SIGKILL
    # Whoever starts next may be the release of today or the next one.
    await carry_on(releases.today, full.staging)
    if name in DONE_BY_THE_NEXT_START:
        assert (await read_standing(full.place, clock=SystemClock())).stored == TODAY
        assert not full.staging.folder.exists()
        assert (await full.verify()).ok
        return
    assert (await shape_at(full.place), await full_contents(releases)) == (shape, later)
    assert (await releases.roll_back(releases.next, taken)).ok
    assert (await full.verify()).ok


async def full_contents(releases: Releases) -> Any:
    shape = await shape_at(releases.full.place)
    return {
        name: sorted(
            await ask(releases.full.place, f'SELECT {", ".join(_quoted(table))} FROM "{name}"'),  # noqa: S608
            key=repr,
        )
        for name, table in shape.items()
    }


def _quoted(table: Any) -> Iterator[str]:
    return (f'"{column}"' for column in sorted(table.columns))


def _run(arguments: list[str]) -> int:
    command = [sys.executable, "-c", VICTIM, *arguments]
    return subprocess.run(command, check=False, timeout=100, cwd=Path.cwd()).returncode


@pytest.mark.long
async def test_a_row_that_the_earlier_tables_refuse_changes_nothing(releases: Releases) -> None:
    taken = await releases.snapshot()
    await releases.deploy()
    # A rule that came since, and for which nobody knows a name.
    await releases.do("ALTER TABLE alert_rules DROP COLUMN name")
    await releases.do("UPDATE alert_rules SET id = id + 50")
    before = await full_contents(releases)
    result = await releases.roll_back(releases.next, taken)
    assert not result.ok
    assert "cannot be in the earlier tables" in result.sentence
    assert await full_contents(releases) == before
