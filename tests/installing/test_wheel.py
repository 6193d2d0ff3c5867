"""Installed from the wheel alone, outside of the checkout; upgraded, downgraded."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from pantau.core.errors import Invalid
from pantau.operations.release_steps import environments
from pantau.operations.release_steps.state import Outcome
from pantau.operations.release_steps.targets import look_into, understood
from tests.support.deployed_hub import TOML, DeployedHub
from tests.support.planted_releases import CHECKOUT
from tests.support.waiting import until_in_thread
from tests.support.wheels import lock_file, next_wheel, plain_wheel, real_wheel


def hub_from(root: Path, environment: Path) -> DeployedHub:
    folder = root / "hub"
    folder.mkdir()
    return DeployedHub(folder, environment, TOML)


def clean_environment() -> dict[str, str]:
    left_out = ("PANTAU_", "PYTHON", "PIP_", "VIRTUAL_ENV")
    return {name: text for name, text in os.environ.items() if not name.startswith(left_out)}


def of_checkout(process: psutil.Process) -> list[str]:
    """Return which files of the checkout a process has open or mapped, or was started with."""
    try:
        names = [each.path for each in process.memory_maps()]
        names += [each.path for each in process.open_files()]
        names += [*process.cmdline(), process.cwd()]
    except psutil.Error:
        return []
    return [name for name in names if name.startswith(f"{CHECKOUT}{os.sep}")]


def check_upgrade_and_downgrade(hub: DeployedHub, newer: Path) -> None:
    """Deploy the next release with its step of the database, and go back, with viewers there."""
    added = hub.command("users", "add", "siti", "--role", "operator", stdin="Pasar-Minggu-27-kopi")
    assert added.returncode == 0, added.stderr
    hub.until_recording(1)
    before, media = hub.counts(), hub.pid_of("media")
    planned = hub.command("release", "plan", str(newer), "--json")
    assert planned.returncode == 0, planned.stderr
    plan = json.loads(planned.stdout)
    assert len(plan["database"]["steps"]) == 1
    assert plan["database"]["breaks"] == []
    assert plan["packages"]["fetched"] == [], "an upgrade with the same packages needs no network"

    code, last, said = hub.deploy(newer)
    assert code in {0, 3}, said
    assert last.outcome is Outcome.DEPLOYED
    assert hub.builds() == {"worker": {last.after.build}, "web": {last.after.build}}
    told = hub.command("version", "--json", program=hub.releases / "current" / "bin" / "pantau")
    assert json.loads(told.stdout)["pantau"] == "0.2.0"

    back = hub.command("release", "rollback")
    assert back.returncode == 0, back.stderr
    assert last.before is not None
    until_in_thread(
        lambda: (
            hub.builds() == {"worker": {last.before.build}, "web": {last.before.build}}
            if last.before
            else False
        ),
        what="the release before",
    )
    assert hub.get("/api/cameras/active")[0] == 200
    after = hub.counts()
    assert all(after[table] >= before[table] for table in before), (before, after)
    assert hub.pid_of("media") == media
    hub.leave()
    refusals = {asked: count for asked, count in hub.asked.items() if not asked.endswith("200")}
    assert refusals == {}, hub.logs


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plain_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """Install it with packages that are linked from the tests' own: no network."""
    target = understood(str(wheel))
    package = look_into(target)
    folder = tmp_path_factory.mktemp("root") / "installed"
    environments.make(
        folder, target, lock=package.lock, source=Path(sys.prefix), tell=lambda _: None
    )
    return folder


def test_a_wheel_tells_its_build_and_runs_without_the_checkout(
    installed: Path, wheel: Path
) -> None:
    meant = look_into(understood(str(wheel)))
    assert len(meant.sha256) == 64
    look = (
        "import json, sys, pantau.app.web; from pantau.core.build import build_id, engine_id;"
        "files = [getattr(m, '__file__', None) for m in sys.modules.values()];"
        "print(json.dumps([build_id(), engine_id(), [f for f in files if f]]))"
    )
    said = subprocess.run(
        [str(installed / "bin" / "python"), "-P", "-c", look],
        cwd=installed,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    build, engine, files = json.loads(said.stdout)
    assert (build, engine) == (meant.build, meant.engine)
    assert len(files) > 500
    assert [file for file in files if file.startswith(f"{CHECKOUT}{os.sep}")] == []


@pytest.mark.parametrize(
    ("left_out", "why"),
    [("requirements/", "tested with"), ("ui/static/vendor/", "lacks the files")],
)
def test_a_wheel_without_its_lock_or_the_files_of_the_pages_is_refused(
    tmp_path: Path, left_out: str, why: str
) -> None:
    target = understood(str(plain_wheel(tmp_path, leave_out=left_out)))
    with pytest.raises(Invalid, match=why):
        look_into(target)


@pytest.mark.long  # tests/fault deploys environments in short form
@pytest.mark.fault
@pytest.mark.timeout(600)
def test_a_wheel_made_by_hand_is_upgraded_and_downgraded_with_live_data(
    installed: Path, wheel: Path, tmp_path: Path
) -> None:
    with hub_from(tmp_path, installed) as hub:
        try:
            hub.until_ready().with_viewers()
            check_upgrade_and_downgrade(hub, next_wheel(wheel, tmp_path / "next", version="0.2.0"))
        finally:
            hub.leave()


@pytest.mark.long  # needs the package index; the others need no network
@pytest.mark.fault
@pytest.mark.timeout(900)
def test_the_real_wheel_installs_into_a_clean_root_and_is_upgraded_there(tmp_path: Path) -> None:
    wheel = real_wheel(tmp_path / "dist")
    environment, clean = tmp_path / "root" / "venv", clean_environment()
    subprocess.run([sys.executable, "-m", "venv", environment], check=True, env=clean, timeout=120)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    locked = [*pip, "--require-hashes", "-r", str(lock_file())]
    subprocess.run(locked, check=True, env=clean, timeout=600)
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True, env=clean, timeout=120)
    with hub_from(tmp_path / "root", environment) as hub:
        try:
            hub.until_ready().with_viewers()
            assert [name for each in hub.family() for name in of_checkout(each)] == []
            for path in ("/", "/admin/sign-in", "/health"):
                assert hub.get(path)[0] == 200, path
            newer = next_wheel(wheel, tmp_path / "next", version="0.2.0")
            check_upgrade_and_downgrade(hub, newer)
        finally:
            hub.leave()
