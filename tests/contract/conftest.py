"""The media servers under contract: one that somebody names, or ours and two strict stand-ins.

Set PANTAU_TEST_MEDIAMTX_API and PANTAU_TEST_MEDIAMTX_HLS to the base URLs of a running server,
a MediaMTX for instance (`http://127.0.0.1:9997`, `http://127.0.0.1:8888`), to test that one.  It
must be able to reach this machine's loopback, where the camera is.  PANTAU_TEST_MEDIAMTX_RESTART
may hold a command that restarts it; without one, nobody restarts it.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.contract.server import MediaServer
from tests.contract.strict_peer import StrictPeer
from tests.mediaserver.running import free_port
from tests.support.farm import LARGER, FarmInThread
from tests.support.waiting import until_in_thread


def _named(part: str) -> str:
    return os.environ.get(f"PANTAU_TEST_MEDIAMTX_{part}", "")


SUBJECTS: Final = ("named",) if _named("API") else ("ours", "v1.9.0", "v1.20.0")
SERVES_STREAMS: Final = SUBJECTS[:1]
"""The stand-ins have a control API only."""


@dataclass(frozen=True)
class Subject:
    """A server under contract; `hls` is empty where there are no streams."""

    api: str
    hls: str
    restart: Callable[[], object] | None


@pytest.fixture(scope="session")
def camera_url() -> Iterator[str]:
    """The address of a camera with H.264 at 640 × 360, and sound."""
    with FarmInThread() as farm:
        farm.add("gate", LARGER)
        yield farm.url("gate")


@pytest.fixture(scope="session", params=SUBJECTS)
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """Each of them in turn."""
    with opened_subject(request.param) as one:
        yield one


@contextmanager
def opened_subject(name: str) -> Iterator[Subject]:
    if name == "named":
        command = _named("RESTART")
        yield Subject(
            _named("API"),
            _named("HLS"),
            (lambda: subprocess.run(shlex.split(command), check=True)) if command else None,
        )
    elif name == "ours":
        with _ours() as one:
            yield one
    else:
        with StrictPeer("v1.9.0" if name == "v1.9.0" else "v1.20.0") as peer:
            yield Subject(peer.url, "", peer.restart)


@contextmanager
def _ours() -> Iterator[Subject]:
    addresses = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    ports = ("--api-tcp", addresses[0], "--hls-tcp", addresses[1])
    running: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory(prefix="pt-") as short:
        command = (sys.executable, "-m", "pantau.mediaserver", "--runtime-dir", short, *ports)

        def begin() -> None:
            running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
            until_in_thread((Path(short) / "media-hls.sock").exists, timeout_s=45)

        def end() -> None:
            process = running.pop()
            process.terminate()
            process.wait(30)

        def restart() -> None:
            end()
            begin()

        begin()
        try:
            yield Subject(f"http://{addresses[0]}", f"http://{addresses[1]}", restart)
        finally:
            end()


@pytest.fixture
def server(subject: Subject) -> Iterator[MediaServer]:
    """The server, without the paths that a test added once the test is over."""
    under_test = MediaServer(subject.api, subject.hls)
    yield under_test
    under_test.clean_up()
