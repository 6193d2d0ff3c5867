"""Nobody's account is overwritten, removed or let in again unless somebody says so."""

from pathlib import Path

import pytest
from sqlalchemy import select

from pantau.accounts.models import UserRow
from pantau.backups.protection import Lock, Unlock
from tests.backups.hubs import FullHub, person
from tests.support.database import opened

pytestmark = pytest.mark.anyio


@pytest.fixture
def hub(full_hub: FullHub) -> FullHub:
    return full_hub


@pytest.fixture
async def backup(hub: FullHub, tmp_path: Path) -> Path:
    """A backup, after which people changed: one was demoted, one came, one left."""
    async with opened(hub.place) as database, database.write() as work:
        work.session.add(person(3, name="Left", role="operator"))
    made = await hub.back_up(tmp_path / "one.tar", Lock())
    async with opened(hub.place) as database, database.write() as work:
        demoted = await work.session.get_one(UserRow, 2)
        demoted.role, demoted.password_hash = "viewer", "$argon2id$new"
        await work.session.delete(await work.session.get_one(UserRow, 3))
        work.session.add(person(4, name="Came"))
    return made.file


async def people_of(hub: FullHub) -> dict[str, tuple[int, str, str]]:
    async with opened(hub.place) as database, database.read() as work:
        rows = (await work.session.execute(select(UserRow))).scalars()
        return {row.username: (row.id, row.role, row.password_hash) for row in rows}


async def test_a_preview_names_everybody_who_differs(hub: FullHub, backup: Path) -> None:
    told = (await hub.prepare(backup, Unlock())).people
    assert [(each.username, each.what) for each in told.changed] == [
        ("Orang-2", ("password", "role"))
    ]
    assert (told.changed[0].role_here, told.changed[0].role_there) == ("viewer", "admin")
    assert told.only_here == ("Came",)
    assert told.only_there == ("Left",)


async def test_accounts_of_a_hub_in_use_stay_as_they_are(hub: FullHub, backup: Path) -> None:
    result = await hub.restore(backup, Unlock())
    assert result.ok
    found = await people_of(hub)
    assert found["Orang-2"] == (2, "viewer", "$argon2id$new")
    assert found.keys() == {"Orang-1", "Orang-2", "Came", "Left"}
    assert (hub.data_dir / "backups" / result.safety).exists()


async def test_accounts_become_those_of_the_backup_when_asked(hub: FullHub, backup: Path) -> None:
    assert (await hub.restore(backup, Unlock(), people="backup")).ok
    found = await people_of(hub)
    assert found["Orang-2"] == (2, "admin", "$argon2id$2")
    assert found.keys() == {"Orang-1", "Orang-2", "Left"}


async def test_whoever_has_somebody_elses_number_is_left_out_and_named(
    hub: FullHub, backup: Path
) -> None:
    async with opened(hub.place) as database, database.write() as work:
        work.session.add(person(3, name="Another"))
    preview = await hub.prepare(backup, Unlock())
    assert preview.people.clashes == ("Left",)
    assert (await hub.restore(backup, Unlock())).ok
    assert (await people_of(hub))["Another"][0] == 3
    assert "Left" not in await people_of(hub)


async def test_a_hub_without_any_admin_is_not_restored(hub: FullHub, tmp_path: Path) -> None:
    async with opened(hub.place) as database, database.write() as work:
        for number in (1, 2):
            (await work.session.get_one(UserRow, number)).role = "viewer"
    made = await hub.back_up(tmp_path / "two.tar", Lock())
    async with opened(hub.place) as database, database.write() as work:
        (await work.session.get_one(UserRow, 1)).role = "admin"
    before = await hub.contents()
    result = await hub.restore(made.file, Unlock(), people="backup")
    assert not result.ok
    assert "as an admin" in result.sentence
    assert await hub.contents() == before
    assert not hub.staging.folder.exists()


async def test_what_was_here_before_can_be_had_back(hub: FullHub, backup: Path) -> None:
    before = await people_of(hub)
    result = await hub.restore(backup, Unlock(), people="backup")
    safety = hub.data_dir / "backups" / result.safety
    assert (await hub.restore(safety, Unlock(), people="backup")).ok
    assert await people_of(hub) == before
    assert (await hub.verify()).ok
