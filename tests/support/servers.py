"""PostgreSQL and Valkey for tests: Debian's own programs, in a folder that goes with them.

`PANTAU_TEST_POSTGRESQL` and `PANTAU_TEST_VALKEY` name servers that are there already; the
PostgreSQL user must be allowed to make databases, and the Valkey database is emptied.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from tests.support.waiting import until_in_thread

POSTGRESQL_FOLDERS = Path("/usr/lib/postgresql")
UNPRIVILEGED_USERS = ("postgres", "nobody")
STARTS_WITHIN_S = 60.0
MEMORY = Path("/dev/shm")
PLENTY_BYTES = 4 << 30


class MissingServerError(Exception):
    """A server program that the tests need is not installed; the message says what to do."""


class Server:
    """A context: one server process in a folder of its own; both are gone at the end."""

    def __init__(self, *, user: str | None = None, ended_by: signal.Signals) -> None:
        self._ended_by = ended_by
        self.folder = Path(tempfile.mkdtemp(prefix="pantau-test-", dir=_quick_folder()))
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None
        if user is not None:
            account = pwd.getpwnam(user)
            os.chown(self.folder, account.pw_uid, account.pw_gid)

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """What was started last."""
        return self._process

    def run(self, *command: str | Path) -> None:
        """Run a command to its end as the server's user."""
        done = subprocess.run(
            self._as_user(command), cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self, *command: str | Path, socket: Path) -> None:
        """Start the server and wait for its socket."""
        log = self.folder / "server.log"
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                self._as_user(command),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        process = self._process
        until_in_thread(
            lambda: socket.exists() or process.poll() is not None,
            timeout_s=STARTS_WITHIN_S,
            what=f"the socket {socket}",
        )
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """End the server at once and delete everything: nothing of it is worth keeping."""
        if self._process is not None and self._process.poll() is None:
            family = psutil.Process(self._process.pid).children(recursive=True)
            self._process.send_signal(self._ended_by)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
            for process in family:
                if process.is_running():
                    process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _as_user(self, command: tuple[str | Path, ...]) -> list[str]:
        words = [str(word) for word in command]
        if shutil.which("setpriv") is None:
            if self._user is None:
                return words
            raise MissingServerError("setpriv is missing; on Debian: apt-get install util-linux")
        # A pytest that was killed cannot tidy up: the kernel ends its servers then.
        tie = ["setpriv", "--pdeathsig", self._ended_by.name.removeprefix("SIG")]
        if self._user is not None:
            account = pwd.getpwnam(self._user)
            tie += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
        return [*tie, "--", *words]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """An SQLAlchemy-free address of a PostgreSQL server, with the database `postgres` in it."""
    given = os.environ.get("PANTAU_TEST_POSTGRESQL")
    if given:
        yield given
        return
    programs = postgresql_programs()
    # SIGQUIT is what PostgreSQL calls an immediate shutdown: it ends its children as well.
    server = Server(user=unprivileged_user(), ended_by=signal.SIGQUIT)
    try:
        data, sockets = server.folder / "data", server.folder
        server.run(
            programs / "initdb",
            *("-D", data, "-U", "pantau", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"),
        )
        options = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "jit=off")
        small = ("shared_buffers=32MB", "max_connections=60", "autovacuum=off", "max_wal_size=64MB")
        server.start(
            programs / "postgres",
            *("-D", data, "-k", sockets, "-h", ""),
            *(word for option in (*options, *small) for word in ("-c", option)),
            socket=sockets / ".s.PGSQL.5432",
        )
        address = f"postgresql://pantau@/postgres?host={sockets}"
        until_in_thread(
            lambda: postgresql_answers(programs, sockets),
            timeout_s=STARTS_WITHIN_S,
            what="PostgreSQL",
        )
        yield address
    finally:
        server.stop()


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    """The address of a Valkey or Redis server."""
    given = os.environ.get("PANTAU_TEST_VALKEY")
    if given:
        yield given
        return
    program = shutil.which("valkey-server") or shutil.which("redis-server")
    if program is None:
        raise MissingServerError(
            "Tests need Valkey or Redis; on Debian: apt-get install redis-server. "
            "Or name a running one in PANTAU_TEST_VALKEY."
        )
    server = Server(ended_by=signal.SIGKILL)
    try:
        socket = server.folder / "valkey.sock"
        quiet = ("--save", "", "--appendonly", "no", "--daemonize", "no")
        server.start(program, "--port", "0", "--unixsocket", socket, *quiet, socket=socket)
        yield f"unix://{socket}?db=0"
    finally:
        server.stop()


@pytest.fixture
def valkey_url(valkey_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a Valkey or Redis database that is empty.

    Counters wait long for it: a machine that is busy with other tests is no server that is away.
    """
    monkeypatch.setattr("pantau.web.shared_counters.ANSWER_S", 30.0)
    client = redis.Redis.from_url(valkey_server)
    client.flushdb()
    client.close()
    return valkey_server


def _quick_folder() -> Path | None:
    """Return memory where there is plenty: a database is hundreds of small files, made anew."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > PLENTY_BYTES:
        return MEMORY
    return None


def unprivileged_user() -> str | None:
    """Return who runs servers here; None: whoever runs the tests."""
    # PostgreSQL refuses to run as root, which is who runs tests in a container.
    if os.geteuid() != 0:
        return None
    known = {account.pw_name for account in pwd.getpwall()}
    return next(name for name in UNPRIVILEGED_USERS if name in known)


def postgresql_programs() -> Path:
    """Return the folder of the newest PostgreSQL here; raises MissingServerError."""
    installed = sorted(
        POSTGRESQL_FOLDERS.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3])
    )
    if installed:
        return installed[-1].parent
    on_path = shutil.which("postgres")
    if on_path is None:
        raise MissingServerError(
            "Tests need PostgreSQL; on Debian: apt-get install postgresql. "
            "Or name a running one in PANTAU_TEST_POSTGRESQL."
        )
    return Path(on_path).resolve().parent


def postgresql_answers(programs: Path, sockets: Path) -> bool:
    """Tell whether the server at that socket takes connections."""
    asked = [str(programs / "pg_isready"), "-q", "-h", str(sockets)]
    return subprocess.run(asked, check=False, capture_output=True).returncode == 0
