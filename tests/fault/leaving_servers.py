"""PostgreSQL and Valkey that can be ended and started again while a hub uses them."""

import shutil
import signal
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tests.support.servers import (
    MissingServerError,
    Server,
    postgresql_answers,
    postgresql_programs,
    unprivileged_user,
)
from tests.support.waiting import until_in_thread


class LeavingServer:
    """A context: a server that runs unless it was ended; its data stay until the end."""

    def __init__(self, server: Server, socket: Path, *command: str | Path) -> None:
        self._server = server
        self._socket = socket
        self._command = command

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.stop()

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        self._server.start(*self._command, socket=self._socket)

    def leave(self, number: signal.Signals) -> None:
        """End it by a signal and wait until it is gone."""
        process = self._server.process
        assert process is not None
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        process.wait(60)
        psutil.wait_procs(family, timeout=60)
        self._socket.unlink(missing_ok=True)


class Postgresql(LeavingServer):
    """Durable, unlike the one of other tests: what it loses is our fault."""

    def __init__(self) -> None:
        server = Server(user=unprivileged_user(), ended_by=signal.SIGQUIT)
        programs, data, self._sockets = postgresql_programs(), server.folder / "data", server.folder
        self._programs = programs
        server.run(
            programs / "initdb",
            *("-D", data, "-U", "pantau", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"),
        )
        command = (programs / "postgres", "-D", data, "-k", server.folder, "-h", "")
        super().__init__(server, server.folder / ".s.PGSQL.5432", *command)

    @property
    def toml(self) -> str:
        return f'[database]\nurl = "postgresql://pantau@/postgres?host={self._sockets}"\n'

    def start(self) -> None:
        super().start()
        until_in_thread(
            lambda: postgresql_answers(self._programs, self._sockets), what="PostgreSQL"
        )


class Valkey(LeavingServer):
    """Keeps nothing over its end, as a cache is run."""

    def __init__(self) -> None:
        program = shutil.which("valkey-server") or shutil.which("redis-server")
        if program is None:
            raise MissingServerError("On Debian: apt-get install redis-server")
        server = Server(ended_by=signal.SIGKILL)
        socket = server.folder / "valkey.sock"
        quiet = ("--save", "", "--appendonly", "no", "--daemonize", "no")
        super().__init__(server, socket, program, "--port", "0", "--unixsocket", socket, *quiet)
        self.toml = f'shared_state_url = "unix://{socket}?db=0"\n'
