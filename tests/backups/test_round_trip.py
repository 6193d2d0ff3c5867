"""A backup, restored elsewhere, is the same hub: on SQLite, on PostgreSQL, and across both."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest
from sqlalchemy import select

from pantau.accounts.models import SessionRow
from pantau.backups.protection import Lock, Unlock
from pantau.backups.repository import add_run, open_runs
from pantau.cameras.repository import stored_cameras
from pantau.core.errors import Invalid
from pantau.core.sealing import Sealer, keyring
from pantau.db.place import Place
from tests.backups.hubs import LOCK, SOURCE, FullHub, person
from tests.support.database import opened

pytestmark = pytest.mark.anyio
CHANGED = {"audit_entries", "audit_head", "sessions", "first_run_links"}
"""A restore is an entry of the trail, and ends every session and link."""


@pytest.fixture
def place_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Place]:
    def give(kind: str) -> Place:
        if kind == "postgresql":
            place: Place = request.getfixturevalue("postgresql_place")
            return place
        return Place(
            request.getfixturevalue("sqlite_place").url.set(database=str(tmp_path / "x" / kind)),
            file=tmp_path / "x" / kind,
        )

    return give


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("sqlite", "fresh"),
        ("sqlite", "postgresql"),
        pytest.param("postgresql", "fresh", marks=pytest.mark.long),
    ],
)
async def test_a_restored_hub_is_the_same_hub(
    source: str,
    target: str,
    place_of: Callable[[str], Place],
    sqlite_place: Place,
    sqlite_template: Path,
    tmp_path: Path,
) -> None:
    old_place = sqlite_place if source == "sqlite" else place_of(source)
    old = FullHub(old_place, tmp_path / "old", sqlite_template)
    await old.fill()
    before = await old.contents()
    made = await old.back_up(tmp_path / "one.tar.age")
    (tmp_path / "x").mkdir()
    new = FullHub(place_of(target), tmp_path / "x", sqlite_template)
    result = await new.restore(made.file)
    assert result.ok, result.sentence
    after = await new.contents()
    assert {name for name in before if before[name] != after[name]} <= CHANGED
    assert after["audit_entries"][:-1] == before["audit_entries"]
    for name in ("secret.key",):
        assert (new.data_dir / name).read_bytes() == (old.data_dir / name).read_bytes()
    report = await new.verify()
    assert report.ok, report.found
    assert report.entries == 4
    async with opened(new.place) as database, database.read() as work:
        sealer = Sealer(keyring(new.data_dir / "sealing.keys"))
        stored = await stored_cameras(work, sealer)
        ended = (await work.session.execute(select(SessionRow.ended_at))).scalars().all()
    assert stored[0].camera.source.url == SOURCE
    assert None not in ended
    async with opened(new.place) as database, database.write() as writing:
        # Numbers that were given are not given again.
        added = person(0)
        del added.id
        writing.session.add(added)
        await writing.session.flush()
        assert added.id == 3


async def test_postgresql_comes_back_into_the_same_server(
    postgresql_place: Place, sqlite_template: Path, tmp_path: Path
) -> None:
    hub = FullHub(postgresql_place, tmp_path / "hub", sqlite_template)
    await hub.fill()
    before = await hub.contents()
    made = await hub.back_up(tmp_path / "one.tar", Lock())
    async with opened(hub.place) as database, database.write() as work:
        work.session.add(person(9, name="later"))
    result = await hub.restore(made.file, Unlock())
    assert result.ok, result.sentence
    after = await hub.contents()
    assert {name for name in before if before[name] != after[name]} <= CHANGED | {"users"}
    assert [row[1] for row in after["users"]] == ["Orang-1", "Orang-2", "later"]
    assert (await hub.verify()).ok


async def test_a_backup_is_no_failed_one_after_its_restore(
    full_hub: FullHub, tmp_path: Path
) -> None:
    at = datetime(2026, 11, 22, 3, tzinfo=UTC)
    async with opened(full_hub.place) as database, database.write() as writing:
        await add_run(writing, kind="asked", state="running", asked_by="ayu", at=at)
    made = await full_hub.back_up(tmp_path / "one.tar.age")
    assert (await full_hub.restore(made.file)).ok
    async with opened(full_hub.place) as database, database.read() as work:
        assert await open_runs(work) == [], "of its end the copy knows nothing"


async def test_keys_of_age_lock_and_open(full_hub: FullHub, tmp_path: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    hub = full_hub
    lock = Lock(recipients=(str(identity.to_public()),))
    made = await hub.back_up(tmp_path / "one.tar.age", lock)
    with pytest.raises(Invalid, match="private key"):
        await hub.prepare(made.file)
    await hub.prepare(made.file, Unlock(identity=str(identity)))
    other = str(pyrage.x25519.Identity.generate())
    with pytest.raises(Invalid, match="another key"):
        await hub.prepare(made.file, Unlock(identity=other))


async def test_whoever_has_the_tool_age_opens_it_with_the_passphrase(
    full_hub: FullHub, tmp_path: Path
) -> None:
    hub = full_hub
    made = await hub.back_up(tmp_path / "one.tar.age")
    plain = pyrage.passphrase.decrypt(made.file.read_bytes(), LOCK.passphrase)
    assert plain[:13] == b"manifest.json"
