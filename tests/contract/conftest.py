"""The media server under contract: one that somebody names, or ours with a camera of the farm.

Set PANTAU_TEST_MEDIAMTX_API and PANTAU_TEST_MEDIAMTX_HLS to the base URLs of a running server,
a MediaMTX for instance (`http://127.0.0.1:9997`, `http://127.0.0.1:8888`), to test that one.  It
must be able to reach this machine's loopback, where the camera is.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.server import MediaServer
from tests.mediaserver.running import free_port
from tests.support.farm import LARGER, FarmInThread
from tests.support.waiting import until_in_thread


@pytest.fixture(scope="session")
def camera_url() -> Iterator[str]:
    """The address of a camera with H.264 at 640 × 360, and sound."""
    with FarmInThread() as farm:
        farm.add("gate", LARGER)
        yield farm.url("gate")


@pytest.fixture(scope="session")
def base_urls() -> Iterator[tuple[str, str]]:
    """Where the control API and HLS are."""
    api, hls = (os.environ.get(f"PANTAU_TEST_MEDIAMTX_{name}") for name in ("API", "HLS"))
    if api and hls:
        yield api, hls
        return
    addresses = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    with tempfile.TemporaryDirectory(prefix="pt-") as short:
        command = (sys.executable, "-m", "pantau.mediaserver", "--runtime-dir", short)
        ports = ("--api-tcp", addresses[0], "--hls-tcp", addresses[1])
        with subprocess.Popen((*command, *ports), stdout=subprocess.DEVNULL) as ours:
            until_in_thread((Path(short) / "media-hls.sock").exists)
            yield f"http://{addresses[0]}", f"http://{addresses[1]}"
            ours.terminate()


@pytest.fixture
def server(base_urls: tuple[str, str]) -> Iterator[MediaServer]:
    """The server, without the paths that a test added once the test is over."""
    under_test = MediaServer(*base_urls)
    yield under_test
    under_test.clean_up()
