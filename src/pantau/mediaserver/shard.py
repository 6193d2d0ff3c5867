"""A shard as a process, started by the parent: `python -m … LEVEL FORM SOCKET FD`."""

import asyncio
import contextlib
import ctypes
import faulthandler
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, get_args

import structlog
from aiohttp import web

from pantau.core.clock import Clock, SystemClock
from pantau.core.log import Level, LineCounts, Output, configure_log, log_crashes
from pantau.core.supervisor import Service, Supervisor
from pantau.media.engine import Engine
from pantau.mediaserver.seam import ShardEngine
from pantau.mediaserver.shard_app import ShardApp

log = structlog.get_logger()

MakeEngine = Callable[[Clock, Callable[[str, int, int], None]], ShardEngine]

STOP_WITHIN_S: Final = 5.0
"""For every camera to be told TEARDOWN; what is not done by then ends with the process."""
_STUCK_AFTER_S: Final = 20.0
_BEAT_S: Final = 2.0
_PR_SET_PDEATHSIG: Final = 1
_LEVELS: Final[dict[str, Level]] = {level: level for level in get_args(Level)}


class ParentLine:
    """The pipe to the parent: which thread works for which camera, and last words after a crash.

    Lines are shorter than PIPE_BUF, so that threads may write without a lock; the fault handler
    writes to the same pipe, hence the parent reads both in order.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def ready(self) -> None:
        self._write("ready")

    def thread(self, path: str, native_id: int, ident: int) -> None:
        """Say that thread `ident` works for `path` from here on.  Any thread."""
        self._write(f"thread {ident:x} {native_id} {path}")

    def arm(self) -> None:
        """Have crashes, and a loop that stands still, reported here."""
        faulthandler.enable(file=self._fd, all_threads=True)
        self.beat()

    def beat(self) -> None:
        """Put off the dead man's handle: without this for 20 s the process reports and exits."""
        faulthandler.dump_traceback_later(_STUCK_AFTER_S, exit=True, file=self._fd)

    def _write(self, line: str) -> None:
        # The parent is gone when this fails; the process ends by itself then.
        with contextlib.suppress(OSError):
            os.write(self._fd, line.encode() + b"\n")


async def serve(
    sock: socket.socket, line: ParentLine, make_engine: MakeEngine, said: LineCounts
) -> None:
    """Serve until the parent says stop, or is gone."""
    clock = SystemClock()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    engine = make_engine(clock, line.thread)
    runner = web.AppRunner(
        ShardApp(engine, clock=clock, said=said).application(),
        access_log=None,
        shutdown_timeout=0.5,
    )
    await runner.setup()
    await web.SockSite(runner, sock, backlog=128).start()
    supervisor = Supervisor(clock)
    supervisor.add(Service("shard.beat", lambda: _beat(line, clock)))
    supervisor.add(Service("shard.parent", lambda: _watch_parent(stopping)))
    line.ready()
    await stopping.wait()
    await engine.stop(STOP_WITHIN_S)
    await runner.cleanup()
    await supervisor.stop(deadline_s=1.0)


async def _beat(line: ParentLine, clock: Clock) -> None:
    while True:
        line.beat()
        await clock.sleep(_BEAT_S)


async def _watch_parent(stopping: asyncio.Event) -> None:
    """End with the parent: its end of our standard input closes whatever way it went."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()
    stopping.set()


def die_with_parent() -> None:
    """Ask Linux for SIGTERM when the parent goes; elsewhere the closed pipe has to do."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def listen(path: Path) -> socket.socket:
    """Bind the shard's socket, readable for this user alone."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    path.unlink(missing_ok=True)
    sock.bind(str(path))
    path.chmod(0o600)
    return sock


def run(arguments: list[str], make_engine: MakeEngine) -> int:
    """Run one shard to its end; the parent's end of the two pipes is all that steers it."""
    level, form, path, report_fd = arguments
    said = _configure_log(Path(path).stem, level=level, form=form)
    # Ctrl-C in a terminal reaches the whole group; the parent decides when we stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()
    line = ParentLine(int(report_fd))
    line.arm()
    asyncio.run(serve(listen(Path(path)), line, make_engine, said))
    faulthandler.cancel_dump_traceback_later()
    # A thread stuck in a camera's library would hold up a normal exit for ever.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _configure_log(name: str, *, level: str, form: str) -> LineCounts:
    """Log warnings to stderr; the rest goes to the parent, who knows when to show it."""
    output = Output(calm=sys.stdout, urgent=sys.stderr, is_held=False)
    configure_log(
        output,
        process=f"media.{name}",
        level=_LEVELS.get(level, "info"),
        as_json=form == "json" or (form == "auto" and not sys.stderr.isatty()),
        clock=SystemClock(),
    )
    log_crashes()
    return output.lines


def make_real_engine(clock: Clock, on_thread: Callable[[str, int, int], None]) -> ShardEngine:
    """Return the engine that opens cameras."""
    return Engine(clock=clock, on_thread=on_thread)


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:], make_real_engine))
