"""The rehearsal: a hub with real processes is backed up, wiped, and brought back by the command."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.boot.installation import Installation
from tests.boot.test_together import Small
from tests.support.waiting import until_in_thread

PASSPHRASE = "a long passphrase"
CHANGED = {"audit_entries", "audit_head", "change_counters"}
"""A restore is an entry of the trail."""


def contents(hub: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables of the hub in `hub`."""
    with closing(sqlite3.connect(hub / "data" / "pantau.db")) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: sorted(database.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)  # noqa: S608
            for (name,) in names
            if not name.startswith("sqlite_")
        }


def pantau(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command for the hub in `folder`."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PANTAU_")}
    return subprocess.run(
        [sys.executable, "-m", "pantau", *arguments],
        cwd=folder,
        env=kept,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=55,
    )


@pytest.mark.timeout(180)
def test_a_hub_is_wiped_and_comes_back_through_the_command(tmp_path: Path) -> None:
    hub, phrase = tmp_path / "hub", tmp_path / "phrase.txt"
    hub.mkdir()
    phrase.write_text(PASSPHRASE + "\n")
    lock = ("--passphrase-file", str(phrase))
    password = "Kuda-benar-baterai-7"
    added = pantau(hub, "users", "add", "siti", "--role", "admin", stdin=f"{password}\n" * 2)
    assert added.returncode == 0, added.stderr
    before = contents(hub)
    file = tmp_path / "one.tar.age"
    made = pantau(hub, "backup", "create", "--output", str(file), *lock, "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["locked"] == "passphrase"
    assert PASSPHRASE not in made.stdout + made.stderr
    names = ("secret.key", "sealing.keys")
    keys = [(hub / "data" / name).read_bytes() for name in names]
    shutil.rmtree(hub / "data")
    refused = pantau(hub, "backup", "restore", str(file), *lock)
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    restored = pantau(hub, "backup", "restore", str(file), *lock, "--yes", "--json")
    assert restored.returncode == 0, restored.stderr
    assert json.loads(restored.stdout)["ok"]
    assert [(hub / "data" / name).read_bytes() for name in names] == keys
    after = contents(hub)
    assert [row[1] for row in after["users"]] == ["siti"]
    assert {name for name in before if before[name] != after[name]} <= CHANGED
    assert after["audit_entries"][: len(before["audit_entries"])] == before["audit_entries"]


@pytest.mark.long
@pytest.mark.timeout(240)
def test_a_running_hub_restores_itself(tmp_path: Path) -> None:
    hub = tmp_path / "hub"
    hub.mkdir()
    with Installation(hub) as installation:
        installation.until_ready()
        before = installation.pid_of("web")
        file = tmp_path / "one.tar"
        made = pantau(hub, "backup", "create", "--output", str(file), "--unlocked")
        assert made.returncode == 0, made.stderr
        restored = pantau(hub, "backup", "restore", str(file), "--yes", "--json")
        assert restored.returncode == 0, restored.stderr + installation.logs
        assert json.loads(restored.stdout)["ok"]
        status, _, _ = installation.get("/")
        assert status == 200
        assert installation.pid_of("web") != before


def camera_in(hub: Path, name: str) -> None:
    """Bring one camera in, while the hub runs."""
    catalogue = hub / "catalogue.csv"
    catalogue.write_text(f"name,url\n{name},rtsp://203.0.113.7/{name}\n", encoding="utf-8")
    done = pantau(hub, "cameras", "import", str(catalogue), "--visibility", "public", "--json")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(240)
def test_a_running_hub_whose_worker_is_inside_web_restores_itself(tmp_path: Path) -> None:
    hub = tmp_path / "hub"
    hub.mkdir()
    with Small(hub) as installation:

        def names() -> set[str]:
            return {each["name"] for each in installation.json("/api/cameras/active")["data"]}

        def is_at_work() -> bool:
            return installation.works_in(installation.now.children["web"].pid)

        installation.until_ready()
        until_in_thread(is_at_work, what="a worker")
        camera_in(hub, "Gate")
        file = tmp_path / "one.tar"
        made = pantau(hub, "backup", "create", "--output", str(file), "--unlocked")
        assert made.returncode == 0, made.stderr
        camera_in(hub, "Shed")
        until_in_thread(lambda: names() == {"Gate", "Shed"}, what="both cameras")
        before = installation.now.children["web"].pid
        restored = pantau(hub, "backup", "restore", str(file), "--yes", "--json")
        assert restored.returncode == 0, restored.stderr + installation.logs
        assert json.loads(restored.stdout)["ok"]
        # The visitor who comes first waits, and is not refused.
        assert installation.get("/")[0] == 200
        assert names() == {"Gate"}
        assert set(installation.now.children) == {"media", "web"}
        assert installation.now.children["web"].pid != before
        until_in_thread(is_at_work, what="a worker again")
        assert installation.vitals()["web"].part_failures == 0
        # It works with what was restored: one path for one camera.
        until_in_thread(
            lambda: installation.json("/health")["parts"]["worker"].get("paths") == 1,
            what="its one path",
        )
    assert installation.process.returncode == 0
