"""A hub whose cameras a MediaMTX shows, which records them all the same.

`PANTAU_TEST_MEDIAMTX` names a MediaMTX to be used as well as the stand-in.
"""

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.boot.installation import Installation, free_port
from tests.boot.test_managed_cameras import Operator
from tests.boot.test_recordings import Footage, closed, until_closed, verified
from tests.contract.strict_peer import StrictPeer
from tests.support.farm import FarmInThread
from tests.support.waiting import until_in_thread

pytestmark = pytest.mark.long

PROGRAM = os.environ.get("PANTAU_TEST_MEDIAMTX", "")
SETTINGS = """
[media]
api_url = "{api}"
hls_url = "{hls}"
rtsp_url = "{rtsp}"
allowed_networks = ["127.0.0.0/8"]

[recordings]
segment_s = 10
reserve_bytes = 1048576
"""
THEIR_SETTINGS = """
api: yes
apiAddress: 127.0.0.1:{api}
hlsAddress: 127.0.0.1:{hls}
rtspAddress: 127.0.0.1:{rtsp}
rtspTransports: [tcp]
rtmp: no
srt: no
webrtc: no
authInternalUsers:
- user: hub
  pass: s3cr@et!
  permissions: [{{action: read}}]
- user: any
  ips: [127.0.0.1]
  permissions: [{{action: api}}]
paths:
"""


class Theirs(Protocol):
    """Somebody's MediaMTX."""

    def settings(self) -> str:
        """Return what the hub is told of it."""
        ...

    def add(self, key: str) -> None:
        """Have it serve this path: what a MediaMTX does when it is told of a path."""
        ...

    def leave(self) -> None: ...

    def come_back(self) -> None: ...


class StandIn:
    """A control API as strict as theirs, and cameras of ours as its RTSP side."""

    def __init__(self, peer: StrictPeer, farm: FarmInThread) -> None:
        self._peer, self._farm = peer, farm

    def settings(self) -> str:
        rtsp = self._farm.url("").rstrip("/")
        return SETTINGS.format(api=self._peer.url, hls=self._peer.url, rtsp=rtsp)

    def add(self, key: str) -> None:
        self._farm.add(key)

    def leave(self) -> None:
        self._farm.die()

    def come_back(self) -> None:
        self._peer.restart()
        self._farm.come_back()


class Real:
    """The program itself; its RTSP side wants a login."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "mediamtx.yml"
        self._ports = {name: free_port() for name in ("api", "hls", "rtsp")}
        self._file.write_text(THEIR_SETTINGS.format(**self._ports), encoding="utf-8")
        self.come_back()

    def settings(self) -> str:
        api, hls = (f"http://127.0.0.1:{self._ports[name]}" for name in ("api", "hls"))
        rtsp = f"rtsp://hub:s3cr%40et!@127.0.0.1:{self._ports['rtsp']}"
        return SETTINGS.format(api=api, hls=hls, rtsp=rtsp)

    def add(self, key: str) -> None:
        """Do nothing: it pulls what it was told."""

    def leave(self) -> None:
        self._process.kill()
        self._process.wait(10)

    def come_back(self) -> None:
        self._process = subprocess.Popen(
            [PROGRAM, self._file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


@pytest.fixture
def cameras() -> Iterator[FarmInThread]:
    with FarmInThread() as farm:
        yield farm


@pytest.fixture(params=["stand-in", "real"])
def theirs(
    request: pytest.FixtureRequest, tmp_path: Path, cameras: FarmInThread
) -> Iterator[Theirs]:
    """A MediaMTX, gone before its cameras are."""
    cameras.add("gate")
    if request.param == "stand-in":
        with StrictPeer("v1.20.0") as peer, FarmInThread() as farm:
            yield StandIn(peer, farm)
        return
    if not PROGRAM:
        pytest.skip("PANTAU_TEST_MEDIAMTX names no program")
    real = Real(tmp_path)
    yield real
    real.leave()


@pytest.mark.timeout(400)
def test_footage_of_their_cameras(tmp_path: Path, theirs: Theirs, cameras: FarmInThread) -> None:
    folder = tmp_path / "hub"
    folder.mkdir()
    with Installation(folder, theirs.settings()) as hub:
        operator = Operator(hub.until_ready())
        camera = operator.add(
            name="Gerbang",
            private_rtsp_url=cameras.url("gate"),
            enable_recording=True,
            latitude=None,
            longitude=None,
        )
        until_in_thread(lambda: "Gerbang" in hub.streams(), what="the camera")
        theirs.add(hub.streams()["Gerbang"]["stream_key"])
        footage = Footage(operator, camera["id"])
        until_closed(hub, camera["id"], 1)
        theirs.leave()
        until(footage, status="waiting", cause="rtsp_unreachable")
        before = len(closed(hub, camera["id"]))
        theirs.come_back()
        until(footage, status="recording", cause="")
        until_closed(hub, camera["id"], before + 1)
        footage.replayed()
        footage.outlive_a_kill()
        footage.stop()
        assert verified(folder)["ok"]
        assert cameras.sessions_most("gate") <= 1
        told = hub.logs + "".join(" ".join(each.cmdline()) for each in hub.family())
        assert "s3cr" not in told


def until(footage: Footage, **wanted: str) -> None:
    """Wait until what is said of the recorder is as wanted, without asking too often."""
    between = threading.Event()

    def is_so() -> bool:
        between.wait(0.5)
        said: dict[str, Any] = footage.answer("GET", "/status")["runtime_status"]
        return all(said[key] == value for key, value in wanted.items())

    until_in_thread(is_so, timeout_s=90, what=f"{wanted}")
