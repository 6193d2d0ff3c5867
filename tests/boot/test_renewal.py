"""SIGHUP replaces worker and web by those of the current release; a bad one changes nothing."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pantau.core.family_file import FamilyState, read_family
from tests.boot.installation import Installation
from tests.support.waiting import until_in_thread


class Renewed(Installation):
    """An installation whose releases are folders that we link."""

    @property
    def now(self) -> FamilyState:
        return read_family(self.sockets_dir)

    def make_current(self, environment: Path) -> None:
        releases = self.folder / "data" / "releases"
        releases.mkdir(exist_ok=True)
        (releases / "current").unlink(missing_ok=True)
        (releases / "current").symlink_to(environment)

    def renew(self) -> FamilyState:
        """Send the signal, ask for the list until it is decided, and return how it went."""
        before = self.now
        os.kill(self.process.pid, signal.SIGHUP)
        statuses = set()

        def decided() -> bool:
            statuses.add(self.get("/api/cameras/active")[0])
            return self.now != before and not self.now.renewing

        until_in_thread(decided, timeout_s=120, what="a decided renewal")
        assert statuses == {200}
        return self.now


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listener


def broken_release(folder: Path) -> Path:
    """Return an environment whose Python ends at once."""
    python = folder / "broken" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 3\n", encoding="ascii")
    python.chmod(0o755)
    return folder / "broken"


@pytest.mark.timeout(400)
def test_worker_and_web_are_renewed_from_the_current_release_and_media_stays(
    tmp_path: Path, manager: socket.socket
) -> None:
    with Renewed(tmp_path) as hub:
        hub.until_ready()
        assert manager.recv(100) == b"READY=1"
        until_in_thread(lambda: hub.pid_of("nursery") is None, what="a nursery that rests")
        before = hub.now.children
        hub.make_current(Path(sys.prefix))
        after = hub.renew().children
        assert {name: child.renewals for name, child in after.items()} == {
            "media": 0,
            "worker": 1,
            "web": 1,
        }
        assert after["media"].pid == before["media"].pid
        assert after["web"].python == str(Path(sys.prefix).resolve() / "bin" / "python")
        assert len(after["web"].build) == len(before["web"].build) == 12
        assert manager.recv(100).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        assert manager.recv(100) == b"READY=1"
        until_in_thread(lambda: hub.pid_of("nursery") is None, what="a nursery that rests")

        hub.make_current(broken_release(tmp_path))
        failed = hub.renew().children
        assert {name: child.pid for name, child in failed.items()} == {
            name: child.pid for name, child in after.items()
        }
        told = failed["worker"].last_failed_renewal
        assert told is not None
        assert told.python.endswith("/broken/bin/python")
        assert told.why == "exit code 3 before it was ready"
        # A crash is mended from what ran last.
        hub.kill("web")
        until_in_thread(lambda: hub.now.children["web"].is_ready, timeout_s=60)
        assert hub.now.children["web"].python == after["web"].python
    assert b"STOPPING=1" in {manager.recv(100) for _ in range(3)}
    assert hub.now == FamilyState(), "nobody runs"


@pytest.mark.long
@pytest.mark.timeout(400)
def test_keeper_of_the_web_process_alone_keeps_the_port_over_a_crash(tmp_path: Path) -> None:
    with Renewed(tmp_path, "", "--only", "web") as hub:
        hub.until_ready()
        assert hub.stdout.splitlines()[0] == f"Pantau web is ready on http://127.0.0.1:{hub.port}"
        before = hub.pid_of("web")
        assert before is not None
        os.kill(before, signal.SIGKILL)
        # Not refused: the connection waits for the next one.
        assert hub.get("/api/cameras/active")[0] == 200
        assert hub.pid_of("web") not in {None, before}
        assert set(hub.now.children) == {"web"}
        assert hub.renew().children["web"].renewals == 1
