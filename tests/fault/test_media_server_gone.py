"""The media server is gone: ours dies again and again, a foreign one stays away for a while."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

import pytest

from tests.boot.installation import free_port
from tests.boot.test_managed_cameras import Operator
from tests.fault.test_full_disks import alerts, tell_everything
from tests.fault.troubled import CARD, RECORDED, TroubledHub, Writing, footage, until_footage
from tests.support.waiting import until_in_thread

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

KEPT = ("/", "/api/cameras/active", "/api/stream", "/api/thumbnails/1.jpg", "/health/live")
TWO_PARTS = {"media_server", "worker"}


def assert_stills_and_footage_stay(hub: TroubledHub, operator: Operator) -> None:
    for target in KEPT:
        assert hub.status(target) == 200, target
    newest = max(footage(operator))
    assert hub.status(f"/api/recordings/1/stream/{newest}") == 200
    status, headers, body = hub.get(hub.live)
    assert (status, b"stream." in body) == (503, True), body
    assert int(headers["retry-after"]) >= 1


@pytest.mark.long
def test_ours_dying_again_and_again_is_told_each_time_and_alarmed_once(tmp_path: Path) -> None:
    with TroubledHub(tmp_path, RECORDED + CARD) as hub:
        hub.until_well()
        operator = Operator(hub)
        tell_everything(operator)
        until_footage(operator, 1)
        with Writing(operator) as writing:
            before = footage(operator)
            hub.begin()
            for _ in range(3):
                hub.kill("media")
                hub.until_told("process_is_back", child="media")
                until_in_thread(lambda: hub.status(hub.live) == 200, timeout_s=90, what="pictures")
            # One that hangs is worse than one that is dead: answers must come, and say why.
            media = hub.pid_of("media")
            assert media is not None
            family = [each.pid for each in hub.family() if each.ppid() == media]
            for pid in (media, *family):
                os.kill(pid, signal.SIGSTOP)
            try:
                until_in_thread(lambda: "media_server" in hub.down(), what="health that knows")
                until_in_thread(lambda: hub.status(hub.live) == 503, what="honesty")
                until_in_thread(
                    lambda: alerts(tmp_path / "data")["media_server", "began"],
                    timeout_s=150,
                    what="the alarm",
                )
                assert_stills_and_footage_stay(hub, operator)
                assert before <= footage(operator)
            finally:
                for pid in (media, *family):
                    os.kill(pid, signal.SIGCONT)
            until_in_thread(lambda: hub.status(hub.live) == 200, timeout_s=90, what="pictures")
            until_in_thread(
                lambda: alerts(tmp_path / "data")["media_server", "ended"],
                timeout_s=150,
                what="the all-clear",
            )
            until_footage(operator, 1, besides=frozenset(footage(operator)))
        assert writing.refused == set()
        writing.assert_all_there()
        told = alerts(tmp_path / "data")
        assert told["media_server", "began"] == told["media_server", "ended"] == 1
        assert max(told.values()) == 1


class ForeignServer:
    """A context: a media server that somebody else runs, and can take away."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._api, self._hls = free_port(), free_port()
        self._process: subprocess.Popen[bytes]

    @property
    def toml(self) -> str:
        address = "http://127.0.0.1:{}"
        return (
            f'[media]\napi_url = "{address.format(self._api)}"\n'
            f'hls_url = "{address.format(self._hls)}"\n'
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "pantau.mediaserver", "--runtime-dir", self._folder,
                "--api-tcp", f"127.0.0.1:{self._api}", "--hls-tcp", f"127.0.0.1:{self._hls}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def leave(self) -> None:
        self._process.terminate()
        self._process.wait(30)


@pytest.mark.long
def test_a_foreign_media_server_may_be_away_and_comes_back_to_all_its_cameras(
    tmp_path: Path,
) -> None:
    with (
        ForeignServer(tmp_path / "server") as server,
        TroubledHub(tmp_path, server.toml + CARD) as hub,
    ):
        hub.until_well()
        operator = Operator(hub)
        with Writing(operator) as writing:
            writing.until_acknowledged()
            hub.begin()
            server.leave()
            until_in_thread(lambda: "media_server" in hub.down(), what="health that knows")
            until_in_thread(lambda: hub.status(hub.live) == 503, timeout_s=90, what="honesty")
            for target in KEPT:
                assert hub.status(target) == 200, target
            writing.until_acknowledged(20)
            server.start()
            until_in_thread(lambda: hub.status(hub.live) == 200, timeout_s=90, what="pictures")
            until_in_thread(lambda: hub.down() == [], timeout_s=90, what="health")
        assert hub.told("service_crashed") == []
        # Each thing is said once by each process, however long it lasted.
        assert len(set(hub.urgent())) == len(hub.urgent())
        assert writing.refused == set()
        writing.assert_all_there()
