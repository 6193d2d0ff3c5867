"""The command line: help with examples, JSON where data is printed, honest exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pantau.cli import main
from pantau.cli.commands import app

COMMANDS = ["serve", "probe", "doctor", "openapi", "version"]


def pantau(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    assert not isinstance(done.exception, Exception) or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_examples(command: str) -> None:
    code, text = pantau(command, "--help")
    assert code == 0
    assert "Examples:" in text
    assert f"pantau {command}" in text


@pytest.mark.parametrize("process", ["web", "media", "worker"])
def test_every_process_can_be_asked_for_help(process: str) -> None:
    code, text = pantau("serve", process, "--help")
    assert code == 0
    assert "parent-link" not in text


def test_version_as_text_and_as_json() -> None:
    assert "0.1.0" in pantau("version")[1]
    code, text = pantau("version", "--json")
    assert code == 0
    assert json.loads(text)["pantau"] == "0.1.0"


def test_openapi_describes_every_endpoint_and_leaves_nothing_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    code, text = pantau("openapi")
    document = json.loads(text)
    assert code == 0
    assert list(folder.iterdir()) == []
    assert document["info"] == {**document["info"], "title": "Pantau", "version": "0.1.0"}
    hot = {"/api/cameras/active", "/api/stream", "/api/stream/{id}", "/health"}
    behind = {"/api/auth/login", "/api/users/{user_id}", "/api/admin/audit", "/api/cache/stats"}
    assert hot | behind <= set(document["paths"])
    used = {part for part in text.split('"') if part.startswith("#/components/")}
    assert all(
        name in document["components"][kind] for kind, name in (ref.split("/")[2:] for ref in used)
    )


def test_probe_of_a_test_card_shows_what_it_gives() -> None:
    code, text = pantau("probe", "testcard:", "--json")
    told = json.loads(text)
    assert code == 0
    assert (told["ok"], told["video_codec"]) == (True, "h264")


def test_probe_of_a_dead_address_fails_with_a_cause_and_without_the_password() -> None:
    code, text = pantau("probe", "rtsp://admin:geheim@127.0.0.1:1/live", "--json")
    told = json.loads(text)
    assert code == 1
    assert told["cause"] == "refused"
    assert "geheim" not in text


def test_probe_reads_an_address_with_a_password_from_stdin() -> None:
    done = CliRunner().invoke(
        app, ["probe", "-", "--json"], input="rtsp://admin:geheim@127.0.0.1:1/live\n"
    )
    assert done.exit_code == 1
    assert json.loads(done.output)["cause"] == "refused"


@pytest.mark.parametrize(
    "arguments",
    [("probe",), ("probe", "nonsense"), ("probe", "testcard:", "--transport", "x"), ("bogus",)],
)
def test_wrong_use_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    assert pantau(*arguments)[0] == 2


def test_wrong_settings_are_exit_code_2(folder: Path) -> None:
    (folder / "pantau.toml").write_text("prot = 1", encoding="utf-8")
    code, text = pantau("doctor")
    assert code == 2
    assert "did you mean `port`?" in text


def test_doctor_lists_findings_and_fails_when_something_must_be_repaired(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_PORT", "0")
    (folder / "file").touch()
    monkeypatch.setenv("PANTAU_DATA_DIR", str(folder / "file" / "data"))
    code, text = pantau("doctor", "--json")
    told = json.loads(text)
    assert code == 1
    assert told["ok"] is False
    assert {row["name"] for row in told["findings"] if not row["ok"]} >= {"data folder"}
    assert all(row["fix"] for row in told["findings"] if not row["ok"])


def test_doctor_tells_of_a_library_that_does_not_load(folder: Path) -> None:
    broken = folder / "packages" / "sqlalchemy"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("import what_it_needs_here\n")
    told = subprocess.run(
        [sys.executable, "-m", "pantau", "doctor", "--json"],
        env={**os.environ, "PYTHONPATH": str(broken.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (finding,) = json.loads(told.stdout)["findings"]
    assert (told.returncode, told.stderr) == (1, "")
    assert finding["name"] == "libraries"
    assert "what_it_needs_here" in finding["message"]
    assert "pip install" in finding["fix"]


def test_doctor_prints_brackets_as_they_are_typed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PANTAU_PORT", "0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PANTAU_DATA_DIR", "[bold]d")
    assert "[bold]d is made by the first start" in pantau("doctor")[1]


def test_light_commands_load_neither_the_web_framework_nor_the_engine() -> None:
    """`pantau serve` itself stays small: it only watches the others."""
    code = (
        "import sys, pantau.cli, pantau.app.family; "
        "print([name for name in ('av', 'fastapi', 'aiohttp', 'uvicorn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        ("version --json", 0, None),
        ("version --nonsense --json", 2, "nonsense"),
        ("release plan --json", 2, "target"),
        ("release rollback --database never --json", 2, "database"),
        ("release verify --for x --json", 2, "for"),
        ("cameras import nope.json --json", 2, None),
        ("probe gate --json", 2, None),
    ],
)
def test_who_asks_for_json_is_told_in_json_what_is_wrong(
    arguments: str,
    code: int,
    field: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["pantau", *arguments.split()])

    with pytest.raises(SystemExit) as ended:
        main()

    told = capsys.readouterr()
    assert ended.value.code == code
    if code == 0:
        assert json.loads(told.out)["pantau"] == "0.1.0"
        return
    said = json.loads(told.out)
    assert (said["ok"], said["exit_code"]) == (False, code)
    assert said["error"] in told.err
    assert [each["field"] for each in said["errors"]] == [field]


def test_mistakes_in_the_settings_are_told_one_by_one_in_json(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "pantau.toml").write_text("port = -1\nnonsense = 3\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["pantau", "database", "status", "--json"])

    with pytest.raises(SystemExit) as ended:
        main()

    said = json.loads(capsys.readouterr().out)
    assert ended.value.code == 2
    assert len(said["errors"]) == 2, said
    assert sorted(each["field"] for each in said["errors"]) == ["nonsense", "port"]
