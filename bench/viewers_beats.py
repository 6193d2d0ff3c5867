"""What a player's heartbeat costs the web process, beside a list that is ready to be sent."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from typing import Final

from bench.edge import camera_settings, until_answers
from bench.processes import cpu_s, running
from bench.rows import Row
from pantau.core.listening import free_port

KEY: Final = "00000000-0000-4000-8000-000000000001"
LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
LIST: Final = b"GET /api/cameras/active HTTP/1.1\r\nHost: hub\r\n\r\n"


class Line:
    """One connection on which one question follows the other."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=15)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> bytes:
        """Return the body of the answer; whatever is not 200 ends the measurement."""
        self._socket.sendall(request)
        head, _, body = self._more(b"").partition(b"\r\n\r\n")
        found = LENGTH.search(head)
        if not head.startswith(b"HTTP/1.1 200 ") or found is None:
            raise SystemExit(f"not answered: {head.decode()}")
        while len(body) < int(found[1]):
            body = self._more(body)
        return body

    def _more(self, sofar: bytes) -> bytes:
        received = self._socket.recv(65536)
        if not received:
            raise SystemExit("the line was cut")
        return sofar + received


def beat(what: str, told: object) -> bytes:
    """Return the request of our player."""
    body = json.dumps(told).encode()
    head = (
        f"POST /api/viewer/{what} HTTP/1.1\r\nHost: hub\r\nOrigin: http://hub\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def begun(line: Line) -> bytes:
    """Return the heartbeat of a session that begins now."""
    told = json.loads(line.ask(beat("start", {"cameraId": 1})))
    return beat("heartbeat", {"sessionId": told["data"]["sessionId"]})


def cost_us(pid: int, line: Line, request: bytes, *, times: int) -> float:
    """Return the processor's time for one of `times` answers."""
    before_s = cpu_s([pid])
    for _ in range(times):
        line.ask(request)
    return (cpu_s([pid]) - before_s) / times * 1e6


@contextmanager
def web(env: dict[str, str] | None = None) -> Iterator[tuple[int, int]]:
    """Run a web process with one camera; give its process and its port."""
    shm, port = Path(mkdtemp(prefix="pantau-beats-", dir="/dev/shm")), free_port()
    with ExitStack() as stack:
        stack.callback(subprocess.run, ["rm", "-rf", str(shm)], check=False)
        (shm / "pantau.toml").write_text(camera_settings([KEY]), encoding="utf-8")
        (shm / "run").mkdir(mode=0o700)
        settings = {
            "PANTAU_CONFIG": str(shm / "pantau.toml"),
            "PANTAU_DATA_DIR": str(shm / "data"),
            "PANTAU_RUNTIME_DIR": str(shm / "run"),
            "PANTAU_PORT": str(port),
        }
        command = [sys.executable, "-m", "pantau", "serve", "web"]
        child = stack.enter_context(
            running(command, env={**settings, **(env or {})}, log=shm / "log")
        )
        until_answers(f"http://127.0.0.1:{port}/health/live")
        yield child.pid, port


def rows(*, quick: bool) -> list[Row]:
    """Ask for both in turn, so that whatever else the machine does meets both alike."""
    times = 5_000 if quick else 20_000
    with web() as (pid, port):
        line = Line(port)
        heartbeat = begun(line)
        for request in (heartbeat, LIST):
            cost_us(pid, line, request, times=times // 10)
        pairs = [
            tuple(cost_us(pid, line, request, times=times) for request in (heartbeat, LIST))
            for _ in range(3 if quick else 5)
        ]
    return [
        Row(
            "heartbeat of a player: CPU",
            median(pair[0] for pair in pairs),
            "µs",
            "the list of cameras",
            median(pair[1] for pair in pairs),
            must=7.0,
            aim=5.0,
        )
    ]
