"""`pantau init` as people and scripts type it: in a terminal, without one, over old files."""

import contextlib
import json
import os
import pty
import shutil
import stat
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pantau.cli.commands import app
from tests.support.waiting import until_in_thread

FLAGS = ("--yes", "--domain", "cctv.example.org", "--user", "hub-user", "--json")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("PANTAU_")]:
        monkeypatch.delenv(name)
    # Tests live in /tmp, where no installation under systemd may.
    monkeypatch.setattr("pantau.operations.installing.answers._PASSING", ())
    chosen = tmp_path / "a höme 1"
    chosen.mkdir()
    monkeypatch.chdir(chosen)
    return chosen


def init(folder: Path, *flags: str) -> Result:
    # Named ones: whoever runs the tests may be root, for whom other places are usual.
    places = ("--config", str(folder / "pantau.toml"), "--data", str(folder / "data"))
    return CliRunner().invoke(app, ["init", *places, *flags])


def told(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_without_anybody_to_ask_it_names_the_flags(folder: Path) -> None:
    result = init(folder)
    assert result.exit_code == 2
    for flag in ("--yes", "--domain", "--port", "--data", "--supervisor", "--proxy"):
        assert flag in result.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (("--domain", "no name"), "--domain"),
        (("--port", "70000"), "--port"),
        (("--supervisor", "cron"), "--supervisor"),
        (("--proxy", "nginx"), "--domain"),
        (("--proxy", "apache"), "--proxy"),
        (("--name", ""), "--name"),
        (("--recordings", "/"), "--recordings"),
    ],
)
def test_wrong_flags_are_named_and_nothing_is_written(
    folder: Path, flags: tuple[str, ...], named: str
) -> None:
    result = init(folder, "--yes", *flags)
    assert result.exit_code == 2
    assert named in result.stderr
    assert list(folder.iterdir()) == []


def test_asked_twice_it_changes_nothing(folder: Path) -> None:
    first = told(init(folder, *FLAGS, "--supervisor", "systemd", "--proxy", "caddy"))
    assert {each["standing"] for each in first["files"]} == {"new"}
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}
    again = told(init(folder, *FLAGS, "--supervisor", "systemd", "--proxy", "caddy"))
    assert {each["standing"] for each in again["files"]} == {"same"}
    assert before == {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}


def test_settings_are_for_their_owner_alone_and_without_any_password(folder: Path) -> None:
    init(folder, *FLAGS, "--supervisor", "none")
    file = folder / "pantau.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert not any("password" in line for line in lines)


def test_files_that_differ_are_shown_masked_and_kept(folder: Path) -> None:
    init(folder, *FLAGS, "--supervisor", "none")
    file = folder / "pantau.toml"
    mine = (
        file.read_text("utf-8") + '\n[[cameras]]\nname = "x"\nsource = "rtsp://me:hush@10.0.0.1/"\n'
    )
    file.write_text(mine, encoding="utf-8")
    refused = init(folder, *FLAGS, "--supervisor", "none", "--port", "3999")
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert "hush" not in refused.output
    assert "+port = 3999" in refused.output
    assert file.read_text("utf-8") == mine
    replaced = told(init(folder, *FLAGS, "--supervisor", "none", "--port", "3999", "--force"))
    (kept,) = (path for path in replaced["kept"] if "pantau.toml" in path)
    assert Path(kept).read_text("utf-8") == mine
    assert stat.S_IMODE(Path(kept).stat().st_mode) == 0o600
    assert "port = 3999" in file.read_text("utf-8")


def test_without_root_folders_and_the_link_to_the_release_are_made(folder: Path) -> None:
    init(folder, *FLAGS, "--supervisor", "pm2", "--proxy", "none")
    assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700
    assert (folder / "data/recordings").is_dir()
    assert (folder / "data/releases/current").resolve() == Path(sys.prefix).resolve()


@pytest.mark.parametrize("supervisor", ["systemd", "pm2", "containers", "none"])
def test_at_most_three_commands_follow(folder: Path, supervisor: str) -> None:
    answer = told(init(folder, *FLAGS, "--supervisor", supervisor))
    assert 2 <= len(answer["next"]) <= 3
    link = next(line for line in answer["next"] if line.endswith("admin-link"))
    # What keeps the terminal is last: nothing could be typed after it.
    assert answer["next"][-1] == (
        link.replace("admin-link", "serve") if supervisor == "none" else link
    )


def stub(folder: Path, *names: str) -> Path:
    """Return programs that only write down how they were called."""
    folder.mkdir()
    for name in names:
        file = folder / name
        file.write_text(f'#!/bin/sh\necho "{name} $*" >> "{folder}/calls"\n', encoding="utf-8")
        file.chmod(0o755)
    return folder


