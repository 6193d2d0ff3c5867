"""Two whole releases with real processes: rehearsed, upgraded, gone back under a running family."""

import json
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pantau.core.family_file import read_family
from pantau.settings import Settings
from tests.backups.releases import EXPANDING, NEXT, TODAY
from tests.boot.installation import Installation
from tests.support.planted_releases import make_release
from tests.support.waiting import until_in_thread

REFUSING = EXPANDING.replace(f'oldest_release = "{TODAY}"', f'oldest_release = "{NEXT}"')
"""Works with the code of today, which is that of both releases here, and says that it does not."""
PASSWORD = "Kuda-benar-baterai-7"


def pantau(release: Path, hub: Path, *arguments: str, stdin: str = "", code: int = 0) -> Any:
    """Run a command of `release`; return what it says on stdout, read where it is JSON."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PANTAU_")}
    done = subprocess.run(
        [str(release / "bin" / "pantau"), *arguments],
        cwd=hub,
        env=kept,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout) if "--json" in arguments and done.stdout else done.stderr


def next_release(folder: Path, step: str) -> Path:
    """Make a release that has one step more."""
    release = make_release(folder)
    (versions,) = (release / "lib").glob("python*/site-packages/pantau/migrations/versions")
    (versions / f"{NEXT}_next.py").write_text(step, encoding="utf-8")
    return release


def add_person(release: Path, hub: Path, name: str) -> None:
    pantau(release, hub, "users", "add", name, "--role", "admin", stdin=f"{PASSWORD}\n" * 2)


def rows(hub: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(hub / "data" / "pantau.db")) as database:
        return database.execute(question).fetchall()


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    folder = tmp_path / "hub"
    folder.mkdir()
    return folder


@pytest.mark.long
@pytest.mark.timeout(400)
def test_a_running_family_goes_back_to_the_release_and_the_tables_of_before(
    tmp_path: Path, hub: Path
) -> None:
    before, after = make_release(tmp_path / "before"), next_release(tmp_path / "after", REFUSING)
    add_person(before, hub, "siti")
    taken = pantau(before, hub, "database", "snapshot", "--json")
    assert (taken["step"], taken["number"]) == (TODAY, 1)
    rehearsed = pantau(after, hub, "database", "upgrade", "--dry-run", "--json")
    assert rehearsed["steps"] == [NEXT]
    assert f"only releases from step {NEXT} on" in rehearsed["breaks"][0]
    current = hub / "data" / "releases" / "current"
    current.parent.mkdir()
    current.symlink_to(after)
    installation = Installation(hub)
    installation.program = (str(after / "bin" / "python"), "-m", "pantau")
    with installation as serving:
        serving.until_ready()
        add_person(after, hub, "budi")
        refused = pantau(before, hub, "database", "status", code=1)
        assert f"need one that knows {NEXT}" in refused
        roll_back = ("database", "roll-back", "--to", taken["name"], "--json")
        planned = pantau(after, hub, *roll_back, "--dry-run")
        assert (planned["is_needed"], planned["is_done"]) == (True, False)
        assert any("cameras.colour" in sentence for sentence in planned["lost"])
        assert any("(+1 since)" in sentence for sentence in planned["kept"])
        assert "--yes" in pantau(after, hub, *roll_back, code=2)
        assert rows(hub, "SELECT version_num FROM alembic_version") == [(NEXT,)]
        current.unlink()
        current.symlink_to(before)
        done = pantau(after, hub, *roll_back, "--yes")
        assert done["is_done"], done
        until_in_thread(
            lambda: _web_python(hub).startswith(str(before)), timeout_s=150, what="the older web"
        )
        until_in_thread(lambda: _is_well(serving), timeout_s=150, what="a hub that is well")
        status = pantau(before, hub, "database", "status", "--json")
        assert (status["step"], status["is_newest"]) == (TODAY, True)
        names = rows(hub, "SELECT username FROM users ORDER BY id")
        assert names == [("siti",), ("budi",)]
        assert rows(
            hub, "SELECT count(*) FROM audit_entries WHERE name = 'ROLL_BACK_DATABASE'"
        ) == [(1,)]
    kept = pantau(before, hub, "database", "snapshots", "--json")
    assert [each["step"] for each in kept] == [NEXT, TODAY]


def _web_python(hub: Path) -> str:
    web = read_family(Settings(data_dir=hub / "data").sockets_dir).children.get("web")
    return "" if web is None else web.python


def _is_well(serving: Installation) -> bool:
    try:
        return serving.get("/health/ready")[0] == 200
    except OSError:
        return False


@pytest.mark.long
@pytest.mark.timeout(400)
def test_a_release_runs_on_tables_that_the_next_one_has_added_to(tmp_path: Path, hub: Path) -> None:
    before, after = make_release(tmp_path / "before"), next_release(tmp_path / "after", EXPANDING)
    add_person(before, hub, "siti")
    taken = pantau(before, hub, "database", "snapshot", "--json")
    pantau(after, hub, "database", "upgrade")
    status = pantau(before, hub, "database", "status", "--json")
    assert (status["step"], status["is_newest"], status["is_ahead"]) == (NEXT, False, True)
    told = pantau(before, hub, "database", "roll-back", "--to", taken["name"], "--json")
    assert (told["is_needed"], told["is_done"]) == (False, False)
    assert rows(hub, "SELECT version_num FROM alembic_version") == [(NEXT,)]
    installation = Installation(hub)
    installation.program = (str(before / "bin" / "python"), "-m", "pantau")
    with installation as serving:
        serving.until_ready()
        add_person(before, hub, "budi")
        add_person(after, hub, "wati")
        until_in_thread(lambda: _is_well(serving), timeout_s=150, what="a hub that is well")
    assert rows(hub, "SELECT count(*) FROM users") == [(3,)]
    # A backup that the older one makes is one of its own step: the newer one restores it too.
    file = tmp_path / "one.tar"
    pantau(before, hub, "backup", "create", "--output", str(file), "--unlocked", "--json")
    inspected = pantau(after, hub, "backup", "inspect", str(file), "--json")
    assert inspected["revision"] == TODAY
    pantau(after, hub, "backup", "restore", str(file), "--yes", "--json")
    assert rows(hub, "SELECT version_num FROM alembic_version") == [(NEXT,)]
    # Without it nobody can go back further than asked.
    missing = pantau(before, hub, "database", "roll-back", "--to", "nothing.db", code=2)
    assert "no snapshot" in missing
