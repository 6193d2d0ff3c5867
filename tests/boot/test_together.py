"""A small hub's worker works inside its web process, and follows it when that is replaced."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pantau.app.programs import knows_together, programs, works_together
from pantau.core.clock import SystemClock
from pantau.core.family_file import FamilyState, read_family
from pantau.operations.vitals import Vitals, read_vitals
from pantau.settings import DatabaseSettings, Settings
from tests.boot.installation import Installation
from tests.support.planted_releases import make_release
from tests.support.waiting import until_in_thread


class Small(Installation):
    """A hub with hardly a camera, started as anybody would."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "PANTAU_PROCESSES": "auto"}

    @property
    def now(self) -> FamilyState:
        return read_family(self.sockets_dir)

    def vitals(self) -> dict[str, Vitals]:
        told = read_vitals(self.sockets_dir, now=SystemClock().now())
        return {each.process: each for each in told if not each.is_stopping}

    def works_in(self, pid: int | None) -> bool:
        """Tell whether the worker does its work inside this process."""
        worker = self.vitals().get("worker")
        return worker is not None and worker.pid == pid and worker.ready_at is not None


def test_small_hub_is_one_process_fewer_and_does_all_the_work(tmp_path: Path) -> None:
    with Small(tmp_path, 'log_format = "json"') as hub:
        hub.until_ready()
        before = hub.now.children
        assert set(before) == {"media", "web"}
        until_in_thread(lambda: hub.works_in(before["web"].pid), what="a worker in the web process")
        until_in_thread(lambda: hub.get("/health/ready")[0] == 200, what="a hub that is well")
        told = hub.vitals()["worker"]
        assert told.jobs
        assert told.memory_bytes == 0, "the web process tells it"
        assert not told.lines
        # Nobody asks in vain while another one follows, and there is never more than one at work.
        os.kill(hub.process.pid, signal.SIGHUP)
        statuses = set()

        def is_followed() -> bool:
            statuses.add(hub.get("/api/cameras/active")[0])
            return hub.now.children["web"].renewals == 1 and hub.works_in(
                hub.now.children["web"].pid
            )

        until_in_thread(is_followed, timeout_s=120, what="another web process at work")
        assert statuses == {200}
        after = hub.now.children
        assert after["media"].pid == before["media"].pid
        assert after["web"].pid != before["web"].pid

        hub.kill("web")
        until_in_thread(
            lambda: (
                hub.now.children["web"].restarts == 1 and hub.works_in(hub.now.children["web"].pid)
            ),
            timeout_s=120,
            what="a worker again",
        )
    lines = hub.logs
    assert '"process": "worker"' in lines, "what the worker says is told from what visitors cause"
    assert hub.process.returncode == 0


def file_with(cameras: int, folder: Path) -> Settings:
    settings = Settings(data_dir=folder, cameras=())
    file = settings.database_file
    assert file is not None
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE cameras (id INTEGER)")
        connection.executemany("INSERT INTO cameras VALUES (?)", [(n,) for n in range(cameras)])
    connection.close()
    return settings


@pytest.mark.parametrize(("cameras", "together"), [(0, True), (16, True), (17, False)])
def test_many_cameras_get_a_worker_of_their_own(
    tmp_path: Path, cameras: int, *, together: bool
) -> None:
    settings = file_with(cameras, tmp_path)
    assert works_together(settings) is together
    assert works_together(settings, has_demo=True) is together, "they are in the file already"


def test_whoever_says_so_decides_and_a_server_has_them_apart(tmp_path: Path) -> None:
    many = file_with(100, tmp_path)
    assert works_together(many.model_copy(update={"processes": "together"}))
    assert not works_together(Settings(data_dir=tmp_path / "none", processes="apart"))
    assert works_together(Settings(data_dir=tmp_path / "none"))
    server = DatabaseSettings(url="postgresql://a:b@127.0.0.1/c")
    assert not works_together(Settings(data_dir=tmp_path, database=server))


def test_parent_counts_cameras_without_loading_what_that_takes(tmp_path: Path) -> None:
    """It runs for weeks and never asks a database again."""
    file_with(17, tmp_path)
    code = (
        "import pathlib, sys; import pantau.cli.serving, pantau.app.family\n"
        "from pantau.app.programs import works_together\n"
        "from pantau.settings import Settings\n"
        "print(works_together(Settings(data_dir=pathlib.Path(sys.argv[1]), cameras=())))\n"
        "print([name for name in ('sqlite3', 'sqlalchemy', 'fastapi') if name in sys.modules])"
    )
    asked = [sys.executable, "-c", code, str(tmp_path)]
    said = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=30).stdout
    assert said.splitlines() == ["False", "[]"]


def older_release(folder: Path) -> Path:
    """Return an environment whose web process is told of no worker: before decision 13."""
    environment = make_release(folder)
    (package,) = environment.glob("lib/python*/site-packages/pantau")
    (package / "app" / "together.py").unlink()
    serving = package / "cli" / "serving.py"
    known = "    with_worker: _WithWorker = False,\n"
    text = serving.read_text(encoding="utf-8")
    assert known in text
    serving.write_text(text.replace(known, "").replace("with_worker", "False"), encoding="utf-8")
    return environment


@pytest.mark.timeout(240)
def test_an_older_release_gets_a_worker_of_its_own_until_a_newer_one_is_back(
    tmp_path: Path,
) -> None:
    older, releases = older_release(tmp_path / "older"), tmp_path / "data" / "releases"
    with Small(tmp_path) as hub:
        hub.until_ready()
        until_in_thread(lambda: hub.works_in(hub.now.children["web"].pid), what="a worker")
        statuses = set()

        def is_renewed(times: int, names: set[str]) -> bool:
            statuses.add(hub.get("/api/cameras/active")[0])
            now = hub.now
            return (
                not now.renewing
                and set(now.children) == names
                and now.children["web"].renewals == times
                and all(child.is_ready for child in now.children.values())
            )

        for times, environment, names in (
            (1, older, {"media", "worker", "web"}),
            (2, Path(sys.prefix), {"media", "web"}),
        ):
            releases.mkdir(exist_ok=True)
            (releases / "current").unlink(missing_ok=True)
            (releases / "current").symlink_to(environment)
            os.kill(hub.process.pid, signal.SIGHUP)
            until_in_thread(
                lambda times=times, names=names: is_renewed(times, names),  # type: ignore[misc]
                timeout_s=60,
                what=f"{environment}",
            )
            where = "worker" if "worker" in names else "web"
            until_in_thread(lambda: hub.works_in(hub.now.children[where].pid), what="a worker")  # noqa: B023
        assert statuses == {200}
        assert hub.now.children["web"].restarts == 0
        until_in_thread(lambda: hub.get("/health/ready")[0] == 200, what="a hub that is well")
    assert hub.process.returncode == 0


@pytest.mark.anyio
async def test_a_release_says_what_it_understands(tmp_path: Path) -> None:
    assert await knows_together(sys.executable)
    assert not await knows_together(str(older_release(tmp_path / "older") / "bin" / "python"))
    assert not await knows_together(str(tmp_path / "none"))


def test_units_of_their_own_are_apart_whatever_the_settings_say(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, processes="together")
    (web,) = programs(settings, listen_fd=7, farm_port=None, only="web", is_together=True)
    assert "--with-worker" not in web.arguments
    (worker,) = programs(settings, listen_fd=None, farm_port=None, only="worker", is_together=True)
    assert worker.is_alone
    all_of_them = programs(settings, listen_fd=7, farm_port=9, only=None, is_together=True)
    names = [each.name for each in all_of_them]
    assert names == ["demo", "media", "web"]
