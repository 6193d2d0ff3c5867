"""Snapshots: whole or not there, for one user, listed in their order, and the needed ones stay."""

import json
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pantau.backups import snapshots
from pantau.backups.snapshots import TakenSnapshot
from pantau.core.errors import Exhausted, Invalid, NotFound, Unavailable
from pantau.db.place import sqlite_place
from tests.backups.hubs import FullHub
from tests.backups.releases import TODAY
from tests.support.database import opened

pytestmark = pytest.mark.anyio


async def taken_of(hub: FullHub) -> TakenSnapshot:
    return await snapshots.take(hub.hub, build="b" * 12, version="1")


async def test_a_snapshot_is_the_state_of_its_moment(full_hub: FullHub) -> None:
    async with opened(full_hub.place) as database:
        async with database.write() as work:
            await work.session.execute(text("UPDATE areas SET name = 'before'"))
        # What was written last is still in the log beside the file.
        taken = await taken_of(full_hub)
        async with database.write() as work:
            await work.session.execute(text("UPDATE areas SET name = 'after'"))
    with closing(sqlite3.connect(taken.file)) as copy:
        assert copy.execute("SELECT name FROM areas").fetchall() == [("before",)]
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert (taken.step, taken.build, taken.kind) == (TODAY, "b" * 12, "sqlite")
    assert taken.file.is_absolute()
    files = list(taken.file.parent.iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(taken.file.parent.stat().st_mode) == 0o700
    assert snapshots.listed(full_hub.data_dir) == (taken,)
    assert snapshots.find(full_hub.data_dir, taken.name) == taken


async def test_the_newest_and_the_needed_stay(full_hub: FullHub) -> None:
    taken = [(await taken_of(full_hub)).name for _ in range(4)]
    folder = full_hub.data_dir / snapshots.FOLDER
    # What one that was killed has left, and what is none of ours.
    (folder / f"snapshot-20260101T000000Z-{TODAY}.db").touch()
    (folder / "mine.db").touch()
    gone = snapshots.prune(full_hub.data_dir, keep=2, needed=[str(folder / taken[0])])
    assert gone == (taken[1],)
    assert [each.name for each in snapshots.listed(full_hub.data_dir)] == [
        taken[3],
        taken[2],
        taken[0],
    ]
    kept = {taken[0], taken[2], taken[3]}
    names = kept | {f"{name}.json" for name in kept} | {"mine.db", ".lock"}
    assert {path.name for path in folder.iterdir()} == names


async def test_a_clock_that_was_set_back_does_not_make_the_newest_old(full_hub: FullHub) -> None:
    first = await taken_of(full_hub)
    full_hub.clock.set_wall_back(timedelta(days=400).total_seconds())
    second = await taken_of(full_hub)
    assert second.taken_at < first.taken_at
    snapshots.prune(full_hub.data_dir, keep=1, needed=())
    assert snapshots.listed(full_hub.data_dir) == (second,)


async def test_a_damaged_snapshot_is_not_gone_back_to(full_hub: FullHub) -> None:
    taken = await taken_of(full_hub)
    with taken.file.open("r+b") as file:
        file.seek(5000)
        file.write(b"xx")
    with pytest.raises(Invalid, match="damaged"):
        snapshots.find(full_hub.data_dir, taken.name)
    with pytest.raises(NotFound):
        snapshots.find(full_hub.data_dir, "snapshot-of-nothing.db")


async def test_a_manifest_that_names_another_file_is_none(full_hub: FullHub) -> None:
    taken = await taken_of(full_hub)
    manifest = taken.file.with_name(f"{taken.name}.json")
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**told, "name": "../../secret.key"}))
    assert snapshots.listed(full_hub.data_dir) == ()


async def test_a_damaged_database_gives_no_snapshot(full_hub: FullHub) -> None:
    file = full_hub.place.file
    assert file is not None
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET rootpage = 3 WHERE name = 'ix_audit_entries_at'"
        )
        connection.commit()
    with pytest.raises(Unavailable):
        await taken_of(full_hub)
    assert snapshots.listed(full_hub.data_dir) == ()


async def test_without_room_or_without_a_database_there_is_none(
    full_hub: FullHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "_SPARE_BYTES", 2**60)
    with pytest.raises(Exhausted, match="Make room there"):
        await taken_of(full_hub)
    full_hub.place = sqlite_place(tmp_path / "none.db")
    with pytest.raises(NotFound):
        await taken_of(full_hub)
    assert snapshots.listed(full_hub.data_dir) == ()
