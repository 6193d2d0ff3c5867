"""systemd hears what it waits for, over a real datagram socket."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from pantau.core.service_manager import ServiceManager

ABSTRACT: Final = f"@pantau-test-{os.getpid()}"


@pytest.fixture
def listening(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[str, socket.socket]]:
    name = str(tmp_path / "notify") if request.param == "path" else ABSTRACT
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        listener.settimeout(5)
        yield name, listener


@pytest.mark.parametrize("listening", ["path", "abstract"], indirect=True)
def test_words_arrive(
    listening: tuple[str, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, listener = listening
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    monkeypatch.setenv("WATCHDOG_USEC", "3000000")
    manager = ServiceManager.introduced()
    manager.ready()
    manager.reloading(mono_s=12.5)
    manager.alive()
    manager.stopping()
    assert [listener.recv(200).decode() for _ in range(4)] == [
        "READY=1",
        "RELOADING=1\nMONOTONIC_USEC=12500000",
        "WATCHDOG=1",
        "STOPPING=1",
    ]
    assert manager.watchdog_s == 3.0
    assert "NOTIFY_SOCKET" not in os.environ, "our children are not to speak with it"


@pytest.mark.parametrize("address", ["", "/nowhere/notify", "relative"])
def test_nobody_who_listens_is_no_failure(address: str) -> None:
    ServiceManager(address).ready()


def test_watchdog_of_another_process_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "3000000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert ServiceManager.introduced().watchdog_s == 0.0
