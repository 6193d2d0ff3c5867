"""A restore that is killed leaves the old hub or the new one; a backup stops nobody."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from pantau.backups.carrying_out import carry_on
from pantau.backups.protection import Lock, Unlock
from pantau.backups.reading import check_rows, open_archive
from pantau.db.place import Place
from tests.backups.hubs import FullHub, person
from tests.support.database import opened
from tests.support.waiting import until

pytestmark = pytest.mark.anyio
KILLED_AT = {
    "before the mark": "pantau.backups.staging.Staging.commit",
    "after the mark": "pantau.backups.carrying_out._put_in_place",
    "between database and files": "pantau.backups.carrying_out._move_files_in_thread",
    "between files and the end": "pantau.backups.staging.Staging.drop",
}
RARELY = {"after the mark", "between files and the end"}
VICTIM = """
import asyncio, os, signal, sys
from pathlib import Path
from unittest.mock import patch
from pantau.backups.carrying_out import carry_out
from pantau.db.place import Place, sqlite_place
from tests.backups.hubs import FullHub

folder, template, where = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

hub = FullHub(sqlite_place(folder / "pantau.db"), folder, template)
with patch(where, die):
    asyncio.run(carry_out(hub.hub, hub.staging))
"""


@pytest.mark.parametrize(
    "where",
    [
        pytest.param(where, id=name, marks=[pytest.mark.long] if name in RARELY else [])
        for name, where in KILLED_AT.items()
    ],
)
async def test_a_killed_restore_leaves_the_old_hub_or_the_new_one(
    where: str, full_hub: FullHub, sqlite_template: Path, tmp_path: Path
) -> None:
    hub = full_hub
    restored = await hub.contents()
    async with opened(hub.place) as database, database.write() as work:
        await work.session.execute(text("UPDATE areas SET name = 'later'"))
        work.session.add(person(9, name="Later"))
    later = await hub.contents()
    hub.decide(await hub.prepare(tmp_path / "one.tar", Unlock()))
    victim = [sys.executable, "-c", VICTIM, str(tmp_path), str(sqlite_template), where]
    code = await asyncio.to_thread(_run, victim)
    assert code == -signal.SIGKILL
    await carry_on(hub.hub, hub.staging)
    after = await hub.contents()
    if where.endswith("commit"):
        assert after == later
    else:
        assert after["areas"] == restored["areas"]
        assert len(after["users"]) == 3
        assert not hub.staging.folder.exists()
    assert (await hub.verify()).ok


def _run(command: list[str]) -> int:
    return subprocess.run(command, check=False, timeout=50, cwd=Path.cwd()).returncode


async def test_a_backup_is_one_state_while_others_write(
    database_place: Place, sqlite_template: Path, tmp_path: Path
) -> None:
    hub = FullHub(database_place, tmp_path, sqlite_template)
    await hub.fill()
    stop, written = asyncio.Event(), 0
    async with opened(hub.place) as database:

        async def write() -> None:
            nonlocal written
            while not stop.is_set():
                async with database.write() as work:
                    # Both or neither: a state in between would show one of them alone.
                    for name in ("one", "other"):
                        await work.session.execute(
                            text(
                                "INSERT INTO site_values (key, value, updated_at) VALUES "
                                "(:key, '1', '2026-03-01 00:00:00.000000')"
                                if hub.place.is_sqlite
                                else "INSERT INTO site_values (key, value, updated_at) VALUES "
                                "(:key, '1', '2026-03-01 00:00:00+00')"
                            ),
                            {"key": f"{name}.{written}"},
                        )
                written += 1

        writing = asyncio.gather(write())
        try:
            await until(lambda: written >= 5, what="writes")
            before = written
            made = await hub.back_up(tmp_path / "one.tar", Lock())
            assert written > before, "nobody could write while the backup was made"
        finally:
            stop.set()
            await writing
    archive = open_archive(made.file, Unlock(), work=tmp_path)
    check_rows(archive)
    table = next(each for each in archive.manifest.tables if each.name == "site_values")
    with archive.lines(table) as lines:
        keys = {line.split(b'"')[1].decode() for line in lines}
    ones = {key.removeprefix("one.") for key in keys if key.startswith("one.")}
    others = {key.removeprefix("other.") for key in keys if key.startswith("other.")}
    assert ones == others
    assert len(ones) >= before
    assert made.file.stat().st_mode & 0o077 == 0