@pytest.mark.skipif(os.geteuid() != 0, reason="the script is for root")
@pytest.mark.parametrize("proxy", ["nginx", "caddy"])
def test_script_for_root_puts_everything_in_place_and_may_run_twice(
    folder: Path, tmp_path: Path, proxy: str
) -> None:
    init(folder, *FLAGS, "--user", "nobody", "--supervisor", "systemd", "--proxy", proxy)
    stubs = stub(tmp_path / "stubs", "systemctl", "nginx", "caddy", "useradd", "runuser")
    places = {"UNITS": "units", "NGINX_CONF": "conf.d", "CADDY_DIR": "caddy", "BIN": "bin"}
    for name in places.values():
        (tmp_path / name).mkdir()
    (tmp_path / "cert.pem").touch()
    environment = {
        "PATH": f"{stubs}:{os.environ['PATH']}",
        "CERTIFICATE": str(tmp_path / "cert.pem"),
        **{variable: str(tmp_path / name) for variable, name in places.items()},
    }
    for _ in range(2):
        done = subprocess.run(
            ["sh", str(folder / "install/install.sh")],
            env=environment,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert {file.name for file in (tmp_path / "units").iterdir()} == {
        "pantau-media.service",
        "pantau-web.service",
        "pantau-worker.service",
        "pantau.target",
    }
    calls = (stubs / "calls").read_text("utf-8")
    assert "useradd" not in calls  # the account is there
    assert "systemctl daemon-reload" in calls
    assert f"systemctl reload-or-restart {proxy}" in calls
    assert (folder / "data").owner() == "nobody"
    assert (folder / "pantau.toml").owner() == "nobody"
    assert (folder / "data/releases/current").readlink() == Path(sys.prefix)
    subprocess.run([tmp_path / "bin/pantau", "doctor", "a b"], env=environment, check=True)
    program = folder / "data/releases/current/bin/pantau"
    config = f"PANTAU_CONFIG={folder}/pantau.toml"
    called = (stubs / "calls").read_text("utf-8").splitlines()[-1]
    assert called == f"runuser -u nobody -- env {config} {program} doctor a b"
    if proxy == "caddy":
        text = (tmp_path / "caddy/Caddyfile").read_text("utf-8")
        assert text.count("import pantau.caddy") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="the script is for root")
def test_script_says_where_it_stopped(folder: Path, tmp_path: Path) -> None:
    init(folder, *FLAGS, "--user", "nobody", "--supervisor", "systemd", "--proxy", "none")
    stubs = stub(tmp_path / "stubs", "useradd")
    shutil.copy("/bin/false", stubs / "systemctl")
    (tmp_path / "units").mkdir()
    (tmp_path / "bin").mkdir()
    done = subprocess.run(
        ["sh", str(folder / "install/install.sh")],
        env={
            "BIN": str(tmp_path / "bin"),
            "PATH": f"{stubs}:{os.environ['PATH']}",
            "UNITS": str(tmp_path / "units"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "stopped before its end" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="the script is for root")
def test_another_program_of_that_name_is_left_as_it_is(folder: Path, tmp_path: Path) -> None:
    init(folder, *FLAGS, "--user", "nobody", "--supervisor", "systemd", "--proxy", "none")
    stubs = stub(tmp_path / "stubs", "useradd", "systemctl")
    for name in ("units", "bin"):
        (tmp_path / name).mkdir()
    (tmp_path / "bin/pantau").write_text("#!/bin/sh\n# mine\n", encoding="utf-8")
    done = subprocess.run(
        ["sh", str(folder / "install/install.sh")],
        env={
            "PATH": f"{stubs}:{os.environ['PATH']}",
            "UNITS": str(tmp_path / "units"),
            "BIN": str(tmp_path / "bin"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "is another program" in done.stderr) == (0, True)
    assert "# mine" in (tmp_path / "bin/pantau").read_text("utf-8")


def test_questions_are_asked_in_a_terminal_and_again_after_a_wrong_answer(folder: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pantau", "init", "--config", str(folder / "pantau.toml")],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
    )
    os.close(theirs)
    try:
        shown = _converse(
            ours,
            ("1 of 5", "Desa"),
            ("2 of 5", "no name"),
            ("2 of 5", "cctv.example.org"),
            ("3 of 5", "abc"),
            ("3 of 5", "3456"),
            ("4 of 5", str(folder / "data")),
            ("recordings", ""),
            ("5 of 5", "none"),
            ("HTTPS", "none"),
            ("Next, type:", None),
        )
        assert process.wait(60) == 0, shown
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    text = (folder / "pantau.toml").read_text("utf-8")
    assert 'name = "Desa"' in text
    assert "port = 3456" in text
    assert 'public_url = "http://cctv.example.org:3456"' in text


def test_a_proxy_without_a_name_is_asked_again(folder: Path) -> None:
    ours, theirs = pty.openpty()
    flags = ("--name", "Desa", "--domain", "", "--port", "3456", "--data", str(folder / "data"))
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "pantau", "init", "--config", str(folder / "pantau.toml")),
            *(*flags, "--recordings", str(folder / "footage"), "--supervisor", "none"),
        ],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
    )
    os.close(theirs)
    try:
        shown = _converse(ours, ("HTTPS", "nginx"), ("HTTPS", "none"), ("Next", None))
        assert "needs the name" in shown
        assert process.wait(60) == 0, shown
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _converse(terminal: int, *turns: tuple[str, str | None]) -> str:
    """Wait for each sentence after the one before, and answer it; return all that was shown."""
    shown, begin = "", 0
    os.set_blocking(terminal, False)

    def is_there(sentence: str) -> bool:
        nonlocal shown
        with contextlib.suppress(OSError):
            shown += os.read(terminal, 65_536).decode("utf-8", "replace")
        return sentence in shown[begin:]

    for sentence, answer in turns:
        until_in_thread(partial(is_there, sentence), what=f"“{sentence}”")
        begin = len(shown)
        if answer is not None:
            os.write(terminal, f"{answer}\n".encode())
    return shown
