"""`pantau secrets` and the doctor's look at the trail, on a data folder of their own."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from pantau.app.trail import look_at_trail
from pantau.cli.secrets import app
from pantau.core.key_file import read_keys
from pantau.settings import load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.umask", lambda _: 0o022)
    return tmp_path


def secrets(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    structlog.reset_defaults()
    assert not isinstance(done.exception, Exception) or isinstance(done.exception, SystemExit)
    return done.exit_code, done.stdout


def known(*arguments: str) -> dict[str, Any]:
    code, text = secrets(*arguments, "--json")
    assert code == 0, text
    told: dict[str, Any] = json.loads(text)
    return told


def test_rotation_at_the_console(folder: Path) -> None:
    file = folder / "data" / "sealing.keys"
    before = known("status")
    done = known("rotate")
    after = known("status")
    assert len(before["keys"]) == 1
    assert read_keys(file).newest.id == done["key"]
    assert len(after["keys"]) == 2
    assert known("prune") == {"removed": []}
    code, text = secrets("status")
    assert code == 0
    assert f"{done['key']}  seals" in text


def test_key_file_that_others_may_read_ends_the_command_with_the_repair(folder: Path) -> None:
    secrets("status")
    (folder / "data" / "sealing.keys").chmod(0o644)
    done = CliRunner().invoke(app, ["status"])
    structlog.reset_defaults()
    assert done.exit_code == 1
    assert "chmod 600" in done.output


def test_doctor_looks_at_the_trail_and_makes_nothing(folder: Path) -> None:
    finding = asyncio.run(look_at_trail(load_settings()))
    assert (finding.ok, finding.message.split(":")[0]) == (True, "not begun")
    assert list(folder.iterdir()) == []
    secrets("rotate")
    finding = asyncio.run(look_at_trail(load_settings()))
    assert (finding.ok, finding.message) == (True, "1 entries, every one as written")
    with sqlite3.connect(folder / "data" / "pantau.db") as raw:
        raw.execute("DROP TRIGGER audit_entries_unchanged")
        raw.execute("UPDATE audit_entries SET username = 'siti'")
    raw.close()
    finding = asyncio.run(look_at_trail(load_settings()))
    assert (finding.ok, finding.message) == (
        False,
        "Entry 1 was changed, or put in another place.",
    )
    (folder / "data" / "pantau.db").write_bytes(b"no database at all" * 100)
    assert asyncio.run(look_at_trail(load_settings())).message == "cannot be read"
