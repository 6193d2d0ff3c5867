"""`pantau users`: for whoever may run commands on the machine."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pantau.cli.users import app
from tests.accounts.house import OTHER_PASSWORD, PASSWORD


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PANTAU_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PANTAU_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.delenv("PANTAU_SHARED_STATE_URL", raising=False)
    return tmp_path


def users(*arguments: str, stdin: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments), input=stdin)
    assert not isinstance(done.exception, Exception) or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


def listed() -> list[dict[str, Any]]:
    code, text = users("list", "--json")
    assert code == 0
    found: list[dict[str, Any]] = json.loads(text.splitlines()[-1])["users"]
    return found


def test_first_admin_is_added_with_a_password_from_stdin() -> None:
    code, text = users("add", "siti", "--role", "admin", stdin=f"{PASSWORD}\n")

    assert (code, text.splitlines()[-1]) == (0, "siti may sign in as admin.")
    assert [(user["username"], user["role"]) for user in listed()] == [("siti", "admin")]
    assert "siti" in users("list")[1]


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "told"),
    [
        (["add", "s"], PASSWORD, 2, "3 to 50 letters"),
        (["add", "siti"], "", 2, "first line of stdin"),
        (["add", "siti"], "short", 1, "needs 12 to 128 characters"),
        (["add", "siti", "--role", "root"], PASSWORD, 2, "root"),
        (["add", "siti", "--area", "3"], PASSWORD, 1, "Only operators"),
        (["add", "siti", "--role", "operator", "--area", "3"], PASSWORD, 1, "does not exist"),
        (["password", "nobody"], PASSWORD, 1, "no such user"),
        (["reset-second-factor", "nobody"], "", 1, "no such user"),
        (["unlock", "siti"], "", 1, "memory of the running server"),
    ],
)
def test_what_does_not_work_is_told_with_a_code_that_scripts_can_use(
    arguments: list[str], stdin: str, code: int, told: str
) -> None:
    ended, text = users(*arguments, stdin=stdin)

    assert ended == code
    assert told in text
    assert listed() == []


def test_password_is_replaced_and_never_shown() -> None:
    users("add", "siti", stdin=f"{PASSWORD}\n")

    code, text = users("password", "SITI", stdin=f"{OTHER_PASSWORD}\n")
    again = users("password", "siti", stdin=f"{OTHER_PASSWORD}\n")

    assert code == 0
    assert "siti has a new password" in text
    assert again[0] == 1
    assert "used before" in again[1]
    assert OTHER_PASSWORD not in text + again[1]


def test_second_factor_is_taken_off() -> None:
    users("add", "siti", stdin=f"{PASSWORD}\n")

    code, text = users("reset-second-factor", "siti")

    assert code == 0
    assert "password alone" in text


@pytest.mark.parametrize("command", ["list", "add", "password", "unlock", "reset-second-factor"])
def test_every_command_explains_itself_with_examples(command: str) -> None:
    code, text = users(command, "--help")

    assert code == 0
    assert f"pantau users {command}" in text
