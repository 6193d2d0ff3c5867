"""Faults that are planted in an installed hub, and mended by typing what the doctor says."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pantau.app.checks import examine
from pantau.operations.doctor import Finding
from pantau.operations.doctor.limits import check_open_files
from pantau.operations.machine_limits import least_open_files
from pantau.settings import load_settings
from tests.boot.installation import free_port, run

PHRASE = "a long phrase of mine"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Pantau was; every test leaves it sound."""
    folder = tmp_path_factory.mktemp("hub")
    made = run(folder, "admin-link", PANTAU_PORT=str(free_port()))
    assert made.returncode == 0, made.stderr
    (folder / "pantau.toml").write_text("", encoding="utf-8")
    (folder / "pantau.toml").chmod(0o600)
    (folder / "phrase.txt").write_text(PHRASE, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def here(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PANTAU_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PANTAU_PORT", str(free_port()))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.chdir(hub)


def found() -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(load_settings())}


def open_settings(hub: Path) -> None:
    (hub / "pantau.toml").chmod(0o644)


def open_data(hub: Path) -> None:
    (hub / "data").chmod(0o755)


def open_keys(hub: Path) -> None:
    (hub / "data/sealing.keys").chmod(0o644)


def open_secret(hub: Path) -> None:
    (hub / "data/secret.key").chmod(0o644)


def give_away(hub: Path) -> None:
    os.chown(hub / "data/pantau.db", 65_534, -1)


def lose_release(hub: Path) -> None:
    (hub / "data/releases").mkdir(exist_ok=True)
    (hub / "data/releases/current").unlink(missing_ok=True)
    (hub / "data/releases/current").symlink_to("gone")


def have_no_backup(hub: Path) -> None:
    shutil.rmtree(hub / "data/backups", ignore_errors=True)


FAULTS: list[tuple[str, Callable[[Path], None], str, str]] = [
    ("settings file", open_settings, "advice", "chmod "),
    ("data folder rights", open_data, "advice", "chmod "),
    ("keys of secrets", open_keys, "wrong", "chmod "),
    ("installation secret", open_secret, "wrong", "chmod "),
    ("owners", give_away, "wrong", "chown "),
    ("release", lose_release, "wrong", f"{sys.prefix}"),
    ("backup", have_no_backup, "advice", "pantau backup create"),
]


@pytest.mark.parametrize(
    ("name", "plant", "grade", "begins"), FAULTS, ids=[fault[0] for fault in FAULTS]
)
def test_what_the_doctor_says_to_type_mends_it(
    hub: Path, name: str, plant: Callable[[Path], None], grade: str, begins: str
) -> None:
    if name == "owners" and os.geteuid() != 0:
        pytest.skip("only root gives files away")
    plant(hub)
    finding = found()[name]
    assert finding.grade == grade
    command = begins + finding.fix.split(begins, 1)[1].partition(": then")[0]
    typed = subprocess.run(
        shlex.split(command), cwd=hub, capture_output=True, text=True, check=False
    )
    assert typed.returncode == 0, f"{command}: {typed.stderr}"
    after = found()[name]
    # A backup beside its data is one, and could be better.
    assert after.ok
    assert after.message != finding.message
    if name != "backup":
        assert after.grade == "fine"


def test_limit_of_open_files_is_that_of_what_runs() -> None:
    with subprocess.Popen(
        ["sh", "-c", "ulimit -Sn 512; echo up; exec cat"], stdin=-1, stdout=-1
    ) as low:
        assert low.stdout is not None
        assert low.stdout.readline() == b"up\n"
        limit = least_open_files([low.pid, os.getpid()])
        assert limit == 512
        assert check_open_files(limit, cameras=1, is_running=True).grade == "wrong"
        assert low.stdin is not None
        low.stdin.close()
    assert least_open_files([low.pid]) is None
