"""A small hub's worker works inside its web process, and follows it when that is replaced."""

import os
import signal
import sqlite3
from pathlib import Path

import pytest

from pantau.app.programs import programs, works_together
from pantau.core.clock import SystemClock
from pantau.core.family_file import FamilyState, read_family
from pantau.operations.vitals import Vitals, read_vitals
from pantau.settings import DatabaseSettings, Settings
from tests.boot.installation import Installation
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


def test_units_of_their_own_are_apart_whatever_the_settings_say(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, processes="together")
    (web,) = programs(settings, listen_fd=7, farm_port=None, only="web")
    assert "--with-worker" not in web.arguments
    (worker,) = programs(settings, listen_fd=None, farm_port=None, only="worker")
    assert worker.is_alone
    names = [each.name for each in programs(settings, listen_fd=7, farm_port=9, only=None)]
    assert names == ["demo", "media", "web"]
