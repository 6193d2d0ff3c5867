"""A whole Pantau in a folder of its own: real processes, real sockets."""

import json
import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from pantau.settings import Settings
from tests.support.waiting import until_in_thread

READY_WITHIN_S = 60.0


class Installation:
    """A context that ends what it started, whatever the test did."""

    program: tuple[str, ...] = (sys.executable, "-m", "pantau")
    """What runs Pantau; a test of releases names another environment's."""

    def __init__(self, folder: Path, toml: str = "", *arguments: str) -> None:
        self.folder = folder
        self.arguments = arguments
        self.port = free_port()
        (folder / "pantau.toml").write_text(toml, encoding="utf-8")
        self._out, self._err = folder / "out.log", folder / "err.log"
        self.process: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [*self.program, "serve", *self.arguments],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        left = self.family()
        self.process.terminate()
        try:
            self.process.wait(60)
        finally:
            for process in left:
                if process.is_running():
                    process.kill()

    @property
    def sockets_dir(self) -> Path:
        """Where its processes tell each other how they are."""
        return Settings(data_dir=self.folder / "data").sockets_dir

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("PANTAU_")}
        # Most of what is tested here is a process of its own that is killed or replaced.
        return {**kept, "PANTAU_PORT": str(self.port), "PANTAU_PROCESSES": "apart"}

    def until_ready(self) -> Self:
        """Wait for the first line on stdout."""
        until_in_thread(
            lambda: "\n" in self.stdout or self.process.poll() is not None,
            timeout_s=READY_WITHIN_S,
            what="readiness",
        )
        assert self.process.poll() is None, self.stderr
        return self

    @property
    def stdout(self) -> str:
        return self._out.read_text(encoding="utf-8")

    @property
    def stderr(self) -> str:
        return self._err.read_text(encoding="utf-8")

    @property
    def logs(self) -> str:
        return self.stdout + self.stderr

    def family(self) -> list[psutil.Process]:
        """Return every process of this installation, the parent included; not those that ended."""
        try:
            parent = psutil.Process(self.process.pid)
            return [parent, *filter(_still_runs, parent.children(recursive=True))]
        except psutil.NoSuchProcess:
            return []

    def pid_of(self, name: str) -> int | None:
        """Return the process that was started as `pantau serve <name>`, if there is one now."""
        for process in self.family():
            if f"serve {name}" in " ".join(command_line(process)):
                return process.pid
        return None

    def kill(self, name: str) -> int:
        """Kill one process, wait for another of its name, and return the first one's id."""
        before = self.pid_of(name)
        assert before is not None
        os.kill(before, signal.SIGKILL)
        until_in_thread(
            lambda: self.pid_of(name) not in {None, before}, timeout_s=60, what=f"another {name}"
        )
        return before

    def get(self, target: str) -> tuple[int, dict[str, str], bytes]:
        """Ask the web server; return status, headers and body."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=45)
        try:
            connection.request("GET", target)
            answer = connection.getresponse()
            headers = {name.lower(): text for name, text in answer.getheaders()}
            return answer.status, headers, answer.read()
        finally:
            connection.close()

    def json(self, target: str) -> Any:
        return json.loads(self.get(target)[2])

    def streams(self) -> dict[str, dict[str, Any]]:
        """Return the cameras of `/api/stream` by name."""
        return {camera["name"]: camera for camera in self.json("/api/stream")["data"]}

    def until_live(self, name: str) -> dict[str, Any]:
        """Wait until a camera is live; return what the list says of it."""
        until_in_thread(
            lambda: self.streams()[name]["state"] == "live", timeout_s=45, what=f"{name} live"
        )
        return self.streams()[name]


def command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one `pantau` command to its end."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PANTAU_")}
    return subprocess.run(
        [sys.executable, "-m", "pantau", *arguments],
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _still_runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
