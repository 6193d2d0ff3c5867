"""How `pantau serve` ends: in order when asked, at once when asked twice, never leaving anybody."""

import os
import signal
import socket
from pathlib import Path

import psutil
import pytest

from tests.boot.installation import Installation, run
from tests.support.waiting import until_in_thread

CARD = '[[cameras]]\nname = "Card"\nsource = "testcard:"\non_demand = false\n'


def gone(processes: list[psutil.Process]) -> bool:
    alive = [process for process in processes if process.is_running()]
    return all(process.status() == psutil.STATUS_ZOMBIE for process in alive)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_every_process_with_exit_code_0(tmp_path: Path, number: int) -> None:
    with Installation(tmp_path, CARD) as hub:
        hub.until_ready().until_live("Card")
        family = hub.family()
        assert len(family) >= 5
        hub.process.send_signal(number)
        assert hub.process.wait(45) == 0
        until_in_thread(lambda: gone(family), timeout_s=45, what="everybody gone")
        sockets = list((tmp_path / "data" / "run").glob("media*.sock"))
    assert sockets == []
    assert "process_killed_after_deadline" not in hub.logs


def test_second_signal_ends_at_once(tmp_path: Path) -> None:
    with Installation(tmp_path, CARD) as hub:
        hub.until_ready().until_live("Card")
        family = hub.family()
        # A stopped child cannot drain; only force ends this in time.
        web_pid = hub.pid_of("web")
        assert web_pid is not None
        os.kill(web_pid, signal.SIGSTOP)
        hub.process.terminate()
        until_in_thread(lambda: "process_stopping" in hub.stdout, timeout_s=45)
        hub.process.terminate()
        assert hub.process.wait(45) != 0
        until_in_thread(lambda: gone(family), timeout_s=45, what="everybody gone")
        # Nobody waited until the time for draining was over.
        assert "process_killed_after_deadline" not in hub.logs


def test_taken_port_is_told_plainly_with_exit_code_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path, "serve", PANTAU_PORT=str(port))
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is in use by another program" in done.stderr
    assert "Traceback" not in done.stderr
    assert "is ready" not in done.stdout


def test_wrong_settings_are_told_with_the_nearest_name_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "pantau.toml").write_text("prot = 3000\n", encoding="utf-8")
    done = run(tmp_path, "serve")
    assert done.returncode == 2
    assert done.stderr.strip() == "pantau.toml: `prot` is not a setting; did you mean `port`?"
    assert done.stdout == ""


def test_two_installations_cannot_share_a_data_folder(tmp_path: Path) -> None:
    with Installation(tmp_path, CARD) as hub:
        hub.until_ready()
        done = run(tmp_path, "serve", PANTAU_PORT="0")
    assert done.returncode == 1
    assert "Another Pantau is running with this data folder" in done.stderr


def test_damaged_secret_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret.key").write_bytes(b"short")
    done = run(tmp_path, "serve", PANTAU_PORT="0")
    assert done.returncode == 1
    assert "secret.key is damaged" in done.stderr
    assert "Traceback" not in done.stderr


def test_folder_that_cannot_be_made_is_told_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run(tmp_path, "serve", PANTAU_PORT="0", PANTAU_DATA_DIR="file/data")
    assert done.returncode == 1
    assert "file/data cannot be made: Not a directory. Set PANTAU_DATA_DIR" in done.stderr
    assert "Traceback" not in done.stderr


def test_stop_during_the_start_is_a_stop_and_no_failure(tmp_path: Path) -> None:
    with Installation(tmp_path, CARD) as hub:
        until_in_thread(lambda: hub.pid_of("media") is not None, timeout_s=45, what="a first child")
        family = hub.family()
        hub.process.terminate()
        assert hub.process.wait(45) == 0
        until_in_thread(lambda: gone(family), timeout_s=45, what="everybody gone")
    assert "could not start" not in hub.stderr
