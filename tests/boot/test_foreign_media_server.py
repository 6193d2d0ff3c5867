"""Pantau beside a media server that somebody else runs: driven over TCP, and not started by us."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.boot.installation import Installation, free_port
from tests.support.waiting import until_in_thread

TOML = """
[media]
api_url = "http://127.0.0.1:{api}"
hls_url = "http://127.0.0.1:{hls}"

[[cameras]]
name = "Card"
source = "testcard:"
on_demand = false
"""


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """A media server with both of its ports open on loopback."""
    api, hls = free_port(), free_port()
    process = subprocess.Popen(
        [
            sys.executable, "-m", "pantau.mediaserver", "--runtime-dir", tmp_path / "run",
            "--api-tcp", f"127.0.0.1:{api}", "--hls-tcp", f"127.0.0.1:{hls}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield api, hls
    process.terminate()
    process.wait(15)


def test_streams_come_through_and_survive_our_end(tmp_path: Path, ports: tuple[int, int]) -> None:
    folder = tmp_path / "hub"
    folder.mkdir()
    with Installation(folder, TOML.format(api=ports[0], hls=ports[1])) as hub:
        camera = hub.until_ready().until_live("Card")
        until_in_thread(lambda: hub.get(camera["streams"]["hls"])[0] == 200, timeout_s=45)
        assert hub.pid_of("media") is None
    with Installation(folder, TOML.format(api=ports[0], hls=ports[1])) as hub:
        again = hub.until_ready().until_live("Card")
        assert again["stream_key"] == camera["stream_key"]
        assert "paths_reconciled" not in hub.logs
