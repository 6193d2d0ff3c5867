"""`pantau import-reference`, as a process: its words, its codes, and a hub that runs meanwhile."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pantau.core.supervisor import Service, Supervisor
from pantau.db.database import open_database
from pantau.db.place import FILE_NAME, sqlite_place
from pantau.db.watching import ChangeWatcher
from tests.support.clock import HandWoundClock
from tests.support.reference_database import a_small_town
from tests.support.waiting import PATIENCE_S

SECRETS = ("p%40ss", "geheim", "123:SECRET", "$2b$", "Kucing")


def pantau(folder: Path, *words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pantau", "import-reference", *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PANTAU_DATA_DIR": str(folder / "data")},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    for secret in SECRETS:
        assert secret not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def report(folder: Path, *words: str) -> dict[str, Any]:
    code, out, err = pantau(folder, "--json", *words)
    assert code == 0, err
    told: dict[str, Any] = json.loads(out)
    return told


def test_dry_run_then_run_then_nothing_left_to_do(tmp_path: Path) -> None:
    a_small_town(tmp_path / "cctv.db").close()
    dry = report(tmp_path, "cctv.db", "--dry-run")
    real = report(tmp_path, "cctv.db")
    again = report(tmp_path, "cctv.db")
    assert (dry.pop("dry_run"), real.pop("dry_run")) == (True, False)
    assert dry == real
    assert (again["brought"], again["dry_run"]) == (0, False)
    code, out, _ = pantau(tmp_path, "cctv.db")
    assert code == 0
    assert "Everything was here already." in out
    assert "api_keys: 1 found, 0 brought, 1 left behind" in out
    assert "left behind 1: keys are made anew, with scopes and an end" in out


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 20])
def test_wrong_file_ends_with_code_2_and_touches_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cctv.db").write_bytes(content)
    code, out, err = pantau(tmp_path, "cctv.db")
    assert (code, out) == (2, "")
    assert err.strip() == "cctv.db is not a SQLite database."
    assert not (tmp_path / "data" / FILE_NAME).exists()


@pytest.mark.anyio
async def test_running_hub_hears_of_what_was_brought(tmp_path: Path) -> None:
    a_small_town(tmp_path / "cctv.db").close()
    report(tmp_path, "cctv.db", "--dry-run")
    clock = HandWoundClock()
    database = open_database(sqlite_place(tmp_path / "data" / FILE_NAME), clock=clock)
    told: list[str] = []
    for topic in ("accounts", "areas", "cameras", "site"):
        database.changes.on(topic, lambda topic=topic: told.append(topic))  # type: ignore[misc]
    watcher = ChangeWatcher(database, clock=clock)
    await watcher.begin()
    supervisor = Supervisor(clock)
    supervisor.add(Service("db.changes", watcher.run))
    report(tmp_path, "cctv.db")
    async with asyncio.timeout(PATIENCE_S):
        while len(told) < 4:
            await clock.advance(0.25)
            # The driver looks in a thread of its own, which no clock of ours hurries.
            await asyncio.sleep(0.01)
    await supervisor.stop(deadline_s=1)
    await database.close()
    assert sorted(told) == ["accounts", "areas", "cameras", "site"]
