"""`pantau recordings`: for whoever may run commands on the machine."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pantau.cli.recordings import app
from tests.recordings.footage import AT_MS
from tests.support.recordings import Recorded, write_recording


@pytest.fixture(autouse=True)
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PANTAU_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PANTAU_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("PANTAU_RECORDINGS__DIRS", str(tmp_path / "disk"))
    monkeypatch.delenv("PANTAU_SHARED_STATE_URL", raising=False)
    return tmp_path / "disk"


@pytest.fixture
def recorded(disk: Path) -> Recorded:
    made = [
        write_recording(disk, 4, AT_MS + 10_000, shape="open"),
        write_recording(disk, 4, AT_MS),
    ]
    for each in made:
        # What was written a moment ago is no difference yet.
        os.utime(each.video, (AT_MS / 1000, AT_MS / 1000))
    return made[1]


def run(*arguments: str) -> tuple[int, Any]:
    done = CliRunner().invoke(app, [*arguments, "--json"])
    return done.exit_code, json.loads(done.stdout.splitlines()[-1])


def test_a_lost_catalogue_is_built_anew_and_agrees_afterwards(
    recorded: Recorded, tmp_path: Path
) -> None:
    code, found = run("verify")
    assert (code, {each["kind"] for each in found["differences"]}) == (1, {"unknown_file"})
    assert str(tmp_path) not in json.dumps(found)
    code, done = run("rescan")
    assert (code, done["added"], done["repaired"]) == (0, 2, 1)
    code, found = run("verify")
    assert (code, found["ok"], found["files"]) == (0, True, 2)
    code, listed = run("list")
    (camera,) = listed["cameras"]
    assert (camera["camera"], camera["name"], camera["recordings"]) == (4, "", 2)
    assert (camera["from"], camera["to"]) == ("2026-03-01T08:00:00Z", "2026-03-01T08:00:13Z")
    assert recorded.video.exists()


def test_differences_are_listed_for_people_too(recorded: Recorded) -> None:
    run("rescan")
    recorded.video.unlink()
    done = CliRunner().invoke(app, ["verify"])
    assert done.exit_code == 1
    assert f"4/2026-03-01/{recorded.video.name}" in done.stdout
    assert "no_file" in done.stdout
    listed = CliRunner().invoke(app, ["list"])
    assert "(removed)" in listed.stdout
    assert CliRunner().invoke(app, ["rescan"]).exit_code == 0
