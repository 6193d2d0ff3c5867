"""A hub whose web process is gone is not asked the whole list of questions."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from pantau.core.clock import SystemClock
from pantau.operations.release import probing
from pantau.operations.release.probing import Prober


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Listen and never answer, as the parent of a web process that crashed does."""
    monkeypatch.setattr(probing, "_ANSWER_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def asked(listener: socket.socket) -> list[bytes]:
    found: list[bytes] = []
    while True:
        try:
            line, _ = listener.accept()
        except BlockingIOError:
            return found
        with closing(line):
            line.settimeout(45)
            found.append(line.recv(4096).split(b" ")[1])


def test_nobody_answers_and_only_two_questions_wait_for_it(listener: socket.socket) -> None:
    prober = Prober(f"http://127.0.0.1:{listener.getsockname()[1]}", SystemClock())
    prober.ask_round_in_thread()
    assert asked(listener) == [b"/api/cameras/active", b"/health"]
    assert prober.is_silent
    assert prober.is_serving is False
    assert prober.times() == {}
