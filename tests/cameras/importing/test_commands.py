"""`pantau cameras`, for whoever may run commands on the machine."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pantau.cli.cameras import app
from tests.cameras.importing import catalogues
from tests.cameras.importing.catalogues import PLAIN, as_bytes


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PANTAU_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PANTAU_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "city.json").write_bytes(as_bytes([*PLAIN, {"name": "x"}, catalogues.GRESIK]))
    return tmp_path


def pantau(*arguments: str, stdin: bytes = b"") -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments), input=stdin)
    assert not isinstance(done.exception, Exception) or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


def answer(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text.splitlines()[-1])
    return found


def test_a_catalogue_comes_in_twice_and_goes_out_again(folder: Path) -> None:
    code, out = pantau("import", "city.json", "--dry-run", "--json")
    assert code == 0
    whole = answer(out)
    assert set(whole) == {"rows", "summary"}
    assert set(whole["rows"][0]) == {"row", "name", "decision", "reason", "warnings"}
    assert [row["decision"] for row in whole["rows"]] == ["create", "create", "refuse", "create"]
    assert answer(pantau("list", "--json")[1]) == {"cameras": []}

    code, out = pantau("import", "city.json", "--area", "Wanasari", "--json")
    assert (code, answer(out)["summary"]["create"]) == (0, 3)
    again = answer(pantau("import", "city.json", "--area", "Wanasari", "--json")[1])
    assert {row["decision"] for row in again["rows"]} == {"skip", "refuse"}
    listed = answer(pantau("list", "--json")[1])["cameras"]
    assert [camera["area"] for camera in listed] == ["Wanasari"] * 3
    assert "rahasia" not in str(listed)

    assert pantau("export", "--with-secrets", "--output", "out.json")[0] == 0
    assert (folder / "out.json").stat().st_mode & 0o077 == 0
    assert "rahasia" in (folder / "out.json").read_text()
    code, out = pantau("export", "--format", "csv")
    assert out.startswith("pantau_camera,")
    assert "rahasia" not in out
    assert len(out.splitlines()) == 4

    number = str(answer(pantau("import", "out.json", "--json")[1])["summary"]["import"])
    assert pantau("import", "--undo", number)[0] == 0
    code, out = pantau("import", "--undo", "1", "--json")
    assert code == 1
    code, out = pantau("import", "--undo", "2", "--json")
    assert answer(out) == {"deleted": 3, "restored": 0, "kept": 0}
    assert answer(pantau("list", "--json")[1]) == {"cameras": []}


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "told"),
    [
        (["import"], b"", 2, "Give a file"),
        (["import", "nothing.json"], b"", 2, "cannot be read"),
        (["import", "-"], b"[{]", 2, "line 1, column 3"),
        (["import", "-"], b"[]", 2, "No camera"),
        (["import", "-"], b'[{"name":"x"}]', 1, "1 refuse"),
        (["import", "city.json", "--profile", "nonsense"], b"", 2, "no such profile"),
        (["import", "--undo", "7"], b"", 1, "no such import"),
        (["export", "--output", "/nowhere/x.json"], b"", 1, "cannot be written"),
    ],
)
def test_what_does_not_work_is_told_with_a_code_that_scripts_can_use(
    arguments: list[str], stdin: bytes, code: int, told: str
) -> None:
    found, out = pantau(*arguments, stdin=stdin)
    assert (found, told in out) == (code, True), out


def test_a_process_of_its_own_prints_one_object_and_nothing_else(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pantau", "cameras", "import", "-", "--json", "--dry-run"],
        cwd=folder,
        input=as_bytes([*PLAIN, {"name": "x"}]),
        capture_output=True,
        check=False,
    )
    whole = json.loads(done.stdout)
    assert done.returncode == 0
    assert set(whole) == {"rows", "summary"}
    assert [row["decision"] for row in whole["rows"]] == ["create", "create", "refuse"]
