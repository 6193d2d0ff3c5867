"""What viewers notice of our troubles: nothing, as long as their player tries again."""

import http.client
import os
import re
import signal
import threading
from collections.abc import Iterator
from itertools import pairwise

import psutil
import pytest

from tests.boot.installation import Installation
from tests.support.waiting import until_in_thread

CAMERAS = """
[[cameras]]
name = "Card"
source = "testcard:"
on_demand = false
"""
VISITS = 1_000


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("hub"), CAMERAS) as running:
        running.until_ready()
        yield running


@pytest.fixture
def hub(installed: Installation) -> Installation:
    """One that is well, whatever was done to it before."""
    installed.until_live("Card")
    return installed


class PatientPlayer(threading.Thread):
    """Fetches every segment once, in order, and tries again after any failure."""

    def __init__(self, hub: Installation, address: str) -> None:
        super().__init__(daemon=True)
        self.numbers: list[int] = []
        self.oldest: set[int] = set()
        """The first numbers of playlists that had moved on by more than one segment meanwhile."""
        self.failures = 0
        self._hub, self._address = hub, address
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.2):
            try:
                self._look()
            except (OSError, http.client.HTTPException):
                self.failures += 1

    def stop(self) -> None:
        self._over.set()
        self.join(30)

    def _look(self) -> None:
        status, _, playlist = self._hub.get(self._address)
        if status != 200:
            self.failures += 1
            return
        names = re.findall(rb"^(\w+_seg\d+\.mp4)$", playlist, re.MULTILINE)
        listed = {int(name.split(b"_seg")[1].split(b".")[0]): name for name in names}
        if listed and self.numbers and min(listed) > self.numbers[-1] + 1:
            self.oldest.add(min(listed))
        for number, name in listed.items():
            if self.numbers and number <= self.numbers[-1]:
                continue
            status, _, body = self._hub.get(self._address.replace("index.m3u8", name.decode()))
            if status != 200 or not body:
                self.failures += 1
                return
            self.numbers.append(number)


@pytest.mark.fault
def test_player_that_tries_again_misses_nothing_while_web_dies_twice(hub: Installation) -> None:
    address = hub.streams()["Card"]["streams"]["hls"]
    media_pid = hub.pid_of("media")
    player = PatientPlayer(hub, address)
    player.start()
    until_in_thread(lambda: len(player.numbers) > 3, timeout_s=45, what="first segments")
    for _ in range(2):
        hub.kill("web")
        seen = len(player.numbers)
        until_in_thread(
            lambda seen=seen: len(player.numbers) > seen + 2,  # type: ignore[misc]  # bound now
            timeout_s=45,
            what="segments after the death",
        )
    player.stop()
    # On a busy machine web may be away for longer than a playlist reaches back.
    missed = [
        (before, after)
        for before, after in pairwise(player.numbers)
        if after != before + 1 and after not in player.oldest
    ]
    assert missed == []
    assert hub.pid_of("media") == media_pid


def burden(pid: int) -> tuple[int, int]:
    process = psutil.Process(pid)
    return process.num_threads(), process.num_fds()


@pytest.mark.fault
def test_thousand_visitors_who_leave_in_the_middle_leave_nothing_behind(hub: Installation) -> None:
    address = hub.streams()["Card"]["streams"]["hls"]
    web, media = hub.pid_of("web"), hub.pid_of("media")
    assert web is not None
    assert media is not None
    hub.get(address)
    before = [burden(pid) for pid in (web, media)]
    for visit in range(VISITS):
        connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=45)
        connection.request("GET", address)
        if visit % 2:
            connection.getresponse().read(10)
        connection.close()

    def settled() -> bool:
        now = [burden(pid) for pid in (web, media)]
        return all(
            after <= early + 2
            for pair in zip(now, before, strict=True)
            for after, early in zip(*pair, strict=True)
        )

    until_in_thread(settled, timeout_s=45, what="threads and descriptors back where they were")
    assert hub.get(address)[0] == 200


@pytest.mark.fault
def test_stopped_engine_is_told_as_unavailable_and_recovers(hub: Installation) -> None:
    """A process that hangs is worse than one that dies: answers must still come in time."""
    address = hub.streams()["Card"]["streams"]["hls"]
    media = hub.pid_of("media")
    assert media is not None
    family = [media, *(child.pid for child in psutil.Process(media).children(recursive=True))]
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    try:
        until_in_thread(lambda: hub.get(address)[0] in {502, 503}, timeout_s=45, what="honesty")
        assert hub.get("/api/stream")[0] == 200
    finally:
        for pid in family:
            os.kill(pid, signal.SIGCONT)
    until_in_thread(lambda: hub.get(address)[0] == 200, timeout_s=45, what="recovery")
